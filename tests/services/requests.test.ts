import anyTest, { type TestFn } from 'ava'
import { requestFollower } from '../../node/requests/follow.js'
import { formerView } from '../../node/requests/former.js'
import { replay, type Step } from '../../node/requests/lifecycle.js'
import type { KnownRequest } from '../../node/requests/requests.js'
import type { RequestTables } from '../../node/requests/schema.js'
import type { NewRequest } from '../../node/requests/view.js'
import { type Act, FORM, openAct, PEOPLE, START_MS, study } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, technician, stranger, first, second, outsider, coordinator, operator } = PEOPLE
const NONE = {}
const factTypes = async (act: Act, id: string) =>
  (await act.journal.read({ subject: id })).map(fact => fact.type)

test('a submitted request is offered at once to the one contracted group, with the reasons on record', async t => {
  const { requests, journal, shared } = t.context
  const request = await requests.create(referrer, FORM)
  t.like(request, {
    state: 'offered',
    reference: 'N-0001',
    to: 'lecture',
    toName: 'Groupe de lecture',
    siteName: 'Hôpital Nord',
    ageYears: 56,
    may: ['ask-error'],
    due: { at: new Date(START_MS + 4 * 3_600_000).toISOString(), for: 'claim' },
    images: { received: 312, expected: 312, state: 'complete' },
  })
  t.deepEqual(await factTypes(t.context, request.id), [
    'request-created',
    'request-linked',
    'request-submitted',
    'request-offered',
  ])
  const [offered] = await journal.read({ subject: request.id, types: ['request-offered'] })
  t.like(offered?.body, {
    to: 'lecture',
    readers: [
      { account: 'acc_rad1', name: 'Dr Un' },
      { account: 'acc_rad2', name: 'Dr Deux' },
    ],
    why: [{ code: 'contract-covers', contract: 'nord-lecture', site: 'lecture' }],
  })
  t.deepEqual(offered?.origin, { by: 'system', part: 'dispatch' })
  t.regex(request.timeline.at(-1)?.details['why'] ?? '', /la convention couvre/)
  t.deepEqual(shared, [{ study: 'std_1282601', sites: ['lecture'], urgency: 'routine' }])
})

test('the chained part of the journal names nobody: only our own ids', async t => {
  const { requests, journal } = t.context
  const { id } = await requests.create(referrer, FORM)
  for (const fact of await journal.read({ subject: id }))
    for (const value of Object.values(fact.ids)) t.regex(value, /^(req|clm|std)_[0-9a-z]+$/)
})

test('one of fifty simultaneous claims wins; the others are told who holds it', async t => {
  const { requests, journal, db } = t.context
  const { id } = await requests.create(referrer, FORM)
  const tries = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      requests.send(index % 2 === 0 ? first : second, id, 'claim', NONE),
    ),
  )
  t.is(tries.filter(one => one.status === 'fulfilled').length, 1)
  for (const one of tries)
    if (one.status === 'rejected')
      t.like(one.reason, { code: 'conflict', message: 'Dr Un holds this request.' })
  t.is((await journal.read({ subject: id, types: ['request-claimed'] })).length, 1)
  const live = await db.sql<RequestTables>().selectFrom('request_claims').selectAll().execute()
  t.is(live.length, 1)
})

test('claiming a reading whose exam is done accepts it in the same action', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, FORM)
  const claimed = await requests.send(first, id, 'claim', NONE)
  t.like(claimed, { state: 'accepted', holder: { id: 'acc_rad1', name: 'Dr Un' }, due: { for: 'report' } })
  t.deepEqual(claimed.may, ['refuse', 'release', 'hand-over', 'ask', 'start', 'cancel'])
  t.deepEqual((await factTypes(t.context, id)).slice(-2), ['request-claimed', 'request-accepted'])
  t.like(await requests.send(first, id, 'start', NONE), { state: 'reading' })
  const [started] = await t.context.journal.read({ subject: id, types: ['request-started'] })
  t.deepEqual(started?.body?.['images'], [{ StudyInstanceUID: '1.2.826.0.1', received: 312, expected: 312 }])
})

