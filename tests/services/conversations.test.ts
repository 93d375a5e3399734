import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Kysely } from 'kysely'
import type { ConversationTables } from '../../node/conversations/schema.js'
import type { ConversationView, MessageView } from '../../node/conversations/view.js'
import type { NoticeView } from '../../node/notifications/view.js'
import { stateChecks } from '../../node/program/state-checks.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, SITES } from '../support/node.js'
import { photograph, textPDF } from '../support/papers.js'
import { OPERATOR, type Person, person } from '../support/people.js'

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64')
let sequence = 0
const client = () => `client-${String(++sequence).padStart(6, '0')}`

async function scene(t: ExecutionContext, env: Record<string, string> = {}) {
  const node = await openNode(t, {
    env: { ...OPERATOR, ...env },
    network: {
      sites: [...SITES, { id: 'autre', name: 'Autre groupe (fictif)', kind: 'reading' }],
      contracts: [CONTRACTS[0], { ...CONTRACTS[0], id: 'nord-autre', reading: 'autre' }],
    },
  })
  const [referrer, first, other, dispatcher, stranger] = (await Promise.all(
    (['referrer', 'first', 'other', 'dispatcher', 'stranger'] as const).map(who => person(t, node, who)),
  )) as [Person, Person, Person, Person, Person]
  const made = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], to: 'lecture' })
  t.is(made.status, 201, JSON.stringify(made.body))
  const { id } = made.body
  const path = `/api/requests/${id}/conversation`
  const say = (who: Person, text: string, more: object = {}) =>
    who.post<MessageView>(path, { client: client(), text, ...more })
  const heard = async (who: Person) => (await who.get<ConversationView>(path)).body
  return { node, referrer, first, other, dispatcher, stranger, id, path, say, heard }
}

test('the parties of a request talk: each sees what was said, who was there and who has read it', async t => {
  const { referrer, first, dispatcher, id, path, say, heard, node } = await scene(t)
  await first.post(`/api/requests/${id}/claim`, {})
  t.deepEqual(await heard(first).then(({ items, mayWrite }) => [items, mayWrite]), [[], true])
  const { people } = await heard(referrer)
  t.deepEqual(people.map(({ name, siteName }) => `${name}, ${siteName}`).sort(), [
    'Camille Fictive, Groupe de lecture (fictif)',
    'Dr Essai Lectrice, Groupe de lecture (fictif)',
    'Dr Exemple Nord, Hôpital Nord (fictif)',
  ])
  const lectrice = people.find(({ role }) => role === 'radiologist')?.account ?? ''
  const asked = await say(referrer, '  Le patient est à jeun.\n\nUrgent ? ', { mentions: [lectrice] })
  t.is(asked.status, 201, JSON.stringify(asked.body))
  t.like(asked.body, {
    position: 1,
    text: 'Le patient est à jeun.\n\nUrgent ?',
    by: { name: 'Dr Exemple Nord', role: 'referrer', site: 'nord' },
    mentions: [{ account: lectrice, name: 'Dr Essai Lectrice' }],
  })
  await eventually('the reader hears of it', () =>
    first.heard.find(({ kind, id: about }) => kind === 'message-sent' && about === id),
  )
  await eventually('and is told that they are asked for', async () =>
    (await first.get<ListView<NoticeView>>('/api/notices')).body.items.find(
      ({ kind, request }) => kind === 'mentioned' && request === id,
    ),
  )
  t.like(await heard(referrer), { read: [{ name: 'Dr Exemple Nord', upTo: 1 }] })
  t.is((await first.put(`${path}/read`, { upTo: 99 })).status, 204)
  await eventually('the sender sees that it was read', () =>
    referrer.heard.find(({ kind, id: about }) => kind === 'read' && about === id),
  )
  t.deepEqual((await heard(referrer)).read.map(({ name, upTo }) => `${name} ${upTo}`).sort(), [
    'Dr Essai Lectrice 1',
    'Dr Exemple Nord 1',
  ])
  await say(dispatcher, 'Je suis là aussi.')
  t.deepEqual(
    (await heard(first)).items.map(({ position, by }) => `${position} ${by.name}`),
    ['1 Dr Exemple Nord', '2 Camille Fictive'],
  )
  const { timeline } = (await referrer.get<RequestView>(`/api/requests/${id}`)).body
  t.like(
    timeline.find(({ fact }) => fact === 'message-sent'),
    { details: { text: 'Le patient est à jeun. Urgent ?' } },
  )
  const [fact] = await node.services.journal.read({ types: ['message-sent'] })
  t.like(fact, { ids: { request: id, message: asked.body.id }, origin: { by: 'account' } })
  for (const check of stateChecks) t.deepEqual(check.run(node.services.db.file), [], check.name)
})

