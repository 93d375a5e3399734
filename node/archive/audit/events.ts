import { isoAt } from '../../clock.js'
import { SOPClass } from '../../dicom/uids.js'
import { Failure } from '../../errors.js'
import type { StoredFact } from '../../journal/facts.js'
import { encoderFor, type Keys } from '../../peers/identifiers.js'
import { type AuditMessage, type AuditObject, CODES, type Code, ours, type Participant } from './message.js'

/** Explicit VR Little Endian. */
const EXPLICIT = '1.2.840.10008.1.2.1'

/** What the table says of a type of fact. */
interface Row {
  id: Code
  type?: Code
  action: AuditMessage['event']['action']
  outcome?: AuditMessage['event']['outcome']
  /** Which way instances went: to us, or from us to the peer the fact names. */
  way?: 'in' | 'out'
  media?: 'from' | 'to'
  /** Of what it was about (PS3.15 §A.5.1.2.3). */
  lifeCycle?: number
}

const signedIn = (outcome: 0 | 4): Row => ({
  id: CODES.userAuthentication,
  type: CODES.login,
  action: 'E',
  outcome,
})
const SIGNED_OUT: Row = { id: CODES.userAuthentication, type: CODES.logout, action: 'E' }
const alert = (type: Code, outcome: 0 | 4 | 8 = 0): Row => ({
  id: CODES.securityAlert,
  type,
  action: 'E',
  outcome,
})
const READ_LOG: Row = { id: CODES.auditLogUsed, action: 'R' }
const order = (action: 'C' | 'U' | 'D'): Row => ({ id: CODES.orderRecord, action })
const record = (action: 'C' | 'R' | 'U' | 'D', lifeCycle?: number): Row => ({
  id: CODES.patientRecord,
  action,
  ...(lifeCycle === undefined ? {} : { lifeCycle }),
})

/**
 * THE table of what the journal's facts are called in an audit trail (DICOM PS3.15 §A.5.3). What is not in it is no event
 * of that trail: it is in the journal, and in its CSV.
 */
export const AUDITED: Readonly<Record<string, Row>> = {
  'signed-in': signedIn(0),
  'sign-in-refused': signedIn(4),
  'token-refused': signedIn(4),
  'signed-out': SIGNED_OUT,
  'session-ended': SIGNED_OUT,
  'sessions-ended': SIGNED_OUT,

  'account-created': alert(CODES.userSecurity),
  'account-changed': alert(CODES.userSecurity),
  'second-factor-added': alert(CODES.userSecurity),
  'second-factor-removed': alert(CODES.userSecurity),
  'recovery-codes-made': alert(CODES.userSecurity),
  'recovery-code-used': alert(CODES.userSecurity),
  'password-changed': alert(CODES.userSecurity),
  'password-reset': alert(CODES.userSecurity),
  'membership-granted': alert(CODES.securityRoles),
  'membership-ended': alert(CODES.securityRoles),
  'membership-switched': alert(CODES.securityRoles),
  'token-created': alert(CODES.securityRoles),
  'token-revoked': alert(CODES.securityRoles),
  'token-rotated': alert(CODES.securityRoles),
  'peer-refused': alert(CODES.nodeAuthentication, 8),
  'association-broken': alert(CODES.nodeAuthentication, 8),
  'peer-changed': alert(CODES.networkConfiguration),
  'peer-removed': alert(CODES.networkConfiguration),
  'route-changed': alert(CODES.networkConfiguration),
  'route-removed': alert(CODES.networkConfiguration),
  'certificates-changed': alert(CODES.securityConfiguration),
  'certificate-issued': alert(CODES.securityConfiguration),
  'certificate-revoked': alert(CODES.securityConfiguration),
  'checkpoint-key-recorded': alert(CODES.securityConfiguration),
  'witness-contradicted': alert(CODES.objectSecurity, 8),
  'witness-contradicts': alert(CODES.objectSecurity, 8),

  'study-arriving': { id: CODES.beginTransferring, action: 'E', way: 'in' },
  'transfer-queued': { id: CODES.beginTransferring, action: 'E', way: 'out' },
  'instances-asked': { id: CODES.beginTransferring, action: 'E', way: 'out' },
  'study-received': { id: CODES.instancesTransferred, action: 'C', way: 'in', lifeCycle: 1 },
  'study-sent': { id: CODES.instancesTransferred, action: 'R', way: 'out' },
  'instances-given': { id: CODES.instancesTransferred, action: 'R', way: 'out' },
  'transfer-cancelled': { id: CODES.instancesTransferred, action: 'R', way: 'out', outcome: 4 },
  'instance-refused': { id: CODES.instancesTransferred, action: 'C', way: 'in', outcome: 8 },
  'transfer-failed': { id: CODES.instancesTransferred, action: 'R', way: 'out', outcome: 8 },
  'images-opened': { id: CODES.instancesAccessed, action: 'R', lifeCycle: 6 },
  'conflict-decided': { id: CODES.instancesAccessed, action: 'U', lifeCycle: 3 },
  'instances-withdrawn': { id: CODES.instancesAccessed, action: 'D', lifeCycle: 14 },
  'instances-restored': { id: CODES.instancesAccessed, action: 'U', lifeCycle: 3 },
  'peer-queried': { id: CODES.query, action: 'E', way: 'in' },
  'priors-searched': { id: CODES.query, action: 'E' },
  'import-taken': { id: CODES.import, action: 'C', media: 'from', lifeCycle: 2 },
  'import-failed': { id: CODES.import, action: 'C', media: 'from', outcome: 8 },

  'request-created': order('C'),
  'request-edited': order('U'),
  'request-submitted': order('U'),
  'request-cancelled': order('U'),
  'request-entered-in-error': order('D'),
  'request-patient-named': record('U', 3),
  'report-signed': record('C', 1),
  'bodies-erased': record('D', 15),

  'archive-read': READ_LOG,
  'access-read': READ_LOG,
  'journal-read': READ_LOG,
  'journal-exported': READ_LOG,
  'archive-exported': { id: CODES.export, action: 'R', media: 'to', lifeCycle: 10 },
  'report-shared': { id: CODES.export, action: 'R', media: 'to', lifeCycle: 11 },
  'study-lent': { id: CODES.export, action: 'R', media: 'to', lifeCycle: 11 },
}

