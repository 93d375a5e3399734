import { TriangleAlert } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { useSession } from '../session.js'
import { criticalWords } from '../words/criticals.js'
import { useWords } from '../words/words.js'

const RaiseDialog = lazy(() => import('./RaiseDialog.js'))

/** For whoever may raise one; one chord away while a report is being written. */
export function RaiseButton({
  request,
  requester,
  compact = false,
}: {
  /** In a band with little room: its key is in the list of keys. */
  compact?: boolean
  request: string
  requester: { name: string; phone: string; service?: string }
}) {
  const t = useWords(criticalWords)
  const { can } = useSession()
  const [open, setOpen] = useState(false)
  const may = can('critical.raise')
  useActions([
    may && { id: 'critical', group: t('group'), label: t('raise'), keys: 'Alt+K', run: () => setOpen(true) },
  ])
  if (!may) return null
  return (
    <>
      <Button
        size="s"
        icon={<TriangleAlert aria-hidden="true" />}
        keys={compact ? undefined : 'Alt+K'}
        onPress={() => setOpen(true)}
      >
        {t(compact ? 'group.short' : 'group')}
      </Button>
      <Suspense fallback={null}>
        {open ? <RaiseDialog request={request} requester={requester} onClose={() => setOpen(false)} /> : null}
      </Suspense>
    </>
  )
}
