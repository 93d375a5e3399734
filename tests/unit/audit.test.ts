import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { AUDITED, type AuditedFact, auditOf, NO_NAMES } from '../../node/archive/audit/events.js'
import { auditLine, auditXml, CODES } from '../../node/archive/audit/message.js'
import { decodeDataset } from '../../node/dicom/format/dataset.js'
import type { Origin } from '../../node/journal/facts.js'
import { auditFaults, xmlOf } from '../support/audit-schema.js'
import { root } from '../support/sources.js'

const NODE = { name: 'Relais' }
const PATIENT = { number: '10001', issuer: 'NORD', name: 'FICTIF^Éloïse' }
const NAMES = {
  study: (id: string) => (id === 'stu_1' ? { uid: '1.2.3', patient: PATIENT } : undefined),
  request: (id: string) =>
    ['req_1', 'rep_1'].includes(id) ? { reference: 'N-1', patient: PATIENT } : undefined,
}
const ORIGINS: readonly (Origin | null)[] = [
  {
    by: 'account',
    account: 'acc_1',
    name: 'Dr Essai',
    role: 'radiologist',
    site: 'lecture',
    membership: 'mem_1',
    address: '192.0.2.7',
  },
  { by: 'token', token: 'tok_1', name: 'SIH', site: 'nord', address: '192.0.2.8' },
  { by: 'peer', peer: 'nord-pacs', site: 'nord', callingAETitle: 'NORDPACS', address: '192.0.2.9' },
  { by: 'system', part: 'exchange' },
  { by: 'command', user: 'root' },
  null,
]
const factOf = (type: string, origin: Origin | null, more: Partial<AuditedFact> = {}): AuditedFact => ({
  seq: 7,
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  site: 'nord',
  type,
  version: 1,
  ids: { study: 'stu_1', request: 'req_1', peer: 'lecture-pacs', account: 'acc_9', import: 'imp_1' },
  body: { source: 'nord-pacs', instances: 312, reason: 'why "not" <so> & so', address: '192.0.2.1' },
  origin,
  digest: 'ab'.repeat(32),
  first: false,
  ...more,
})

test('every audited fact, by whoever, with or without its content, is a message of the schema of PS3.15', t => {
  for (const type of [...Object.keys(AUDITED), 'record-opened'])
    for (const origin of ORIGINS)
      for (const more of [{}, { body: null }, { ids: {}, site: null }, { first: true }])
        for (const names of [NAMES, NO_NAMES]) {
          const messages = auditOf(factOf(type, origin, more), names, NODE)
          t.is(messages.length, 'first' in more ? 2 : 1)
          for (const message of messages)
            t.deepEqual(auditFaults(auditXml(message)), [], `${type} ${JSON.stringify(origin)}`)
        }
})

test('each type of fact in the table is one the journal has a name for', t => {
  const folder = join(root, 'web', 'words')
  const words = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'))
  const unknown = Object.keys(AUDITED).filter(type => !words.some(text => text.includes(`'fact.${type}'`)))
  t.deepEqual(unknown, [])
})

test('what is said of whom: who did it, which way it went, of which study and patient, and which entry says so', t => {
  const [account = null, , peer = null] = ORIGINS
  const of = (type: string, origin: Origin | null, more: Partial<AuditedFact> = {}) =>
    auditOf(factOf(type, origin, more), NAMES, NODE)[0] as NonNullable<ReturnType<typeof auditOf>[0]>
  const received = of('study-received', peer)
  t.is(received.event.id, CODES.instancesTransferred)
  t.deepEqual(
    received.participants.map(({ id, roles, requestor }) => [id, roles[0]?.meaning, requestor]),
    [
      ['nord-pacs', 'Source Role ID', true],
      ['Relais', 'Destination Role ID', false],
    ],
  )
  t.deepEqual(
    received.objects.map(({ id, type, role }) => [id, type, role]),
    [
      ['1.2.3', 2, 3],
      ['N-1', 2, 3],
      ['acc_9', 1, 6],
      ['10001^^^NORD', 1, 1],
      ['relais:journal:7', 2, 13],
    ],
  )
  const sent = of('study-sent', account)
  t.deepEqual(
    sent.participants.map(({ id, roles }) => [id, roles.at(-1)?.meaning]),
    [
      ['Relais', 'Source Role ID'],
      ['lecture-pacs', 'Destination Role ID'],
      ['acc_1', 'radiologist'],
    ],
  )
  const asked = of('peer-queried', peer, {
    ids: { peer: 'nord-pacs' },
    body: { keys: { QueryRetrieveLevel: 'STUDY', PatientName: 'FICTIF*', StudyDate: '' } },
  })
  t.is(asked.event.id, CODES.query)
  t.deepEqual(
    asked.participants.map(({ id, roles }) => [id, roles.at(-1)?.meaning]),
    [
      ['nord-pacs', 'Source Role ID'],
      ['Relais', 'Destination Role ID'],
    ],
  )
  t.like(asked.objects[0], { id: '1.2.840.10008.5.1.4.1.2.2.1', idType: CODES.sopClassUID, role: 3 })
  t.like(decodeDataset(asked.objects[0]?.query ?? Buffer.alloc(0), '1.2.840.10008.1.2.1'), {
    QueryRetrieveLevel: 'STUDY',
    PatientName: 'FICTIF*',
  })
  t.deepEqual(auditFaults(auditXml(asked)), [])
  const odd = of('peer-queried', peer, { body: { keys: { Rows: 'many', PatientName: '*' } } })
  t.deepEqual(auditFaults(auditXml(odd)), [], 'whatever a peer asks with')
  const closed = of('peer-queried', peer, { body: { peer: 'nord-pacs' } })
  t.false(auditXml(closed).includes('ParticipantObjectQuery'))
  const refused = of(
    'sign-in-refused',
    { by: 'system', part: 'accounts' },
    {
      body: { reason: 'wrong-password', address: '192.0.2.66' },
      ids: { account: 'acc_2' },
    },
  )
  t.like(refused.event, { id: CODES.userAuthentication, outcome: 4, description: 'wrong-password' })
  t.like(refused.participants[0], { id: 'acc_2', address: '192.0.2.66', requestor: true })
  for (const [screen, code] of [
    ['study', '110103'],
    ['request', '110109'],
    ['report', '110110'],
  ])
    t.is(of('record-opened', account, { body: { screen: screen as string } }).event.id.code, code as string)
  t.is(of('archive-read', account).event.id.code, '110101')
  t.deepEqual(auditOf(factOf('message-sent', account), NAMES, NODE), [])
})

