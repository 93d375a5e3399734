import { userInfo } from 'node:os'
import { Failure, reasonOf } from '../errors.js'

/** 0 done, 1 failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

/** One sentence on stderr, with the fields it is about where it does not name them itself. */
export function sayFailure(thrown: unknown): void {
  const sentence = reasonOf(thrown)
  process.stderr.write(`relais: ${sentence}\n`)
  if (!(thrown instanceof Failure) || sentence.includes('\n')) return
  for (const { path, message } of thrown.fields)
    if (message !== sentence) process.stderr.write(`  ${path}: ${message}\n`)
}

/** An option or argument that `node:util` parseArgs did not take. */
export function isWrongUsage(thrown: unknown): boolean {
  return String((thrown as { code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS')
}

/** The operating system's user, for the journal. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}` // in a container the account may have no name
  }
}
