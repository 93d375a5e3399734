import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import type { AddressGuard } from './address-guard.js'
import { fail } from './errors.js'

/** What a server said. */
export interface WebAnswer {
  status: number
  /** The first bytes, as text. */
  text: string
  /** The same, as they came. */
  bytes: Buffer
  /** Its HTTP Date (RFC 9110 §6.6.1), as it said it. */
  date: string | undefined
}

const ANSWER_MAX_BYTES = 16 * 1024

/**
 * One POST to an address that a person or a browser gave us: its address is looked at when it is called, nothing is
 * followed elsewhere, and no more than the first bytes of the answer are read. Rejects for what the network does.
 */
export function postTo(options: {
  url: URL
  headers: Record<string, string>
  body: Buffer
  timeoutMs: number
  signal: AbortSignal
  guard: Pick<AddressGuard, 'calling'>
  /** PEM of who signed the certificate there, where that is nobody the machine knows. */
  ca?: string | undefined
}): Promise<WebAnswer> {
  const { url, headers, body, guard } = options
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    fail('invalid', 'Only http and https are called.')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const { lookup } = guard.calling(host, port)
    const send = url.protocol === 'https:' ? requestTls : requestPlain
    const timeout = AbortSignal.timeout(options.timeoutMs)
    const call = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': String(body.length) },
        lookup,
        signal: AbortSignal.any([options.signal, timeout]),
        agent: false,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
      answer => {
        const chunks: Buffer[] = []
        let length = 0
        answer.on('data', (chunk: Buffer) => {
          if (length < ANSWER_MAX_BYTES) chunks.push(chunk)
          length += chunk.length
          // Whoever answers without end is not listened to.
          if (length > 64 * ANSWER_MAX_BYTES) answer.destroy()
        })
        const end = () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(chunks).subarray(0, ANSWER_MAX_BYTES).toString('utf8'),
            bytes: Buffer.concat(chunks).subarray(0, ANSWER_MAX_BYTES),
            date: answer.headers.date,
          })
        answer.once('end', end)
        answer.once('close', end)
        answer.once('error', reject)
      },
    )
    call.once('error', error => reject(timeout.aborted ? new Error('There was no answer in time.') : error))
    call.end(body)
  })
}
