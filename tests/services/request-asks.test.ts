import anyTest, { type TestFn } from 'ava'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, study } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, technician, first, second, stranger } = PEOPLE

async function asked(act: Act) {
  const { requests } = act
  const { id } = await requests.create(referrer, FORM)
  await requests.send(first, id, 'claim', {})
  const view = await requests.send(first, id, 'ask', {
    items: [
      { kind: 'series', text: 'Coupes fines' },
      { kind: 'laboratory', text: 'Créatinine' },
      { kind: 'prior', text: 'IRM de 2024' },
    ],
  })
  return { id, items: view.asks[0]?.items ?? [], view }
}

test('what is asked back is answered item by item; with the last one the reader goes on', async t => {
  const { requests, journal, clock } = t.context
  const { id, items, view } = await asked(t.context)
  t.like(view, { state: 'info-requested' })
  t.deepEqual(
    items.map(({ kind, state }) => [kind, state]),
    [
      ['series', 'open'],
      ['laboratory', 'open'],
      ['prior', 'open'],
    ],
  )
  const [series, laboratory, prior] = items.map(item => item.id)
  clock.advance(60_000)
  t.like(await requests.answerItem(technician, id, series ?? '', { available: true, text: 'Renvoyées' }), {
    state: 'info-requested',
  })
  t.like(await t.throwsAsync(requests.answerItem(technician, id, series ?? '', { available: false })), {
    code: 'conflict',
  })
  t.like(await t.throwsAsync(requests.answerItem(technician, id, laboratory ?? '', { available: true })), {
    code: 'invalid',
  })
  t.like(await t.throwsAsync(requests.answerItem(second, id, laboratory ?? '', { available: false })), {
    code: 'forbidden',
  })
  t.like(await t.throwsAsync(requests.answerItem(stranger, id, prior ?? '', { available: false })), {
    code: 'missing',
  })
  await requests.answerItem(technician, id, laboratory ?? '', { available: false })
  const done = await requests.answerItem(technician, id, prior ?? '', { available: true, text: 'Apportée' })
  t.like(done, { state: 'accepted', clock: { pausedMs: 60_000 } })
  t.like(done.asks[0]?.items[1], { state: 'unavailable', by: 'M. Manip' })
  t.is((await journal.read({ subject: id, types: ['request-item-answered'] })).length, 3)
  t.is((await journal.read({ subject: id, types: ['request-answered'] })).length, 1)
})

test('a text alone asks and answers as before', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, FORM)
  await requests.send(first, id, 'claim', {})
  await requests.send(first, id, 'ask', { text: 'Côté ?' })
  const back = await requests.send(technician, id, 'answer', { text: 'Droit' })
  t.like(back, {
    state: 'accepted',
    asks: [{ items: [{ kind: 'other', text: 'Côté ?', state: 'answered' }] }],
  })
})

test('all that is open is answered at once, a word about each; what is left out is asked for', async t => {
  const { requests, journal } = t.context
  const { id, items } = await asked(t.context)
  const [series, laboratory, prior] = items.map(item => item.id)
  const answers = [
    { item: series ?? '', available: true, text: 'Renvoyées' },
    { item: laboratory ?? '', available: false },
  ]
  t.like(await t.throwsAsync(requests.send(technician, id, 'answer', { answers })), {
    code: 'invalid',
    fields: [{ path: `answers.${prior}` }],
  })
  const silent = [...answers, { item: prior ?? '', available: true }]
  t.like(await t.throwsAsync(requests.send(technician, id, 'answer', { answers: silent })), {
    code: 'invalid',
  })
  t.like(await requests.view(first, id), { state: 'info-requested', clock: { runs: 'paused' } })
  const back = await requests.send(technician, id, 'answer', {
    answers: [...answers, { item: prior ?? '', available: false, text: 'Fait ailleurs' }],
  })
  t.is(back.state, 'accepted')
  t.is(back.clock.runs, 'reader')
  t.deepEqual(
    back.asks[0]?.items.map(({ state, answer }) => [state, answer]),
    [
      ['answered', 'Renvoyées'],
      ['unavailable', ''],
      ['unavailable', 'Fait ailleurs'],
    ],
  )
  const [fact] = await journal.read({ subject: id, types: ['request-answered'] })
  t.like(fact?.body, { text: 'Renvoyées\nNot available.\nFait ailleurs' })
})

test('priors that the known PACS have answer the item that asks for them, by the system', async t => {
  const { requests, db, journal } = t.context
  const { id, items } = await asked(t.context)
  await db.write(tx => requests.answerPriors(tx, id, 2))
  const view = await requests.view(first, id)
  t.like(view.asks[0]?.items[2], { state: 'answered', by: 'Relais' })
  t.is(view.state, 'info-requested')
  const [fact] = await journal.read({ subject: id, types: ['request-item-answered'] })
  t.deepEqual(fact?.origin, { by: 'system', part: 'priors' })
  t.is(items.length, 3)
})

