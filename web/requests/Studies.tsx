import { Images as ImagesIcon } from 'lucide-react'
import type { RequestStudyView } from '../../node/requests/view.js'
import { ButtonLink } from '../parts/Button.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { IdentityDoubt } from '../studies/Doubts.js'
import { Images } from '../studies/Images.js'
import { useFormats } from '../words/format.js'
import { requestWords } from '../words/requests.js'
import { studies as studyWords } from '../words/studies.js'
import { useWords } from '../words/words.js'
import { useInWords } from './in-words.js'
import { UnlinkStudy } from './Links.js'
import styles from './Studies.module.css'

const tones: Record<NonNullable<RequestStudyView['transfer']>['state'], Tone> = {
  waiting: 'plain',
  moving: 'accent',
  sent: 'accent',
  confirmed: 'ok',
  failed: 'late',
}

/** The linked studies: what has arrived of each, and where it stands at the reader's PACS. */
export function Studies({
  request,
  studies,
  mayOpen,
  mayUnlink = false,
}: {
  request: string
  studies: RequestStudyView[]
  mayOpen: boolean
  mayUnlink?: boolean
}) {
  const t = useWords(requestWords)
  const s = useWords(studyWords)
  const formats = useFormats()
  const inWords = useInWords()
  if (studies.length === 0) return <p className="second">{t('page.noStudies')}</p>
  return (
    <ul className={styles.studies}>
      {studies.map(study => (
        <li key={study.StudyInstanceUID} className={styles.study}>
          <div className={styles.what}>
            <strong>{inWords.study(study)}</strong>
            <small>
              {[formats.day(study.date), study.accession].filter(Boolean).join(' · ')}
              {study.completeness.lastArrivalAt ? (
                <span title={formats.exact(study.completeness.lastArrivalAt)}>
                  {' · '}
                  {t('study.lastArrival', { at: formats.moment(study.completeness.lastArrivalAt) })}
                </span>
              ) : null}
            </small>
          </div>
          <div className={styles.count}>
            <Images images={study.completeness} full />
            {study.transfer ? (
              <Tag tone={tones[study.transfer.state]}>
                {t(`transfer.${study.transfer.state}`, {
                  peer: study.transfer.peer,
                  sent: study.transfer.sent,
                  of: study.transfer.of,
                })}
              </Tag>
            ) : null}
          </div>
          {study.identityDoubt || study.conflicts ? (
            <div className={styles.doubts}>
              {study.identityDoubt ? <IdentityDoubt doubt={study.identityDoubt} /> : null}
              {study.conflicts ? <Tag tone="gap">{s('conflicts', { n: study.conflicts })}</Tag> : null}
            </div>
          ) : null}
          {mayUnlink ? <UnlinkStudy request={request} study={study} /> : null}
          {mayOpen && study.completeness.received > 0 ? (
            <ButtonLink
              href={`/viewer/${study.StudyInstanceUID}?request=${request}`}
              newTab
              size="s"
              icon={<ImagesIcon aria-hidden="true" />}
              aria-label={`${t('open.images')} · ${study.description}`}
            >
              {t('page.open')}
            </ButtonLink>
          ) : null}
        </li>
      ))}
    </ul>
  )
}
