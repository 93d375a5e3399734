import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { Failure, fail, reasonOf } from './errors.js'

/** A folder only its owner may look into; made where it is missing, refused where others can. */
export function privateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  demandPrivate(path, '700')
  return path
}

/** A private key's text. Throws where others may read the file, for then it is no secret any more. */
export function readPrivate(path: string): string {
  const text = readNamed(path)
  demandPrivate(path, '600')
  return text
}

/** The same for a key that a group may read. */
export function readShared(path: string): string {
  const text = readNamed(path)
  demandPrivate(path, '640', 0o007)
  return text
}

export function readNamed(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    throw new Failure('unavailable', `${path} cannot be read: ${reasonOf(thrown)}.`, [], thrown)
  }
}

/** Whole or not at all: a reader, or a crash, never meets half of it. */
export function writeWhole(path: string, content: string | Buffer, mode: number): void {
  const part = `${path}.part`
  rmSync(part, { force: true })
  const file = openSync(part, 'wx', mode)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(part, path)
}

function demandPrivate(path: string, wanted: string, others = 0o077): void {
  const mode = statSync(path).mode & 0o777
  if ((mode & others) !== 0)
    fail('invalid', `${path} is open to others (mode ${mode.toString(8)}): chmod ${wanted} it.`)
}
