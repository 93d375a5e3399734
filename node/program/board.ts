import { kindOf } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { CriticalTables } from '../criticals/schema.js'
import type { Acting } from '../http/acting.js'
import type { Ladder } from '../notifications/alerts/rules.js'
import type { AlertRow, NotificationTables } from '../notifications/schema.js'
import { LIFECYCLE } from '../requests/lifecycle.js'
import { type OpenAct, readOpenActs } from '../requests/open-acts.js'
import type { RequestTables } from '../requests/schema.js'
import type { Services } from './services.js'
import type { BoardCard, BoardColumn, BoardView } from './view.js'

/** Beyond so many open acts only the most urgent are laid out; their number is still told. */
const ACTS_MAX = 10_000
const CARDS_MAX = 12
const COLUMNS_MAX = 60
const NEAR_MS = 15 * 60_000
/** Many boards ask at each change: those of one kind are given the same for so long. */
const KEPT_MS = 500

export type Board = (who: Acting, by: BoardView['by']) => Promise<BoardView>

type Needs = Pick<Services, 'db' | 'clock' | 'sites' | 'offsite' | 'accounts'>

/** All open acts by reader or by site, with their clocks: put together here, so that a screen has little to do. */
export function openBoard(needs: Needs): Board {
  const { db, clock } = needs
  const kept = new Map<string, { at: number; view: Promise<BoardView> }>()

  return (who, by) => {
    const key = `${kindOf(who)} ${by}`
    const known = kept.get(key)
    const now = clock.monotonic()
    if (known !== undefined && now - known.at < KEPT_MS) return known.view
    const view = read(who, by)
    kept.set(key, { at: now, view })
    // A reading that failed is asked for again at once.
    view.catch(() => kept.delete(key))
    return view
  }

  async function read(who: Acting, by: BoardView['by']): Promise<BoardView> {
    const now = clock.now()
    const { acts, total } = await readOpenActs(db.sql<RequestTables>(), who, ACTS_MAX, await untold())
    const names = new Map((await needs.sites.sites()).map(({ id, name }) => [id, name]))
    const nameOf = (site: string) => names.get(site) ?? site
    const { groups, people, situation } = await readersFor(who, acts, nameOf)
    const duties = await needs.offsite.dutyStates()
    const columns = new Map<string, OpenAct[]>()
    for (const act of acts) {
      const column = by === 'site' ? act.site : (act.holder ?? '')
      columns.set(column, [...(columns.get(column) ?? []), act])
    }
    if (by === 'reader') {
      if (!columns.has('')) columns.set('', [])
      for (const account of people.keys())
        if (
          duties.get(account)?.ended === false ||
          ['online', 'reading'].includes(situation.presence.get(account) ?? '')
        )
          columns.set(account, columns.get(account) ?? [])
    }
    const late = (act: OpenAct) => act.due_at !== null && act.due_at < now
    const near = (act: OpenAct) => act.due_at !== null && !late(act) && act.due_at < now + NEAR_MS
    const shown = [...columns].map(([key, held]) => ({
      key,
      held,
      first: held
        .toSorted((a, b) => (a.due_at ?? Number.MAX_SAFE_INTEGER) - (b.due_at ?? Number.MAX_SAFE_INTEGER))
        .slice(0, CARDS_MAX),
    }))
    const rungs = await rungsOf(shown.flatMap(({ first }) => first.map(({ id }) => id)))
    const view = shown.map(({ key, held, first }): BoardColumn => {
      const person = people.get(key)
      const duty = duties.get(key)
      const presence = situation.presence.get(key)
      return {
        key,
        label: by === 'site' ? nameOf(key) : (held[0]?.holder_name ?? person?.name ?? ''),
        total: held.length,
        late: held.filter(late).length,
        near: held.filter(near).length,
        ...(person === undefined ? {} : { group: person.site }),
        ...(by === 'site' || key === '' ? {} : { presence: presence ?? 'offline' }),
        ...(duty === undefined || (duty.ended && held.length === 0)
          ? {}
          : { duty: { kind: duty.kind, until: isoAt(duty.to), alarm: duty.alarm } }),
        cards: first.map(act => cardOf(act, nameOf, rungs.get(act.id))),
      }
    })
    const rank = ({ key, late, near, total }: BoardColumn) => [key === '' ? 0 : 1, -late, -near, -total]
    const ranked = view.sort((a, b) => {
      const [left, right] = [rank(a), rank(b)]
      const at = left.findIndex((value, place) => value !== right[place])
      return at < 0 ? a.label.localeCompare(b.label) : (left[at] ?? 0) - (right[at] ?? 0)
    })
    return {
      by,
      at: isoAt(now),
      total,
      counted: acts.length,
      late: acts.filter(late).length,
      near: acts.filter(near).length,
      columns: ranked.slice(0, COLUMNS_MAX),
      groups,
    }
  }

  /** The readers of the groups these acts are put to, and of the coordinator's own. */
  async function readersFor(who: Acting, acts: readonly OpenAct[], nameOf: (site: string) => string) {
    const situation = await needs.offsite.situation()
    const contracts = await needs.sites.contracts()
    const { site } = who.membership
    const asked = new Set([
      ...acts.flatMap(({ reading_site }) => reading_site ?? []),
      ...contracts
        .filter(({ requesting, reading }) => requesting === site || reading === site)
        .map(({ reading }) => reading),
    ])
    const members = await needs.accounts.members([...asked], 'radiologist')
    return {
      situation,
      people: new Map(members.map(member => [member.account, member])),
      groups: [...asked].sort().map(id => ({
        id,
        name: nameOf(id),
        readers: members
          .filter(member => member.site === id)
          .map(({ account, name }) => ({
            account,
            name,
            presence: situation.presence.get(account) ?? ('offline' as const),
          })),
      })),
    }
  }

  /** Acts with a critical finding that nobody has read back. */
  async function untold(): Promise<string[]> {
    const open = await db
      .sql<CriticalTables>()
      .selectFrom('criticals')
      .select('request')
      .distinct()
      .where('state', '=', 'notifying')
      .execute()
    return open.map(({ request }) => request)
  }

  /** Of each act the ladder that fires next. */
  async function rungsOf(requests: readonly string[]): Promise<Map<string, BoardCard['rung']>> {
    const alerts =
      requests.length === 0
        ? []
        : await db
            .sql<NotificationTables>()
            .selectFrom('alerts')
            .selectAll()
            .where('request', 'in', requests)
            .where('state', '=', 'open')
            .orderBy('next_at', 'desc')
            .execute()
    return new Map(alerts.map(alert => [alert.request, rungOf(alert)]))
  }
}

