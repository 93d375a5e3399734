import test from 'ava'
import fc from 'fast-check'
import { addressFault, isDisguised, isLoopback } from '../../node/addresses.js'
import { matches } from '../../node/dicom/matching.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { remedyFor, verdictOn } from '../../node/exchange/commitment-rules.js'
import { encodingAfterRefusal, encodingFor } from '../../node/exchange/encoding.js'
import { isOfOurOwn } from '../../node/exchange/own-cause.js'
import {
  destinations,
  priorityOf,
  type Route,
  type StudyTraits,
  standingRoutes,
  urgencyOf,
  verdicts,
} from '../../node/exchange/rules.js'
import { opensAt } from '../../node/hours.js'
import { admit, type Caller } from '../../node/peers/admission.js'
import type { Peer } from '../../node/peers/peer.js'
import { atRest, peerFaults, sameCaller } from '../../node/peers/rules.js'
import { acceptableTo } from '../../node/peers/service-table.js'
import type { Service } from '../../node/peers/view.js'
import { asRanges, completenessOf } from '../../node/studies/completeness.js'
import { packed, unpacked } from '../../node/studies/expectations.js'
import { QUIET_MS } from '../../node/studies/receive.js'

const STUDY: StudyTraits = {
  site: 'nord',
  sources: ['nord-pacs'],
  modalities: ['CT', 'SR'],
  bodyParts: ['HEAD', 'UPPER-ARM'],
  descriptions: ['Scanner crânien sans injection', 'AXIAL 1mm'],
  urgency: 'urgent',
  requests: [{ reading: 'lecture', contracts: ['nord-lecture', 'nord-lecture-nuit'] }],
  heldBy: ['nord-pacs'],
  confirmedBy: ['archive'],
}

function route(id: string, when: Route['when'], to: string[], enabled = true): Route {
  return { id, enabled, when, to, transferSyntax: 'keep' }
}

test('each condition of a route is shown beside what the study has, and all must hold', t => {
  const to = ['lecture-pacs']
  const cases: [when: Route['when'], study: Partial<StudyTraits>, holds: boolean, found: string[]][] = [
    [{ site: 'nord' }, {}, true, ['nord']],
    [{ site: 'sud' }, {}, false, ['nord']],
    [{ peer: 'nord-pacs' }, { sources: ['nord-ct', 'nord-pacs'] }, true, ['nord-ct', 'nord-pacs']],
    [{ peer: 'sud-pacs' }, {}, false, ['nord-pacs']],
    [{ modality: ['MR', 'CT'] }, {}, true, ['CT', 'SR']],
    [{ modality: ['MR', 'DX'] }, {}, false, ['CT', 'SR']],
    [{ modality: ['CT'] }, { modalities: [] }, false, []],
    [{ bodyPart: ['head'] }, {}, true, ['HEAD', 'UPPER-ARM']],
    [{ bodyPart: ['upper arm'] }, {}, true, ['HEAD', 'UPPER-ARM']],
    [{ bodyPart: ['ARM'] }, {}, false, ['HEAD', 'UPPER-ARM']],
    [{ description: ['CRANE'] }, {}, false, STUDY.descriptions],
    [{ description: ['crani scan'] }, {}, true, STUDY.descriptions],
    [{ description: ['axial cranien'] }, {}, false, STUDY.descriptions],
    [{ description: ['thorax', 'Axial'] }, {}, true, STUDY.descriptions],
    [{ description: ['jection'] }, {}, false, STUDY.descriptions],
    [{ urgency: ['emergency', 'urgent'] }, {}, true, ['urgent']],
    [{ urgency: ['emergency'] }, {}, false, ['urgent']],
    [{ request: {} }, {}, true, ['nord-lecture', 'nord-lecture-nuit', 'lecture']],
    [{ request: {} }, { requests: [] }, false, []],
    [{ request: { reading: 'lecture' } }, {}, true, ['nord-lecture', 'nord-lecture-nuit', 'lecture']],
    [{ request: { reading: 'autre' } }, {}, false, ['nord-lecture', 'nord-lecture-nuit', 'lecture']],
    [
      { request: { contract: 'nord-lecture-nuit', reading: 'lecture' } },
      {},
      true,
      ['nord-lecture', 'nord-lecture-nuit', 'lecture'],
    ],
  ]
  for (const [when, study, holds, found] of cases) {
    const [verdict] = verdicts({ ...STUDY, ...study }, [route('one', when, to)])
    t.deepEqual(
      verdict?.checks.map(check => [check.condition, check.holds, check.found]),
      [[Object.keys(when)[0], holds, found]] as never,
      JSON.stringify(when),
    )
    t.is(verdict?.fires, holds)
    t.deepEqual(verdict?.to, holds ? to : [])
  }
  const { urgency: _, ...without } = STUDY
  t.like(verdicts(without, [route('one', { urgency: ['urgent'] }, to)])[0], { fires: false })
  const [half] = verdicts(STUDY, [route('half', { site: 'nord', modality: ['MR'] }, to)])
  t.like(half, { fires: false, to: [] })
  t.deepEqual(
    half?.checks.map(({ holds }) => holds),
    [true, false],
  )
  t.like(verdicts(STUDY, [route('off', {}, to, false)])[0], {
    enabled: false,
    fires: false,
    to: [],
    checks: [],
  })
  t.like(verdicts(STUDY, [route('all', {}, to)])[0], { fires: true, to, checks: [] })
})

