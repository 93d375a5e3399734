import { fail, notYourRole, type Said } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Action, PermissionView, Relation, Role } from './view.js'
import { PROOF_REFUSALS, TOKEN_REFUSALS } from './words.js'

/**
 * THE permission table: role × action × relation. Own: the thing belongs to the site of the acting membership.
 * Party: that site is offered it, holds it, or acts on it. Former: it was, and what it did until then is still its
 * own to read. Everything else is foreign, and foreign is never allowed: it is answered as missing. A role that is
 * not named may not.
 */
const OWN = ['own'] as const
const PARTY = ['party'] as const
const BOTH = ['own', 'party'] as const
/** Also what one's site took part in and no longer does, as it stood then. */
const ALL = ['own', 'party', 'former'] as const
type Allowed = readonly Exclude<Relation, 'foreign'>[]

const everyone = {
  referrer: OWN,
  technician: OWN,
  radiologist: OWN,
  coordinator: OWN,
  administrator: OWN,
  operator: OWN,
  auditor: OWN,
} as const
const keepers = { administrator: OWN, operator: OWN } as const
/** Those who may hand some of their rights to a program; auditors look in person. */
const { auditor: _, ...makers } = everyone
/** Those who follow an act without reading its report: the sites' technicians and the coordinators. */
const watchers = { technician: OWN, coordinator: BOTH } as const

