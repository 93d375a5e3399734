/**
 * An audit message (DICOM PS3.15 §A.5) as values, and as the XML of its schema (§A.5.1.1). Pure: what happened is decided
 * elsewhere.
 */
export interface AuditMessage {
  event: {
    id: Code
    type?: Code
    action: 'C' | 'R' | 'U' | 'D' | 'E'
    /** UTC, ISO 8601. */
    at: string
    /** 0 success, 4 minor, 8 serious, 12 major failure. */
    outcome: 0 | 4 | 8 | 12
    /** Why it failed. */
    description?: string
  }
  /** At least one. */
  participants: Participant[]
  source: { id: string; site?: string }
  objects: AuditObject[]
}

/** A coded value: `csd-code`, `codeSystemName`, `originalText`. */
export interface Code {
  code: string
  system: string
  meaning: string
}

/** Who or what took part: a person, a program, an application entity, a medium. */
export interface Participant {
  id: string
  /** Of an application entity: `AETITLES=` and its titles (§A.5.2.3). */
  alternative?: string
  name?: string
  requestor: boolean
  roles: Code[]
  /** Of a medium. */
  media?: Code
  /** An IP address. */
  address?: string
}

/** What it was about. */
export interface AuditObject {
  id: string
  idType: Code
  name: string
  /** 1 person, 2 system object. */
  type: 1 | 2
  role: number
  lifeCycle?: number
  details?: readonly (readonly [type: string, value: string])[]
  instances?: number
  /** Of a query: its identifier, encoded; it stands in the place of the name (§A.5.1.1). */
  query?: Buffer
}

const dcm = (code: string, meaning: string): Code => ({ code, system: 'DCM', meaning })
const rfc3881 = (code: string, meaning: string): Code => ({ code, system: 'RFC-3881', meaning })
/** Words of our own where the standard has none. */
export const ours = (code: string, meaning = code): Code => ({ code, system: 'Relais', meaning })

/** Audit events (PS3.16 CID 400, 401), roles (CID 402), media (CID 405) and identifiers (CID 404), as the tables call them. */
export const CODES = {
  applicationActivity: dcm('110100', 'Application Activity'),
  auditLogUsed: dcm('110101', 'Audit Log Used'),
  beginTransferring: dcm('110102', 'Begin Transferring DICOM Instances'),
  instancesAccessed: dcm('110103', 'DICOM Instances Accessed'),
  instancesTransferred: dcm('110104', 'DICOM Instances Transferred'),
  studyDeleted: dcm('110105', 'DICOM Study Deleted'),
  export: dcm('110106', 'Export'),
  import: dcm('110107', 'Import'),
  orderRecord: dcm('110109', 'Order Record'),
  patientRecord: dcm('110110', 'Patient Record'),
  query: dcm('110112', 'Query'),
  securityAlert: dcm('110113', 'Security Alert'),
  userAuthentication: dcm('110114', 'User Authentication'),
  applicationStart: dcm('110120', 'Application Start'),
  login: dcm('110122', 'Login'),
  logout: dcm('110123', 'Logout'),
  nodeAuthentication: dcm('110126', 'Node Authentication'),
  networkConfiguration: dcm('110128', 'Network Configuration'),
  securityConfiguration: dcm('110129', 'Security Configuration'),
  objectSecurity: dcm('110135', 'Object Security Attributes Changed'),
  securityRoles: dcm('110136', 'Security Roles Changed'),
  userSecurity: dcm('110137', 'User Security Attributes Changed'),
  application: dcm('110150', 'Application'),
  destination: dcm('110152', 'Destination Role ID'),
  source: dcm('110153', 'Source Role ID'),
  destinationMedia: dcm('110154', 'Destination Media'),
  sourceMedia: dcm('110155', 'Source Media'),
  cd: dcm('110032', 'CD'),
  uriMedia: dcm('110037', 'URI'),
  studyInstanceUID: dcm('110180', 'Study Instance UID'),
  sopClassUID: dcm('110181', 'SOP Class UID'),
  patientNumber: rfc3881('2', 'Patient Number'),
  userIdentifier: rfc3881('11', 'User Identifier'),
  uri: rfc3881('12', 'URI'),
} as const

