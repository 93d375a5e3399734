import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Failure, fail } from '../errors.js'
import { stateChecks } from '../program/state-checks.js'
import { verifyFile } from '../program/verification.js'

const MB = 1024 * 1024

/**
 * `relais verify [FILE]`: reads only, whether a node runs on the file or not. `objects`: also every stored file, in the
 * folder beside the database.
 */
export function verify(
  file: string,
  cwd: string,
  progress: (text: string) => void,
  options: { objects: boolean } = { objects: false },
): ReturnType<typeof verifyFile> {
  const path = resolve(cwd, file)
  if (!existsSync(path)) fail('missing', `There is no database at ${path}.`)
  try {
    return verifyFile(path, stateChecks, {
      ...(options.objects ? { objects: join(dirname(path), 'objects') } : {}),
      onProgress: seq => progress(`${seq} entries`),
      onObjects: ({ files, of, bytes }) => progress(`${files} of ${of} files, ${Math.round(bytes / MB)} MB`),
    })
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
  const files = result.objects === undefined ? '' : ` and ${result.objects.files} files`
  const lines = result.ok
    ? [`All ${result.entries} entries${files} fit; ${head}.`]
    : [
        `${result.faults} faults in ${result.entries} entries${files}. The first:`,
        ...result.list
          .slice(0, 20)
          .map(({ seq, what }) => `  ${seq === null ? '' : `entry ${seq}: `}${what}`),
      ]
  return [...lines, `Checked: ${result.checked.join('; ')}.`, result.limits].join('\n')
}
