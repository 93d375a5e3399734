import { useEffect, useRef } from 'react'
import type { ImportPerson, ImportView } from '../../node/imports/view.js'
import { nameOf } from '../studies/patient.js'
import { useFormats } from '../words/format.js'
import { importPeople } from '../words/import-people.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'
import { PersonMark } from './StateMark.js'

/** Who is on the disc, where several are: one is decided on after the other. */
export function People({
  disc,
  chosen,
  onChoose,
}: {
  disc: ImportView
  chosen: string
  onChoose: (person: string) => void
}) {
  const t = useWords(words)
  const p = useWords(importPeople)
  const format = useFormats()
  const list = useRef<HTMLElement>(null)
  const before = useRef(chosen)
  // The button that decided on one is gone with them: whoever comes next is read from here on.
  useEffect(() => {
    if (before.current === chosen) return
    before.current = chosen
    // After the dialog, where there was one, has closed and given up the focus.
    let quiet = 0
    let frame = requestAnimationFrame(function look() {
      quiet = document.querySelector('[data-modal]') ? 0 : quiet + 1
      if (quiet < 3) frame = requestAnimationFrame(look)
      else if (document.activeElement === document.body) list.current?.focus()
    })
    return () => cancelAnimationFrame(frame)
  }, [chosen])
  const left = disc.people.filter(({ state }) => state === 'to-decide').length
  return (
    <section
      ref={list}
      tabIndex={-1}
      aria-label={p('people.list')}
      className={`${styles.part} ${styles.screenOnly} ${styles.everybody}`}
    >
      <h2>{p('people.title')}</h2>
      {left > 0 ? (
        <p className="second">
          {p('people.left', { n: left })}. {p('people.text')}
        </p>
      ) : null}
      <div className={styles.people}>
        {disc.people.map((person: ImportPerson) => (
          <button
            key={person.id}
            type="button"
            aria-pressed={person.id === chosen}
            onClick={() => onChoose(person.id)}
          >
            <b>{nameOf(person.identity) || t('unknown')}</b>
            <small>
              {[
                format.day(person.identity.PatientBirthDate),
                person.identity.PatientID,
                p('person.studies', { n: person.studies.length }),
              ]
                .filter(Boolean)
                .join(' · ')}
            </small>
            <span className={styles.personState}>
              <PersonMark state={person.state} />
            </span>
          </button>
        ))}
      </div>
    </section>
  )
}