test('a study goes to each destination once, by the first route that names it, and never to who has it', t => {
  const routes = [
    route('off', {}, ['archive', 'second'], false),
    route('one', { site: 'nord' }, ['lecture-pacs', 'nord-pacs']),
    route('two', {}, ['lecture-pacs', 'second', 'archive']),
  ]
  t.deepEqual(destinations(STUDY, routes), [
    { peer: 'lecture-pacs', route: 'one' },
    { peer: 'second', route: 'two' },
  ])
  t.deepEqual(
    verdicts(STUDY, routes).map(({ withheld }) => withheld),
    [
      [],
      [{ peer: 'nord-pacs', because: 'came-from-there' }],
      [
        { peer: 'lecture-pacs', because: 'earlier-route', route: 'one' },
        { peer: 'archive', because: 'already-there' },
      ],
    ],
  )
  t.deepEqual(destinations({ ...STUDY, heldBy: ['nord-pacs', 'lecture-pacs', 'second'] }, routes), [])
})

test('whatever the routes, no study goes back to who holds it, and no route fires in vain', t => {
  const peer = fc.constantFrom<string>('a', 'b', 'c', 'd')
  const routes = fc.array(
    fc.record({
      id: fc.string(),
      enabled: fc.boolean(),
      when: fc.record(
        { site: fc.constantFrom<string>('nord', 'sud'), peer, modality: fc.constant<string[]>(['CT']) },
        { requiredKeys: [] },
      ),
      to: fc.array(peer),
      transferSyntax: fc.constant('keep' as const),
    }),
  )
  fc.assert(
    fc.property(
      routes,
      fc.uniqueArray(peer),
      fc.uniqueArray(peer),
      peer,
      (given, heldBy, confirmedBy, source) => {
        const study = { ...STUDY, sources: [source], modalities: ['CT'], heldBy, confirmedBy }
        const peers = destinations(study, given).map(one => one.peer)
        t.false(peers.some(one => heldBy.includes(one) || confirmedBy.includes(one)))
        t.is(new Set(peers).size, peers.length)
        for (const verdict of verdicts(study, given)) t.is(verdict.fires, verdict.to.length > 0)
      },
    ),
  )
})

test('an emergency is before everything; a route moves its transfers only within their urgency', t => {
  const order = [
    priorityOf('emergency', { priority: 'low' }),
    priorityOf('urgent', { priority: 'high' }),
    priorityOf('urgent'),
    priorityOf('urgent', { priority: 'low' }),
    priorityOf(null, { priority: 'high' }),
    priorityOf('routine'),
    priorityOf(null, { priority: 'low' }),
  ]
  t.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  )
  t.is(priorityOf('emergency'), 0)
  t.deepEqual(order.map(urgencyOf), [
    'emergency',
    'urgent',
    'urgent',
    'urgent',
    'routine',
    'routine',
    'routine',
  ])
  t.is(priorityOf(null), priorityOf('routine', { priority: 'normal' }))
  t.is(new Set(order).size, order.length)
})

test('what a route writes anew: nothing where it keeps, never what was compressed with loss, once only', t => {
  const {
    ExplicitVRLittleEndian: explicit,
    ImplicitVRLittleEndian: implicit,
    JPEGLSLossless: jls,
  } = TransferSyntax
  const { JPEGBaseline, JPEGLSNearLossless, JPEG2000, RLELossless, JPEGLosslessSV1 } = TransferSyntax
  const to = (syntax: string, transferSyntax: Route['transferSyntax']) =>
    encodingFor(syntax, { transferSyntax })
  t.is(encodingFor(explicit, undefined), undefined)
  t.is(to(explicit, 'keep'), undefined)
  t.is(to(explicit, 'explicit-little-endian'), undefined)
  t.is(to(implicit, 'explicit-little-endian'), explicit)
  t.is(to(jls, 'explicit-little-endian'), explicit)
  t.is(to(explicit, 'jpeg-ls-lossless'), jls)
  t.is(to(implicit, 'jpeg-lossless'), JPEGLosslessSV1)
  t.is(to(jls, 'rle-lossless'), RLELossless)
  for (const lossy of [JPEGBaseline, JPEGLSNearLossless, JPEG2000, '1.2.3'])
    for (const wanted of [
      'explicit-little-endian',
      'jpeg-ls-lossless',
      'jpeg-lossless',
      'rle-lossless',
    ] as const)
      t.is(to(lossy, wanted), undefined, `${lossy} ${wanted}`)

  const refused = (
    syntax: string,
    alternative: string | undefined,
    whenRefused?: NonNullable<Route['whenRefused']>,
  ) => encodingAfterRefusal(syntax, alternative, whenRefused === undefined ? undefined : { whenRefused })
  t.is(refused(explicit, implicit), implicit)
  t.is(refused('1.2.840.10008.1.2.1.99', explicit), explicit)
  t.is(refused(explicit, implicit, 'nothing'), undefined)
  t.is(refused(explicit, undefined, 'decompress'), undefined)
  t.is(refused(explicit, explicit), undefined)
  t.is(refused(jls, explicit), undefined)
  t.is(refused(jls, explicit, 'decompress'), explicit)
  t.is(refused(JPEGBaseline, explicit, 'decompress'), undefined)
})

