import type { Language } from '../accounts/view.js'
import { isoAt } from '../clock.js'
import type { Json } from '../journal/canonical.js'
import type { Origin, StoredFact } from '../journal/facts.js'
import { explain, type Reason } from '../offsite/candidates.js'
import type { Moment } from './clock-legs.js'
import { placed, saidAt, stateOf } from './later.js'
import type { RequestView, TimelineEntry } from './view.js'
import { programWord, roleWord } from './words.js'

/** Values of a fact's body that are worth showing as they are. */
const SHOWN = [
  'reason',
  'alternative',
  'text',
  'protocol',
  'kind',
  'version',
  'digest',
  'recipient',
  'channel',
  'peer',
  'source',
  'instances',
  'sent',
  'confirmed',
  'failed',
  'conflicts',
  'received',
  'expected',
  'StudyInstanceUID',
  'identityDifference',
  'similarReason',
  'name',
  'role',
  'outcome',
  'code',
  'colleague',
  'cause',
  'reached',
  'note',
  'paper',
] as const

/** Facts of a study that belong on the timeline of a request it is linked to. */
export const STUDY_FACTS = [
  'study-arriving',
  'study-received',
  'study-expected',
  'study-sent',
  'study-not-sent',
  'transfer-failed',
  'instance-conflict',
  'instances-withdrawn',
  'instances-restored',
  'conflict-decided',
] as const

/** What people were told of an act: where a hundred readers are asked it is most of its facts, and says nothing of the act. */
export const NOTICE_FACTS = [
  'notice-queued',
  'notice-sent',
  'notice-delivered',
  'notice-failed',
  'notice-cancelled',
  'notice-opened',
] as const

/** A report of ours on its way to a PACS enters by the same door as images, and is none. */
export const isOurOwn = (fact: StoredFact) =>
  (fact.type.startsWith('study-') &&
    (fact.body?.['source'] === 'report' ||
      fact.body?.['source'] === 'rejection' ||
      /^(report|report-text|rejection):/.test(String(fact.body?.['cause'])))) ||
  (fact.type === 'instances-withdrawn' &&
    fact.origin?.by === 'system' &&
    (fact.origin.part === 'reports' || fact.origin.part === 'recalls'))

/** That a notice stands on a screen, or that its alert began or ended, says nothing that the fact behind it does not. */
const isOnScreenOnly = (fact: StoredFact) =>
  (fact.type.startsWith('notice-') && fact.body?.['channel'] === 'screen') ||
  fact.type === 'alert-opened' ||
  fact.type === 'alert-ended'

/** What happened, in order, in words for one reader. `nameOf` gives a site's name. */
export function timelineOf(
  facts: readonly StoredFact[],
  language: Language,
  nameOf: (site: string) => string,
): TimelineEntry[] {
  return placed(facts)
    .filter(({ fact }) => !isOurOwn(fact) && !isOnScreenOnly(fact))
    .map(({ fact, at }) => {
      const state = stateOf(fact)
      return {
        at: isoAt(at),
        fact: fact.type,
        by: whoIn(fact.origin, language, nameOf),
        ...(saidAt(fact) === undefined && at === fact.at ? {} : { recordedAt: isoAt(fact.at) }),
        ...(fact.site === null ? {} : { site: fact.site }),
        ...(state === undefined ? {} : { state }),
        details: detailsOf(fact, language, nameOf),
      }
    })
}

function detailsOf(
  fact: StoredFact,
  language: Language,
  nameOf: (site: string) => string,
): Record<string, string> {
  const body = fact.body ?? {}
  const details: Record<string, string> = {}
  for (const key of SHOWN) {
    const value = body[key]
    if (typeof value === 'string' && value !== '') details[key] = value
    if (typeof value === 'number') details[key] = String(value)
  }
  // What was said stands in the talk itself; here its beginning is enough.
  if (fact.type === 'message-sent' && details['text'] !== undefined)
    details['text'] = beginning(details['text'])
  if (typeof body['to'] === 'string') details['to'] = nameOf(body['to'])
  if (Array.isArray(body['why']))
    details['why'] = (body['why'] as unknown as Reason[])
      .map(reason => explain(reason, language, nameOf))
      .join(' ')
  if (Array.isArray(body['similar']) && body['similar'].length > 0)
    details['similar'] = body['similar'].join(', ')
  if (Array.isArray(body['readers']) && body['readers'].length > 0)
    details['readers'] = body['readers'].map(nameIn).join(', ')
  return details
}

