// node node/setup/other-node.mjs 24.21.0 : prints the path of that Node, fetched from the registry.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeFromRegistry } from './headers.mjs'

const folder = await nodeFromRegistry(process.argv[2] ?? process.versions.node)
const program = folder && join(folder, 'bin/node')
const runs = program !== undefined && spawnSync(program, ['--version'], { timeout: 10_000 }).status === 0
if (runs) process.stdout.write(`${program}\n`)
process.exitCode = runs ? 0 : 1
