import type { ImportStudy, ImportView } from '../../node/imports/view.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Tag } from '../parts/Tag.js'
import { birthOf, nameOf } from '../studies/patient.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'
import { SeriesPicture } from './Look.js'
import { useWhy } from './left-out-words.js'

/** Studies and series of a disc; with `onChange` they are ticked. */
export function Studies({
  disc,
  studies,
  chosen,
  onChange,
}: {
  disc: Pick<ImportView, 'id' | 'state'>
  studies: readonly ImportStudy[]
  chosen?: ReadonlySet<string>
  onChange?: (chosen: Set<string>) => void
}) {
  const t = useWords(words)
  const format = useFormats()
  const why = useWhy()
  const tick = (uids: readonly string[], on: boolean) => {
    const next = new Set(chosen)
    for (const uid of uids) on ? next.add(uid) : next.delete(uid)
    onChange?.(next)
  }
  return (
    <section aria-label={t('studies.title')} className={styles.studies}>
      {studies.map(study => {
        const { identity, series } = study
        const uids = series.map(each => each.SeriesInstanceUID)
        const title = (
          <>
            <b>
              {study.Modalities.join(' ')} {study.StudyDescription || t('study.untitled')}
            </b>{' '}
            <span className="second">{format.day(study.StudyDate)}</span>
          </>
        )
        return (
          <article key={study.StudyInstanceUID} className={styles.study}>
            <header>
              {onChange ? (
                <Checkbox value={uids.every(uid => chosen?.has(uid))} onChange={on => tick(uids, on)}>
                  {title}
                </Checkbox>
              ) : (
                <span>{title}</span>
              )}
              <span className="second">
                {nameOf(identity) || t('unknown')}
                {' · '}
                {birthOf(identity, format, sex => t(`sex.${sex}`))} · {identity.PatientID || '–'}
              </span>
              <span className="push" />
              {study.here > 0 ? <Tag tone="accent">{t('study.here', { n: study.here })}</Tag> : null}
              <span className="second">
                {t('study.images', { n: study.images })} · {format.bytes(study.bytes)}
              </span>
            </header>
            <ul className={styles.series}>
              {series.map(each => {
                const words = (
                  <>
                    {each.Modality} · {each.SeriesDescription || t('series.untitled')}{' '}
                    {each.SeriesNumber ? (
                      <span className="third">{t('series.number', { n: each.SeriesNumber })}</span>
                    ) : null}
                  </>
                )
                return (
                  <li key={each.SeriesInstanceUID}>
                    <SeriesPicture
                      disc={disc.id}
                      series={each}
                      arriving={disc.state === 'uploading' || disc.state === 'reading'}
                    />
                    {onChange ? (
                      <Checkbox
                        value={chosen?.has(each.SeriesInstanceUID) ?? false}
                        onChange={on => tick([each.SeriesInstanceUID], on)}
                      >
                        {words}
                      </Checkbox>
                    ) : (
                      <span>{words}</span>
                    )}
                    {each.leftOutBy ? (
                      <Tag>{t('series.left-out-why', { why: why(each.leftOutBy) })}</Tag>
                    ) : null}
                    <span className={`second ${styles.count}`}>{t('study.images', { n: each.images })}</span>
                  </li>
                )
              })}
            </ul>
          </article>
        )
      })}
    </section>
  )
}
