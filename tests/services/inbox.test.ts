import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Upload } from 'tus-js-client'
import { type ManualClock, manualClock } from '../../node/clock.js'
import type { ImportRow, ImportView } from '../../node/imports/view.js'
import type { InboxPage, InboxView, NewInboxView } from '../../node/inbox/view.js'
import type { NoticeView } from '../../node/notifications/view.js'
import { eventually } from '../support/children.js'
import { makeDisc, makeZip } from '../support/discs.js'
import { openNode, SITES, type TestNode, temporary } from '../support/node.js'
import { type Person, person } from '../support/people.js'
import { writePhantom, ZOE } from '../support/phantoms.js'

const HOUR_MS = 3_600_000
const ASKED = {
  site: 'nord',
  recipient: 'Clinique des Essais',
  email: 'secretariat@clinique.example',
  purpose: 'Le scanner du mois dernier',
  hours: 48,
  mb: 64,
}
const FORM = {
  organisation: 'Clinique des Essais',
  name: 'Dr Ailleurs Fictif',
  phone: '+33 1 99 00 00 07',
  patient: { family: 'ESSAI', given: 'Zoé', birthDate: '1970-05-14', sex: 'F' },
  why: 'Comparaison avant consultation',
  urgency: 'urgent',
}

interface House {
  node: TestNode
  clock: ManualClock
  desk: Person
}

async function house(t: ExecutionContext, env: Record<string, string> = {}): Promise<House> {
  const clock = manualClock(Date.UTC(2026, 10, 23, 8))
  const node = await openNode(t, { clock, env, network: { sites: SITES } })
  return { node, clock, desk: await person(t, node, 'technician') }
}

