import { CalendarOff, CalendarPlus, ChevronLeft, ChevronRight, Pencil, UserX } from 'lucide-react'
import { useState } from 'react'
import type { AbsenceView, RosterReaderView, RosterView, ShiftView } from '../../node/offsite/view.js'
import type { ListView } from '../../node/requests/view.js'
import { pathOf } from '../api/call.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { rosters as words } from '../words/rosters.js'
import { dayMs } from '../words/time.js'
import { useLanguage, useWords } from '../words/words.js'
import { AbsenceDialog } from './AbsenceDialog.js'
import { PresenceMark } from './PresenceMark.js'
import { ReaderDialog } from './ReaderDialog.js'
import styles from './Roster.module.css'
import { ShiftDialog } from './ShiftDialog.js'
import { SwapList } from './SwapList.js'
import { type Bar, Timeline, type TimelineRow } from './Timeline.js'
import { changedHours, wallDay, wallDays, wallMoment, wallTime, wallTimes } from './wall.js'

interface Group {
  site: string
  name: string
  timeZone: string
  change: boolean
}

type Opened =
  | { what: 'shift'; shift?: ShiftView; account?: string }
  | { what: 'absence'; absence?: AbsenceView; account?: string }
  | { what: 'reader'; reader: RosterReaderView }

const weekMs = 7 * dayMs

