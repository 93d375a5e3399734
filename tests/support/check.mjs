// What a machine can say about the source without running it: form, types, the rules of the house.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const packageFile = (name, file) => join(root, 'node_modules', name, file)
const tsc = packageFile('typescript', 'bin/tsc')
const timeoutMs = 5 * 60_000

const checks = [
  ['form and lint', packageFile('@biomejs/biome', 'bin/biome'), ['ci', '--colors=off']],
  ...['tsconfig.json', 'tests/tsconfig.json', 'web/tsconfig.json']
    .filter(project => existsSync(join(root, project)))
    .map(project => [`types, ${project}`, tsc, ['-p', project, '--noEmit']]),
  ['rules of the house', packageFile('ava', 'entrypoints/cli.mjs'), ['tests/house.test.ts']],
]

let failed = 0
for (const [name, script, args] of checks) {
  const began = performance.now()
  const check = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: timeoutMs,
  })
  const ok = check.status === 0
  if (!ok) failed += 1
  console.log(`  ${ok ? '✓' : '✗'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  if (!ok) console.log(`${check.stdout}${check.stderr}${check.error?.message ?? ''}`)
}
console.log(failed === 0 ? 'check: all is well' : `check: ${failed} of ${checks.length} failed`)
process.exitCode = failed === 0 ? 0 : 1
