import { type FormEvent, useState } from 'react'
import type { ReportView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { TextField } from '../parts/TextField.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './Acknowledge.module.css'

/** Opening a report is no acknowledgement: a person says that they read it, by name and function. */
export function Acknowledge({ report }: { report: ReportView }) {
  const t = useWords(reportWords)
  const toasts = useToasts()
  const { session } = useSession()
  const [name, setName] = useState(session.account.name)
  const [role, setRole] = useState('')
  const acknowledge = useAct<ReportView>(
    () => ({
      method: 'POST',
      path: `/api/reports/${report.id}/acknowledge`,
      body: { name: name.trim(), ...(role.trim() ? { role: role.trim() } : {}) },
    }),
    { refresh: [['reports'], ['requests']], onProblem: toasts.trouble },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim()) acknowledge.mutate()
  }
  return (
    <form className={styles.box} onSubmit={submit} aria-label={t('ack.title')}>
      <div>
        <h2>{t('ack.title')}</h2>
        <p className="second">{t('ack.lead')}</p>
      </div>
      <div className={styles.fields}>
        <TextField label={t('ack.name')} required value={name} onChange={setName} autoComplete="name" />
        <TextField
          label={t('ack.role')}
          optional
          placeholder={t('ack.role.hint')}
          value={role}
          onChange={setRole}
          autoComplete="organization-title"
        />
      </div>
      <Button type="submit" look="go" size="l" busy={acknowledge.isPending} isDisabled={!name.trim()}>
        {t('ack.submit')}
      </Button>
    </form>
  )
}
