#!/usr/bin/env node
// node node/setup.mjs setup | start | demo | test | bench | check | audit | sbom | licences [arguments]
//
// Does all that a fresh clone needs, then the command, in this same process where that is the program itself:
// signals reach it directly. When nothing changed, set-up is a few stats and digests.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, buildIsCurrent } from './setup/build.mjs'
import { alone } from './setup/lock.mjs'
import { nativesAreCurrent, placeNatives } from './setup/natives.mjs'
import { installPackages, packagesAreCurrent } from './setup/packages.mjs'
import { root, Stop, say } from './setup/place.mjs'
import { audit, licences, sbom } from './setup/supply-commands.mjs'
import { installTestPrograms } from './setup/system.mjs'

const oldestNode = [20, 20]

const commands = {
  setup: async () => say('all is in place'),
  start: args => become('dist/node/cli.js', ['start', ...args]),
  demo: args => become('dist/node/cli.js', ['demo', ...args]),
  test: async args => {
    await installTestPrograms()
    await become('tests/support/run.mjs', args)
  },
  bench: args => child(['--import', 'tsx', 'tests/bench/run.ts', ...args]),
  check: args => become('tests/support/check.mjs', args),
}

/** About the lockfile alone: nothing need be installed for them. */
const supply = { audit, sbom, licences }

async function main([name = 'setup', ...args]) {
  requireNode()
  if (Object.hasOwn(supply, name)) return supply[name](args)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command)
    throw new Stop(
      `unknown command "${name}"; there are: ${Object.keys({ ...commands, ...supply }).join(', ')}`,
    )
  await setUp(name !== 'check')
  await command(args)
}

/** Each step looks first; the lock is taken only when there is something to do. */
async function setUp(withBuild) {
  const current = () => packagesAreCurrent() && nativesAreCurrent() && (!withBuild || buildIsCurrent())
  if (current()) return
  await alone(join(root, '.relais-setup.lock'), async () => {
    if (!packagesAreCurrent()) await installPackages()
    if (!nativesAreCurrent()) await placeNatives()
    if (withBuild && !buildIsCurrent()) await build()
  })
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  throw new Stop(`Relais needs Node ${oldestNode.join('.')} or later; this is ${process.versions.node}.`)
}

/** Becomes the program in `path`, as if node had been started with it. */
async function become(path, args) {
  const file = present(path)
  process.argv = [process.execPath, file, ...args]
  await import(pathToFileURL(file).href)
}

/** Runs node with these arguments and ends as it ends. An interrupt reaches both; this one waits. */
async function child(args) {
  present(args.find(arg => arg.startsWith('tests/')))
  process.on('SIGINT', () => {})
  const { code, signal } = await new Promise((resolve, reject) => {
    const started = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
    process.on('SIGTERM', () => started.kill('SIGTERM'))
    started.on('error', reject).on('exit', (code, signal) => resolve({ code, signal }))
  })
  process.exitCode = signal ? 1 : code
}

function present(path) {
  const file = join(root, path)
  if (!existsSync(file)) throw new Stop(`${path} is not in this version.`)
  return file
}

main(process.argv.slice(2)).catch(reason => {
  if (!(reason instanceof Stop)) throw reason
  say(reason.message)
  process.exitCode = 1
})