test('after the exam the room says dose, contrast and lot, device and side; another side asks why', async t => {
  const { requests } = t.context
  const { studies: _none, ...form } = FORM
  const { id } = await requests.create(referrer, { ...form, region: 'Genou', laterality: 'left' })
  await requests.send(first, id, 'claim', {})
  await requests.send(first, id, 'accept', { text: 'Sans injection' })
  await requests.send(technician, id, 'await-exam', {})
  const exam = {
    dose: { ctdiVol: 12.3, dlp: 410 },
    contrast: { product: 'Ioméprol 350', lot: 'L-778', volumeMl: 80 },
    device: 'Scanner 2',
    laterality: 'right' as const,
  }
  t.like(await t.throwsAsync(requests.send(technician, id, 'exam-done', { exam })), {
    code: 'invalid',
    fields: [{ path: 'exam.laterality' }],
  })
  const done = await requests.send(technician, id, 'exam-done', {
    exam: { ...exam, laterality: 'left' },
  })
  t.like(done, {
    state: 'accepted',
    exam: { by: 'M. Manip', contrast: { lot: 'L-778' }, dose: { dlp: 410 } },
  })
  t.like((await requests.view(first, id)).exam, { device: 'Scanner 2', laterality: 'left' })
})

test('whoever asked back signs without the answer when it cannot wait: what did not come is printed, and nothing stays open', async t => {
  const { requests, reports, journal } = t.context
  for (const opened of ['before', 'after'] as const) {
    const { id } = await requests.create(referrer, FORM)
    await requests.send(first, id, 'claim', {})
    const ask = () => requests.send(first, id, 'ask', { items: [{ kind: 'laboratory', text: 'Créatinine' }] })
    if (opened === 'after') await ask()
    const { report } = await reports.draft(first, id)
    if (opened === 'before') await ask()
    t.is((await requests.view(first, id)).state, 'info-requested')
    const { gaps } = await reports.view(first, report.id)
    t.deepEqual(gaps, ['Asked for, not answered – laboratory: Créatinine.'])
    await reports.save(first, report.id, report.revision, {
      indication: 'I',
      technique: 'T',
      results: 'R',
      conclusion: 'C',
    })
    await reports.sign(first, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
    const view = await requests.view(first, id)
    t.like(view, { state: 'reported', asks: [{ items: [{ state: 'unavailable', by: 'Dr Un' }] }] })
    const types = (await journal.read({ subject: id })).map(({ type }) => type)
    t.deepEqual(
      types.slice(types.indexOf('request-info-requested')).filter(type => type.startsWith('re')),
      opened === 'before'
        ? ['request-info-requested', 'request-answered', 'report-signed']
        : [
            'request-info-requested',
            'report-drafted',
            'request-answered',
            'request-started',
            'report-signed',
          ],
    )
  }
})

test('what the room said, the other side and what was not to be had are printed in the report', async t => {
  const { requests, reports, here } = t.context
  const { studies: _none, ...form } = FORM
  const { id } = await requests.create(referrer, { ...form, region: 'Genou', laterality: 'left' })
  await requests.send(first, id, 'claim', {})
  await requests.send(first, id, 'accept', { text: 'Injecté' })
  await requests.send(technician, id, 'await-exam', {})
  here.set('nord/1.2.9', study('1.2.9', { description: 'Genou droit' }))
  await requests.send(technician, id, 'exam-done', {
    reason: 'Plâtre à gauche',
    studies: ['1.2.9'],
    identityDifference: 'Le droit, vu avec le demandeur',
    exam: {
      dose: { ctdiVol: 12.3, dlp: 410 },
      contrast: { product: 'Ioméprol 350', lot: 'L-778', volumeMl: 80 },
      device: 'Scanner 2',
      laterality: 'right',
    },
  })
  const asked = await requests.send(first, id, 'ask', { items: [{ kind: 'laboratory', text: 'Créatinine' }] })
  await requests.answerItem(technician, id, asked.asks[0]?.items[0]?.id ?? '', { available: false })
  const { report } = await reports.draft(first, id, 'Vu avec le demandeur')
  t.deepEqual(report.gaps, [
    'Genou droit of 24 Nov 2026: side: the request says left, the images say right.',
    'Side examined, as the room said: right; asked: left (Plâtre à gauche).',
    'Asked for, not available – laboratory: Créatinine.',
    'From the room, not the images: the device, the dose, the contrast agent.',
  ])
  const { fields } = await reports.fitting(first, report.id)
  t.deepEqual(
    fields.map(({ field, value, sources }) => `${field}: ${value} (${sources})`),
    [
      'question: Hémorragie ? (request)',
      'side: left (request)',
      'equipment: Scanner 2 (room)',
      'dose: CTDIvol 12.3 mGy, DLP 410 mGy·cm (room)',
      'contrast: Ioméprol 350, lot L-778, 80 ml (room)',
    ],
  )
  const written = { ...report.sections, conclusion: 'Entorse.' }
  await reports.save(first, report.id, report.revision, written)
  await reports.sign(first, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  const [made] = await reports.ofRequest(id)
  const content = JSON.parse(made?.versions[0]?.signed ?? '{}')
  t.like(content.exam, {
    equipment: 'Scanner 2',
    dose: 'CTDIvol 12.3 mGy, DLP 410 mGy·cm',
    contrast: 'Ioméprol 350, lot L-778, 80 ml',
  })
  t.deepEqual(content.gaps, report.gaps)
})
