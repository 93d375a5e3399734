import type { ContractTimers, ContractView, PromisedMinutes } from '../../node/sites/view.js'
import { type HoursDraft, hoursDraft, hoursFault, hoursIn } from '../parts/hours.js'

export const kinds = ['reading', 'opinion'] as const
export const urgencies = ['emergency', 'urgent', 'routine'] as const
/** Whose times are agreed apart; what is treated within the hour and an opinion that can wait have their own. */
export const classes = ['emergency', 'timeCritical', 'urgent', 'routine', 'opinion'] as const
export const timerNames = ['claim', 'decision', 'read', 'acknowledge', 'final', 'expire'] as const
export type Class = (typeof classes)[number]
export type TimerName = (typeof timerNames)[number]
export const rings = ['usual', 'first-wave', 'second-wave', 'never'] as const

/** An emergency goes on until a person records what became of it; a stroke or a major trauma is one read sooner. */
export const hasTimer = (of: Class, timer: TimerName) =>
  of === 'timeCritical' ? timer === 'read' : of !== 'emergency' || timer !== 'expire'

/** A contract as a form holds it: lists as people type them, and numbers too. */
export interface ContractDraft {
  id: string
  requesting: string
  reading: string
  modalities: string
  kinds: ContractView['kinds']
  urgencies: ContractView['urgencies']
  regions: string
  preliminary: NonNullable<ContractView['preliminary']> | 'none'
  from: string
  until: string
  timeZone: string
  hours: HoursDraft[]
  holidays: string
  languages: ('fr' | 'en')[]
  competences: string
  telephone: string
  /** Minutes, by `class.timer`. */
  timers: Partial<Record<`${Class}.${TimerName}`, string>>
  waves: string
  waveMinutes: string
  rings: (typeof rings)[number]
}

type Terms = Omit<ContractView, 'id' | 'requesting' | 'reading' | 'prepared'>

export function draftOf(contract: ContractView): ContractDraft {
  const { ladder } = contract
  return {
    id: contract.id,
    requesting: contract.requesting,
    reading: contract.reading,
    modalities: contract.modalities.join(', '),
    kinds: contract.kinds,
    urgencies: contract.urgencies,
    regions: (contract.regions ?? []).join(', '),
    preliminary: contract.preliminary ?? 'none',
    from: contract.from ?? '',
    until: contract.until ?? '',
    timeZone: contract.timeZone ?? '',
    hours: hoursDraft(contract.hours),
    holidays: (contract.holidays ?? []).join(', '),
    languages: contract.languages ?? [],
    competences: (contract.competences ?? [])
      .map(({ competence, modalities = [], regions = [] }) =>
        [competence, [...modalities, ...regions].join(', ')].filter(Boolean).join(': '),
      )
      .join('\n'),
    telephone: contract.lastRung?.telephone ?? '',
    timers: Object.fromEntries(
      classes.flatMap(of => {
        const promised: PromisedMinutes = contract.timers?.[of] ?? {}
        return timerNames.flatMap(timer =>
          promised[timer] === undefined ? [] : [[`${of}.${timer}`, String(promised[timer])]],
        )
      }),
    ),
    waves: ladder?.waves === undefined ? '' : String(ladder.waves),
    waveMinutes: ladder?.waveMinutes === undefined ? '' : String(ladder.waveMinutes),
    rings: ladder?.telephone ?? 'usual',
  }
}

/** What is agreed, apart from how often it was changed. */
export const agreedIn = ({ revision: _, ...agreed }: ContractView & { revision: string }): ContractView =>
  agreed

/** Nothing agreed yet, asked for by this site. */
export const emptyContract = (requesting: string): ContractView => ({
  id: '',
  requesting,
  reading: '',
  modalities: [],
  kinds: ['reading'],
  urgencies: ['emergency', 'urgent', 'routine'],
})

/** The same terms to begin when these end, under a name of its own; a telephone is tried anew. */
export function nextVersion(contract: ContractView, known: readonly string[]): ContractView {
  const { prepared: _, from: _from, until, lastRung, ...terms } = contract
  const stem = contract.id.replace(/-\d+$/, '')
  let n = 2
  while (known.includes(`${stem}-${n}`)) n++
  return {
    ...terms,
    id: `${stem}-${n}`,
    ...(until === undefined ? {} : { from: dayAfter(until) }),
    ...(lastRung === undefined ? {} : { lastRung: { telephone: lastRung.telephone } }),
  }
}

const dayAfter = (date: string) =>
  new Date(Date.parse(`${date}T12:00:00Z`) + 24 * 3_600_000).toISOString().slice(0, 10)

const listIn = (text: string) =>
  text
    .split(/[,;\n]/)
    .map(each => each.trim())
    .filter(Boolean)

/** In capitals and short: a modality; anything else is a region. */
const isModality = (word: string) => /^[A-Z]{2}$/.test(word)

export type ContractFault =
  | 'needed'
  | 'id'
  | 'modalities'
  | 'dates'
  | 'zone'
  | 'hours'
  | 'telephone'
  | 'minutes'
  | 'waves'
type Field = Exclude<keyof ContractDraft, 'timers'> | `timers.${Class}.${TimerName}`

