import { CalendarDays, CopyPlus, Handshake, Pencil, PhoneCall, Play } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import type { CoverageView, SpanView } from '../../node/offsite/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { pathOf } from '../api/call.js'
import { useAct, useData } from '../api/data.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { days } from '../parts/hours.js'
import { useNow } from '../parts/now.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { type Bar, Timeline } from '../rosters/Timeline.js'
import { wallDate, wallMoment, wallTimes } from '../rosters/wall.js'
import { useSession } from '../session.js'
import { contracts as words } from '../words/contracts.js'
import { useFormats } from '../words/format.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Contract.module.css'
import { ContractForm, Refusal, type Revised, UsualWaves } from './ContractForm.js'
import { agreedIn, nextVersion } from './contract-form.js'
import { TimesTable, useTerms } from './Times.js'

/** /network/contracts/:id: what is agreed, the week it covers, and what it still needs to begin. */
export function ContractPage({ id, base }: { id: string; base: string }) {
  const t = useWords(words)
  const { can, role } = useSession()
  const path = `/api/contracts/${encodeURIComponent(id)}`
  const asked = useData<Revised>(['contracts'], path)
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites')
  const [, go] = useLocation()
  const { session } = useSession()
  const [opened, open] = useState<'change' | 'version'>()
  const known = useData<ListView<Revised>>(['contracts'], opened === 'version' ? '/api/contracts' : null)
  const contract = asked.data
  const nameOf = (site: string) => sites.data?.items.find(each => each.id === site)?.name ?? site
  if (asked.error?.code === 'missing')
    return (
      <Page title={t('back')}>
        <Empty
          icon={<Handshake aria-hidden />}
          title={t('trouble')}
          action={<ButtonLink href={base}>{t('back')}</ButtonLink>}
        />
      </Page>
    )
  return (
    <Page
      title={contract ? `${nameOf(contract.requesting)} → ${nameOf(contract.reading)}` : t('back')}
      note={contract ? <ContractState contract={contract} /> : null}
      filters={<Back href={base} label={t('back')} worded />}
      actions={
        contract && can('contract.change') ? (
          <>
            {role === 'operator' || contract.requesting === session.account.site ? (
              <Button look="quiet" icon={<CopyPlus aria-hidden />} onPress={() => open('version')}>
                {t('new.version')}
              </Button>
            ) : null}
            <Button icon={<Pencil aria-hidden />} onPress={() => open('change')}>
              {t('edit')}
            </Button>
          </>
        ) : undefined
      }
    >
      {asked.error && !contract ? (
        <ErrorBox title={t('trouble')} trouble={asked.error} onRetry={() => void asked.refetch()} />
      ) : null}
      {contract ? (
        <>
          {contract.prepared && can('contract.change') ? <Start contract={contract} /> : null}
          <div className={styles.cards}>
            <What contract={contract} />
            <LastRung contract={contract} />
          </div>
          <section className={styles.card}>
            <h2>{t('part.times')}</h2>
            <TimesTable timers={contract.timers} />
          </section>
          <Week contract={contract} />
          {opened === 'change' ? (
            <ContractForm
              contract={agreedIn(contract)}
              revision={contract.revision}
              sites={sites.data?.items ?? []}
              onClose={() => open(undefined)}
            />
          ) : null}
          {opened === 'version' && known.data ? (
            <ContractForm
              contract={nextVersion(
                agreedIn(contract),
                known.data.items.map(each => each.id),
              )}
              sites={sites.data?.items ?? []}
              onSaved={made => go(`/network/contracts/${encodeURIComponent(made.id)}`)}
              onClose={() => open(undefined)}
            />
          ) : null}
        </>
      ) : asked.error ? null : (
        <Skeleton lines={8} height={32} />
      )}
    </Page>
  )
}

/** Whether it covers anything today. */
export function ContractState({
  contract,
}: {
  contract: Pick<Revised, 'prepared' | 'from' | 'until' | 'timeZone'>
}) {
  const t = useWords(words)
  const formats = useFormats()
  const today = wallDate(new Date(useNow()).toISOString(), contract.timeZone ?? 'Europe/Paris')
  if (contract.prepared) return <Tag tone="near">{t('state.prepared')}</Tag>
  if (contract.from && today < contract.from)
    return <Tag tone="accent">{t('state.later', { day: formats.day(contract.from) })}</Tag>
  if (contract.until && today > contract.until)
    return <Tag>{t('state.ended', { day: formats.day(contract.until) })}</Tag>
  return <Tag tone="ok">{t(contract.from ? 'state.running' : 'state.open')}</Tag>
}

