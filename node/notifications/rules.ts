import type { Role } from '../accounts/view.js'
import type { StoredFact } from '../journal/facts.js'
import type { RequestKind, Urgency } from '../sites/view.js'
import { ALERT_FACTS } from './alerts/rules.js'
import type { ChannelName } from './schema.js'
import type { NoticeView } from './view.js'

/** What a request's facts up to a moment say of it; later facts overrule earlier ones. */
export interface ActSoFar {
  reference: string
  urgency: Urgency
  requestKind: RequestKind
  requestedBy: string | undefined
  readingSite: string | undefined
  /** Who holds it, or held it last: who must hear that it is gone. */
  holder: string | undefined
}

/** One person, or everybody of a role at a site, to be told the same thing. */
export interface Call {
  to: { account: string; site: string } | { role: Role; site: string }
  kind: NoticeView['kind']
  channels: readonly ChannelName[]
}

/** One notice owed to one person. */
export interface Told {
  account: string
  site: string
  kind: NoticeView['kind']
  channels: readonly ChannelName[]
}

const SCREEN = ['screen'] as const
const SCREEN_AND_EMAIL = ['screen', 'email'] as const
const BRISK = ['screen', 'push', 'email'] as const
const EVERY_CHANNEL = ['screen', 'push', 'email', 'telephone'] as const

/** The facts somebody is told of. */
export const TOLD_FACTS = [
  'request-rerouted',
  'request-released',
  'request-claimed',
  'request-accepted',
  'request-exam-done',
  'request-handed-over',
  'request-taken-over',
  'request-outcome-recorded',
  'request-refused',
  'request-answered',
  'request-patient-named',
  'request-cancelled',
  'request-expired',
  'request-error-asked',
  'request-entered-in-error',
  'recall-opened',
  'report-signed',
  'transfer-failed',
  'certificate-expiring',
  'token-expiring',
  'roster-swap-proposed',
  'roster-swap-accepted',
  'roster-swap-declined',
  'inbox-handed-over',
  'instances-withdrawn',
  'import-withdrawn',
  'message-sent',
  'channel-lost',
  'clock-jumped',
  'clock-skewed',
  'restore-drill-failed',
  'webhook-stopped',
  'webhook-ended',
] as const
/** Those, and the ones that open or end an alert. */
export const FOLLOWED_FACTS: readonly string[] = [...new Set([...TOLD_FACTS, ...ALERT_FACTS])]

/** From the next fact on nobody holds it. */
const ENDS_CLAIM = new Set([
  'request-released',
  'request-rerouted',
  'request-refused',
  'request-cancelled',
  'request-outcome-recorded',
  'request-expired',
  'request-entered-in-error',
])

const AT_THE_DESK = new Set(['reading', 'info-requested'])

const textIn = (body: StoredFact['body'], key: string) => {
  const value = body?.[key]
  return typeof value === 'string' ? value : undefined
}

const formKind = (body: StoredFact['body']) => {
  const form = body?.['form']
  return typeof form === 'object' && form !== null && 'kind' in form ? form.kind : undefined
}

/** Folds the facts of one request, oldest first. */
export function actSoFar(facts: readonly StoredFact[]): ActSoFar {
  const act: ActSoFar = {
    reference: '',
    urgency: 'routine',
    requestKind: 'reading',
    requestedBy: undefined,
    readingSite: undefined,
    holder: undefined,
  }
  let over = false
  for (const { type, body } of facts) {
    // Whoever held it hears that it is gone, and nothing of what comes after.
    if (over) act.holder = undefined
    over = ENDS_CLAIM.has(type)
    const urgency = textIn(body, 'urgency')
    if (urgency === 'emergency' || urgency === 'urgent' || urgency === 'routine') act.urgency = urgency
    if (formKind(body) === 'opinion') act.requestKind = 'opinion'
    act.reference = textIn(body, 'reference') ?? act.reference
    act.requestedBy = textIn(body, 'requestedBy') ?? act.requestedBy
    act.readingSite = textIn(body, 'readingSite') ?? act.readingSite
    act.holder = textIn(body, 'holder') ?? act.holder
  }
  return act
}

/**
 * Who is told of a fact, and how. A letter goes to whoever must act or waits for the answer; the screen is enough
 * for the rest. Nobody is told by this of what they may not see: requesters, the group that is asked, its holder.
 * Those an alert rings (who may claim, who is asked back) are told by its first rung: see `alerts/rules.ts`.
 */
