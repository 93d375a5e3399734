import type { FindContext } from '../dicom/network/services.js'
import { StatusFailure } from '../dicom/network/status.js'
import { encoderFor, type Keys, keysOf } from './identifiers.js'
import { type Mailbox, openMailbox } from './mailbox.js'
import type { Query, Refusal } from './wire.js'

export interface Page {
  id: number
  matches: Keys[]
  last: boolean
  refusal?: Refusal
}

export interface QueryDesk {
  /** Takes a peer's C-FIND identifier to the node and gives the matches, encoded for the wire. */
  ask(context: FindContext, identifier: Buffer, transferSyntaxUID: string): AsyncIterable<Buffer>
  answered(page: Page): void
}

/**
 * The queries under way between the sockets and the database. A page is asked for when the one before it has been
 * taken by the peer, so that a slow peer fills no memory; a query nobody waits for is given up at once.
 */
export function openQueryDesk(say: {
  query(query: Query): void
  more(id: number): void
  enough(id: number): void
}): QueryDesk {
  const open = new Map<number, Mailbox<Page>>()
  let lastId = 0

  async function* ask(
    context: FindContext,
    identifier: Buffer,
    transferSyntaxUID: string,
  ): AsyncIterable<Buffer> {
    const id = ++lastId
    const pages = openMailbox<Page>()
    open.set(id, pages)
    let complete = false
    const giveUp = () => {
      if (!complete) say.enough(id)
      pages.close()
    }
    context.cancelled.addEventListener('abort', giveUp, { once: true })
    try {
      const keys = keysOf(identifier, transferSyntaxUID)
      const encode = encoderFor(keys)
      const { peer, callingAETitle, address, calledAETitle } = context.association
      say.query({
        id,
        peer,
        callingAETitle,
        address,
        calledAETitle,
        keys,
        relational: context.relational,
      })
      for await (const page of pages.items()) {
        complete = page.last
        if (page.refusal !== undefined) {
          const { status, comment } = page.refusal
          throw new StatusFailure(status, 'unavailable', comment)
        }
        for (const match of page.matches) yield encode(match, transferSyntaxUID)
        if (complete) return
        say.more(id)
      }
    } finally {
      context.cancelled.removeEventListener('abort', giveUp)
      open.delete(id)
    }
  }

  return { ask, answered: page => open.get(page.id)?.put(page) }
}
