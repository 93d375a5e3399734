import { Users } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useSearch } from 'wouter'
import type { ImportView } from '../../node/imports/view.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import { Studies } from './Content.js'
import { type Answer, chosenOf, firstChoice, peopleIn } from './choice.js'
import styles from './Imports.module.css'
import { usePresetList } from './presets.js'
import { Who } from './Who.js'
import { Write } from './Write.js'

/** Which series, whose they are, what will be written: one after the other on one page. */
export function Deciding({ disc, onStep }: { disc: ImportView; onStep: (step: 1 | 2 | 3) => void }) {
  const t = useWords(words)
  const request = new URLSearchParams(useSearch()).get('request') ?? undefined
  const [ticked, setTicked] = useState(() => firstChoice(disc.studies))
  const { items: presets } = usePresetList()
  const preset = presets?.find(({ id }) => id === disc.preset)
  const [said, setAnswer] = useState<Answer | null | undefined>(undefined)
  const chosen = chosenOf(disc.studies, ticked)
  const [study] = chosen.studies
  const isMixed = peopleIn(chosen.studies) > 1
  const kept =
    study && preset?.identity === 'keep' && request === undefined
      ? { candidate: 'keep' as const, identity: study.identity, contradicts: false }
      : null
  // Until somebody says something, what the desk always does.
  const answer = said === undefined ? kept : said
  const step = !study || isMixed ? 1 : answer ? 3 : 2
  useEffect(() => onStep(step), [onStep, step])
  return (
    <>
      {peopleIn(disc.studies) > 1 ? (
        <aside className={styles.notice} aria-label={t('people.title')}>
          <Users size={18} aria-hidden />
          <p>
            <b>{t('people.title')}</b> {t('people.text')}
          </p>
        </aside>
      ) : null}
      <Studies
        disc={disc}
        studies={disc.studies}
        chosen={ticked}
        onChange={next => {
          setTicked(next)
          // Another person's images: the answer was about the former.
          const [now] = chosenOf(disc.studies, next).studies
          if (now?.StudyInstanceUID !== study?.StudyInstanceUID) setAnswer(undefined)
        }}
      />
      {!study || isMixed ? (
        <p role="alert" className={styles.problem}>
          {t(isMixed ? 'people.mixed' : 'choose.none')}
        </p>
      ) : (
        <>
          <Who
            key={study.StudyInstanceUID}
            disc={disc}
            study={study}
            request={request}
            answer={answer}
            onAnswer={setAnswer}
          />
          {answer ? (
            <Write
              disc={disc}
              preset={preset}
              study={study}
              answer={answer}
              series={[...ticked]}
              chosen={chosen}
            />
          ) : null}
        </>
      )}
    </>
  )
}