/** A page about one patient that was shown: what the page is of decides. */
function opened(screen: unknown): Row {
  if (screen === 'study' || screen === 'study-certificate')
    return { id: CODES.instancesAccessed, action: 'R', lifeCycle: 6 }
  return screen === 'request' ? { id: CODES.orderRecord, action: 'R', lifeCycle: 6 } : record('R', 6)
}

export interface Patient {
  /** The number, and who gave it. */
  number: string
  issuer: string
  name: string
}

/** What the ids of facts stand for, as far as whoever asks may know it. */
export interface Names {
  /** A study: its UID. A request or report: the reference. */
  study(id: string): { uid: string; patient: Patient } | undefined
  request(id: string): { reference: string; patient: Patient } | undefined
}

/** A fact with what its place in the chain says. */
export interface AuditedFact extends StoredFact {
  /** SHA-256 of the entry, hex. */
  digest: string
  /** The first entry since the program was started. */
  first: boolean
}

/** The audit messages of one entry, in order; none where it is no event of an audit trail. */
export function auditOf(fact: AuditedFact, names: Names, node: { name: string }): AuditMessage[] {
  const row =
    fact.type === 'record-opened' ? opened(fact.body?.['screen']) : (AUDITED[fact.type] as Row | undefined)
  const source = { id: node.name, ...(fact.site === null ? {} : { site: fact.site }) }
  const messages: AuditMessage[] = []
  if (fact.first)
    messages.push({
      event: {
        id: CODES.applicationActivity,
        type: CODES.applicationStart,
        action: 'E',
        at: isoAt(fact.at),
        outcome: 0,
      },
      participants: [application(node, [CODES.application])],
      source: { id: node.name },
      objects: [entryOf(fact)],
    })
  if (row !== undefined)
    messages.push({
      event: {
        id: row.id,
        ...(row.type === undefined ? {} : { type: row.type }),
        action: row.action,
        at: isoAt(fact.at),
        outcome: row.outcome ?? 0,
        ...(row.outcome === undefined || row.outcome === 0 ? {} : { description: reasonIn(fact) }),
      },
      participants: participantsOf(fact, row, node),
      source,
      objects: [...thingsOf(fact, row, names), entryOf(fact)],
    })
  return messages
}

const application = (node: { name: string }, roles: Code[], requestor = false): Participant => ({
  id: node.name,
  requestor,
  roles,
})

function participantsOf(fact: StoredFact, row: Row, node: { name: string }): Participant[] {
  const { origin } = fact
  const who = whoOf(fact, node)
  const text = (key: string) =>
    typeof fact.body?.[key] === 'string' ? (fact.body[key] as string) : undefined
  if (row.way === 'in') {
    const from: Participant =
      origin?.by === 'peer' ? who : { id: text('source') ?? '?', requestor: false, roles: [] }
    return [
      { ...from, roles: [...from.roles, CODES.source] },
      application(node, [CODES.destination]),
      ...(origin?.by === 'peer' || origin?.by === 'system' ? [] : [who]),
    ]
  }
  if (row.way === 'out') {
    const to = fact.ids['peer'] ?? '?'
    const asks = origin?.by === 'peer' && origin.peer === to
    return [
      application(node, [CODES.source], origin?.by === 'system'),
      asks
        ? { ...who, roles: [...who.roles, CODES.destination] }
        : { id: to, requestor: false, roles: [CODES.destination] },
      ...(asks || origin?.by === 'system' ? [] : [who]),
    ]
  }
  if (row.media === undefined) return [who]
  const [role, media] =
    row.media === 'from' ? [CODES.sourceMedia, CODES.cd] : [CODES.destinationMedia, CODES.uriMedia]
  return [
    { ...who, roles: [...who.roles, row.media === 'from' ? CODES.destination : CODES.source] },
    { id: fact.ids['import'] ?? fact.ids['request'] ?? '?', requestor: false, roles: [role], media },
  ]
}