export function whoShouldKnow(fact: StoredFact, act: ActSoFar): Call[] {
  const site = fact.site ?? ''
  const calls: Call[] = []
  const call = (to: Call['to'] | undefined, kind: Call['kind'], channels: Call['channels']) => {
    if (to !== undefined) calls.push({ to, kind, channels })
  }
  const requester = act.requestedBy === undefined ? undefined : { account: act.requestedBy, site }
  const holder =
    act.holder === undefined || act.readingSite === undefined
      ? undefined
      : { account: act.holder, site: act.readingSite }
  const soon = act.urgency === 'routine' ? SCREEN : BRISK
  const at = (role: Role, where: string | undefined) =>
    where === undefined ? undefined : ({ role, site: where } as const)

  switch (fact.type) {
    case 'request-rerouted':
      call(holder, 'request-changed', SCREEN_AND_EMAIL)
      call(requester, 'request-changed', SCREEN)
      break
    case 'request-handed-over':
      call(personIn(fact.body, 'successor', act.readingSite), 'handed-over', SCREEN_AND_EMAIL)
      break
    case 'request-taken-over':
      call(personIn(fact.body, 'had', act.readingSite), 'request-changed', SCREEN)
      call(holder, 'request-changed', SCREEN)
      call(requester, 'request-claimed', SCREEN)
      break
    case 'request-released':
      call(requester, 'request-changed', SCREEN)
      break
    case 'request-claimed':
      call(requester, 'request-claimed', SCREEN)
      break
    case 'request-accepted':
      // Whoever does the exam, and whoever asked for it: where none is to be done, the claim said it all.
      if (textIn(fact.body, 'awaits') !== 'exam') break
      call({ role: 'technician', site }, 'protocol-written', soon)
      call(requester, 'protocol-written', soon)
      break
    case 'request-exam-done':
      // Under the eyes of whoever reads it already, it is one more word on the page.
      if (AT_THE_DESK.has(textIn(fact.body, 'from') ?? '')) call(holder, 'request-changed', SCREEN)
      else call(holder, 'exam-done', soon)
      break
    case 'request-refused':
      call(requester, 'request-changed', SCREEN_AND_EMAIL)
      break
    case 'request-answered':
      call(holder, 'request-changed', SCREEN_AND_EMAIL)
      break
    // Whom the images show is somebody else on the page than a moment ago: whoever reads them hears it.
    case 'request-patient-named':
      call(holder, 'patient-named', SCREEN_AND_EMAIL)
      break
    case 'request-cancelled':
    case 'request-outcome-recorded':
    case 'request-entered-in-error':
      call(holder, 'request-changed', SCREEN)
      call(requester, 'request-changed', SCREEN)
      break
    case 'request-error-asked':
      // One of them is to confirm it, or to say that it is none.
      for (const where of new Set([site, act.readingSite]))
        call(at('coordinator', where), 'error-asked', SCREEN_AND_EMAIL)
      call(requester, 'error-asked', SCREEN_AND_EMAIL)
      break
    case 'recall-opened':
      call(personIn(fact.body, 'account', site), 'recalled', BRISK)
      break
    case 'request-expired':
      call(requester, 'request-changed', SCREEN_AND_EMAIL)
      // Where no group could be asked, those of the site alone are left.
      call(at('coordinator', act.readingSite ?? site), 'request-changed', SCREEN_AND_EMAIL)
      break
    case 'report-signed':
      for (const account of recipientsIn(fact.body) ?? [act.requestedBy])
        call(account === undefined ? undefined : { account, site }, 'report-signed', SCREEN_AND_EMAIL)
      break
    case 'transfer-failed':
      call({ role: 'technician', site }, 'transfer-failed', SCREEN)
      call({ role: 'administrator', site }, 'transfer-failed', SCREEN)
      break
    // Of a request that the images are linked to or were brought for: it may be read at this moment, or have been read.
    case 'instances-withdrawn':
    case 'import-withdrawn':
      call(holder, 'images-withdrawn', SCREEN_AND_EMAIL)
      call(requester, 'images-withdrawn', SCREEN)
      break
    case 'inbox-handed-over':
      call({ role: 'technician', site }, 'disc-arrived', SCREEN_AND_EMAIL)
      call({ role: 'coordinator', site }, 'disc-arrived', SCREEN)
      break
    case 'message-sent':
      for (const person of mentionsIn(fact.body)) call(person, 'mentioned', SCREEN_AND_EMAIL)
      call(requester, 'message', SCREEN)
      call(holder, 'message', SCREEN)
      break
    case 'channel-lost':
      // By the others: what is down tells nobody.
      call(
        at('operator', textIn(fact.body, 'operators')),
        'channel-down',
        EVERY_CHANNEL.filter(channel => channel !== fact.body?.['channel']),
      )
      break
    case 'clock-jumped':
    case 'clock-skewed':
      call(at('operator', textIn(fact.body, 'operators')), 'clock-wrong', SCREEN_AND_EMAIL)
      break
    case 'restore-drill-failed':
      call(at('operator', textIn(fact.body, 'operators')), 'backup-broken', SCREEN_AND_EMAIL)
      break
    case 'webhook-ended':
      // Whoever ended it knows.
      if (textIn(fact.body, 'why') !== 'gone') break
      call({ role: 'administrator', site }, 'webhook-stopped', SCREEN_AND_EMAIL)
      break
    case 'webhook-stopped':
      call({ role: 'administrator', site }, 'webhook-stopped', SCREEN_AND_EMAIL)
      break
    case 'certificate-expiring':
      // Those who run the node, and for a peer's certificate those who keep its site.
      call(at('operator', textIn(fact.body, 'operators')), 'certificate-expiring', SCREEN_AND_EMAIL)
      if (site !== textIn(fact.body, 'operators'))
        call({ role: 'administrator', site }, 'certificate-expiring', SCREEN_AND_EMAIL)
      break
    case 'roster-swap-proposed':
      call(named(fact, 'colleague', site), 'shift-swap', SCREEN_AND_EMAIL)
      break
    case 'roster-swap-accepted':
      // The roster is another one: who keeps an eye on it is told too.
      call(named(fact, 'account', site), 'shift-swap', SCREEN_AND_EMAIL)
      call({ role: 'coordinator', site }, 'shift-swap', SCREEN)
      break
    case 'roster-swap-declined':
      call(named(fact, 'account', site), 'shift-swap', SCREEN_AND_EMAIL)
      break
    case 'token-expiring': {
      // Who made it can renew it; who keeps the site can see that somebody does.
      const maker = fact.ids['account']
      call(maker === undefined ? undefined : { account: maker, site }, 'token-expiring', SCREEN_AND_EMAIL)
      call({ role: 'administrator', site }, 'token-expiring', SCREEN_AND_EMAIL)
      break
    }
  }
  return calls
}