test('the hours of a route: open, closed until its next beginning, over midnight and over a change of the clocks', t => {
  const zone = 'Europe/Paris'
  // Tuesday 24 November 2026, 01:00 UTC = 02:00 in Paris.
  const night = Date.UTC(2026, 10, 24, 1)
  const at = (hours: Parameters<typeof opensAt>[0], ms = night) =>
    new Date(opensAt(hours, ms, zone)).toISOString()
  const now = new Date(night).toISOString()
  t.is(at(undefined), now)
  t.is(at([]), now)
  t.is(at([{ from: '20:00', to: '07:00' }]), now)
  t.is(at([{ from: '02:00', to: '03:00' }]), now)
  t.is(at([{ from: '01:00', to: '02:00' }]), '2026-11-25T00:00:00.000Z')
  t.is(at([{ from: '20:00', to: '23:30' }]), '2026-11-24T19:00:00.000Z')
  t.is(
    at([
      { from: '20:00', to: '23:30' },
      { from: '12:00', to: '13:00' },
    ]),
    '2026-11-24T11:00:00.000Z',
  )
  // The night that began on Monday is still running; one that begins on Tuesday is not.
  t.is(at([{ days: ['mon'], from: '20:00', to: '07:00' }]), now)
  t.is(at([{ days: ['tue'], from: '20:00', to: '07:00' }]), '2026-11-24T19:00:00.000Z')
  t.is(at([{ days: ['sun'], from: '08:00', to: '12:00' }]), '2026-11-29T07:00:00.000Z')
  // A whole day, and a week's end that wraps to its beginning.
  t.is(at([{ days: ['tue'], from: '00:00', to: '00:00' }]), now)
  t.is(
    at([{ days: ['sun'], from: '20:00', to: '07:00' }], Date.UTC(2026, 10, 23, 1)),
    '2026-11-23T01:00:00.000Z',
  )
  // Seconds do not delay it to the next minute.
  t.is(at([{ from: '02:01', to: '03:00' }], night + 59_000), '2026-11-24T01:01:00.000Z')
  // Summer time ends on 25 October 2026: asked again after it, the answer is right.
  const before = Date.UTC(2026, 9, 24, 20)
  const first = opensAt([{ from: '08:00', to: '09:00' }], before, zone)
  t.is(at([{ from: '08:00', to: '09:00' }], first), '2026-10-25T07:00:00.000Z')
})

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':')

function peer(over: Partial<Peer> = {}): Peer {
  return {
    id: 'nord-pacs',
    site: 'nord',
    aeTitles: ['NORDPACS', 'NORDMOD'],
    host: '192.0.2.10',
    port: 104,
    callUs: 'RELAIS',
    from: ['192.0.2.10', '198.51.100.0/28', '2001:db8::/64'],
    tls: 'none',
    certificate: null,
    may: ['echo', 'store'],
    associations: 4,
    ...over,
  }
}

const snapshot = (...peers: Peer[]) => ({ revision: 1, peers, allowLoopbackPeers: false })
const caller = (over: Partial<Caller> = {}): Caller => ({
  callingAETitle: 'NORDPACS',
  calledAETitle: 'RELAIS',
  address: '192.0.2.10',
  tls: false,
  ...over,
})

/** The rights that open a SOP class to a caller. */
const SERVICES: [Service[], string][] = [
  [['echo'], SOPClass.Verification],
  [['store', 'get'], SOPClass.CTImageStorage],
  [['find'], SOPClass.StudyRootFind],
  [['move'], SOPClass.StudyRootMove],
  [['get'], SOPClass.StudyRootGet],
  [['store', 'commit'], SOPClass.StorageCommitmentPushModel],
  [[], SOPClass.PatientRootFind],
  [[], SOPClass.ModalityWorklistFind],
  [[], '1.2.3.4'],
]

/** Reasons of A-ASSOCIATE-RJ from the service user (PS3.8 9.3.4): 1 none given, 3 calling, 7 called AE title. */
const STRANGER = 1
const CALLING = 3
const CALLED = 7

test('who calls must come from where, as whom and for whom is registered; a stranger learns nothing', t => {
  const known = snapshot(peer())
  for (const address of ['192.0.2.10', '::ffff:192.0.2.10', '198.51.100.15', '2001:db8::ffff'])
    for (const callingAETitle of ['NORDPACS', 'NORDMOD'])
      t.like(admit(caller({ address, callingAETitle }), known), { admitted: true, peer: { id: 'nord-pacs' } })
  for (const address of ['192.0.2.11', '198.51.100.16', '2001:db8:0:1::1', '::1', '', 'nord.example'])
    for (const callingAETitle of ['NORDPACS', 'OTHER'])
      for (const calledAETitle of ['RELAIS', 'OTHER'])
        for (const tls of [true, false])
          t.like(
            admit(caller({ address, callingAETitle, calledAETitle, tls }), known),
            { admitted: false, result: 1, source: 1, reason: STRANGER },
            `${address} ${callingAETitle} ${calledAETitle}`,
          )
  for (const [over, reason] of [
    [{ callingAETitle: 'OTHER' }, CALLING],
    [{ callingAETitle: 'OTHER', calledAETitle: 'OTHER' }, CALLING],
    [{ callingAETitle: 'nordpacs' }, CALLING],
    [{ callingAETitle: '' }, CALLING],
    [{ calledAETitle: 'OTHER' }, CALLED],
    [{ calledAETitle: 'relais' }, CALLED],
    [{ tls: true }, STRANGER],
  ] as const)
    t.like(
      admit(caller(over), known),
      { admitted: false, result: 1, source: 1, reason },
      JSON.stringify(over),
    )
  t.like(admit(caller(), snapshot()), { admitted: false, reason: STRANGER })
})

