import type { ImportSender } from '../../node/imports/view.js'
import styles from '../inbox/Inbox.module.css'
import { Tag } from '../parts/Tag.js'
import { useFormats } from '../words/format.js'
import { inboxWords } from '../words/inbox.js'
import { useWords } from '../words/words.js'

/** What whoever sent a disc by a link wrote with it: words to compare with, never an identity. */
export function Sender({ sender }: { sender: ImportSender }) {
  const t = useWords(inboxWords)
  const format = useFormats()
  const { patient, urgency } = sender
  return (
    <section className={`card ${styles.sent}`} aria-label={t('sent.title')}>
      <h2>{t('sent.title')}</h2>
      <p className="second">{t('sent.text')}</p>
      <dl className={styles.sender}>
        <dt>{t('sent.who')}</dt>
        <dd>
          {sender.name}, {sender.organisation}
        </dd>
        <dt>{t('sent.phone')}</dt>
        <dd>
          <a href={`tel:${sender.phone.replace(/[^+\d]/g, '')}`}>{sender.phone}</a>
        </dd>
        <dt>{t('sent.patient')}</dt>
        <dd>
          {[
            `${patient.family} ${patient.given}`,
            format.day(patient.birthDate),
            patient.sex ? t(`sex.${patient.sex}`) : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </dd>
        <dt>{t('sent.why')}</dt>
        <dd>{sender.why}</dd>
        <dt>{t('sent.urgency')}</dt>
        <dd>
          {urgency === 'routine' ? (
            t('urgency.routine')
          ) : (
            <Tag tone={urgency === 'emergency' ? 'late' : 'near'}>{t(`urgency.${urgency}`)}</Tag>
          )}
        </dd>
        {sender.recipient === sender.organisation ? null : (
          <>
            <dt>{t('sent.recipient')}</dt>
            <dd>{sender.recipient}</dd>
          </>
        )}
      </dl>
    </section>
  )
}
