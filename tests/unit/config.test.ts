import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse, parseDocument } from 'yaml'
import { manualClock } from '../../node/clock.js'
import { loadConfig } from '../../node/config.js'
import { defaultLimits, defaultTimers } from '../../node/dicom/network/limits.js'
import { Failure } from '../../node/errors.js'
import { type LogFields, openLog } from '../../node/log.js'
import { settings, settingsJsonSchema, settingsSchema } from '../../node/settings.js'

const folder = mkdtempSync(join(tmpdir(), 'relais-config-'))
test.after.always(() => rmSync(folder, { recursive: true }))
let files = 0

function fileWith(text: string): string {
  const file = join(folder, `${++files}.yaml`)
  writeFileSync(file, text)
  return file
}

function faultsOf(t: ExecutionContext, options: { text?: string; env?: Record<string, string> }): string[] {
  const failure = t.throws(() => loadConfig({ env: options.env ?? {}, file: fileWith(options.text ?? '') }), {
    instanceOf: Failure,
  })
  t.is(failure?.code, 'invalid')
  return failure?.fields.map(({ path, message }) => `${path}: ${message}`) ?? []
}

test('without a file and without variables every setting has its promised default', t => {
  const { http, dicom, data, sessions, file } = loadConfig({ env: {}, file: fileWith('') })
  t.like(http, {
    host: '127.0.0.1',
    port: 8080,
    publicUrl: null,
    bodyMaxBytes: 1_048_576,
    signInsPerMinute: 10,
  })
  t.like(dicom, {
    port: 11112,
    tlsPort: 2762,
    aeTitle: 'RELAIS',
    maxAssociations: 64,
    artimTimeoutMs: 10_000,
  })
  t.deepEqual(sessions, {
    idleMinutes: 15,
    endHours: 12,
    linkHours: 72,
    tokenDays: 365,
    tokensPerMembershipMax: 20,
  })
  t.is(data.dir, resolve('data'))
  t.is(file, join(folder, `${files}.yaml`))
})

test('the limits of DICOM associations in the configuration are those the engine knows', t => {
  const { dicom, calls } = loadConfig({ env: {}, file: fileWith('') })
  t.like(dicom, defaultLimits)
  t.deepEqual(calls, defaultTimers)
})

test('the file sets, and the environment wins over it, by section and key or by the fixed names', t => {
  const file = fileWith('http: {port: 9000, host: "0.0.0.0"}\ndata:\npeers: {allowLoopback: true}\n')
  const read = loadConfig({
    file,
    env: {
      RELAIS_HTTP_PORT: '9001',
      RELAIS_DATA_DIR: '/srv/relais',
      RELAIS_DICOM_PORT: '0',
      RELAIS_DICOM_TLS_PORT: '0',
      RELAIS_SMTP_URL: 'smtp://mail.example:25',
      RELAIS_PUBLIC_URL: 'https://relais.example.org/',
      RELAIS_STORAGE_FREE_MB_MIN: '5000',
      RELAIS_ALLOW_LOOPBACK_PEERS: 'false',
      RELAIS_ADMIN_EMAIL: 'lea@example.org',
      RELAIS_ADMIN_PASSWORD: 'correct horse',
      RELAIS_HTTP_TRUSTED_PROXIES: '10.0.0.1, 10.0.0.2',
      RELAIS_MAIL_CAPTURED: '1',
      RELAIS_DATABASE_URL: '',
      PATH: '/bin',
    },
  })
  t.like(read.http, { port: 9001, host: '0.0.0.0', publicUrl: 'https://relais.example.org' })
  t.deepEqual(read.http.trustedProxies, ['10.0.0.1', '10.0.0.2'])
  t.is(read.data.dir, '/srv/relais')
  t.like(read.mail, { smtpUrl: 'smtp://mail.example:25', captured: true })
  t.is(read.storage.freeMbMin, 5000)
  t.false(read.peers.allowLoopback)
  t.deepEqual(read.admin, { email: 'lea@example.org', password: 'correct horse' })
  t.is(loadConfig({ env: { RELAIS_CONFIG: file, RELAIS_HTTP_HOST: '::1' } }).http.port, 9000)
})

