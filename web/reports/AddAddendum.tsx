import { lazy, Suspense, useState } from 'react'
import type { ReportView } from '../../node/reports/view.js'
import { Button } from '../parts/Button.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'

const AddendumDialog = lazy(() => import('./AddendumDialog.js'))

/** Adds a signed text to a signed report, which stays as it is. */
export function AddAddendum({ report }: { report: ReportView }) {
  const t = useWords(reportWords)
  const [open, setOpen] = useState(false)
  return (
    <div>
      <Button onPress={() => setOpen(true)}>{t('addendum.add')}</Button>
      <Suspense fallback={null}>
        {open ? <AddendumDialog report={report} onClose={() => setOpen(false)} /> : null}
      </Suspense>
    </div>
  )
}
