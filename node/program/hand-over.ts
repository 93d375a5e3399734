import { isoAt } from '../clock.js'
import type { CriticalTables } from '../criticals/schema.js'
import type { Asker } from '../requests/ports.js'
import type { RequestTables } from '../requests/schema.js'
import type { RequestRow } from '../requests/view.js'
import type { Services } from './services.js'
import type { HandOverItem, HandOverView, HandOverWhat } from './view.js'

export type HandOver = (asker: Asker) => Promise<HandOverView>

/** More than anybody can have in hand. */
const ITEMS_MAX = 200

/** Everything a reader has open, and what is handed to them: each needs a named taker before they go. */
export function openHandOver({
  db,
  clock,
  requests,
  offsite,
  accounts,
}: Pick<Services, 'db' | 'clock' | 'requests' | 'offsite' | 'accounts'>): HandOver {
  return async asker => {
    const { account, membership } = asker.who
    const mine = await requests.list(asker, { mine: true, limit: ITEMS_MAX })
    const handed = await db
      .sql<RequestTables>()
      .selectFrom('request_handovers')
      .innerJoin('requests', 'requests.id', 'request_handovers.request')
      .select([
        'request_handovers.request',
        'request_handovers.account',
        'request_handovers.name',
        'request_handovers.reason',
        'request_handovers.at',
        'requests.holder_name as by',
      ])
      .where(eb => eb.or([eb('request_handovers.account', '=', account.id), eb('holder', '=', account.id)]))
      .limit(ITEMS_MAX)
      .execute()
    const criticals = new Set(
      (
        await db
          .sql<CriticalTables>()
          .selectFrom('criticals')
          .select('request')
          .where('radiologist', '=', account.id)
          .where('state', '<>', 'closed')
          .execute()
      ).map(({ request }) => request),
    )
    const itemOf = (row: RequestRow): HandOverItem => {
      const to = handed.find(({ request }) => request === row.id)
      const { id, reference, state, kind, urgency, modality, region, siteName, due, patient } = row
      return {
        id,
        reference,
        state,
        kind,
        urgency,
        modality,
        region,
        siteName,
        ...(due === undefined ? {} : { due }),
        patient: { family: patient.family, given: patient.given },
        what: whatOf(row, criticals.has(id)),
        ...(to === undefined
          ? {}
          : {
              to: {
                account: to.account,
                name: to.name,
                at: isoAt(to.at),
                ...(to.reason === null ? {} : { reason: to.reason }),
              },
            }),
      }
    }
    const forMe: HandOverView['forMe'] = []
    for (const one of handed.filter(each => each.account === account.id))
      forMe.push({ ...itemOf(await requests.view(asker, one.request)), by: one.by ?? '' })

    const now = clock.now()
    const { duties, presence } = await offsite.situation()
    const state = (await offsite.dutyStates()).get(account.id)
    const own = state?.site === membership.site ? state : undefined
    const end = Math.max(now, own?.to ?? now)
    const next = (id: string) => duties.some(duty => duty.account === id && duty.from <= end && duty.to > end)
    const colleagues = (await accounts.members([membership.site], 'radiologist'))
      .filter(member => member.account !== account.id)
      .map(({ account: id, name }) => ({
        account: id,
        name,
        presence: presence.get(id) ?? ('offline' as const),
        onDuty: next(id),
      }))
      .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    return {
      items: mine.items.filter(row => row.may.includes('hand-over')).map(itemOf),
      forMe,
      colleagues,
      ...(own === undefined ? {} : { endsAt: isoAt(own.to) }),
    }
  }
}

const rank = ({ onDuty, presence }: HandOverView['colleagues'][number]) =>
  (onDuty ? 0 : 2) + (presence === 'online' || presence === 'reading' ? 0 : 1)

function whatOf({ state, report }: RequestRow, critical: boolean): HandOverWhat[] {
  const what: HandOverWhat[] = [
    ...(critical ? (['critical'] as const) : []),
    ...(report?.state === 'preliminary' ? (['preliminary'] as const) : []),
    ...(report?.state === 'draft' ? (['draft'] as const) : []),
    ...(state === 'info-requested' ? (['ask'] as const) : []),
  ]
  return what.length > 0 ? what : ['claimed']
}
