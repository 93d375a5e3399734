import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { isLoopback } from './addresses.js'
import { Failure, type FieldFault, fail, reasonOf } from './errors.js'
import { type Setting, type Settings, settings, settingsSchema } from './settings.js'

/** The settings as the program uses them: `data.dir` and files are absolute paths. */
export type Config = Settings & {
  /** The file that was read; null when there was none and the defaults apply. */
  file: string | null
  /** Settings that are secrets and are written in that file itself. */
  secretsInFile: readonly string[]
}

/** Names promised to scripts that do not follow `RELAIS_<SECTION>_<KEY>`. */
const FIXED_NAMES: Readonly<Record<string, string>> = {
  RELAIS_SMTP_URL: 'mail.smtpUrl',
  RELAIS_PUBLIC_URL: 'http.publicUrl',
  RELAIS_ALLOW_LOOPBACK_PEERS: 'peers.allowLoopback',
}
const RESERVED: Readonly<Record<string, string>> = {
  RELAIS_DATABASE_URL: 'an outside database is for a later version; this one keeps SQLite in the data folder',
  RELAIS_OBJECTS_URL:
    'an outside object store is for a later version; this one keeps files in the data folder',
}
/** Read by others than the configuration (set-up, tests), or promised for a listener this version does not have. */
const NOT_SETTINGS = /^RELAIS_(CONFIG$|MLLP_PORT$|SETUP_|TEST_)/
const MAX_FILE_BYTES = 1024 * 1024
const MAX_SECRET_BYTES = 4096
/** A variable further than this from every name gets no suggestion. */
const MAX_SUGGESTION_EDITS = 6

type Values = Record<string, unknown>

/**
 * Reads the file (`file`, else RELAIS_CONFIG, else `config/relais.yaml` here or beside the program), then the
 * environment over it. Throws one `invalid` Failure with every fault and its path.
 */
export function loadConfig(
  options: {
    /** The process's own environment unless given. */
    env?: Readonly<Record<string, string | undefined>>
    file?: string
  } = {},
): Config {
  const env = options.env ?? process.env
  const file = fileToRead(options.file ?? env['RELAIS_CONFIG'])
  const faults: FieldFault[] = []
  const values = file === null ? {} : readFile(file, faults)
  const secretsInFile = settings()
    .filter(({ path, secret }) => secret && valueAt(values, path) != null)
    .map(({ path }) => path)
  const sources = overlay(values, env, faults)
  const parsed = settingsSchema.safeParse(values)
  if (!parsed.success) for (const issue of parsed.error.issues) faults.push(...faultsOf(issue, sources))
  faults.push(...crossFaults(parsed.data ?? withoutFaulty(values, parsed.error.issues)))
  if (faults.length > 0 || !parsed.success) refuse(faults, file)
  return { ...withAbsolutePaths(parsed.data), file, secretsInFile }
}

function valueAt(values: Values, path: string): unknown {
  const [section = '', key = ''] = path.split('.')
  const holder = values[section]
  return isSection(holder) ? holder[key] : undefined
}

function fileToRead(named: string | undefined): string | null {
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) fail('invalid', `The configuration file ${named} does not exist.`)
    return resolve(named)
  }
  const here = resolve('config/relais.yaml')
  if (existsSync(here)) return here
  // The source lies in node/, the compiled program in dist/node/.
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    const candidate = join(folder, 'config', 'relais.yaml')
    if (existsSync(candidate) && existsSync(join(folder, 'package.json'))) return candidate
  }
  return null
}

function readFile(file: string, faults: FieldFault[]): Values {
  let source: string
  try {
    if (statSync(file).size > MAX_FILE_BYTES) fail('invalid', 'it is larger than 1 MiB')
    source = readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new Failure(
      'invalid',
      `The configuration file ${file} cannot be read: ${reasonOf(thrown)}.`,
      [],
      thrown,
    )
  }
  const document = parseDocument(source, { prettyErrors: true })
  for (const error of document.errors)
    faults.push({
      path: `line ${error.linePos?.[0].line ?? '?'}`,
      message: error.message.split('\n')[0] ?? 'not YAML',
    })
  if (document.errors.length > 0) return {}
  const value: unknown = document.toJS() ?? {}
  if (!isSection(value)) {
    faults.push({ path: '', message: 'the file must hold sections such as "http:"' })
    return {}
  }
  // A section whose keys are all commented out reads as null: it means the defaults.
  return Object.fromEntries(Object.entries(value).map(([key, section]) => [key, section ?? {}]))
}

