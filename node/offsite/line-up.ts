import { type AskedOf, competencesFor, wallText } from '../sites/covering.js'
import type { ContractView } from '../sites/view.js'
import type { Reason } from './reasons.js'
import { type Duty, type Profile, type Situation, zoneOf } from './situation.js'
import type { ShiftKind } from './view.js'

/** A radiologist of a reading group who may sign in. */
export interface Reader {
  account: string
  name: string
  site: string
  /** The wave of offers that first asks them, from 0; absent = the first. Later than the last is with the last. */
  wave?: number
  /** Why they are asked, and why in this wave; without names. */
  why?: Reason[]
}

export type PlacedReader = Reader & { wave: number; why: Reason[] }

export interface LineUp {
  /** By wave, then by load. None: `against` says why. */
  readers: PlacedReader[]
  against?: Reason
  /** What holds for all of them. */
  why: Reason[]
  /** How many of them are on duty now. */
  onDuty: number
}

const RANKS: Readonly<Record<ShiftKind, number>> = { 'on-site': 0, 'on-call': 1, 'second-line': 2 }
const OFF_DUTY_RANK = 3
/** Behind those of their own rank, before the next. */
const AWAY_RANK = 0.5

interface Ranked {
  reader: Reader
  rank: number
  why: Reason[]
}

/** The readers of one group in the order in which they are told, each with the reason. */
export function lineUp(
  asked: AskedOf,
  contract: ContractView,
  readers: readonly Reader[],
  situation: Situation,
): LineUp {
  const about = { contract: contract.id, site: contract.reading }
  const none = (against: Reason, left: Reason[] = []): LineUp => ({
    readers: [],
    against,
    why: left,
    onDuty: 0,
  })
  const own = readers.filter(({ site }) => site === contract.reading)
  if (own.length === 0) return none({ code: 'no-reader', ...about })
  const emergency = asked.urgency === 'emergency'
  const why: Reason[] = []

  // Each sieve in turn; an emergency that it would leave without anybody passes by it.
  let left: readonly Reader[] = own
  for (const { keeps, nobody } of sievesFor(asked, contract, situation)) {
    const out = left.map(reader => ({ reader, reason: keeps(reader) }))
    const kept = out.filter(({ reason }) => reason === undefined).map(({ reader }) => reader)
    const reasons = out.flatMap(({ reason }) => (reason === undefined ? [] : [reason]))
    if (kept.length > 0) {
      why.push(...reasons)
      left = kept
    } else if (emergency) why.push({ ...nobody, ...about })
    else return none({ ...nobody, ...about }, [...why, ...reasons])
  }

  const ranking = ranked(asked, left, situation, contract.reading)
  const placed = inWaves(ranking.readers, situation)
  return { readers: placed, why: [...why, ...ranking.why], onDuty: ranking.onDuty }
}

interface Sieve {
  /** Why this reader does not stay; undefined: stays. */
  keeps(reader: Reader): Reason | undefined
  /** Said where nobody would. */
  nobody: Reason
}

function sievesFor(asked: AskedOf, contract: ContractView, situation: Situation): Sieve[] {
  const { now, absences } = situation
  const profiles = new Map(
    situation.profiles.filter(({ site }) => site === contract.reading).map(each => [each.account, each]),
  )
  const absent = new Set(
    absences.filter(({ from, to }) => from <= now && now < to).map(({ account }) => account),
  )
  const languages = contract.languages ?? []
  const writes = (profile: Profile | undefined) =>
    profile === undefined ||
    profile.languages.length === 0 ||
    profile.languages.some(language => languages.includes(language))
  const spoken = languages.join(', ')
  return [
    {
      keeps: ({ account, name }) => (absent.has(account) ? { code: 'absent', reader: name } : undefined),
      nobody: { code: 'everybody-absent' },
    },
    ...(languages.length === 0
      ? []
      : [
          {
            keeps: ({ account, name }: Reader): Reason | undefined =>
              writes(profiles.get(account))
                ? undefined
                : { code: 'other-language', reader: name, value: spoken },
            nobody: { code: 'no-language', value: spoken } as const,
          },
        ]),
    ...competencesFor(contract, asked).map(competence => ({
      keeps: ({ account, name }: Reader): Reason | undefined =>
        profiles.get(account)?.competences.includes(competence) === true
          ? undefined
          : { code: 'not-competent', reader: name, value: competence },
      nobody: {
        code: asked.urgency === 'emergency' ? 'nobody-competent' : 'no-competence',
        value: competence,
      } as const,
    })),
  ]
}

