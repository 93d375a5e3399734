import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import type { Role } from '../../node/accounts/view.js'
import { manualClock } from '../../node/clock.js'
import { networkFile } from '../../node/commands/network-file.js'
import { loadConfig } from '../../node/config.js'
import { openDatabase } from '../../node/database.js'
import { openFlows } from '../../node/exchange/flows.js'
import { routingFollower } from '../../node/exchange/follow.js'
import { openRetrievals } from '../../node/exchange/retrievals.js'
import { routeInput, routeOf } from '../../node/exchange/route-input.js'
import { openRoutesBook } from '../../node/exchange/routes-book.js'
import { routingRoutes } from '../../node/exchange/routing-routes.js'
import { studyRoutes } from '../../node/exchange/study-routes.js'
import { openTransferViews, transferRoutes } from '../../node/exchange/transfer-routes.js'
import { openTransfers } from '../../node/exchange/transfers.js'
import type { FlowView, RouteTrialView } from '../../node/exchange/view.js'
import { openHttp } from '../../node/http/server.js'
import { openIds } from '../../node/ids.js'
import { openFollowers } from '../../node/journal/followers.js'
import { openJournal } from '../../node/journal/journal.js'
import { silentLog } from '../../node/log.js'
import { openObjects } from '../../node/objects/objects.js'
import { openOutbox } from '../../node/outbox/outbox.js'
import { openPeers } from '../../node/peers/peers.js'
import type { PeerInput, RouteView } from '../../node/peers/view.js'
import { migrations } from '../../node/program/migrations.js'
import { openSites } from '../../node/sites/sites.js'
import { openReceive } from '../../node/studies/receive.js'
import { openStudies } from '../../node/studies/studies.js'
import type { TransferRow } from '../../node/studies/view.js'
import { person } from '../support/act.js'
import { CONTRACTS, peerOf, SITES, temporary } from '../support/node.js'
import { digestOf, studyUid, writePhantom } from '../support/phantoms.js'

const COMMAND = { by: 'command', user: 'test' } as const
const PEERS = [
  peerOf('nord-pacs', 'nord', 'NORDPACS', 4242),
  peerOf('nord-ct', 'nord', 'NORDCT', 4242),
  peerOf('sud-pacs', 'sud', 'SUDPACS', 4242),
  peerOf('lecture-pacs', 'lecture', 'LECTURE', 4242),
] as unknown as PeerInput[]

/** No site is closed here. */
const stopped = { site: () => false, peer: () => false }