/** Somebody whose account is an id of the fact, as a member of that site. */
function named(fact: StoredFact, id: string, site: string) {
  const account = fact.ids[id]
  return account === undefined ? undefined : { account, site }
}

/** Somebody the fact names, as a member of that site. */
function personIn(body: StoredFact['body'], key: string, site: string | undefined) {
  const account = textIn(body, key)
  return account === undefined || site === undefined ? undefined : { account, site }
}

/** Accounts a signed version is owed to, each once; undefined where the fact names none. */
function recipientsIn(body: StoredFact['body']): string[] | undefined {
  const listed = body?.['recipients']
  if (!Array.isArray(listed)) return undefined
  return [...new Set(listed.filter(recipient => typeof recipient === 'string'))]
}

/** Who is named in a message; nobody once its body is erased. */
function mentionsIn(body: StoredFact['body']): { account: string; site: string }[] {
  const listed = body?.['mentions']
  if (!Array.isArray(listed)) return []
  return listed.flatMap(one =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? [{ account: String(one['account']), site: String(one['site']) }]
      : [],
  )
}

/** One notice a person and fact; whoever did it knows already. The first call that reaches a person counts. */
export function toldOnce(
  calls: readonly Call[],
  members: (site: string, role: Role) => readonly string[],
  doneBy: string | undefined,
): Told[] {
  const told = new Map<string, Told>()
  for (const { to, kind, channels } of calls) {
    const accounts = 'role' in to ? members(to.site, to.role) : [to.account]
    for (const account of accounts)
      if (account !== doneBy && !told.has(account))
        told.set(account, { account, site: to.site, kind, channels })
  }
  return [...told.values()]
}