function ranked(asked: AskedOf, readers: readonly Reader[], situation: Situation, group: string) {
  const { now, rostered } = situation
  const site = group
  if (!rostered.has(group)) {
    const why: Reason[] = [{ code: 'no-roster', site }]
    return { readers: readers.map(reader => ({ reader, rank: 0, why })), why: [], onDuty: 0 }
  }
  const own = situation.duties.filter(duty => duty.site === group)
  const running = own.filter(({ from, to }) => from <= now && now < to)
  const zone = zoneOf(group, situation)
  const onDuty = readers.filter(({ account }) => running.some(duty => duty.account === account)).length
  if (onDuty > 0)
    return { readers: readers.map(reader => byDuty(reader, running, zone)), why: [] as Reason[], onDuty }

  // Nobody reads now. What can wait goes to those who read next, everything else to everybody at once.
  const coming = own
    .filter(({ from, account }) => from > now && readers.some(reader => reader.account === account))
    .sort((a, b) => a.from - b.from)
  const [next] = coming
  if (asked.urgency !== 'routine' || next === undefined) {
    const why: Reason[] = [{ code: 'nobody-on-duty', site }]
    return { readers: readers.map(reader => ({ reader, rank: 0, why })), why, onDuty }
  }
  const first = new Set(coming.filter(({ from }) => from < next.to).map(({ account }) => account))
  return {
    readers: readers.map((reader): Ranked => {
      const begins = coming.find(({ account }) => account === reader.account)?.from ?? next.from
      return first.has(reader.account)
        ? {
            reader,
            rank: 0,
            why: [{ code: 'next-duty', value: wallText(begins, zone) }],
          }
        : offDuty(reader)
    }),
    why: [],
    onDuty,
  }
}

function byDuty(reader: Reader, running: readonly Duty[], zone: string): Ranked {
  const [duty] = running
    .filter(({ account }) => account === reader.account)
    .sort((a, b) => RANKS[a.kind] - RANKS[b.kind] || b.to - a.to)
  if (duty === undefined) return offDuty(reader)
  const value = wallText(duty.to, zone)
  return { reader, rank: RANKS[duty.kind], why: [{ code: duty.kind, value }] }
}

function offDuty(reader: Reader): Ranked {
  return { reader, rank: OFF_DUTY_RANK, why: [{ code: 'off-duty' }] }
}

/** Ranks without gaps: where nobody is on site, who is on call is told at once. */
function inWaves(ranking: readonly Ranked[], { presence, load }: Situation): PlacedReader[] {
  const placed = ranking.map(({ reader, rank, why }) => {
    const away = presence.get(reader.account) === 'away'
    const inHand = load.get(reader.account)
    return {
      reader,
      rank: away ? rank + AWAY_RANK : rank,
      why: [
        ...why,
        ...(away ? [{ code: 'away' } as const] : []),
        ...(inHand === undefined ? [] : [{ code: 'load', value: String(inHand) } as const]),
      ],
    }
  })
  const ranks = [...new Set(placed.map(({ rank }) => rank))].sort((a, b) => a - b)
  const inHand = ({ reader }: { reader: Reader }) => load.get(reader.account) ?? 0
  return placed
    .sort((a, b) => a.rank - b.rank || inHand(a) - inHand(b))
    .map(({ reader, rank, why }) => ({ ...reader, wave: ranks.indexOf(rank), why }))
}
