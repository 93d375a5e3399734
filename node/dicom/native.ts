import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Clock } from '../clock.js'
import { fail, reasonOf } from '../errors.js'
import { attributeOfTag, tagOf } from './format/dictionary.js'
import type { Recompressed, ToRecompress } from './recompression.js'

/** A peer as it is called: its address, and both titles. */
export interface CalledPeer {
  host: string
  port: number
  callingAETitle: string
  calledAETitle: string
  timeoutMs: number
}

/** One row of an answer: keyword → first value as text. */
export type NativeRow = Record<string, string>

export interface Opinion {
  /** Whether the peer did what was asked, as far as the other implementation can tell. */
  answered: boolean
  /** `unavailable`: our own side could not ask (the addon is missing, or died). It says nothing about the peer. */
  outcome: 'answered' | 'failed' | 'timed-out' | 'unavailable'
  /** One sentence, as that implementation gave it. */
  reason: string
  ms: number
}

export interface FindOpinion extends Opinion {
  /** Only a row is evidence: the addon gives the same answer for "nothing there" and "the peer failed". */
  rows: NativeRow[]
}

/** What the child is told to ask a peer. */
export interface NativeQuestion {
  kind: 'echo' | 'find'
  host: string
  port: number
  callingAETitle: string
  calledAETitle: string
  keys: { key: string; value: string }[]
}

/** What the child is told: a question, or an object to be written anew into a folder of its own. */
export type NativeCall =
  | NativeQuestion
  | { kind: 'recompress'; source: ToRecompress; to: string; into: string }

/** What the child says back: a callback's text as the addon gave it, an object's outcome, or that there is no addon. */
export type NativeAnswer =
  | { result: string }
  | { made: Recompressed }
  | { failed: string }
  | { unavailable: string }

export interface SecondOpinion {
  /** C-ECHO. Answered means: the association was accepted (the addon does not look at the final status). */
  echo(peer: CalledPeer): Promise<Opinion>
  /** C-FIND, Study Root; keys by keyword, empty ones are asked for. At most 100 rows are kept. */
  find(peer: CalledPeer, keys: Record<string, string>): Promise<FindOpinion>
  /** Ends every call that is still running. */
  close(): void
}

