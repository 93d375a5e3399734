import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { accountMigrations } from '../../node/accounts/schema.js'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { openIds } from '../../node/ids.js'
import { openJournal } from '../../node/journal/journal.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { type Link, openLinks } from '../../node/links/links.js'
import type { LinkPurpose } from '../../node/links/rules.js'
import { type LinkTables, linkMigrations } from '../../node/links/schema.js'
import type { MailView } from '../../node/notifications/view.js'
import type { NewShareView, ShareView } from '../../node/reports/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { siteMigrations } from '../../node/sites/schema.js'
import { FORM } from '../support/act.js'
import { eventually } from '../support/children.js'
import { openNode, type TestNode, temporary } from '../support/node.js'
import { CAST, OPERATOR, PASSWORD, type Person, person } from '../support/people.js'

const HOUR_MS = 3_600_000
const SYSTEM = { by: 'system', part: 'test' } as const
const BY = { address: '192.0.2.7', userAgent: 'Courrier/1.0', origin: SYSTEM }
const GONE = 'This link was used, has expired, or never was. Ask for a new one.'

function house(t: ExecutionContext) {
  const folder = temporary(t)
  const clock = manualClock(Date.UTC(2026, 10, 23, 8))
  const file = join(folder, 'relais.db')
  const db = openDatabase({ file, migrations: [...journalMigrations, ...linkMigrations], clock })
  const journal = openJournal({ db, clock })
  const links = openLinks({ db, clock, ids: openIds(clock), journal, codeTriesMax: 3 })
  let open = true
  const close = async () => {
    if (open) await db.close()
    open = false
  }
  t.teardown(close)
  const make = (more: { purpose?: LinkPurpose; subject?: string; code?: 'new' | 'as-before' } = {}) =>
    db.write(tx =>
      links.make(
        tx,
        { purpose: 'invitation', subject: 'acc_1', site: 'nord', validMs: HOUR_MS, ...more },
        SYSTEM,
      ),
    )
  const use = (link: Link) => db.write(tx => links.use(tx, link, SYSTEM))
  const types = async () => (await journal.read({ limit: 100 })).map(({ type }) => type)
  return { clock, db, file, journal, links, make, use, types, close }
}

test('a link opens what it is for, as often as its person likes, until it is used; then it is one that never was', async t => {
  const { links, make, use, journal, clock } = house(t)
  const made = await make()
  t.regex(made.secret, /^[\w-]{43}$/)
  const opened = await links.open({ secret: made.secret, purpose: 'invitation', by: BY })
  t.like(opened, { id: made.id, purpose: 'invitation', subject: 'acc_1' })
  clock.advance(11 * 60_000)
  await links.open({ secret: made.secret, purpose: 'invitation', by: { ...BY, address: '192.0.2.8' } })
  await links.open({ secret: made.secret, purpose: 'invitation', by: { ...BY, address: '192.0.2.8' } })
  t.deepEqual(await links.openings({ purpose: 'invitation', subject: 'acc_1' }), [
    { at: Date.UTC(2026, 10, 23, 8), address: '192.0.2.7', userAgent: 'Courrier/1.0' },
    { at: Date.UTC(2026, 10, 23, 8, 11), address: '192.0.2.8', userAgent: 'Courrier/1.0' },
  ])
  await use(opened)
  t.is(await links.standing({ purpose: 'invitation', subject: 'acc_1' }), 'used')
  const facts = await journal.read({ limit: 100 })
  t.deepEqual(
    facts.map(({ type }) => type),
    ['link-made', 'link-opened', 'link-opened', 'link-used'],
  )
  for (const fact of facts) t.deepEqual(fact.ids, { link: made.id, account: 'acc_1' })
})

