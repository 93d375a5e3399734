import { decodeDataset, encodeDataset } from '../dicom/format/dataset.js'
import type { FindContext } from '../dicom/network/services.js'
import { Failure } from '../errors.js'
import type { Query } from './wire.js'

type Answered = { id: number; matches: Record<string, string>[]; last: boolean; failed?: string }

export interface QueryDesk {
  /** Takes a peer's C-FIND identifier to the node and gives the matches, encoded for the wire. */
  ask(context: FindContext, identifier: Buffer, transferSyntaxUID: string): AsyncIterable<Buffer>
  answered(answer: Answered): void
}

/** The queries under way between the sockets and the database. */
export function openQueryDesk(send: (query: Query) => void): QueryDesk {
  const open = new Map<number, (answer: Answered) => void>()
  let lastId = 0

  async function* ask(
    context: FindContext,
    identifier: Buffer,
    transferSyntaxUID: string,
  ): AsyncIterable<Buffer> {
    const id = ++lastId
    const arrived: Answered[] = []
    let wake = () => {}
    open.set(id, answer => {
      arrived.push(answer)
      wake()
    })
    const stop = () => wake()
    context.cancelled.addEventListener('abort', stop, { once: true })
    try {
      send({ id, peer: context.association.peer, keys: keysOf(identifier, transferSyntaxUID) })
      while (!context.cancelled.aborted) {
        const answer = arrived.shift()
        if (answer === undefined) {
          await new Promise<void>(resolve => {
            wake = resolve
          })
          continue
        }
        if (answer.failed !== undefined) throw new Failure('unavailable', answer.failed)
        for (const match of answer.matches) yield encodeDataset(match, transferSyntaxUID)
        if (answer.last) return
      }
    } finally {
      context.cancelled.removeEventListener('abort', stop)
      open.delete(id)
    }
  }

  return { ask, answered: answer => open.get(answer.id)?.(answer) }
}

/** An identifier as keywords with text; several values are joined by a backslash, as in DICOM itself. */
export function keysOf(identifier: Buffer, transferSyntaxUID: string): Record<string, string> {
  const keys: Record<string, string> = {}
  for (const [keyword, value] of Object.entries(decodeDataset(identifier, transferSyntaxUID))) {
    if (typeof value === 'string' || typeof value === 'number') keys[keyword] = String(value)
    else if (Array.isArray(value) && value.every(one => typeof one !== 'object'))
      keys[keyword] = value.join('\\')
    else keys[keyword] = '' // sequences are asked for as a whole: universal
  }
  return keys
}
