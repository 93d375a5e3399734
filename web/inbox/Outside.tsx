import { useState } from 'react'
import type { InboxPage } from '../../node/inbox/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { TextField } from '../parts/TextField.js'
import { useTitle } from '../shell/title.js'
import { Gate } from '../sign-in/Gate.js'
import gate from '../sign-in/Gate.module.css'
import { useLinkToken } from '../sign-in/link-token.js'
import { useFormats } from '../words/format.js'
import { inboxWords } from '../words/inbox.js'
import { useWords } from '../words/words.js'
import { FilesStep } from './FilesStep.js'
import { FormStep } from './FormStep.js'
import styles from './Inbox.module.css'
import { Receipt } from './Receipt.js'

/** /inbox: the page of somebody who has a link and no account. They see their own inbox and nothing else. */
export default function Outside() {
  const t = useWords(inboxWords)
  useTitle(t('out.title'))
  const [token, forget] = useLinkToken('inbox')
  const [opened, setOpened] = useState(token === '')
  const page = useData<InboxPage>(['inbox'], opened ? '/api/inbox' : null, {
    repeat: now => (now?.state === 'files' ? 5_000 : false),
  })
  if (!opened)
    return (
      <Door
        token={token}
        onOpen={() => {
          forget()
          setOpened(true)
        }}
      />
    )
  if (page.error?.code === 'missing') return <Gate title={t('out.dead')} lead={t('out.dead.text')} />
  if (page.error && !page.data)
    return (
      <Gate title={t('out.title')}>
        <ErrorBox trouble={page.error} onRetry={() => page.refetch()} />
      </Gate>
    )
  if (!page.data)
    return (
      <Gate title={t('out.title')}>
        <Skeleton lines={4} />
      </Gate>
    )
  return <Inside page={page.data} onChange={() => page.refetch()} />
}

/** Nothing is asked of the node before a person presses: what follows links by itself stops here. */
function Door({ token, onOpen }: { token: string; onOpen: () => void }) {
  const t = useWords(inboxWords)
  const [code, setCode] = useState('')
  const open = useAct<InboxPage>(
    () => ({
      method: 'POST',
      path: '/api/inbox/open',
      body: { token, ...(code.trim() ? { code: code.trim() } : {}) },
    }),
    { onDone: onOpen },
  )
  if (open.error?.code === 'unauthenticated') return <Gate title={t('out.dead')} lead={t('out.dead.text')} />
  const fault = open.error?.field('code')
  return (
    <Gate title={t('out.title')} lead={t('out.lead')}>
      <form
        className={gate.form}
        noValidate
        onSubmit={event => {
          event.preventDefault()
          open.mutate()
        }}
      >
        {open.error && fault === undefined ? <ErrorBox trouble={open.error} /> : null}
        {fault === undefined ? null : (
          <TextField
            label={t('out.code')}
            hint={t('out.code.hint')}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            maxLength={12}
            value={code}
            onChange={setCode}
            problem={fault === 'missing' ? t('out.code.missing') : t('out.code.wrong', { n: Number(fault) })}
          />
        )}
        <Button type="submit" look="go" size="l" busy={open.isPending}>
          {t('out.open')}
        </Button>
      </form>
    </Gate>
  )
}

const steps = { form: 'form', files: 'files', 'handed-over': 'done' } as const

function Inside({ page, onChange }: { page: InboxPage; onChange: () => void }) {
  const t = useWords(inboxWords)
  const format = useFormats()
  if (page.state === 'closed') return <Gate title={t('out.closed')} lead={t('out.closed.text')} />
  const current = steps[page.state]
  return (
    <Gate wide title={page.state === 'handed-over' ? t('done.title') : t('out.title')}>
      <ol className={styles.steps} aria-label={t('steps')}>
        {(['form', 'files', 'done'] as const).map((step, at) => (
          <li key={step} aria-current={step === current ? 'step' : undefined}>
            {at + 1} {t(`step.${step}`)}
          </li>
        ))}
      </ol>
      {page.state === 'handed-over' ? (
        <Receipt page={page} />
      ) : (
        <>
          <section className={styles.asks}>
            <span className="second">{t('out.asks', { by: page.by, site: page.siteName })}</span>
            <p>{page.purpose}</p>
            <small className="second" title={format.exact(page.endsAt)}>
              {t('out.ends', { time: format.dateTime(page.endsAt), size: format.bytes(page.bytesMax) })}
            </small>
          </section>
          {page.state === 'form' ? (
            <FormStep page={page} onDone={onChange} />
          ) : (
            <FilesStep page={page} onChange={onChange} />
          )}
        </>
      )}
    </Gate>
  )
}
