import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import type { LoansView, NewLoanView } from '../../node/studies/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { lending as words } from '../words/lending.js'
import { useWords } from '../words/words.js'
import styles from './LendDialog.module.css'

/** No viewer of the settings: their names begin with no space. */
const OTHER = ' '

/** One study for a viewer that is not ours: which one, the way there, and who has been given it so far. */
export function LendDialog({ uid, onClose }: { uid: string; onClose: () => void }) {
  const t = useWords(words)
  const formats = useFormats()
  const [chosen, setChosen] = useState<string>()
  const [made, setMade] = useState<NewLoanView & { viewer: string }>()
  const path = `/api/studies/${uid}/loans`
  const known = useData<LoansView>(['studies'], path)
  const viewer = chosen ?? known.data?.viewers[0] ?? OTHER
  const lend = useAct<NewLoanView>(
    () => ({ method: 'POST', path, body: viewer === OTHER ? {} : { viewer } }),
    { refresh: [['studies']], onDone: loan => setMade({ ...loan, viewer }) },
  )
  return (
    <Dialog
      title={t('open')}
      open
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('close')}
          </Button>
          <Button
            look={made ? 'plain' : 'go'}
            isDisabled={!known.data}
            busy={lend.isPending}
            onPress={() => lend.mutate()}
          >
            {t(made ? 'again' : 'make')}
          </Button>
        </>
      }
    >
      {known.error ? <ErrorBox trouble={known.error} onRetry={() => known.refetch()} /> : null}
      {known.isPending ? <Skeleton lines={2} height={32} /> : null}
      {known.data ? (
        <>
          <p className="second">{t('lead', { minutes: known.data.minutes })}</p>
          {known.data.viewers.length > 0 ? (
            <Select
              label={t('where')}
              value={viewer}
              onChange={setChosen}
              options={[
                ...known.data.viewers.map(name => ({ id: name, label: name })),
                { id: OTHER, label: t('where.other') },
              ]}
            />
          ) : null}
        </>
      ) : null}
      {lend.error ? <ErrorBox trouble={lend.error} /> : null}
      {made ? <Ready made={made} study={uid} /> : null}
      {known.data && known.data.items.length > 0 ? (
        <section>
          <h3>{t('given')}</h3>
          <Given uid={uid} items={known.data.items} time={at => formats.moment(at)} />
        </section>
      ) : null}
    </Dialog>
  )
}

function Ready({ made, study }: { made: NewLoanView & { viewer: string }; study: string }) {
  const t = useWords(words)
  const formats = useFormats()
  const toasts = useToasts()
  const copy = async () => {
    await navigator.clipboard.writeText(made.token)
    toasts.say({ text: t('copied'), tone: 'ok' })
  }
  return (
    <div className={styles.ready} role="status">
      <strong>{t('ready', { time: formats.moment(made.expiresAt) })}</strong>
      {made.open ? (
        <a href={made.open} target="_blank" rel="noreferrer noopener">
          <ExternalLink size={14} aria-hidden /> {t('go', { viewer: made.viewer })}
        </a>
      ) : (
        <>
          <p>{t('once')}</p>
          <dl>
            <dt>{t('dicomweb')}</dt>
            <dd className="code">{made.dicomweb}</dd>
            <dt>{t('study')}</dt>
            <dd className="code">{study}</dd>
            <dt>{t('token')}</dt>
            <dd className="code">{made.token}</dd>
          </dl>
          <Button size="s" onPress={() => void copy()}>
            {t('copy')}
          </Button>
        </>
      )}
    </div>
  )
}

function Given({
  uid,
  items,
  time,
}: {
  uid: string
  items: LoansView['items']
  time: (at: string) => string
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const revoke = useAct<LoansView, string>(
    loan => ({ method: 'POST', path: `/api/studies/${uid}/loans/${loan}/revoke` }),
    { refresh: [['studies']], onProblem: toasts.trouble },
  )
  return (
    <ul className={styles.given}>
      {items.map(loan => {
        const last = loan.openings.at(-1)
        const viewer = loan.viewer || t('given.other')
        return (
          <li key={loan.id}>
            <span>
              <b>{viewer}</b> ·{' '}
              {loan.standing === 'open'
                ? t('state.open', { time: time(loan.expiresAt) })
                : t(loan.standing === 'expired' ? 'state.ended' : 'state.revoked')}
              <span className={styles.under}>
                {t('given.line', { by: loan.by, at: time(loan.madeAt) })} ·{' '}
                {last ? t('used', { n: loan.openings.length, address: last.address }) : t('never')}
              </span>
            </span>
            {loan.standing === 'open' ? (
              <Button
                size="s"
                look="grave"
                aria-label={t('revoke.of', { viewer, by: loan.by })}
                busy={revoke.isPending && revoke.variables === loan.id}
                onPress={() => revoke.mutate(loan.id)}
              >
                {t('revoke')}
              </Button>
            ) : null}
          </li>
        )
      })}
    </ul>
  )
}
