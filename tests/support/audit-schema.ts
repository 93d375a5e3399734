/**
 * The audit message schema of DICOM PS3.15 §A.5.1.1 as a table, and a check of a document against it: element by element
 * in their order, attribute by attribute. Written from the standard, apart from what writes the messages.
 */

interface Element {
  name: string
  attributes: ReadonlyMap<string, string>
  children: readonly Element[]
  text: string
}

/** The whole document; throws where it is not well-formed. No entity but those of XML itself, no declaration but the first. */
export function xmlOf(document: string): Element {
  const declared = /^<\?xml version="1\.0" encoding="UTF-8"\?>/.exec(document)?.[0] ?? wrong('no declaration')
  const tokens = document.slice(declared.length).match(/<[^>]*>|[^<]+/g) ?? []
  let at = 0
  const element = (): Element => {
    const open =
      /^<([A-Za-z]+)((?:\s[\w-]+="[^"<]*")*)(\/?)>$/.exec(tokens[at++] ?? '') ?? wrong(`${tokens[at - 1]}`)
    const [, name = '', said = '', closed] = open
    const pairs = [...said.matchAll(/\s([\w-]+)="([^"<]*)"/g)].map(
      ([, attribute = '', value = '']) => [attribute, textOf(value)] as const,
    )
    const attributes = new Map(pairs)
    if (attributes.size !== pairs.length) wrong(`an attribute of ${name} is said twice`)
    const children: Element[] = []
    let text = ''
    if (closed === '/') return { name, attributes, children, text }
    for (;;) {
      const token = tokens[at] ?? wrong(`${name} does not end`)
      if (token === `</${name}>`) break
      if (token.startsWith('<')) children.push(element())
      else {
        text += textOf(token)
        at++
      }
    }
    at++
    return { name, attributes, children, text }
  }
  const root = element()
  if (at !== tokens.length) wrong('something follows the root')
  return root
}

