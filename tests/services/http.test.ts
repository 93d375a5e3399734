import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { type ManualClock, manualClock, systemClock } from '../../node/clock.js'
import { loadConfig } from '../../node/config.js'
import { openDatabase } from '../../node/database.js'
import { Failure } from '../../node/errors.js'
import type { Acting } from '../../node/http/acting.js'
import { listOf, produces, stream, withStatus } from '../../node/http/answer.js'
import { sessionCookie, sessionSecret } from '../../node/http/cookie.js'
import { openIdempotency } from '../../node/http/idempotency.js'
import { openSignInLimiter } from '../../node/http/limiter.js'
import type { LiveFact } from '../../node/http/live-reading.js'
import { type Route, route } from '../../node/http/route.js'
import { type HttpTables, httpMigrations } from '../../node/http/schema.js'
import { type Http, type HttpOptions, openHttp } from '../../node/http/server.js'
import { openLog, silentLog } from '../../node/log.js'
import { eventually } from '../support/children.js'
import { found } from '../support/programs.js'

const zoe: Acting = {
  account: { id: 'acc_zoe', email: 'zoe@nord.example', name: 'Zoé Essai', language: 'fr' },
  membership: { id: 'mem_zoe', site: 'nord', role: 'referrer' },
  session: { id: 'ses_zoe', endsAt: 0 },
}
const amadou: Acting = {
  account: { id: 'acc_amadou', email: 'amadou@lecture.example', name: 'Amadou Fictif', language: 'fr' },
  membership: { id: 'mem_amadou', site: 'lecture', role: 'radiologist' },
  session: { id: 'ses_amadou', endsAt: 0 },
}
const people = new Map<string, Acting>([
  ['zoe', zoe],
  ['ann', { ...zoe, account: { ...zoe.account, id: 'acc_ann', language: 'en' } }],
  ['amadou', amadou],
])

const note = z.object({ id: z.string(), words: z.string() })
const written: string[] = []
const routes: Route[] = [
  route({
    method: 'GET',
    path: '/api/notes/:id',
    summary: 'One note.',
    action: 'session',
    params: z.object({ id: z.string().regex(/^n\d$/) }),
    answer: note,
    run: ({ params }) => ({ id: params.id, words: 'x'.repeat(2000), secret: 'never leaves' }),
  }),
  route({
    method: 'GET',
    path: '/api/notes/search',
    summary: 'Notes that fit.',
    action: 'session',
    query: z.object({ q: z.string().min(2) }),
    answer: listOf(note),
    run: ({ query }) => ({ items: [{ id: 'n1', words: query.q }] }),
  }),
  route({
    method: 'POST',
    path: '/api/notes',
    summary: 'Writes a note.',
    action: 'request.create',
    body: z.object({ words: z.string().min(3), count: z.int() }),
    answer: note,
    status: 201,
    run: ({ body }) => {
      written.push(body.words)
      return body.words === 'there already'
        ? withStatus(200, { id: 'n0', words: body.words })
        : { id: `n${written.length}`, words: body.words }
    },
  }),
  route({
    method: 'GET',
    path: '/api/paper',
    summary: 'A paper.',
    action: 'public',
    answer: produces('application/pdf'),
    run: () =>
      stream({
        type: 'application/pdf',
        body: Readable.from(['%PDF', '-1.7']),
        filename: 'compte-rendu.pdf',
      }),
  }),
  route({
    method: 'PUT',
    path: '/api/notes/:id',
    summary: 'A note that does not fit.',
    action: 'session',
    params: z.object({ id: z.string() }),
    answer: note,
    run: () => {
      throw new Failure('invalid', { fr: 'La note ne convient pas.', en: 'The note does not fit.' }, [
        { path: 'words', message: 'three letters', fr: 'trois lettres' },
        { path: 'count', message: 'The note does not fit.' },
      ])
    },
  }),
  route({
    method: 'GET',
    path: '/api/faults/:which',
    summary: 'Fails.',
    action: 'public',
    params: z.object({ which: z.string() }),
    answer: note,
    run: ({ params }) => {
      if (params.which === 'bug') throw new TypeError('Cannot read "ESSAI^Zoé" of undefined')
      if (params.which === 'answer') return { id: 'n1' } as { id: string; words: string }
      throw new Failure('conflict', 'Dr Fictif holds it.')
    },
  }),
]

interface Served {
  http: Http
  url: string
  port: number
  lines: string[]
}

