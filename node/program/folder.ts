import { existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure, fail, reasonOf } from '../errors.js'

/** Where everything lies below the data folder. */
export interface DataFolder {
  root: string
  database: string
  objects: string
  /** Private keys; only its owner may look into it. */
  keys: string
  /** Working folder of children whose libraries write where they stand. */
  scratch: string
  /** Discs that people upload, under names of ours. */
  uploads: string
  /** Sealed records, a file a year. */
  volumes: string
  /** Papers for a breakdown, where a person finds them without the node. */
  downtime: string
  /** Held by the one node, or the one command, at work on the folder. */
  lock: string
  /** The local socket the command line speaks to. */
  socket: string
}

const SOCKET_PATH_MAX_BYTES = 104

/** Makes the folders; throws a sentence when they cannot be used. */
export function openDataFolder(root: string): DataFolder {
  const folder: DataFolder = {
    root,
    database: join(root, 'relais.sqlite'),
    objects: join(root, 'objects'),
    keys: join(root, 'keys'),
    scratch: join(root, 'scratch'),
    uploads: join(root, 'uploads'),
    volumes: join(root, 'archive'),
    downtime: join(root, 'downtime'),
    lock: join(root, 'relais.lock'),
    socket: join(root, 'relais.sock'),
  }
  if (Buffer.byteLength(folder.socket) > SOCKET_PATH_MAX_BYTES)
    fail(
      'invalid',
      `The data folder's path is too long (${root}): choose one under ${SOCKET_PATH_MAX_BYTES - 12} bytes.`,
    )
  for (const path of [root, folder.objects, folder.scratch]) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      statfsSync(path)
    } catch (thrown) {
      throw new Failure(
        'unavailable',
        `The data folder ${path} cannot be used: ${reasonOf(thrown)}.`,
        [],
        thrown,
      )
    }
  }
  return folder
}

/** The page that checks an exported act, as set-up built it; undefined beside sources that were never built. */
export function verifierPage(): Buffer | undefined {
  const here = fileURLToPath(import.meta.url)
  const path = here.endsWith('.ts') ? '../../dist/verifier/verifier.html' : '../../verifier/verifier.html'
  const file = fileURLToPath(new URL(path, import.meta.url))
  return existsSync(file) ? readFileSync(file) : undefined
}

/** The built web application beside the program. */
export function websiteFolder(): string {
  // dist/node/program/ in production, node/program/ under tests: both have dist/web two or three levels up.
  const here = fileURLToPath(import.meta.url)
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../dist/web' : '../../web', import.meta.url))
}
