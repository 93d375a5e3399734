import { readFileSync } from 'node:fs'
import anyTest, { type TestFn } from 'ava'
import type { LinkTables } from '../../node/links/schema.js'
import { addressIn } from '../../node/studies/lending.js'
import type { LoansView, NewLoanView } from '../../node/studies/view.js'
import { arrive } from '../support/arriving.js'
import { eventually } from '../support/children.js'
import { openNode, type TestNode, temporary } from '../support/node.js'
import { type Person, person } from '../support/people.js'
import { type PhantomStudy, writePhantom } from '../support/phantoms.js'
import { openUndo } from '../support/web-house.js'

const OHIF = 'https://viewer.example/viewer?StudyInstanceUIDs={study}&token={token}'
const ORIGIN = 'https://viewer.example'
const VIEWERS = [
  { name: 'OHIF', url: OHIF },
  { name: 'Weasis', url: 'weasis://rs?url={dicomweb}&h={token}' },
]

interface Scene {
  node: TestNode
  reader: Person
  northern: Person
  stranger: Person
  head: PhantomStudy
  knee: PhantomStudy
}
const test = anyTest.serial as TestFn<Scene>
const undo = openUndo()

test.before(async t => {
  const node = await openNode(undo, {
    env: {
      RELAIS_DICOMWEB_VIEWERS: JSON.stringify(VIEWERS),
      RELAIS_DICOMWEB_ORIGINS: `${ORIGIN}, https://other.example`,
    },
  })
  const folder = temporary(undo)
  const head = writePhantom(folder, 'head', { images: 3 })
  const knee = writePhantom(folder, 'knee', { kind: 'mr-knee', images: 2 })
  for (const { files } of [head, knee])
    await arrive(
      node.services,
      'nord',
      files.map(({ file }) => readFileSync(file)),
    )
  const people = await Promise.all(
    (['first', 'technician', 'stranger'] as const).map(who => person(undo, node, who)),
  )
  const [reader, northern, stranger] = people as [Person, Person, Person]
  t.context = { node, reader, northern, stranger, head, knee }
})
test.after.always(undo.run)

/** The site of the reader takes part in the study, as when a request named it. */
async function given({ node, head }: Scene, request: string) {
  const [record] = await node.services.studies.byUid(head.uid)
  await node.services.db.write(tx =>
    node.services.studies.link(tx, record?.id ?? '', { request, sites: ['lecture'], urgency: 'routine' }),
  )
  return () =>
    node.services.db.write(tx =>
      node.services.studies.unlink(tx, { request, sites: ['lecture'], study: record?.id ?? '' }),
    )
}

const asked = ({ node }: Scene, path: string, token: string, more: RequestInit = {}) =>
  fetch(`${node.addresses.http}${path}`, {
    ...more,
    headers: { authorization: `Bearer ${token}`, 'user-agent': 'Essai/1', ...more.headers },
  })

async function lent(by: Person, study: PhantomStudy, viewer?: string): Promise<NewLoanView> {
  const made = await by.post<NewLoanView>(
    `/api/studies/${study.uid}/loans`,
    viewer === undefined ? {} : { viewer },
  )
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return made.body
}

test('one study is opened to another viewer: its token reads that study over DICOMweb and nothing else', async t => {
  const scene = t.context
  const { northern, head, knee } = scene
  const { token, open, dicomweb } = await lent(northern, head, 'OHIF')
  t.is(open, `https://viewer.example/viewer?StudyInstanceUIDs=${head.uid}&token=${token}`)
  t.is(dicomweb, `${scene.node.addresses.http}/dicomweb`)
  const status = async (path: string, more?: RequestInit) => (await asked(scene, path, token, more)).status
  for (const path of ['/series', '/instances', '/metadata', '', '/rendered', '/thumbnail'])
    t.is(await status(`/dicomweb/studies/${head.uid}${path}`), 200, path)
  const found = async (path: string) => (await (await asked(scene, path, token)).json()) as unknown[]
  t.is((await found('/dicomweb/studies')).length, 1, 'a search over everything finds one')
  t.is((await found('/dicomweb/series')).length, 1)
  t.is((await found('/dicomweb/instances')).length, 3)
  t.is((await found(`/dicomweb/studies?StudyInstanceUID=${knee.uid}`)).length, 0)
  for (const path of ['/series', '/instances', '/metadata', '', '/rendered', '/thumbnail'])
    t.is(await status(`/dicomweb/studies/${knee.uid}${path}`), 404, path)
  for (const path of [
    '/api/studies',
    `/api/studies/${head.uid}`,
    `/api/studies/${head.uid}/loans`,
    '/api/requests',
    '/api/session',
    '/api/notices',
  ])
    t.true([401, 403].includes(await status(path)), path)
  t.is(await status(`/api/studies/${head.uid}/loans`, { method: 'POST' }), 403, 'it cannot be lent on')
  t.is(await status(`/dicomweb/studies/${head.uid}`, { method: 'POST' }), 405, 'it only reads')
  t.is((await asked(scene, '/dicomweb/studies', `${token}x`)).status, 401)
})

