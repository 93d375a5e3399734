import { ArrowRightLeft, RotateCw } from 'lucide-react'
import type { PeerView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { TransferRow } from '../../node/studies/view.js'
import { pathOf } from '../api/call.js'
import { useAct, useData } from '../api/data.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tabs, useFilterHref } from '../parts/Tabs.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { transfers as words } from '../words/transfers.js'
import { useWords } from '../words/words.js'
import { TransferTable } from './TransferTable.js'

/** What each tab asks for; the first is where one looks in the morning. */
const tabs = {
  open: 'queued,moving,sent,failed',
  failed: 'failed',
  settled: 'confirmed,cancelled',
  all: '',
} as const

type TabName = keyof typeof tabs

/** /transfers?state&peer */
export default function Transfers() {
  const t = useWords(words)
  const { can } = useSession()
  const toasts = useToasts()
  const address = useAddress()
  const hrefWith = useFilterHref()
  const asked = address.get('state')
  const tab: TabName = asked in tabs ? (asked as TabName) : 'open'
  const peer = address.get('peer')
  const list = usePages<TransferRow>(
    ['transfers'],
    pathOf('/api/transfers', { state: tabs[tab], peer, limit: 50 }),
  )
  const peers = useData<ListView<PeerView>>(['peers'], can('peer.see') ? '/api/peers' : null)
  const names = Object.keys(tabs) as TabName[]
  const waits = (list.items ?? []).some(row => row.may.includes('retry') && row.state !== 'cancelled')
  const retryAll = useAct<{ retried: number }>(
    () => ({ method: 'POST', path: '/api/transfers/retry', body: { peer } }),
    {
      refresh: [['transfers'], ['studies']],
      onDone: ({ retried }) => toasts.say({ text: t('said.retry.all', { n: retried }), detail: peer }),
      onProblem: problem => toasts.trouble(problem),
    },
  )

  return (
    <Page
      title={t('title')}
      filters={
        <>
          <Tabs
            label={t('states')}
            tabs={names.map(name => ({
              label: t(`tab.${name}`),
              href: hrefWith('state', name === 'open' ? '' : name),
              current: name === tab,
            }))}
          />
          {peers.data && peers.data.items.length > 1 ? (
            <Select
              label={t('filter.peer')}
              hideLabel
              value={peer || 'any'}
              onChange={id => address.set({ peer: id === 'any' ? '' : id })}
              options={[
                { id: 'any', label: t('filter.anywhere') },
                ...peers.data.items.map(each => ({ id: each.id, label: each.id, hint: each.siteName })),
              ]}
            />
          ) : null}
        </>
      }
      actions={
        peer !== '' && waits ? (
          <Button icon={<RotateCw aria-hidden />} busy={retryAll.isPending} onPress={() => retryAll.mutate()}>
            {t('retry.all', { peer })}
          </Button>
        ) : undefined
      }
    >
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={6} height={44} />
      ) : list.items.length === 0 ? (
        <Nothing tab={tab} />
      ) : (
        <TransferTable rows={list.items} />
      )}
      {list.hasMore ? (
        <div>
          <Button busy={list.isReadingMore} onPress={() => void list.readMore()}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </Page>
  )
}

function Nothing({ tab }: { tab: TabName }) {
  const t = useWords(words)
  const kind = tab === 'open' || tab === 'failed' ? tab : 'other'
  return (
    <Empty icon={<ArrowRightLeft aria-hidden />} title={t(`empty.${kind}`)}>
      {t(`empty.${kind}.text`)}
    </Empty>
  )
}