/** Images, routes and what is owed, on a real file: nothing is sent, since no handler is there to send it. */
async function house(t: ExecutionContext, routes: object[] = []) {
  const folder = temporary(t)
  const clock = manualClock(Date.UTC(2026, 10, 24, 6))
  const db = openDatabase({ file: join(folder, 'db'), migrations, clock })
  t.teardown(() => db.close())
  const ids = openIds(clock)
  const journal = openJournal({ db, clock })
  const sites = openSites({ db, clock, journal })
  await db.write(tx =>
    sites.apply(tx, networkFile.parse({ sites: SITES, contracts: CONTRACTS }) as never, COMMAND),
  )
  const objects = await openObjects({
    db,
    clock,
    folder: join(folder, 'objects'),
    run: 'test',
    bucketFiles: 100,
    freeBytesMin: 0,
  })
  const peers = await openPeers({ db, clock, journal, allowLoopbackPeers: true })
  await db.write(async tx => {
    for (const peer of PEERS) await peers.put(tx, { ...peer, tls: 'none', certificate: null }, COMMAND)
  })
  const outbox = openOutbox({ db, clock, ids, journal, onTrouble: () => undefined })
  const studies = openStudies({ db, clock, journal })
  const receive = openReceive({ db, clock, ids, journal, objects })
  const book = await openRoutesBook({ db, journal, peers })
  const put = (route: object) => db.write(tx => book.put(tx, routeOf(routeInput.parse(route)), COMMAND))
  for (const route of routes) await put(route)
  const transfers = openTransfers({ db, clock, ids, journal, outbox })
  outbox.handle('send-study', {
    run: () => Promise.reject(new Error('nothing is sent here')),
    givenUp: (tx, job, reason, origin) => transfers.abandon(tx, String(job.body['transfer']), reason, origin),
  })
  const followers = openFollowers({ db, journal, clock, onTrouble: ({ reason }) => t.fail(reason) })
  const retrievals = await openRetrievals({ db, clock, ids, journal, outbox })
  followers.add(
    routingFollower({ clock, studies, sites, routes: book, stopped, transfers, peers, outbox, retrievals }),
  )
  await followers.start()
  t.teardown(() => followers.close())

  let count = 0
  /** Images of the test's study, by an association of `source` that ends with them; the same numbers are the same images. */
  const arrive = async (
    source: string,
    images: readonly number[],
    more: { site?: string; modality?: string } = {},
  ) => {
    const peer = peers.find(source)
    const association = `association ${++count}`
    for (const number of images) {
      const uid = studyUid(`image ${number}`)
      const sha256 = digestOf(Buffer.from(uid))
      await receive.receive({
        object: {
          name: `${sha256}-12345678`,
          bucket: 'test-0001',
          bytes: 1000,
          datasetOffset: 300,
          sha256,
          transferSyntaxUID: '1.2.840.10008.1.2.1',
          mediaType: 'application/dicom',
        },
        sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
        attributes: {
          StudyInstanceUID: studyUid('study'),
          SeriesInstanceUID: studyUid('series'),
          SOPInstanceUID: uid,
          SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
          PatientID: '10001',
          PatientName: 'ESSAI^Zoé',
          StudyDescription: 'Scanner crânien',
          BodyPartExamined: 'HEAD',
          Modality: more.modality ?? 'CT',
          InstanceNumber: number,
        } as never,
        source: {
          id: source,
          site: more.site ?? peer?.site ?? 'nord',
          issuer: 'NORD',
          madeHere: peer === undefined,
          association,
          callingAETitle: '',
          calledAETitle: '',
          address: '',
        },
      })
    }
    await receive.ended(association)
    await followers.settled()
    return (
      (await studies.byUid(studyUid('study'))).find(
        study => study.site === (more.site ?? peer?.site ?? 'nord'),
      ) ?? t.fail()
    )
  }
  /** What is owed: peer, cause, images, place in the lane. */
  const owed = async () =>
    (await transfers.list({ limit: 100 }))
      .map(({ peer, cause, total, priority }) => [peer, cause, total, priority] as const)
      .sort((a, b) => `${a[0]} ${a[1]}`.localeCompare(`${b[0]} ${b[1]}`))
  const sent = async (peer: string, state: 'confirmed' | 'sent' = 'confirmed') => {
    for (const { id } of await transfers.list({ peer, limit: 10 })) {
      const waiting = await transfers.waiting(id)
      await transfers.results(
        id,
        waiting.map(({ id: index, bytes }) => ({
          index,
          bytes,
          outcome: 'stored' as const,
          status: 0,
          permanent: false,
        })),
      )
      if (state === 'confirmed')
        await transfers.arrived(
          id,
          waiting.map(image => image.id),
          'confirmed',
        )
      await db.write(tx => transfers.settle(tx, id, { state }))
    }
  }
  const link = (study: string, urgency: string, request = 'req_1', to = ['lecture']) =>
    db.write(tx => studies.link(tx, study, { request, sites: to, urgency })).then(() => followers.settled())
  const flows = openFlows(clock)
  return {
    flows,
    folder,
    db,
    clock,
    journal,
    sites,
    peers,
    studies,
    transfers,
    outbox,
    book,
    put,
    arrive,
    owed,
    sent,
    link,
  }
}

type House = Awaited<ReturnType<typeof house>>

