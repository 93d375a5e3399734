import type { RequestVersionView } from '../../node/requests/view.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { newRequestWords } from '../words/new-request.js'
import { useWords } from '../words/words.js'
import page from './RequestPage.module.css'
import styles from './Versions.module.css'

/** What was corrected after the request was first written: who, why, and each field before and after. */
export function Versions({ versions }: { versions: RequestVersionView[] }) {
  const t = useWords(newRequestWords)
  const formats = useFormats()
  const later = versions.filter(({ changes }) => changes.length > 0).toReversed()
  if (later.length === 0) return null
  const labelOf = (field: string) => {
    const key = knownKey(newRequestWords, 'field.', field)
    return key ? t(key) : field
  }
  /** A coded value in the words of the form. */
  const said = (field: string, value: string | undefined) => {
    if (value === undefined) return t('versions.empty')
    if (field === 'patient.birthDate') return formats.day(value)
    const prefix = codes[field]
    const key = prefix ? knownKey(newRequestWords, prefix, value) : undefined
    return key
      ? t(key)
      : value === 'true'
        ? t('pacemaker.yes')
        : value === 'false'
          ? t('pacemaker.no')
          : value
  }
  return (
    <section className="card">
      <h2 className={page.heading}>{t('versions.title')}</h2>
      <ol className={styles.versions}>
        {later.map(({ revision, at, by, reason, changes }) => (
          <li key={revision}>
            <p title={formats.exact(at)}>
              <strong>{t('versions.by', { by, at: formats.moment(at) })}</strong>
              {reason ? <span className="second"> · {reason}</span> : null}
            </p>
            <dl className={styles.changes}>
              {changes.map(({ field, before, after }) => (
                <div key={field}>
                  <dt>{labelOf(field)}</dt>
                  <dd>
                    <del>{said(field, before)}</del> → <ins>{said(field, after)}</ins>
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Which of the form's words the values of a field have. */
const codes: Record<
  string,
  | 'contrast.'
  | 'pregnancy.'
  | 'checkHow.'
  | 'informed.'
  | 'laterality.'
  | 'urgency.'
  | 'kind.'
  | 'identity.'
  | 'sex.'
> = {
  contrast: 'contrast.',
  'risks.pregnancy': 'pregnancy.',
  'identityCheck.how': 'checkHow.',
  'consent.informed': 'informed.',
  laterality: 'laterality.',
  urgency: 'urgency.',
  kind: 'kind.',
  'patient.identityStatus': 'identity.',
  'patient.sex': 'sex.',
}
