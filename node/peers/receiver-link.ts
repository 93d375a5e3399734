import { type ChildProcess, fork } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.js'
import { Failure, reasonOf } from '../errors.js'
import type { Keys } from './identifiers.js'
import type { Snapshot } from './peer.js'
import { openQuestions } from './questions.js'
import type { TlsMaterial } from './security.js'
import type {
  CallAnswer,
  CallRequest,
  CommitmentWord,
  DoorEvent,
  FromReceiver,
  InstanceResult,
  Query,
  Receipt,
  ReceiptAnswer,
  ReceiverSettings,
  RetrieveAnswer,
  RetrieveQuery,
  SeenCertificate,
  SubOperationCounts,
  ToReceiver,
  WordAnswer,
} from './wire.js'

/** What is given to a peer, and who wants to know what became of it. */
export interface Retrieved {
  answer: DistributiveOmit<RetrieveAnswer, 'id'>
  /** Called once; not at all where the receiver died before the end. */
  done(counts: SubOperationCounts): void
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** What the node does with what comes up. */
export interface ReceiverEars {
  /** Commits the receipts and answers each; a rejection is answered as "out of resources". */
  receipts(receipts: Receipt[]): Promise<ReceiptAnswer[]>
  door(event: DoorEvent): void
  /** Keeps what a peer says about Storage Commitment and gives its answer; a rejection is answered as 0110. */
  word(word: CommitmentWord): Promise<Omit<WordAnswer, 'id'>>
  listening(port: number, tlsPort: number): void
  /** A certificate a peer showed, in either direction. */
  certificate(seen: SeenCertificate): void
  /** Rows for a peer's C-FIND, already limited to what it may see. */
  query(query: Query): AsyncIterable<Keys[]>
  /** What a peer's C-MOVE or C-GET gives, and where; rejects with a Failure whose status the peer hears. */
  retrieve(query: RetrieveQuery): Promise<Retrieved>
  /** A run is over and all it had handed over is committed or refused: what else lies in its buckets is nobody's. */
  ended(run: string): void
  trouble(reason: string): void
}

/** Where DICOM is taken, in the clear and over TLS. */
export interface ReceiverPorts {
  port: number
  tlsPort: number
}

export interface CallOptions {
  signal?: AbortSignal
  /** Aborted when others wait for the line: what is under way ends, the rest comes later. */
  giveWay?: AbortSignal
  onSent?: (results: InstanceResult[]) => void
  onCounts?: (counts: SubOperationCounts) => void
}

export interface ReceiverLink {
  /** Starts the process and resolves with its ports when it listens; rejects when it cannot. */
  start(ears: ReceiverEars): Promise<ReceiverPorts>
  snapshot(snapshot: Snapshot): void
  /** New certificates, keys or revocations: for what is opened from now on. */
  renew(tls: TlsMaterial): void
  /** Other ports of this program: nobody is called on them. */
  own(ports: number[]): void
  /** Asks the receiver to call a peer. Rejects with `unavailable` when the process dies meanwhile. */
  call(request: CallRequest, options?: CallOptions): Promise<CallAnswer>
  /** For tests of its death. */
  pid(): number | undefined
  /** The run ids whose buckets may still be written to. */
  run(): string
  ports(): ReceiverPorts
  close(): Promise<void>
}

const RESTART_FIRST_MS = 50
const RESTART_MAX_MS = 5000
const STOP_MS = 5000
const HEALTHY_MS = 10_000
/** Each call of a child process's file system and DNS holds one of these; four are not enough for many writers. */
const THREADS = '16'
/**
 * V8 counts the bytes that pass through as if they were kept, and with a small heap it marks all of it again every
 * ten megabytes. From this size on, images in transit are left to the young generation, where they die.
 */
const OLD_SPACE_MB = 64

/** Starts the receiver, keeps it alive, and carries both directions. Whatever it had not been answered dies with it. */
export function openReceiverLink(options: {
  settings: Omit<ReceiverSettings, 'run'>
  runOf(start: number): string
  snapshot: Snapshot
  tls: TlsMaterial
  clock: Clock
}): ReceiverLink {
  let child: ChildProcess | undefined
  let { snapshot, tls } = options
  let ears: ReceiverEars
  let ownPorts: number[] = []
  let starts = 0
  let run = options.runOf(0)
  let ports: ReceiverPorts = options.settings
  let failures = 0
  let closing = false
  let restarting: NodeJS.Timeout | undefined
  let callId = 0
  const committing = new Set<Promise<void>>()
  const questions = openQuestions({ tell: message => tell(message), ears: () => ears })
  const calls = new Map<
    number,
    {
      resolve: (answer: CallAnswer) => void
      reject: (reason: Failure) => void
      heard: CallOptions
    }
  >()

  const tell = (message: ToReceiver) => {
    if (child?.connected === true)
      child.send(message, error => error !== null && ears.trouble(reasonOf(error)))
  }

  const spawn = (settled?: {
    resolve: (ports: ReceiverPorts) => void
    reject: (reason: Failure) => void
  }) => {
    const own = program()
    const ownRun = options.runOf(++starts)
    run = ownRun
    const startedAt = options.clock.monotonic()
    const born = fork(own.file, [], {
      serialization: 'advanced',
      execArgv: own.execArgv,
      env: { PATH: '', UV_THREADPOOL_SIZE: THREADS },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child = born
    born.on('message', (message: FromReceiver) => {
      if (message.type === 'listening') {
        ports = { port: message.port, tlsPort: message.tlsPort }
        settled?.resolve(ports)
        ears.listening(ports.port, ports.tlsPort)
      } else if (message.type === 'failed') {
        settled?.reject(new Failure('unavailable', message.reason))
        ears.trouble(message.reason)
      } else if (child === born) hear(message)
    })
    born.on('exit', (code, signal) => {
      if (child === born) child = undefined
      for (const call of calls.values())
        call.reject(new Failure('unavailable', 'The receiver stopped during the call.'))
      calls.clear()
      questions.forget()
      if (closing) return
      void Promise.all(committing).then(() => ears.ended(ownRun))
      settled?.reject(new Failure('unavailable', `The receiver ended at its start (${signal ?? code}).`))
      failures = options.clock.monotonic() - startedAt > HEALTHY_MS ? 0 : failures + 1
      ears.trouble(`the receiver ended (${signal ?? code}) and is started again`)
      restarting = setTimeout(
        () => spawn(),
        Math.min(RESTART_FIRST_MS * 2 ** Math.min(failures, 10), RESTART_MAX_MS),
      )
    })
    // The ports once taken stay the same over restarts, also when any port was asked for.
    born.send({
      type: 'configure',
      settings: { ...options.settings, ...ports, run },
      snapshot,
      tls,
    } satisfies ToReceiver)
    born.send({ type: 'own-ports', ports: ownPorts } satisfies ToReceiver)
  }

  const hear = (message: FromReceiver) => {
    switch (message.type) {
      case 'receipts': {
        const done = commit(message.receipts).finally(() => committing.delete(done))
        committing.add(done)
        return
      }
      case 'door':
        ears.door(message.event)
        return
      case 'certificate':
        ears.certificate(message.seen)
        return
      case 'trouble':
        ears.trouble(message.reason)
        return
      case 'sent':
        calls.get(message.id)?.heard.onSent?.(message.results)
        return
      case 'counted':
        calls.get(message.id)?.heard.onCounts?.(message.counts)
        return
      case 'answer':
        calls.get(message.id)?.resolve(message.answer)
        calls.delete(message.id)
        return
      case 'query':
      case 'more':
      case 'enough':
      case 'retrieve':
      case 'retrieved':
        questions.hear(message)
        return
      case 'word':
        void keep(message.word)
        return
    }
  }

  const commit = async (receipts: Receipt[]) => {
    try {
      tell({ type: 'committed', answers: await ears.receipts(receipts) })
    } catch (thrown) {
      ears.trouble(reasonOf(thrown))
      // Out of resources (PS3.4 GG.4-1): the sender keeps its object and may come again.
      tell({ type: 'committed', answers: receipts.map(({ id }) => ({ id, status: 0xa700, discard: true })) })
    }
  }

  const keep = async (word: CommitmentWord) => {
    try {
      tell({ type: 'word-kept', answer: { id: word.id, ...(await ears.word(word)) } })
    } catch (thrown) {
      ears.trouble(reasonOf(thrown))
      // Processing failure (PS3.7 C.4.2): what was not kept was not said.
      tell({ type: 'word-kept', answer: { id: word.id, status: 0x0110 } })
    }
  }

  return {
    start: given => {
      ears = given
      return new Promise((resolve, reject) => spawn({ resolve, reject }))
    },
    snapshot: next => {
      snapshot = next
      tell({ type: 'snapshot', snapshot })
    },
    own: next => {
      ownPorts = next
      tell({ type: 'own-ports', ports: ownPorts })
    },
    renew: next => {
      tls = next
      tell({ type: 'tls', tls })
    },
    call: (request, heard = {}) =>
      new Promise((resolve, reject) => {
        if (child === undefined) {
          reject(new Failure('unavailable', 'The receiver is being started again.'))
          return
        }
        const { signal, giveWay } = heard
        if (signal?.aborted === true) {
          reject(new Failure('unavailable', 'The call was given up.'))
          return
        }
        const id = ++callId
        const cancel = () => tell({ type: 'cancel', id })
        const stop = () => tell({ type: 'give-way', id })
        signal?.addEventListener('abort', cancel, { once: true })
        giveWay?.addEventListener('abort', stop, { once: true })
        const forget = () => {
          signal?.removeEventListener('abort', cancel)
          giveWay?.removeEventListener('abort', stop)
        }
        calls.set(id, {
          resolve: value => {
            forget()
            resolve(value)
          },
          reject: reason => {
            forget()
            reject(reason)
          },
          heard,
        })
        tell({ type: 'call', id, request })
        if (giveWay?.aborted === true) stop()
      }),
    pid: () => child?.pid,
    run: () => run,
    ports: () => ports,
    close: async () => {
      closing = true
      clearTimeout(restarting)
      const last = child
      if (last === undefined) return
      const ended = new Promise(resolve => last.once('exit', resolve))
      tell({ type: 'stop' })
      const kill = setTimeout(() => last.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(kill)
    },
  }
}

/** The receiver's program beside this one: compiled in production, TypeScript under tests. */
function program(): { file: string; execArgv: string[] } {
  const here = fileURLToPath(import.meta.url)
  const typescript = here.endsWith('.ts')
  return {
    file: join(dirname(dirname(here)), typescript ? 'receiver.ts' : 'receiver.js'),
    execArgv: [`--initial-old-space-size=${OLD_SPACE_MB}`, ...(typescript ? ['--import', 'tsx'] : [])],
  }
}
