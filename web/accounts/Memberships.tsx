import { CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import type { AccountView, MembershipView, Role } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Tag } from '../parts/Tag.js'
import { accounts as words } from '../words/accounts.js'
import { dayMs } from '../words/time.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { RoleAtSite } from './RoleAtSite.js'
import { useValidWords } from './valid-words.js'

export function Memberships({ account, may }: { account: AccountView; may: boolean }) {
  const t = useWords(words)
  const valid = useValidWords()
  const [adding, setAdding] = useState(false)
  const [timing, setTiming] = useState<MembershipView | null>(null)
  const [ending, setEnding] = useState<MembershipView | null>(null)
  return (
    <section className={`card ${styles.form}`}>
      <div className="row">
        <h2>{t('memberships')}</h2>
        {may ? (
          <span className="push">
            <Button size="s" icon={<Plus aria-hidden />} onPress={() => setAdding(true)}>
              {t('membership.add')}
            </Button>
          </span>
        ) : null}
      </div>
      <small>{t('memberships.hint')}</small>
      {account.memberships.length === 0 ? <p>{t('membership.none')}</p> : null}
      <ul className={styles.memberships}>
        {account.memberships.map(membership => (
          <li key={membership.id}>
            <span>
              <b>{t(`role.${membership.role}`)}</b> <StateOf membership={membership} />
              <span className={styles.under}>{membership.siteName}</span>
              {membership.from || membership.until ? (
                <span className={styles.under}>{valid(membership)}</span>
              ) : null}
            </span>
            {may ? (
              <span className={styles.acts}>
                <Button
                  size="s"
                  look="quiet"
                  icon={<CalendarClock aria-hidden />}
                  aria-label={t('membership.valid.of', {
                    role: t(`role.${membership.role}`),
                    site: membership.siteName,
                  })}
                  onPress={() => setTiming(membership)}
                >
                  {t('membership.valid')}
                </Button>
                <Button
                  size="s"
                  look="quiet"
                  aria-label={t('membership.end.of', {
                    role: t(`role.${membership.role}`),
                    site: membership.siteName,
                  })}
                  onPress={() => setEnding(membership)}
                >
                  {t('membership.end')}
                </Button>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {adding ? <Add account={account} onClose={() => setAdding(false)} /> : null}
      {timing ? <Timing account={account} membership={timing} onClose={() => setTiming(null)} /> : null}
      {ending ? <End account={account} membership={ending} onClose={() => setEnding(null)} /> : null}
    </section>
  )
}

function Add({ account, onClose }: { account: AccountView; onClose: () => void }) {
  const t = useWords(words)
  const [role, setRole] = useState<Role | ''>('')
  const [site, setSite] = useState('')
  const [days, setDays] = useState<Days>({ from: '', until: '' })
  const grant = useAct<AccountView>(
    () => ({
      method: 'POST',
      path: `/api/accounts/${account.id}/memberships`,
      body: {
        role,
        site,
        ...(days.from === '' ? {} : { from: days.from }),
        ...(days.until === '' ? {} : { until: days.until }),
      },
    }),
    { refresh: [['accounts']], onDone: onClose },
  )
  return (
    <Dialog
      title={t('membership.add')}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('membership.add')}
          isDisabled={role === '' || site === ''}
          busy={grant.isPending}
          onAct={() => grant.mutate()}
          onClose={onClose}
        />
      }
    >
      <RoleAtSite role={role} site={site} onRole={setRole} onSite={setSite} />
      <DaysFields days={days} onChange={setDays} problem={grant.error?.field('until')} />
      {grant.error && grant.error.field('until') === undefined ? <ErrorBox trouble={grant.error} /> : null}
    </Dialog>
  )
}

interface Days {
  from: string
  until: string
}

function DaysFields({
  days,
  onChange,
  problem,
}: {
  days: Days
  onChange: (days: Days) => void
  problem: string | undefined
}) {
  const t = useWords(words)
  return (
    <div className={styles.pair}>
      <TextField
        label={t('membership.from')}
        type="date"
        optional
        value={days.from}
        onChange={from => onChange({ ...days, from })}
      />
      <TextField
        label={t('membership.until')}
        hint={t('membership.until.hint')}
        type="date"
        optional
        value={days.until}
        onChange={until => onChange({ ...days, until })}
        problem={problem}
      />
    </div>
  )
}

/** A role that does not count today says so. */
function StateOf({ membership: { active, from } }: { membership: MembershipView }) {
  const t = useWords(words)
  if (active) return null
  const later = from !== undefined && Date.parse(from) > Date.now() - dayMs
  return <Tag tone="near">{t(later ? 'membership.later' : 'membership.over')}</Tag>
}

/** From when to when a role counts. */
function Timing({ account, membership, onClose }: EndProps) {
  const t = useWords(words)
  const [days, setDays] = useState<Days>({ from: membership.from ?? '', until: membership.until ?? '' })
  const save = useAct<AccountView>(
    () => ({
      method: 'PUT',
      path: `/api/accounts/${account.id}/memberships/${membership.id}`,
      body: { from: days.from || null, until: days.until || null },
    }),
    { refresh: [['accounts']], onDone: onClose },
  )
  return (
    <Dialog
      title={t('membership.valid.of', {
        role: t(`role.${membership.role}`),
        site: membership.siteName,
      })}
      open
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('membership.valid.save')}
          busy={save.isPending}
          onAct={() => save.mutate()}
          onClose={onClose}
        />
      }
    >
      <DaysFields days={days} onChange={setDays} problem={save.error?.field('until')} />
      {save.error && save.error.field('until') === undefined ? <ErrorBox trouble={save.error} /> : null}
    </Dialog>
  )
}

interface EndProps {
  account: AccountView
  membership: MembershipView
  onClose: () => void
}

function End({ account, membership, onClose }: EndProps) {
  const t = useWords(words)
  const end = useAct<AccountView>(
    () => ({ method: 'DELETE', path: `/api/accounts/${account.id}/memberships/${membership.id}` }),
    { refresh: [['accounts']], onDone: onClose },
  )
  return (
    <Dialog
      title={t('membership.end.title')}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('membership.end')}
          look="grave"
          busy={end.isPending}
          onAct={() => end.mutate()}
          onClose={onClose}
        />
      }
    >
      <p>
        {t('membership.end.text', {
          name: account.name,
          role: t(`role.${membership.role}`),
          site: membership.siteName,
        })}
      </p>
      {end.error ? <ErrorBox trouble={end.error} /> : null}
    </Dialog>
  )
}