function textOf(said: string): string {
  if (/&(?!(?:amp|lt|gt|quot|#9|#10|#13);)/.test(said)) wrong(`an entity in ${said}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 §2.2
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(said) || !said.isWellFormed())
    wrong('what XML cannot say')
  const signs: Record<string, string> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    '#9': '\t',
    '#10': '\n',
    '#13': '\r',
  }
  return said.replace(/&([^;]+);/g, (_, name: string) => signs[name] as string)
}

type Value = RegExp
/** An element's attributes (`?` at the end: may be absent), its children in order with how often, and its own text. */
interface Pattern {
  attributes: Readonly<Record<string, Value>>
  children: readonly (readonly [names: string, min: number, max: number])[]
  text?: Value
}

const ANY = /^[\s\S]*$/
const TOKEN = /^(?:\S[\s\S]*)?$/
const BOOLEAN = /^(?:true|false|0|1)$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const upTo = (last: number) => new RegExp(`^(?:${Array.from({ length: last }, (_, n) => n + 1).join('|')})$`)
const MANY = Number.POSITIVE_INFINITY
const CODED: Pattern = {
  attributes: { 'csd-code': TOKEN, codeSystemName: TOKEN, 'displayName?': TOKEN, originalText: TOKEN },
  children: [],
}
const UID: Pattern = { attributes: { UID: /^[0-9.]{1,64}$/ }, children: [] }

const SCHEMA: Readonly<Record<string, Pattern>> = {
  AuditMessage: {
    attributes: {},
    children: [
      ['EventIdentification', 1, 1],
      ['ActiveParticipant', 1, MANY],
      ['AuditSourceIdentification', 1, 1],
      ['ParticipantObjectIdentification', 0, MANY],
    ],
  },
  EventIdentification: {
    attributes: {
      'EventActionCode?': /^[CRUDE]$/,
      EventDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/,
      EventOutcomeIndicator: /^(?:0|4|8|12)$/,
    },
    children: [
      ['EventID', 1, 1],
      ['EventTypeCode', 0, MANY],
      ['EventOutcomeDescription', 0, 1],
    ],
  },
  EventID: CODED,
  EventTypeCode: CODED,
  EventOutcomeDescription: { attributes: {}, children: [], text: ANY },
  ActiveParticipant: {
    attributes: {
      UserID: ANY,
      'AlternativeUserID?': ANY,
      'UserName?': ANY,
      UserIsRequestor: BOOLEAN,
      'NetworkAccessPointID?': TOKEN,
      'NetworkAccessPointTypeCode?': upTo(5),
    },
    children: [
      ['RoleIDCode', 0, MANY],
      ['MediaIdentifier', 0, 1],
    ],
  },
  RoleIDCode: CODED,
  MediaIdentifier: { attributes: {}, children: [['MediaType', 1, 1]] },
  MediaType: CODED,
  AuditSourceIdentification: {
    attributes: { 'AuditEnterpriseSiteID?': TOKEN, AuditSourceID: TOKEN },
    children: [['AuditSourceTypeCode', 0, MANY]],
  },
  AuditSourceTypeCode: {
    attributes: {
      'csd-code': TOKEN,
      'codeSystemName?': TOKEN,
      'displayName?': TOKEN,
      'originalText?': TOKEN,
    },
    children: [],
  },
  ParticipantObjectIdentification: {
    attributes: {
      ParticipantObjectID: TOKEN,
      'ParticipantObjectTypeCode?': upTo(4),
      'ParticipantObjectTypeCodeRole?': upTo(26),
      'ParticipantObjectDataLifeCycle?': upTo(15),
      'ParticipantObjectSensitivity?': TOKEN,
    },
    children: [
      ['ParticipantObjectIDTypeCode', 1, 1],
      ['ParticipantObjectName|ParticipantObjectQuery', 1, 1],
      ['ParticipantObjectDetail', 0, MANY],
      ['ParticipantObjectDescription', 0, MANY],
    ],
  },
  ParticipantObjectIDTypeCode: CODED,
  ParticipantObjectName: { attributes: {}, children: [], text: ANY },
  ParticipantObjectQuery: { attributes: {}, children: [], text: BASE64 },
  ParticipantObjectDetail: { attributes: { type: TOKEN, value: BASE64 }, children: [] },
  ParticipantObjectDescription: {
    attributes: {},
    children: [
      ['MPPS', 0, MANY],
      ['Accession', 0, MANY],
      ['SOPClass', 0, MANY],
      ['ParticipantObjectContainsStudy', 0, 1],
      ['Encrypted', 0, 1],
      ['Anonymized', 0, 1],
    ],
  },
  MPPS: UID,
  Accession: { attributes: { Number: TOKEN }, children: [] },
  SOPClass: {
    attributes: { 'UID?': /^[0-9.]{1,64}$/, NumberOfInstances: /^\d+$/ },
    children: [['Instance', 0, MANY]],
  },
  Instance: UID,
  ParticipantObjectContainsStudy: { attributes: {}, children: [['StudyIDs', 0, MANY]] },
  StudyIDs: UID,
  Encrypted: { attributes: {}, children: [], text: BOOLEAN },
  Anonymized: { attributes: {}, children: [], text: BOOLEAN },
}

/** What does not fit the schema; nothing where all does. */
export function auditFaults(document: string): string[] {
  const root = xmlOf(document)
  return root.name === 'AuditMessage' ? faultsOf(root, root.name) : [`the root is ${root.name}`]
}

function faultsOf({ name, attributes, children, text }: Element, path: string): string[] {
  const pattern = SCHEMA[name]
  if (pattern === undefined) return [`${path} is no element of it`]
  const faults: string[] = []
  for (const [key, value] of Object.entries(pattern.attributes)) {
    const said = attributes.get(key.replace('?', ''))
    if (said === undefined ? !key.endsWith('?') : !value.test(said)) faults.push(`${path}@${key}: ${said}`)
  }
  for (const key of attributes.keys())
    if (pattern.attributes[key] === undefined && pattern.attributes[`${key}?`] === undefined)
      faults.push(`${path}@${key} is no attribute of it`)
  let at = 0
  for (const [names, min, max] of pattern.children) {
    let count = 0
    while (names.split('|').includes(children[at]?.name ?? '')) [at, count] = [at + 1, count + 1]
    if (count < min || count > max) faults.push(`${path} has ${count} of ${names}`)
  }
  if (at < children.length) faults.push(`${path}/${children[at]?.name} has no place there`)
  if (!(pattern.text ?? /^$/).test(text)) faults.push(`${path} says ${text}`)
  return [...faults, ...children.flatMap(child => faultsOf(child, `${path}/${child.name}`))]
}

function wrong(what: string): never {
  throw new Error(`Not well-formed: ${what}`)
}