test('unknown, used, expired, closed, replaced, foreign and meant for something else: one answer', async t => {
  const { db, links, make, use, clock } = house(t)
  const of = (subject: string) => ({ purpose: 'invitation', subject }) as const
  const [used, closed, beside, foreign, other, expired] = [
    await make({ subject: 'acc_1' }),
    await make({ subject: 'acc_2' }),
    await make({ subject: 'acc_1' }),
    await make({ subject: 'acc_4' }),
    await make({ purpose: 'password-reset', subject: 'acc_5' }),
    await make({ subject: 'acc_6' }),
  ]
  await use(await links.open({ secret: used.secret, purpose: 'invitation', by: BY }))
  t.is(await db.write(tx => links.close(tx, of('acc_2'), 'revoked', SYSTEM)), 1)
  t.is(await links.standing(of('acc_2')), 'revoked')
  const refused = async (secret: string, accepts = true) => {
    const asked = { secret, purpose: 'invitation', by: BY, accepts: async () => accepts } as const
    return (await t.throwsAsync(links.open(asked), { code: 'unauthenticated' } as never))?.message
  }
  t.is(await refused('x'.repeat(43)), GONE)
  t.is(await refused(used.secret), GONE)
  t.is(await refused(closed.secret), GONE)
  t.is(await refused(beside.secret), GONE, 'what is for the same thing goes with the one that is used')
  t.is(await refused(foreign.secret, false), GONE)
  t.is(await refused(other.secret), GONE)
  clock.advance(HOUR_MS)
  t.is(await refused(expired.secret), GONE)
  t.is(await links.standing(of('acc_6')), 'expired')
  t.false(await links.isOpen(of('acc_6')))
})

test('of two who use one link at the same moment, one does', async t => {
  const { links, make, use, types } = house(t)
  const { secret } = await make()
  const link = await links.open({ secret, purpose: 'invitation', by: BY })
  const ends = await Promise.allSettled([use(link), use(link), use(link)])
  t.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected'])
  t.is((await types()).filter(type => type === 'link-used').length, 1)
})

test('a code goes by another channel; it is the same for each link to a thing, and guessing it closes the link', async t => {
  const { links, make, types, file, close } = house(t)
  const thing = { purpose: 'inbox', subject: 'inb_1' } as const
  const desk = await make({ ...thing, code: 'new' })
  const letter = await make({ ...thing, code: 'as-before' })
  const code = desk.code ?? ''
  t.regex(code, /^\d{8}$/)
  t.is(letter.code, undefined)
  const open = (secret: string, tried?: string) =>
    links.open({ secret, purpose: 'inbox', by: BY, ...(tried === undefined ? {} : { code: tried }) })
  const faultOf = async (secret: string, tried?: string) => {
    const thrown = (await t.throwsAsync(open(secret, tried))) as unknown as { code: string; fields: object[] }
    return [thrown.code, ...thrown.fields]
  }
  t.deepEqual(await faultOf(letter.secret), ['invalid', { path: 'code', message: 'missing' }])
  const wrong = code === '00000000' ? '00000001' : '00000000'
  t.deepEqual(await faultOf(letter.secret, wrong), ['invalid', { path: 'code', message: '2' }])
  t.deepEqual(await faultOf(letter.secret, wrong), ['invalid', { path: 'code', message: '1' }])
  t.is(
    (await open(letter.secret, `${code.slice(0, 4)} ${code.slice(4)}`)).subject,
    'inb_1',
    'as it is read out',
  )
  t.deepEqual(await faultOf(letter.secret, wrong), ['unauthenticated'])
  t.deepEqual(await faultOf(letter.secret, code), ['unauthenticated'], 'closed, also for who knows it')
  t.is((await open(desk.secret, code)).subject, 'inb_1')
  t.deepEqual(
    (await types()).filter(type => type === 'link-closed'),
    ['link-closed'],
  )
  await close()
  for (const secret of [desk.secret, letter.secret, code])
    t.false(readFileSync(file).includes(secret), 'the file of the database')
})

test('what a browser calls itself is cut to one line', async t => {
  const { db, links, make } = house(t)
  const { secret } = await make()
  const userAgent = `Chrome\r\nX: 1\u0000${'a'.repeat(500)}`
  await links.open({ secret, purpose: 'invitation', by: { ...BY, userAgent } })
  const [opening] = await db.sql<LinkTables>().selectFrom('link_openings').select('user_agent').execute()
  t.is(opening?.user_agent, `Chrome  X: 1 ${'a'.repeat(147)}`)
})

