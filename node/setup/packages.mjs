// node_modules as package-lock.json says, without running any package's own script: two of them would
// download from outside the registry (natives.mjs does their part).

import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { digest, platform, programNamed, readJson, root, Stop, say, writeWhole } from './place.mjs'
import { firstWords, run } from './run.mjs'
import { lockFaults } from './supply.mjs'

const installTimeoutMs = 15 * 60_000
const lockfile = join(root, 'package-lock.json')
const stamp = join(root, 'node_modules/.relais-packages.json')

/** What node_modules must have been made from. */
function wanted() {
  return { lock: digest(readFileSync(lockfile)), platform }
}

/** Whether node_modules is what the lockfile says: by our stamp, a matter of a millisecond. */
export function packagesAreCurrent() {
  const made = readJson(stamp)
  const want = wanted()
  return made?.lock === want.lock && made?.platform === want.platform
}

/** Installs when node_modules does not match; leaves a matching one, made by hand, as it is. */
export async function installPackages() {
  if (!matchesLockfile()) {
    // Before anything of it is fetched: what says nothing of its bytes could be anything.
    const faults = lockFaults(readJson(lockfile))
    if (faults.length > 0)
      throw new Stop(`package-lock.json cannot be trusted:\n    ${faults.join('\n    ')}`)
    const npm = npmCommand()
    say('packages: npm ci')
    const args = ['ci', '--ignore-scripts', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund']
    const install = await run(npm.command, [...npm.args, ...args], {
      cwd: root,
      timeoutMs: installTimeoutMs,
      label: 'packages: npm ci',
    })
    if (!install.ok) {
      throw new Stop(`the packages could not be installed (npm ci). npm said:\n${reasonIn(install)}`)
    }
    say(`packages: ready in ${install.took}`)
  }
  writeWhole(stamp, JSON.stringify(wanted()))
}

/** npm gives the reason first and its manual after. */
function reasonIn(install) {
  const errors = install.output.split('\n').filter(line => /^npm (error|ERR!) \S/.test(line))
  return firstWords({ ...install, output: errors.length > 0 ? errors.join('\n') : install.output })
}

/** Compares the record npm leaves of what it installed with the lockfile, package by package. */
function matchesLockfile() {
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages
  if (!installed) return false
  for (const [place, entry] of Object.entries(readJson(lockfile).packages)) {
    if (place === '' || entry.link) continue
    const have = installed[place]
    if (!have && entry.optional) continue
    if (!have || have.version !== entry.version || have.integrity !== entry.integrity) return false
    if (!existsSync(join(root, place))) return false
  }
  return true
}

/** The npm that started us, else the one on PATH; either way as a command with leading arguments. */
export function npmCommand() {
  const npm = programNamed('npm')
  const script = [process.env.npm_execpath, npm && realpathSync(npm)].find(
    file => file && basename(file) === 'npm-cli.js' && existsSync(file),
  )
  if (script) return { command: process.execPath, args: [script] }
  if (!npm)
    throw new Stop('npm was not found on PATH. It comes with Node; install Node 20.20 or later whole.')
  return { command: npm, args: [] }
}
