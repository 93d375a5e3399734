import { CheckCheck } from 'lucide-react'
import type { JobRow, ParkedFactRow } from '../../node/outbox/view.js'
import type { ListView } from '../../node/requests/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tabs, useFilterHref } from '../parts/Tabs.js'
import { outbox as words } from '../words/outbox.js'
import { useWords } from '../words/words.js'
import { TaskTable } from './TaskTable.js'

const tabs = ['parked', 'pending'] as const

/** /outbox?state: what the node owes to others and could not do, or not yet. */
export default function Outbox() {
  const t = useWords(words)
  const address = useAddress()
  const hrefWith = useFilterHref()
  const tab = tabs.find(name => name === address.get('state')) ?? 'parked'
  const jobs = usePages<JobRow>(['jobs'], pathOf('/api/outbox', { state: tab, limit: 50 }))
  const facts = useData<ListView<ParkedFactRow>>(['jobs'], '/api/outbox/facts')
  const parkedFacts = tab === 'parked' ? facts.data?.items : []
  const problem = jobs.problem ?? facts.error

  return (
    <Page
      title={t('title')}
      filters={
        <Tabs
          label={t('states')}
          tabs={tabs.map(name => ({
            label: t(`tab.${name}`),
            href: hrefWith('state', name === 'parked' ? '' : name),
            current: name === tab,
          }))}
        />
      }
    >
      {problem ? (
        <ErrorBox title={t('trouble')} trouble={problem} onRetry={() => void jobs.readAgain()} />
      ) : !jobs.items || !parkedFacts ? (
        <Skeleton lines={4} height={44} />
      ) : jobs.items.length + parkedFacts.length === 0 ? (
        <Empty icon={<CheckCheck aria-hidden />} title={t(`empty.${tab}`)}>
          {t(`empty.${tab}.text`)}
        </Empty>
      ) : (
        <TaskTable jobs={jobs.items} facts={parkedFacts} />
      )}
      {jobs.hasMore ? (
        <div>
          <Button busy={jobs.isReadingMore} onPress={() => void jobs.readMore()}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </Page>
  )
}
