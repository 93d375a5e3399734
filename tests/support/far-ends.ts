import { createDecipheriv, createECDH, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Taken {
  path: string
  headers: IncomingMessage['headers']
  body: Buffer
}

/** What a node calls by HTTP: keeps what it is sent and answers as it is told. */
export async function openFarEnd(
  t: { teardown(step: () => void): void },
  answer: (taken: Taken) => number = () => 201,
  tls?: { key: string; cert: string },
): Promise<{ port: number; taken: Taken[] }> {
  const taken: Taken[] = []
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
      response.statusCode = answer(one)
      if (response.statusCode < 300) taken.push(one)
      response.end('as told')
    })
  }
  const server = tls === undefined ? createPlain(handle) : createTls(tls, handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, taken }
}

/** A browser's side of a subscription, and what it reads of a message: RFC 8291 §3 over RFC 8188 §2, written anew. */
export function browser() {
  const ecdh = createECDH('prime256v1')
  ecdh.generateKeys()
  const auth = randomBytes(16)
  const hkdf = (salt: Buffer, key: Buffer, info: Buffer, length: number) => {
    const secret = createHmac('sha256', salt).update(key).digest()
    return createHmac('sha256', secret)
      .update(Buffer.concat([info, Buffer.from([1])]))
      .digest()
      .subarray(0, length)
  }
  return {
    keys: { p256dh: ecdh.getPublicKey('base64url'), auth: auth.toString('base64url') },
    read: (body: Buffer): Record<string, string> => {
      const salt = body.subarray(0, 16)
      const idLength = body.readUInt8(20)
      const theirs = body.subarray(21, 21 + idLength)
      const shared = ecdh.computeSecret(theirs)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), theirs])
      const key = hkdf(auth, shared, info, 32)
      const cek = hkdf(salt, key, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
      const nonce = hkdf(salt, key, Buffer.from('Content-Encoding: nonce\0'), 12)
      const record = body.subarray(21 + idLength)
      const decipher = createDecipheriv('aes-128-gcm', cek, nonce)
      decipher.setAuthTag(record.subarray(record.length - 16))
      const plain = Buffer.concat([decipher.update(record.subarray(0, record.length - 16)), decipher.final()])
      return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString('utf8'))
    },
  }
}