/** Somebody outside, at a browser that has no account here. */
function outsider({ node }: House) {
  const origin = node.addresses.http
  let cookie = ''
  const call = async <T>(method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: {
        origin,
        cookie,
        'user-agent': 'Ailleurs/1.0',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = answer.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';')[0] ?? ''
    const text = await answer.text()
    return { status: answer.status, set, text, body: (text === '' ? undefined : JSON.parse(text)) as T }
  }
  const open = (path: string, code?: string) =>
    call<InboxPage & { code?: string; fields?: { path: string; message: string }[] }>(
      'POST',
      '/api/inbox/open',
      { token: path.split('#token=')[1], ...(code === undefined ? {} : { code }) },
    )
  const fill = (form: object = FORM) => call<InboxPage>('PUT', '/api/inbox/form', { form, agreed: true })
  const tus = (method: string, at: string, headers: Record<string, string>, body?: Buffer) =>
    fetch(at.startsWith('http') ? at : `${origin}${at}`, {
      method,
      headers: { origin, cookie, 'tus-resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
  /** Announces a file; gives where its bytes go, or the refusal's status. */
  const announce = async (bytes: number, name = 'disque.zip') => {
    const answer = await tus('POST', '/api/inbox/uploads', {
      'upload-length': String(bytes),
      'upload-metadata': `name ${Buffer.from(name).toString('base64')}`,
    })
    return { status: answer.status, at: answer.headers.get('location') ?? '' }
  }
  const patch = async (at: string, offset: number, bytes: Buffer) =>
    (
      await tus(
        'PATCH',
        at,
        { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
        bytes,
      )
    ).status
  const send = (bytes: Buffer, name: string) =>
    new Promise<void>((resolve, reject) => {
      new Upload(bytes, {
        endpoint: `${origin}/api/inbox/uploads`,
        headers: { origin, cookie },
        metadata: { name },
        chunkSize: 64 * 1024,
        retryDelays: null as never,
        onError: reject,
        onSuccess: () => resolve(),
      }).start()
    })
  return { call, open, fill, announce, patch, send, cookie: () => cookie }
}

const make = async (t: ExecutionContext, { desk }: House, more: object = {}) => {
  const made = await desk.post<NewInboxView>('/api/inboxes', { ...ASKED, ...more })
  t.is(made.status, 201, JSON.stringify(made.body))
  return made.body
}

const inboxOf = async ({ desk }: House, id: string) =>
  (await desk.get<{ items: InboxView[] }>('/api/inboxes')).body.items.find(each => each.id === id)

test('an outside clinic opens its link, says who it is, and hands over a disc; the desk is told, and the link is used up', async t => {
  const all = await house(t)
  const { desk, node } = all
  const made = await make(t, all, { withCode: true })
  t.regex(made.path, /^\/inbox#token=[\w-]{43}$/)
  t.regex(made.code ?? '', /^\d{8}$/)
  t.is(made.state, 'waiting')

  const clinic = outsider(all)
  t.is((await clinic.call('GET', '/api/inbox')).status, 404)
  const asked = await clinic.open(made.path)
  t.is(asked.status, 422)
  t.deepEqual(asked.body.fields, [{ path: 'code', message: 'missing' }])
  const opened = await clinic.open(made.path, made.code)
  t.is(opened.status, 200, opened.text)
  t.regex(opened.set ?? '', /HttpOnly; SameSite=Strict/)
  t.like(opened.body, { siteName: 'Hôpital Nord (fictif)', purpose: ASKED.purpose, state: 'form' })
  t.is((await clinic.announce(10)).status, 404, 'no file before the form')
  t.is((await clinic.fill({ ...FORM, name: 'x'.repeat(121) })).status, 422)
  t.is((await clinic.call('PUT', '/api/inbox/form', { form: FORM, agreed: false })).status, 422)
  t.is((await clinic.fill()).body.state, 'files')

  const scratch = temporary(t)
  const folder = join(scratch, 'disc')
  await makeDisc(folder, writePhantom(scratch, 'cd', { images: 4, patient: ZOE }).files, { dicomdir: false })
  await makeZip(folder, join(scratch, 'disc.zip'))
  await clinic.send(readFileSync(join(scratch, 'disc.zip')), 'Disque ailleurs.zip')
  const end = (await clinic.call<InboxPage>('GET', '/api/inbox')).body
  t.is(end.state, 'handed-over')
  t.like(end.receipt, { name: 'Disque ailleurs.zip', number: made.id.slice(-8).toUpperCase() })

  const { import: disc } = (await inboxOf(all, made.id)) ?? {}
  const known = await eventually('the disc is known', async () => {
    const { body } = await desk.get<ImportView>(`/api/imports/${disc}`)
    return body.state === 'inventoried' ? body : undefined
  })
  t.is(known.studies[0]?.images, 4)
  t.is(known.by, 'Dr Ailleurs Fictif, Clinique des Essais')
  t.like(known.sender, { inbox: made.id, recipient: ASKED.recipient, why: FORM.why, patient: FORM.patient })
  t.deepEqual(known.may, ['decide', 'cancel'])
  const seen = await inboxOf(all, made.id)
  t.like(seen, { state: 'handed-over', form: FORM })
  t.like(seen?.openings[0], { address: '127.0.0.1', userAgent: 'Ailleurs/1.0' })
  const notice = await eventually('the desk is told', async () =>
    (await desk.get<{ items: NoticeView[] }>('/api/notices')).body.items.find(
      ({ kind }) => kind === 'disc-arrived',
    ),
  )
  t.like(notice, { import: disc, reference: ASKED.recipient, urgency: 'urgent' })

  const again = outsider(all)
  const never = await again.open(`/inbox#token=${'x'.repeat(43)}`)
  const used = await again.open(made.path, made.code)
  t.deepEqual([used.status, used.text], [never.status, never.text])
  t.is((await clinic.announce(10)).status, 404, 'and whoever was inside brings nothing more')
  t.is((await clinic.fill()).status, 409)
  t.is((await desk.post(`/api/inboxes/${made.id}/revoke`)).status, 409)
  const types = (await node.services.journal.read({ subject: made.id, limit: 50 })).map(({ type }) => type)
  t.deepEqual(types, [
    'inbox-made',
    'link-made',
    'link-opened',
    'inbox-filled',
    'link-closed',
    'inbox-handed-over',
  ])
  const secret = made.path.split('=')[1] ?? ''
  for (const name of readdirSync(node.folder).filter(each => /\.db/.test(each)))
    t.false(readFileSync(join(node.folder, name)).includes(secret), name)
})

test('an outsider sees their own inbox and nothing else of the node', async t => {
  const all = await house(t)
  const [mine, other] = [outsider(all), outsider(all)]
  await mine.open((await make(t, all)).path)
  await other.open((await make(t, all, { recipient: 'Une autre clinique' })).path)
  await mine.fill()
  await other.fill()
  const upload = await mine.announce(1000)
  t.is(upload.status, 201)
  t.is(await other.patch(upload.at, 0, Buffer.alloc(10)), 404, 'another’s upload is one that never was')
  for (const path of ['/api/inboxes', '/api/imports', '/api/session', '/api/studies', '/api/notices'])
    t.is((await mine.call('GET', path)).status, 401, path)
  t.is(
    (await mine.call('POST', '/api/imports', { upload: upload.at.split('/').at(-1), site: 'nord' })).status,
    401,
  )
  t.is((await mine.call<InboxPage>('GET', '/api/inbox')).body.recipient, ASKED.recipient)
})

test('a link takes so many bytes and no more, announced or not, and one disc: the next replaces the one under way', async t => {
  const all = await house(t)
  const made = await make(t, all, { mb: 1 })
  const clinic = outsider(all)
  await clinic.open(made.path)
  await clinic.fill()
  t.is((await clinic.announce(1024 * 1024 + 1)).status, 413)
  const first = await clinic.announce(2000, 'premier.zip')
  t.is(await clinic.patch(first.at, 0, Buffer.alloc(500)), 204)
  t.true((await clinic.patch(first.at, 500, Buffer.alloc(3000))) >= 400, 'more bytes than announced')
  const { import: replaced } = (await inboxOf(all, made.id)) ?? {}
  const second = await clinic.announce(2000, 'second.zip')
  t.is(second.status, 201)
  t.is(await clinic.patch(first.at, 500, Buffer.alloc(10)), 404)
  t.is(await clinic.patch(second.at, 0, Buffer.alloc(500)), 204)
  t.is((await all.desk.get<ImportView>(`/api/imports/${replaced}`)).body.state, 'cancelled')
  t.is((await clinic.fill()).status, 409, 'who sends it stands once files are on their way')
  const { upload } = (await clinic.call<InboxPage>('GET', '/api/inbox')).body
  t.deepEqual(upload, { name: 'second.zip', bytes: 2000, there: 500 })
  const { items } = (await all.desk.get<{ items: ImportRow[] }>('/api/imports')).body
  t.deepEqual(items.map(({ name, state }) => `${name} ${state}`).sort(), [
    'premier.zip cancelled',
    'second.zip uploading',
  ])
})

test('the end of a link ends what has not begun; what has may go on a while, and then no more', async t => {
  const all = await house(t, {
    RELAIS_LINKS_INBOX_GRACE_MINUTES: '60',
    RELAIS_SESSIONS_IDLE_MINUTES: '1440',
  })
  const { clock } = all
  const [late, begun] = [outsider(all), outsider(all)]
  const links = [await make(t, all, { hours: 1 }), await make(t, all, { hours: 1 })]
  for (const [at, clinic] of [late, begun].entries()) {
    await clinic.open(links[at]?.path ?? '')
    await clinic.fill()
  }
  const upload = await begun.announce(1000)
  t.is(await begun.patch(upload.at, 0, Buffer.alloc(100)), 204)
  clock.advance(HOUR_MS)
  t.is((await late.announce(1000)).status, 404)
  t.is((await late.call<InboxPage>('GET', '/api/inbox')).body.state, 'closed')
  t.is((await outsider(all).open(links[0]?.path ?? '')).status, 401)
  t.is(await begun.patch(upload.at, 100, Buffer.alloc(100)), 204, 'within the hour that is left')
  clock.advance(HOUR_MS)
  t.true((await begun.patch(upload.at, 200, Buffer.alloc(800))) >= 400)
  t.is((await inboxOf(all, links[0]?.id ?? ''))?.state, 'expired')
  t.is((await inboxOf(all, links[1]?.id ?? ''))?.state, 'expired')
})

test('revoking stops an upload in the middle of a request; its bytes are forgotten', async t => {
  const all = await house(t)
  const { node, desk } = all
  const made = await make(t, all)
  const clinic = outsider(all)
  await clinic.open(made.path)
  await clinic.fill()
  const { at } = await clinic.announce(1_000_000)
  const cutOff = new Promise<string>(resolve => {
    const sending = httpRequest(new URL(at, node.addresses.http), {
      method: 'PATCH',
      headers: {
        origin: node.addresses.http,
        cookie: clinic.cookie(),
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
        'content-length': '1000000',
      },
    })
    sending.on('error', () => resolve('cut off'))
    sending.on('response', answer => resolve(`answered ${answer.statusCode}`))
    sending.write(Buffer.alloc(10_000))
  })
  await eventually('bytes are coming', async () =>
    (await inboxOf(all, made.id))?.import === undefined ? undefined : true,
  )
  const { import: disc } = (await inboxOf(all, made.id)) ?? {}
  t.is((await desk.post<InboxView>(`/api/inboxes/${made.id}/revoke`)).body.state, 'revoked')
  t.is(await cutOff, 'cut off')
  t.true((await clinic.patch(at, 0, Buffer.alloc(10))) >= 400)
  t.is((await clinic.call<InboxPage>('GET', '/api/inbox')).body.state, 'closed')
  t.is((await desk.get<ImportView>(`/api/imports/${disc}`)).body.state, 'cancelled')
  t.is((await outsider(all).open(made.path)).status, 401)
  t.is((await desk.post(`/api/inboxes/${made.id}/revoke`)).status, 200, 'twice is once')
})

test('guessing a code closes the link, and guessing links is slowed', async t => {
  const all = await house(t, { RELAIS_LINKS_CODE_TRIES_MAX: '3' })
  const made = await make(t, all, { withCode: true })
  const thief = outsider(all)
  const wrong = made.code === '00000000' ? '11111111' : '00000000'
  const left: (string | number | undefined)[] = []
  for (let times = 0; times < 3; times += 1) {
    const { status, body } = await thief.open(made.path, wrong)
    left.push(status === 422 ? body.fields?.[0]?.message : status)
  }
  t.deepEqual(left, ['2', '1', 401])
  t.is((await thief.open(made.path, made.code)).status, 401)
  t.is((await inboxOf(all, made.id))?.state, 'guessed')
  const statuses = new Set<number>()
  for (let times = 0; times < 12; times += 1)
    statuses.add((await thief.open(`/inbox#token=${'y'.repeat(43)}`)).status)
  t.deepEqual([...statuses].sort(), [401, 429])
})

test('an inbox is of one site: its desk makes, sees and revokes it, within what the settings allow', async t => {
  const all = await house(t, { RELAIS_LINKS_INBOX_HOURS_MAX: '72', RELAIS_LINKS_INBOX_MB_MAX: '100' })
  const { desk, node } = all
  const made = await make(t, all)
  const [stranger, dispatcher] = [await person(t, node, 'stranger'), await person(t, node, 'dispatcher')]
  t.is((await stranger.get('/api/inboxes')).status, 403)
  t.is((await dispatcher.post(`/api/inboxes/${made.id}/revoke`)).status, 404)
  t.deepEqual((await dispatcher.get('/api/inboxes')).body, { items: [] })
  t.is((await desk.post('/api/inboxes', { ...ASKED, site: 'sud' })).status, 404)
  for (const [field, value] of Object.entries({
    hours: 73,
    mb: 101,
    preset: 'nulle-part',
    recipient: 'a\r\nb',
  })) {
    const refused = await desk.post('/api/inboxes', { ...ASKED, [field]: value })
    t.is(refused.status, 422, field)
    t.deepEqual(
      refused.body.fields?.map(({ path }) => path),
      [field],
    )
  }
  t.true(existsSync(join(node.folder, 'uploads')))
})