async function serve(
  t: ExecutionContext,
  changes: Partial<HttpOptions> & { env?: Record<string, string> } = {},
) {
  const { env = {}, ...options } = changes
  const lines: string[] = []
  const config = loadConfig({ env: { RELAIS_HTTP_PORT: '0', ...env } })
  const clock = systemClock()
  const http = openHttp({
    config: config.http,
    node: { name: 'Relais', version: '0.0.0' },
    log: openLog({ level: 'info', clock, destination: { write: line => lines.push(line) } }),
    clock,
    authenticate: async ({ cookie }) => people.get(cookie ?? '') ?? null,
    may: (who, action) => action === 'request.create' && who.membership.role === 'referrer',
    routes,
    ...options,
  })
  const { url, port } = await http.listen()
  t.teardown(() => http.close())
  return { http, url, port, lines } satisfies Served
}

const as = (name: string) => ({ cookie: `relais=${name}` })
const json = { 'content-type': 'application/json' }

test('a call is refused without a session, by role, and when it does not fit; each refusal is a problem', async t => {
  const { url } = await serve(t)
  const post = (headers: Record<string, string>, body: string) =>
    fetch(`${url}/api/notes`, { method: 'POST', headers: { ...json, ...headers }, body })

  const nobody = await post({}, '{}')
  t.is(nobody.status, 401)
  t.is(nobody.headers.get('content-type'), 'application/problem+json')
  t.like(await nobody.json(), { code: 'unauthenticated', status: 401, type: '/problems/unauthenticated' })
  t.is((await post(as('amadou'), '{}')).status, 403)

  const misfit = await post(as('zoe'), '{"words":"ab","count":1.5}')
  t.is(misfit.status, 422)
  const { fields } = (await misfit.json()) as { fields: { path: string }[] }
  t.deepEqual(
    fields.map(field => field.path),
    ['words', 'count'],
  )
  t.is((await post(as('zoe'), '{"words":')).status, 400)
  t.is((await post(as('zoe'), '"just text"')).status, 400)
  t.is((await post({ ...as('zoe'), 'content-type': 'text/plain' }, '{}')).status, 415)

  const made = await post(as('zoe'), '{"words":"abc","count":1}')
  t.is(made.status, 201)
  t.is(made.headers.get('cache-control'), 'no-store')
  t.is((await post(as('zoe'), '{"words":"there already","count":1}')).status, 200)
})

test('a refusal and each of its fields are said in the language of whoever asks, and in no other', async t => {
  const { url } = await serve(t)
  const put = async (who: string) =>
    (await fetch(`${url}/api/notes/n1`, { method: 'PUT', headers: as(who) })).json()
  t.like(await put('zoe'), {
    detail: 'La note ne convient pas.',
    fields: [
      { path: 'words', message: 'trois lettres' },
      { path: 'count', message: 'La note ne convient pas.' },
    ],
  })
  t.like(await put('ann'), { detail: 'The note does not fit.' })
  const { fields } = (await put('ann')) as { fields: object[] }
  t.deepEqual(fields, [
    { path: 'words', message: 'three letters' },
    { path: 'count', message: 'The note does not fit.' },
  ])

  const refused = async (headers: Record<string, string>) =>
    ((await (await fetch(`${url}/api/notes/n1`, { method: 'PUT', headers })).json()) as { detail: string })
      .detail
  t.is(await refused({ 'accept-language': 'fr-FR,fr;q=0.9,en;q=0.8' }), 'Connectez-vous d’abord.')
  for (const asked of ['en-GB,en;q=0.9,fr;q=0.8', 'de', '*'])
    t.is(await refused({ 'accept-language': asked }), 'Sign in first.', asked)
  t.is(await refused({}), 'Sign in first.')
  t.is(
    await refused({ ...as('ann'), 'accept-language': 'fr' }),
    'The note does not fit.',
    'who is signed in has a language of their own',
  )
})

test('an unknown address of the interface is a problem, a known one with another method says which are possible', async t => {
  const { url } = await serve(t)
  const unknown = await fetch(`${url}/api/nothing`)
  t.is(unknown.status, 404)
  t.like(await unknown.json(), { code: 'missing' })
  const method = await fetch(`${url}/api/notes`, { method: 'DELETE', headers: as('zoe') })
  t.is(method.status, 405)
  t.is(method.headers.get('allow'), 'POST')
  t.is((await fetch(`${url}/api/notes/other`, { headers: as('zoe') })).status, 404)
})

test('an answer has only the keys of its schema, a validator, and is not sent again to who has it', async t => {
  const { url } = await serve(t)
  const first = await fetch(`${url}/api/notes/n1`, { headers: as('zoe') })
  t.deepEqual(Object.keys((await first.json()) as object), ['id', 'words'])
  t.regex(first.headers.get('content-encoding') ?? '', /^(br|gzip)$/)
  const etag = first.headers.get('etag') ?? ''
  const second = await fetch(`${url}/api/notes/n1`, { headers: { ...as('zoe'), 'if-none-match': etag } })
  t.is(second.status, 304)
  t.is(await second.text(), '')
  t.like(await (await fetch(`${url}/api/notes/search?q=fracture`, { headers: as('zoe') })).json(), {
    items: [{ words: 'fracture' }],
  })
})

