import { CalendarClock, Download } from 'lucide-react'
import { useState } from 'react'
import type { RetentionActView, RetentionView } from '../../node/archive/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { useSaving } from '../api/saving.js'
import { useAddress } from '../api/url.js'
import { Asked } from '../parts/Asked.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { Page } from '../parts/Page.js'
import { Select } from '../parts/Select.js'
import { Head, Table } from '../parts/Table.js'
import { Tabs } from '../parts/Tabs.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { useSiteName } from '../sites/site-name.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'
import { Clocks } from './Clocks.js'
import { Destructions } from './Destructions.js'
import { DueTable } from './DueTable.js'
import { MarkDialog } from './MarkDialog.js'
import { Marks } from './Marks.js'
import styles from './Retention.module.css'

const parts = ['due', 'marks', 'destructions', 'clocks'] as const
const YEARS = 40

/** /journal/retention?part&year */
export function RetentionPage() {
  const { can } = useSession()
  return can('retention.see') ? <Retention /> : <NotFound />
}

function Retention() {
  const t = useWords(words)
  const { can } = useSession()
  const { get } = useAddress()
  const [marking, setMarking] = useState(false)
  const part = parts.find(each => each === get('part')) ?? 'due'
  return (
    <Page
      title={t('title')}
      actions={
        <>
          {can('retention.mark') ? <Button onPress={() => setMarking(true)}>{t('mark')}</Button> : null}
          <ButtonLink href="/journal">{t('back')}</ButtonLink>
        </>
      }
    >
      <p className="second">{t('intro')}</p>
      <Tabs
        label={t('tabs')}
        tabs={parts.map(each => ({
          label: t(`tab.${each}`),
          href: each === 'due' ? '/journal/retention' : `/journal/retention?part=${each}`,
          current: each === part,
        }))}
      />
      {part === 'due' ? <Due /> : null}
      {part === 'marks' ? <Marks /> : null}
      {part === 'destructions' ? <Destructions /> : null}
      {part === 'clocks' ? <Clocks /> : null}
      {marking ? <MarkDialog onClose={() => setMarking(false)} /> : null}
    </Page>
  )
}

/** What would be destroyed by the end of a year, and what holds it. */
function Due() {
  const t = useWords(words)
  const { get, set } = useAddress()
  const [marking, setMarking] = useState<RetentionActView | null>(null)
  const now = new Date().getFullYear()
  const year = /^20\d\d$/.test(get('year')) ? Number(get('year')) : now
  const asked = useData<RetentionView>(['retention', 'due'], pathOf('/api/archive/retention', { year }), {
    keep: true,
  })
  const csv = useSaving()
  return (
    <>
      <div className={styles.bar}>
        <div className={styles.year}>
          <Select
            label={t('year')}
            value={String(year)}
            onChange={chosen => set({ year: chosen })}
            options={Array.from({ length: YEARS }, (_, after) => ({
              id: String(now + after),
              label: String(now + after),
            }))}
          />
        </div>
        {asked.data ? <Figures view={asked.data} /> : null}
        <Button
          icon={<Download aria-hidden />}
          busy={csv.busy}
          onPress={() =>
            csv.save(pathOf('/api/archive/retention.csv', { year }), `relais-retention-${year}.csv`)
          }
        >
          {t('csv')}
        </Button>
      </div>
      <Asked asked={asked} trouble={t('trouble')} lines={6}>
        {view =>
          view.items.length === 0 ? (
            <Empty icon={<CalendarClock aria-hidden />} title={t('due.none', { year: String(year) })}>
              {t('due.none.text')}
            </Empty>
          ) : (
            <>
              {view.counts.length > 1 ? <Counts view={view} /> : null}
              <DueTable items={view.items} onMark={setMarking} />
              {view.more ? <p className="third">{t('due.more')}</p> : null}
            </>
          )
        }
      </Asked>
      {marking ? <MarkDialog act={marking.reference} onClose={() => setMarking(null)} /> : null}
    </>
  )
}

function Figures({ view }: { view: RetentionView }) {
  const t = useWords(words)
  return (
    <dl className={styles.figures}>
      {(['acts', 'held', 'images'] as const).map(figure => (
        <div key={figure}>
          <dd>{view[figure]}</dd>
          <dt>{t(`figure.${figure}`)}</dt>
        </div>
      ))}
    </dl>
  )
}

function Counts({ view }: { view: RetentionView }) {
  const t = useWords(words)
  const siteName = useSiteName()
  return (
    <Table caption={t('counts.caption')} dense>
      <Head columns={[t('column.year'), t('column.site'), t('column.acts')]} />
      <tbody>
        {view.counts.map(({ site, year, acts, held }) => (
          <tr key={`${site} ${year}`}>
            <td>{year}</td>
            <td>{siteName(site)}</td>
            <td>{t('counts.held', { acts, held })}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