test('links that were handed out before there was this service go on working, and used ones stay used', async t => {
  const clock = manualClock(Date.UTC(2026, 10, 23, 8))
  const file = join(temporary(t), 'relais.db')
  const all = [...journalMigrations, ...linkMigrations, ...siteMigrations, ...accountMigrations]
  const moved = all.findIndex(({ sql }) => sql.includes('DROP TABLE one_time_links'))
  const old = openDatabase({ file, migrations: all.slice(0, moved), clock })
  const digestOf = (secret: string) => createHash('sha256').update(secret).digest()
  await old.write(async tx => {
    for (const [secret, used_at] of [
      ['handed out', null],
      ['used', clock.now()],
    ] as const)
      await tx
        .sql<{ one_time_links: object }>()
        .insertInto('one_time_links' as never)
        .values({
          digest: digestOf(secret),
          purpose: 'first-operator',
          account: null,
          expires_at: clock.now() + HOUR_MS,
          used_at,
        } as never)
        .execute()
  })
  await old.close()
  const db = openDatabase({ file, migrations: all, clock })
  t.teardown(() => db.close())
  const links = openLinks({
    db,
    clock,
    ids: openIds(clock),
    journal: openJournal({ db, clock }),
    codeTriesMax: 3,
  })
  const open = (secret: string) => links.open({ secret, purpose: 'first-operator', by: BY })
  t.is((await open('handed out')).subject, '')
  await t.throwsAsync(open('used'), { message: GONE })
})

// ---- The same links in letters, as the whole node sends them.

const linkIn = ({ text }: Pick<MailView, 'text'>) => /(https?:\/\/\S+)/.exec(text)?.[1] ?? ''
const tokenIn = (letter: Pick<MailView, 'text'>) => linkIn(letter).split('#token=')[1] ?? ''

const lettersOf = (node: TestNode, to: string, count: number) =>
  eventually(`${count} letters to ${to}`, async () => {
    const { items } = await node.services.notifications.mailbox({ limit: 100 })
    const own = items.filter(letter => letter.to === to)
    return own.length >= count ? own : undefined
  })

