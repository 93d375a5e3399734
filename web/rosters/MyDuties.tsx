import { BellRing, CalendarOff, Check, Repeat2, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ReachView } from '../../node/notifications/view.js'
import type { AbsenceView, OwnRosterView, ShiftView } from '../../node/offsite/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { useNow } from '../parts/now.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { rosters as words } from '../words/rosters.js'
import { hourMs, minuteMs } from '../words/time.js'
import { useLanguage, useWords } from '../words/words.js'
import { AbsenceDialog } from './AbsenceDialog.js'
import styles from './Roster.module.css'
import { SwapDialog } from './SwapDialog.js'
import { SwapList } from './SwapList.js'
import { changedHours, wallDays, wallMoment, wallTime } from './wall.js'

const takenEarlyMs = 2 * hourMs

/** A reader's own: the duty at hand with their alarm, what comes, absences, being away for a moment. */
export function MyDuties() {
  const t = useWords(words)
  const asked = useData<OwnRosterView>(['rosters', 'mine'], '/api/rosters/mine', { repeat: () => 60_000 })
  const [absence, openAbsence] = useState<AbsenceView | 'new'>()
  const [swapped, openSwap] = useState<ShiftView>()
  const own = asked.data
  if (asked.error && !own)
    return <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (!own) return <Skeleton lines={6} height={40} />
  const [group] = own.groups
  const timeZone = group?.timeZone ?? 'UTC'
  const groupOf = (site: string) => own.groups.find(each => each.site === site)
  const swappedIn = swapped === undefined ? undefined : groupOf(swapped.site)
  const coming = own.shifts.filter(({ to }) => Date.parse(to) > Date.now())
  return (
    <div className={styles.own}>
      <div className={styles.column}>
        <SwapList swaps={own.swaps} timeZone={timeZone} />
        <section className={styles.part}>
          <h2>{t('mine.next')}</h2>
          {coming.length === 0 ? (
            <Empty icon={<ShieldCheck aria-hidden />} title={t('mine.none')}>
              {t('mine.none.text')}
            </Empty>
          ) : (
            <ul className={styles.list}>
              {coming.map(shift => (
                <ShiftLine
                  key={shift.id}
                  shift={shift}
                  timeZone={groupOf(shift.site)?.timeZone ?? timeZone}
                  offered={own.swaps.some(swap => swap.shift.id === shift.id)}
                  onSwap={() => openSwap(shift)}
                />
              ))}
            </ul>
          )}
        </section>
      </div>
      <div className={styles.column}>
        <Away awayUntil={own.awayUntil} timeZone={timeZone} />
        <section className={styles.part}>
          <h2>{t('mine.absences')}</h2>
          {own.absences.length === 0 ? <p className="second">{t('mine.absences.none')}</p> : null}
          <Absences absences={own.absences} timeZone={timeZone} onOpen={openAbsence} />
          <div>
            <Button size="s" icon={<CalendarOff aria-hidden />} onPress={() => openAbsence('new')}>
              {t('add.absence')}
            </Button>
          </div>
        </section>
        <p>
          <Link href="/account/reach">{t('mine.reach')}</Link>
        </p>
      </div>
      {absence && group ? (
        <AbsenceDialog
          site={group.site}
          timeZone={timeZone}
          absence={absence === 'new' ? undefined : absence}
          onClose={() => openAbsence(undefined)}
        />
      ) : null}
      {swapped && swappedIn ? (
        <SwapDialog shift={swapped} group={swappedIn} onClose={() => openSwap(undefined)} />
      ) : null}
    </div>
  )
}

function Absences({
  absences,
  timeZone,
  onOpen,
}: {
  absences: readonly AbsenceView[]
  timeZone: string
  onOpen: (absence: AbsenceView) => void
}) {
  const t = useWords(words)
  const { locale } = useLanguage()
  return (
    <ul className={styles.list}>
      {absences.map(each => (
        <li key={each.id}>
          <span>
            {wallDays(each, timeZone, locale)}
            {each.reason ? <small className="second"> {each.reason}</small> : null}
          </span>
          <Button size="s" look="quiet" onPress={() => onOpen(each)}>
            {t('absence.remove')}
          </Button>
        </li>
      ))}
    </ul>
  )
}

