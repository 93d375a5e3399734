import { ChartNoAxesColumn, Download } from 'lucide-react'
import type {
  ActivityBy,
  ActivityInterval,
  ActivityRow,
  ActivityTotals,
  ActivityView,
  IntervalView,
} from '../../node/activity/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import buttonStyles from '../parts/Button.module.css'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Picker } from '../parts/Picker.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { useSession } from '../session.js'
import { activityWords as words } from '../words/activity.js'
import { common } from '../words/common.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Activity.module.css'
import { Bars, Delays } from './Charts.js'
import { Filters, filterNames } from './Filters.js'
import { type PeriodId, periodOf } from './periods.js'

const intervals: ActivityInterval[] = ['claimed', 'accepted', 'images', 'reported', 'seen']
const ways: Exclude<ActivityBy, 'hour'>[] = [
  'site',
  'group',
  'radiologist',
  'modality',
  'kind',
  'urgency',
  'month',
  'day',
]
const barsMax = 31

/** /activity?period&from&to&by&site&group… */
export default function Activity() {
  const t = useWords(words)
  const formats = useFormats()
  const { language } = useLanguage()
  const { role } = useSession()
  const own = role === 'radiologist'
  const address = useAddress()
  const { from, to } = periodOf(
    (address.get('period') || 'month') as PeriodId,
    address.get('from'),
    address.get('to'),
  )
  const by = ways.find(way => way === address.get('by')) ?? (own ? 'modality' : 'site')
  const filters = Object.fromEntries(filterNames.map(name => [name, address.get(name)]))
  const path = pathOf('/api/activity', { from, to, by, ...filters })
  const asked = useData<ActivityView>(['activity'], path, { keep: true, repeat: () => 60_000 })
  const view = asked.data
  const filtered = filterNames.some(name => address.get(name) !== '')
  const clear = () => address.set(Object.fromEntries(filterNames.map(name => [name, ''])))
  return (
    <Page
      title={t('title')}
      note={
        <>
          {own ? `${t('note.own')} · ` : ''}
          {t('note.days', { from: formats.day(from), to: formats.day(to) })}
        </>
      }
      actions={
        <a
          href={pathOf('/api/activity.csv', { from, to, language, ...filters })}
          download
          className={[buttonStyles['button'], buttonStyles['plain'], buttonStyles['m']].join(' ')}
        >
          <Download aria-hidden />
          {t('csv')}
        </a>
      }
      filters={<Filters known={view?.known} own={own} />}
    >
      {asked.error ? (
        <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : !view ? (
        <Skeleton lines={8} height={44} />
      ) : view.total.requests === 0 ? (
        <Empty
          icon={<ChartNoAxesColumn aria-hidden />}
          title={t('empty')}
          action={filtered ? <Button onPress={clear}>{t('empty.clear')}</Button> : undefined}
        >
          {t('empty.text')}
        </Empty>
      ) : (
        <>
          <Figures total={view.total} />
          <Day view={view} />
          <By view={view} by={by} onBy={way => address.set({ by: way })} own={own} />
          <p className="third small">{t('precision', { zone: view.timeZone })}</p>
        </>
      )}
    </Page>
  )
}

/** To the minute: what is counted to within a sixty-fourth has no seconds to show. */
function useSpan() {
  const formats = useFormats()
  return (ms: number) => formats.span(ms < 120_000 ? ms : Math.round(ms / 60_000) * 60_000)
}

function Figures({ total }: { total: ActivityTotals }) {
  const t = useWords(words)
  const formats = useFormats()
  const spanOf = useSpan()
  const apart = (['refused', 'cancelled', 'expired'] as const)
    .filter(one => total[one] > 0)
    .map(one => t(one, { n: total[one] }))
    .join(' · ')
  return (
    <dl className={styles.figures}>
      <div className={styles.figure}>
        <dt>{t('requests')}</dt>
        <dd>
          {formats.number(total.requests)}
          <small>{apart}</small>
        </dd>
      </div>
      <div className={styles.figure}>
        <dt>{t('acts')}</dt>
        <dd>
          {formats.number(total.acts)}
          <small>{total.enteredLater > 0 ? t('later', { n: total.enteredLater }) : ''}</small>
        </dd>
      </div>
      {intervals.map(interval => {
        const one = total.intervals[interval]
        return (
          <div key={interval} className={styles.figure}>
            <dt>{t(`interval.${interval}`)}</dt>
            <dd>
              {one ? spanOf(one.medianMs) : '–'}
              {one ? (
                <>
                  <small>{t('median')}</small>
                  <small>{t('p90', { time: spanOf(one.p90Ms) })}</small>
                </>
              ) : (
                <small>{t('none')}</small>
              )}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

function Day({ view }: { view: ActivityView }) {
  const t = useWords(words)
  const formats = useFormats()
  const spanOf = useSpan()
  const hourOf = (hour: number) => `${hour} h`
  const points = view.hours.map(({ hour, requests, reported }) => ({
    label: hourOf(hour),
    title: [
      `${hourOf(hour)} : ${formats.number(requests)}`,
      reported
        ? `${formats.span(reported.medianMs)}, ${t('p90', { time: formats.span(reported.p90Ms) })}`
        : '',
    ]
      .filter(Boolean)
      .join(' · '),
    all: requests,
    ...(reported ? { medianMs: reported.medianMs, p90Ms: reported.p90Ms } : {}),
  }))
  return (
    <section className={`card ${styles.card}`} aria-labelledby="activity-day">
      <div className={styles.head}>
        <h2 id="activity-day">{t('day.title')}</h2>
        <small>{t('day.text')}</small>
      </div>
      <div className={styles.beside}>
        <div className={styles.charts}>
          <div>
            <h3>{t('day.demand')}</h3>
            <Bars label={t('day.demand')} points={points} />
          </div>
          <div>
            <h3>{t('day.delay')}</h3>
            {view.total.intervals.reported ? (
              <Delays label={t('day.delay')} points={points} />
            ) : (
              <p className="second">{t('none')}</p>
            )}
          </div>
        </div>
        <div className={styles.scroll}>
          <Table caption={t('day.table')} dense>
            <Head
              columns={[
                t('hour'),
                { label: t('requests'), right: true },
                { label: t('median'), right: true },
                { label: t('ninety'), right: true },
              ]}
            />
            <tbody>
              {view.hours
                .filter(({ requests }) => requests > 0)
                .map(({ hour, requests, reported }) => (
                  <tr key={hour}>
                    <th scope="row" className={styles.name}>
                      {hourOf(hour)}
                    </th>
                    <td className={styles.right}>{formats.number(requests)}</td>
                    <td className={styles.right}>{reported ? spanOf(reported.medianMs) : '–'}</td>
                    <td className={`${styles.right} third`}>{reported ? spanOf(reported.p90Ms) : '–'}</td>
                  </tr>
                ))}
            </tbody>
          </Table>
        </div>
      </div>
    </section>
  )
}

function By({
  view,
  by,
  onBy,
  own,
}: {
  view: ActivityView
  by: Exclude<ActivityBy, 'hour'>
  onBy: (by: string) => void
  own: boolean
}) {
  const t = useWords(words)
  const formats = useFormats()
  const { locale } = useLanguage()
  const labelOf = ({ key, label }: ActivityRow) => {
    if (by === 'month')
      return new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' }).format(
        new Date(`${key}-15T12:00:00`),
      )
    if (by === 'day')
      return new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit' }).format(
        new Date(`${key}T12:00:00`),
      )
    if (by === 'kind' || by === 'urgency' || by === 'modality') {
      const word = knownKey(common, `${by}.`, key)
      return word ? t(word) : label
    }
    return label || t('nobody')
  }
  const shown = view.by === by ? view.items : []
  const points = shown.slice(0, barsMax).map(row => ({
    label: labelOf(row),
    title: `${labelOf(row)} : ${formats.number(row.requests)} · ${t('acts')} ${formats.number(row.acts)}`,
    all: row.requests,
    done: row.acts,
  }))
  return (
    <section className={`card ${styles.card}`} aria-labelledby="activity-by">
      <div className={styles.head}>
        <h2 id="activity-by">{t('bars.title', { by: t(`by.${by}`).toLocaleLowerCase(locale) })}</h2>
        <span className="push">
          <Picker
            label={t('by')}
            value={by}
            onChange={onBy}
            options={ways
              .filter(way => !own || way !== 'radiologist')
              .map(way => ({ id: way, label: `${t('by')} : ${t(`by.${way}`).toLocaleLowerCase(locale)}` }))}
          />
        </span>
      </div>
      {points.length > 1 ? <Bars label={t('bars.title', { by: t(`by.${by}`) })} points={points} /> : null}
      {shown.length > barsMax ? <small>{t('rest', { n: shown.length - barsMax })}</small> : null}
      <Table caption={t('table.title', { by: t(`by.${by}`) })} dense>
        <Head
          columns={[
            t(`by.${by}`),
            { label: t('requests'), right: true },
            { label: t('acts'), right: true },
            ...intervals.map(interval => ({ label: t(`interval.${interval}`), right: true })),
          ]}
        />
        <tbody>
          {shown.map(row => (
            <tr key={row.key}>
              <th scope="row" className={styles.name}>
                {labelOf(row)}
              </th>
              <td className={styles.right}>{formats.number(row.requests)}</td>
              <td className={styles.right}>{formats.number(row.acts)}</td>
              {intervals.map(interval => (
                <td key={interval} className={styles.right}>
                  <Took interval={row.intervals[interval]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  )
}

function Took({ interval }: { interval: IntervalView | undefined }) {
  const t = useWords(words)
  const spanOf = useSpan()
  if (!interval) return <span className="third">–</span>
  return (
    <>
      {spanOf(interval.medianMs)}
      <span className={styles.under}>{t('p90.short', { time: spanOf(interval.p90Ms) })}</span>
    </>
  )
}