/** The week of one reading group: who reads when, who is absent, which hours nobody reads in. */
export function RosterPage() {
  const t = useWords(words)
  const { locale } = useLanguage()
  const address = useAddress()
  const groups = useData<ListView<Group>>(['rosters', 'groups'], '/api/rosters/groups')
  const group = groups.data?.items.find(({ site }) => site === address.get('group')) ?? groups.data?.items[0]
  const from = address.get('from')
  const path = group === undefined ? null : pathOf('/api/rosters', { site: group.site, from })
  const asked = useData<RosterView>(['rosters'], path, { keep: true, repeat: () => 60_000 })
  const [opened, open] = useState<Opened>()
  const roster = asked.data
  const problem = groups.error ?? asked.error
  const turn = (weeks: number) => {
    if (!roster) return
    // Into the middle of the day: a week of the clocks is an hour longer or shorter.
    const at = new Date(Date.parse(roster.from) + weeks * weekMs + dayMs / 2)
    address.set({ from: at.toISOString() })
  }

  if (problem && !roster)
    return <ErrorBox title={t('trouble')} trouble={problem} onRetry={() => void asked.refetch()} />
  if (groups.data && group === undefined)
    return (
      <Empty icon={<CalendarOff aria-hidden />} title={t('empty.group.title')}>
        {t('empty.group.text')}
      </Empty>
    )
  if (!roster || !group) return <Skeleton lines={8} height={40} />
  const change = group.change
  const endsSoon =
    roster.endsAt !== undefined && Date.parse(roster.endsAt) < Date.parse(roster.to) + 2 * weekMs
  return (
    <div className={styles.page}>
      <div className={styles.tools}>
        {(groups.data?.items.length ?? 0) > 1 ? (
          <Select
            label={t('group')}
            hideLabel
            value={group.site}
            onChange={site => address.set({ group: site })}
            options={(groups.data?.items ?? []).map(({ site, name }) => ({ id: site, label: name }))}
          />
        ) : (
          <strong>{group.name}</strong>
        )}
        <div className={styles.week}>
          <Button
            size="s"
            look="quiet"
            aria-label={t('week.before')}
            icon={<ChevronLeft aria-hidden />}
            onPress={() => turn(-1)}
          />
          <span className={styles.weekName}>
            {t('week', { day: wallDay(roster.from, roster.timeZone, locale) })}
          </span>
          <Button
            size="s"
            look="quiet"
            aria-label={t('week.after')}
            icon={<ChevronRight aria-hidden />}
            onPress={() => turn(1)}
          />
          {from ? (
            <Button size="s" onPress={() => address.set({ from: '' })}>
              {t('week.now')}
            </Button>
          ) : null}
        </div>
        {change && roster.readers.length > 0 ? (
          <div className={styles.actions}>
            <Button icon={<CalendarOff aria-hidden />} onPress={() => open({ what: 'absence' })}>
              {t('add.absence')}
            </Button>
            <Button look="go" icon={<CalendarPlus aria-hidden />} onPress={() => open({ what: 'shift' })}>
              {t('add.shift')}
            </Button>
          </div>
        ) : null}
      </div>
      {roster.readers.length === 0 ? (
        <Empty icon={<UserX aria-hidden />} title={t('empty.readers.title')}>
          {t('empty.readers.text')}
        </Empty>
      ) : (
        <>
          {roster.endsAt === undefined ? (
            <Empty icon={<CalendarPlus aria-hidden />} title={t('empty.title')}>
              {t('empty.text')}
            </Empty>
          ) : (
            <p className={styles.state} role="status">
              <Tag tone={roster.holes.length === 0 ? 'ok' : 'late'}>
                {t('holes.count', { n: roster.holes.length })}
              </Tag>
              {roster.conflicts.length > 0 ? (
                <Tag tone="late">{t('conflicts.count', { n: roster.conflicts.length })}</Tag>
              ) : null}
              {endsSoon ? (
                <Tag tone="near">
                  {t('ends.soon', { day: wallMoment(roster.endsAt, roster.timeZone, locale) })}
                </Tag>
              ) : null}
            </p>
          )}
          <Timeline
            caption={`${group.name}, ${t('week', { day: wallDay(roster.from, roster.timeZone, locale) })}`}
            corner={t('zone', { zone: roster.timeZone })}
            span={roster}
            timeZone={roster.timeZone}
            days={roster.days}
            rows={rowsOf(roster)}
          />
          <Legend />
          <SwapList swaps={roster.swaps} timeZone={roster.timeZone} />
        </>
      )}
      {opened?.what === 'shift' ? (
        <ShiftDialog
          roster={roster}
          shift={opened.shift}
          account={opened.account}
          onClose={() => open(undefined)}
        />
      ) : null}
      {opened?.what === 'absence' ? (
        <AbsenceDialog
          site={roster.site}
          timeZone={roster.timeZone}
          readers={roster.readers}
          absence={opened.absence}
          onClose={() => open(undefined)}
        />
      ) : null}
      {opened?.what === 'reader' ? (
        <ReaderDialog site={roster.site} reader={opened.reader} onClose={() => open(undefined)} />
      ) : null}
    </div>
  )

  function rowsOf({ readers, shifts, absences, conflicts, holes, timeZone }: RosterView): TimelineRow[] {
    const wrong = new Map(conflicts.flatMap(({ kind, shifts: ids }) => ids.map(id => [id, kind] as const)))
    const moment = (iso: string) => wallMoment(iso, timeZone, locale)
    const people = readers.map((reader): TimelineRow => {
      const bars: Bar[] = [
        ...absences
          .filter(({ account }) => account === reader.account)
          .map(absence => ({
            key: absence.id,
            tone: 'absence' as const,
            from: absence.from,
            to: absence.to,
            text: absence.reason ?? t('absence'),
            label: [
              reader.name,
              t('absence.days', { days: wallDays(absence, timeZone, locale) }),
              absence.reason,
            ]
              .filter(Boolean)
              .join(', '),
            ...(change ? { onPress: () => open({ what: 'absence', absence }) } : {}),
          })),
        ...shifts
          .filter(({ account }) => account === reader.account)
          .map(shift => ({
            key: shift.id,
            tone: shift.kind,
            from: shift.from,
            to: shift.to,
            text: (
              <>
                <strong>{wallTimes(shift, timeZone)}</strong>
                <span>
                  {t(`kind.${shift.kind}`)}
                  {dutyOf(shift) ? ` · ${dutyOf(shift)}` : ''}
                </span>
              </>
            ),
            label: [
              reader.name,
              t(`kind.${shift.kind}`),
              `${moment(shift.from)} – ${moment(shift.to)}`,
              clocks(shift),
              shift.telephone,
              dutyOf(shift),
              wrong.has(shift.id) ? t(`conflict.${wrong.get(shift.id) ?? 'overlap'}`) : undefined,
            ]
              .filter(Boolean)
              .join(', '),
            wrong: wrong.has(shift.id),
            ...(change ? { onPress: () => open({ what: 'shift', shift }) } : {}),
          })),
      ]
      return { key: reader.account, head: <ReaderHead reader={reader} />, bars }
    })
    if (roster?.endsAt === undefined) return people
    return [
      ...people,
      {
        key: 'holes',
        head: (
          <span title={t('row.holes.hint')} className={holes.length > 0 ? styles.holes : 'second'}>
            {t('row.holes')}
          </span>
        ),
        bars: holes.map(({ from: begin, to, contracts }) => ({
          key: begin,
          tone: 'hole',
          from: begin,
          to,
          text: wallTimes({ from: begin, to }, timeZone),
          label: `${t('hole', { from: moment(begin), to: moment(to) })} (${contracts.join(', ')})`,
        })),
      },
    ]
  }

  function clocks(shift: ShiftView): string | undefined {
    const hours = changedHours(shift, roster?.timeZone ?? 'UTC')
    return hours === undefined ? undefined : t('shift.clocks', { hours })
  }

  /** Only of what runs, or could be taken: a shift of next week is taken by nobody yet. */
  function dutyOf(shift: ShiftView): string | undefined {
    if (shift.duty) return t(shift.duty.heardAt ? 'duty.heard' : 'duty.unheard')
    const now = Date.now()
    return Date.parse(shift.from) <= now && now < Date.parse(shift.to) ? t('duty.none') : undefined
  }

  function ReaderHead({ reader }: { reader: RosterReaderView }) {
    return (
      <>
        <span className={styles.reader}>
          <PresenceMark state={reader.presence} />
          <strong title={reader.name}>{reader.name}</strong>
          {change ? (
            <Button
              size="s"
              look="quiet"
              aria-label={t('reader.edit', { name: reader.name })}
              icon={<Pencil aria-hidden />}
              onPress={() => open({ what: 'reader', reader })}
            />
          ) : null}
        </span>
        <small className="second">
          {reader.awayUntil
            ? t('presence.until', { time: wallTime(reader.awayUntil, roster?.timeZone ?? 'UTC') })
            : reader.competences.length > 0
              ? reader.competences.join(', ')
              : (reader.telephone ?? t(`presence.${reader.presence}`))}
        </small>
      </>
    )
  }
}

function Legend() {
  const t = useWords(words)
  return (
    <ul className={styles.legend}>
      {(['on-site', 'on-call', 'second-line'] as const).map(kind => (
        <li key={kind}>
          <span className={`${styles.swatch} ${styles[kind]}`} />
          {t(`kind.${kind}`)}
        </li>
      ))}
      <li>
        <span className={`${styles.swatch} ${styles['absence']}`} />
        {t('absence')}
      </li>
      <li>
        <span className={`${styles.swatch} ${styles['hole']}`} />
        {t('row.holes.hint')}
      </li>
    </ul>
  )
}
