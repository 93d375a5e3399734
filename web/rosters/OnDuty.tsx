import { Phone } from 'lucide-react'
import type { OnDutyView } from '../../node/offsite/view.js'
import type { RequestKind, Urgency } from '../../node/sites/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { useSession } from '../session.js'
import { rosters as words } from '../words/rosters.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './OnDuty.module.css'
import { PresenceMark } from './PresenceMark.js'
import { wallDate, wallMoment, wallTime } from './wall.js'

/** Beside a request: who would read it now, with the number to call. */
export function OnDuty({
  site,
  to,
  modality,
  kind,
  urgency,
  region,
}: {
  site: string
  to?: string
  modality: string
  kind: RequestKind | ''
  urgency: Urgency | ''
  region: string
}) {
  const t = useWords(words)
  const { locale } = useLanguage()
  const { can } = useSession()
  const asked = pathOf('/api/rosters/duty', {
    site,
    to,
    modality,
    kind: kind === '' ? undefined : kind,
    urgency: urgency === '' ? undefined : urgency,
    region,
  })
  const duty = useData<OnDutyView>(['duty'], can('duty.see') && modality !== '' ? asked : null, {
    keep: true,
    repeat: () => 60_000,
  })
  if (!can('duty.see')) return null
  const groups = duty.data?.groups ?? []
  return (
    <section className={styles.box} aria-label={t('on.title')}>
      <h3>{t('on.title')}</h3>
      {modality === '' ? <p className="second">{t('on.choose')}</p> : null}
      {duty.data && modality !== '' && groups.length === 0 ? (
        <p className={styles.none} role="status">
          {t('on.none')} {duty.data.why.join(' ')}
        </p>
      ) : null}
      {modality === ''
        ? null
        : groups.map(group => (
            <div key={group.site} className={styles.group}>
              <strong>{group.siteName}</strong>
              {group.readers.length === 0 ? (
                <p className={group.everybody ? 'second' : styles.none}>
                  {t(group.everybody ? 'on.everybody' : 'on.nobody')}{' '}
                  {group.next ? t('on.next', { time: wallMoment(group.next, group.timeZone, locale) }) : null}
                </p>
              ) : (
                <ul>
                  {group.readers.map(reader => (
                    <li key={`${reader.name} ${reader.kind}`}>
                      <span className={styles.who}>
                        <PresenceMark state={reader.presence} />
                        {reader.name}
                        <span className="second">
                          {t(`kind.${reader.kind}`)}
                          {' · '}
                          {t('on.until', { time: untilOf(reader.until, group.timeZone, locale) })}
                        </span>
                      </span>
                      {reader.telephone ? <Telephone number={reader.telephone} /> : null}
                    </li>
                  ))}
                </ul>
              )}
              {group.lastRung ? (
                <p className={styles.who}>
                  <span className="second">{t('on.lastRung')}</span> <Telephone number={group.lastRung} />
                </p>
              ) : null}
            </div>
          ))}
    </section>
  )
}

function Telephone({ number }: { number: string }) {
  return (
    <a className={styles.number} href={`tel:${number.replace(/[^+\d]/g, '')}`}>
      <Phone aria-hidden />
      {number}
    </a>
  )
}

/** Tonight only the time; another day with it. */
function untilOf(iso: string, timeZone: string, locale: string): string {
  const today = wallDate(new Date().toISOString(), timeZone)
  return wallDate(iso, timeZone) === today ? wallTime(iso, timeZone) : wallMoment(iso, timeZone, locale)
}
