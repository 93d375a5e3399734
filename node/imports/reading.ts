import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Broken } from '../dicom/format/broken.js'
import { Failure, type FailureCode } from '../errors.js'
import type { InventoryEnd, InventoryFile } from './inventory.js'
import type { FromReading, ReadingTask, TakenAnswer, TakenFile, ToReading } from './reading-wire.js'

/** A reading under way in a child of its own. */
export interface Reading<T> {
  /** Rejects with a Failure: the medium cannot be read, the child died, or nothing came for too long. */
  ended: Promise<T>
  /** More of an upload is there. */
  grown(bytes: number, complete: boolean): void
  stop(): void
}

/** Without a word from the child for so long it is killed: 10⁶ records take seconds, a drive that hangs takes for ever. */
const SILENCE_MS = 120_000

/** What is on a medium, told file by file. */
export function readInventory(
  task: Omit<Extract<ReadingTask, { task: 'inventory' }>, 'task'>,
  onFiles: (files: InventoryFile[]) => Promise<void>,
): Reading<InventoryEnd> {
  return child({ task: 'inventory', ...task }, async (message, _answer, end) => {
    if (message.type === 'files') await onFiles(message.files)
    if (message.type === 'end') end(message.end)
  })
}

/** Files of a medium made durable; each waits for its row. */
export function takeFiles(
  task: Omit<Extract<ReadingTask, { task: 'take' }>, 'task'>,
  onTaken: (files: TakenFile[]) => Promise<TakenAnswer[]>,
): Reading<void> {
  return child({ task: 'take', ...task }, async (message, answer, end) => {
    if (message.type === 'taken') answer({ type: 'answers', answers: await onTaken(message.files) })
    if (message.type === 'done') end(undefined)
  })
}

function child<T>(
  task: ReadingTask,
  hear: (
    message: FromReading,
    answer: (message: ToReading) => void,
    end: (value: T) => void,
  ) => Promise<void>,
): Reading<T> {
  const process = startReading()
  let silence: NodeJS.Timeout | undefined
  // An upload may rest for hours: until it is whole, silence is nobody's fault.
  let growing = task.task === 'inventory' && task.growing
  let listen: () => void = () => undefined
  // One after the other: what is written about file 7 is written before file 8.
  let hearing: Promise<void> = Promise.resolve()
  const say = (message: ToReading) => {
    if (process.connected) process.send(message)
  }
  const ended = new Promise<T>((resolve, reject) => {
    const fail = (thrown: unknown) => {
      clearTimeout(silence)
      process.kill('SIGKILL')
      reject(thrown)
    }
    listen = () => {
      clearTimeout(silence)
      if (growing) return
      silence = setTimeout(
        () => fail(new Failure('unavailable', 'The disc gave no answer for two minutes.')),
        SILENCE_MS,
      )
    }
    process.on('message', (message: FromReading) => {
      listen()
      if (message.type === 'failed') {
        const { broken, code, reason } = message
        fail(
          broken === undefined
            ? new Failure(code as FailureCode, reason)
            : new Broken(broken.how, broken.at, reason),
        )
        return
      }
      hearing = hearing
        .then(() =>
          hear(message, say, value => {
            clearTimeout(silence)
            resolve(value)
          }),
        )
        .catch(fail)
    })
    process.on('error', fail)
    process.on('close', (code, signal) => {
      clearTimeout(silence)
      hearing
        .then(() =>
          reject(new Failure('unavailable', `The reading of the disc ended: ${signal ?? `code ${code}`}.`)),
        )
        .catch(reject)
    })
    listen()
  })
  say(task)
  return {
    ended,
    grown: (bytes, complete) => {
      growing = !complete
      listen()
      say({ type: 'grown', bytes, complete })
    },
    stop: () => process.kill('SIGKILL'),
  }
}

/** A file that is synced holds one of them. */
const THREADS = '32'

/** The sibling of this file: `.ts` under tsx, `.js` once compiled. */
export function startReading(): ChildProcess {
  const extension = extname(fileURLToPath(import.meta.url))
  const file = fileURLToPath(new URL(`./reading-process${extension}`, import.meta.url))
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return fork(file, [], {
    execArgv: extension === '.ts' ? ['--import', loader()] : [],
    env: { UV_THREADPOOL_SIZE: THREADS },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
}
