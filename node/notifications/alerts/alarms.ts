import { isoAt } from '../../clock.js'
import { fail } from '../../errors.js'
import type { Asker } from '../../requests/ports.js'
import type { KnownRequest, Requests } from '../../requests/requests.js'
import { capacitiesOf } from '../../requests/standing.js'
import type { ListView } from '../../requests/view.js'
import type { Reaching } from '../reach.js'
import type { AlertRow, NotificationTables } from '../schema.js'
import type { AlarmView } from '../view.js'
import type { AlertsDeps } from './alerts.js'

export interface Alarms {
  /** What rings for this person now: open emergencies they were told of, and urgent offers if they wish; oldest first. */
  ringing(asker: Asker): Promise<ListView<AlarmView>>
  /** One alarm they were told of, also when it is over. Throws `missing`. */
  one(asker: Asker, alert: string): Promise<AlarmView>
  /**
   * Claims the request of an offer's alarm, from a locked session too: the journal says which. Throws `missing`, or a
   * `conflict` that names who was faster.
   */
  claim(asker: Asker, alert: string): Promise<AlarmView>
}

/** More alarms at once than anybody can answer. */
const RINGING_MAX = 20

type Deps = Pick<AlertsDeps, 'db' | 'accounts' | 'sites'> & {
  requests: Pick<Requests, 'known' | 'send'>
  reach: Pick<Reaching, 'rings'>
}

/** The alarms of one person. A locked session learns of each the site, the urgency, the kind and who took it. */
export function openAlarms({ db, accounts, sites, requests, reach }: Deps): Alarms {
  const reading = () => db.sql<NotificationTables>()

  const toldOf = (asker: Asker) =>
    reading()
      .selectFrom('notices')
      .innerJoin('alerts', 'alerts.id', 'notices.alert')
      .selectAll('alerts')
      .select(eb => eb.fn.max('notices.rung').as('told'))
      .where('notices.account', '=', asker.who.account.id)
      .where('notices.member_of', '=', asker.who.membership.site)
      .groupBy('alerts.id')

  /** What anybody told of it may know, locked or not; then what else the unlocked screen says. */
  async function viewOf({ who }: Asker, alert: AlertRow, request: KnownRequest | undefined) {
    const offered = alert.kind === 'claim' && alert.state === 'open' && request?.record.state === 'offered'
    const open = alert.kind === 'claim' ? offered : alert.state === 'open'
    const claims = offered && capacitiesOf(who, request.record, request.placement).includes('offered')
    const holder = alert.kind === 'claim' && !open ? request?.record.holder : undefined
    const by =
      alert.ended_by === null ? request?.record.holder_name : (await accounts.contact(alert.ended_by))?.name
    const due = request?.record.due_for === 'claim' ? request.record.due_at : null
    const view: AlarmView = {
      alert: alert.id,
      kind: alert.kind,
      urgency: alert.urgency,
      siteName: (await sites.sites()).find(({ id }) => id === alert.site)?.name ?? alert.site,
      state: open ? 'open' : 'over',
      openedAt: isoAt(alert.opened_at),
      claims,
      ...(open && due !== null ? { dueAt: isoAt(due) } : {}),
      ...(holder === who.account.id ? { mine: true as const } : {}),
      ...(open || by === undefined || by === null ? {} : { by }),
    }
    if (who.session.held !== undefined) return view
    const told = await reading()
      .selectFrom('notices')
      .select(eb => [
        eb.fn.count<number>('account').distinct().as('people'),
        eb.fn.count('read_at').as('seen'),
      ])
      .where('alert', '=', alert.id)
      .executeTakeFirstOrThrow()
    return {
      ...view,
      request: alert.request,
      reference: alert.reference,
      told: Number(told.people),
      seen: Number(told.seen),
    }
  }

  const one: Alarms['one'] = async (asker, id) => {
    const alert = await toldOf(asker).where('alerts.id', '=', id).executeTakeFirst()
    if (alert === undefined) fail('missing', 'There is no such alarm.')
    return viewOf(asker, alert, await requests.known(alert.request))
  }

  return {
    one,
    ringing: async asker => {
      const urgentToo = await reach.rings(asker.who.account.id, 'urgent')
      const alerts = await toldOf(asker)
        .where('alerts.state', '=', 'open')
        .where(alert =>
          alert.or([
            alert('alerts.urgency', '=', 'emergency'),
            ...(urgentToo
              ? [alert.and([alert('alerts.urgency', '=', 'urgent'), alert('alerts.kind', '=', 'claim')])]
              : []),
          ]),
        )
        .where('notices.over_at', 'is', null)
        .where('notices.read_at', 'is', null)
        .orderBy('alerts.opened_at')
        .limit(RINGING_MAX)
        .execute()
      const items: AlarmView[] = []
      for (const alert of alerts) {
        const view = await viewOf(asker, alert, await requests.known(alert.request))
        // Of an offer they declined, or cannot claim as whom they act now, nothing rings.
        if (view.state === 'open' && (alert.kind !== 'claim' || view.claims)) items.push(view)
      }
      return { items }
    },
    claim: async (asker, id) => {
      const { kind } = await one(asker, id)
      if (kind !== 'claim')
        fail('conflict', { fr: 'Il n’y a rien à prendre ici.', en: 'There is nothing to claim here.' })
      const alert = await reading()
        .selectFrom('alerts')
        .select('request')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      await requests.send(asker, alert.request, 'claim', {})
      return one(asker, id)
    },
  }
}
