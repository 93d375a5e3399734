import type { CriticalView } from '../../node/criticals/view.js'
import type { AlertView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { useSession } from '../session.js'
import { CriticalCard } from './CriticalCard.js'
import styles from './Criticals.module.css'

/** On an act: its critical findings, those that wait for a read-back first. Nothing where there are none. */
export function CriticalsOf({ request }: { request: string }) {
  const { can } = useSession()
  const found = useData<ListView<CriticalView>>(
    ['criticals', request],
    can('critical.see') ? `/api/requests/${request}/criticals` : null,
  )
  const items = found.data?.items ?? []
  const isOpen = items.some(({ state }) => state === 'notifying')
  const alerts = useData<ListView<AlertView>>(
    ['alerts', request],
    isOpen ? `/api/requests/${request}/alerts` : null,
  )
  if (items.length === 0) return null
  const nextAt = alerts.data?.items.find(({ kind, state }) => kind === 'critical' && state === 'open')?.nextAt
  const order = (one: CriticalView) => (one.state === 'notifying' ? 0 : 1)
  return (
    <div className={styles.list}>
      {items
        .toSorted((a, b) => order(a) - order(b))
        .map(critical => (
          <CriticalCard key={critical.id} critical={critical} nextAt={nextAt} onAct />
        ))}
    </div>
  )
}
