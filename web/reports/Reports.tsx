import { FileText, Search } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import type { ReportRow, ReportState } from '../../node/reports/view.js'
import { pathOf } from '../api/call.js'
import { usePages } from '../api/pages.js'
import { useAddress } from '../api/url.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Picker } from '../parts/Picker.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { TextField } from '../parts/TextField.js'
import { useInWords } from '../requests/in-words.js'
import { useSession } from '../session.js'
import { useTitle } from '../shell/title.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { templateWords } from '../words/templates.js'
import { useWords } from '../words/words.js'
import styles from './Reports.module.css'

const states: ReportState[] = ['draft', 'preliminary', 'final', 'withdrawn']

/** Where a row leads: a draft to the desk of its request, a signed report to its page. */
const pathTo = (row: ReportRow) =>
  row.state === 'draft' ? `/requests/${row.request}/report` : `/reports/${row.id}`

/** /reports: those this person may read, the latest first as the node gives them. */
export default function Reports() {
  const t = useWords(reportWords)
  const of = useWords(templateWords)
  const { can } = useSession()
  const formats = useFormats()
  const inWords = useInWords()
  const address = useAddress()
  const [, go] = useLocation()
  useTitle(t('title'))
  const q = address.get('q')
  const state = address.get('state')
  const pages = usePages<ReportRow>(['reports', 'list'], pathOf('/api/reports', { q, state, limit: 100 }))

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('title')}</h1>
        <div className={styles.search}>
          <TextField
            label={t('list.filter')}
            hideLabel
            type="search"
            placeholder={t('list.placeholder')}
            before={<Search aria-hidden="true" />}
            value={q}
            onChange={text => address.set({ q: text }, { replace: true })}
            autoComplete="off"
          />
        </div>
        <Picker
          label={t('list.state')}
          value={state || 'any'}
          onChange={id => address.set({ state: id === 'any' ? '' : id })}
          options={[
            { id: 'any', label: t('list.any') },
            ...states.map(id => ({ id, label: t(`state.report.${id}`) })),
          ]}
        />
        {can('template.see') ? <ButtonLink href="/templates">{of('see')}</ButtonLink> : null}
      </header>
      {pages.problem && !pages.items ? (
        <ErrorBox trouble={pages.problem} onRetry={() => void pages.readAgain()} />
      ) : !pages.items ? (
        <Skeleton lines={6} height={36} />
      ) : pages.items.length === 0 ? (
        <Empty icon={<FileText aria-hidden="true" />} title={t('list.empty')}>
          {t(q || state ? 'list.empty.filtered' : 'list.empty.text')}
        </Empty>
      ) : (
        <div className={styles.card}>
          <Table caption={t('title')}>
            <Head
              columns={[
                t('column.state'),
                t('column.patient'),
                t('column.exam'),
                t('column.signed'),
                t('column.acknowledged'),
              ]}
            />
            <tbody>
              {pages.items.map(row => (
                <tr key={row.id} className={styles.row} onClick={() => go(pathTo(row))}>
                  <td>
                    <Tag tone={row.state === 'final' ? 'ok' : row.state === 'preliminary' ? 'near' : 'plain'}>
                      {t(`state.report.${row.state}`)}
                    </Tag>
                  </td>
                  <td className={styles.who}>
                    <Link href={pathTo(row)} onClick={event => event.stopPropagation()}>
                      {inWords.name(row.patient)}
                    </Link>
                    <span className="second"> · {inWords.ageAndSex(row.patient)}</span>
                    {row.broken ? (
                      <strong className={styles.conclusion}>{t('list.broken')}</strong>
                    ) : row.conclusion ? (
                      <span className={styles.conclusion}>{row.conclusion}</span>
                    ) : null}
                  </td>
                  <td>
                    {inWords.exam(row)}
                    <small className={styles.under}>
                      {row.siteName} · {row.reference}
                    </small>
                  </td>
                  <td className={styles.when}>
                    {row.signedAt ? (
                      <>
                        <span title={formats.exact(row.signedAt)}>{formats.moment(row.signedAt)}</span>
                        <small className={styles.under}>{row.signer}</small>
                      </>
                    ) : (
                      '–'
                    )}
                  </td>
                  <td className={styles.when}>
                    {row.acknowledgedAt ? (
                      <span title={formats.exact(row.acknowledgedAt)}>
                        {formats.moment(row.acknowledgedAt)}
                      </span>
                    ) : row.state === 'draft' ? (
                      '–'
                    ) : (
                      <span className="second">{t('list.unread')}</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </Table>
          {pages.hasMore ? (
            <div className={styles.more}>
              <Button busy={pages.isReadingMore} onPress={() => void pages.readMore()}>
                {t('more')}
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </div>
  )
}