test('whatever befalls images is an event of the audit trail, or is said here not to be one', t => {
  // Decided elsewhere than by who touched what: plans, waits, counts, and words between machines about what is told already.
  const none = [
    'study-expected study-linked study-loan-ended study-compared instance-conflict rejection-ignored rejection-task-done',
    'site-exchange-stopped site-exchange-resumed routes-ordered retrieval-queued retrieval-ended retrieval-cancelled',
    'commitment-answered commitment-answer-refused commitment-given-up commitment-requested commitment-reported commitment-undelivered',
    'preset-changed preset-removed import-created import-inventoried import-decided import-person-left import-withdrawn',
    'import-finished import-certified import-cancelled',
  ].flatMap(line => line.split(' '))
  const types = ['studies', 'exchange', 'imports', 'priors'].flatMap(domain => {
    const text = readFileSync(join(root, 'node', domain, 'facts.ts'), 'utf8').split('export type')[1] ?? ''
    return [...text.matchAll(/'([a-z-]+)'/g)].map(([, type]) => type ?? '')
  })
  t.deepEqual(
    types.filter(type => AUDITED[type] === undefined && !none.includes(type)),
    [],
  )
  t.deepEqual(
    none.filter(type => !types.includes(type) || AUDITED[type] !== undefined),
    [],
  )
})

test('nothing that a name may hold breaks the document, or the line it stands in', t => {
  const evil = 'A&B<C>"D"\n\t\r\u0000\u0007\ud800\uffff]]>é'
  const [message] = auditOf(
    factOf('archive-read', { by: 'command', user: evil }),
    {
      study: () => undefined,
      request: () => ({ reference: evil, patient: { ...PATIENT, name: evil, number: evil } }),
    },
    { name: evil },
  )
  if (message === undefined) return t.fail()
  const xml = auditXml(message)
  t.deepEqual(
    auditFaults(xml).filter(fault => !fault.includes('@AuditSourceID')),
    [],
  )
  const name = xmlOf(xml).children[1]?.attributes.get('UserID')
  t.is(name, 'A&B<C>"D"\n\t\r\ufffd\ufffd\ufffd\ufffd]]>é')
  const line = auditLine(message, { host: 'nœud un', boot: 'b1' })
  t.regex(line, /^<85>1 2026-01-02T03:04:05\.006Z n-ud-un relais b1 DICOM\+RFC3881 - \ufeff<\?xml [^\n]+\n$/u)
})

test('the checker of the schema finds what does not fit', t => {
  const [message] = auditOf(factOf('study-received', ORIGINS[2] as Origin), NAMES, NODE)
  if (message === undefined) return t.fail()
  const xml = auditXml(message)
  for (const [from, to] of [
    ['EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'],
    ['EventActionCode="C"', 'EventActionCode="X"'],
    [' UserID=', ' Userid='],
    ['<EventID ', '<EventId '],
    [' originalText="Study Instance UID"', ''],
    ['NumberOfInstances="312"', 'NumberOfInstances="many"'],
    ['ParticipantObjectTypeCode="2"', 'ParticipantObjectTypeCode="9"'],
    ['</AuditMessage>', '<AuditSourceIdentification AuditSourceID="x"/></AuditMessage>'],
  ] as const) {
    t.true(xml.includes(from), from)
    t.not(auditFaults(xml.replace(from, to)).length, 0, from)
  }
  t.throws(() => auditFaults(xml.replace('</EventIdentification>', '')))
  t.throws(() => auditFaults(xml.replace('N-1', '&nbsp;')))
})