test('who lent it is in the journal and sees from where it was read; taking it back ends it at once', async t => {
  const scene = t.context
  const { node, northern, knee } = scene
  const loan = await lent(northern, knee)
  t.is(loan.open, undefined)
  const path = `/dicomweb/studies/${knee.uid}/metadata`
  const answers = await Promise.all([1, 2, 3, 4].map(() => asked(scene, path, loan.token)))
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  )
  const known = await northern.get<LoansView>(`/api/studies/${knee.uid}/loans`)
  t.deepEqual(known.body.viewers, ['OHIF', 'Weasis'])
  t.like(known.body.items[0], { by: 'Alex Exemple', viewer: '', standing: 'open' })
  t.like(known.body.items[0]?.openings, { length: 1, 0: { address: '127.0.0.1', userAgent: 'Essai/1' } })
  t.notRegex(JSON.stringify(known.body), new RegExp(loan.token.slice(6)), 'the token is shown once')
  const [fact] = (await node.facts('study-lent')).filter(({ ids }) => ids['loan'] === loan.id)
  t.like(fact, { site: 'nord', origin: { by: 'account', name: 'Alex Exemple' } })
  t.true(
    (await node.facts('images-opened')).some(
      ({ origin }) => origin?.by === 'token' && origin.token === loan.id && origin.name === 'Alex Exemple',
    ),
  )
  const ended = await northern.post<LoansView>(`/api/studies/${knee.uid}/loans/${loan.id}/revoke`)
  t.is(ended.body.items.find(({ id }) => id === loan.id)?.standing, 'revoked')
  t.is((await asked(scene, path, loan.token)).status, 401)
  t.is((await node.facts('study-loan-ended')).length, 1)
  // Again: it is ended already, and nothing more is said.
  await northern.post(`/api/studies/${knee.uid}/loans/${loan.id}/revoke`)
  t.is((await node.facts('study-loan-ended')).length, 1)
})

test('it ends by its time, with the right of whoever lent it, and with their account', async t => {
  const scene = t.context
  const { node, reader, northern, head } = scene
  const path = `/dicomweb/studies/${head.uid}/series`
  t.is((await reader.post(`/api/studies/${head.uid}/loans`, {})).status, 404, 'foreign is missing')
  const takeBack = await given(scene, 'req_lent')
  const loan = await lent(reader, head)
  t.is((await asked(scene, path, loan.token)).status, 200)
  // Its own site sees what a group that reads for it lent.
  const seen = await northern.get<LoansView>(`/api/studies/${head.uid}/loans`)
  t.true(seen.body.items.some(({ id }) => id === loan.id))
  await takeBack()
  t.is((await asked(scene, path, loan.token)).status, 404)

  const late = await lent(northern, head)
  await node.services.db.write(tx =>
    tx
      .sql<LinkTables>()
      .updateTable('links')
      .set({ expires_at: Date.now() - 1 })
      .where('subject', '=', late.id)
      .execute(),
  )
  t.is((await asked(scene, path, late.token)).status, 401)

  const keeper = await person(undo, node, 'keeper')
  const doctor = await person(undo, node, 'referrer')
  const last = await lent(doctor, head)
  t.is((await asked(scene, path, last.token)).status, 200)
  const people = await keeper.get<{ items: { id: string; email: string }[] }>('/api/accounts')
  const account = people.body.items.find(({ email }) => email === 'demandeur@nord.example')
  t.is((await keeper.put(`/api/accounts/${account?.id}`, { state: 'disabled' })).status, 200)
  t.is((await asked(scene, path, last.token)).status, 401)
})

test('pages of the named origins may read with a token; no other origin, no cookie, nothing but reading', async t => {
  const scene = t.context
  const { node, northern, head } = scene
  const { token } = await lent(northern, head)
  const path = `/dicomweb/studies/${head.uid}/metadata`
  const { http } = node.addresses
  const before = (origin: string, at = path) =>
    fetch(`${http}${at}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    })
  const allowed = await before(ORIGIN)
  t.is(allowed.status, 204)
  t.is(allowed.headers.get('access-control-allow-origin'), ORIGIN)
  t.is(allowed.headers.get('access-control-allow-methods'), 'GET, HEAD')
  t.regex(allowed.headers.get('access-control-allow-headers') ?? '', /Authorization/)
  t.is(allowed.headers.get('access-control-allow-credentials'), null)
  t.is(allowed.headers.get('vary'), 'Origin')
  const answer = await asked(scene, path, token, { headers: { origin: ORIGIN } })
  t.is(answer.status, 200)
  t.is(answer.headers.get('access-control-allow-origin'), ORIGIN)
  t.is((await asked(scene, path, 'study_x', { headers: { origin: ORIGIN } })).status, 401)
  for (const origin of ['https://viewer.example.evil.example', 'http://viewer.example', 'null']) {
    const refused = await before(origin)
    t.is(refused.status, 405, origin)
    t.is(refused.headers.get('access-control-allow-origin'), null)
    const read = await asked(scene, path, token, { headers: { origin } })
    t.is(read.headers.get('access-control-allow-origin'), null)
  }
  t.is((await before(ORIGIN, '/api/studies')).headers.get('access-control-allow-origin'), null)
})

test('a viewer the settings do not name, a study of others, and too many at once are refused', async t => {
  const { northern, stranger, head } = t.context
  t.is((await northern.post(`/api/studies/${head.uid}/loans`, { viewer: 'Rien' })).status, 422)
  t.is((await stranger.post(`/api/studies/${head.uid}/loans`, {})).status, 404)
  t.is((await stranger.get(`/api/studies/${head.uid}/loans`)).status, 404)
  t.is((await northern.post(`/api/studies/${head.uid}/loans/lon_0/revoke`)).status, 404)
  const refused = await eventually('the next one is refused', async () => {
    const { status } = await northern.post(`/api/studies/${head.uid}/loans`, {})
    return status === 201 ? undefined : status
  })
  t.is(refused, 409)
})

test('what stands in the address of a viewer is percent-encoded, and nothing but the three places', t => {
  t.is(
    addressIn('weasis://x?u={dicomweb}&s={study}&t={token}&{other}', {
      dicomweb: 'https://a.example/dicomweb',
      study: '1.2',
      token: 'a&b"',
    }),
    'weasis://x?u=https%3A%2F%2Fa.example%2Fdicomweb&s=1.2&t=a%26b%22&{other}',
  )
})
