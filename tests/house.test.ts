import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import { settings } from '../node/settings.js'
import { importedPath, placesOf, root, type Source, sourcesUnder, versionedFiles } from './support/sources.js'

// The law of the house. A rule that needs an exception is changed here, with its reason, not gone around.

const FLOORS: Readonly<Record<string, number>> = {
  dicom: 1,
  journal: 2,
  objects: 2,
  http: 3,
  links: 3,
  sites: 4,
  accounts: 4,
  outbox: 5,
  peers: 5,
  studies: 6,
  exchange: 7,
  requests: 7,
  offsite: 7,
  priors: 8,
  criticals: 8,
  reports: 8,
  conversations: 8,
  imports: 8,
  notifications: 9,
  webhooks: 9,
  recalls: 9,
  archive: 9,
  inbox: 9,
  activity: 9,
  downtime: 9,
  doctor: 10,
  program: 10,
  demo: 10,
  commands: 10,
}
const TOP_FLOOR = 10
/** The only steps sideways: from → to, on one floor. */
const SIDEWAYS = new Set(['accounts → sites', 'requests → offsite', 'reports → criticals'])
const COMPOSED_AT_THE_TOP = /^node\/(main|receiver|cli)\.ts$/
/** Types only, so a glance at them from anywhere ties nothing together. */
const SEEN_FROM_ANYWHERE = /\/(facts|view)\.ts$/

const MAX_CODE_LINES = 450
/** Each test file costs a second to start, so they are fewer and larger. */
const MAX_TEST_LINES = 900

const node = sourcesUnder('node').filter(source => source.path.endsWith('.ts'))
const setup = sourcesUnder('node').filter(source => source.path.endsWith('.mjs'))
const web = sourcesUnder('web')
const tests = sourcesUnder('tests')

function folderOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function floorOf(path: string): number {
  if (COMPOSED_AT_THE_TOP.test(path)) return TOP_FLOOR
  if (/^node\/[^/]+\.ts$/.test(path)) return 0
  return FLOORS[folderOf(path)] ?? Number.NaN
}

function importsOf(source: Source): string[] {
  return source.imports.map(imported => importedPath(source.path, imported))
}

test('every folder of the node has a floor', t => {
  t.deepEqual(
    node.map(source => source.path).filter(path => Number.isNaN(floorOf(path))),
    [],
  )
})

test('imports go down only: no floor knows of a higher one, or of its neighbour', t => {
  const faults = node.flatMap(source =>
    importsOf(source)
      .filter(to => to.startsWith('node/') && !SEEN_FROM_ANYWHERE.test(to) && !mayImport(source.path, to))
      .map(to => `${source.path} imports ${to}`),
  )
  t.deepEqual(faults, [])
})

function mayImport(from: string, to: string): boolean {
  const [above, below] = [floorOf(from), floorOf(to)]
  if (above !== below) return above > below
  if (above === 0 || above === TOP_FLOOR || folderOf(from) === folderOf(to)) return true
  return SIDEWAYS.has(`${folderOf(from)} → ${folderOf(to)}`)
}

test('the types everyone may see import nothing that runs', t => {
  const seen = node.filter(source => SEEN_FROM_ANYWHERE.test(source.path))
  t.deepEqual(
    seen.flatMap(source => placesOf(source, /(?:^|\n)\s*import (?!type)/)),
    [],
  )
})

test('the screens know of the server what leaves it, and nothing else', t => {
  const faults = web.flatMap(source =>
    importsOf(source)
      .filter(to => to.startsWith('node/') && !/^node\/[^/]+\/view\.ts$/.test(to))
      .map(to => `${source.path} imports ${to}`),
  )
  t.deepEqual(faults, [])
  t.deepEqual(
    node.flatMap(source => importsOf(source).filter(to => to.startsWith('web/') || to.startsWith('tests/'))),
    [],
  )
})

test('decisions are pure: no clock, no database, no files, no network', t => {
  const effects =
    /^node:(fs|tls|http|https|child_process|worker_threads|dns|timers)|^node\/(clock|database|database-dialect|log)\.ts$/
  const faults = node
    .filter(source => /\/(lifecycle|rules|permissions|admission)\.ts$/.test(source.path))
    .flatMap(source => [
      ...source.runs
        .map(imported => importedPath(source.path, imported))
        .filter(to => effects.test(to))
        .map(to => `${source.path} imports ${to}`),
      // Reading an address is arithmetic; a socket is not.
      ...placesOf(source, /\b(createServer|createConnection|Socket)\b/),
    ])
  t.deepEqual(faults, [])
})

test('time comes from the clock', t => {
  t.deepEqual(
    node
      .filter(source => source.path !== 'node/clock.ts')
      .flatMap(source => placesOf(source, /\bDate\.now\b|\bnew Date\b|\bprocess\.hrtime\b/)),
    [],
  )
})

