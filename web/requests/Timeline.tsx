import type { TimelineEntry } from '../../node/requests/view.js'
import { Tag } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { journal as journalWords } from '../words/journal.js'
import { knownKey } from '../words/known.js'
import { laterWords } from '../words/later.js'
import { requestDialogWords } from '../words/request-dialogs.js'
import { requestHistoryWords } from '../words/request-history.js'
import { useWords } from '../words/words.js'
import styles from './Timeline.module.css'

/** Texts a person wrote: they stand on lines of their own. */
const written = new Set(['text', 'protocol', 'why', 'identityDifference'])
/** Not said here: identifiers, and what the line says already. */
const unsaid = new Set(['StudyInstanceUID', 'kind', 'recipient', 'source', 'name', 'role', 'sent'])

interface Told {
  entry: TimelineEntry
  times: number
}

/** The latest first; what happened alike several times in the same minute (a notice to each reader) is told once. */
function told(entries: TimelineEntry[]): Told[] {
  const all: Told[] = []
  for (const entry of entries.toReversed()) {
    const last = all.at(-1)
    const alike =
      last?.entry.fact === entry.fact &&
      last.entry.by === entry.by &&
      last.entry.at.slice(0, 16) === entry.at.slice(0, 16) &&
      JSON.stringify(last.entry.details) === JSON.stringify(entry.details)
    if (alike) last.times++
    else all.push({ entry, times: 1 })
  }
  return all
}

/** What happened, from the journal, the latest first. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const t = useWords(requestHistoryWords)
  const later = useWords(laterWords)
  const coded = useWords(requestDialogWords)
  const inJournal = useWords(journalWords)
  const formats = useFormats()
  /** What is seldom part of an act is named as the journal names it. */
  const factWords = (name: string) => {
    const own = knownKey(requestHistoryWords, 'fact.', name)
    if (own) return t(own)
    const other = knownKey(journalWords, 'fact.', name)
    return other ? inJournal(other) : name
  }
  const detailWords = (name: string, value: string) => {
    const code = name === 'code' ? knownKey(requestDialogWords, 'code.', value) : undefined
    if (code) return coded(code)
    const cause = name === 'cause' ? knownKey(requestHistoryWords, 'cause.', value) : undefined
    if (cause) return t(cause)
    const known =
      name === 'channel'
        ? knownKey(requestHistoryWords, 'channel.', value)
        : knownKey(requestHistoryWords, 'detail.', name)
    const outcome = name === 'outcome' ? knownKey(requestHistoryWords, 'outcome.', value) : undefined
    if (outcome) return t(outcome)
    const shown = name === 'digest' ? `${value.slice(0, 12)}…` : value
    return known ? t(known, { value: shown, n: Number(value) }) : value
  }
  return (
    <ol className={styles.timeline} reversed>
      {told(entries).map(({ entry, times }, at) => {
        const details = Object.entries(entry.details).filter(
          ([name, value]) => !unsaid.has(name) && value !== '0',
        )
        const short = details.filter(([name]) => !written.has(name))
        return (
          <li key={`${entry.at} ${entry.fact} ${entries.length - at}`} className={styles.entry}>
            <time dateTime={entry.at} title={formats.exact(entry.at)} className={styles.time}>
              {formats.moment(entry.at)}
            </time>
            <div className={styles.what}>
              <span>
                {factWords(entry.fact)}
                {times > 1 ? <span className="third"> · {t('times', { n: times })}</span> : null}{' '}
                {entry.state ? <Tag>{t(`state.${entry.state}`)}</Tag> : null}
              </span>
              <small>
                {entry.recordedAt === undefined
                  ? entry.by
                  : later('recorded', { time: formats.dateTime(entry.recordedAt), by: entry.by })}
              </small>
              {short.length > 0 ? (
                <span className={styles.details}>
                  {short.map(([name, value]) => detailWords(name, value)).join(' · ')}
                </span>
              ) : null}
              {details
                .filter(([name]) => written.has(name))
                .map(([name, value]) => (
                  <p key={name} className={styles.written}>
                    {value}
                  </p>
                ))}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