test('what we made ourselves says nothing of the images of its study, as a document, as text or as a note', t => {
  const ours = ['report:rep_1:1', 'report-text:rep_1:1', 'rejection:rej_1']
  t.deepEqual([...ours, 'manual:acc_1', 'nord-vers-lecture', 'report'].filter(isOfOurOwn), ours)
})

test('a peer is admitted with the TLS and the certificate that were agreed, no less and no other', t => {
  const other = FINGERPRINT.replace('AB', 'AC')
  for (const [registered, over, admitted] of [
    [{ tls: 'none' }, { tls: false }, true],
    [{ tls: 'none' }, { tls: true }, false],
    [{ tls: 'server' }, { tls: true }, true],
    [{ tls: 'server' }, { tls: false }, false],
    [{ tls: 'mutual', certificate: FINGERPRINT }, { tls: true, certificateFingerprint: FINGERPRINT }, true],
    [{ tls: 'mutual', certificate: FINGERPRINT }, { tls: false, certificateFingerprint: FINGERPRINT }, false],
    [{ tls: 'mutual', certificate: FINGERPRINT }, { tls: true, certificateFingerprint: other }, false],
    [{ tls: 'mutual', certificate: FINGERPRINT }, { tls: true }, false],
    [{ tls: 'mutual', certificate: null }, { tls: true }, false],
  ] as const)
    t.is(
      admit(caller(over), snapshot(peer(registered))).admitted,
      admitted,
      JSON.stringify([registered, over]),
    )
})

test('title × called title × address × certificate × service: only what is registered, in every part, passes', t => {
  const [second, third] = [FINGERPRINT.replace('AB', 'AC'), FINGERPRINT.replace('AB', 'AD')]
  const registered = [
    peer({ id: 'plain', aeTitles: ['A'], callUs: 'US', from: ['192.0.2.1'], may: ['echo', 'store'] }),
    peer({
      ...{ id: 'pinned', aeTitles: ['B', 'BB'], callUs: 'US', from: ['192.0.2.0/30'], may: ['echo', 'find'] },
      ...{ tls: 'mutual', certificate: FINGERPRINT, nextCertificate: second },
    }),
    peer({ id: 'secured', aeTitles: ['C'], callUs: 'US2', from: ['192.0.2.2'], may: ['get'], tls: 'server' }),
  ]
  /** Written down by hand: who may come how. Everything else is nobody. */
  const passes = new Map<string, string>([
    ...['192.0.2.1'].map(address => [`A US ${address} clear`, 'plain'] as const),
    ...['B', 'BB'].flatMap(title =>
      ['192.0.2.1', '192.0.2.2'].flatMap(address =>
        [FINGERPRINT, second].map(
          certificate => [`${title} US ${address} ${certificate}`, 'pinned'] as const,
        ),
      ),
    ),
    ...['no certificate', FINGERPRINT, second, third].map(
      shown => [`C US2 192.0.2.2 ${shown}`, 'secured'] as const,
    ),
  ])
  const known = snapshot(...registered)
  let admitted = 0
  for (const callingAETitle of ['A', 'B', 'BB', 'C', 'X', ''])
    for (const calledAETitle of ['US', 'US2', 'X'])
      for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.9', '2001:db8::1'])
        for (const shown of ['clear', 'no certificate', FINGERPRINT, second, third]) {
          const answer = admit(
            {
              ...{ callingAETitle, calledAETitle, address, tls: shown !== 'clear' },
              ...(shown.includes(':') ? { certificateFingerprint: shown } : {}),
            },
            known,
          )
          const who = `${callingAETitle} ${calledAETitle} ${address} ${shown}`
          t.is(answer.admitted ? answer.peer.id : undefined, passes.get(who), who)
          if (!answer.admitted) continue
          admitted += 1
          const { may } = answer.peer
          const { abstractSyntaxes } = acceptableTo(answer.peer)
          for (const [right, uid] of SERVICES)
            t.is(
              abstractSyntaxes(uid),
              right.some(each => may.includes(each)),
              `${who} ${uid}`,
            )
        }
  t.is(admitted, passes.size)
})

test('a private storage class is taken of those who may store once it is configured, and of nobody before', t => {
  const own = '1.3.12.2.1107.5.9.1'
  for (const may of [['store'], ['echo', 'find']] as const)
    for (const configured of [[], [own]]) {
      const { abstractSyntaxes, transferSyntaxes } = acceptableTo({ may: [...may] }, configured)
      const taken = may[0] === 'store' && configured.length > 0
      t.is(abstractSyntaxes(own), taken)
      t.is(transferSyntaxes(own, '1.2.840.10008.1.2.4.90'), taken)
    }
})