test('a secret can lie in a file of its own, named by its variable and _FILE', t => {
  const secret = fileWith('correct horse\n')
  const file = fileWith('')
  const env = { RELAIS_ADMIN_EMAIL: 'lea@example.org', RELAIS_ADMIN_PASSWORD_FILE: secret }
  t.is(loadConfig({ file, env }).admin.password, 'correct horse')
  t.deepEqual(faultsOf(t, { env: { ...env, RELAIS_ADMIN_PASSWORD: 'battery staple' } }), [
    'RELAIS_ADMIN_PASSWORD: RELAIS_ADMIN_PASSWORD_FILE says the same setting',
  ])
  t.regex(
    faultsOf(t, { env: { RELAIS_SMTP_URL_FILE: '/nowhere/url' } }).join(),
    /^RELAIS_SMTP_URL_FILE: ENOENT/,
  )
  t.regex(
    faultsOf(t, { env: { RELAIS_HTTP_PORT_FILE: secret } }).join(),
    /^RELAIS_HTTP_PORT_FILE: unknown variable/,
  )
})

test('screens for other machines are served with TLS, behind a named proxy, or where a setting says so', t => {
  for (const host of ['0.0.0.0', '::', '10.1.2.3', 'relais.lan'])
    t.regex(
      faultsOf(t, { env: { RELAIS_HTTP_HOST: host } }).join(),
      /^http\.host: would serve passwords/,
      host,
    )
  const file = fileWith('')
  for (const env of [
    { RELAIS_HTTP_HOST: '127.0.0.1' },
    { RELAIS_HTTP_HOST: 'localhost' },
    { RELAIS_HTTP_HOST: '::1' },
    { RELAIS_HTTP_HOST: '0.0.0.0', RELAIS_HTTP_PLAIN_ON_NETWORK: 'true' },
    { RELAIS_HTTP_HOST: '0.0.0.0', RELAIS_HTTP_TRUSTED_PROXIES: '10.0.0.0/24' },
    { RELAIS_HTTP_HOST: '::', RELAIS_HTTP_CERTIFICATE_FILE: 'a.pem', RELAIS_HTTP_KEY_FILE: 'a.key' },
  ] as Record<string, string>[])
    t.notThrows(() => loadConfig({ file, env }), JSON.stringify(env))
  t.deepEqual(faultsOf(t, { text: 'http: {redirectPort: 80, trustedProxies: [proxy.lan]}' }), [
    'http.trustedProxies.0: is no address or CIDR range',
    'http.redirectPort: needs an https:// address in http.publicUrl to lead to',
  ])
})

test('every fault is reported at once, with its path and where it was set', t => {
  const text = `
http:
  port: 70000
  hots: localhost
dicom: {aeTitle: 'A TITLE THAT IS TOO LONG', maxPduBytes: many}
mali: {}
mail: {smtpUrl: 'http://mail'}
`
  const env = {
    RELAIS_HTTP_BODY_MAX_BYTES: '1.5',
    RELAIS_HTTPPORT: '1',
    RELAIS_DATABASE_URL: 'postgres://db',
  }
  const faults = faultsOf(t, { text, env }).join('\n')
  for (const expected of [
    /^http\.port: Too big/m,
    /^http\.hots: unknown key; did you mean http\.host\?/m,
    /^dicom\.aeTitle: 1 to 16 printable characters/m,
    /^dicom\.maxPduBytes: .*expected number/m,
    /^mali: unknown key; did you mean mail\?/m,
    /^mail\.smtpUrl: must begin with smtp/m,
    /^http\.bodyMaxBytes: .*\(set by RELAIS_HTTP_BODY_MAX_BYTES\)/m,
    /^RELAIS_HTTPPORT: unknown variable; did you mean RELAIS_HTTP_PORT\?/m,
    /^RELAIS_DATABASE_URL: an outside database is for a later version/m,
  ])
    t.regex(faults, expected)
  t.is(faults.split('\n').length, 9)
})

test('faults between keys are found: ports that collide, halves of a pair, an address with a path', t => {
  const text = `
http: {port: 11112, publicUrl: 'https://relais.example.org/app', certificateFile: a.pem}
admin: {email: nobody}
`
  t.deepEqual(faultsOf(t, { text }), [
    'http.publicUrl: must be http(s)://host[:port] without a path',
    'http.keyFile: certificateFile and keyFile come together',
    'dicom.port: http.port, http.redirectPort, dicom.port and dicom.tlsPort must differ',
    'admin.password: admin.email and admin.password come together',
    'admin.email: must be an email address',
  ])
})

