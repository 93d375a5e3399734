import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { systemClock } from '../../node/clock.js'
import {
  type AcceptorEvent,
  type AcceptorOptions,
  type Admitted,
  openAcceptor,
} from '../../node/dicom/network/acceptor.js'
import { defaultLimits, defaultTimers } from '../../node/dicom/network/limits.js'
import { openAssociation, type RequestorOptions } from '../../node/dicom/network/requestor.js'
import type { StoreContext } from '../../node/dicom/network/services.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'

export interface Received extends StoreContext {
  digest: string
  bytes: number
}

export const everything: Admitted = {
  admitted: true,
  peer: 'test',
  abstractSyntaxes: () => true,
  transferSyntaxes: () => true,
  maxAssociations: 64,
  window: 32,
}

/** An acceptor of the engine that keeps the digest of what it receives, under the AE title RELAIS, until the test ends. */
export async function listen(t: ExecutionContext, changes: Partial<AcceptorOptions> = {}) {
  const received: Received[] = []
  const events: AcceptorEvent[] = []
  const acceptor = await openAcceptor({
    host: '127.0.0.1',
    port: 0,
    limits: defaultLimits,
    clock: systemClock(),
    admit: ({ calledAETitle }) =>
      calledAETitle === 'RELAIS'
        ? everything
        : { admitted: false, result: 1, source: 1, reason: 7, cause: 'another called AE title' },
    services: {
      store: context => {
        const hash = createHash('sha256')
        let bytes = 0
        return {
          write: chunk => {
            hash.update(chunk)
            bytes += chunk.length
            return true
          },
          drained: () => Promise.resolve(),
          end: async () => {
            received.push({ ...context, digest: hash.digest('hex'), bytes })
            return { status: 0 }
          },
          abort: () => undefined,
        }
      },
    },
    onEvent: event => events.push(event),
    ...changes,
  })
  t.teardown(() => acceptor.close())
  return { acceptor, received, events, port: acceptor.port }
}

/** An association of the engine with a node that calls itself RELAIS. */
export function asking(port: number, changes: Partial<RequestorOptions> = {}) {
  return openAssociation({
    host: '127.0.0.1',
    port,
    callingAETitle: 'SENDER',
    calledAETitle: 'RELAIS',
    contexts: [
      { abstractSyntax: SOPClass.Verification, transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian] },
      { abstractSyntax: SOPClass.CTImageStorage, transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian] },
      { abstractSyntax: SOPClass.StudyRootFind, transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian] },
    ],
    maxPduBytes: 131_072,
    timers: defaultTimers,
    clock: systemClock(),
    ...changes,
  })
}