const post = async (node: TestNode, path: string, body: unknown) => {
  const { http } = node.addresses
  const answer = await fetch(`${http}${path}`, {
    method: 'POST',
    headers: { origin: http, 'content-type': 'application/json', 'user-agent': 'Navigateur-essai/1.0' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, text: await answer.text() }
}

test('a forgotten password: the same answer for everybody, a letter for who has an account, and every session ends', async t => {
  const node = await openNode(t, { env: OPERATOR })
  const referrer = await person(t, node, 'referrer')
  const { email } = CAST.referrer
  const forgotten = (whose: string) => post(node, '/api/session/forgotten', { email: whose })
  const known = await forgotten(email)
  t.deepEqual(known, { status: 204, text: '' })
  t.deepEqual(await forgotten('personne@nord.example'), known)
  t.deepEqual(await forgotten('no address at all'), known)
  await forgotten(email)
  const [letter] = await lettersOf(node, email, 1)
  t.regex(letter?.subject ?? '', /^Nouveau mot de passe/)
  const token = tokenIn(letter as MailView)

  const reset = (secret: string, password: string) =>
    post(node, '/api/session/reset', { token: secret, password })
  t.is((await reset(token, 'court')).status, 422)
  const never = await reset('x'.repeat(43), PASSWORD)
  t.is(never.status, 401)
  const both = await Promise.all([
    reset(token, 'une toute autre phrase'),
    reset(token, 'une toute autre phrase'),
  ])
  t.deepEqual(both.map(({ status }) => status).sort(), [204, 401], 'one of two wins')
  t.deepEqual(await reset(token, PASSWORD), never, 'used up is like never was')
  t.is((await referrer.get('/api/session')).status, 401, 'whoever was signed in is out')
  const signIn = (password: string) => post(node, '/api/session', { email, password })
  t.is((await signIn(PASSWORD)).status, 401)
  t.is((await signIn('une toute autre phrase')).status, 200)
  const letters = await lettersOf(node, email, 2)
  t.is(letters.length, 2, 'asked twice within minutes: one link; and the word that it was used')
  t.true(letters.some(({ subject }) => /^Mot de passe changé/.test(subject)))
  const [done] = await node.facts('password-reset')
  t.like(done?.body, { address: '127.0.0.1', sessions: 1 })
  t.deepEqual(
    (await node.facts('password-reset-asked')).map(({ body }) => body?.['reason']),
    [undefined, 'unknown-account', 'unknown-account', undefined],
  )
})

test('an administrator sends a link anew: to come in for who never did, else for another password', async t => {
  const node = await openNode(t, { env: OPERATOR })
  const { accounts } = node.services
  const admin = await person(t, node, 'technician')
  const COMMAND = { by: 'command', user: 'test' } as const
  const invited = await accounts.create(
    null,
    { email: 'paul@nord.example', name: 'Paul', role: 'referrer', site: 'nord', language: 'en' },
    COMMAND,
  )
  t.is((await admin.post(`/api/accounts/${invited.id}/link`)).status, 403)
  const { who } = await accounts.signIn({
    email: OPERATOR.RELAIS_ADMIN_EMAIL,
    password: PASSWORD,
    address: '127.0.0.1',
    replaces: null,
  })
  const origin = { by: 'system', part: 'test' } as const
  const again = await accounts.renewLink(who, invited.id, origin)
  t.regex(again.invitation?.path ?? '', /^\/first#token=/)
  const letters = await lettersOf(node, 'paul@nord.example', 2)
  for (const letter of letters) t.regex(letter.text, /^An access has been opened for you/)
  const body = {
    token: tokenIn(letters[0] as MailView),
    name: 'Paul',
    email: 'paul@nord.example',
    password: PASSWORD,
  }
  t.is((await post(node, '/api/session/first', body)).status, 200)
  const other = { ...body, token: again.invitation?.path.split('#token=')[1] }
  t.is((await post(node, '/api/session/first', other)).status, 401, 'one is used, all are')
  const reset = await accounts.renewLink(who, invited.id, origin)
  t.regex(reset.reset?.path ?? '', /^\/reset#token=/)
  t.is(reset.invitation, undefined)
})

/** What programs do that look into mail before people do: follow everything, in every way that is no person's act. */
async function scan(link: string): Promise<number[]> {
  const statuses: number[] = []
  const url = link.split('#')[0] ?? ''
  const secret = link.split('#token=')[1] ?? ''
  const manners: Record<string, string>[] = [
    { 'user-agent': 'Mozilla/5.0 (compatible; MailScanner/1.0)' },
    { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender', 'sec-fetch-mode': 'navigate' },
    { 'x-moz': 'prefetch', accept: 'text/html' },
  ]
  // Some take the fragment for a part of the address, or put it into a query.
  for (const address of [url, `${url}?token=${secret}`, `${url}/${secret}`, `${url}%23token=${secret}`])
    for (const headers of manners)
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await fetch(address, { method, headers })
        await answer.arrayBuffer()
        statuses.push(answer.status)
      }
  for (let times = 0; times < 50; times += 1) {
    const answer = await fetch(url, { method: times % 2 === 0 ? 'GET' : 'HEAD' })
    await answer.arrayBuffer()
    statuses.push(answer.status)
  }
  return statuses
}

test('a mail scanner that follows every link of every letter, as often as it likes, leaves no trace and uses nothing up', async t => {
  const node = await openNode(t, { env: OPERATOR })
  const { services } = node
  const referrer = await person(t, node, 'referrer')
  const reader = await person(t, node, 'first')
  const desk = await person(t, node, 'technician')
  // One letter of each sort: an offer and a report, an invitation, a new password, an inbox, a report without an account.
  const made = await referrer.post<RequestView>('/api/requests', { ...FORM, submit: true })
  t.is(made.status, 201, JSON.stringify(made.body))
  const { id } = made.body
  t.is((await reader.post(`/api/requests/${id}/claim`)).status, 200)
  const { body: draft } = await reader.post<{ id: string; revision: number }>(`/api/requests/${id}/report`)
  const sections = { indication: 'Chute', technique: 'TDM', results: 'Rien', conclusion: 'Rien à signaler' }
  await reader.put(`/api/reports/${draft.id}`, { revision: draft.revision, sections })
  const signed = await reader.post(`/api/reports/${draft.id}/sign`, {
    reauthentication: { password: PASSWORD },
    as: 'final',
  })
  t.is(signed.status, 200, JSON.stringify(signed.body))
  await services.accounts.create(
    null,
    { email: 'invite@nord.example', name: 'Invité', role: 'referrer', site: 'nord', language: 'fr' },
    { by: 'command', user: 'test' },
  )
  await post(node, '/api/session/forgotten', { email: CAST.technician.email })
  const inbox = {
    site: 'nord',
    recipient: 'Clinique des Essais',
    email: 'clinique@ailleurs.example',
    purpose: 'Scanner',
    hours: 24,
    mb: 16,
    send: true,
  }
  t.is((await desk.post('/api/inboxes', inbox)).status, 201)
  const to = { name: 'SSR Les Pins', role: 'service', hours: 24, email: 'ssr@ailleurs.example' }
  const links = `/api/reports/${draft.id}/links`
  t.is((await referrer.post(links, { ...to, email: 'personne' })).status, 422)
  const shared = await referrer.post<NewShareView>(links, to)
  t.like(shared, { status: 201, body: { mailed: true } })

  const kinds = {
    offer: /Nouvelle demande/,
    report: /Compte rendu disponible/,
    invitation: /Votre accès/,
    password: /Nouveau mot de passe/,
    inbox: /Dépôt d’images/,
    answer: /Un document vous attend/,
  }
  const letters = await eventually('a letter of each sort', async () => {
    const { items } = await services.notifications.mailbox({ limit: 100 })
    return Object.values(kinds).every(kind => items.some(({ subject }) => kind.test(subject)))
      ? items
      : undefined
  })
  const all = letters.flatMap(({ text, html }) => [
    ...new Set([...`${text} ${html}`.matchAll(/https?:\/\/[^\s"<>]+/g)].map(([link]) => link)),
  ])
  t.true(all.length >= 6)
  for (const link of all) t.regex(link, /^http:\/\/[^/]+\/(open|first|reset|inbox|answer)#token=[\w-]{43}$/)

  const { journal, db } = services
  const digests = all.map(link =>
    createHash('sha256')
      .update(link.split('=')[1] ?? '')
      .digest(),
  )
  const standing = async () => ({
    links: await db
      .sql<LinkTables>()
      .selectFrom('links')
      .selectAll()
      .where('digest', 'in', digests)
      .orderBy('id')
      .execute(),
    openings: await db.sql<LinkTables>().selectFrom('link_openings').selectAll().execute(),
    facts: await journal.read({ types: ['link-opened', 'link-used', 'link-closed'], limit: 100 }),
  })
  const before = await standing()
  t.is(before.links.length, new Set(all).size)
  t.deepEqual([before.openings, before.facts], [[], []])
  for (const link of all) for (const status of await scan(link)) t.true(status < 500, `${status}`)
  t.deepEqual(await standing(), before)

  // And each still opens, once a person acts.
  const tokenOf = (kind: RegExp) => tokenIn(letters.find(({ subject }) => kind.test(subject)) as MailView)
  const follow = (who: Person, kind: RegExp) =>
    who.post<{ path: string }>('/api/notices/open', { token: tokenOf(kind) })
  t.is((await follow(reader, kinds.report)).status, 404, 'another person’s link')
  t.is((await follow(referrer, kinds.report)).body.path, `/reports/${draft.id}`)
  t.is((await follow(reader, kinds.offer)).body.path, `/requests/${id}`)
  t.is((await post(node, '/api/inbox/open', { token: tokenOf(kinds.inbox) })).status, 200)
  const accept = {
    token: tokenOf(kinds.invitation),
    name: 'Invité',
    email: 'invite@nord.example',
    password: PASSWORD,
  }
  t.is((await post(node, '/api/session/first', accept)).status, 200)
  const reset = { token: tokenOf(kinds.password), password: 'une toute autre phrase' }
  t.is((await post(node, '/api/session/reset', reset)).status, 204)
  const answer = { token: tokenOf(kinds.answer), code: shared.body.code }
  t.is((await post(node, '/api/answer/open', { token: answer.token })).status, 422)
  t.is((await post(node, '/api/answer/open', answer)).status, 200)
  const bearing = letters.find(({ subject }) => kinds.answer.test(subject))
  for (const word of [shared.body.code, 'ESSAI', 'Rien à signaler', 'SSR'])
    t.false(`${bearing?.subject} ${bearing?.text} ${bearing?.html}`.includes(word), word)
  const [kept] = (await referrer.get<{ items: ShareView[] }>(links)).body.items
  t.like(kept?.letter, { email: to.email, state: 'sent' })
  // A newer version is written of to whoever got the link by letter, and the code they have opens it.
  await reader.post(`/api/reports/${draft.id}/addendum`, {
    reauthentication: { password: PASSWORD },
    text: 'Complément',
  })
  const again = await eventually('the letter of the newer version', async () => {
    const { items } = await services.notifications.mailbox({ limit: 100 })
    const both = items.filter(({ subject }) => kinds.answer.test(subject))
    return both.length === 2 ? both.map(tokenIn).find(token => token !== answer.token) : undefined
  })
  t.is((await post(node, '/api/answer/open', { ...answer, token: again })).status, 200)
  const opened = (await node.facts('link-opened')).map(({ body }) => body?.['purpose'])
  t.deepEqual(opened.sort(), [
    'inbox',
    'invitation',
    'notice',
    'notice',
    'password-reset',
    'report',
    'report',
  ])
})