const TABLE: Readonly<Record<Action, Readonly<Partial<Record<Role, Allowed>>>>> = {
  'site.see': {
    referrer: BOTH,
    technician: BOTH,
    radiologist: BOTH,
    coordinator: BOTH,
    administrator: BOTH,
    operator: OWN,
    auditor: BOTH,
  },
  // Its name, telephones, time zone. Who runs the node makes and closes sites, and says which work together.
  'site.change': keepers,
  'site.make': { operator: OWN },
  'group.change': { operator: OWN },
  'contract.see': {
    referrer: BOTH,
    technician: BOTH,
    radiologist: BOTH,
    coordinator: BOTH,
    administrator: BOTH,
    operator: OWN,
    auditor: BOTH,
  },
  // Agreed by two sites, and changed by the administrators of both.
  'contract.change': { administrator: BOTH, operator: OWN },

  // Who reads when: the group's own, and the coordinators of the sites it reads for.
  'roster.see': { radiologist: OWN, coordinator: BOTH, auditor: OWN, ...keepers },
  'roster.change': { coordinator: OWN, ...keepers },
  'duty.see': { referrer: OWN, technician: OWN, radiologist: OWN, coordinator: OWN, ...keepers },
  'duty.take': { radiologist: OWN },

  'account.see': keepers,
  'account.create': keepers,
  'account.change': keepers,
  'token.create': makers,
  'token.revoke': keepers,

  'peer.see': { technician: OWN, radiologist: OWN, coordinator: OWN, ...keepers },
  'peer.change': keepers,
  'peer.test': { technician: OWN, ...keepers },
  'route.see': { technician: OWN, coordinator: OWN, ...keepers },
  'route.change': keepers,

  'request.create': { referrer: OWN, technician: OWN },
  'request.see': { referrer: OWN, radiologist: ALL, auditor: ALL, technician: OWN, coordinator: ALL },
  'request.submit': { referrer: OWN, technician: OWN },
  // Before the claim; and who an unknown patient turned out to be.
  'request.edit': { referrer: OWN, technician: OWN },
  // Which study it is about.
  'request.link': { referrer: OWN, technician: OWN, coordinator: OWN },
  'request.offer': { coordinator: BOTH },
  'request.decline': { radiologist: PARTY },
  'request.claim': { radiologist: PARTY },
  'request.accept': { radiologist: PARTY },
  'request.refuse': { radiologist: PARTY },
  'request.acknowledge-refusal': { referrer: OWN, technician: OWN },
  'request.release': { radiologist: PARTY },
  'request.hand-over': { radiologist: PARTY },
  'request.start': { radiologist: PARTY },
  'request.ask': { radiologist: PARTY },
  'request.answer': { referrer: OWN, technician: OWN, radiologist: PARTY },
  'request.cancel': { referrer: OWN, technician: OWN, coordinator: BOTH, radiologist: PARTY },
  // Two of them: one who coordinates, one of the site that asked.
  'request.enter-in-error': { referrer: OWN, technician: OWN, coordinator: BOTH },
  // What was entered in error is taken back from everybody who had received something of it.
  'recall.see': { referrer: OWN, technician: OWN, coordinator: OWN, auditor: OWN },
  'recall.settle': { referrer: OWN, technician: OWN, coordinator: OWN },
  // A hint from outside, mostly a program's.
  'request.triage': { technician: OWN, coordinator: BOTH },
  'request.close': { referrer: OWN, coordinator: BOTH },

  // What is said about a request, among those who ask and those who read.
  'conversation.see': { referrer: OWN, technician: OWN, radiologist: ALL, coordinator: ALL, auditor: ALL },
  'conversation.write': { referrer: OWN, technician: OWN, radiologist: PARTY, coordinator: BOTH },

  'report.write': { radiologist: PARTY },
  'report.sign': { radiologist: PARTY },
  'report.addendum': { radiologist: PARTY },
  'report.read': { referrer: OWN, radiologist: ALL, auditor: ALL },
  'report.acknowledge': { referrer: OWN },
  'report.withdraw': { radiologist: PARTY },
  'report.share': { referrer: OWN, radiologist: PARTY },

  // What a group begins its reports with.
  'template.see': { radiologist: OWN, coordinator: OWN },
  'template.change': { radiologist: OWN, coordinator: OWN },

  // Whoever found it tells; whoever is told, or telephones for them, says that it was read back.
  'critical.see': { referrer: OWN, radiologist: BOTH, coordinator: BOTH, auditor: BOTH },
  'critical.raise': { radiologist: PARTY },
  'critical.acknowledge': { referrer: OWN, radiologist: PARTY, coordinator: BOTH },
  'critical.close': { radiologist: PARTY, coordinator: BOTH },

  'study.see': { referrer: OWN, radiologist: BOTH, ...watchers },
  'study.search': { referrer: OWN, technician: OWN, radiologist: BOTH },
  'study.send': { technician: OWN, radiologist: BOTH, coordinator: OWN },
  'study.retrieve': { technician: OWN, radiologist: BOTH, coordinator: OWN },
  'study.reject': { technician: OWN, coordinator: OWN },
  'viewer.open': { referrer: OWN, technician: OWN, radiologist: BOTH },
  // One study, for a while, to a viewer that is not ours.
  'viewer.lend': { referrer: OWN, technician: OWN, radiologist: BOTH },
  // Who reads at a screen answers for it.
  'screen.validate': { radiologist: OWN },

  'conflict.see': { technician: OWN, radiologist: OWN, coordinator: OWN },
  'conflict.decide': { technician: OWN, coordinator: OWN },

  'transfer.see': { radiologist: BOTH, ...watchers, ...keepers },
  'transfer.retry': { technician: OWN, coordinator: BOTH, ...keepers },
  'transfer.cancel': { technician: OWN, coordinator: OWN, ...keepers },

  'import.see': { technician: OWN, coordinator: OWN, auditor: OWN },
  'import.create': { technician: OWN },
  'import.decide': { technician: OWN },
  'import.withdraw': { technician: OWN, coordinator: OWN },
  'inbox.see': { technician: OWN, coordinator: OWN, auditor: OWN },
  'inbox.make': { technician: OWN, coordinator: OWN },
  'preset.see': { technician: OWN, coordinator: OWN, ...keepers },
  'preset.change': { coordinator: OWN, ...keepers },

  // What the node owes to others and could not do: seen and decided where it was owed.
  'job.see': { coordinator: OWN, ...keepers },
  'job.decide': { coordinator: OWN, ...keepers },

  'journal.read': { auditor: OWN, ...keepers },
  'journal.body': { auditor: OWN },
  'journal.verify': { auditor: OWN, ...keepers },
  'archive.read': { referrer: OWN, radiologist: BOTH, auditor: BOTH },
  'archive.export': { auditor: BOTH },
  // How long a record is kept, never what is in it; what suspends that; and its destruction, by two of them.
  'retention.see': { administrator: OWN, auditor: OWN },
  'retention.mark': { administrator: OWN },
  'retention.destroy': { administrator: OWN },
  // Who looked at what of a patient, never what they saw.
  'access.read': { administrator: OWN, auditor: OWN },

  // Blank forms and the duty list for a breakdown.
  'downtime.see': { referrer: OWN, technician: OWN, coordinator: OWN, administrator: OWN },
  'downtime.make': { technician: OWN, coordinator: OWN, administrator: OWN },

  // The whole node: its machine, its disks, every peer.
  'node.examine': { operator: OWN },

  // Programs of a site that are told of facts; whether people can be reached at all.
  'webhook.see': keepers,
  'webhook.change': keepers,
  'channel.see': keepers,
  'channel.check': { operator: OWN },
  // What letters of this node look like: made up, of nobody.
  'letter.see': keepers,
  'notice.see': everyone,
  // Who stops a ladder, and who says what came of a call: never those whom it rings.
  'alert.acknowledge': { coordinator: BOTH },
  'call.record': { coordinator: BOTH, referrer: OWN, technician: OWN },

  // How many and how fast, never who was ill. A radiologist: their own acts.
  'activity.see': {
    radiologist: PARTY,
    coordinator: BOTH,
    administrator: BOTH,
    operator: OWN,
    auditor: BOTH,
  },
}

