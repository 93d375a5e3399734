import { type AskedOf, objectionTo } from '../sites/covering.js'
import type { ContractView } from '../sites/view.js'
import { type LineUp, lineUp, type PlacedReader, type Reader } from './line-up.js'
import type { Reason } from './reasons.js'
import { type Situation, zoneOf } from './situation.js'

export type { PlacedReader, Reader } from './line-up.js'
export { explain, type Reason } from './reasons.js'

/** What dispatch needs to know of a request. */
export interface Asked extends AskedOf {
  site: string
  /** The reading group the requester named, if any. */
  to?: string | undefined
}

export interface Candidates {
  /** The one group to ask, its readers by wave; undefined when a coordinator has to choose. */
  group?: { site: string; contract: string; readers: PlacedReader[] }
  why: Reason[]
}

type Fitting = { site: string; contract: string } & LineUp

/**
 * Whom a request is offered to: of the reading groups whose contract covers it, the one where somebody is on duty,
 * then the one that works with the asking site, then the one with the least in hand. Where that leaves several, or
 * none, a coordinator chooses. Every group that has a contract with the site is explained, chosen or not; so is every
 * reader of the chosen one.
 */
export function candidates(
  asked: Asked,
  contracts: readonly ContractView[],
  readers: readonly Reader[],
  situation: Situation,
): Candidates {
  const why: Reason[] = []
  const own = contracts.filter(contract => contract.requesting === asked.site)
  const fitting: Fitting[] = []
  for (const contract of own) {
    const about = { contract: contract.id, site: contract.reading }
    const { now } = situation
    const against: Reason | undefined =
      asked.to !== undefined && contract.reading !== asked.to
        ? { code: 'not-named', ...about }
        : withPlace(
            objectionTo(contract, asked, { now, timeZone: zoneOf(contract.reading, situation) }),
            about,
          )
    if (against !== undefined) {
      why.push(against)
      continue
    }
    if (fitting.some(other => other.site === contract.reading)) continue
    const line = lineUp(asked, contract, readers, situation)
    if (line.against !== undefined) why.push(line.against, ...line.why)
    else {
      fitting.push({ ...about, ...line })
      why.push({ code: 'contract-covers', ...about })
    }
  }
  if (asked.to !== undefined && !own.some(contract => contract.reading === asked.to))
    why.push({ code: 'no-contract', site: asked.to })
  else if (own.length === 0) why.push({ code: 'no-contract' })

  const { left, because } = chosen(fitting, asked.site, situation)
  const [only, ...others] = left
  if (only === undefined) return { why }
  if (others.length > 0)
    return { why: [...why, ...because, { code: 'several-groups', value: String(left.length) }] }
  if (asked.to !== undefined) why.push({ code: 'named-by-requester', site: only.site })
  const { site, contract, readers: placed } = only
  return { group: { site, contract, readers: placed }, why: [...why, ...because, ...only.why] }
}

function withPlace<O extends object>(objection: O | undefined, about: { contract: string; site: string }) {
  return objection === undefined ? undefined : { ...objection, ...about }
}

/** Each step keeps the better ones, and says so where it decides. */
function chosen(
  fitting: readonly Fitting[],
  asking: string,
  { groups, load }: Situation,
): { left: Fitting[]; because: Reason[] } {
  const isLocal = ({ site }: Fitting) =>
    site === asking || groups.some(({ sites }) => sites.includes(site) && sites.includes(asking))
  const inHand = ({ readers }: Fitting) => {
    const first = readers.filter(({ wave }) => wave === 0)
    return first.reduce((sum, { account }) => sum + (load.get(account) ?? 0), 0) / Math.max(1, first.length)
  }
  const steps: { code: 'chosen-on-duty' | 'chosen-local' | 'chosen-load'; cost(of: Fitting): number }[] = [
    { code: 'chosen-on-duty', cost: ({ onDuty }) => (onDuty > 0 ? 0 : 1) },
    { code: 'chosen-local', cost: each => (isLocal(each) ? 0 : 1) },
    { code: 'chosen-load', cost: inHand },
  ]
  let left = [...fitting]
  const because: Reason[] = []
  for (const { code, cost } of steps) {
    const best = Math.min(...left.map(cost))
    const better = left.filter(each => cost(each) === best)
    if (better.length < left.length)
      because.push(
        ...better.map(({ site }) => ({
          code,
          site,
          ...(code === 'chosen-load' ? { value: best.toFixed(1) } : {}),
        })),
      )
    left = better
  }
  return { left, because }
}
