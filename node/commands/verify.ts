import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure, fail } from '../errors.js'
import { stateChecks } from '../program/state-checks.js'
import { verifyFile } from '../program/verification.js'

/** `relais verify [FILE]`: reads only, whether a node runs on the file or not. */
export function verify(
  file: string,
  cwd: string,
  progress: (text: string) => void,
): ReturnType<typeof verifyFile> {
  const path = resolve(cwd, file)
  if (!existsSync(path)) fail('missing', `There is no database at ${path}.`)
  try {
    return verifyFile(path, stateChecks, seq => progress(`${seq} entries`))
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

/** The result for a person. */
export function printVerification(result: ReturnType<typeof verifyFile>): string {
  const head = result.head === null ? 'the journal is empty' : `head ${result.head.seq} ${result.head.sha256}`
  const lines = result.ok
    ? [`All ${result.entries} entries fit; ${head}.`]
    : [
        `${result.faults} faults in ${result.entries} entries. The first:`,
        ...result.list
          .slice(0, 20)
          .map(({ seq, what }) => `  ${seq === null ? '' : `entry ${seq}: `}${what}`),
      ]
  return [...lines, `Checked: ${result.checked.join('; ')}.`, result.limits].join('\n')
}