/** Who did it; of a fact whose content was erased, that it was. */
function whoOf({ origin, ids, body }: StoredFact, node: { name: string }): Participant {
  const address = typeof body?.['address'] === 'string' ? { address: body['address'] } : {}
  switch (origin?.by) {
    case 'account':
      return {
        id: origin.account,
        name: origin.name,
        requestor: true,
        roles: [ours(origin.role)],
        address: origin.address,
      }
    case 'token':
      return {
        id: origin.token,
        name: origin.name,
        requestor: true,
        roles: [CODES.application],
        address: origin.address,
      }
    case 'peer':
      return {
        id: origin.peer,
        alternative: `AETITLES=${origin.callingAETitle}`,
        requestor: true,
        roles: [],
        address: origin.address,
      }
    case 'command':
      return { id: origin.user, name: `relais (${origin.user})`, requestor: true, roles: [] }
    case 'system':
      return said({ ids, body }) ?? { ...application(node, [CODES.application], true), ...address }
    default:
      return { id: 'erased', requestor: true, roles: [] }
  }
}

/** Who was refused: the fact names them, for nobody was let in. */
function said({ ids, body }: Pick<StoredFact, 'ids' | 'body'>): Participant | undefined {
  const of = (key: string) => (typeof body?.[key] === 'string' ? (body[key] as string) : undefined)
  const [address, title] = [of('address'), of('callingAETitle')]
  if (address === undefined) return undefined
  return {
    id: ids['account'] ?? ids['token'] ?? of('peer') ?? title ?? 'unknown',
    ...(title === undefined ? {} : { alternative: `AETITLES=${title}` }),
    requestor: true,
    roles: [],
    address,
  }
}

function reasonIn({ body }: StoredFact): string {
  const reason = body?.['reason']
  return typeof reason === 'string' && reason !== '' ? reason : 'not told'
}

/** Patients and what is theirs. */
function thingsOf(fact: StoredFact, { lifeCycle }: Row, names: Names): AuditObject[] {
  const objects: AuditObject[] = []
  const patients = new Map<string, Patient>()
  const during = lifeCycle === undefined ? {} : { lifeCycle }
  const of = (patient: Patient) => patients.set(`${patient.issuer} ${patient.number}`, patient)
  for (const [kind, id] of Object.entries(fact.ids)) {
    const plain = id.replace(/^seen:/, '')
    const study = names.study(plain)
    const request = study === undefined ? names.request(plain) : undefined
    if (study !== undefined) {
      const instances = fact.body?.['instances']
      objects.push({
        id: study.uid,
        idType: CODES.studyInstanceUID,
        name: study.uid,
        type: 2,
        role: 3,
        ...during,
        ...(typeof instances === 'number' ? { instances } : {}),
      })
      of(study.patient)
    } else if (request !== undefined) {
      objects.push({
        id: request.reference,
        idType: ours(plain.startsWith('rep_') ? 'report' : 'request'),
        name: request.reference,
        type: 2,
        role: 3,
        ...during,
      })
      of(request.patient)
    } else if (kind === 'account') {
      objects.push({ id: plain, idType: CODES.userIdentifier, name: plain, type: 1, role: 6 })
    }
  }
  const keys = queryIn(fact.body)
  if (keys !== undefined) objects.push(queryOf(keys))
  for (const { number, issuer, name } of patients.values())
    objects.push({
      id: `${number}^^^${issuer}`,
      idType: CODES.patientNumber,
      name,
      type: 1,
      role: 1,
    })
  return objects
}

function queryIn(body: StoredFact['body']): Keys | undefined {
  const keys = body?.['keys']
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) return undefined
  return Object.fromEntries(Object.entries(keys).map(([keyword, value]) => [keyword, String(value ?? '')]))
}

/** What was asked for, as an identifier is sent (§A.5.3.10). */
function queryOf(keys: Keys): AuditObject {
  const about = { id: SOPClass.StudyRootFind, name: 'Study Root Query', type: 2, role: 3 } as const
  try {
    const query = encoderFor(keys)(keys, EXPLICIT)
    return { ...about, idType: CODES.sopClassUID, query, details: [['TransferSyntax', EXPLICIT]] }
  } catch (thrown) {
    // A peer may ask with a value that its own attribute cannot have: then it stands there as text.
    if (!(thrown instanceof Failure)) throw thrown
    return { ...about, idType: ours('query'), query: Buffer.from(JSON.stringify(keys)) }
  }
}

/** The entry itself: with it, a message is found again in the journal, whose proof is signed and kept outside. */
const entryOf = ({ seq, type, digest }: AuditedFact): AuditObject => ({
  id: `relais:journal:${seq}`,
  idType: CODES.uri,
  name: 'Security Audit Log',
  type: 2,
  role: 13,
  details: [
    ['fact', type],
    ['sha256', digest],
  ],
})

/** Nobody has a name of a patient: for those who may read the journal, and no content. */
export const NO_NAMES: Names = { study: () => undefined, request: () => undefined }
