// The two native addons: already loads → copy in the user's cache → the vendor's prebuilt → compiled here.
// Whatever the way, an addon counts only once a child process has loaded and used it.
//
// better-sqlite3 is compiled against V8, so one binary serves one Node ABI. It is kept under
// lib/binding/node-v<abi>-<platform>, where its loader looks by itself: several Nodes share one node_modules.
// dicom-dimse-native is Node-API: one binary serves them all.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { headersFolder, withoutObjectHooks } from './headers.mjs'
import { alone } from './lock.mjs'
import { npmCommand } from './packages.mjs'
import {
  abi,
  cacheFolder,
  platform,
  programNamed,
  readJson,
  root,
  Stop,
  say,
  seconds,
  writeWhole,
} from './place.mjs'
import { lastWords, run } from './run.mjs'
import { installDebianPackages, missing } from './system.mjs'

const probeTimeoutMs = 60_000
const prebuiltTimeoutMs = 20_000
const compileTimeoutMs = 45 * 60_000

/** Asked for together, whichever addon comes first: one sentence, one installation. */
const compilers = [
  { programs: ['g++', 'c++', 'clang++'], debian: 'g++' },
  { programs: ['make'], debian: 'make' },
  { programs: ['cmake'], debian: 'cmake' },
  { programs: ['python3', 'python'], debian: 'python3' },
]

const addons = [
  {
    name: 'better-sqlite3',
    binary: 'better_sqlite3.node',
    place: `lib/binding/node-v${abi}-${platform}`,
    interface: `abi${abi}`,
    // The query matters: 13.x loads on Node 20 and then crashes.
    probe: `new (require('better-sqlite3'))(':memory:').prepare('select 1').get()`,
    prebuilt: [],
    usual: 'about a minute',
    // See withoutObjectHooks: a binary that takes the hook back loads well and aborts later.
    neverHolds: 'RemoveEnvironmentCleanupHook',
    compile: async () => {
      const args = ['rebuild', '--release']
      const headers = await headersFolder()
      if (!headers) return { script: nodeGyp(), args, env: { npm_config_nodedir: undefined } }
      const flags = [process.env.CXXFLAGS, ...withoutObjectHooks(headers)].filter(Boolean).join(' ')
      return {
        script: nodeGyp(),
        args: [...args, `--nodedir=${headers}`],
        env: { npm_config_nodedir: headers, CXXFLAGS: flags },
      }
    },
  },
  {
    name: 'dicom-dimse-native',
    binary: 'dcmtk.node',
    place: 'build/Release',
    interface: 'napi6',
    probe: `if (typeof require('dicom-dimse-native').echoScu !== 'function') process.exit(3)`,
    prebuilt: ['-r', 'napi'],
    usual: 'five minutes on two cores',
    // DCMTK's own oficonv does the character sets; the package would otherwise clone libiconv from elsewhere.
    compile: async () => ({
      script: 'scripts/compile-native.js',
      args: [],
      env: { SKIP_LIB_ICONV_BOOTSTRAP: '1' },
    }),
  },
]

const stamp = join(root, `node_modules/.relais-natives-${abi}.json`)
const folderOf = addon => join(root, 'node_modules', addon.name)
const targetOf = addon => join(folderOf(addon), addon.place, addon.binary)

/** Whether the addons are those that were proved to load under this Node: a stat each. */
export function nativesAreCurrent() {
  const proved = readJson(stamp)
  return proved !== undefined && addons.every(addon => proved[addon.name] === marks(addon))
}

/** Puts both addons in place for the running Node. */
export async function placeNatives() {
  for (const addon of addons) await placeOne(addon)
  writeWhole(stamp, JSON.stringify(Object.fromEntries(addons.map(addon => [addon.name, marks(addon)]))))
}

function marks(addon) {
  const file = statSync(targetOf(addon), { throwIfNoEntry: false })
  return file && `${file.size}:${Math.round(file.mtimeMs)}`
}

async function placeOne(addon) {
  const cached = cachedCopyOf(addon)
  adoptBuilt(addon)
  if (await loads(addon)) {
    if (!existsSync(cached)) copyWhole(targetOf(addon), cached)
    return
  }
  // Checkouts share the cache: while one compiles, the others wait and then take the copy.
  await alone(`${cached}.lock`, async () => {
    for (const [way, attempt] of [
      ['from the cached copy', fromCache],
      ['from the vendor', fromVendor],
      ['compiled', fromSource],
    ]) {
      const began = performance.now()
      if (!(await attempt(addon, cached))) continue
      if (await loads(addon)) {
        if (attempt !== fromCache) copyWhole(targetOf(addon), cached)
        say(`${addon.name}: ready, ${way}, in ${seconds(began)}`)
        return
      }
      rmSync(targetOf(addon), { force: true })
    }
    throw new Stop(`${addon.name} was built but does not work under Node ${process.versions.node}.`)
  })
}

