import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { JournalRow } from '../../node/journal/view.js'
import { Head, Table } from '../parts/Table.js'
import { useFilterHref } from '../parts/Tabs.js'
import { useSiteName } from '../sites/site-name.js'
import { useFormats } from '../words/format.js'
import { journal as words } from '../words/journal.js'
import { useWords } from '../words/words.js'
import { useFactWords } from './fact-words.js'
import styles from './Journal.module.css'

export function EntryTable({ rows }: { rows: JournalRow[] }) {
  const t = useWords(words)
  const [open, setOpen] = useState<number | null>(null)
  const siteName = useSiteName()
  return (
    <div className={styles.list}>
      <Table caption={t('caption')} dense>
        <Head
          columns={[
            { label: t('column.more'), hidden: true },
            { label: t('column.seq'), right: true },
            t('column.when'),
            t('column.what'),
            t('column.who'),
            t('column.where'),
            t('column.site'),
          ]}
        />
        {rows.map(row => (
          <Entry
            key={row.seq}
            row={row}
            site={siteName(row.site)}
            open={open === row.seq}
            onToggle={() => setOpen(open === row.seq ? null : row.seq)}
          />
        ))}
      </Table>
    </div>
  )
}

interface EntryProps {
  row: JournalRow
  site: string
  open: boolean
  onToggle: () => void
}

function Entry({ row, site, open, onToggle }: EntryProps) {
  const t = useWords(words)
  const format = useFormats()
  const { factOf, subjectOf, authorOf } = useFactWords()
  const hrefWith = useFilterHref()
  const subjects = Object.entries(row.ids)
  return (
    <tbody className={styles.entry}>
      <tr aria-selected={open || undefined}>
        <td>
          <button
            type="button"
            className={styles.toggle}
            aria-expanded={open}
            aria-controls={`entry-${row.seq}`}
            aria-label={t('row.open', { seq: row.seq })}
            onClick={onToggle}
          >
            <ChevronRight size={16} aria-hidden />
          </button>
        </td>
        <td className={styles.seq}>{row.seq}</td>
        <td className={styles.when} title={format.exact(row.at)}>
          {format.dateTime(row.at)}
        </td>
        <td className={styles.what}>
          {factOf(row.type)}
          {subjects.map(([kind, id]) => (
            <span key={kind} className={styles.subjectId}>
              {subjectOf(kind)}{' '}
              <Link href={hrefWith('subject', id)} title={t('row.only')} className="code">
                {id}
              </Link>
            </span>
          ))}
        </td>
        <td>{authorOf(row.by)}</td>
        <td className="code">{row.address ?? ''}</td>
        <td>{site}</td>
      </tr>
      {open ? (
        <tr id={`entry-${row.seq}`} className={styles.detail}>
          <td colSpan={7}>
            <dl>
              <dt>{t('detail.type')}</dt>
              <dd className="code">{row.type}</dd>
              <dt>{t('detail.at')}</dt>
              <dd>
                {format.exact(row.at)} <span className="code third">{row.at}</span>
              </dd>
              <dt>{t('detail.body')}</dt>
              <dd>
                {row.body === undefined ? (
                  <span className="second">{t('detail.hidden')}</span>
                ) : (
                  <pre className={`code ${styles.body}`}>{JSON.stringify(row.body, null, 2)}</pre>
                )}
              </dd>
              <dt>{t('detail.digest')}</dt>
              <dd className="code">{row.digest}</dd>
            </dl>
          </td>
        </tr>
      ) : null}
    </tbody>
  )
}
