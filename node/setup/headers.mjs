// Node's C++ headers, for the one addon that is compiled against V8. Usually they lie beside node; where they
// do not, the registry's own package of the same Node (the one behind `npm install node`) carries them.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { npmCommand } from './packages.mjs'
import { abi, cacheFolder, platform, say, writeWhole } from './place.mjs'
import { run } from './run.mjs'

const fetchTimeoutMs = 3 * 60_000

/** A folder to give to node-gyp as `nodedir`, or undefined: then node-gyp downloads what it needs from nodejs.org. */
export async function headersFolder() {
  const beside = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))]
  return beside.find(holdsOurHeaders) ?? (await nodeFromRegistry(process.versions.node))
}

/**
 * Node of a given version from the registry: `bin/node` and `include/node`, kept in the user's cache.
 * @param {string} version for example 24.21.0
 * @returns {Promise<string | undefined>} its folder; undefined when the registry has none for this platform
 */
export async function nodeFromRegistry(version) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const place = join(cacheFolder(), `node-${version}-${platform}`)
  const folder = join(place, 'node_modules', name)
  if (existsSync(join(folder, 'bin/node')) && existsSync(join(place, 'complete'))) return folder
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{"private":true}')
  const npm = npmCommand()
  const fetched = await run(
    npm.command,
    [...npm.args, 'install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`],
    { cwd: place, timeoutMs: fetchTimeoutMs, label: `fetching Node ${version} from the registry` },
  )
  if (!fetched.ok) {
    say(`the registry gave no ${name}@${version}`)
    return undefined
  }
  writeFileSync(join(place, 'complete'), '')
  return folder
}

/**
 * Since Node 24.19 a `node::ObjectWrap` takes back an environment hook in its destructor. Garbage collection may
 * run that with no context entered, and the process aborts (`RemoveEnvironmentCleanupHook`, "(env) != nullptr").
 * better-sqlite3 12 builds on it; its 13, which does not, crashes on Node 20. The class is all in a header, so the
 * addon is compiled with one that leaves the hook alone, as every earlier Node had it.
 * @param {string} headers what {@link headersFolder} gave
 * @returns {string[]} flags for the C++ compiler; none where the header has no such hook
 */
export function withoutObjectHooks(headers) {
  const header = readFileSync(join(headers, 'include/node/node_object_wrap.h'), 'utf8')
  const quiet = header.replace(/^ +(Add|Remove)CleanupHook\(\);\n/gm, '')
  if (quiet === header) return []
  const file = join(cacheFolder(), `headers-${abi}`, 'node_object_wrap.h')
  writeWhole(file, quiet)
  // Included first; the guard inside then keeps the original out.
  return ['-include', file]
}

function holdsOurHeaders(folder) {
  if (!folder) return false
  const file = join(folder, 'include/node/node_version.h')
  return existsSync(file) && readFileSync(file, 'utf8').includes(`#define NODE_MODULE_VERSION ${abi}`)
}