test('before the exam a protocol is due, and then the exam is waited for', async t => {
  const { requests } = t.context
  const { studies: _none, ...form } = FORM
  const { id } = await requests.create(referrer, form)
  t.like(await requests.send(first, id, 'claim', NONE), { state: 'claimed', due: { for: 'decision' } })
  t.like(await t.throwsAsync(requests.send(first, id, 'accept', NONE)), {
    code: 'invalid',
    fields: [{ path: 'text' }],
  })
  t.like(await requests.send(first, id, 'accept', { text: 'Angio-TDM, temps artériel' }), {
    state: 'accepted',
  })
  t.like(await requests.send(technician, id, 'await-exam', NONE), { state: 'awaiting-exam' })
  const back = await requests.send(technician, id, 'exam-done', { studies: ['1.2.826.0.1'] })
  t.like(back, { state: 'accepted', due: { for: 'report' } })
  t.is(back.studies.length, 1)
})

test('declining leaves it with the others; refusing takes a reason and an alternative', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, FORM)
  t.like(await t.throwsAsync(requests.send(first, id, 'decline', NONE)), { code: 'invalid' })
  const declined = await requests.send(first, id, 'decline', { reason: 'overload' })
  t.like(declined, { state: 'offered', may: [] })
  t.is((await requests.counts(first)).toClaim, 0)
  t.is((await requests.counts(second)).toClaim, 1)
  t.like(await t.throwsAsync(requests.send(first, id, 'claim', NONE)), { code: 'forbidden' })
  await requests.send(second, id, 'claim', NONE)
  t.like(await t.throwsAsync(requests.send(second, id, 'refuse', { reason: 'Non justifié' })), {
    code: 'invalid',
    fields: [{ path: 'alternative' }],
  })
  t.like(await requests.send(second, id, 'refuse', { reason: 'Non justifié', alternative: 'IRM' }), {
    state: 'refused',
  })
})

test('a released request is offered again; the total clock goes on', async t => {
  const { requests, clock } = t.context
  const { id } = await requests.create(referrer, FORM)
  clock.advance(60_000)
  await requests.send(first, id, 'claim', NONE)
  clock.advance(60_000)
  const released = await requests.send(first, id, 'release', { reason: 'Fin de vacation' })
  t.like(released, {
    state: 'offered',
    due: { at: new Date(START_MS + 120_000 + 4 * 3_600_000).toISOString() },
  })
  t.is(released.holder, undefined)
  clock.advance(60_000)
  const again = await requests.send(second, id, 'claim', NONE)
  t.like(again.clock, { totalMs: 180_000, readerMs: 180_000, running: true })
  t.like(await t.throwsAsync(requests.send(first, id, 'start', NONE)), {
    code: 'conflict',
    message: 'Dr Deux holds this request.',
  })
})

test('a question pauses the reader’s clock until it is answered', async t => {
  const { requests, clock } = t.context
  const { id } = await requests.create(referrer, FORM)
  await requests.send(first, id, 'claim', NONE)
  await requests.send(first, id, 'start', NONE)
  clock.advance(60_000)
  const asked = await requests.send(first, id, 'ask', { text: 'Créatinine ?' })
  t.like(asked, { state: 'info-requested' })
  t.is(asked.due, undefined)
  clock.advance(600_000)
  const answered = await requests.send(referrer, id, 'answer', { text: '78 µmol/L' })
  t.like(answered, { state: 'reading', clock: { readerMs: 60_000, pausedMs: 600_000, totalMs: 660_000 } })
  t.is(answered.timeline.at(-1)?.details['text'], '78 µmol/L')
})

test('what is foreign does not exist; what is only not theirs is forbidden', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, FORM)
  for (const foreign of [stranger, outsider]) {
    t.like(await t.throwsAsync(requests.view(foreign, id)), { code: 'missing' })
    t.like(await t.throwsAsync(requests.send(foreign, id, 'claim', NONE)), { code: 'missing' })
    t.deepEqual(await requests.list(foreign, { limit: 50 }), { items: [] })
    t.is((await requests.counts(foreign)).all, 0)
  }
  t.like(await t.throwsAsync(requests.view(operator, id)), { code: 'missing' })
  t.like(await t.throwsAsync(requests.send(referrer, id, 'claim', NONE)), { code: 'forbidden' })
  t.like(await t.throwsAsync(requests.view(first, 'req_nothing')), { code: 'missing' })
  t.is((await requests.view(coordinator, id)).id, id)
})