test('chance is the strong kind', t => {
  t.deepEqual(
    node.flatMap(source => placesOf(source, /\bMath\.random\b/)),
    [],
  )
})

/** Nobody stands before these: the standard, what is read at the start, and the commands. */
const WITHOUT_SCREEN = /^node\/([^/]+\.ts|(dicom|commands|demo)\/)/
/** Said to programs, to commands and in the log, or said anew in the person's words where it is caught. */
const SAID_ELSEWHERE = new RegExp(
  `^node/(${[
    'accounts/(breached|factor-key)',
    'archive/(folder|witness|seal/(moving|successors)|retention/destroying)',
    'http/(body|idempotency|listener)',
    'imports/(media|paper-object|reading|taking)',
    'journal/(canonical|moves|volume-bodies)',
    'notifications/dkim',
    'peers/(certificates|receiver-link|store-sink)',
    'program/(backup|drill|folder|local-door)',
    'requests/lifecycle',
    'sites/sites',
    'webhooks/webhook-key',
  ].join('|')})\\b`,
)
/** What is missing has one wording, whoever asks; what is internal is nobody's to read. */
const IN_ENGLISH_ALONE =
  /\b((fail|new Failure)\(|new Refusal\(\s*\d+,)\s*'(?!missing|internal)[a-z-]+',\s*['`]|\bnew TooMany\(\s*['`]/

test('a screen is refused in both languages', t => {
  t.deepEqual(
    node
      .filter(({ path }) => !WITHOUT_SCREEN.test(path) && !SAID_ELSEWHERE.test(path))
      .flatMap(source => placesOf(source, IN_ENGLISH_ALONE)),
    [],
  )
})

test('settings come from the configuration', t => {
  t.deepEqual(
    // The entrance to the program hands the environment to the configuration, once.
    node
      .filter(source => !/^node\/(config|cli)\.ts$/.test(source.path))
      .flatMap(source => placesOf(source, /\bprocess\.env\b/)),
    [],
  )
})

test('every setting is in the commented configuration, with its sentence', t => {
  const lines = readFileSync(join(root, 'config/relais.yaml'), 'utf8').split('\n')
  const documented = new Set<string>()
  let section = ''
  lines.forEach((line, number) => {
    section = /^([A-Za-z]\w*):/.exec(line)?.[1] ?? section
    const key = /^ {2}([A-Za-z]\w*):/.exec(line)?.[1]
    if (key && /^\s*#\s*\S/.test(lines[number - 1] ?? '')) documented.add(`${section}.${key}`)
  })
  t.deepEqual(
    settings()
      .map(setting => setting.path)
      .filter(path => !documented.has(path)),
    [],
  )
})

test('a package that is costly to trust has one importer', t => {
  const importers: readonly (readonly [string, RegExp])[] = [
    ['dicom-dimse-native', /^node\/dicom\/native-process\.ts$/],
    // Besides the database: the proof, a volume of the archive and a backup are files for others to read, and are read
    // without the program that wrote them.
    [
      'better-sqlite3',
      /^node\/(database[\w-]*|[a-z]+\/(?:[a-z]+\/)?[\w-]*(verif|export|check|volume|backup)[\w-]*)\.ts$/,
    ],
    ['kysely', /^node\/(database[\w-]*|[a-z]+\/(?:[a-z]+\/)?[\w-]+)\.ts$/],
    ['dcmjs-imaging', /^node\/dicom\/rendering\/render-process\.ts$/],
    ['jpeg-js', /^node\/dicom\/rendering\/render-process\.ts$/],
    ['@node-rs/argon2', /^node\/accounts\//],
    ['nodemailer', /^node\/(notifications|demo)\//],
    ['koa', /^node\/http\//],
    ['pino', /^node\/log\.ts$/],
  ]
  const faults = importers.flatMap(([name, allowed]) =>
    node
      .filter(source => source.runs.includes(name) && !allowed.test(source.path))
      .map(source => `${source.path} imports ${name}`),
  )
  t.deepEqual(faults, [])
})

test('a table is written by its own domain only, and read by those above', t => {
  const owners = new Map<string, string>()
  for (const source of node.filter(one => /[/-]schema\.ts$/.test(one.path)))
    for (const match of source.code.matchAll(/CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)/g))
      owners.set(match[1] ?? '', source.path)
  const use = (verbs: string) => new RegExp(`\\b(?:${verbs})\\(\\s*\\[?['"](\\w+)`, 'g')
  const faults = node.flatMap(source => {
    const foreign = (verbs: string) =>
      [...source.code.matchAll(use(verbs))].flatMap(match => {
        const owner = owners.get(match[1] ?? '')
        return owner && folderOf(owner) !== folderOf(source.path) ? [{ table: match[1], owner }] : []
      })
    return [
      ...foreign('insertInto|replaceInto|updateTable|deleteFrom').map(
        ({ table, owner }) => `${source.path} writes ${table} of ${owner}`,
      ),
      ...foreign('selectFrom|innerJoin|leftJoin')
        .filter(({ owner }) => !mayImport(source.path, owner))
        .map(({ table, owner }) => `${source.path} reads ${table} of ${owner}`),
    ]
  })
  t.deepEqual(faults, [])
})

test('a file stays small enough to read in one sitting', t => {
  const long = [...node, ...setup, ...web, ...tests]
    .map(source => ({ path: source.path, lines: source.text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > (path.endsWith('.test.ts') ? MAX_TEST_LINES : MAX_CODE_LINES))
  t.deepEqual(long, [])
})

test('a failure is never swallowed without saying why', t => {
  const sources = [...node, ...setup, ...web, ...tests]
  t.deepEqual(
    sources.flatMap(source =>
      placesOf(source, /\bcatch\s*(\([^)]*\)\s*)?\{\s*\}|\.catch\(\(\w*\) => \{\s*\}\)/, true),
    ),
    [],
  )
})

test('a process is gone when all it said was read', t => {
  // `exit` may be heard before its last messages: Node collects whoever ended meanwhile, and reads from them afterwards.
  // The receiver is started again at once, and what it said last is owed to nobody; set-up and demo only wait for ends.
  const waiting = /^node\/(peers\/receiver-link\.ts|setup\.mjs|setup\/|commands\/demo\/)/
  t.deepEqual(
    [...node, ...setup]
      .filter(({ path }) => !waiting.test(path))
      .flatMap(source => placesOf(source, /\.(on|once|addListener)\(\s*'exit'/)),
    [],
  )
  // Whoever lets go right after sending throws away what was not read yet: the last word waits until it is written.
  t.deepEqual(
    node
      .filter(({ path }) => !/^node\/(last-word|receiver)\.ts$/.test(path))
      .flatMap(source => placesOf(source, /process\.disconnect\(/)),
    [],
  )
})

test('nothing is left for later, and no test stands alone', t => {
  // The two that must name the words: this rule, and the reader of what the test runner says.
  const naming = new Set(['tests/house.test.ts', 'tests/support/run.mjs'])
  const sources = [...node, ...setup, ...web, ...tests].filter(source => !naming.has(source.path))
  t.deepEqual(
    sources.flatMap(source => placesOf(source, /\b(TODO|FIXME|XXX)\b|@ts-ignore|@ts-nocheck/, true)),
    [],
  )
  t.deepEqual(
    tests.flatMap(source => placesOf(source, /\btest(\.\w+)*\.only\(/)),
    [],
  )
})

test('names are nouns of the domain: nothing is called a helper', t => {
  const vague = /^(utils?|helpers?|managers?|processors?|misc|stuff)(\.|$)/
  t.deepEqual(
    [...node, ...setup, ...web, ...tests]
      .map(source => source.path)
      .filter(path => path.split('/').some(part => vague.test(part))),
    [],
  )
})

test('the top of the house is tidy', t => {
  const allowed = new Set(
    `.ci .editorconfig .gitattributes .gitignore .npmrc CHANGELOG.md LICENSE README.md SECURITY.md biome.json
     certs config node package-lock.json package.json tests tsconfig.json web`.split(/\s+/),
  )
  const top = new Set(versionedFiles().map(path => path.split('/')[0] ?? ''))
  t.deepEqual(
    [...top].filter(name => !allowed.has(name)),
    [],
  )
  // Keys and certificates are made on the machine that uses them.
  t.deepEqual(
    versionedFiles().filter(path => path.startsWith('certs/') && basename(path) !== 'README.md'),
    [],
  )
})

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const packages = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })

test('every package is pinned, and the lockfile names no host', t => {
  t.deepEqual(
    packages.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  )
  t.notRegex(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved"/)
})

test('every package is there for a reason, and the README gives it', t => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  t.deepEqual(
    packages.map(([name]) => name).filter(name => !readme.includes(`\`${name}\``)),
    [],
  )
})

test('every package the program imports is one it declares', t => {
  const declared = new Set(Object.keys(manifest.dependencies))
  const faults = node.flatMap(source =>
    source.imports
      .filter(imported => !imported.startsWith('.') && !imported.startsWith('node:'))
      .map(imported =>
        imported
          .split('/')
          .slice(0, imported.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter(name => !declared.has(name))
      .map(name => `${source.path} imports ${name}`),
  )
  t.deepEqual(faults, [])
})

test('every script of the package leads to a file that is there', t => {
  for (const path of ['node/setup.mjs', 'tests/support/run.mjs', 'tests/support/check.mjs', '.ci/run'])
    t.true(existsSync(join(root, path)), path)
})
