import type { TimelineEntry } from '../../node/requests/view.js'
import { Tag } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { requestHistoryWords } from '../words/request-history.js'
import { useWords } from '../words/words.js'
import styles from './Timeline.module.css'

/** Texts a person wrote: they stand on lines of their own. */
const written = new Set(['text', 'protocol', 'why', 'identityDifference'])
/** Not said here: identifiers, and what the line says already. */
const unsaid = new Set(['StudyInstanceUID', 'kind', 'recipient', 'channel', 'source', 'name', 'role', 'sent'])

/** What happened, from the journal, the latest first. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const t = useWords(requestHistoryWords)
  const formats = useFormats()
  return (
    <ol className={styles.timeline} reversed>
      {entries.toReversed().map((entry, at) => {
        const fact = knownKey(requestHistoryWords, 'fact.', entry.fact)
        const details = Object.entries(entry.details).filter(([name]) => !unsaid.has(name))
        const short = details.filter(([name]) => !written.has(name))
        return (
          <li key={`${entry.at} ${entry.fact} ${entries.length - at}`} className={styles.entry}>
            <time dateTime={entry.at} title={formats.exact(entry.at)} className={styles.time}>
              {formats.moment(entry.at)}
            </time>
            <div className={styles.what}>
              <span>
                {fact ? t(fact) : entry.fact} {entry.state ? <Tag>{t(`state.${entry.state}`)}</Tag> : null}
              </span>
              <small>{entry.by}</small>
              {short.length > 0 ? (
                <span className={styles.details}>
                  {short
                    .map(([name, value]) => {
                      const key = knownKey(requestHistoryWords, 'detail.', name)
                      return key
                        ? t(key, {
                            value: name === 'digest' ? `${value.slice(0, 12)}…` : value,
                            n: Number(value),
                          })
                        : value
                    })
                    .join(' · ')}
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