/** In the order of the table. */
export const actions = Object.keys(TABLE) as readonly Action[]
export const roles: readonly Role[] = Object.keys(everyone) as Role[]

/** The one question. */
export function may(role: Role, action: Action, relation: Relation): boolean {
  return relation !== 'foreign' && (TABLE[action][role]?.includes(relation) ?? false)
}

/** Whether the role has the action on anything at all: what a screen offers, and what a route asks first. */
export function mayAttempt(role: Role, action: Action): boolean {
  return may(role, action, 'own') || may(role, action, 'party')
}

/**
 * What a program may be given: to look, to carry images, to ask for a reading. Never what binds a person (claims,
 * reports, signatures), nor what changes who may what: a stolen token opens no further door.
 */
const FOR_PROGRAMS: ReadonlySet<Action> = new Set<Action>([
  'site.see',
  'contract.see',
  'peer.see',
  'peer.test',
  'route.see',
  'request.create',
  'request.see',
  'request.submit',
  'request.cancel',
  'request.triage',
  'report.read',
  'study.see',
  'study.search',
  'study.send',
  'study.retrieve',
  'viewer.open',
  'transfer.see',
  'transfer.retry',
  'transfer.cancel',
  'journal.read',
  'journal.verify',
  'archive.read',
  'activity.see',
])

/** Whether the action can be a right of a token at all. */
export function mayBeGiven(action: Action): boolean {
  return FOR_PROGRAMS.has(action)
}

/**
 * What waits for a second factor where the policy asks for one: whatever changes who may what or where images go, and
 * reading what is kept as proof. A program never shows one: its maker did.
 */
const WITH_SECOND_FACTOR: ReadonlySet<Action> = new Set<Action>([
  'contract.change',
  'site.change',
  'site.make',
  'group.change',
  'account.create',
  'account.change',
  'token.create',
  'token.revoke',
  'peer.change',
  'route.change',
  'preset.change',
  'webhook.change',
  'journal.read',
  'journal.body',
  'archive.read',
  'archive.export',
  'retention.mark',
  'retention.destroy',
])

export function asksSecondFactor(action: Action): boolean {
  return WITH_SECOND_FACTOR.has(action)
}

/** Whether the action waits for a second factor that this session has not shown. */
export function factorDue(who: Acting, action: Action): boolean {
  return who.session.factorDue === true && asksSecondFactor(action)
}

/** Whether who acts has the action on anything at all: a role that has it and, of a program, a right that names it. */
export function mayTry(who: Acting, action: Action): boolean {
  return mayAttempt(who.membership.role, action) && holds(who, action)
}