function fromCache(addon, cached) {
  if (!existsSync(cached)) return false
  copyWhole(cached, targetOf(addon))
  return true
}

async function fromVendor(addon) {
  const installer = createRequire(join(folderOf(addon), 'package.json')).resolve('prebuild-install/bin.js')
  const download = await run(process.execPath, [installer, ...addon.prebuilt], {
    cwd: folderOf(addon),
    timeoutMs: prebuiltTimeoutMs,
    label: `${addon.name}: looking for the vendor's prebuilt`,
  })
  return download.ok && adoptBuilt(addon)
}

async function fromSource(addon) {
  await requireCompilers(addon)
  const { script, args, env } = await addon.compile()
  say(`${addon.name}: compiling (${addon.usual}, once; the result is kept in ${cacheFolder()})`)
  const jobs = String(availableParallelism())
  const build = await run(process.execPath, [script, ...args], {
    cwd: folderOf(addon),
    env: { ...process.env, JOBS: jobs, CMAKE_BUILD_PARALLEL_LEVEL: jobs, ...env },
    timeoutMs: compileTimeoutMs,
    label: `${addon.name}: compiling`,
  })
  if (!build.ok)
    throw new Stop(`${addon.name} could not be compiled. The compiler said:\n${lastWords(build, 20)}`)
  return adoptBuilt(addon)
}

async function requireCompilers(addon) {
  const absent = missing(compilers)
  if (absent.length === 0) return
  await installDebianPackages(absent)
  const still = missing(compilers)
  if (still.length === 0) return
  throw new Stop(
    `${addon.name} must be compiled on this machine and ${still.join(', ')} ${still.length > 1 ? 'are' : 'is'} missing.\n` +
      `    On Debian or Ubuntu: sudo apt-get install ${still.join(' ')}\n` +
      `    Elsewhere: the packages of the same names (a C++ compiler, make, cmake, Python 3). Then run this again.`,
  )
}

/**
 * Takes a binary out of the folder where builders leave it, and removes the rest of that folder
 * (hundreds of MB of objects).
 */
function adoptBuilt(addon) {
  const build = join(folderOf(addon), 'build')
  const built = join(build, 'Release', addon.binary)
  const target = targetOf(addon)
  if (!existsSync(built)) return existsSync(target)
  if (built === target) {
    const aside = join(folderOf(addon), `.${addon.binary}.${process.pid}`)
    copyFileSync(built, aside)
    rmSync(build, { recursive: true, force: true })
    mkdirSync(dirname(target), { recursive: true })
    renameSync(aside, target)
    return true
  }
  copyWhole(built, target)
  rmSync(build, { recursive: true, force: true })
  return true
}

/** In a child: a bad binary takes its process with it, and dicom-dimse-native writes a log where it starts. */
async function loads(addon) {
  const target = targetOf(addon)
  if (!existsSync(target) || (addon.neverHolds && readFileSync(target).includes(addon.neverHolds)))
    return false
  const scratch = mkdtempSync(join(tmpdir(), 'relais-probe-'))
  try {
    const env = { ...process.env, NODE_PATH: join(root, 'node_modules') }
    return (
      await run(process.execPath, ['-e', addon.probe], { cwd: scratch, env, timeoutMs: probeTimeoutMs })
    ).ok
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function cachedCopyOf(addon) {
  const { version } = JSON.parse(readFileSync(join(folderOf(addon), 'package.json'), 'utf8'))
  const folder = join(cacheFolder(), 'natives')
  mkdirSync(folder, { recursive: true })
  return join(folder, `${addon.name}-${version}-${addon.interface}-${platform}-${library()}.node`)
}

/** A binary made with a newer C library does not load with an older one: copies are kept apart. */
function library() {
  if (process.platform !== 'linux') return 'system'
  process.report.excludeNetwork = true
  const { glibcVersionRuntime } = process.report.getReport().header
  return glibcVersionRuntime ? `glibc${glibcVersionRuntime}` : 'musl'
}

function copyWhole(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  const part = join(dirname(to), `.${basename(to)}.${process.pid}.part`)
  copyFileSync(from, part)
  renameSync(part, to)
}

/** node-gyp comes inside npm. */
function nodeGyp() {
  const npm = npmCommand()
  const inside = 'node_modules/node-gyp/bin/node-gyp.js'
  const found = [
    process.env.npm_config_node_gyp,
    npm.args[0] && join(dirname(dirname(npm.args[0])), inside),
    join(dirname(dirname(process.execPath)), 'lib/node_modules/npm', inside),
    programNamed('node-gyp'),
    '/usr/share/nodejs/node-gyp/bin/node-gyp.js',
  ].find(file => file && existsSync(file))
  if (!found) throw new Stop('node-gyp was not found; it comes inside npm. Run this as: npm run setup')
  return found
}
