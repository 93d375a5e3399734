import { useEffect } from 'react'
import type { SimilarView } from '../../../node/requests/view.js'
import { pathOf } from '../../api/call.js'
import { useData } from '../../api/data.js'
import { TextArea } from '../../parts/Field.js'
import { Tag } from '../../parts/Tag.js'
import { common } from '../../words/common.js'
import { useFormats } from '../../words/format.js'
import { knownKey } from '../../words/known.js'
import { useInWords } from '../in-words.js'
import styles from './Form.module.css'
import { useSettled } from './settled.js'
import { type FormPart, useFields } from './use-fields.js'

/** What was asked or done lately of the same patient, region and modality: opened, or gone past with a reason. */
export function SimilarBox({ site, ...part }: FormPart & { site: string }) {
  const { form, set } = part
  const { t, problemAt } = useFields(part)
  const formats = useFormats()
  const inWords = useInWords()
  const [id, issuer, region, modality] = [form.patientId, form.issuer, form.region, form.modality].map(
    value => value.trim(),
  )
  const path = useSettled(
    id && issuer && region && modality
      ? pathOf('/api/requests/similar', {
          site,
          id,
          issuer,
          region,
          modality,
          studies: form.studies.map(study => study.StudyInstanceUID).join(','),
        })
      : null,
  )
  const { data } = useData<SimilarView>(['requests', 'similar'], path)
  const n = path && data ? data.requests.length + data.studies.length : 0
  const { similar } = form
  useEffect(() => {
    if (similar !== n > 0) set({ similar: n > 0 })
  }, [similar, n, set])
  if (n === 0 || !data) return null
  return (
    <div className={styles.stop} role="status">
      <strong>{t('similar.title')}</strong>
      <ul className={styles.similar}>
        {data.requests.map(request => {
          const state = knownKey(common, 'state.', request.state)
          return (
            <li key={request.id}>
              <a href={`/requests/${request.id}`} target="_blank" rel="noreferrer">
                {request.reference}
              </a>{' '}
              <Tag>{state ? t(state) : request.state}</Tag>{' '}
              {inWords.exam({ modality: request.modality, region: request.region })}
              <small className="second">
                {' '}
                {formats.moment(request.submittedAt)} · {request.question}
              </small>
            </li>
          )
        })}
        {data.studies.map(study => (
          <li key={study.StudyInstanceUID}>
            {study.here ? (
              <a href={`/studies/${study.StudyInstanceUID}`} target="_blank" rel="noreferrer">
                {inWords.study(study)}
              </a>
            ) : (
              inWords.study(study)
            )}
            <small className="second"> {t('similar.days', { n: study.days })}</small>
          </li>
        ))}
      </ul>
      <TextArea
        label={t('similar.reason')}
        required
        lines={1}
        value={form.similarReason}
        onChange={similarReason => set({ similarReason })}
        problem={problemAt('similarReason')}
        maxLength={4000}
      />
    </div>
  )
}
