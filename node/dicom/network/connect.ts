import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { AddressGuard } from '../../address-guard.js'
import { Failure, type FailureCode, reasonOf } from '../../errors.js'
import { tlsProfile } from '../../tls-profile.js'
import type { AssociationEnd } from './association-user.js'
import { endText } from './dialogue.js'
import { rejectionText } from './negotiation.js'

/** The step at which opening an association failed. */
export type FailedStep = 'tcp' | 'tls' | 'rejected' | 'aborted' | 'timeout'

export interface Rejection {
  result: number
  source: number
  reason: number
}

/** No association came about. `message` says it in plain words. */
export class AssociationFailure extends Failure {
  readonly step: FailedStep
  readonly rejection: Rejection | undefined
  /** How far it had come: where a timeout struck. */
  readonly at: 'tcp' | 'tls' | 'association'
  /** How the association ended that never began. */
  readonly end: AssociationEnd | undefined

  constructor(
    step: FailedStep,
    detail: string,
    more: {
      rejection?: Rejection
      cause?: unknown
      at?: 'tcp' | 'tls' | 'association'
      end?: AssociationEnd
    } = {},
  ) {
    super(codeOf(step, more.rejection), detail, [], more.cause)
    this.name = 'AssociationFailure'
    this.step = step
    this.rejection = more.rejection
    this.at = more.at ?? (step === 'tcp' || step === 'tls' ? step : 'association')
    this.end = more.end
  }
}

function codeOf(step: FailedStep, rejection: Rejection | undefined): FailureCode {
  if (step === 'timeout') return 'timeout'
  return rejection?.result === 1 ? 'forbidden' : 'unavailable'
}

export function associationFailure(end: AssociationEnd): AssociationFailure {
  if (end.kind === 'rejected') {
    const { result, source, reason } = end
    return new AssociationFailure('rejected', rejectionText(end), {
      rejection: { result, source, reason },
      end,
    })
  }
  // Under TLS 1.3 the peer refuses a certificate only after our side of the handshake is done.
  const isTls = end.kind === 'closed' && end.code?.startsWith('ERR_SSL_') === true
  return new AssociationFailure(isTls ? 'tls' : 'aborted', endText(end), {
    end,
    ...(isTls ? { cause: end } : {}),
  })
}

export interface ConnectOptions {
  host: string
  port: number
  /** Of `node:tls`; present = DICOM over TLS. */
  tls?: ConnectionOptions
  /** Looks at the certificate after the handshake, and throws where it does not count. */
  judge?(socket: TLSSocket): void
  /** Looks at the address that is called; none: any may be. */
  guard?: AddressGuard
  connectTimeoutMs: number
  tlsHandshakeTimeoutMs: number
}

/** A connected socket, after its TLS handshake where there is one. Rejects with an AssociationFailure. */
export async function openSocket(options: ConnectOptions): Promise<Socket> {
  const { host, port, tls, guard } = options
  const where = `${host}:${port}`
  let place: { host: string; port: number } = { host, port }
  try {
    if (guard !== undefined) place = guard.calling(host, port)
  } catch (cause) {
    throw new AssociationFailure('tcp', `no connection to ${where}: ${reasonOf(cause)}`, { cause })
  }
  const raw = connectTcp({ ...place, noDelay: true })
  await ready(raw, 'connect', options.connectTimeoutMs, {
    step: 'tcp',
    failed: `no connection to ${where}`,
    late: `no connection to ${where} within ${options.connectTimeoutMs} ms`,
  })
  if (!tls) return raw
  const secure = connectTls({
    ...tlsProfile,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...tls,
    socket: raw,
  })
  await ready(secure, 'secureConnect', options.tlsHandshakeTimeoutMs, {
    step: 'tls',
    failed: `no TLS with ${where}`,
    late: `no TLS with ${where} within ${options.tlsHandshakeTimeoutMs} ms`,
  })
  try {
    options.judge?.(secure)
  } catch (cause) {
    secure.on('error', () => undefined)
    secure.destroy()
    throw new AssociationFailure('tls', `no TLS with ${where}: ${reasonOf(cause)}`, { cause })
  }
  return secure
}

function ready(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  words: { step: 'tcp' | 'tls'; failed: string; late: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: AssociationFailure) => {
      clearTimeout(timer)
      socket.off(event, arrived)
      socket.off('error', failed)
      socket.off('close', closed)
      if (!failure) return resolve()
      // Whatever the socket says while it dies, the failure is known already.
      socket.on('error', () => undefined)
      socket.destroy()
      reject(failure)
    }
    const arrived = () => settle()
    const failed = (error: NodeJS.ErrnoException) => {
      // Where several addresses were tried in vain, Node gives a code and no message.
      const why = error.message || error.code || 'unknown'
      settle(new AssociationFailure(words.step, `${words.failed}: ${why}`, { cause: error }))
    }
    const closed = () => settle(new AssociationFailure(words.step, `${words.failed}: it was closed`))
    const timer = setTimeout(
      () => settle(new AssociationFailure('timeout', words.late, { at: words.step })),
      timeoutMs,
    )
    socket.once(event, arrived)
    socket.once('error', failed)
    socket.once('close', closed)
  })
}