test('bytes are streamed with their type and name', async t => {
  const { url } = await serve(t)
  const answer = await fetch(`${url}/api/paper`)
  t.is(answer.headers.get('content-type'), 'application/pdf')
  t.is(answer.headers.get('content-disposition'), 'attachment; filename="compte-rendu.pdf"')
  t.is(await answer.text(), '%PDF-1.7')
})

test('a failure keeps its code and words; a bug is logged whole without what it quotes, and shown as internal error', async t => {
  const { url, lines } = await serve(t)
  t.like(await (await fetch(`${url}/api/faults/known`)).json(), {
    code: 'conflict',
    detail: 'Dr Fictif holds it.',
  })
  const bug = await fetch(`${url}/api/faults/bug`)
  t.is(bug.status, 500)
  t.notRegex(await bug.text(), /ESSAI|TypeError/)
  t.regex(lines.join(''), /http-bug.*TypeError.*http\.test\.ts/)
  t.notRegex(lines.join(''), /ESSAI|Zoé/)
  t.is((await fetch(`${url}/api/faults/answer`)).status, 500)
})

test('huge, compressed and slow requests are refused and the node goes on', async t => {
  const { url, port } = await serve(t, { env: { RELAIS_HTTP_BODY_MAX_BYTES: '2048' } })
  const slow = await serve(t, { env: { RELAIS_HTTP_HEADER_TIMEOUT_MS: '1000' } })
  const post = (body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) =>
    fetch(`${url}/api/notes`, { method: 'POST', headers: { ...json, ...as('zoe'), ...headers }, body })
  t.is((await post(`{"words":"${'x'.repeat(4096)}"}`)).status, 413)
  t.is((await post(new Uint8Array(gzipSync('{}')), { 'content-encoding': 'gzip' })).status, 415)
  t.is(
    await rawAnswer(
      port,
      'POST /api/notes HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: relais=zoe\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n',
    ),
    413,
  )
  t.is(await rawAnswer(port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`), 431)
  t.is(await rawAnswer(slow.port, 'GET / HTTP/1.1\r\nHost:'), 408)
  const chunked = httpRequest(`${url}/api/notes`, { method: 'POST', headers: { ...json, ...as('zoe') } })
  chunked.on('error', () => undefined)
  chunked.write(Buffer.alloc(4096, 0x20))
  const [answer] = await once(chunked, 'response')
  t.is(answer.statusCode, 413)
  chunked.destroy()
  t.is((await fetch(`${url}/healthz`)).status, 200)
})

function rawAnswer(port: number, bytes: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.once('data', data => {
      resolve(Number(data.toString('latin1').split(' ')[1]))
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(0))
  })
}

test('another site can neither change anything nor open the live connection', async t => {
  const { url } = await serve(t, {
    live: {
      head: async () => 0,
      factsSince: async seq => ({ facts: [], upTo: seq }),
      onCommit: () => () => undefined,
    },
  })
  const change = (headers: Record<string, string>) =>
    send(`${url}/api/notes`, { ...json, ...as('zoe'), ...headers }, '{"words":"abc","count":1}')
  t.is(await change({ origin: 'https://evil.example' }), 403)
  t.is(await change({ origin: 'null' }), 403)
  t.is(await change({ 'sec-fetch-site': 'cross-site' }), 403)
  t.is(await change({ 'sec-fetch-site': 'same-site', origin: url }), 403)
  t.is(await change({ 'sec-fetch-site': 'same-origin', origin: url }), 201)
  t.is(await change({ origin: url.replace('127.0.0.1', 'localhost') }), 201)
  t.is(await change({}), 201)

  const socket = `${url.replace('http', 'ws')}/ws`
  t.is(await refusedSocket(socket, { ...as('zoe'), origin: 'https://evil.example' }), 403)
  t.is(await refusedSocket(socket, { origin: url }), 401)
  t.is(await refusedSocket(`${socket}/other`, { ...as('zoe'), origin: url }), 404)
})

/** fetch sets Origin and Sec-Fetch-Site by itself; this sends exactly what it is told. */
function send(url: string, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method: 'POST', headers }, answer => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function refusedSocket(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise(resolve => {
    const ws = new WebSocket(url, { headers })
    ws.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0))
    ws.on('open', () => resolve(101))
    ws.on('error', () => undefined)
  })
}

test('every answer carries the protective headers; HSTS only where the node is reached over TLS', async t => {
  const plain = await serve(t)
  const { headers } = await fetch(`${plain.url}/healthz`)
  const policy = headers.get('content-security-policy') ?? ''
  for (const directive of [
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "style-src 'self'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
  ])
    t.true(policy.includes(directive), directive)
  t.notRegex(policy.replace(/style-src-attr [^;]*/, ''), /'unsafe-(inline|eval)'/)
  t.regex(headers.get('permissions-policy') ?? '', /camera=\(\)/)
  t.is(headers.get('x-content-type-options'), 'nosniff')
  t.is(headers.get('referrer-policy'), 'no-referrer')
  t.is(headers.get('cross-origin-opener-policy'), 'same-origin')
  t.is(headers.get('cross-origin-resource-policy'), 'same-origin')
  t.is(headers.get('strict-transport-security'), null)
  const tls = await serve(t, { env: { RELAIS_PUBLIC_URL: 'https://relais.example.org' } })
  t.regex(
    (await fetch(`${tls.url}/healthz`)).headers.get('strict-transport-security') ?? '',
    /max-age=31536000/,
  )
})

/** One request whose head is exactly this, and the status of its answer. */
const asked = (port: number, ...lines: string[]) =>
  rawAnswer(port, [...lines, 'Connection: close', '', ''].join('\r\n'))

test('a request for another name than ours is not served, whoever made it lead here', async t => {
  const here = await serve(t)
  const named = await serve(t, { env: { RELAIS_PUBLIC_URL: 'https://relais.example.org' } })
  const get = (port: number, host: string, target = '/healthz') =>
    asked(port, `GET ${target} HTTP/1.1`, `Host: ${host}`)
  for (const host of ['127.0.0.1', 'localhost:8080', '[::1]', 'LOCALHOST', `127.0.0.1:${here.port}`])
    t.is(await get(here.port, host), 200, host)
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'relais.example.org',
    '198.51.100.7',
    '[::2]',
    '',
  ])
    t.is(await get(here.port, host), 421, host)
  t.is(await get(named.port, 'relais.example.org'), 200)
  t.is(await get(named.port, 'relais.example.org:443'), 200)
  t.is(await get(named.port, 'relais.example.org.evil.example'), 421)
  t.is(await get(named.port, 'localhost', 'http://evil.example/healthz'), 421)
  t.is(await get(named.port, 'localhost', 'http://localhost/healthz'), 200)
  t.is(await asked(here.port, 'GET /healthz HTTP/1.1', 'Host: localhost', 'Host: evil.example'), 400)
  t.is(await asked(here.port, 'GET /healthz HTTP/1.0'), 200, 'HTTP/1.0 names nobody')
  // A page of a name that leads here is told from ours by that name alone: it says "same origin" in good faith.
  const rebound = { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }
  t.is(
    await send(`${here.url}/api/notes`, { ...json, ...as('zoe'), ...rebound }, '{"words":"abc","count":1}'),
    421,
  )
})

test('a proxy is believed when the configuration names it, and nobody else', async t => {
  const seen: string[] = []
  const whoami = route({
    method: 'GET',
    path: '/api/whoami',
    summary: 'The address.',
    action: 'public',
    answer: z.object({ address: z.string() }),
    run: ({ address }) => {
      seen.push(address)
      return { address }
    },
  })
  const proxied = await serve(t, {
    routes: [whoami],
    env: {
      RELAIS_HTTP_TRUSTED_PROXIES: '127.0.0.0/8, 10.9.0.0/16',
      RELAIS_PUBLIC_URL: 'https://relais.example.org',
    },
  })
  const direct = await serve(t, { routes: [whoami] })
  const heard = async (port: number, ...lines: string[]) => {
    t.is(await asked(port, 'GET /api/whoami HTTP/1.1', 'Host: localhost', ...lines), 200, lines.join())
    return seen.at(-1)
  }
  t.is(await heard(direct.port, 'X-Forwarded-For: 203.0.113.9'), '127.0.0.1')
  t.is(await heard(proxied.port), '127.0.0.1')
  t.is(await heard(proxied.port, 'X-Forwarded-For: 203.0.113.9'), '203.0.113.9')
  t.is(
    await heard(proxied.port, 'X-Forwarded-For: 1.1.1.1, 203.0.113.9'),
    '203.0.113.9',
    'what it wrote itself',
  )
  t.is(await heard(proxied.port, 'X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.9.1.1'), '203.0.113.9')
  t.is(await heard(proxied.port, 'X-Forwarded-For: 203.0.113.9:4711'), '203.0.113.9')
  t.is(await heard(proxied.port, 'X-Forwarded-For: [2001:db8::9]:4711'), '2001:db8::9')
  t.is(await heard(proxied.port, 'X-Forwarded-For: 203.0.113.9, unknown'), '127.0.0.1')
  const clear = ['Host: relais.example.org', 'X-Forwarded-Proto: http']
  t.is(await asked(proxied.port, 'GET /api/whoami HTTP/1.1', ...clear), 308)
  t.is(await asked(proxied.port, 'DELETE /api/whoami HTTP/1.1', ...clear), 403)
  t.is(await asked(proxied.port, 'GET /healthz HTTP/1.1', ...clear), 200)
  t.is(
    await asked(proxied.port, 'GET /api/whoami HTTP/1.1', 'Host: localhost', 'X-Forwarded-Proto: https'),
    200,
  )
  t.is(
    await asked(direct.port, 'GET /api/whoami HTTP/1.1', 'Host: localhost', 'X-Forwarded-Proto: http'),
    200,
  )
})

test('calls are counted: of an address without a session, of a session and of a token, each for itself', async t => {
  const program = { ...zoe, token: { id: 'tok_1', rights: ['request.create' as const] } }
  const { url } = await serve(t, {
    authenticate: async ({ cookie, bearer }) =>
      bearer === 'tok' ? program : (people.get(cookie ?? '') ?? null),
    env: {
      RELAIS_HTTP_ANONYMOUS_PER_MINUTE: '10',
      RELAIS_HTTP_SESSION_PER_MINUTE: '100',
      RELAIS_HTTP_TOKEN_PER_MINUTE: '12',
    },
  })
  const times = async (count: number, headers: Record<string, string>) => {
    const answers: Response[] = []
    for (let n = 0; n < count; n++) answers.push(await fetch(`${url}/api/notes/n1`, { headers }))
    return answers
  }
  const count = (answers: Response[], status: number) =>
    answers.filter(answer => answer.status === status).length
  const anonymous = await times(12, {})
  t.deepEqual([count(anonymous, 401), count(anonymous, 429)], [10, 2])
  t.regex(anonymous.at(-1)?.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
  t.is(count(await times(15, { authorization: 'Bearer tok' }), 429), 3)
  const signedIn = await times(101, as('zoe'))
  t.deepEqual([count(signedIn, 200), count(signedIn, 429)], [100, 1])
  t.is(count(await times(3, as('amadou')), 200), 3, 'nobody else waits')
  t.is((await fetch(`${url}/healthz`)).status, 200)
})

const withOpenssl = found('openssl') === undefined ? test.skip : test

withOpenssl('over TLS the node serves its own certificate and the cookie is bound to this host', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const made = [
    'req',
    '-x509',
    ...curve,
    '-subj',
    '/CN=localhost',
    '-days',
    '1',
    '-keyout',
    key,
    '-out',
    cert,
  ]
  execFileSync('openssl', made, { stdio: 'pipe' })
  const { url } = await serve(t, {
    certificate: { chain: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
    env: { RELAIS_HTTP_CERTIFICATE_FILE: cert, RELAIS_HTTP_KEY_FILE: key },
  })
  t.regex(url, /^https:/)
  const asked = httpsRequest(`${url}/api/notes/n1`, {
    rejectUnauthorized: false,
    headers: { cookie: '__Host-relais=zoe' },
  })
  asked.end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  t.is(answer.statusCode, 200)
  const line = sessionCookie('secret', { secure: true, maxAgeSeconds: 60 })
  t.is(line, '__Host-relais=secret; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure')
  t.regex(sessionCookie(null, { secure: false, maxAgeSeconds: 60 }), /^relais=; Path=\/; Max-Age=0;/)
  t.is(sessionSecret({ cookie: 'relais=plain' }, true), undefined, 'a cookie set without TLS does not count')
  t.is(sessionSecret({ cookie: 'a=1; relais=mine' }, false), 'mine')
  t.is(sessionSecret({ cookie: 'relais=tossed; relais=mine' }, false), undefined, 'whose is it?')
})

test('the OpenAPI document is made of the schemas that check the calls', async t => {
  const { url } = await serve(t)
  const document = (await (await fetch(`${url}/api/openapi.json`)).json()) as {
    paths: Record<
      string,
      Record<string, { summary: string; requestBody: { content: Record<string, { schema: unknown }> } }>
    >
  }
  t.deepEqual(Object.keys(document.paths).sort(), [
    '/api/faults/{which}',
    '/api/notes',
    '/api/notes/search',
    '/api/notes/{id}',
    '/api/paper',
  ])
  t.like(document.paths['/api/notes']?.['post']?.requestBody.content['application/json']?.schema, {
    required: ['words', 'count'],
    properties: { words: { type: 'string', minLength: 3 } },
  })
})

test('the node says whether it is alive and ready, and shows its metrics to this machine or a token only', async t => {
  let full = false
  const { url } = await serve(t, {
    checks: {
      disk: () => {
        if (full) throw new Error('no space')
      },
    },
    env: { RELAIS_HTTP_TRUSTED_PROXIES: '127.0.0.1', RELAIS_HTTP_METRICS_TOKEN: 'abcdef' },
  })
  t.is((await fetch(`${url}/readyz`)).status, 200)
  full = true
  const unready = await fetch(`${url}/readyz`)
  t.is(unready.status, 503)
  t.deepEqual(await unready.json(), { status: 'not-ready', checks: { disk: 'no space' } })
  t.is((await fetch(`${url}/healthz`)).status, 200)
  t.regex(await (await fetch(`${url}/metrics`)).text(), /relais_http_request_seconds_bucket\{.*route="other"/)
  const afar = { 'x-forwarded-for': '192.0.2.7' }
  t.is((await fetch(`${url}/metrics`, { headers: afar })).status, 404)
  t.is((await fetch(`${url}/metrics`, { headers: { ...afar, authorization: 'Bearer abcdef' } })).status, 200)
})

test('the web application is served by the names that were built; other addresses are its pages', async t => {
  const staticDir = mkdtempSync(join(tmpdir(), 'relais-web-'))
  t.teardown(() => rmSync(staticDir, { recursive: true }))
  mkdirSync(join(staticDir, 'assets'))
  writeFileSync(join(staticDir, 'index.html'), '<title>Relais</title>')
  writeFileSync(join(staticDir, 'assets', 'index-BqX3ha9_.js'), 'export {}')
  const { url } = await serve(t, { staticDir })
  const page = await fetch(`${url}/requests/req_1`)
  t.is(await page.text(), '<title>Relais</title>')
  t.is(page.headers.get('cache-control'), 'no-cache')
  const script = await fetch(`${url}/assets/index-BqX3ha9_.js`)
  t.regex(script.headers.get('content-type') ?? '', /javascript/)
  t.regex(script.headers.get('cache-control') ?? '', /immutable/)
  for (const path of ['/assets/gone.js', '/..%2f..%2fetc/passwd.txt', '/%2e%2e/secret.txt'])
    t.is((await fetch(`${url}${path}`)).status, 404, path)

  const bare = await serve(t, { staticDir: join(staticDir, 'none') })
  const missing = await fetch(`${bare.url}/`)
  t.is(missing.status, 503)
  t.regex(await missing.text(), /npm run setup/)
})

test('the same Idempotency-Key gives the same answer once, and refuses another request', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-http-'))
  const clock: ManualClock = manualClock(Date.UTC(2026, 10, 23))
  const db = openDatabase({ file: join(folder, 'relais.db'), migrations: httpMigrations, clock })
  t.teardown(async () => {
    await db.close()
    rmSync(folder, { recursive: true })
  })
  const { url } = await serve(t, { idempotency: openIdempotency({ db, clock, hours: 24 }) })
  const post = (words: string, key: string) =>
    fetch(`${url}/api/notes`, {
      method: 'POST',
      headers: { ...json, ...as('zoe'), 'idempotency-key': key },
      body: JSON.stringify({ words, count: 1 }),
    })
  const times = () => written.filter(words => words === 'only once').length
  const first = await post('only once', 'k1')
  const again = await post('only once', 'k1')
  t.is(times(), 1)
  t.is(again.status, 201)
  t.is(again.headers.get('idempotency-replayed'), 'true')
  t.deepEqual(await again.json(), await first.json())
  t.is((await post('another', 'k1')).status, 422)
  const twins = await Promise.all([post('only once', 'k2'), post('only once', 'k2')])
  t.true(twins.every(({ status }) => status === 201 || status === 409))
  t.is(times(), 2)
  clock.advance(25 * 3_600_000)
  await post('only once', 'k1')
  t.is(times(), 3)
})

test('a request whose answer was lost with the node is not done twice: its repetition is told to look first', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-http-'))
  const clock = manualClock(Date.UTC(2026, 10, 23))
  const db = openDatabase({ file: join(folder, 'relais.db'), migrations: httpMigrations, clock })
  t.teardown(async () => {
    await db.close()
    rmSync(folder, { recursive: true })
  })
  const reserved = async () =>
    (await db.sql<HttpTables>().selectFrom('idempotent_reservations').select('key').execute()).map(
      ({ key }) => key,
    )
  let effects = 0
  let outcome: 'dies' | 'refuses' | 'breaks' | 'ends' = 'dies'
  const dying = new Promise<never>(() => undefined)
  const gate = route({
    method: 'POST',
    path: '/api/gate',
    summary: 'Ends as the test says.',
    action: 'session',
    answer: note,
    run: async () => {
      if (outcome === 'refuses') throw new Failure('conflict', 'Not now.')
      effects++
      if (outcome === 'breaks') throw new TypeError('a bug after the effect')
      return outcome === 'dies' ? dying : { id: 'n1', words: 'done' }
    },
  })
  const start = () => serve(t, { routes: [gate], idempotency: openIdempotency({ db, clock, hours: 24 }) })
  const post = async ({ url }: Served, key: string, body = {}) => {
    const answer = await fetch(`${url}/api/gate`, {
      method: 'POST',
      headers: { ...json, ...as('zoe'), 'idempotency-key': key },
      body: JSON.stringify(body),
    })
    return { status: answer.status, code: ((await answer.json()) as { code?: string }).code }
  }
  const first = await start()
  const lost = post(first, 'k1').catch(() => 'the connection died with the node')
  await eventually('its effect is there', () => (effects === 1 ? true : undefined))
  t.deepEqual(await reserved(), ['k1'], 'the key was taken before the effect')
  t.deepEqual(await post(first, 'k1'), { status: 409, code: 'conflict' }, 'still under way')

  // Another process on the same database: what was under way is known to nobody.
  outcome = 'ends'
  const second = await start()
  t.deepEqual(await post(second, 'k1'), { status: 409, code: 'outcome-unknown' })
  t.deepEqual(await post(second, 'k1', { other: true }), { status: 422, code: 'invalid' })
  t.is(effects, 1)
  t.is((await post(second, 'k2')).status, 200)

  outcome = 'refuses'
  t.deepEqual(await post(second, 'k3'), { status: 409, code: 'conflict' })
  outcome = 'ends'
  t.is((await post(second, 'k3')).status, 200, 'what was refused may be tried again under its key')
  outcome = 'breaks'
  t.is((await post(second, 'k4')).status, 500)
  t.deepEqual(await post(second, 'k4'), { status: 409, code: 'outcome-unknown' })
  t.deepEqual(await reserved(), ['k1', 'k4'])
  clock.advance(25 * 3_600_000)
  outcome = 'ends'
  t.is((await post(second, 'k4')).status, 200)
  await first.http.close()
  t.is(await lost, 'the connection died with the node')
})

/** A journal of live facts that each belong to one site. */
function liveFacts() {
  const facts: LiveFact[] = []
  const listeners = new Set<() => void>()
  return {
    add: (site: string, kind = 'request-claimed') => {
      const seenBy = (who: Acting) => who.membership.site === site
      facts.push({ seq: facts.length + 1, kind, id: `req_${facts.length + 1}`, seenBy })
      for (const wake of listeners) wake()
    },
    live: {
      head: async () => facts.length,
      factsSince: async (seq: number) => {
        const looked = facts.filter(fact => fact.seq > seq).slice(0, 10)
        return { facts: looked, upTo: looked.at(-1)?.seq ?? seq }
      },
      onCommit: (wake: () => void) => {
        listeners.add(wake)
        return () => listeners.delete(wake)
      },
    },
  }
}

interface Heard {
  ws: WebSocket
  messages: { seq?: number; kind: string; id?: string; turn?: number }[]
  until(count: number): Promise<void>
  closed: Promise<number>
}

function listen(url: string, name: string, query = ''): Heard {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, {
    headers: { ...as(name), origin: url },
  })
  const messages: Heard['messages'] = []
  let wake: () => void = () => undefined
  ws.on('message', data => {
    messages.push(JSON.parse(String(data)))
    wake()
  })
  const until = async (count: number) => {
    while (messages.length < count)
      await new Promise<void>(resolve => {
        wake = resolve
      })
  }
  const closed = new Promise<number>(resolve => ws.on('close', resolve))
  return { ws, messages, until, closed }
}

test('a locked screen hears that it rings, and nothing else; no call and no progress reaches it', async t => {
  const { add, live } = liveFacts()
  const zoe = people.get('zoe') as Acting
  const locked: Acting = { ...zoe, session: { ...zoe.session, held: 'locked' } }
  const { url, http } = await serve(t, {
    authenticate: async () => locked,
    live: {
      ...live,
      factsSince: async seq => {
        const { facts, upTo } = await live.factsSince(seq)
        const rings = { 'notice-sent': 'ring', 'alert-ended': 'still' } as const
        return { facts: facts.map(fact => ({ ...fact, rings: rings[fact.kind as 'alert-ended'] })), upTo }
      },
    },
  })
  const { messages, until, ws } = listen(url, 'zoe')
  await until(1)
  add(zoe.membership.site)
  http.tell({ kind: 'progress', id: 'trf_1' }, () => true)
  add(zoe.membership.site, 'notice-sent')
  add(zoe.membership.site, 'alert-ended')
  await until(3)
  t.deepEqual(messages.slice(1), [{ kind: 'ring' }, { kind: 'still' }])
  const call = await fetch(`${url}/api/notes/n1`, { headers: as('zoe') })
  t.is(call.status, 401)
  t.is(((await call.json()) as { code: string }).code, 'locked')
  ws.terminate()
})

test('a browser hears each fact it may know of once, in order, also those of the time it was away', async t => {
  const { add, live } = liveFacts()
  add('nord')
  const { url } = await serve(t, { live })
  const first = listen(url, 'zoe')
  await first.until(1)
  t.deepEqual(first.messages[0], { kind: 'hello', seq: 1 })
  add('lecture')
  for (let count = 0; count < 25; count++) add('nord')
  await first.until(26)
  t.deepEqual(
    first.messages.slice(1).map(message => message.seq),
    Array.from({ length: 25 }, (_, index) => index + 3),
  )
  first.ws.close()
  await first.closed

  const back = listen(url, 'zoe', '?since=20')
  await back.until(8)
  t.deepEqual(
    back.messages.map(message => [message.kind, message.seq]),
    [['hello', 27], ...Array.from({ length: 7 }, (_, index) => ['request-claimed', index + 21])],
  )
  t.is(back.messages[0]?.turn, undefined, 'alone on the node nobody waits for a turn')
  const tooFar = listen(url, 'zoe', '?since=999')
  await tooFar.until(2)
  t.is(tooFar.messages[1]?.kind, 'reset')

  const others = Array.from({ length: 9 }, () => listen(url, 'zoe'))
  await Promise.all(others.map(({ until }) => until(1)))
  add('nord')
  await Promise.all(others.map(({ until }) => until(2)))
  const turns = others.map(({ messages }) => Number(messages[1]?.turn))
  t.true(new Set(turns).size >= 4 && Math.max(...turns) <= 11, `each in its turn: ${turns}`)
})

test('progress is told once for what came together, and only to those who may see it', async t => {
  const { live } = liveFacts()
  const { url, http } = await serve(t, { live })
  const [sees, blind] = [listen(url, 'zoe'), listen(url, 'amadou')]
  await Promise.all([sees.until(1), blind.until(1)])
  for (let count = 0; count < 100; count++)
    http.tell({ kind: 'progress', id: 'std_1' }, who => who.membership.site === 'nord')
  http.tell({ kind: 'progress', id: 'std_2' }, () => true)
  await Promise.all([sees.until(3), blind.until(2)])
  for (let count = 0; count < 100; count++)
    http.tell({ kind: 'progress', id: 'std_1' }, who => who.membership.site === 'nord')
  await sees.until(4)
  t.deepEqual(sees.messages.slice(1), [
    { kind: 'progress', id: 'std_1' },
    { kind: 'progress', id: 'std_2' },
    { kind: 'progress', id: 'std_1' },
  ])
  t.deepEqual(blind.messages.slice(1), [{ kind: 'progress', id: 'std_2' }])
})

test('a live connection closes within a second of its session and refuses giant messages', async t => {
  const { live } = liveFacts()
  let end: (session: string) => void = () => undefined
  const standing = new Map(people)
  const { url } = await serve(t, {
    live,
    authenticate: async ({ cookie }) => standing.get(cookie ?? '') ?? null,
    onSessionEnd: listener => {
      end = listener
      return () => undefined
    },
    env: { RELAIS_HTTP_SOCKET_RECHECK_MS: '50' },
  })
  const [out, checked, giant] = [listen(url, 'zoe'), listen(url, 'amadou'), listen(url, 'amadou')]
  await Promise.all([out.until(1), checked.until(1), giant.until(1)])
  giant.ws.send('x'.repeat(65 * 1024))
  t.is(await giant.closed, 1009)
  end('ses_zoe')
  t.is(await out.closed, 4401)
  standing.delete('amadou')
  t.is(await checked.closed, 4401)
})

test('guessing is bounded per account and address, and nobody else is touched', async t => {
  const limiter = openSignInLimiter({ signInsPerMinute: 10, signInsPerAddressPerMinute: 25 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1000 }, () => limiter.attempt('zoe@nord.example', '192.0.2.1')),
  )
  t.is(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 10)
  const refused = outcomes.find(outcome => outcome.status === 'rejected') as PromiseRejectedResult
  t.is(refused.reason.code, 'too-many')
  t.true(refused.reason.retryAfterSeconds > 0 && refused.reason.retryAfterSeconds <= 60)
  await t.notThrowsAsync(limiter.attempt('zoe@nord.example', '198.51.100.1'), 'the owner, from elsewhere')
  await t.notThrowsAsync(
    limiter.attempt('amadou@lecture.example', '192.0.2.1'),
    'a colleague at the same address',
  )
  const others = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => limiter.attempt(`person${index}@nord.example`, '192.0.2.1')),
  )
  t.is(others.filter(outcome => outcome.status === 'fulfilled').length, 14, 'one address, many accounts')
})

test('a taken port is said in a sentence that names the setting', async t => {
  const { port } = await serve(t)
  const config = loadConfig({ env: { RELAIS_HTTP_PORT: String(port) } })
  const second = openHttp({
    config: config.http,
    node: { name: 'Relais', version: '0' },
    log: silentLog,
    clock: systemClock(),
    authenticate: async () => null,
    may: () => false,
    routes: [],
  })
  const failure = await t.throwsAsync(second.listen(), { instanceOf: Failure })
  t.regex(failure?.message ?? '', /is taken by another program.*RELAIS_HTTP_PORT/)
})