const LINE_MAX_CHARS = 80

function beginning(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= LINE_MAX_CHARS ? line : `${line.slice(0, LINE_MAX_CHARS - 1)}…`
}

const nameIn = (person: Json): string =>
  typeof person === 'object' && person !== null && 'name' in person ? String(person['name']) : ''

function whoIn(origin: Origin | null, language: Language, nameOf: (site: string) => string): string {
  switch (origin?.by) {
    case 'account':
      return `${origin.name}, ${roleWord(origin.role as Parameters<typeof roleWord>[0], language)}, ${nameOf(origin.site)}`
    case 'token':
      return `${origin.name} (${programWord(language)}), ${nameOf(origin.site)}`
    case 'peer':
      return `${origin.peer} (${origin.callingAETitle}), ${nameOf(origin.site)}`
    case 'command':
      return `${origin.user} (relais)`
    default:
      return 'Relais'
  }
}

/** Somebody says that the exam is done, or its images do. */
const EXAM_THERE = ['request-exam-done', 'request-linked', 'study-arriving']

/** The moments the clock counts, out of facts of the request and of its linked studies, by sequence: as they happened. */
export function momentsOf(facts: readonly StoredFact[]): Moment[] {
  const moments: Moment[] = []
  for (const { fact, at } of placed(facts.filter(one => !isOurOwn(one)))) {
    const state = stateOf(fact)
    if (state !== undefined) moments.push({ at, state, fact: fact.type })
    if (fact.type === 'request-accepted' && fact.body?.['awaits'] === 'exam')
      moments.push({ at, exam: 'awaited' })
    if (EXAM_THERE.includes(fact.type)) moments.push({ at, exam: 'done' })
    const uid = fact.body?.['StudyInstanceUID']
    const arrival = fact.ids['arrival']
    // Taken off: nobody waits for its images any more.
    if (fact.type === 'request-unlinked' && typeof uid === 'string')
      moments.push({ at, arrival: uid, images: 'here' })
    if (fact.type === 'request-linked' && fact.body?.['images'] === 'awaited' && typeof uid === 'string')
      moments.push({ at, arrival: uid, images: 'awaited' })
    if (fact.type === 'study-arriving' && arrival !== undefined)
      moments.push({ at, arrival, images: 'awaited' })
    if (fact.type === 'study-received' && arrival !== undefined) {
      moments.push({ at, arrival, images: 'here' })
      // What was awaited under its UID, before anything of it was here, is here now.
      if (typeof uid === 'string') moments.push({ at, arrival: uid, images: 'here' })
    }
  }
  return moments
}

/** The signed versions, newest last, as the journal names them. */
export function reportsOf(facts: readonly StoredFact[]): RequestView['reports'] {
  return facts
    .filter(fact => fact.type === 'report-signed' && fact.body !== null)
    .map(fact => ({
      id: fact.ids['report'] ?? '',
      state: String(fact.body?.['kind']) as RequestView['reports'][number]['state'],
      version: Number(fact.body?.['version']),
      signedAt: isoAt(fact.at),
      ...(fact.origin?.by === 'account' ? { signer: fact.origin.name } : {}),
    }))
}

/** Who is behind an account, as the request's own facts name them. */
export const writersIn =
  (facts: readonly StoredFact[]) =>
  (account: string): string => {
    for (const { origin } of facts)
      if (origin?.by === 'account' && origin.account === account) return origin.name
    return account
  }