export interface SecondOpinionOptions {
  /** Working folder of the children: the addon writes its `dicom.log` there. It must exist. */
  folder: string
  clock: Clock
  /** Calls at the same time; one more is refused. */
  maxCalls?: number
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const MAX_ROWS = 100
const MAX_REASON_LENGTH = 300

/**
 * The same questions through an independent implementation (DCMTK in dicom-dimse-native): it tells whose fault a
 * failure is. Each call is a process of its own with a deadline: what happens in there, hang or crash, ends there.
 */
export function openSecondOpinion({ folder, clock, maxCalls = 4 }: SecondOpinionOptions): SecondOpinion {
  const running = new Set<ChildProcess>()

  const call = (
    kind: NativeQuestion['kind'],
    peer: CalledPeer,
    keys: NativeQuestion['keys'],
  ): Promise<FindOpinion> => {
    checkPeer(peer)
    if (running.size >= maxCalls) fail('too-many', `${maxCalls} second opinions are being asked for already`)
    const startedMs = clock.monotonic()
    const child = startNativeChild(folder)
    running.add(child)
    return new Promise(resolve => {
      let receivedBytes = 0
      const settle = (outcome: Opinion['outcome'], reason: string, rows: NativeRow[] = []) => {
        if (!running.delete(child)) return
        clearTimeout(deadline)
        child.kill('SIGKILL')
        const ms = clock.monotonic() - startedMs
        resolve({ answered: outcome === 'answered', outcome, reason: oneLine(reason), ms, rows })
      }
      const deadline = setTimeout(
        () => settle('timed-out', `no answer within ${peer.timeoutMs} ms`),
        peer.timeoutMs,
      )
      child.on('error', error => settle('unavailable', reasonOf(error)))
      child.on('close', (code, signal) =>
        settle('unavailable', `the native engine ended: ${signal ?? `code ${code}`}`),
      )
      child.on('message', (message: NativeAnswer) => {
        if ('unavailable' in message) return settle('unavailable', message.unavailable)
        if (!('result' in message)) return
        receivedBytes += message.result.length
        if (receivedBytes > MAX_ANSWER_BYTES) return settle('failed', 'the answer is longer than 4 MiB')
        const answer = readAnswer(message.result)
        if (answer !== undefined) settle(answer.outcome, answer.reason, answer.rows)
      })
      const { host, port, callingAETitle, calledAETitle } = peer
      child.send(
        { kind, host, port, callingAETitle, calledAETitle, keys } satisfies NativeQuestion,
        error => {
          if (error !== null) settle('unavailable', reasonOf(error))
        },
      )
    })
  }

  return {
    echo: async peer => {
      const { rows: _, ...opinion } = await call('echo', peer, [])
      return opinion
    },
    find: (peer, keys) => call('find', peer, queryKeys(keys)),
    close: () => {
      for (const child of running) child.kill('SIGKILL')
    },
  }
}

/** The sibling of this file: `.ts` under tsx, `.js` once compiled. */
export function startNativeChild(folder: string): ChildProcess {
  const extension = extname(fileURLToPath(import.meta.url))
  const file = fileURLToPath(new URL(`./native-process${extension}`, import.meta.url))
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return fork(file, [], {
    cwd: folder,
    execArgv: extension === '.ts' ? ['--import', loader()] : [],
    // Nothing else of our environment is its business; a call holds a thread of libuv's pool for as long as it lasts.
    env: { UV_THREADPOOL_SIZE: '4' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

/**
 * One callback of the addon: JSON of `{ status, message, container }`, container being JSON again, for a find the
 * rows. Undefined while it only tells how far it is. What does not have that shape is a failure, whatever it is.
 */
function readAnswer(
  text: string,
): { outcome: 'answered' | 'failed'; reason: string; rows: NativeRow[] } | undefined {
  const answer = parsed(text)
  if (!isRecord(answer))
    return { outcome: 'failed', reason: 'the native engine gave no readable answer', rows: [] }
  const reason = typeof answer['message'] === 'string' ? answer['message'] : ''
  if (answer['status'] === 'pending') return undefined
  if (answer['status'] !== 'success') return { outcome: 'failed', reason, rows: [] }
  const container = answer['container']
  const rows = typeof container === 'string' && container !== '' ? parsed(container) : container
  return {
    outcome: 'answered',
    reason,
    rows: Array.isArray(rows) ? rows.slice(0, MAX_ROWS).map(readRow) : [],
  }
}

function readRow(row: unknown): NativeRow {
  const values: NativeRow = {}
  if (!isRecord(row)) return values
  for (const [tag, element] of Object.entries(row)) {
    const keyword = attributeOfTag(tag.toUpperCase())?.keyword
    const list = isRecord(element) ? element['Value'] : undefined
    if (keyword === undefined || !Array.isArray(list)) continue
    const first: unknown = list[0]
    const value = isRecord(first) ? first['Alphabetic'] : first
    if (typeof value === 'string' || typeof value === 'number') values[keyword] = String(value)
  }
  return values
}

function queryKeys(keys: Record<string, string>): NativeQuestion['keys'] {
  const level = { QueryRetrieveLevel: 'STUDY', ...keys }
  return Object.entries(level).map(([keyword, value]) => ({ key: tagOf(keyword), value }))
}

/** The addon copies host and titles into fixed buffers: what is longer, or odd, is never handed to it. */
function checkPeer({ host, port, callingAETitle, calledAETitle, timeoutMs }: CalledPeer) {
  if (!/^[A-Za-z0-9._-]{1,63}$/.test(host))
    fail('invalid', 'the host is no name or IPv4 address of at most 63 characters')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) fail('invalid', `${port} is no port`)
  for (const title of [callingAETitle, calledAETitle]) {
    if (!/^[ -[\]-~]{1,16}$/.test(title))
      fail('invalid', 'an AE title has 1 to 16 printable characters, no backslash')
  }
  if (!(timeoutMs > 0)) fail('invalid', 'a second opinion needs a deadline')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller says so in its own words.
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH)
}
