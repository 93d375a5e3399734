import { useEffect, useState } from 'react'
import { useSearch } from 'wouter'
import type { ChosenPaper, ImportPerson, ImportStudy, ImportView } from '../../node/imports/view.js'
import { discContent } from '../words/disc-content.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import { Studies } from './Content.js'
import { type Answer, chosenOf, firstChoice } from './choice.js'
import styles from './Imports.module.css'
import { Leave } from './Leave.js'
import { OtherPerson } from './OtherPerson.js'
import { Papers } from './Papers.js'
import { usePresetList } from './presets.js'
import { Who } from './Who.js'
import { Write } from './Write.js'

/** Which series of a person, who that is here, what will be written: one after the other on one page. */
export function Deciding({
  disc,
  person,
  onStep,
}: {
  disc: ImportView
  person: ImportPerson
  onStep: (step: 1 | 2 | 3) => void
}) {
  const t = useWords(words)
  const request = new URLSearchParams(useSearch()).get('request') ?? undefined
  const studies = disc.studies.filter(({ StudyInstanceUID }) => person.studies.includes(StudyInstanceUID))
  const [ticked, setTicked] = useState(() => firstChoice(studies))
  const { items: presets } = usePresetList()
  const preset = presets?.find(({ id }) => id === disc.preset)
  const [papers, setPapers] = useState<ChosenPaper[]>([])
  const [said, setAnswer] = useState<Answer | null | undefined>(undefined)
  const chosen = chosenOf(studies, ticked)
  const [study] = chosen.studies
  const filed = papers.map(paper => filedIn(paper, chosen.studies))
  const kept =
    study && preset?.identity === 'keep' && request === undefined && person.withdrawals.length === 0
      ? { candidate: 'keep' as const, identity: study.identity, contradicts: false }
      : null
  // Until somebody says something, what the desk always does; after an undo a person says.
  const answer = said === undefined ? kept : said
  const step = !study ? 1 : answer ? 3 : 2
  useEffect(() => onStep(step), [onStep, step])
  return (
    <>
      <Studies disc={disc} studies={studies} chosen={ticked} onChange={setTicked} />
      {disc.people.length > 1 && person.may.includes('leave') ? (
        <div className={styles.leave}>
          <Leave disc={disc} person={person} />
        </div>
      ) : null}
      <Papers disc={disc} studies={chosen.studies} chosen={filed} onChange={setPapers} />
      {!study ? (
        <p role="alert" className={styles.problem}>
          {t('choose.none')}
        </p>
      ) : (
        <>
          <Who
            key={person.id}
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
              papers={filed}
              chosen={chosen}
            />
          ) : null}
        </>
      )}
    </>
  )
}

/** A study that is not chosen any more leaves its papers to the first that is. */
function filedIn({ number, StudyInstanceUID }: ChosenPaper, studies: readonly ImportStudy[]): ChosenPaper {
  const study = studies.find(each => each.StudyInstanceUID === StudyInstanceUID) ?? studies[0]
  return { number, ...(study === undefined ? {} : { StudyInstanceUID: study.StudyInstanceUID }) }
}

/** What a disc without images says of anybody: nothing. */
const NO_STUDY: ImportStudy = {
  StudyInstanceUID: '',
  StudyDate: '',
  StudyDescription: '',
  AccessionNumber: '',
  Modalities: [],
  identity: { PatientID: '', IssuerOfPatientID: '', PatientName: '', PatientBirthDate: '', PatientSex: '' },
  series: [],
  images: 0,
  bytes: 0,
  here: 0,
  hereAs: '',
}

/** Papers without images: whose they are is said by somebody, and they make a study of their own. */
export function DecidingPapers({ disc, onStep }: { disc: ImportView; onStep: (step: 1 | 2 | 3) => void }) {
  const t = useWords(words)
  const say = useWords(discContent)
  const { items: presets } = usePresetList()
  const preset = presets?.find(({ id }) => id === disc.preset)
  const [papers, setPapers] = useState<ChosenPaper[]>([])
  const [answer, setAnswer] = useState<Answer | null>(null)
  const step = papers.length === 0 ? 1 : answer ? 3 : 2
  useEffect(() => onStep(step), [onStep, step])
  return (
    <>
      <Papers disc={disc} studies={[]} chosen={papers} onChange={setPapers} />
      {papers.length === 0 ? (
        <p className="second">{say('papers.alone')}</p>
      ) : (
        <section aria-label={t('who.title')} className={styles.part}>
          <h2>{t('who.title')}</h2>
          <OtherPerson
            disc={NO_STUDY.identity}
            discAccession=""
            site={disc.site}
            onUse={(identity, accession) =>
              setAnswer({
                candidate: 'new',
                identity,
                contradicts: false,
                ...(accession === '' ? {} : { accession }),
              })
            }
            onChange={() => setAnswer(null)}
          />
        </section>
      )}
      {answer && papers.length > 0 ? (
        <Write
          disc={disc}
          preset={preset}
          study={NO_STUDY}
          answer={answer}
          series={[]}
          papers={papers}
          chosen={chosenOf([], new Set())}
        />
      ) : null}
    </>
  )
}