/** The interface behind the real kit; the cookie names who asks. */
async function serve(t: ExecutionContext, it: House) {
  const role = (name: Role, site: string, everySite = false) => {
    const { who } = person(`acc_${name}_${site}`, name, name, site)
    return everySite ? { ...who, membership: { ...who.membership, everySite } } : who
  }
  const people = {
    operator: role('operator', 'node', true),
    nord: role('administrator', 'nord'),
    sud: role('administrator', 'sud'),
    manip: role('technician', 'nord'),
    radiologist: role('radiologist', 'lecture'),
    coordinator: role('coordinator', 'lecture'),
    'manip-lecture': role('technician', 'lecture'),
    'admin-lecture': role('administrator', 'lecture'),
  }
  const views = openTransferViews({ ...it, sites: { site: id => ({ name: id, issuer: id }) } })
  const http = openHttp({
    config: loadConfig({ env: { RELAIS_HTTP_PORT: '0' } }).http,
    node: { name: 'Relais', version: '0.0.0' },
    log: silentLog,
    clock: it.clock,
    authenticate: async ({ cookie }) => people[cookie as keyof typeof people] ?? null,
    may: () => true,
    routes: [
      ...routingRoutes({ ...it, routes: it.book, stopped, timeZone: 'Europe/Paris' }),
      ...studyRoutes({
        ...it,
        link: undefined as never, // nobody is called
        sites: { site: (id: string) => ({ name: id, issuer: id }) },
        requestsOf: async () => [],
        views,
      } as never),
      ...transferRoutes({ ...it, flows: it.flows, views }),
    ],
  })
  const { url } = await http.listen()
  t.teardown(() => http.close())
  return async <T>(
    who: keyof typeof people,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { cookie: `relais=${who}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as T & { detail?: string; code?: string } }
  }
}

test('a study goes where its routes say; what a peer brought never goes back to it, image by image', async t => {
  const it = await house(t, [
    { id: 'all', when: { site: 'nord' }, to: ['nord-pacs', 'nord-ct', 'lecture-pacs'] },
  ])
  await it.arrive('nord-ct', [1, 2])
  t.deepEqual(await it.owed(), [
    ['lecture-pacs', 'all', 2, 20],
    ['nord-pacs', 'all', 2, 20],
  ])
  // The PACS adds two of its own and brings one of the scanner's again: each gets what it has not.
  await it.arrive('nord-pacs', [2, 3, 4])
  t.deepEqual(await it.owed(), [
    ['lecture-pacs', 'all', 4, 20],
    ['nord-ct', 'all', 2, 20],
    ['nord-pacs', 'all', 2, 20],
  ])
  // Nothing new: nothing more.
  await it.arrive('nord-ct', [1, 2])
  t.deepEqual(
    (await it.owed()).map(([, , total]) => total),
    [4, 2, 2],
  )
})

test('the same study at two sites: what a PACS brought to one is not sent to it for the other', async t => {
  const it = await house(t, [
    { id: 'out', when: { site: 'nord' }, to: ['lecture-pacs'] },
    { id: 'back', when: { site: 'lecture' }, to: ['nord-pacs'] },
  ])
  await it.arrive('nord-pacs', [1, 2])
  await it.sent('lecture-pacs')
  await it.arrive('lecture-pacs', [1, 2])
  t.deepEqual(await it.owed(), [['lecture-pacs', 'out', 2, 20]])
  // Something of its own does go.
  await it.arrive('lecture-pacs', [3])
  t.deepEqual(await it.owed(), [
    ['lecture-pacs', 'out', 2, 20],
    ['nord-pacs', 'back', 1, 20],
  ])
})

test('a holder is sent nothing twice, whichever route or person asks', async t => {
  const it = await house(t, [{ id: 'first', when: { site: 'nord' }, to: ['lecture-pacs'] }])
  const study = await it.arrive('nord-pacs', [1, 2])
  const owe = async (cause: string) => {
    const instances = (await it.studies.instances(study.id)).map(({ id }) => id)
    const to = { study: study.id, site: 'nord', peer: 'lecture-pacs', priority: 20, instances }
    return it.db.write(tx => it.transfers.owe(tx, { ...to, cause }, COMMAND))
  }
  t.deepEqual(await owe('second'), { transfer: undefined, because: 'under-way' })
  t.deepEqual(await owe('manual:acc_1'), { transfer: undefined, because: 'under-way' })
  // Acknowledged and never confirmed: no route sends it again, a person may.
  await it.sent('lecture-pacs', 'sent')
  t.deepEqual(await owe('second'), { transfer: undefined, because: 'already-there' })
  const again = await owe('manual:acc_1')
  t.truthy(again.transfer)
  t.is((await it.transfers.waiting(again.transfer ?? '')).length, 2)
  await it.sent('lecture-pacs')
  for (const cause of ['second', 'manual:acc_1', 'manual:acc_2'])
    t.deepEqual(await owe(cause), { transfer: undefined, because: 'already-there' }, cause)
  // What was given up stays so for the routes, and comes back by a person.
  await it.arrive('nord-pacs', [3])
  const [open] = await it.transfers.list({ peer: 'lecture-pacs', states: ['queued'], limit: 1 })
  await it.db.write(tx => it.transfers.cancel(tx, open?.id ?? '', 'not needed', COMMAND))
  t.deepEqual(await owe('first'), { transfer: undefined, because: 'given-up' })
  const back = await owe('manual:acc_1')
  t.is((await it.transfers.waiting(back.transfer ?? '')).length, 1)
})

test('our own report fires no route', async t => {
  const it = await house(t, [{ id: 'all', when: {}, to: ['lecture-pacs'] }])
  await it.arrive('report', [9], { site: 'nord', modality: 'DOC' })
  t.deepEqual(await it.owed(), [])
  await it.arrive('nord-pacs', [1])
  t.deepEqual(await it.owed(), [['lecture-pacs', 'all', 1, 20]])
})

test('a request laid onto a study: its routes are read again, its transfers take their new places, other routes wait for images', async t => {
  const it = await house(t, [
    { id: 'asked', when: { site: 'nord', request: { contract: 'nord-lecture' } }, to: ['lecture-pacs'] },
    { id: 'urgent', when: { urgency: ['emergency'] }, to: ['sud-pacs'], priority: 'high' },
    { id: 'always', when: { site: 'nord' }, to: ['nord-ct'], priority: 'low' },
  ])
  const study = await it.arrive('nord-pacs', [1, 2])
  t.deepEqual(await it.owed(), [['nord-ct', 'always', 2, 24]])
  await it.put({ id: 'new', when: { site: 'nord' }, to: ['sud-pacs'] })
  await it.link(study.id, 'routine')
  t.deepEqual(await it.owed(), [
    ['lecture-pacs', 'asked', 2, 20],
    ['nord-ct', 'always', 2, 24],
  ])
  await it.link(study.id, 'emergency', 'req_2')
  t.deepEqual(await it.owed(), [
    ['lecture-pacs', 'asked', 2, 0],
    ['nord-ct', 'always', 2, 0],
    ['sud-pacs', 'urgent', 2, 0],
  ])
  const db = new Sqlite(it.db.file, { readonly: true })
  t.teardown(() => db.close())
  t.deepEqual(db.prepare("SELECT DISTINCT priority FROM outbox WHERE kind = 'send-study'").all(), [
    { priority: 0 },
  ])
  // A less urgent request for the same study takes nothing away, and the same again is no fact.
  const head = await it.journal.head()
  await it.link(study.id, 'routine', 'req_1')
  await it.link(study.id, 'emergency', 'req_2')
  t.is(await it.journal.head(), head)
  t.is((await it.studies.byId(study.id))?.urgency, 'emergency')
})

test('routes are put in order, within the places they hold; each change is in the journal', async t => {
  const it = await house(
    t,
    ['a', 'b', 'c', 'd'].map(id => ({
      id,
      when: { site: id === 'b' ? 'sud' : 'nord' },
      to: ['lecture-pacs'],
    })),
  )
  const call = await serve(t, it)
  const order = async (who: 'operator' | 'nord' | 'sud') =>
    (await call<{ items: RouteView[] }>(who, 'GET', '/api/routes')).body.items.map(({ id }) => id)
  t.deepEqual(await order('operator'), ['a', 'b', 'c', 'd'])
  t.deepEqual(await order('nord'), ['a', 'c', 'd'])
  t.is((await call('nord', 'POST', '/api/routes/order', { ids: ['d', 'a', 'c'] })).status, 200)
  t.deepEqual(await order('operator'), ['d', 'b', 'a', 'c'])
  t.is((await call('nord', 'POST', '/api/routes/order', { ids: ['b', 'a'] })).status, 404)
  t.is((await call('operator', 'POST', '/api/routes/order', { ids: ['b', 'b'] })).status, 422)
  t.is((await call('operator', 'POST', '/api/routes/order', { ids: ['b', 'x'] })).status, 404)
  const [fact, ...more] = await it.journal.read({ types: ['routes-ordered'], limit: 10 })
  t.deepEqual([fact?.body, more], [{ order: ['d', 'b', 'a', 'c'], before: ['a', 'b', 'c', 'd'] }, []])
  const again = await openRoutesBook(it)
  t.deepEqual(
    again.list().map((each: RouteView) => each.id),
    ['d', 'b', 'a', 'c'],
  )
})

test('who changes or removes a route somebody else changed meanwhile is told, and nothing is written over', async t => {
  const it = await house(t, [{ id: 'a', when: { site: 'nord' }, to: ['lecture-pacs'] }])
  const call = await serve(t, it)
  const read = async () =>
    (await call<{ items: RouteView[] }>('nord', 'GET', '/api/routes')).body.items[0] ?? t.fail()
  const change = (route: RouteView, more: object) =>
    call<RouteView>('nord', 'PUT', `/api/routes/${route.id}`, { ...route, ...more })
  const seen = await read()
  const [first, second] = [await change(seen, { enabled: false }), await change(seen, { to: ['nord-ct'] })]
  t.is(first.status, 200)
  t.like(second, { status: 409, body: { code: 'conflict' } })
  t.like(await read(), { enabled: false, to: ['lecture-pacs'], revision: first.body.revision })
  // Two at once: one of them wins.
  const both = await Promise.all([
    change(first.body, { to: ['nord-ct'] }),
    change(first.body, { enabled: true }),
  ])
  t.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
  // A program says it by If-Match, or says nothing and means it.
  const { revision = '' } = await read()
  const matching = (etag: string) =>
    call('nord', 'PUT', '/api/routes/a', { ...seen, revision: undefined }, { 'if-match': etag })
  t.is((await matching('"another"')).status, 412)
  t.is((await matching(`"another", "${revision}"`)).status, 200)
  t.is((await matching('*')).status, 200)
  t.is((await change(seen, { revision: undefined, priority: 'low' })).status, 200)
  // Its place among the others is another matter.
  const now = await read()
  t.is((await call('nord', 'DELETE', `/api/routes/a?revision=${seen.revision}`)).status, 409)
  t.is((await call('nord', 'DELETE', `/api/routes/a?revision=${now.revision}`)).status, 200)
  t.is((await it.journal.read({ types: ['route-removed'], limit: 10 })).length, 1)
})

test('a route is taken with all its keys or refused by name; what the network file says comes out again', async t => {
  const it = await house(t)
  const call = await serve(t, it)
  const whole = {
    id: 'whole',
    enabled: false,
    to: ['lecture-pacs'],
    transferSyntax: 'jpeg-ls-lossless',
    whenRefused: 'decompress',
    hours: [
      { days: ['mon', 'fri'], from: '20:00', to: '07:00' },
      { from: '12:00', to: '13:30' },
    ],
    priority: 'low',
    when: {
      site: 'nord',
      peer: 'nord-ct',
      modality: ['CT'],
      bodyPart: ['HEAD'],
      description: ['crane'],
      urgency: ['urgent'],
      request: { contract: 'nord-lecture', reading: 'lecture' },
    },
  }
  const made = await call<RouteView>('nord', 'POST', '/api/routes', whole)
  t.is(made.status, 201)
  t.deepEqual(made.body as object, { ...whole, position: 1, revision: made.body.revision })
  t.deepEqual(networkFile.parse({ routes: [whole] }).routes.map(routeOf), [whole] as never)
  // The oldest form of the file still says the same.
  const old = {
    id: 'old',
    when: { site: 'nord', modality: ['CT', 'MR'] },
    to: ['lecture-pacs'],
    transferSyntax: 'keep',
  }
  t.deepEqual(networkFile.parse({ routes: [old] }).routes.map(routeOf), [{ ...old, enabled: true }] as never)
  for (const [wrong, status] of [
    [{ transferSyntax: 'jpeg-baseline' }, 422],
    [{ hours: [{ from: '24:00', to: '07:00' }] }, 422],
    [{ hours: [{ days: ['lundi'], from: '20:00', to: '07:00' }] }, 422],
    [{ when: { site: 'nord', request: { site: 'x' } } }, 422],
    [{ when: { site: 'nord', urgency: [] } }, 422],
    [{ to: ['nobody'] }, 422],
    [{ when: { site: 'sud' } }, 404],
    [{ when: {} }, 404],
  ] as const)
    t.is(
      (await call('nord', 'POST', '/api/routes', { ...whole, id: 'wrong', ...wrong })).status,
      status,
      JSON.stringify(wrong),
    )
  t.throws(() => networkFile.parse({ routes: [{ ...whole, schedule: 'night' }] }))
  t.is((await it.journal.read({ types: ['route-changed'], limit: 10 })).length, 1)
})

test('a trial says which route fires and why not the others, from values, a file or a study; nothing is written', async t => {
  const it = await house(t, [
    { id: 'mr', when: { site: 'nord', modality: ['MR'] }, to: ['lecture-pacs'] },
    { id: 'asked', when: { site: 'nord', request: { reading: 'lecture' } }, to: ['lecture-pacs'] },
    {
      id: 'night',
      when: { site: 'nord', description: ['crani'] },
      to: ['nord-ct', 'nord-pacs'],
      hours: [{ from: '20:00', to: '06:30' }],
    },
  ])
  const call = await serve(t, it)
  const study = await it.arrive('nord-pacs', [1, 2])
  const watch = new Sqlite(it.db.file, { readonly: true })
  t.teardown(() => watch.close())
  const state = () => [
    watch.pragma('data_version', { simple: true }),
    readdirSync(it.folder, { recursive: true })
      .filter(name => !String(name).startsWith('db'))
      .sort(),
  ]
  const before = state()
  const outcome = ({ verdicts }: RouteTrialView) =>
    verdicts.map(({ route, fires, to, checks }) => [
      route,
      fires,
      to,
      checks.filter(check => !check.holds).map(check => check.condition),
    ])

  const typed = await call<RouteTrialView>('manip', 'POST', '/api/routes/trial', {
    peer: 'nord-pacs',
    modality: ['CT'],
    description: 'Scanner CRÂNIEN',
    reading: 'lecture',
  })
  t.is(typed.status, 200)
  t.deepEqual(outcome(typed.body), [
    ['mr', false, [], ['modality']],
    ['asked', true, ['lecture-pacs'], []],
    ['night', true, ['nord-ct'], []],
  ])
  t.like(typed.body.study, {
    site: 'nord',
    sources: ['nord-pacs'],
    requests: [{ reading: 'lecture', contracts: ['nord-lecture'] }],
  })
  t.deepEqual(typed.body.verdicts[2]?.withheld, [{ peer: 'nord-pacs', because: 'came-from-there' }])
  // 07:00 in Paris: the night is over; for an emergency it does not matter.
  t.is(typed.body.verdicts[2]?.opensAt, '2026-11-24T19:00:00.000Z')
  const emergency = await call<RouteTrialView>('manip', 'POST', '/api/routes/trial', {
    site: 'nord',
    description: 'cranien',
    urgency: 'emergency',
  })
  t.is(emergency.body.verdicts[2]?.opensAt, undefined)

  const [image] = writePhantom(temporary(t), 'mr', { kind: 'mr-knee', images: 1, rows: 256 }).files
  const bytes = readFileSync(image?.file ?? '')
  for (const part of [bytes, bytes.subarray(0, 20_000)]) {
    const dropped = await call<RouteTrialView>('manip', 'POST', '/api/routes/trial', {
      site: 'nord',
      file: part.toString('base64'),
    })
    t.is(dropped.status, 200)
    t.deepEqual(
      outcome(dropped.body).map(each => each.slice(0, 2)),
      [
        ['mr', true],
        ['asked', false],
        ['night', false],
      ],
    )
    t.deepEqual(dropped.body.study.modalities, ['MR'])
    t.true(dropped.body.study.descriptions.length > 0)
  }
  t.is(
    (
      await call('manip', 'POST', '/api/routes/trial', {
        site: 'nord',
        file: Buffer.from('no image').toString('base64'),
      })
    ).status,
    422,
  )
  t.is((await call('manip', 'POST', '/api/routes/trial', { modality: ['CT'] })).status, 422)

  const named = await call<RouteTrialView>('manip', 'GET', `/api/routes/trial/${studyUid('study')}`)
  t.deepEqual(outcome(named.body), [
    ['mr', false, [], ['modality']],
    ['asked', false, [], ['request']],
    ['night', true, ['nord-ct'], []],
  ])
  // An administrator sees no patients, and another site's study is none.
  t.is((await call('nord', 'GET', `/api/routes/trial/${studyUid('study')}`)).status, 404)
  t.is((await call('sud', 'GET', `/api/routes/trial/${studyUid('study')}`)).status, 404)
  t.deepEqual(
    (await call<RouteTrialView>('sud', 'POST', '/api/routes/trial', { site: 'nord' })).body.verdicts,
    [],
  )
  t.deepEqual(state(), before)
  t.is((await it.studies.byId(study.id))?.instances, 2)
})

test('a person who sends what is there or on its way is told so, in their language', async t => {
  const it = await house(t)
  const call = await serve(t, it)
  await it.arrive('nord-ct', [1])
  const send = (peer: string) =>
    call<TransferRow>('manip', 'POST', `/api/studies/${studyUid('study')}/send`, { peer })
  t.is((await send('nord-ct')).status, 409)
  t.regex((await send('nord-ct')).body.detail ?? '', /sent these images itself/)
  t.is((await send('nord-pacs')).status, 201)
  t.regex((await send('nord-pacs')).body.detail ?? '', /Already on the way/)
  await it.sent('nord-pacs')
  t.regex((await send('nord-pacs')).body.detail ?? '', /Already confirmed by nord-pacs/)
})

test('who sees which transfers: each role as the table of permissions says, by own studies and as a party', async t => {
  const it = await house(t, [
    { id: 'out', when: { site: 'nord' }, to: ['lecture-pacs'] },
    { id: 'in', when: { site: 'nord' }, to: ['nord-ct'] },
  ])
  const call = await serve(t, it)
  const study = await it.arrive('nord-pacs', [1, 2])
  type Page = { items: TransferRow[] }
  const seen = async (who: Parameters<typeof call>[0]) => {
    const { status, body } = await call<Page>(who, 'GET', '/api/transfers')
    return status === 200 ? body.items.map(({ peer }) => peer).sort() : status
  }
  t.deepEqual(await seen('operator'), ['lecture-pacs', 'nord-ct'])
  t.deepEqual(await seen('nord'), ['lecture-pacs', 'nord-ct'])
  t.deepEqual(await seen('manip'), ['lecture-pacs', 'nord-ct'])
  t.deepEqual(await seen('sud'), [])
  // To its own PACS: a radiologist and a coordinator as a party, the reading group's technician and administrator not.
  t.deepEqual(await seen('radiologist'), ['lecture-pacs'])
  t.deepEqual(await seen('coordinator'), ['lecture-pacs'])
  t.deepEqual(await seen('manip-lecture'), [])
  t.deepEqual(await seen('admin-lecture'), [])
  const [out] = (await call<Page>('radiologist', 'GET', '/api/transfers')).body.items
  t.like(out, { StudyInstanceUID: '', study: 'CT', may: [], priority: 'routine' })
  // Asked to read, they are a party to the study: all of it, by name.
  await it.link(study.id, 'urgent')
  t.deepEqual(await seen('radiologist'), ['lecture-pacs', 'nord-ct'])
  const [named] = (await call<Page>('coordinator', 'GET', '/api/transfers?peer=lecture-pacs')).body.items
  t.like(named, { StudyInstanceUID: studyUid('study'), may: ['retry'], priority: 'urgent' })
  t.deepEqual(await seen('admin-lecture'), [])
  for (const [who, status] of [
    ['manip-lecture', 404],
    ['radiologist', 404],
    ['coordinator', 200],
  ] as const)
    t.is((await call(who, 'POST', `/api/transfers/${out?.id}/retry`)).status, status, who)
})

test('all that waits for a peer is tried again at once, by those who may, and only theirs', async t => {
  const it = await house(t, [{ id: 'out', when: {}, to: ['lecture-pacs'] }])
  const call = await serve(t, it)
  await it.arrive('nord-pacs', [1])
  await it.arrive('sud-pacs', [2], { site: 'sud' })
  for (const { id } of await it.transfers.list({ limit: 10 }))
    await it.db.write(tx => it.transfers.settle(tx, id, { state: 'failed', reason: 'C000' }))
  const states = async () =>
    (await it.transfers.list({ limit: 10 })).map(({ state, generation }) => `${state} ${generation}`).sort()
  t.deepEqual(await states(), ['failed 1', 'failed 1'])
  const again = (who: Parameters<typeof call>[0], peer = 'lecture-pacs') =>
    call<{ retried: number }>(who, 'POST', '/api/transfers/retry', { peer })
  t.is((await again('manip-lecture')).status, 404)
  t.is((await again('nord', 'nowhere')).status, 404)
  t.deepEqual((await again('nord')).body.retried, 1)
  t.deepEqual(await states(), ['failed 1', 'queued 2'])
  t.deepEqual((await again('operator')).body.retried, 2)
  t.deepEqual(await states(), ['queued 2', 'queued 2'])
})

test('what moves now is told by peer and direction, with its rate of late', async t => {
  const it = await house(t, [{ id: 'out', when: { site: 'nord' }, to: ['lecture-pacs'] }])
  const call = await serve(t, it)
  const flows = async (who: Parameters<typeof call>[0]) =>
    (await call<{ items: FlowView[] }>(who, 'GET', '/api/flows')).body.items
  await it.arrive('nord-pacs', [1, 2, 3])
  t.deepEqual(await flows('operator'), [])
  const [transfer] = await it.transfers.list({ limit: 1 })
  const id = transfer?.id ?? ''
  await it.transfers.began(id)
  const [first] = await it.transfers.waiting(id)
  await it.transfers.results(id, [
    { index: first?.id ?? 0, outcome: 'stored', status: 0, bytes: 1000, permanent: false },
  ])
  it.flows.add(id, { instances: 1, bytes: 1000 })
  const out = { peer: 'lecture-pacs', direction: 'out', studies: 1, instances: { moved: 1, of: 3 } }
  t.deepEqual(await flows('operator'), [out] as FlowView[])
  it.clock.advance(2000)
  it.flows.add(id, { instances: 1, bytes: 5000 })
  t.deepEqual(await flows('operator'), [{ ...out, bytesPerSecond: 3000 }] as FlowView[])
  t.deepEqual(await flows('sud'), [])
  t.deepEqual(await flows('admin-lecture'), [{ ...out, bytesPerSecond: 3000 }] as FlowView[])
  // An outage does not stand in the rate for ever.
  it.clock.advance(60_000)
  t.deepEqual(await flows('operator'), [out] as FlowView[])
})