/** The document, in one line. */
export function auditXml(message: AuditMessage): string {
  const { event, participants, source, objects } = message
  const { id, type, action, at, outcome, description } = event
  return `<?xml version="1.0" encoding="UTF-8"?>${element('AuditMessage', {}, [
    element(
      'EventIdentification',
      { EventActionCode: action, EventDateTime: at, EventOutcomeIndicator: String(outcome) },
      [
        coded('EventID', id),
        ...(type === undefined ? [] : [coded('EventTypeCode', type)]),
        ...(description === undefined
          ? []
          : [element('EventOutcomeDescription', {}, [escaped(description)])]),
      ],
    ),
    ...participants.map(participantXml),
    element('AuditSourceIdentification', { AuditEnterpriseSiteID: source.site, AuditSourceID: source.id }, [
      // 4: an application server (§A.5.1.2.1).
      element('AuditSourceTypeCode', { 'csd-code': '4' }),
    ]),
    ...objects.map(objectXml),
  ])}`
}

function participantXml({ id, alternative, name, requestor, roles, media, address }: Participant): string {
  return element(
    'ActiveParticipant',
    {
      UserID: id,
      AlternativeUserID: alternative,
      UserName: name,
      UserIsRequestor: String(requestor),
      NetworkAccessPointID: address,
      // 2: an IP address.
      NetworkAccessPointTypeCode: address === undefined ? undefined : '2',
    },
    [
      ...roles.map(role => coded('RoleIDCode', role)),
      ...(media === undefined ? [] : [element('MediaIdentifier', {}, [coded('MediaType', media)])]),
    ],
  )
}

function objectXml(object: AuditObject): string {
  const { id, idType, name, type, role, lifeCycle, details = [], instances, query } = object
  return element(
    'ParticipantObjectIdentification',
    {
      ParticipantObjectID: id,
      ParticipantObjectTypeCode: String(type),
      ParticipantObjectTypeCodeRole: String(role),
      ParticipantObjectDataLifeCycle: lifeCycle === undefined ? undefined : String(lifeCycle),
    },
    [
      coded('ParticipantObjectIDTypeCode', idType),
      query === undefined
        ? element('ParticipantObjectName', {}, [escaped(name)])
        : element('ParticipantObjectQuery', {}, [query.toString('base64')]),
      ...details.map(([kind, value]) =>
        element('ParticipantObjectDetail', { type: kind, value: Buffer.from(value).toString('base64') }),
      ),
      ...(instances === undefined
        ? []
        : [
            element('ParticipantObjectDescription', {}, [
              element('SOPClass', { NumberOfInstances: String(instances) }),
            ]),
          ]),
    ],
  )
}

const coded = (name: string, { code, system, meaning }: Code) =>
  element(name, { 'csd-code': code, codeSystemName: system, originalText: meaning })

function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  children: readonly string[] = [],
): string {
  const said = Object.entries(attributes)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`)
    .join('')
  return children.length === 0 ? `<${name}${said}/>` : `<${name}${said}>${children.join('')}</${name}>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Text or an attribute's value; what XML 1.0 (§2.2) cannot say at all is shown as the sign of what is lost. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"\t\n\r]/g, sign => ENTITIES[sign] as string)
  )
}

/**
 * The message as RFC 5424 syslog says it (DICOM PS3.15 §A.6): facility 10, notice or, of a failure, warning, its kind
 * `DICOM+RFC3881`. In one line: whatever forwards lines forwards it.
 */
export function auditLine(message: AuditMessage, from: { host: string; boot: string }): string {
  const severity = message.event.outcome === 0 ? 5 : 4
  const header = [
    message.event.at,
    printable(from.host, 255),
    'relais',
    printable(from.boot, 128),
    'DICOM+RFC3881',
    '-',
  ]
  return `<${10 * 8 + severity}>1 ${header.join(' ')} \ufeff${auditXml(message)}\n`
}

/** What a header of RFC 5424 (§6) may hold. */
const printable = (text: string, max: number) => text.replace(/[^\x21-\x7e]+/g, '-').slice(0, max) || '-'
