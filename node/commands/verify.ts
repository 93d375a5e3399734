import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { outsideHeads } from '../archive/witness/folder.js'
import { Failure, fail } from '../errors.js'
import type { ChainState } from '../journal/verify.js'
import { writeWhole } from '../private-files.js'
import { stateChecks } from '../program/state-checks.js'
import { type Verification, verifyFileInParallel } from '../program/verification.js'

const MB = 1024 * 1024

/**
 * `relais verify [FILE]`: reads only, whether a node runs on the file or not. `objects`: also every stored file, in the
 * folder beside the database. `resume`: a file of how far it is, so that a check that is cut off goes on from there.
 */
export async function verify(
  file: string,
  cwd: string,
  progress: (text: string) => void,
  options: { objects: boolean; resume?: string; witnesses?: readonly string[] } = { objects: false },
): Promise<Verification> {
  const path = resolve(cwd, file)
  if (!existsSync(path)) fail('missing', `There is no database at ${path}.`)
  const { resume } = options
  try {
    const result = await verifyFileInParallel(path, stateChecks, {
      ...resumable(resume),
      outside: (options.witnesses ?? []).flatMap(place => outsideHeads(place)),
      ...(options.objects ? { objects: join(dirname(path), 'objects') } : {}),
      onProgress: seq => progress(`${seq} entries`),
      onObjects: ({ files, of, bytes }) => progress(`${files} of ${of} files, ${Math.round(bytes / MB)} MB`),
    })
    if (resume !== undefined) rmSync(resume, { force: true })
    return result
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw new Failure(
      'invalid',
      `${path} cannot be read as a Relais database: ${(thrown as Error).message}.`,
      [],
      thrown,
    )
  }
}

function resumable(file: string | undefined) {
  if (file === undefined) return {}
  return {
    ...(existsSync(file) ? { from: stateIn(file) } : {}),
    onState: (state: ChainState) => writeWhole(file, JSON.stringify(state), 0o600),
  }
}

function stateIn(file: string): ChainState {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ChainState
  } catch (thrown) {
    throw new Failure('invalid', `${file} is not what a check left: remove it.`, [], thrown)
  }
}

/** The result for a person. */
export function printVerification(result: Verification): string {
  const head = result.head === null ? 'the journal is empty' : `head ${result.head.seq} ${result.head.sha256}`
  const files = result.objects === undefined ? '' : ` and ${result.objects.files} files`
  const lines = result.ok
    ? [`All ${result.entries} entries${files} fit; ${head}.`]
    : [
        `${result.faults} faults in ${result.entries} entries${files}. The first:`,
        ...result.list
          .slice(0, 20)
          .map(({ seq, what }) => `  ${seq === null ? '' : `entry ${seq}: `}${what}`),
      ]
  for (const { certificate, what, reference, fact, bodies, at, done } of result.destroyed)
    lines.push(
      `${what === 'act' ? 'The record' : 'The images'} of ${reference}: destroyed by certificate ${certificate} on ${at.slice(0, 10)} (entry ${fact}, ${bodies} bodies)${done ? '' : ', whose last steps are still to come'}.`,
    )
  return [...lines, `Checked: ${result.checked.join('; ')}.`, result.limits].join('\n')
}
