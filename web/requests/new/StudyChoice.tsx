import { Checkbox } from '../../parts/Field.js'
import { Head, Table } from '../../parts/Table.js'
import { useFormats } from '../../words/format.js'
import { newRequestWords } from '../../words/new-request.js'
import { useWords } from '../../words/words.js'
import { useInWords } from '../in-words.js'
import styles from './FindStudy.module.css'
import { type FoundStudy, personName } from './form.js'

/** Studies of which one or several are chosen. */
export function StudyChoice<Study extends FoundStudy>({
  caption,
  studies,
  chosen,
  onToggle,
  where,
}: {
  caption: string
  studies: Study[]
  chosen: FoundStudy[]
  onToggle: (study: FoundStudy) => void
  where: (study: Study) => string
}) {
  const t = useWords(newRequestWords)
  const formats = useFormats()
  const inWords = useInWords()
  return (
    <Table caption={caption} dense>
      <Head
        columns={[
          { label: t('find.choose'), hidden: true },
          t('column.patient'),
          t('column.exam'),
          t('column.date'),
          t('column.accession'),
          t('column.images'),
          t('column.where'),
        ]}
      />
      <tbody>
        {studies.map(study => {
          const on = chosen.some(one => one.StudyInstanceUID === study.StudyInstanceUID)
          const { family, given } = personName(study.PatientName)
          const name = [family.toUpperCase(), given].filter(Boolean).join(' ')
          return (
            <tr
              key={study.StudyInstanceUID}
              className={styles.study}
              data-on={on}
              onClick={() => onToggle(study)}
            >
              <td>
                {/* The whole row is pressed; the box stops its own press so that it counts once. */}
                <span className={styles.box}>
                  <Checkbox value={on} onChange={() => onToggle(study)}>
                    <span className="unseen">
                      {name} {study.StudyDescription} {formats.day(study.StudyDate)}
                    </span>
                  </Checkbox>
                </span>
              </td>
              <td>
                <strong>{name}</strong>
                <small className={styles.under}>
                  {[formats.day(study.PatientBirthDate), study.PatientSex, study.PatientID]
                    .filter(Boolean)
                    .join(' · ')}
                </small>
              </td>
              <td>
                {study.ModalitiesInStudy.map(inWords.modality).join(', ')}
                <small className={styles.under}>{study.StudyDescription}</small>
              </td>
              <td>{formats.day(study.StudyDate)}</td>
              <td>{study.AccessionNumber}</td>
              <td>
                {study.instances === undefined ? t('images.unknown') : t('images.n', { n: study.instances })}
              </td>
              <td className="second">{where(study)}</td>
            </tr>
          )
        })}
      </tbody>
    </Table>
  )
}