function What({ contract }: { contract: Revised }) {
  const t = useWords(words)
  const formats = useFormats()
  const none = (list: readonly string[] | undefined, empty: string) =>
    list === undefined || list.length === 0 ? empty : list.join(', ')
  const rows: [string, ReactNode][] = [
    [t('modalities'), contract.modalities.join(', ')],
    [t('kinds'), contract.kinds.map(kind => t(`kind.${kind}`)).join(', ')],
    [t('urgencies'), contract.urgencies.map(urgency => t(`urgency.${urgency}`)).join(', ')],
    [t('regions'), none(contract.regions, t('regions.all'))],
    [
      t('competences'),
      none(
        contract.competences?.map(({ competence, modalities = [], regions = [] }) =>
          [competence, [...modalities, ...regions].join(', ')].filter(Boolean).join(' : '),
        ),
        t('competences.none'),
      ),
    ],
    [
      t('languages'),
      none(
        contract.languages?.map(language => t(`language.${language}`)),
        t('languages.any'),
      ),
    ],
    [t('preliminary'), t(`preliminary.${contract.preliminary ?? 'none'}`)],
    [t('from'), contract.from ? formats.day(contract.from) : '–'],
    [t('until'), contract.until ? formats.day(contract.until) : t('until.none')],
    [t('hours'), <Hours key="hours" hours={contract.hours ?? []} />],
    [t('holidays'), t('holidays.count', { n: contract.holidays?.length ?? 0 })],
  ]
  return (
    <section className={styles.card}>
      <h2>{t('part.what')}</h2>
      <dl className={styles.terms}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Hours({ hours }: { hours: NonNullable<Revised['hours']> }) {
  const t = useWords(words)
  const { locale } = useLanguage()
  if (hours.length === 0) return t('hours.always')
  // 5 January 2026 was a Monday.
  const name = (day: (typeof days)[number]) =>
    new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(
      Date.UTC(2026, 0, 5 + days.indexOf(day)),
    )
  return (
    <ul className={styles.hours}>
      {hours.map(({ days: on, from, to }) => (
        <li key={`${on?.join()} ${from} ${to}`}>
          {on === undefined || on.length === days.length ? '' : `${on.map(name).join(' ')} `}
          {from}–{to}
        </li>
      ))}
    </ul>
  )
}

function LastRung({ contract }: { contract: Revised }) {
  const t = useWords(words)
  const formats = useFormats()
  const toasts = useToasts()
  const { can } = useSession()
  const [who, setWho] = useState('')
  const tested = useAct<Revised>(
    () => ({
      method: 'POST',
      path: `/api/contracts/${encodeURIComponent(contract.id)}/telephone`,
      body: { answeredBy: who.trim() },
    }),
    {
      refresh: [['contracts']],
      onDone: () => {
        setWho('')
        toasts.say({ text: t('last.said'), tone: 'ok' })
      },
      onProblem: toasts.trouble,
    },
  )
  const last = contract.lastRung
  return (
    <section className={styles.card}>
      <h2>{t('part.ladder')}</h2>
      <Rungs ladder={contract.ladder} />
      <p className="second">{t('last.telephone.hint')}</p>
      {last ? (
        <>
          <a className={styles.number} href={`tel:${last.telephone.replace(/[^+\d]/g, '')}`}>
            {last.telephone}
          </a>
          <p>
            <Tag tone={last.testedAt ? 'ok' : 'near'}>
              {last.testedAt
                ? t('last.tested', { at: formats.dateTime(last.testedAt), who: last.answeredBy ?? '–' })
                : t('last.untested')}
            </Tag>
          </p>
          {can('contract.change') ? (
            <div className={styles.line}>
              <TextField label={t('last.who')} value={who} onChange={setWho} maxLength={200} />
              <Button
                icon={<PhoneCall aria-hidden />}
                isDisabled={who.trim() === ''}
                busy={tested.isPending}
                onPress={() => tested.mutate()}
              >
                {t('last.test')}
              </Button>
            </div>
          ) : null}
        </>
      ) : (
        <p>
          <Tag tone="near">{t('last.none')}</Tag>
        </p>
      )}
    </section>
  )
}

/** How an offer nobody claims is rung; what is not agreed goes by the urgency. */
function Rungs({ ladder }: { ladder: Revised['ladder'] }) {
  const t = useWords(words)
  const terms = useTerms()
  const waves = [
    ladder?.waves === undefined ? '' : t('waves.said', { n: ladder.waves }),
    ladder?.waveMinutes === undefined ? '' : t('wave.minutes.said', { n: ladder.waveMinutes }),
  ].filter(Boolean)
  return (
    <dl className={styles.terms}>
      <div>
        <dt>{t('waves')}</dt>
        <dd>
          {waves.join(', ') || (terms === undefined ? t('usual') : '')}
          {waves.length < 2 ? <UsualWaves waves={terms?.waves} /> : null}
        </dd>
      </div>
      <div>
        <dt>{t('rings')}</dt>
        <dd>{t(`rings.${ladder?.telephone ?? 'usual'}`)}</dd>
      </div>
    </dl>
  )
}

function Start({ contract }: { contract: Revised }) {
  const t = useWords(words)
  const toasts = useToasts()
  const { can } = useSession()
  const [from, setFrom] = useState(contract.from ?? new Date().toISOString().slice(0, 10))
  const start = useAct<Revised>(
    () => ({
      method: 'POST',
      path: `/api/contracts/${encodeURIComponent(contract.id)}/start`,
      body: { from },
    }),
    {
      refresh: [['contracts'], ['rosters'], ['duty']],
      onDone: () => toasts.say({ text: t('start.done'), tone: 'ok' }),
    },
  )
  return (
    <section className={styles.card}>
      <h2>{t('part.start')}</h2>
      <p className="second">{t('start.text')}</p>
      {start.error ? <Refusal problem={start.error} title={t('start.refused')} /> : null}
      <div className={styles.line}>
        <TextField label={t('start.day')} type="date" value={from} onChange={setFrom} />
        <Button
          look="go"
          icon={<Play aria-hidden />}
          isDisabled={from === ''}
          busy={start.isPending}
          onPress={() => start.mutate()}
        >
          {t('start.do')}
        </Button>
        {can('roster.see') ? (
          <ButtonLink
            href={`/rosters?group=${encodeURIComponent(contract.reading)}`}
            icon={<CalendarDays aria-hidden />}
          >
            {t('roster.open')}
          </ButtonLink>
        ) : null}
      </div>
    </section>
  )
}

function Week({ contract }: { contract: Revised }) {
  const t = useWords(words)
  const { locale } = useLanguage()
  // A contract to come is shown in its first week; noon is that day in every zone nearby.
  const today = new Date().toISOString().slice(0, 10)
  const first =
    contract.from !== undefined && contract.from > today ? `${contract.from}T12:00:00Z` : undefined
  const asked = useData<CoverageView>(
    ['contracts', 'coverage', contract.revision],
    pathOf(`/api/contracts/${encodeURIComponent(contract.id)}/coverage`, { from: first }),
    { keep: true, repeat: () => 60_000 },
  )
  const week = asked.data
  if (!week) return asked.error ? <ErrorBox trouble={asked.error} /> : <Skeleton lines={3} height={40} />
  const bars = (spans: readonly SpanView[], tone: Bar['tone']): Bar[] =>
    spans.map(({ from, to }) => ({
      key: `${tone} ${from}`,
      tone,
      from,
      to,
      text: wallTimes({ from, to }, week.timeZone),
      label: `${wallMoment(from, week.timeZone, locale)} – ${wallMoment(to, week.timeZone, locale)}`,
    }))
  return (
    <section className={styles.week}>
      <h2>{t('part.week')}</h2>
      <p>
        <Tag tone={week.open.length === 0 ? 'plain' : week.holes.length === 0 ? 'ok' : 'late'}>
          {week.open.length === 0
            ? t('week.closed')
            : week.holes.length === 0
              ? t('week.ok')
              : t('week.holes', { n: week.holes.length })}
        </Tag>
      </p>
      <Timeline
        caption={t('week.caption')}
        corner={week.timeZone}
        span={week}
        timeZone={week.timeZone}
        days={week.days}
        rows={[
          { key: 'open', head: t('row.open'), bars: bars(week.open, 'open') },
          { key: 'holes', head: t('row.holes'), bars: bars(week.holes, 'hole') },
        ]}
      />
    </section>
  )
}