const isWhole = (text: string, max: number) => {
  const value = Number(text)
  return text.trim() === '' || (Number.isInteger(value) && value >= 1 && value <= max)
}
const MINUTES_MAX = 60 * 24 * 60
const WAVE_MINUTES_MAX = 1440
const WAVES_MAX = 10

function isZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }))
  } catch {
    return false // RangeError: the browser knows no such place.
  }
}

/** What does not fit, field by field, before anything is sent. */
export function faultsOf(draft: ContractDraft): Partial<Record<Field, ContractFault>> {
  const faults: Partial<Record<Field, ContractFault>> = {}
  const check = (field: Field, wrong: boolean, fault: ContractFault) => {
    if (wrong && faults[field] === undefined) faults[field] = fault
  }
  check('id', !/^[a-z0-9][a-z0-9-]{0,63}$/.test(draft.id), 'id')
  check('requesting', draft.requesting === '', 'needed')
  check('reading', draft.reading === '', 'needed')
  const modalities = listIn(draft.modalities)
  check('modalities', modalities.length === 0, 'needed')
  check(
    'modalities',
    modalities.some(each => !/^[A-Za-z0-9_ ]{1,16}$/.test(each)),
    'modalities',
  )
  check('kinds', draft.kinds.length === 0, 'needed')
  check('urgencies', draft.urgencies.length === 0, 'needed')
  check('until', draft.from !== '' && draft.until !== '' && draft.until < draft.from, 'dates')
  check('timeZone', draft.timeZone.trim() !== '' && !isZone(draft.timeZone.trim()), 'zone')
  check('hours', hoursFault(draft.hours), 'hours')
  check(
    'holidays',
    listIn(draft.holidays).some(day => !isDay(day)),
    'dates',
  )
  check(
    'telephone',
    draft.telephone.trim() !== '' && !/^\+?[0-9][0-9 .()/-]{2,30}$/.test(draft.telephone.trim()),
    'telephone',
  )
  for (const of of classes)
    for (const timer of timerNames)
      check(`timers.${of}.${timer}`, !isWhole(draft.timers[`${of}.${timer}`] ?? '', MINUTES_MAX), 'minutes')
  check('waveMinutes', !isWhole(draft.waveMinutes, WAVE_MINUTES_MAX), 'minutes')
  check('waves', !isWhole(draft.waves, WAVES_MAX), 'waves')
  return faults
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

/** What is sent: the contract as it was, with what the form says; what is empty is not said at all. */
export function termsOf(draft: ContractDraft, before: ContractView): Terms {
  const { id: _id, requesting: _asks, reading: _reads, prepared: _prepared, ...kept } = before
  const said = (list: string[]) => (list.length > 0 ? list : undefined)
  return {
    ...kept,
    modalities: listIn(draft.modalities).map(each => each.toUpperCase()),
    kinds: draft.kinds,
    urgencies: draft.urgencies,
    ...given('regions', said(listIn(draft.regions))),
    ...given('preliminary', draft.preliminary === 'none' ? undefined : draft.preliminary),
    ...given('from', draft.from || undefined),
    ...given('until', draft.until || undefined),
    ...given('timeZone', draft.timeZone.trim() || undefined),
    ...given('hours', hoursIn(draft.hours)),
    ...given('holidays', said(listIn(draft.holidays))),
    ...given('languages', draft.languages.length > 0 ? draft.languages : undefined),
    ...given('competences', competencesIn(draft.competences)),
    ...given('timers', timersIn(draft)),
    ...given('ladder', ladderIn(draft)),
    ...given('lastRung', draft.telephone.trim() === '' ? undefined : { telephone: draft.telephone.trim() }),
  }
}

/** One term as the form has it; what was there and is empty now is left out of what is sent. */
const given = <Name extends keyof Terms>(name: Name, value: Terms[Name] | undefined) =>
  ({ [name]: value }) as Pick<Terms, Name>

function competencesIn(text: string): Terms['competences'] {
  const competences = text.split('\n').flatMap(line => {
    const [competence = '', where = ''] = line.split(/\s*:\s*/)
    if (competence.trim() === '') return []
    const words = listIn(where)
    const modalities = words.filter(isModality)
    const regions = words.filter(word => !isModality(word))
    return [
      {
        competence: competence.trim(),
        ...(modalities.length > 0 ? { modalities } : {}),
        ...(regions.length > 0 ? { regions } : {}),
      },
    ]
  })
  return competences.length > 0 ? competences : undefined
}

function timersIn({ timers }: ContractDraft): ContractTimers | undefined {
  const promised = classes.flatMap(of => {
    const minutes = timerNames.flatMap(timer => {
      const text = timers[`${of}.${timer}`]?.trim() ?? ''
      return text === '' || !hasTimer(of, timer) ? [] : [[timer, Number(text)] as const]
    })
    return minutes.length === 0 ? [] : [[of, Object.fromEntries(minutes)] as const]
  })
  return promised.length === 0 ? undefined : Object.fromEntries(promised)
}

function ladderIn({ waves, waveMinutes, rings: telephone }: ContractDraft): Terms['ladder'] {
  if (waves.trim() === '' && waveMinutes.trim() === '' && telephone === 'usual') return undefined
  return {
    ...(waves.trim() === '' ? {} : { waves: Number(waves) }),
    ...(waveMinutes.trim() === '' ? {} : { waveMinutes: Number(waveMinutes) }),
    ...(telephone === 'usual' ? {} : { telephone }),
  }
}
