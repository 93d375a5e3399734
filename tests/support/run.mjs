// Runs the tests and says plainly how they went: at the end each that failed, with what it said, since of a long log
// often only the end is kept. The last line, alone, is `N passed, N failed`, with `, N skipped` when there are any; the
// exit code is 0 only when something passed and nothing failed.
//
//   npm test                          everything
//   npm test -- tests/unit            a folder, files, or AVA's own options

import { spawn } from 'node:child_process'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs')
const kept = /^RELAIS_(TEST|SETUP)_/
/** Lines of what a failed test said that are told again at the end. */
const toldAgainMax = 40

const count = { passed: 0, failed: 0, skipped: 0 }
/** @type {{ title: string, said: string[] }[]} */
const failures = []
let inDetails = false
let detailsOfFailure = false

const began = performance.now()
const runner = spawn(process.execPath, [ava, '--tap', ...process.argv.slice(2)], {
  cwd: root,
  env: cleanEnvironment(),
  stdio: ['ignore', 'pipe', 'inherit'],
})
// An interrupt at the terminal reaches the runner too; wait for it, so that the count is still printed.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => runner.kill('SIGTERM'))
createInterface({ input: runner.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
runner.on('error', reason => onFailure(`the test runner could not be started: ${reason.message}`))
runner.on('close', (code, signal) => {
  if (count.failed === 0 && (code !== 0 || signal)) {
    onFailure(`the test runner ended with ${signal ?? `code ${code}`} though no test had failed`)
  }
  if (count.failed === 0 && count.passed === 0) onFailure('no test ran')
  summary()
})

/** One line of the Test Anything Protocol, as AVA writes it. */
function onLine(line) {
  if (inDetails) {
    if (detailsOfFailure) onSaid(line)
    if (line === '  ...') inDetails = false
    return
  }
  if (line === '  ---') {
    inDetails = true
    if (detailsOfFailure) onSaid(line)
    return
  }
  const test = /^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$/.exec(line)
  if (test) onTest(test[1] === undefined, test[2], test[3])
  // A test's own log lines are worth reading beside the test that failed, and only there.
  else if (detailsOfFailure && /^#\s{2,}/.test(line)) onSaid(line)
}

function onSaid(line) {
  console.log(line)
  failures.at(-1)?.said.push(line)
}

function onTest(passed, title, left) {
  detailsOfFailure = false
  if (left) {
    count.skipped += 1
    console.log(`  - ${title} (skipped)`)
  } else if (passed) {
    count.passed += 1
    console.log(`  ✓ ${title}`)
  } else {
    detailsOfFailure = true
    onFailure(title)
  }
}

function onFailure(title) {
  count.failed += 1
  failures.push({ title, said: [] })
  console.log(`  ✗ ${title}`)
}

function summary() {
  console.log('')
  for (const { title, said } of failures) {
    console.log(`failed: ${title}`)
    for (const line of said.slice(0, toldAgainMax)) console.log(line)
  }
  console.log(`Node ${process.versions.node}, ${Math.round((performance.now() - began) / 1000)} s`)
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
  console.log(`${count.passed} passed, ${count.failed} failed${skipped}`)
  process.exitCode = count.failed > 0 ? 1 : 0
}

/** The tests start the real program: settings in this shell must not reach it. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('RELAIS_') || kept.test(name)),
  )
}