function rungOf(alert: AlertRow): NonNullable<BoardCard['rung']> {
  const next = (JSON.parse(alert.ladder) as Ladder)[alert.rung + 1]
  return {
    kind: alert.kind,
    ...(alert.next_at === null ? {} : { nextAt: isoAt(alert.next_at) }),
    call: next?.call === true,
  }
}

function cardOf(act: OpenAct, nameOf: (site: string) => string, rung: BoardCard['rung']): BoardCard {
  const by = (['offer', 'reroute'] as const).find(event => LIFECYCLE[act.state][event] !== undefined)
  const nextWave =
    act.state === 'offered' &&
    act.offered_at !== null &&
    act.wave_ms !== null &&
    act.offer_wave + 1 < act.offer_waves
      ? act.offered_at + (act.offer_wave + 1) * act.wave_ms
      : undefined
  return {
    id: act.id,
    reference: act.reference,
    state: act.state,
    kind: act.kind,
    urgency: act.urgency,
    modality: act.modality,
    siteName: nameOf(act.site),
    ...(act.reading_site === null ? {} : { group: act.reading_site, groupName: nameOf(act.reading_site) }),
    ...(act.holder === null ? {} : { holder: { id: act.holder, name: act.holder_name ?? '' } }),
    ...(act.due_at === null || act.due_for === null
      ? {}
      : { due: { at: isoAt(act.due_at), for: act.due_for } }),
    ...(act.state !== 'offered' || act.offer_waves === 0
      ? {}
      : {
          wave: {
            wave: Math.min(act.offer_wave + 1, act.offer_waves),
            of: act.offer_waves,
            ...(nextWave === undefined ? {} : { nextAt: isoAt(nextWave) }),
          },
        }),
    ...(rung === undefined ? {} : { rung }),
    ...(by === undefined ? {} : { by }),
  }
}