test('what is no YAML, no sections, too large or not there is said in a sentence', t => {
  t.regex(faultsOf(t, { text: 'http: {port: 1\nmail: x' }).join(), /^line \d+: /)
  t.regex(faultsOf(t, { text: '- a\n- b' }).join(), /sections such as "http:"/)
  t.regex(faultsOf(t, { text: 'http: 8080' }).join(), /^http: .*expected object/)
  t.throws(() => loadConfig({ env: {}, file: fileWith(`#${'x'.repeat(2 ** 20)}`) }), {
    message: /larger than 1 MiB/,
  })
  t.throws(() => loadConfig({ env: { RELAIS_CONFIG: '/nowhere/relais.yaml' } }), {
    message: /does not exist/,
  })
})

test('no value of a secret setting is repeated in a fault', t => {
  const faults = faultsOf(t, {
    env: { RELAIS_SMTP_URL: 'http://user:hunter2@mail', RELAIS_ADMIN_PASSWORD: 'hunter2' },
  })
  t.notRegex(faults.join(), /hunter2/)
})

const shipped = readFileSync('config/relais.yaml', 'utf8')

test('config/relais.yaml shows every setting with its default and its sentence', t => {
  t.deepEqual(settingsSchema.parse(parse(shipped)), settingsSchema.parse({}))
  const written = Object.entries(parse(shipped) as Record<string, object>).flatMap(([section, keys]) =>
    Object.keys(keys).map(key => `${section}.${key}`),
  )
  t.deepEqual(
    written,
    settings().map(({ path }) => path),
  )
  const comments = shipped.replace(/\n\s*# ?/g, ' ')
  for (const { path, description } of settings()) {
    t.true(description.length > 10, path)
    t.true(comments.includes(description), `${path}: ${description}`)
  }
  t.is(parseDocument(shipped).errors.length, 0)
})

test('a private storage class is a UID that is none of the standard’s', t => {
  const read = (uid: string) => settingsSchema.safeParse({ dicom: { privateStorageClasses: [uid] } }).success
  for (const uid of ['1.3.12.2.1107.5.9.1', '2.25.42', '1.2.840.113619.4.30']) t.true(read(uid), uid)
  for (const uid of ['1.2.840.10008.5.1.4.1.1.2', '1.02.3', 'CT', '1', '1..2', `1.${'2'.repeat(63)}`, ''])
    t.false(read(uid), uid)
})

test('config/relais.schema.json is the schema that validates', t => {
  t.deepEqual(
    JSON.parse(readFileSync('config/relais.schema.json', 'utf8')),
    JSON.parse(JSON.stringify(settingsJsonSchema())),
    'write it again: npx tsx tests/support/write-config.ts',
  )
})

test('a line of the log is JSON with ids, counts and codes; any other text and what errors quote is withheld', t => {
  const lines: string[] = []
  const log = openLog({
    level: 'info',
    clock: manualClock(Date.UTC(2026, 10, 23)),
    destination: { write: line => lines.push(line) },
  })
  log.debug('not-written')
  log.with({ peer: 'nord-pacs' }).info('study-settled', { study: 'std_1', instancesCount: 61 })
  t.deepEqual(JSON.parse(lines[0] as string), {
    level: 'info',
    time: '2026-11-23T00:00:00.000Z',
    event: 'study-settled',
    peer: 'nord-pacs',
    study: 'std_1',
    instancesCount: 61,
  })
  const careless = { patient: 'ESSAI^Zoé', reason: 'no match for "ESSAI Zoé" 184127645108946 ESSAI^ZOE' }
  log.warn('careless', careless as unknown as LogFields)
  const cause = new SyntaxError(`Unexpected token E in JSON at "ESSAI", 'Zoé' and \`1984`)
  log.error('bug', {}, new Error('cannot store', { cause }))
  const written = lines.join('')
  t.notRegex(written, /ESSAI|Zoé|1841276|1984/)
  t.regex(written, /"patient":"\[withheld\]"/)
  t.regex(written, /config\.test\.ts/)
})