test('peers behind one address are told apart by their titles, or not let in', t => {
  const two = snapshot(
    peer(),
    peer({ id: 'sud-pacs', site: 'sud', aeTitles: ['SUDPACS'], callUs: 'RELAISSUD' }),
  )
  t.like(admit(caller({ callingAETitle: 'SUDPACS', calledAETitle: 'RELAISSUD' }), two), {
    peer: { id: 'sud-pacs' },
  })
  t.like(admit(caller({ callingAETitle: 'SUDPACS' }), two), { admitted: false, reason: CALLED })
  const same = snapshot(peer(), peer({ id: 'twin' }))
  t.like(admit(caller(), same), {
    admitted: false,
    reason: STRANGER,
    cause: 'nord-pacs and twin cannot be told apart',
  })
  const byCall = snapshot(peer(), peer({ id: 'twin', callUs: 'RELAISBIS' }))
  t.like(admit(caller({ calledAETitle: 'RELAISBIS' }), byCall), { peer: { id: 'twin' } })
})

test("everything that does not fit in a peer's registration is said, at its field", t => {
  const fields = (over: Partial<Peer>, allowLoopback = false) =>
    peerFaults(peer(over), allowLoopback).map(({ path }) => path)
  t.deepEqual(fields({}), [])
  t.deepEqual(
    fields({ tls: 'mutual', certificate: FINGERPRINT, host: 'pacs.nord.example', from: ['::/0'] }),
    [],
  )
  for (const [field, values] of [
    ['id', ['', 'Nord', '-nord', 'n_1', 'n'.repeat(65)]],
    ['aeTitles', [[], [''], ['A'.repeat(17)], ['A\\B'], [' A'], ['A '], ['É']]],
    ['port', [0, 65_536, 1.5, Number.NaN]],
    [
      'host',
      [
        '',
        'a b',
        'user@host',
        'http://host',
        'x'.repeat(254),
        '127.0.0.1',
        'localhost',
        '169.254.169.254',
        'fe80::1',
        'fe80::1%eth0',
        '::ffff:169.254.169.254',
      ],
    ],
    [
      'from',
      [
        [],
        ['nord.example'],
        ['192.0.2.0/33'],
        ['2001:db8::/129'],
        ['192.0.2.0/8/8'],
        ['192.0.2.0/'],
        ['192.0.2.0/-1'],
      ],
    ],
    ['may', [['delete']]],
    ['associations', [0, 33]],
    ['certificate', ['AB', FINGERPRINT.toLowerCase()]],
  ] as const)
    for (const value of values) t.deepEqual(fields({ [field]: value }), [field], `${field} ${String(value)}`)
  t.deepEqual(fields({ callUs: 'RE\\LAIS' }), ['aeTitles'])
  t.deepEqual(fields({ tls: 'mutual' }), ['certificate'])
  t.deepEqual(fields({ host: '127.0.0.1' }, true), [])
  t.deepEqual(fields({ host: '169.254.169.254' }, true), ['host'], 'never, even for a demonstration')
  t.deepEqual(fields({ id: '', port: 0, from: [] }), ['id', 'port', 'from'])
})

test('this machine is recognised under all its names', t => {
  for (const host of [
    'localhost',
    'pacs.localhost',
    'LOCALHOST',
    'localhost.',
    '127.1',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0.0.0.0',
    '::',
    '::ffff:127.0.0.1',
    '0:0:0:0:0:0:0:1',
  ])
    t.true(isLoopback(host), host)
  for (const host of ['192.0.2.1', '2001:db8::1', 'localhost.example']) t.false(isLoopback(host), host)
})

const around = {
  own: ['192.0.2.77', '2001:db8::77'],
  ownPorts: [8080, 11112],
  allowLoopback: false,
  allowPrivate: true,
}

test('an address is looked at in whatever form it comes, before it is called', t => {
  const refused = [
    // Link-local and the secrets of clouds, also inside other addresses, and for demonstrations too.
    ...['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.169.254'],
    ...['::ffff:a9fe:a9fe', '64:ff9b::169.254.169.254', '2002:a9fe:a9fe::1', '::169.254.169.254'],
    ...['100.100.100.200', 'fd00:ec2::254', '192.0.0.192', '168.63.129.16', '::ffff:168.63.129.16'],
    ...['::ffff:0:169.254.169.254', '2001:0:53aa:64c:0:0:5601:5601', '64:ff9b::a9fe:a9fe'],
    ...['224.0.0.1', '255.255.255.255', 'ff02::1', 'localhost', ''],
  ]
  for (const address of refused)
    for (const allowLoopback of [false, true])
      t.is(typeof addressFault(address, 104, { ...around, allowLoopback }), 'string', address)
  for (const address of [
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
  ]) {
    t.is(typeof addressFault(address, 104, around), 'string', address)
    t.is(addressFault(address, 104, { ...around, allowLoopback: true }), undefined, address)
  }
  for (const address of ['127.0.0.1', '::1', '192.0.2.77', '2001:db8::77', '::ffff:192.0.2.77'])
    for (const port of around.ownPorts)
      t.is(
        addressFault(address, port, { ...around, allowLoopback: true }),
        'this is this node itself',
        address,
      )
  const strict = { ...around, allowPrivate: false }
  for (const address of [
    ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1'],
    ...['fd12::1', 'fec0::1', '::ffff:10.1.2.3', '64:ff9b::192.168.1.1', '::ffff:0:10.1.2.3'],
  ]) {
    t.regex(addressFault(address, 104, strict) ?? '', /private networks/, address)
    t.is(addressFault(address, 104, around), undefined, address)
  }
  for (const address of ['192.0.2.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2001:db8::1'])
    t.is(addressFault(address, 104, strict), undefined, address)
  for (const host of [
    '0x7f.1',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '017700000001',
    '0x7f000001',
    '127.0.0.01',
  ])
    t.true(isDisguised(host), host)
  for (const host of ['127.0.0.1', '::1', 'pacs.example', '1st.example', 'pacs1', '10.example'])
    t.false(isDisguised(host), host)
  for (const address of ['192.0.2.77', '10.1.2.3', '2001:db8::1', '192.0.2.78', '100.100.100.201'])
    t.is(addressFault(address, 104, around), undefined, address)
})

