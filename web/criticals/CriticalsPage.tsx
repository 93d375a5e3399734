import { ShieldCheck } from 'lucide-react'
import type { CriticalView } from '../../node/criticals/view.js'
import type { AlertView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { criticalWords } from '../words/criticals.js'
import { useWords } from '../words/words.js'
import { CriticalCard } from './CriticalCard.js'
import styles from './Criticals.module.css'

/** /criticals: what somebody must be told, the gravest first, and what was read back and waits to be closed. */
export default function CriticalsPage() {
  const t = useWords(criticalWords)
  const found = useData<ListView<CriticalView>>(['criticals'], '/api/criticals?limit=200')
  const alerts = useData<ListView<AlertView>>(['alerts'], '/api/alerts?limit=200')
  const items = found.data?.items
  const open = items?.filter(({ state }) => state === 'notifying') ?? []
  const told = items?.filter(({ state }) => state !== 'notifying') ?? []
  const nextOf = (critical: CriticalView) =>
    alerts.data?.items.find(alert => alert.kind === 'critical' && alert.request === critical.request)?.nextAt
  return (
    <Page title={t('title')} note={items ? t('count', { n: open.length }) : undefined}>
      {found.error && !items ? (
        <ErrorBox trouble={found.error} onRetry={() => void found.refetch()} />
      ) : !items ? (
        <Skeleton lines={6} height={48} />
      ) : items.length === 0 ? (
        <Empty icon={<ShieldCheck aria-hidden="true" />} title={t('empty')}>
          {t('empty.text')}
        </Empty>
      ) : (
        <div className={styles.board}>
          {[...open, ...told].map(critical => (
            <CriticalCard key={critical.id} critical={critical} nextAt={nextOf(critical)} />
          ))}
        </div>
      )}
    </Page>
  )
}
