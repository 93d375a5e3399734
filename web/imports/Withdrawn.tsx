import type { ImportPerson } from '../../node/imports/view.js'
import { nameOf } from '../studies/patient.js'
import { Holders } from '../studies/Rejections.js'
import { useFormats } from '../words/format.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'

/** What was taken back about a person, and where its recall stands at each PACS. */
export function Withdrawn({ person }: { person: ImportPerson }) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const format = useFormats()
  return person.withdrawals.map(({ decision, decidedBy, at, by, reason, images, papers, recalls }) => {
    const identity = decision.candidate === 'keep' ? person.identity : decision.identity
    return (
      <section key={at} aria-label={p('withdrawn.title')} className={styles.withdrawn}>
        <h3>{p('withdrawn.title')}</h3>
        <p title={format.exact(at)}>
          {p('withdrawn.line', { n: images, papers, by, time: format.dateTime(at) })} : <q>{reason}</q>
        </p>
        <p className="second">
          {p('withdrawn.was', { who: nameOf(identity) || t('unknown'), by: decidedBy })}
        </p>
        {recalls.some(({ holders }) => holders.length > 0) ? (
          recalls.map(recall => <Holders key={recall.id} rejection={recall} label={p('withdrawn.to')} />)
        ) : (
          <p className="second">{p('withdrawn.nowhere')}</p>
        )}
        <p className="third">{p('withdrawn.again')}</p>
      </section>
    )
  })
}