function isSection(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Lays the environment over the file's values, in place. Gives which variable set which path. */
function overlay(
  values: Values,
  env: Readonly<Record<string, string | undefined>>,
  faults: FieldFault[],
): ReadonlyMap<string, string> {
  const all = settings()
  const byVariable = new Map(all.map(setting => [setting.variable, setting]))
  for (const [variable, path] of Object.entries(FIXED_NAMES))
    byVariable.set(variable, all.find(setting => setting.path === path) as Setting)
  const sources = new Map<string, string>()
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('RELAIS_') || value === undefined || NOT_SETTINGS.test(variable)) continue
    const setting = byVariable.get(variable)
    const secret = setting === undefined ? byVariable.get(variable.replace(/_FILE$/, '')) : undefined
    if (RESERVED[variable] !== undefined) {
      if (value !== '') faults.push({ path: variable, message: RESERVED[variable] })
    } else if (secret?.secret === true) {
      if (value !== '') lay(secret, secretIn(variable, value, faults), variable)
    } else if (setting === undefined) {
      faults.push({
        path: variable,
        message: `unknown variable${suggestion(variable, [...byVariable.keys()])}`,
      })
    } else lay(setting, value, variable)
  }
  return sources

  function lay(setting: Setting, value: string, variable: string): void {
    const [section = '', key = ''] = setting.path.split('.')
    const target = values[section] ?? {}
    if (!isSection(target)) return // the schema reports the section itself
    if (sources.has(setting.path))
      faults.push({ path: variable, message: `${sources.get(setting.path)} says the same setting` })
    values[section] = { ...target, [key]: fromText(setting, value) }
    sources.set(setting.path, variable)
  }
}

/** A secret that lies in a file of its own, as service managers hand it over; its last line end is no part of it. */
function secretIn(variable: string, file: string, faults: FieldFault[]): string {
  try {
    if (statSync(file).size > MAX_SECRET_BYTES)
      fail('invalid', `${file} is larger than ${MAX_SECRET_BYTES} bytes`)
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (thrown) {
    faults.push({ path: variable, message: reasonOf(thrown) })
    return ''
  }
}

/** A variable's text as the setting's type; text that does not fit stays text, so that the schema names the fault. */
function fromText(setting: Setting, value: string): unknown {
  const trimmed = value.trim()
  if (trimmed === '' && setting.standard === null) return null
  if (setting.type === 'integer') return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : value
  if (setting.type === 'boolean') return { true: true, '1': true, false: false, '0': false }[trimmed] ?? value
  if (setting.type === 'array' && trimmed.startsWith('[')) return listIn(trimmed) ?? value
  if (setting.type === 'array') return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
  return value
}

/** A list whose members are more than words is written as JSON; undefined where it is none. */
function listIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The schema says of the text as it stands that it is no list.
    return undefined
  }
}

interface Issue {
  code?: string
  path: PropertyKey[]
  message: string
  keys?: string[]
}

function faultsOf(issue: Issue, sources: ReadonlyMap<string, string>): FieldFault[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map(key => {
      const unknown = path === '' ? key : `${path}.${key}`
      return { path: unknown, message: `unknown key${suggestion(unknown, knownPaths())}` }
    })
  const variable = sources.get(issue.path.slice(0, 2).join('.'))
  return [{ path, message: variable === undefined ? issue.message : `${issue.message} (set by ${variable})` }]
}

/** The settings with faulty keys at their defaults, so that faults between keys are found in the same run. */
function withoutFaulty(values: Values, issues: readonly Issue[]): Settings {
  const rest = structuredClone(values)
  for (const { path, keys = [] } of issues) {
    const [section, key] = path.map(String)
    const holder = section === undefined ? rest : rest[section]
    for (const unknown of keys) if (isSection(holder)) delete holder[unknown]
    if (section === undefined || keys.length > 0) continue
    if (key !== undefined && isSection(holder)) delete holder[key]
    else delete rest[section]
  }
  return settingsSchema.parse(rest)
}

