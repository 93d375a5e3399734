import type { Sections } from '../../node/reports/view.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './Difference.module.css'
import { differenceOf } from './difference.js'
import { sectionNames } from './draft.js'

/** Two versions laid over each other, section by section: what is gone is struck, what is new is underlined. */
export function Difference({ before, after }: { before: Sections; after: Sections }) {
  const t = useWords(reportWords)
  const changed = sectionNames.filter(name => before[name] !== after[name])
  if (changed.length === 0) return <p className="second">{t('difference.none')}</p>
  return (
    <div className={styles.difference}>
      {changed.map(name => (
        <section key={name} aria-label={t(`section.${name}`)}>
          <h4>{t(`section.${name}`)}</h4>
          <p>
            {differenceOf(before[name], after[name]).map((piece, index) => {
              const key = `${index} ${piece.kind}`
              if (piece.kind === 'same') return <span key={key}>{piece.text}</span>
              return piece.kind === 'gone' ? (
                <del key={key}>{piece.text}</del>
              ) : (
                <ins key={key}>{piece.text}</ins>
              )
            })}
          </p>
        </section>
      ))}
    </div>
  )
}