test('a draft is seen by its own site only, and the reading group sees it when it is offered', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, { ...FORM, submit: false, to: 'lecture' })
  t.like(await requests.view(technician, id), { state: 'draft', may: ['submit', 'cancel'] })
  t.like(await t.throwsAsync(requests.view(first, id)), { code: 'missing' })
  await requests.send(technician, id, 'submit', NONE)
  t.deepEqual((await requests.view(first, id)).may, ['decline', 'claim'])
})

test('a form that lacks something is refused whole, every field named, and nothing is stored', async t => {
  const { requests, journal } = t.context
  const form: NewRequest = { ...FORM, region: 'Genou', question: '', requester: { name: 'Dr X', phone: '' } }
  const failure = await t.throwsAsync(requests.create(referrer, form))
  t.like(failure, {
    code: 'invalid',
    fields: [{ path: 'question' }, { path: 'laterality' }, { path: 'requester.phone' }],
  })
  t.is(await journal.head(), 0)
  t.is((await requests.create(referrer, FORM)).reference, 'N-0001')
})

test('nobody asks in the name of another site, and references count per site', async t => {
  const { requests } = t.context
  t.like(await t.throwsAsync(requests.create(referrer, { ...FORM, site: 'sud' })), {
    code: 'invalid',
    fields: [{ path: 'site' }],
  })
  t.like(await t.throwsAsync(requests.create(first, FORM)), { code: 'forbidden' })
  t.like(await t.throwsAsync(requests.create(referrer, { ...FORM, to: 'sud' })), {
    code: 'invalid',
    fields: [{ path: 'to' }],
  })
  await requests.create(referrer, FORM)
  t.is((await requests.create(referrer, FORM)).reference, 'N-0002')
  const sud = await requests.create(stranger, { ...FORM, site: 'sud', studies: [] })
  t.like(sud, { reference: 'S-0001', state: 'submitted' })
})

test('without a fitting contract it waits for a coordinator, and says why', async t => {
  const { requests } = t.context
  const request = await requests.create(referrer, { ...FORM, modality: 'US' })
  t.is(request.state, 'submitted')
  t.regex(request.timeline.at(-1)?.details['why'] ?? '', /ne couvre pas la modalité US/)
})

test('a study with another identity is linked only with a reason; another site’s study looks like one never heard of', async t => {
  const { requests, here, journal } = t.context
  here.set(
    'nord/1.2.3',
    study('1.2.3', { identity: { PatientID: 'P2', IssuerOfPatientID: 'NORD', birthDate: '' } }),
  )
  here.set('sud/1.2.4', study('1.2.4', { description: 'Secret' }))
  t.like(await t.throwsAsync(requests.create(referrer, { ...FORM, studies: ['1.2.3'] })), {
    code: 'invalid',
    fields: [{ path: 'studies.0' }],
  })
  const all = { ...FORM, studies: ['1.2.3', '1.2.4', '1.2.5'], identityDifference: 'Numéro provisoire' }
  const { id, studies } = await requests.create(referrer, all)
  t.deepEqual(
    studies.map(one => [one.description, one.completeness]),
    [
      ['TDM cérébrale', { received: 312, expected: 312, state: 'complete' }],
      ['', { received: 0, state: 'arriving' }],
      ['', { received: 0, state: 'arriving' }],
    ],
  )
  const linked = await journal.read({ subject: id, types: ['request-linked'] })
  t.deepEqual(
    linked.map(fact => fact.body?.['identityDifference']),
    Array(3).fill('Numéro provisoire'),
  )
  t.deepEqual(await requests.linkedTo('sud', '1.2.4'), [])
})