test('who takes no part sees nothing of a talk, and a group that left sees what was said until it left', async t => {
  const { referrer, first, other, dispatcher, stranger, id, path, say, heard } = await scene(t)
  const file = { attachments: [{ name: 'a.txt', content: base64('pour vous') }] }
  const before = (await say(referrer, 'Avant', file)).body
  const place = (message: MessageView) => `/api/requests/${id}/attachments/${message.attachments[0]?.id}`
  for (const who of [stranger, other]) {
    t.is((await who.get(path)).status, 404)
    t.is((await who.get(place(before))).status, 404)
    t.is((await say(who, 'x')).status, 404)
    t.is((await who.put(`${path}/read`, { upTo: 1 })).status, 404)
    t.is((await who.post(`${path}/${before.id}/error`, { reason: 'r' })).status, 404)
  }
  await first.post(`/api/requests/${id}/claim`, {})
  const moved = await dispatcher.post(`/api/requests/${id}/reroute`, { to: 'autre', reason: 'r' })
  t.is(moved.status, 200, JSON.stringify(moved.body))
  const after = (await say(referrer, 'Après', file)).body
  const left = await heard(first)
  t.deepEqual(
    left.items.map(({ text }) => text),
    ['Avant'],
  )
  t.like(left, { mayWrite: false, people: [], read: [] })
  t.is((await first.bytes(place(before))).bytes.toString(), 'pour vous')
  t.is((await first.get(place(after))).status, 404)
  t.is((await say(first, 'Encore moi')).status, 403)
  t.deepEqual(
    (await heard(other)).items.map(({ text }) => text),
    ['Avant', 'Après'],
  )
  await say(other, 'Je la prends.')
  const told = first.heard.filter(({ kind }) => kind === 'message-sent')
  t.is(told.length, 1, 'only what was said before')
})

test('an answer that was lost doubles nothing, and one name is one message', async t => {
  const { referrer, path, heard, node } = await scene(t)
  const once = {
    client: 'the-same-name',
    text: 'Une fois',
    attachments: [{ name: 'a', content: base64('a') }],
  }
  const answers = await Promise.all([1, 2, 3].map(() => referrer.post<MessageView>(path, once)))
  t.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  t.is(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.is((await heard(referrer)).items.length, 1)
  t.is((await node.services.journal.read({ types: ['message-sent'] })).length, 1)
  t.is((await referrer.post(path, { ...once, text: 'Autre chose' })).status, 409)
})

test('a message is never changed nor deleted: its author says that it was a mistake, and why', async t => {
  const { referrer, first, path, say, heard, node } = await scene(t)
  const { id } = (await say(referrer, 'Pour un autre patient')).body
  t.is((await first.post(`${path}/${id}/error`, { reason: 'r' })).status, 403)
  t.is((await referrer.post(`${path}/${id}/error`, { reason: ' ' })).status, 422)
  t.like((await referrer.post(`${path}/${id}/error`, { reason: 'Mauvais patient' })).body, {
    text: 'Pour un autre patient',
    inError: { by: 'Dr Exemple Nord', reason: 'Mauvais patient' },
  })
  t.is((await referrer.post(`${path}/${id}/error`, { reason: 'encore' })).status, 409)
  t.like((await heard(first)).items[0], { inError: { reason: 'Mauvais patient' } })
  const rows = async (change: (sql: Kysely<ConversationTables>) => { execute(): Promise<unknown> }) => {
    const changing = node.services.db.write(
      async tx => void (await change(tx.sql<ConversationTables>()).execute()),
    )
    t.like(await t.throwsAsync(changing, { any: true }), { code: 'SQLITE_CONSTRAINT_TRIGGER' })
  }
  await rows(sql => sql.updateTable('messages').set({ text: 'x' }))
  await rows(sql => sql.deleteFrom('messages'))
})

/** A picture of nothing, whole: IHDR, IDAT, IEND. */
function png(...behind: Buffer[]): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    return Buffer.concat([length, Buffer.from(type), body, Buffer.alloc(4)])
  }
  const start = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    start,
    chunk('IHDR', Buffer.alloc(13, 1)),
    chunk('IDAT', Buffer.alloc(9)),
    chunk('IEND', Buffer.alloc(0)),
    ...behind,
  ])
}

