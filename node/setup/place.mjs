// Where things are on this machine, and how set-up speaks.
// Set-up speaks on stderr only: stdout belongs to the program it starts (its first line is JSON).

import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The name under which an addon for this machine is kept: a copy made elsewhere may not load here. */
export const platform = `${process.platform}-${process.arch}`

/** Node's binary interface: an addon that is not Node-API loads under this one only. */
export const abi = process.versions.modules

/** A set-up that cannot go on: `message` is the whole of what a person needs to know. */
export class Stop extends Error {}

/** One line about what set-up is doing. */
export function say(text) {
  process.stderr.write(`[set-up] ${text}\n`)
}

export function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
}

export function digest(content) {
  return createHash('sha256').update(content).digest('hex')
}

/** Parsed JSON of a file, or undefined when it is absent or not JSON (a stamp cut short counts as none). */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // No stamp means the work is done again, which is always safe.
    return undefined
  }
}

/** Writes a file so that a reader sees the old content or the new, never a part. */
export function writeWhole(file, content) {
  mkdirSync(dirname(file), { recursive: true })
  const part = `${file}.${process.pid}.part`
  writeFileSync(part, content)
  renameSync(part, file)
}

/**
 * The user's own folder for what is costly to make and the same in every checkout (compiled addons,
 * another Node). `RELAIS_SETUP_CACHE` names another. A machine without a writable home uses the
 * temporary folder.
 */
export function cacheFolder() {
  const home = process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache')
  const wanted = process.env.RELAIS_SETUP_CACHE ?? join(process.env.XDG_CACHE_HOME || home, 'relais')
  try {
    mkdirSync(wanted, { recursive: true })
    accessSync(wanted, constants.W_OK)
    return wanted
  } catch (reason) {
    const instead = join(tmpdir(), `relais-cache-${process.getuid?.() ?? 'user'}`)
    say(`${wanted} cannot be written (${reason.code}); using ${instead}`)
    mkdirSync(instead, { recursive: true, mode: 0o700 })
    return instead
  }
}

/** Full path of a program on PATH (and where Debian keeps servers), or undefined. */
export function programNamed(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(
    Boolean,
  )
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const name of names) {
    for (const folder of folders) {
      for (const suffix of suffixes) {
        const file = join(folder, name + suffix)
        if (existsSync(file)) return file
      }
    }
  }
  return undefined
}
