import test, { type ExecutionContext } from 'ava'
import { answerQuery } from '../../node/exchange/answering.js'
import type { ReportRow, ReportView } from '../../node/reports/view.js'
import type { ListView, RequestRow, RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES } from '../support/node.js'
import { OPERATOR, PASSWORD, type Person, person } from '../support/people.js'
import { image, STUDY } from '../support/study-house.js'

/** Two groups read for one hospital; a study of it is here, and the first group is asked and holds the request. */
async function scene(t: ExecutionContext) {
  const node = await openNode(t, {
    env: OPERATOR,
    network: {
      sites: [...SITES, { id: 'autre', name: 'Autre groupe (fictif)', kind: 'reading' }],
      contracts: [CONTRACTS[0], { ...CONTRACTS[0], id: 'nord-autre', reading: 'autre' }],
      peers: [peerOf('lecture-pacs', 'lecture', 'LECTURE', 104), peerOf('autre-pacs', 'autre', 'AUTRE', 105)],
    },
  })
  const { services } = node
  const [referrer, first, other, dispatcher] = (await Promise.all(
    (['referrer', 'first', 'other', 'dispatcher'] as const).map(who => person(t, node, who)),
  )) as [Person, Person, Person, Person]
  await services.receive.receive(image())
  await services.receive.ended('one')
  const ask = async () => {
    const patient = { ...FORM.patient, id: '10001', birthDate: '1970-05-14' }
    const form = { ...FORM, patient, studies: [STUDY], to: 'lecture' }
    const made = await referrer.post<RequestView>('/api/requests', form)
    t.is(made.status, 201, JSON.stringify(made.body))
    await first.post(`/api/requests/${made.body.id}/claim`, {})
    return made.body.id
  }
  /** Studies a group's PACS is told of when it asks by C-FIND. */
  const foundBy = async (peer: string) => {
    const keys = { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: STUDY }
    const query = {
      id: 1,
      peer,
      callingAETitle: 'PACS',
      address: '127.0.0.1',
      calledAETitle: 'RELAIS',
      keys,
      relational: false,
    }
    let found = 0
    for await (const page of answerQuery(query, services)) found += page.length
    return found
  }
  return { node, referrer, first, other, dispatcher, ask, foundBy }
}

