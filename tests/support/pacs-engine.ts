import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import { systemClock } from '../../node/clock.js'
import { studyAttributes } from '../../node/dicom/format/attributes.js'
import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { matches } from '../../node/dicom/matching.js'
import { type AcceptorServices, openAcceptor } from '../../node/dicom/network/acceptor.js'
import { defaultLimits } from '../../node/dicom/network/limits.js'
import { encodePdu, pduType } from '../../node/dicom/network/pdu.js'
import { storageSOPClasses } from '../../node/dicom/uids.js'
import { keysOf } from '../../node/peers/identifiers.js'
import { freePort } from './children.js'
import { digestOf, inOrder } from './phantoms.js'

/** What it does with a C-STORE instead of keeping it and saying so: A700, C000, an A-ABORT; or keep it and hang up, or say nothing. */
export type Lie = 'refuse' | 'never' | 'abort' | 'close' | 'silence' | undefined

export interface Held {
  digest: string
  record: Record<string, string>
}

/** A PACS of our own engine that misbehaves on purpose and keeps count. */
export interface LyingPacs {
  port: number
  held: Map<string, Held>
  /** Data set digests by SOP Instance UID. */
  holds(): Map<string, string>
  /** SOP Instance UIDs for which it said 0000, in order. */
  promised: string[]
  /** Every C-STORE that arrived whole, in order. */
  stored: string[]
  refused: string[]
  /** The transfer syntax each came in. */
  syntaxes: Map<string, string>
  /** Associations that were opened. */
  opened(): number
  stop(): Promise<void>
}

/**
 * Listens through a gate of its own, so that a lie can cut the very connection it is told on. `lie` is asked for
 * each C-STORE with its number from 1. With `finds` it lists what it really holds.
 */
export async function openLyingPacs(
  t: Pick<ExecutionContext, 'teardown'>,
  options: {
    aeTitle: string
    lie: (number: number, sopInstanceUID: string) => Lie
    finds: boolean
    port?: number
    /** Operations it lets others have unanswered; 1 unless told. */
    window?: number
    /** Associations it takes at once; 8 unless told. */
    associations?: number
    /** Transfer syntaxes of images it takes; all unless told. */
    takes?: readonly string[]
    /** Waited for before each answer, whatever that is. */
    before?: (number: number, sopInstanceUID: string) => Promise<void>
  },
): Promise<LyingPacs> {
  const held = new Map<string, Held>()
  const promised: string[] = []
  const stored: string[] = []
  const refused: string[] = []
  const syntaxes = new Map<string, string>()
  const callers = new Set<Socket>()
  let number = 0
  let opened = 0

  const cut = (how: 'abort' | 'close') => {
    for (const caller of callers) {
      if (how === 'abort') caller.end(encodePdu({ type: pduType.abort, source: 0, reason: 0 }))
      caller.destroySoon()
    }
    callers.clear()
  }

  const services: AcceptorServices = {
    store: context => {
      syntaxes.set(context.sopInstanceUID, context.transferSyntaxUID)
      const chunks: Buffer[] = []
      const mine = ++number
      return {
        write: chunk => chunks.push(chunk) > 0,
        drained: () => Promise.resolve(),
        abort: () => undefined,
        end: async () => {
          await options.before?.(mine, context.sopInstanceUID)
          const lie = options.lie(mine, context.sopInstanceUID)
          if (lie === 'refuse') {
            refused.push(context.sopInstanceUID)
            return { status: 0xa700 }
          }
          if (lie === 'never') return { status: 0xc000, comment: 'not this one' }
          if (lie === 'abort') {
            cut('abort')
            return new Promise(() => undefined)
          }
          const bytes = Buffer.concat(chunks)
          const header = await readHeader(bytes, { datasetOffset: 0, ...context })
          held.set(context.sopInstanceUID, {
            digest: digestOf(bytes),
            record: texts(studyAttributes(header)),
          })
          stored.push(context.sopInstanceUID)
          if (lie === 'close') {
            cut('close')
            return new Promise(() => undefined)
          }
          if (lie === 'silence') return new Promise(() => undefined)
          promised.push(context.sopInstanceUID)
          return { status: 0 }
        },
      }
    },
    ...(options.finds
      ? {
          find: async function* (_context, identifier, syntax) {
            const keys = keysOf(identifier, syntax)
            for (const { record } of held.values())
              if (matches(keys, record))
                yield encodeDataset(
                  Object.fromEntries(
                    Object.keys(keys).map(keyword => [keyword, keys[keyword] || record[keyword] || '']),
                  ),
                  syntax,
                )
          },
        }
      : {}),
  }
  const acceptor = await openAcceptor({
    host: '127.0.0.1',
    port: 0,
    limits: defaultLimits,
    clock: systemClock(),
    admit: () => ({
      admitted: true,
      peer: 'relais',
      abstractSyntaxes: () => true,
      transferSyntaxes: (abstract, syntax) =>
        options.takes === undefined || !storageSOPClasses.has(abstract) || options.takes.includes(syntax),
      maxAssociations: options.associations ?? 8,
      window: options.window ?? 1,
    }),
    services,
    onEvent: ({ type }) => {
      if (type === 'accepted') opened += 1
    },
  })
  const gate = createServer(caller => {
    callers.add(caller)
    const inner = connect(acceptor.port, '127.0.0.1')
    caller.pipe(inner).pipe(caller)
    for (const socket of [caller, inner]) socket.on('error', () => undefined)
    caller.on('close', () => {
      callers.delete(caller)
      inner.destroy()
    })
    inner.on('close', () => caller.destroySoon())
  })
  const port = await listening(gate, options.port ?? (await freePort()))
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= (async () => {
      const closed = new Promise(resolve => gate.close(resolve))
      for (const caller of callers) caller.destroy()
      await acceptor.close()
      await closed
    })()
    return stopped
  }
  t.teardown(stop)
  return {
    port,
    held,
    holds: () => inOrder([...held].map(([uid, { digest }]) => [uid, digest] as const)),
    promised,
    stored,
    refused,
    syntaxes,
    opened: () => opened,
    stop,
  }
}

async function listening(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return port
}

function texts(attributes: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([keyword, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[keyword, String(value)]] : [],
    ),
  )
}