test('the worklist is urgency first, then the oldest, page by page, and finds without accents', async t => {
  const { requests, clock } = t.context
  const urgencies = ['routine', 'emergency', 'urgent', 'routine', 'emergency'] as const
  for (const [index, urgency] of urgencies.entries()) {
    clock.advance(1000)
    await requests.create(referrer, {
      ...FORM,
      urgency,
      patient: { ...FORM.patient, given: index === 3 ? 'Jean-Pierre' : 'Zoé' },
    })
  }
  const references: string[] = []
  let after: string | undefined
  do {
    const page = await requests.list(first, { limit: 2, ...(after === undefined ? {} : { after }) })
    references.push(...page.items.map(row => row.reference))
    after = page.next
  } while (after !== undefined)
  t.deepEqual(references, ['N-0002', 'N-0005', 'N-0003', 'N-0001', 'N-0004'])
  const find = async (q: string) =>
    (await requests.list(referrer, { limit: 50, q })).items.map(row => row.reference)
  t.deepEqual(await find('essai jean pierre'), ['N-0004'])
  t.deepEqual(await find('ZOE n-0003'), ['N-0003'])
  t.deepEqual(await find('%'), references)
  t.is((await requests.list(first, { limit: 50, urgency: 'emergency', state: ['offered'] })).items.length, 2)
  t.like(await t.throwsAsync(requests.list(first, { limit: 2, after: 'x' })), { code: 'invalid' })
})

test('the saved lists count what they show', async t => {
  const { requests, clock } = t.context
  const [a, b] = [
    await requests.create(referrer, FORM),
    await requests.create(technician, { ...FORM, urgency: 'emergency' }),
  ]
  await requests.send(first, a.id, 'claim', NONE)
  await requests.send(first, a.id, 'start', NONE)
  const counted = { toClaim: 1, mine: 1, toFinish: 1, late: 0, all: 2, former: 0, more: [] }
  t.deepEqual(await requests.counts(first), counted)
  t.deepEqual(await requests.counts(referrer), counted)
  clock.advance(200_000)
  t.is((await requests.counts(coordinator)).late, 1)
  t.deepEqual(
    (await requests.list(coordinator, { limit: 9, late: true })).items.map(row => row.id),
    [b.id],
  )
  t.deepEqual(
    (await requests.list(first, { limit: 9, mine: true })).items.map(row => row.id),
    [a.id],
  )
})

test('images that come later start the reader’s clock and take the urgency with them', async t => {
  const { requests, here, clock, db, journal, followers, shared } = t.context
  here.clear()
  followers.add(requestFollower(requests))
  await followers.start()
  const { id } = await requests.create(referrer, { ...FORM, urgency: 'emergency' })
  const claimed = await requests.send(first, id, 'claim', NONE)
  t.is(claimed.state, 'accepted')
  t.is(claimed.due, undefined)
  shared.length = 0
  const arrive = (type: string) =>
    db.write(tx =>
      journal.append(
        tx,
        {
          type,
          site: 'nord',
          ids: { study: 'std_1', arrival: 'arr_1' },
          body: { StudyInstanceUID: '1.2.826.0.1' },
        },
        { by: 'peer', peer: 'nord-pacs', site: 'nord', callingAETitle: 'NORDPACS', address: '127.0.0.1' },
      ),
    )
  here.set('nord/1.2.826.0.1', study('1.2.826.0.1', { id: 'std_1' }))
  clock.advance(60_000)
  await arrive('study-arriving')
  clock.advance(60_000)
  await arrive('study-received')
  await followers.settled()
  t.deepEqual(shared[0], { study: 'std_1', sites: ['lecture'], urgency: 'emergency' })
  clock.advance(30_000)
  const view = await requests.view(first, id)
  t.like(view, {
    due: { at: new Date(START_MS + 120_000 + 45 * 60_000).toISOString(), for: 'report' },
    clock: { transferMs: 120_000, readerMs: 30_000, totalMs: 150_000 },
  })
  t.true(view.timeline.some(entry => entry.fact === 'study-received' && /nord-pacs/.test(entry.by)))
  // Whoever has to leave it is not told that their reading was the transfer's time.
  const known = (await requests.known(id)) as KnownRequest
  const facts = await requests.facts(id)
  const end = { until: clock.now(), seq: facts.at(-1)?.seq ?? 0 }
  const own = facts.filter(fact => fact.ids['request'] === id)
  const left = { end, facts: own, counted: facts, documents: [], nameOf: (site: string) => site }
  const { clock: then, timeline } = formerView({ request: known, ...left }, first.who)
  t.deepEqual(then, {
    siteMs: 0,
    transferMs: 120_000,
    readerMs: 30_000,
    pausedMs: 0,
    totalMs: 150_000,
    running: false,
  })
  t.false(timeline.some(entry => entry.fact === 'study-received'))
})