test('two peers the door could take for one another are not registered beside each other, whosever they are', t => {
  const other = FINGERPRINT.replace('AB', 'CD')
  const one = peer({})
  const against = (over: Partial<Peer>, first: Partial<Peer> = {}) => {
    const pair = [peer(first), peer({ id: 'twin', site: 'sud', ...over })] as const
    t.is(sameCaller(pair[0], pair[1]), sameCaller(pair[1], pair[0]), 'the same from both sides')
    return sameCaller(pair[0], pair[1])
  }
  t.true(against({}))
  t.true(against({ aeTitles: ['OTHER', one.aeTitles[0] as string] }))
  for (const [range, overlaps] of [
    ['192.0.2.0/24', true],
    ['0.0.0.0/0', true],
    ['192.0.2.10', true],
    ['192.0.2.11', false],
    ['192.0.3.0/24', false],
    // The door takes an IPv4 caller for one of these too.
    ['::/0', true],
    ['::ffff:0:0/96', true],
    ['2001:db8::/32', false],
  ] as const)
    t.is(against({ from: [range] }, { from: ['192.0.2.10/32'] }), overlaps, range)
  t.false(against({ aeTitles: ['OTHER'] }))
  t.false(against({ callUs: 'RELAISBIS' }))
  const [none, server] = [{ tls: 'none' as const }, { tls: 'server' as const }]
  const [mutual, second] = [FINGERPRINT, other].map(certificate => ({
    tls: 'mutual' as const,
    certificate,
  })) as [Partial<Peer>, Partial<Peer>]
  t.false(against(none, server))
  t.false(against(none, mutual))
  t.true(against(server, server))
  t.true(against(server, mutual), 'with any certificate, so also with that one')
  t.true(against(mutual, mutual))
  t.false(against(mutual, second))
  t.true(against({ ...second, nextCertificate: FINGERPRINT }, mutual))
  const said = peerFaults(peer({ id: 'twin', site: 'sud' }), false, [one])
  t.deepEqual(
    said.map(({ path }) => path),
    ['aeTitles'],
  )
  t.false(JSON.stringify(said).includes(one.site), 'not whose')
  t.deepEqual(peerFaults(one, false, [one]), [], 'a peer does not stand in its own way')
})

test('a query matches as PS3.4 C.2.2.2 says', t => {
  const record = {
    PatientName: 'ESSAI^Zoé',
    PatientID: 'P*1',
    StudyDate: '20261124',
    StudyTime: '103000',
    StudyInstanceUID: '1.2.3',
    ModalitiesInStudy: 'CT\\SR',
    AccessionNumber: 'A-77',
    StudyDescription: 'TDM cérébrale',
  }
  for (const [keyword, key, matching] of [
    ['AccessionNumber', '', true], // universal (C.2.2.2.3)
    ['AccessionNumber', '*', true],
    ['Unheard', '', true],
    ['Unheard', 'x', false],
    ['AccessionNumber', 'A-77', true], // single value (C.2.2.2.1)
    ['AccessionNumber', 'a-77', false],
    ['AccessionNumber', 'A-7', false],
    ['AccessionNumber', 'A-7?', true], // wildcards (C.2.2.2.4)
    ['AccessionNumber', 'A-77?', false],
    ['AccessionNumber', '*7', true],
    ['AccessionNumber', '?-*7*', true],
    ['AccessionNumber', '*8*', false],
    ['StudyDescription', 'TDM*', true],
    ['StudyDescription', 'TDM.*', false],
    ['PatientName', 'essai^zoe', true],
    ['PatientName', 'ESSAI^ZOÉ^^^', true],
    ['PatientName', 'ESSAI^Zoe\u0301', true],
    ['PatientName', 'essai*', true],
    ['PatientName', 'ESSAI', false],
    ['PatientName', 'ESSAI^Z?E', true],
    ['StudyTime', '1030', true], // written less exactly: all of it
    ['StudyTime', '10:30:00', true],
    ['StudyTime', '1031', false],
    ['StudyDate', '2026.11.24', true], // as ACR-NEMA wrote it
    ['StudyDate', '*', true],
    ['StudyInstanceUID', '1.2.3', true],
    ['StudyInstanceUID', '1.2.3.4\\1.2.3', true], // list of UIDs (C.2.2.2.2)
    ['StudyInstanceUID', '1.2.*', false], // no wildcards in UIDs
    ['StudyInstanceUID', '1.2', false],
    ['StudyDate', '20261124', true],
    ['StudyDate', '20261124-20261124', true], // ranges (C.2.2.2.5)
    ['StudyDate', '20261101-20261130', true],
    ['StudyDate', '20261125-', false],
    ['StudyDate', '20261124-', true],
    ['StudyDate', '-20261124', true],
    ['StudyDate', '-20261123', false],
    ['StudyTime', '10-10', true],
    ['StudyTime', '1031-', false],
    ['StudyTime', '0900-1030', true],
    ['ModalitiesInStudy', 'SR', true],
    ['ModalitiesInStudy', 'MR\\CT', true],
    ['ModalitiesInStudy', 'MR', false],
    ['QueryRetrieveLevel', 'STUDY', true], // not a key
    ['SpecificCharacterSet', 'ISO_IR 192', true],
  ] as const)
    t.is(matches({ [keyword]: key }, record), matching, `${keyword} ${key}`)
  t.true(matches({ PatientName: 'E*', StudyDate: '2026-', ModalitiesInStudy: 'CT' }, record))
  t.false(matches({ PatientName: 'E*', ModalitiesInStudy: 'MR' }, record), 'every key')
  for (const [key, name] of [
    ["JEAN-PIERRE D'ESSAI", 'Jean Pierre d’Essai'],
    ['YAMADA*', 'YAMADA^TARO=山田^太郎=やまだ^たろう'],
    ['山田*', 'YAMADA^TARO=山田^太郎=やまだ^たろう'],
    ['*タロウ', 'ヤマダ^タロウ=山田^太郎'],
  ] as const)
    t.true(matches({ PatientName: key }, { PatientName: name }), key)
  t.false(matches({ StudyDate: '-20261124' }, { StudyDate: '' }), 'a study without a date is in no range')
})

