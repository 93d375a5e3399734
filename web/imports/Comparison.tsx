import { CircleDashed, CircleSlash2, Equal, EqualApproximately, type LucideIcon } from 'lucide-react'
import type { FieldResult, ImportCandidate, ImportIdentity } from '../../node/imports/view.js'
import { Table } from '../parts/Table.js'
import { Tag, type Tone } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import { FIELDS } from './choice.js'
import styles from './Imports.module.css'

const marks: Record<FieldResult, [LucideIcon, Tone]> = {
  same: [Equal, 'ok'],
  similar: [EqualApproximately, 'near'],
  different: [CircleSlash2, 'late'],
  missing: [CircleDashed, 'plain'],
}

/** The disc's identity beside the candidate's, one line a field, what differs marked by a word, a sign and a tint. */
export function Comparison({ candidate }: { candidate: ImportCandidate }) {
  const t = useWords(words)
  return (
    <div className={`${styles.list} ${styles.comparison}`}>
      <Table caption={t('ask.title')}>
        <thead>
          <tr>
            <th scope="col">{t('column.field')}</th>
            <th scope="col">{t('on-disc')}</th>
            <th scope="col">
              {t(`from.${candidate.candidate}`, { from: candidate.from })}{' '}
              <small>{t('score', { n: candidate.score })}</small>
            </th>
            <th scope="col">{t('column.result')}</th>
          </tr>
        </thead>
        <tbody>
          {FIELDS.flatMap(field => candidate.fields.filter(each => each.field === field)).map(
            ({ field, disc, candidate: other, result }) => {
              const [Icon, tone] = marks[result]
              return (
                <tr key={field} className={styles[result]}>
                  <th scope="row">{t(`field.${field}`)}</th>
                  <td>
                    <Value field={field} value={disc} />
                  </td>
                  <td>
                    <Value field={field} value={other} />
                  </td>
                  <td>
                    <Tag tone={tone} icon={<Icon aria-hidden />}>
                      {t(`result.${result}`)}
                    </Tag>
                  </td>
                </tr>
              )
            },
          )}
        </tbody>
      </Table>
    </div>
  )
}

/** As it stands in the images; a date as people write it; struck out where it is replaced. */
export function Value({
  field,
  value,
  former = false,
}: {
  field: keyof ImportIdentity
  value: string
  former?: boolean
}) {
  const t = useWords(words)
  const format = useFormats()
  if (value === '') return <span className="third">{t('absent')}</span>
  const said =
    field === 'PatientBirthDate'
      ? format.day(value) || value
      : field === 'PatientSex' && (value === 'F' || value === 'M' || value === 'O')
        ? t(`sex.${value}`)
        : value
  return former ? <s>{said}</s> : said
}
