import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { AccountView, MembershipView, Role } from '../../node/accounts/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { RoleAtSite } from './RoleAtSite.js'

export function Memberships({ account, may }: { account: AccountView; may: boolean }) {
  const t = useWords(words)
  const [adding, setAdding] = useState(false)
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
              <b>{t(`role.${membership.role}`)}</b>
              <span className={styles.under}>{membership.siteName}</span>
            </span>
            {may ? (
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
            ) : null}
          </li>
        ))}
      </ul>
      {adding ? <Add account={account} onClose={() => setAdding(false)} /> : null}
      {ending ? <End account={account} membership={ending} onClose={() => setEnding(null)} /> : null}
    </section>
  )
}

function Add({ account, onClose }: { account: AccountView; onClose: () => void }) {
  const t = useWords(words)
  const [role, setRole] = useState<Role | ''>('')
  const [site, setSite] = useState('')
  const grant = useAct<AccountView>(
    () => ({ method: 'POST', path: `/api/accounts/${account.id}/memberships`, body: { role, site } }),
    { refresh: [['accounts']], onDone: onClose },
  )
  return (
    <Dialog
      title={t('membership.add')}
      open
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button
            look="go"
            isDisabled={role === '' || site === ''}
            busy={grant.isPending}
            onPress={() => grant.mutate()}
          >
            {t('membership.add')}
          </Button>
        </>
      }
    >
      <RoleAtSite role={role} site={site} onRole={setRole} onSite={setSite} />
      {grant.error ? <ErrorBox trouble={grant.error} /> : null}
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
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button look="grave" busy={end.isPending} onPress={() => end.mutate()}>
            {t('membership.end')}
          </Button>
        </>
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