test('wildcards mean the same as the expression anybody would write, and no key can stall the answer', t => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
  fc.assert(
    fc.property(letters, text, (key, value) => {
      const expected =
        key === '' || new RegExp(`^${key.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(value)
      t.is(matches({ PatientID: key }, { PatientID: value }), expected, `${key} ${value}`)
    }),
    { numRuns: 500 },
  )
  const begun = performance.now()
  t.false(matches({ PatientID: `${'*a'.repeat(30)}b` }, { PatientID: 'a'.repeat(64) }))
  t.true(performance.now() - begun < 500)
})

test('a study is complete by the word of its sender only; quiet is a hint', t => {
  const now = 1_700_000_000_000
  const fresh = now - 1
  const old = now - QUIET_MS * 2
  for (const [instances, expected, arriving, lastAt, state] of [
    [312, 312, false, old, 'complete'],
    [312, 312, true, fresh, 'complete'],
    [313, 312, false, old, 'complete'],
    [10, 312, true, fresh, 'arriving'],
    [10, 312, true, old, 'incomplete'],
    [10, 312, false, fresh, 'incomplete'],
    [10, null, true, fresh, 'arriving'],
    [10, null, true, old, 'quiet'],
    [10, null, false, fresh, 'quiet'],
    [0, 312, false, 0, 'incomplete'],
    [0, null, false, 0, 'quiet'],
  ] as const) {
    const counts = {
      instances,
      expected,
      missing: null,
      unanswered: false,
      arriving: arriving ? { since: lastAt, instances: 1 } : null,
      lastAt,
      expectedAt: expected === null ? null : now,
    }
    const view = completenessOf(counts, now)
    const about = JSON.stringify(counts)
    t.is(view.state, state, about)
    t.is(view.received, instances, about)
    if (expected === null || instances <= expected) t.is(view.expected, expected ?? undefined, about)
    t.is('lastArrivalAt' in view, instances > 0, about)
  }
})

test('what is done about an instance that was not committed: what may pass by itself is tried, twice more', t => {
  const table: [number, 'send-again' | 'person'][] = [
    [0x0110, 'send-again'],
    [0x0112, 'send-again'],
    [0x0213, 'send-again'],
    [0x0131, 'send-again'],
    [0x0119, 'person'],
    [0x0122, 'person'],
    [0x0999, 'person'],
  ]
  for (const [reason, remedy] of table) {
    t.is(remedyFor(reason, 0), remedy)
    t.is(remedyFor(reason, 1), remedy)
    t.is(remedyFor(reason, 2), 'person')
  }
})

test('we commit ourselves as keeper to what is durably here, as relay to what every destination has confirmed', t => {
  const CT = '1.2.840.10008.5.1.4.1.1.2'
  const verdicts = { durable: [true, false], mayLeave: [true, false], sopClassUID: [CT, '1.2'] }
  const destinations: readonly (readonly boolean[])[] = [[], [true], [false], [true, true], [true, false]]
  for (const mode of ['keeper', 'relay'] as const)
    for (const durable of verdicts.durable)
      for (const mayLeave of verdicts.mayLeave)
        for (const sopClassUID of verdicts.sopClassUID)
          for (const each of destinations) {
            const here = {
              sopClassUID,
              durable,
              mayLeave,
              destinations: each.map(confirmed => ({ confirmed })),
            }
            const expected =
              sopClassUID !== CT
                ? { verdict: 'failed', reason: 0x0119 }
                : !durable || !mayLeave
                  ? { verdict: 'failed', reason: 0x0110 }
                  : mode === 'keeper' || (each.length > 0 && !each.includes(false))
                    ? { verdict: 'committed' }
                    : { verdict: 'pending' }
            t.deepEqual(verdictOn({ sopClassUID: CT, here }, mode), expected as never)
          }
  t.deepEqual(verdictOn({ sopClassUID: CT, here: undefined }, 'keeper'), {
    verdict: 'failed',
    reason: 0x0112,
  })
})

test('what is known of images is said with where it comes from, and what is not known is said too', t => {
  const now = Date.UTC(2026, 10, 24, 14, 2)
  const counts = {
    instances: 412,
    expected: 640,
    missing: 228,
    unanswered: false,
    arriving: null,
    lastAt: now - 60_000,
    expectedAt: now,
  }
  t.like(completenessOf(counts, now), { state: 'incomplete', proof: 'list', missing: 228, expected: 640 })
  // As many as it lists, and not the same ones.
  const others = completenessOf({ ...counts, instances: 640, missing: 2 }, now)
  t.like(others, { state: 'incomplete', received: 640, expected: 640, missing: 2 })
  t.is(completenessOf({ ...counts, instances: 641, missing: 0 }, now).state, 'complete')
  // Images came after it was asked: its list is old, and counted only.
  const late = completenessOf({ ...counts, instances: 500, lastAt: now, expectedAt: now - 1 }, now)
  t.like(late, { state: 'incomplete', proof: 'count', missing: 140 })
  t.is(
    completenessOf({ ...counts, instances: 640, missing: 0, expectedAt: now - 120_000 }, now).state,
    'quiet',
  )
  const unknown = { ...counts, expected: null, missing: null, expectedAt: null }
  t.like(completenessOf(unknown, now), { state: 'quiet', unknown: 'not-asked' })
  t.like(completenessOf({ ...unknown, unanswered: true }, now), { state: 'quiet', unknown: 'no-answer' })
  t.is(completenessOf({ ...counts, confirmed: 312 }, now).confirmed, 312)
  t.false('confirmed' in completenessOf(counts, now))
})

test('while a study arrives, the time left follows from its rate; too little of it promises nothing', t => {
  const now = Date.UTC(2026, 10, 24, 14, 2)
  const counts = {
    instances: 412,
    expected: 640,
    missing: null,
    unanswered: false,
    arriving: { since: now - 412_000, instances: 412 },
    lastAt: now,
    expectedAt: now - 1000,
  }
  const view = completenessOf(counts, now)
  t.like(view, { state: 'arriving', doneAt: new Date(now + 228_000).toISOString() })
  t.false('doneAt' in completenessOf({ ...counts, arriving: { since: now - 100, instances: 412 } }, now))
  t.false('doneAt' in completenessOf({ ...counts, arriving: { since: now - 9000, instances: 2 } }, now))
  t.false('doneAt' in completenessOf({ ...counts, expected: null }, now))
})

test('missing images are named by the ranges of their numbers', t => {
  for (const [numbers, text] of [
    [[], ''],
    [[7], '7'],
    [[3, 4, 5, 12], '3–5, 12'],
    [[5, 3, 4, 4, 1], '1, 3–5'],
  ] as const)
    t.is(asRanges(numbers), text)
})

test('a list of instances is kept whole and small', t => {
  const list = Array.from({ length: 640 }, (_, n) => ({
    uid: `1.2.826.0.1.3680043.8.498.4904396448236085418253016760350552.${n + 1}`,
    number: n % 7 === 0 ? null : n + 1,
  }))
  t.deepEqual(unpacked(packed(list)), list)
  t.deepEqual(unpacked(packed([])), [])
  t.true(packed(list).length < 640 * 10, `${packed(list).length} bytes`)
})

test('a closed site is at rest: no route begins there or leads there, and its PACS says nothing but what is owed', t => {
  const stopped = {
    site: (id: string) => id === 'nord',
    peer: (id: string) => id === 'nord-pacs',
  }
  const route = (when: object, to: string[], enabled = true) => ({
    ...{ id: 'r', enabled, when, to, transferSyntax: 'keep' as const },
  })
  const rows: [when: object, to: string[], enabled: boolean, left: string[]][] = [
    [{ site: 'nord' }, ['lecture-pacs'], false, ['lecture-pacs']],
    [{ peer: 'nord-pacs' }, ['lecture-pacs'], false, ['lecture-pacs']],
    [{ site: 'sud' }, ['nord-pacs'], false, ['nord-pacs']],
    [{ site: 'sud' }, ['nord-pacs', 'lecture-pacs'], true, ['lecture-pacs']],
    [{ site: 'sud' }, ['lecture-pacs'], true, ['lecture-pacs']],
    [{ modality: ['CT'] }, ['lecture-pacs'], true, ['lecture-pacs']],
  ]
  for (const [when, to, enabled, left] of rows) {
    const [now] = standingRoutes([route(when, to)], stopped)
    t.deepEqual([now?.enabled, now?.to], [enabled, left], JSON.stringify(when))
    t.is(standingRoutes([route(when, to, false)], stopped)[0]?.enabled, false, 'what is off stays off')
  }
  t.deepEqual(atRest(peer({ may: ['echo', 'store', 'find', 'move', 'get', 'commit'] })).may, [
    'echo',
    'commit',
  ])
})