test('files are what their bytes say: what is none of the four kinds, cut off or more than a document is refused whole', async t => {
  const { referrer, id, say, heard, node } = await scene(t)
  const photo = photograph(320, 200)
  const evil: Record<string, Buffer> = {
    'empty.txt': Buffer.alloc(0),
    'page.pdf': Buffer.from([0, 1, 2, 3, 4]),
    'program.txt': Buffer.concat([Buffer.from('MZ'), randomBytes(200)]),
    'archive.pdf': Buffer.concat([Buffer.from('504b0304', 'hex'), randomBytes(64)]),
    'script.pdf': textPDF('x', { objects: ['<</S/JavaScript/JS(app.alert(1))>>'] }),
    'carrier.pdf': textPDF('x', { objects: ['<</Type/EmbeddedFile/Length 1>>'] }),
    'cut.pdf': textPDF('x').subarray(0, 200),
    'cut.jpg': photo.subarray(0, photo.length >> 1),
    'cut.png': png().subarray(0, 40),
    'more.png': png(Buffer.from('<script>alert(1)</script>')),
    'latin.txt': Buffer.from('Crâne', 'latin1'),
    'escape.txt': Buffer.from('\u001b[2J'),
  }
  for (const [name, bytes] of Object.entries(evil)) {
    const answer = await say(referrer, 'Voici', { attachments: [{ name, content: base64(bytes) }] })
    t.is(answer.status, 422, name)
    t.regex(answer.body.detail ?? '', new RegExp(name.split('.')[0] ?? ''), 'the refusal names the file')
  }
  t.is((await say(referrer, 'x', { attachments: [{ name: 'a', content: '***' }] })).status, 422)
  t.deepEqual((await heard(referrer)).items, [])
  t.is(
    await node.services.db
      .sql<{ objects: { name: string } }>()
      .selectFrom('objects')
      .select('name')
      .execute()
      .then(rows => rows.length),
    0,
    'nothing of what was refused is stored',
  )

  const good: [string, Buffer, string, string, RegExp][] = [
    ['..\\..\\lettre\u202Efdp.exe', textPDF('Lettre'), 'pdf', 'application/pdf', /^attachment; filename=/],
    [
      '<img src=x>.html',
      Buffer.from('<script>alert(1)</script>'),
      'text',
      'text/plain; charset=utf-8',
      /^attachment/,
    ],
    ['photo.html', photo, 'jpeg', 'image/jpeg', /^inline; filename="photo\.jpg"/],
    ['', png(), 'png', 'image/png', /^inline; filename="document\.png"/],
  ]
  const attachments = good.map(([name, bytes]) => ({ name, content: base64(bytes) }))
  const sent = await say(referrer, '', { attachments })
  t.is(sent.status, 201, JSON.stringify(sent.body))
  t.deepEqual(
    sent.body.attachments.map(({ name }) => name),
    ['lettrefdp.pdf', 'img src=x.txt', 'photo.jpg', 'document.png'],
  )
  for (const [index, [, bytes, kind, type, disposition]] of good.entries()) {
    const attachment = sent.body.attachments[index]
    t.is(attachment?.kind, kind as never)
    const answer = await referrer.bytes(`/api/requests/${id}/attachments/${attachment?.id}`)
    t.is(answer.headers.get('content-type'), type)
    t.is(answer.headers.get('x-content-type-options'), 'nosniff')
    t.regex(answer.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/)
    t.regex(answer.headers.get('content-disposition') ?? '', disposition)
    t.true(answer.bytes.equals(bytes))
  }
})

test('a talk has limits: of length, files, pace and count, each with a sentence; a draft has nobody to talk to', async t => {
  const { referrer, first, say, path } = await scene(t, {
    RELAIS_CONVERSATIONS_TEXT_MAX_CHARS: '100',
    RELAIS_CONVERSATIONS_ATTACHMENTS_MAX: '2',
    RELAIS_CONVERSATIONS_ATTACHMENTS_MB_MAX: '1',
    RELAIS_CONVERSATIONS_PER_MINUTE_MAX: '4',
    RELAIS_CONVERSATIONS_MESSAGES_MAX: '10',
  })
  const file = { name: 'a', content: base64('a') }
  const large = { name: 'b', content: base64(Buffer.alloc(600 * 1024, 'a')) }
  t.is((await say(referrer, ' ')).status, 422)
  t.is((await say(referrer, 'x'.repeat(101))).status, 422)
  t.is((await say(referrer, 'x', { attachments: [file, file, file] })).status, 422)
  t.is((await say(referrer, 'x', { attachments: [large, large] })).status, 413)
  t.is((await say(referrer, 'x', { mentions: ['acc_nobody'] })).status, 422)
  t.is((await referrer.post(path, { client: 'short', text: 'x' })).status, 422)
  for (let n = 0; n < 4; n++) t.is((await say(referrer, 'x')).status, 201)
  const fast = await say(referrer, 'x')
  t.deepEqual([fast.status, fast.body.code], [429, 'too-many'])
  t.is((await say(first, 'x')).status, 201, 'of one person, not of all')

  const draft = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], submit: false })
  const alone = await referrer.post(`/api/requests/${draft.body.id}/conversation`, {
    client: client(),
    text: 'x',
  })
  t.is(alone.status, 409)
})
