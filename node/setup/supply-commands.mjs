// npm run audit | sbom | licences: what we take from others, for people and for machines.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { npmCommand } from './packages.mjs'
import { root, Stop, say, writeWhole } from './place.mjs'
import { run } from './run.mjs'
import { auditVerdict, billFaults, licenceFaults, licencesOf } from './supply.mjs'

const timeoutMs = 60_000
const answerMaxChars = 32_000_000

const parsed = file => JSON.parse(readFileSync(join(root, file), 'utf8'))
export const lockfile = () => parsed('package-lock.json')
export const reviewed = () => parsed('node/setup/reviewed.json')

/** npm's answer as JSON, whatever its exit code says; undefined where it gave none. */
async function askNpm(args) {
  const npm = npmCommand()
  const { output } = await run(npm.command, [...npm.args, ...args], {
    cwd: root,
    timeoutMs,
    keptChars: answerMaxChars,
  })
  const from = output.indexOf('{')
  try {
    return { answer: JSON.parse(output.slice(from, output.lastIndexOf('}') + 1)) }
  } catch {
    // Without a network, or without this command, npm speaks prose.
    return { answer: undefined }
  }
}

/** Known weaknesses of what is locked. Ends with 1 for one that nobody decided about; without a network, says so. */
export async function audit() {
  const { answer } = await askNpm(['audit', '--json'])
  const today = new Date().toISOString().slice(0, 10)
  const verdict = auditVerdict(answer, reviewed(), today)
  if (verdict === undefined) {
    console.log('advisories: not checked (the registry cannot be asked from here).')
    return
  }
  for (const line of verdict.minor) console.log(`  low        ${line}`)
  for (const line of verdict.excepted) console.log(`  excepted   ${line}`)
  for (const line of verdict.open) console.log(`  OPEN       ${line}`)
  const { open, excepted } = verdict
  console.log(
    open.length === 0
      ? `advisories: none that is open (${excepted.length} excepted for a time).`
      : `advisories: ${open.length} open. Update, or write an exception with its end and reason into node/setup/reviewed.json.`,
  )
  if (open.length > 0) process.exitCode = 1
}

/** The bill of materials (CycloneDX) of everything locked, as npm knows it, checked against the lockfile. */
export async function bill() {
  const { answer } = await askNpm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'])
  if (answer?.bomFormat === undefined)
    throw new Stop('npm gave no bill of materials; it needs npm 10 or later.')
  const { name } = parsed('package.json')
  // npm takes the folder's name.
  answer.metadata.component.name = name
  const faults = billFaults(answer, lockfile())
  if (faults.length > 0)
    throw new Stop(`the bill of materials is not that of the lockfile:\n    ${faults.join('\n    ')}`)
  return answer
}

export async function sbom([file = 'dist/sbom.cdx.json']) {
  const answer = await bill()
  writeWhole(resolve(root, file), `${JSON.stringify(answer, null, 2)}\n`)
  say(`${file}: ${answer.components.length} packages, each with its version and hash`)
}

/** Every licence with its packages; ends with 1 where nobody agreed to one. */
export function licences() {
  const lock = lockfile()
  const review = reviewed()
  for (const [licence, ids] of licencesOf(lock, review))
    console.log(`${licence} (${ids.length})\n  ${ids.join('\n  ')}`)
  const faults = licenceFaults(lock, review)
  for (const fault of faults) console.log(`NOT AGREED: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
}
