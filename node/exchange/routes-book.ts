import type { Database, Tx } from '../database.js'
import { Failure, type FieldFault, fail } from '../errors.js'
import { demandSeen, type Seen } from '../http/revision.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import { noPeer } from '../peers/rules.js'
import type { RouteView } from '../peers/view.js'
import type { Route } from './rules.js'
import type { ExchangeTables } from './schema.js'

export interface RoutesBook {
  /** In order. */
  list(): readonly RouteView[]
  find(id: string): RouteView | undefined
  /** Puts these routes, in this order, into the places they hold together. */
  order(tx: Tx, ids: readonly string[], origin: Origin): Promise<void>
  /** `seen`: the state it is changed from; throws `conflict` where that is another by now. */
  put(tx: Tx, route: Route, origin: Origin, seen?: Seen): Promise<void>
  remove(tx: Tx, id: string, origin: Origin, seen?: Seen): Promise<void>
}

/** The ordered routes; kept in memory, asked at every settled study. */
export async function openRoutesBook(options: {
  db: Database
  journal: Journal
  peers: Peers
}): Promise<RoutesBook> {
  const { db, journal, peers } = options
  const rows = await db.sql<ExchangeTables>().selectFrom('routes').selectAll().orderBy('position').execute()
  let book: RouteView[] = rows.map(row => ({ ...(JSON.parse(row.rule) as Route), position: row.position }))

  return {
    list: () => book,
    find: id => book.find(route => route.id === id),
    order: async (tx, ids, origin) => {
      const moved = ids.map(
        id => book.find(route => route.id === id) ?? fail('missing', `No route is named "${id}".`),
      )
      if (new Set(ids).size !== ids.length)
        fail('invalid', { fr: 'Une route est nommée deux fois.', en: 'A route is named twice.' })
      const places = moved.map(({ position }) => position).sort((a, b) => a - b)
      const placed = moved.map((route, index) => ({ ...route, position: places[index] as number }))
      if (placed.every((route, index) => route.position === moved[index]?.position)) return
      for (const { id, position } of placed)
        await tx.sql<ExchangeTables>().updateTable('routes').set({ position }).where('id', '=', id).execute()
      const after = inOrder([...book.filter(({ id }) => !ids.includes(id)), ...placed])
      await journal.append(
        tx,
        {
          type: 'routes-ordered',
          site: null,
          ids: {},
          body: { order: after.map(({ id }) => id), before: book.map(({ id }) => id) },
        },
        origin,
      )
      tx.afterCommit(() => {
        book = after
      })
    },
    put: async (tx, route, origin, seen) => {
      const faults = routeFaults(route, peers)
      if (faults.length > 0)
        throw new Failure(
          'invalid',
          { fr: 'La route ne convient pas.', en: 'The route does not fit.' },
          faults,
        )
      const before = book.find(({ id }) => id === route.id)
      demandSeen(before && unplaced(before), seen)
      const position = before?.position ?? Math.max(0, ...book.map(each => each.position)) + 1
      const rule = JSON.stringify(route)
      if (before !== undefined && JSON.stringify({ ...route, position }) === JSON.stringify(before)) return
      await tx
        .sql<ExchangeTables>()
        .insertInto('routes')
        .values({ id: route.id, position, enabled: route.enabled ? 1 : 0, rule })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ rule, enabled: route.enabled ? 1 : 0 }))
        .execute()
      await journal.append(
        tx,
        {
          type: 'route-changed',
          site: route.when.site ?? null,
          ids: { route: route.id },
          body: { rule, before: before === undefined ? null : JSON.stringify(before) },
        },
        origin,
      )
      tx.afterCommit(() => {
        book = inOrder([...book.filter(({ id }) => id !== route.id), { ...route, position }])
      })
    },
    remove: async (tx, id, origin, seen) => {
      const before = book.find(route => route.id === id) ?? fail('missing', `No route is named "${id}".`)
      demandSeen(unplaced(before), seen)
      await tx.sql<ExchangeTables>().deleteFrom('routes').where('id', '=', id).execute()
      await journal.append(
        tx,
        {
          type: 'route-removed',
          site: before.when.site ?? null,
          ids: { route: id },
          body: { before: JSON.stringify(before) },
        },
        origin,
      )
      tx.afterCommit(() => {
        book = book.filter(route => route.id !== id)
      })
    },
  }
}

/** What a person edits of a route: its place among the others is another matter. */
export function unplaced({ position: _position, ...route }: RouteView): Route {
  return route
}

function inOrder(routes: RouteView[]): RouteView[] {
  return routes.sort((a, b) => a.position - b.position)
}

function routeFaults(route: Route, peers: Peers): FieldFault[] {
  const faults: FieldFault[] = []
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(route.id))
    faults.push({
      path: 'id',
      message: 'letters a–z, digits and hyphens, 1 to 64',
      fr: 'lettres a–z, chiffres et traits d’union, de 1 à 64',
    })
  if (route.to.length === 0)
    faults.push({ path: 'to', message: 'at least one destination', fr: 'au moins une destination' })
  for (const id of [...route.to, ...(route.when.peer === undefined ? [] : [route.when.peer])])
    if (peers.find(id) === undefined) faults.push(noPeer(id))
  return faults
}