test('images that come say that the exam is done: no click of the room stands before the reader, and until then the time is the site’s', async t => {
  const { requests, here, clock, db, journal, followers } = t.context
  here.clear()
  followers.add(requestFollower(requests))
  await followers.start()
  const uid = '1.2.826.0.9'
  for (const waits of [false, true]) {
    const accession = waits ? 'ACC-2' : 'ACC-1'
    const { studies: _none, ...form } = FORM
    const { id } = await requests.create(referrer, { ...form, urgency: 'emergency', accession })
    await requests.send(first, id, 'claim', NONE)
    await requests.send(first, id, 'accept', { text: 'Angio-TDM' })
    if (waits) await requests.send(technician, id, 'await-exam', NONE)
    clock.advance(30 * 60_000)
    t.like((await requests.view(first, id)).clock, { siteMs: 30 * 60_000, readerMs: 0, runs: 'site' })
    const study1 = `${uid}.${waits ? 2 : 1}`
    here.set(`nord/${study1}`, study(study1, { accession }))
    for (const type of ['study-arriving', 'study-received']) {
      await db.write(tx =>
        journal.append(
          tx,
          {
            type,
            site: 'nord',
            ids: { study: 'std_9', arrival: `arr_${study1}` },
            body: { StudyInstanceUID: study1 },
          },
          { by: 'peer', peer: 'nord-pacs', site: 'nord', callingAETitle: 'NORDPACS', address: '127.0.0.1' },
        ),
      )
      await followers.settled()
      t.is((await requests.view(first, id)).state, 'accepted')
    }
    const [came, ...again] = await journal.read({ subject: id, types: ['request-exam-done'] })
    t.like(came, { origin: { by: 'system', part: 'requests' }, body: { implied: 'images' } })
    t.deepEqual(again, [])
    const opened = await requests.send(first, id, 'start', NONE)
    t.like(opened, { state: 'reading', due: { for: 'report' }, clock: { runs: 'reader' } })
    // The room says what it gave when it comes to it, and takes nothing from the reader.
    const said = await requests.send(technician, id, 'exam-done', {
      exam: { contrast: { product: 'Ioméprol 350', lot: 'L-778' } },
    })
    t.like(said, { state: 'reading', exam: { contrast: { lot: 'L-778' } }, due: opened.due as object })
  }
})

test('after the exam only the coordinator and the claimer cancel, with a reason', async t => {
  const { requests } = t.context
  const done = await requests.create(referrer, FORM)
  t.like(await t.throwsAsync(requests.send(referrer, done.id, 'cancel', { reason: 'Doublon' })), {
    code: 'forbidden',
  })
  t.like(await t.throwsAsync(requests.send(coordinator, done.id, 'cancel', NONE)), { code: 'invalid' })
  t.like(await requests.send(coordinator, done.id, 'cancel', { reason: 'Doublon' }), { state: 'cancelled' })
  const planned = await requests.create(referrer, { ...FORM, studies: [] })
  t.like(await requests.send(referrer, planned.id, 'cancel', NONE), { state: 'cancelled' })
})

test('replaying the journal of every request gives the state of its row', async t => {
  const { requests, journal, db } = t.context
  for (const events of [
    ['claim', 'start', 'ask', 'answer'],
    ['claim', 'release', 'claim'],
    ['decline'],
    [],
  ] as const) {
    const { id } = await requests.create(referrer, FORM)
    for (const event of events)
      await requests.send(event === 'answer' ? technician : first, id, event, { reason: 'r', text: 't' })
  }
  for (const row of await db.sql<RequestTables>().selectFrom('requests').selectAll().execute()) {
    const steps = (await journal.read({ subject: row.id })).map(
      ({ type, body }): Step => ({ type, claim: (body?.['claim'] ?? undefined) as Step['claim'] }),
    )
    const position = replay(steps)
    t.is(position.state, row.state)
    t.is(position.claim?.id ?? null, row.claim)
    t.is(position.claim?.holder ?? null, row.holder)
  }
})