const IMAGES = [`/api/studies/${STUDY}`, `/dicomweb/studies/${STUDY}/series`]
const CONCLUSION = { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' }

/** Writes down what becomes of it, and signs. */
async function answer(who: Person, id: string): Promise<string> {
  const report = (await who.post<ReportView>(`/api/requests/${id}/report`)).body.id
  await who.put(`/api/reports/${report}`, { revision: 1, sections: CONCLUSION })
  await who.post(`/api/reports/${report}/sign`, { password: PASSWORD, as: 'final' })
  return report
}

test('a group from which a request was taken keeps its own record of it, and sees nothing of what follows', async t => {
  const { first, other, dispatcher, referrer, ask, foundBy } = await scene(t)
  const id = await ask()
  const path = `/api/requests/${id}`
  const draft = (await first.post<ReportView>(`${path}/report`)).body.id
  await first.put(`/api/reports/${draft}`, { revision: 1, sections: CONCLUSION })
  for (const place of IMAGES) t.is((await first.get(place)).status, 200, place)
  t.deepEqual([await foundBy('lecture-pacs'), await foundBy('autre-pacs')], [1, 0])

  const moved = await dispatcher.post(`${path}/reroute`, { to: 'autre', reason: 'Personne disponible' })
  t.is(moved.status, 200, JSON.stringify(moved.body))
  await eventually('the group hears that it is gone', () =>
    first.heard.find(({ kind, id: about }) => kind === 'request-rerouted' && about === id),
  )
  for (const place of IMAGES) {
    t.is((await first.get(place)).status, 404, place)
    t.is((await other.get(place)).status, 200, place)
  }
  t.deepEqual((await first.get<ListView<unknown>>('/api/studies')).body.items, [])
  t.deepEqual((await first.get<unknown[]>('/dicomweb/studies')).body, [])
  t.deepEqual([await foundBy('lecture-pacs'), await foundBy('autre-pacs')], [0, 1])

  const then = (await first.get<RequestView>(path)).body
  t.like(then, {
    id,
    state: 'offered',
    question: FORM.question,
    to: 'lecture',
    holder: { name: 'Dr Essai Lectrice' },
    report: { id: draft, state: 'draft' },
    studies: [],
    reports: [],
    may: [],
    clock: { running: false },
  })
  t.regex(then.formerSince ?? '', /^\d{4}-/)
  const last = then.timeline.at(-1)
  t.like(last, { fact: 'request-rerouted', details: { reason: 'Personne disponible' } })
  t.is(last?.details['to'], undefined, 'to whom it went is not theirs to know')
  t.is(JSON.stringify(then).includes('autre'), false)
  t.like((await first.get<ReportView>(`/api/reports/${draft}`)).body, {
    sections: CONCLUSION,
    may: [],
    gaps: [],
  })
  for (const who of [first, dispatcher]) {
    t.deepEqual((await who.get<ListView<RequestRow>>('/api/requests')).body.items, [])
    t.deepEqual((await who.get<ListView<RequestRow>>('/api/requests?state=offered')).body.items, [])
    const former = await who.get<ListView<RequestRow>>('/api/requests?former=true')
    t.deepEqual(
      former.body.items.map(row => [row.id, row.state, row.may]),
      [[id, 'offered', []]],
    )
    t.like((await who.get('/api/requests/counts')).body as object, { all: 0, mine: 0, former: 1 })
  }
  t.deepEqual((await other.get<ListView<RequestRow>>('/api/requests?former=true')).body.items, [])
  for (const event of ['claim', 'release', 'cancel', 'ask'])
    t.is((await first.post(`${path}/${event}`, { reason: 'r', text: 't' })).status, 403, event)
  t.is((await first.post(`${path}/report`)).status, 403)
  t.is((await first.put(`/api/reports/${draft}`, { revision: 2, sections: CONCLUSION })).status, 403)

  // What the next group does.
  await other.post(`${path}/claim`, {})
  const report = await answer(other, id)
  t.is((await referrer.get(`/api/reports/${report}`)).status, 200)
  t.is((await first.get(`/api/reports/${report}`)).status, 404)
  t.is((await first.get(`/api/reports/${report}/pdf`)).status, 404)
  t.deepEqual(
    (await first.get<ListView<ReportRow>>('/api/reports')).body.items.map(row => row.id),
    [draft],
  )
  t.deepEqual((await first.get<RequestView>(path)).body, then)
  t.is((await first.get(`/api/archive/acts/${id}`)).status, 403)
  // Something that concerns it comes after all that did not.
  const next = await ask()
  await eventually('the group hears of the next request', () =>
    first.heard.find(({ kind, id: about }) => kind === 'request-claimed' && about === next),
  )
  const about = first.heard.filter(({ id: of }) => of === id).map(({ kind }) => kind)
  t.is(about.at(-1), 'request-rerouted', about.join())
})

test('a request that comes back is theirs again, with the images and all that was done meanwhile', async t => {
  const { node, first, dispatcher, other, ask, foundBy } = await scene(t)
  const id = await ask()
  const path = `/api/requests/${id}`
  await dispatcher.post(`${path}/reroute`, { to: 'autre', reason: 'r' })
  await other.post(`${path}/claim`, {})
  // The coordinator of the group that has it now sends it back.
  await node.services.accounts.create(
    null,
    {
      email: 'regulation@autre.example',
      name: 'Alix Fictif',
      role: 'coordinator',
      site: 'autre',
      language: 'fr',
      password: PASSWORD,
    },
    { by: 'command', user: 'test' },
  )
  const back = await signedIn(node.addresses.http, 'regulation@autre.example')
  t.is(await back(`${path}/reroute`, { to: 'lecture', reason: 'r' }), 200)
  t.is((await first.get(IMAGES[0] ?? '')).status, 200)
  t.deepEqual([await foundBy('lecture-pacs'), await foundBy('autre-pacs')], [1, 0])
  const seen = (await first.get<RequestView>(path)).body
  t.is(seen.formerSince, undefined)
  t.true(seen.timeline.some(({ by }) => by.includes('Dr Essai Autre')))
  t.deepEqual((await first.get<ListView<RequestRow>>('/api/requests?former=true')).body.items, [])
})

test('of many that a group no longer has each row says what its page says', async t => {
  const { first, ask } = await scene(t)
  const ids = [await ask(), await ask(), await ask()]
  const [drafted, refused, cancelled] = ids as [string, string, string]
  const draft = (await first.post<ReportView>(`/api/requests/${drafted}/report`)).body.id
  const refusal = { reason: 'r', alternative: 'échographie' }
  t.is((await first.post(`/api/requests/${refused}/refuse`, refusal)).status, 200)
  for (const id of [drafted, cancelled])
    t.is((await first.post(`/api/requests/${id}/cancel`, { reason: 'patient reparti' })).status, 200)
  const { items } = (await first.get<ListView<RequestRow>>('/api/requests?former=true')).body
  t.deepEqual(new Set(items.map(({ id }) => id)), new Set(ids))
  for (const row of items)
    t.like((await first.get<RequestView>(`/api/requests/${row.id}`)).body, { ...row }, row.reference)
  const of = (id: string) => items.find(row => row.id === id)
  t.deepEqual(
    ids.map(id => of(id)?.state),
    ['cancelled', 'refused', 'cancelled'],
  )
  t.deepEqual(of(drafted)?.report, { id: draft, state: 'draft' })
  t.is(of(cancelled)?.report, undefined)
})

test('a group that refused, and one whose request was cancelled, see no images any more', async t => {
  const { first, referrer, ask, foundBy } = await scene(t)
  for (const end of ['refuse', 'cancel'] as const) {
    const id = await ask()
    t.is((await first.get(IMAGES[0] ?? '')).status, 200)
    const input = { reason: 'Non justifié', alternative: 'IRM' }
    t.is((await first.post(`/api/requests/${id}/${end}`, input)).status, 200, end)
    for (const place of IMAGES) t.is((await first.get(place)).status, 404, place)
    t.is(await foundBy('lecture-pacs'), 0)
    const seen = (await first.get<RequestView>(`/api/requests/${id}`)).body
    t.like(seen, { state: end === 'refuse' ? 'refused' : 'cancelled', studies: [], may: [] })
    t.is(seen.timeline.at(-1)?.fact, `request-${end === 'refuse' ? 'refused' : 'cancelled'}`)
    t.like((await referrer.get<RequestView>(`/api/requests/${id}`)).body.studies[0], {
      StudyInstanceUID: STUDY,
    })
  }
})

/** A POST as somebody who is not in the cast. */
async function signedIn(http: string, email: string) {
  const headers = { origin: http, 'content-type': 'application/json' }
  const post = (path: string, body: object, cookie = '') =>
    fetch(`${http}${path}`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify(body) })
  const session = await post('/api/session', { email, password: PASSWORD })
  const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  return async (path: string, body: object) => (await post(path, body, cookie)).status
}
