import { lazy, Suspense, useState } from 'react'
import type { ReportView } from '../../node/reports/view.js'
import { Button } from '../parts/Button.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './ReportPage.module.css'

const AddendumDialog = lazy(() => import('./AddendumDialog.js'))
const CorrectDialog = lazy(() => import('./CorrectDialog.js'))
const WithdrawDialog = lazy(() => import('./WithdrawDialog.js'))

const dialogs = { addendum: AddendumDialog, correct: CorrectDialog, withdraw: WithdrawDialog } as const
type Act = keyof typeof dialogs
const acts: readonly Act[] = ['addendum', 'correct', 'withdraw']

/** What its author may do with a signed report: add to it, replace it, take it back. What was signed stays as it is. */
export function AfterSigning({ report }: { report: ReportView }) {
  const t = useWords(reportWords)
  const [open, setOpen] = useState<Act | null>(null)
  const offered = acts.filter(act => report.may.includes(act))
  if (offered.length === 0) return null
  const Dialog = open ? dialogs[open] : null
  return (
    <div className={styles.after}>
      {offered.map(act => (
        <Button key={act} look={act === 'withdraw' ? 'quiet' : 'plain'} onPress={() => setOpen(act)}>
          {t(`${act}.open`)}
        </Button>
      ))}
      <Suspense fallback={null}>
        {Dialog ? <Dialog report={report} onClose={() => setOpen(null)} /> : null}
      </Suspense>
    </div>
  )
}
