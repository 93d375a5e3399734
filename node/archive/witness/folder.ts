import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { headText } from '../../journal/checkpoint.js'
import type { Checkpoint } from '../../journal/checkpoints.js'
import type { OutsideHead } from '../../journal/verify-outside.js'
import { writeWhole } from '../../private-files.js'
import { readHead } from './statement.js'

const NAME = /^relais-[0-9a-f]{16}-\d{12}\.json$/

/** A year of heads every ten minutes is 52,560. */
const HEADS_MAX = 100_000

/** Name of a head's file: of which journal, over how many entries. */
const nameOf = ({ log, size }: Checkpoint) =>
  `relais-${log.slice(0, 16)}-${String(size).padStart(12, '0')}.json`

/** Puts a signed head into the folder of the witness, once. */
export function putHead(folder: string, checkpoint: Checkpoint): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, nameOf(checkpoint))
  if (existsSync(path)) return
  writeWhole(path, `${JSON.stringify(fileOf(checkpoint), null, 2)}\n`, 0o644)
}

/** A signed head as a file that anybody can check. */
export function fileOf(checkpoint: Checkpoint) {
  return {
    format: 'relais-signed-head/1',
    text: headText(checkpoint),
    publicKey: checkpoint.publicKey.toString('hex'),
    signature: checkpoint.signature.toString('hex'),
  }
}

/** The newest heads that lie in a folder (its names sort by size), or the one of a file; what is none is named. */
export function outsideHeads(place: string, most = HEADS_MAX): OutsideHead[] {
  if (!existsSync(place)) return []
  const names = isFolder(place) ? readdirSync(place).filter(name => NAME.test(name)) : undefined
  const paths =
    names === undefined
      ? [place]
      : names
          .sort()
          .slice(-most)
          .map(name => join(place, name))
  return paths.map(path => ({ from: path, ...read(path) }))
}

function isFolder(place: string): boolean {
  try {
    readdirSync(place)
    return true
  } catch {
    return false // a file
  }
}

function read(path: string): Omit<OutsideHead, 'from'> {
  try {
    const { text, publicKey, signature } = JSON.parse(readFileSync(path, 'utf8'))
    const head = readHead({ text: String(text), publicKey: String(publicKey), signature: String(signature) })
    return head === undefined ? {} : { head }
  } catch {
    return {} // no JSON, or not there: the caller names the file
  }
}