function knownPaths(): string[] {
  const paths = settings().map(setting => setting.path)
  return [...new Set(paths.map(path => path.split('.')[0] as string)), ...paths]
}

/** What no single key can know. */
function crossFaults({ http, dicom, admin, mail }: Settings): FieldFault[] {
  const faults: FieldFault[] = []
  const say = (path: string, message: string) => faults.push({ path, message })
  if (http.publicUrl !== null && !isOrigin(http.publicUrl))
    say('http.publicUrl', 'must be http(s)://host[:port] without a path')
  if (!isLoopback(http.host) || http.host === '0.0.0.0' || http.host === '::') {
    if (http.certificateFile === null && http.trustedProxies.length === 0 && !http.plainOnNetwork)
      say(
        'http.host',
        'would serve passwords and images to other machines in the clear: name certificateFile and keyFile, or the reverse proxy in trustedProxies, or set plainOnNetwork: true',
      )
  }
  if (http.redirectPort !== null && http.publicUrl?.startsWith('https:') !== true)
    say('http.redirectPort', 'needs an https:// address in http.publicUrl to lead to')
  for (const [section, pair] of Object.entries({ http, dicom }))
    if ((pair.certificateFile === null) !== (pair.keyFile === null))
      say(
        `${section}.${pair.keyFile === null ? 'keyFile' : 'certificateFile'}`,
        'certificateFile and keyFile come together',
      )
  const ports = [http.port, http.redirectPort ?? 0, dicom.port, dicom.tlsPort].filter(port => port !== 0)
  if (new Set(ports).size < ports.length)
    say('dicom.port', 'http.port, http.redirectPort, dicom.port and dicom.tlsPort must differ')
  if ((admin.email === null) !== (admin.password === null))
    say(
      admin.email === null ? 'admin.email' : 'admin.password',
      'admin.email and admin.password come together',
    )
  if (admin.email !== null && !/^[^\s@]+@[^\s@]+$/.test(admin.email))
    say('admin.email', 'must be an email address')
  if (admin.password !== null && admin.password.length < 8)
    say('admin.password', 'must have at least 8 characters')
  if (mail.smtpUrl !== null && !/^smtps?:\/\/\S+$/.test(mail.smtpUrl))
    say('mail.smtpUrl', 'must begin with smtp:// or smtps://')
  const sender = /@([^@>\s]+)>?\s*$/.exec(mail.from)?.[1]?.toLowerCase() ?? ''
  if (mail.dkimDomain !== null && sender !== mail.dkimDomain && !sender.endsWith(`.${mail.dkimDomain}`))
    say('mail.dkimDomain', 'must be the domain of mail.from or one above it: no other counts for a receiver')
  return faults
}

function isOrigin(url: string): boolean {
  return (
    URL.canParse(url) &&
    /^https?:$/.test(new URL(url).protocol) &&
    new URL(url).pathname === '/' &&
    !/[?#]/.test(url)
  )
}

function withAbsolutePaths(read: Settings): Settings {
  const absolute = (path: string | null) => (path === null ? null : resolve(path))
  return {
    ...read,
    data: { ...read.data, dir: resolve(read.data.dir) },
    http: {
      ...read.http,
      publicUrl: read.http.publicUrl === null ? null : new URL(read.http.publicUrl).origin,
      certificateFile: absolute(read.http.certificateFile),
      keyFile: absolute(read.http.keyFile),
    },
    dicom: {
      ...read.dicom,
      certificateFile: absolute(read.dicom.certificateFile),
      keyFile: absolute(read.dicom.keyFile),
      certsDir: resolve(read.dicom.certsDir),
    },
    mail: { ...read.mail, dkimKeyFile: absolute(read.mail.dkimKeyFile) },
  }
}

function refuse(faults: FieldFault[], file: string | null): never {
  const where = file === null ? 'The configuration' : `The configuration (${file} and the environment)`
  const lines = faults.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`)
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  throw new Failure('invalid', `${where} has ${count}:\n${lines.join('\n')}`, faults)
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = known
    .map(candidate => ({ candidate, edits: editsBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]
  return nearest !== undefined && nearest.edits <= MAX_SUGGESTION_EDITS
    ? `; did you mean ${nearest.candidate}?`
    : ''
}

/** Levenshtein distance. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
    row = next
  }
  return row[b.length] as number
}
