import { existsSync, unlinkSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { Failure, type FailureCode, type FieldFault, reasonOf } from '../errors.js'

/**
 * The command line's way into a running node: one JSON line asks, JSON lines answer, over a socket in the data folder
 * that only its owner may open. There is one writer of the database, and this is how others ask it.
 */
export interface LocalAsk {
  command: string
  input: unknown
  /** The operating system's user name, for the journal. */
  user: string
}

type Line =
  | { progress: string }
  | { answer: unknown }
  | { failure: { code: FailureCode; detail: string; fields: readonly FieldFault[] } }

export type LocalHandler = (ask: LocalAsk, onProgress: (text: string) => void) => Promise<unknown>

const MAX_LINE_BYTES = 8 * 1024 * 1024
const PROBE_MS = 500

/** On a folder that nobody else is at work on: see `database-lock.ts`. */
export async function openLocalDoor(path: string, handle: LocalHandler): Promise<{ close(): Promise<void> }> {
  // Left behind by a node that was killed: this one has the folder to itself.
  if (existsSync(path)) unlinkSync(path)
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // the command went away: its answer has nobody to go to
    void serve(socket, handle)
  })
  await listening(server, path)
  await chmod(path, 0o600)
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Asks the node that runs on this data folder; undefined when none does. */
export async function askRunningNode(
  path: string,
  ask: LocalAsk,
  onProgress: (text: string) => void,
): Promise<{ answer: unknown } | undefined> {
  const socket = await connected(path)
  if (socket === undefined) return undefined
  try {
    socket.write(`${JSON.stringify(ask)}\n`)
    for await (const text of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = JSON.parse(text) as Line
      if ('progress' in line) onProgress(line.progress)
      else if ('answer' in line) return line
      else throw new Failure(line.failure.code, line.failure.detail, line.failure.fields)
    }
    throw new Failure('unavailable', 'The running node closed before it answered.')
  } finally {
    socket.destroy()
  }
}

async function serve(socket: Socket, handle: LocalHandler): Promise<void> {
  const say = (line: Line) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(line)}\n`)
  }
  try {
    const ask = JSON.parse(await firstLine(socket)) as LocalAsk
    say({ answer: (await handle(ask, progress => say({ progress }))) ?? null })
  } catch (thrown) {
    say({
      failure:
        thrown instanceof Failure
          ? { code: thrown.code, detail: thrown.message, fields: thrown.fields }
          : { code: 'internal', detail: reasonOf(thrown), fields: [] },
    })
  }
  socket.end()
}

function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > MAX_LINE_BYTES) reject(new Failure('too-large', 'The command is too long.'))
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
    socket.once('end', () => reject(new Failure('invalid', 'The command ended early.')))
  })
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(new Failure('unavailable', `The local socket ${path} cannot be made: ${error.message}.`)),
    )
    server.listen(path, resolve)
  })
}

function connected(path: string): Promise<Socket | undefined> {
  if (!existsSync(path)) return Promise.resolve(undefined)
  return new Promise(resolve => {
    const socket = connect(path)
    const timer = setTimeout(() => resolve(undefined), PROBE_MS)
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
    // Nobody listens: it was left behind by a node that was killed.
    socket.once('error', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
  })
}
