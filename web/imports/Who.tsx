import { Check, UserRoundPen } from 'lucide-react'
import { useState } from 'react'
import type { ImportCandidate, ImportCandidates, ImportStudy, ImportView } from '../../node/imports/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { nameOf } from '../studies/patient.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import { Comparison } from './Comparison.js'
import type { Answer } from './choice.js'
import styles from './Imports.module.css'
import { OtherPerson } from './OtherPerson.js'

/** Whose disc it is: those it may show, the best first, side by side with the disc; as it is; or somebody else. */
export function Who({
  disc,
  study,
  request,
  answer,
  onAnswer,
}: {
  disc: ImportView
  study: ImportStudy
  request: string | undefined
  answer: Answer | null
  onAnswer: (answer: Answer | null) => void
}) {
  const t = useWords(words)
  const found = useData<ImportCandidates>(
    ['candidates', disc.id],
    pathOf(`/api/imports/${disc.id}/candidates`, { study: study.StudyInstanceUID, request }),
  )
  const [at, setAt] = useState(0)
  const [isOther, setOther] = useState(false)
  const items = found.data?.items ?? []
  const candidate = items[at]
  const doubtful = (found.data?.peers ?? []).filter(
    ({ outcome }) => outcome === 'no-answer' || outcome === 'refused',
  )
  const same = (one: ImportCandidate) =>
    onAnswer({
      candidate: one.candidate,
      identity: one.identity,
      contradicts: one.contradicts,
      ...(one.request === undefined ? {} : { request: one.request }),
      ...(one.accession === undefined ? {} : { accession: one.accession }),
    })
  const keep = () => {
    setOther(false)
    onAnswer({ candidate: 'keep', identity: study.identity, contradicts: false })
  }
  const look = (index: number) => {
    setOther(false)
    setAt(index)
    onAnswer(null)
  }
  useActions([
    !answer &&
      !isOther &&
      candidate && {
        id: 'import-same',
        group: t('group'),
        label: t('ask.yes'),
        keys: 'y',
        run: () => same(candidate),
      },
    { id: 'import-keep', group: t('group'), label: t('ask.keep'), run: keep },
  ])
  const isKept = answer?.candidate === 'keep'
  const isSame = answer !== null && !isKept && answer.candidate !== 'new'

  return (
    <section aria-label={t('who.title')} className={styles.part}>
      <h2>{t('who.title')}</h2>
      {found.error ? (
        <ErrorBox title={t('who.trouble')} trouble={found.error} onRetry={() => found.refetch()} />
      ) : !found.data ? (
        <>
          <p className="second">{t('who.searching')}</p>
          <Skeleton lines={4} height={28} />
        </>
      ) : items.length === 0 ? (
        <p className="second">{t('who.none')}</p>
      ) : null}
      {doubtful.map(({ peer, outcome }) => (
        <p key={peer} className={styles.doubtful}>
          {t(`peer.${outcome === 'refused' ? 'refused' : 'no-answer'}`, { peer })}
        </p>
      ))}
      {items.length > 1 ? (
        <section aria-label={t('who.list')} className={styles.people}>
          {items.map((each, index) => (
            <button
              key={`${each.candidate} ${each.from} ${each.identity.PatientID} ${each.identity.PatientName}`}
              type="button"
              aria-pressed={index === at && !isOther && !isKept}
              onClick={() => look(index)}
            >
              <b>{nameOf(each.identity)}</b>
              <small>
                {t(`from.${each.candidate}`, { from: each.from })} · {t('score', { n: each.score })}
              </small>
            </button>
          ))}
        </section>
      ) : null}
      {candidate && !isOther && !isKept ? <Comparison candidate={candidate} /> : null}
      {isOther ? (
        <OtherPerson
          disc={study.identity}
          discAccession={study.AccessionNumber}
          site={disc.site}
          onUse={(identity, accession) =>
            onAnswer({
              candidate: 'new',
              identity,
              contradicts: false,
              ...(accession === '' ? {} : { accession }),
            })
          }
          onChange={() => onAnswer(null)}
        />
      ) : null}
      <div className={styles.ask}>
        <p>
          <b>
            {isKept
              ? t('keep.title')
              : isOther
                ? t('new.title')
                : candidate
                  ? t('ask.title')
                  : t('who.title')}
          </b>
          <span className="second">
            {isKept
              ? t('keep.text')
              : isOther
                ? t('new.text')
                : candidate
                  ? t(candidate.contradicts ? 'ask.contradicts' : 'ask.text')
                  : ''}
          </span>
        </p>
        <span className={`row ${styles.answers}`}>
          {(isOther || isKept) && candidate ? (
            <Button look="quiet" onPress={() => look(at)}>
              {t('ask.again')}
            </Button>
          ) : null}
          {isKept ? null : <Button onPress={keep}>{t('ask.keep')}</Button>}
          {isOther ? null : (
            <Button
              icon={<UserRoundPen aria-hidden />}
              onPress={() => {
                setOther(true)
                onAnswer(null)
              }}
            >
              {t('ask.other')}
            </Button>
          )}
          {candidate && !isOther && !isKept ? (
            <Button
              look={isSame ? 'plain' : 'go'}
              keys={isSame ? undefined : 'Y'}
              isDisabled={isSame}
              icon={isSame ? <Check aria-hidden /> : undefined}
              onPress={() => same(candidate)}
            >
              {t(isSame ? 'ask.yes.done' : 'ask.yes')}
            </Button>
          ) : null}
        </span>
      </div>
    </section>
  )
}