function holds({ token }: Acting, action: Action): boolean {
  return token === undefined || (mayBeGiven(action) && token.rights.includes(action))
}

/** Whose a thing is: the site it belongs to and the sites that are offered it, hold it or act on it. */
export interface Standing {
  site: string
  parties?: readonly string[]
  /** Sites that were a party, until when: UTC milliseconds, and the last entry of the journal that concerned them. */
  former?: readonly { site: string; until: number; seq: number }[]
}

/** How the acting person stands to it. A site that asks and reads itself is both own and party. */
export function relationsOf(who: Acting, of: Standing): Relation[] {
  const { site, everySite } = who.membership
  const relations: Relation[] = []
  if (everySite === true || of.site === site) relations.push('own')
  if (of.parties?.includes(site) === true) relations.push('party')
  else if (of.former?.some(party => party.site === site) === true) relations.push('former')
  return relations.length === 0 ? ['foreign'] : relations
}

/** Whether this person, or program, may do it to that thing. */
export function allows(who: Acting, action: Action, of: Standing): boolean {
  return (
    holds(who, action) && relationsOf(who, of).some(relation => may(who.membership.role, action, relation))
  )
}

const kinds = new WeakMap<Acting, string>()

/** All of a person that {@link allows} looks at: those who have it in common may do and know the same. */
export function kindOf(who: Acting): string {
  const known = kinds.get(who)
  if (known !== undefined) return known
  const { role, site, everySite } = who.membership
  const kind = JSON.stringify([role, site, everySite === true, who.token?.rights ?? null])
  kinds.set(who, kind)
  return kind
}

/** With whose things who acts has the action at all: a list shows these and no others. */
export function reachOf(who: Acting, action: Action): Record<'own' | 'party', boolean> {
  const has = (relation: Relation) => holds(who, action) && may(who.membership.role, action, relation)
  return { own: has('own'), party: has('party') }
}

/** The row that says whether somebody may know of a thing at all, where it is not the `see` of its own area. */
const KNOWN_BY: Readonly<Record<string, Action>> = {
  group: 'site.see',
  alert: 'request.see',
  archive: 'request.see',
  call: 'request.see',
  journal: 'journal.read',
  report: 'report.read',
  retention: 'request.see',
  token: 'token.revoke',
  viewer: 'study.see',
}

/** Whether a role that stands so to a thing may know that it is there. */
function knows(role: Role, action: Action, relations: readonly Relation[]): boolean {
  const [area = ''] = action.split('.')
  const see = KNOWN_BY[area] ?? (`${area}.see` as Action)
  return relations.some(relation => may(role, see, relation))
}

/**
 * Throws where they may not, or not yet (`second-factor-required`): `missing`, in the `sentence` of what never was, unless they may know of it in any case;
 * else `forbidden`.
 */
export function demand(
  who: Acting,
  action: Action,
  of: Standing,
  sentence: string | Said = 'There is no such thing.',
): void {
  if (allows(who, action, of)) {
    if (factorDue(who, action)) fail('second-factor-required', PROOF_REFUSALS.factor)
    return
  }
  if (!knows(who.membership.role, action, relationsOf(who, of))) fail('missing', sentence)
  if (!holds(who, action)) fail('forbidden', TOKEN_REFUSALS.missing(action))
  fail('forbidden', notYourRole(who.membership.role))
}

/** One call of the interface, and the rows it asks. */
export interface Call {
  method: string
  path: string
  action: string
  also?: readonly string[]
}

/** The table as GET /api/permissions shows it. */
export function permissionTable(calls: readonly Call[] = []): PermissionView[] {
  return actions.map(action => ({
    action,
    roles: Object.fromEntries(
      roles.filter(role => mayAttempt(role, action)).map(role => [role, [...(TABLE[action][role] ?? [])]]),
    ),
    programs: mayBeGiven(action),
    calls: calls
      .filter(call => call.action === action || call.also?.includes(action) === true)
      .map(({ method, path }) => `${method} ${path}`),
    secondFactor: asksSecondFactor(action),
  }))
}
