import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import { type CommandSet, encodeCommand } from '../../node/dicom/network/command.js'
import { encodeMessage } from '../../node/dicom/network/fragments.js'
import { gather, MessageReader } from '../../node/dicom/network/messages.js'
import { type AssociateRequest, encodePdu, type Pdu, pduType } from '../../node/dicom/network/pdu.js'
import { PduReader } from '../../node/dicom/network/pdu-reader.js'
import { APPLICATION_CONTEXT, SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { eventually } from './children.js'

export function associateRequest(changes: Partial<AssociateRequest> = {}): AssociateRequest {
  return {
    type: pduType.associateRequest,
    protocolVersion: 1,
    calledAETitle: 'RELAIS',
    callingAETitle: 'SENDER',
    applicationContextName: APPLICATION_CONTEXT,
    contexts: [SOPClass.Verification, SOPClass.CTImageStorage, SOPClass.StudyRootFind].map(
      (abstractSyntax, index) => ({
        id: index * 2 + 1,
        abstractSyntax,
        transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian],
      }),
    ),
    user: { maxPduBytes: 16_384, implementationClassUID: '1.2.3', roles: [], extended: [] },
    ...changes,
  }
}

export interface HeardMessage {
  contextId: number
  command: CommandSet
  dataset?: string
}

/** A peer that says exactly the bytes it is told to, and keeps what it hears. */
export class RawPeer {
  readonly socket: Socket
  readonly pdus: Pdu[] = []
  readonly messages: HeardMessage[] = []
  #closed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#closed = true
    })
    const messages = new MessageReader({
      accepts: () => true,
      maxCommandBytes: 100_000,
      user: {
        command: (contextId, command) => {
          const heard: HeardMessage = { contextId, command }
          this.messages.push(heard)
          return gather(1e8, dataset => {
            heard.dataset = dataset?.toString()
          })
        },
        full: () => undefined,
        complete: () => undefined,
      },
    })
    const reader = new PduReader(
      {
        pdu: pdu => this.pdus.push(pdu),
        dataBegins: () => undefined,
        fragment: (...fragment) => messages.fragment(...fragment),
      },
      { maxPduBytes: 0xffffffff, maxAssociatePduBytes: 1e6 },
    )
    socket.on('data', chunk => reader.push(chunk))
  }

  get closed(): boolean {
    return this.#closed
  }

  say(...pdus: (Pdu | Buffer)[]): void {
    this.socket.write(Buffer.concat(pdus.map(pdu => (Buffer.isBuffer(pdu) ? pdu : encodePdu(pdu)))))
  }

  message(contextId: number, command: CommandSet, dataset?: Buffer): void {
    this.say(encodeMessage(contextId, 16_384, encodeCommand(command), dataset))
  }

  /** The next PDU of this type that is not P-DATA-TF. */
  hears<T extends Pdu['type']>(type: T): Promise<Extract<Pdu, { type: T }>> {
    return eventually(`PDU ${type}`, () => {
      const index = this.pdus.findIndex(pdu => pdu.type === type)
      return index < 0 ? undefined : (this.pdus.splice(index, 1)[0] as Extract<Pdu, { type: T }>)
    })
  }

  /** The next DIMSE message. */
  answer(): Promise<HeardMessage> {
    return eventually('a message', () => {
      const [first] = this.messages
      if (!first || (first.command.hasDataSet && first.dataset === undefined)) return undefined
      return this.messages.shift()
    })
  }

  async ended(): Promise<void> {
    await eventually('the end of the connection', () => (this.#closed ? true : undefined))
  }
}

/** A connection to an acceptor, destroyed when the test ends. */
export async function call(t: ExecutionContext, port: number): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return new RawPeer(socket)
}

/** Associates and waits for the acceptance. */
export async function associated(
  t: ExecutionContext,
  port: number,
  changes: Partial<AssociateRequest> = {},
): Promise<RawPeer> {
  const peer = await call(t, port)
  peer.say(associateRequest(changes))
  await peer.hears(pduType.associateAccept)
  return peer
}

/** Listens for associations of ours until the test ends; `next` gives each caller. */
export async function listener(t: ExecutionContext): Promise<{ port: number; next(): Promise<RawPeer> }> {
  const callers: RawPeer[] = []
  const server = createServer(socket => {
    t.teardown(() => socket.destroy())
    callers.push(new RawPeer(socket))
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  return { port: address.port, next: () => eventually('a caller', () => callers.shift()) }
}
