import { BookOpen, Download } from 'lucide-react'
import { Route, Switch } from 'wouter'
import type { JournalRow } from '../../node/journal/view.js'
import { pathOf } from '../api/call.js'
import { usePages } from '../api/pages.js'
import { useSaving } from '../api/saving.js'
import { useAddress } from '../api/url.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { RetentionPage } from '../retention/RetentionPage.js'
import { useSession } from '../session.js'
import { access as accessWords } from '../words/access.js'
import { journal as words } from '../words/journal.js'
import { retentionWords } from '../words/retention.js'
import { useWords } from '../words/words.js'
import { AccessPage } from './AccessPage.js'
import { Checkpoints } from './Checkpoints.js'
import { EntryTable } from './EntryTable.js'
import { Filters, filterNames } from './Filters.js'
import { ObjectsCheck } from './ObjectsCheck.js'
import { useVerify, Verify } from './Verify.js'

/** /journal, /journal/access, /journal/retention */
export default function JournalPages() {
  return (
    <Switch>
      <Route path="/journal/access" component={AccessPage} />
      <Route path="/journal/retention" component={RetentionPage} />
      <Route component={Journal} />
    </Switch>
  )
}

/** /journal?type&site&subject&from&to */
function Journal() {
  const t = useWords(words)
  const a = useWords(accessWords)
  const r = useWords(retentionWords)
  const { can, role } = useSession()
  // What all sites' files are is the node's own people's to know.
  const overAll = role === 'operator' || role === 'auditor'
  const { get, set } = useAddress()
  const verify = useVerify()
  const day = (name: 'from' | 'to', at: string) => {
    const text = get(name)
    return /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T${at}`).toISOString() : undefined
  }
  const chosen = {
    type: get('type'),
    site: get('site'),
    subject: get('subject'),
    from: day('from', '00:00:00'),
    to: day('to', '23:59:59.999'),
  }
  const list = usePages<JournalRow>(['journal'], pathOf('/api/journal', { ...chosen, limit: 50 }))
  const csv = useSaving()
  const audit = useSaving()
  const clear = () => set(Object.fromEntries(filterNames.map(name => [name, ''])))
  const filtered = filterNames.some(name => get(name) !== '')
  return (
    <Page
      title={t('title')}
      actions={
        <>
          {can('retention.see') ? <ButtonLink href="/journal/retention">{r('link')}</ButtonLink> : null}
          {can('access.read') ? <ButtonLink href="/journal/access">{a('link')}</ButtonLink> : null}
          <Button
            icon={<Download aria-hidden />}
            busy={csv.busy}
            onPress={() => csv.save(pathOf('/api/journal.csv', chosen), 'relais-journal.csv')}
          >
            {t('export.csv')}
          </Button>
          <Button
            icon={<Download aria-hidden />}
            busy={audit.busy}
            onPress={() => audit.save(pathOf('/api/journal/audit', chosen), 'relais-audit.log')}
          >
            {t('export.audit')}
          </Button>
          {can('journal.verify') ? (
            <Button busy={verify.isPending} onPress={() => verify.mutate()}>
              {t('verify.run')}
            </Button>
          ) : null}
        </>
      }
      filters={<Filters {...(filtered ? { onClear: clear } : {})} />}
    >
      <Verify verify={verify} />
      {can('journal.verify') ? <Checkpoints /> : null}
      {can('journal.verify') && overAll ? <ObjectsCheck /> : null}
      {list.problem ? (
        <ErrorBox title={t('trouble')} trouble={list.problem} onRetry={() => list.readAgain()} />
      ) : !list.items ? (
        <Skeleton lines={8} height={26} />
      ) : list.items.length === 0 ? (
        <Empty
          icon={<BookOpen aria-hidden />}
          title={t('empty.title')}
          action={filtered ? <Button onPress={clear}>{t('filter.clear')}</Button> : undefined}
        >
          {t('empty.text')}
        </Empty>
      ) : (
        <EntryTable rows={list.items} />
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