function ShiftLine({
  shift,
  timeZone,
  offered,
  onSwap,
}: {
  shift: ShiftView
  timeZone: string
  offered: boolean
  onSwap: () => void
}) {
  const t = useWords(words)
  const { locale } = useLanguage()
  const toasts = useToasts()
  const now = useNow()
  const duty = useAct<unknown, 'POST' | 'DELETE'>(
    method => ({ method, path: `/api/rosters/shifts/${shift.id}/duty` }),
    { refresh: [['rosters'], ['duty'], ['notices']], onProblem: toasts.trouble },
  )
  const hours = changedHours(shift, timeZone)
  const takeable = now >= Date.parse(shift.from) - takenEarlyMs
  return (
    <li className={takeable ? styles.atHand : ''}>
      <span className={styles.when}>
        <strong>
          {wallMoment(shift.from, timeZone, locale)} – {wallTime(shift.to, timeZone)}
        </strong>
        <span className={styles.tags}>
          <Tag>{t(`kind.${shift.kind}`)}</Tag>
          {now >= Date.parse(shift.from) ? <Tag tone="accent">{t('mine.now')}</Tag> : null}
          {shift.duty ? (
            <Tag tone={shift.duty.heardAt ? 'ok' : 'near'}>
              {t(shift.duty.heardAt ? 'duty.heard' : 'duty.unheard')}
            </Tag>
          ) : null}
          {hours === undefined ? null : <span className="second">{t('shift.clocks', { hours })}</span>}
          {shift.telephone ? <span className="second">{shift.telephone}</span> : null}
        </span>
        {shift.duty ? (
          shift.duty.heardAt ? (
            <small className="second">{t('mine.ok', { time: wallTime(shift.duty.heardAt, timeZone) })}</small>
          ) : (
            <Ringing shift={shift} onAgain={() => duty.mutate('POST')} />
          )
        ) : takeable ? (
          <small className="second">{t('mine.take.hint')}</small>
        ) : null}
      </span>
      <span className={styles.buttons}>
        {shift.duty ? (
          <Button size="s" look="quiet" busy={duty.isPending} onPress={() => duty.mutate('DELETE')}>
            {t('mine.leave')}
          </Button>
        ) : takeable ? (
          <Button
            look="go"
            icon={<ShieldCheck aria-hidden />}
            busy={duty.isPending}
            onPress={() => duty.mutate('POST')}
          >
            {t('mine.take')}
          </Button>
        ) : offered ? null : (
          <Button size="s" icon={<Repeat2 aria-hidden />} onPress={onSwap}>
            {t('swap.new')}
          </Button>
        )}
      </span>
    </li>
  )
}

/** The alarm of a duty that was just taken, until it is heard. */
function Ringing({ shift, onAgain }: { shift: ShiftView; onAgain: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const reach = useData<ReachView>(['notices', 'reach'], '/api/reach')
  const taken = Date.parse(shift.duty?.takenAt ?? shift.from)
  const trial = reach.data?.tests.find(test => !test.heardAt && Date.parse(test.at) >= taken - minuteMs)
  const heard = useAct<ReachView, string>(
    notice => ({ method: 'POST', path: `/api/reach/tests/${notice}/heard` }),
    { refresh: [['notices'], ['rosters']], onProblem: toasts.trouble },
  )
  return (
    <span className={styles.ringing} role="status">
      <small>{t('mine.waiting')}</small>
      <span className={styles.buttons}>
        {trial ? (
          <Button
            look="go"
            size="s"
            icon={<Check aria-hidden />}
            busy={heard.isPending}
            onPress={() => heard.mutate(trial.notice)}
          >
            {t('mine.heard')}
          </Button>
        ) : null}
        <Button size="s" icon={<BellRing aria-hidden />} onPress={onAgain}>
          {t('mine.again')}
        </Button>
      </span>
    </span>
  )
}

function Away({ awayUntil, timeZone }: { awayUntil: string | undefined; timeZone: string }) {
  const t = useWords(words)
  const toasts = useToasts()
  const away = useAct<unknown, string | null>(
    until => ({ method: 'PUT', path: '/api/rosters/presence', body: { awayUntil: until } }),
    { refresh: [['rosters']], onProblem: toasts.trouble },
  )
  const after = (minutes: number) => new Date(Date.now() + minutes * minuteMs).toISOString()
  return (
    <section className={styles.part}>
      <h2>{t('mine.presence')}</h2>
      {awayUntil ? (
        <>
          <p>
            <Tag tone="near">{t('mine.away.until', { time: wallTime(awayUntil, timeZone) })}</Tag>
          </p>
          <div>
            <Button look="go" busy={away.isPending} onPress={() => away.mutate(null)}>
              {t('mine.back')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="second">{t('mine.away.text')}</p>
          <span className={styles.buttons}>
            {([15, 30, 60] as const).map(minutes => (
              <Button
                key={minutes}
                size="s"
                aria-label={`${t('mine.away')} ${t(`away.${minutes}`)}`}
                onPress={() => away.mutate(after(minutes))}
              >
                {t(`away.${minutes}`)}
              </Button>
            ))}
          </span>
        </>
      )}
    </section>
  )
}
