import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectionOptions, connect } from 'node:tls'
import { systemClock } from '../../node/clock.js'
import { readCertificate } from '../../node/peers/certificates/certificate.js'
import { type EnrolInput, type Enrolled, enrol } from '../../node/peers/certificates/enrolment.js'
import { makeAuthority, makeCertificate, type Signer } from '../../node/peers/certificates/x509.js'
import { run } from './children.js'
import type { TestNode } from './node.js'

const DAY_MS = 86_400_000

/** Key and certificate of somebody, as files and as text. */
export interface Identity {
  key: string
  certificate: string
  keyFile: string
  certificateFile: string
  fingerprint: string
}

/** What the node's authority gave, as `relais ca enrol` does. */
export async function enrolled(
  node: TestNode,
  name: string,
  more: Partial<EnrolInput> = {},
): Promise<Identity & { answer: Enrolled; authorityFile: string }> {
  const out = join(node.folder, `of-${name}`)
  const answer = await enrol(
    node.services,
    { name, hosts: ['127.0.0.1', 'localhost'], aeTitles: [], pin: false, out, ...more },
    { by: 'command', user: 'test' },
  )
  const [keyFile, certificateFile, authorityFile] = answer.files as [string, string, string]
  return {
    answer,
    keyFile,
    certificateFile,
    authorityFile,
    key: readFileSync(keyFile, 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
    fingerprint: answer.fingerprint,
  }
}

/** Signed by somebody's authority, good from `fromDays` to `untilDays` counted from now. */
export async function made(
  folder: string,
  name: string,
  signer: Signer,
  { fromDays, untilDays } = { fromDays: -1, untilDays: 30 },
): Promise<Identity> {
  const now = systemClock().now()
  const { certificate, key } = await makeCertificate(signer, {
    name,
    hosts: ['127.0.0.1', 'localhost'],
    aeTitles: [],
    nowMs: now + fromDays * DAY_MS,
    untilMs: now + untilDays * DAY_MS,
  })
  const [keyFile, certificateFile] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  writeFileSync(keyFile, key, { mode: 0o600 })
  writeFileSync(certificateFile, certificate)
  return { key, certificate, keyFile, certificateFile, fingerprint: readCertificate(certificate).fingerprint }
}

export function strangerAuthority(): Promise<Signer> {
  const now = systemClock().now()
  return makeAuthority('Somebody else', now, now + 30 * DAY_MS)
}

/** The node's authority with its key. */
export function signerOf(node: TestNode): Signer {
  const { folder, pem } = node.services.certificates.authority
  return { certificate: pem as string, key: readFileSync(join(folder, 'ca.key'), 'utf8') }
}

/** What `openssl s_client` agreed on with a port, or undefined where no handshake came about. */
export async function handshake(
  port: number,
  options: string[],
): Promise<{ protocol: string; suite: string } | undefined> {
  const { output } = await run(
    'openssl',
    ['s_client', '-connect', `127.0.0.1:${port}`, '-brief', ...options],
    10_000,
  )
  const protocol = /^Protocol version: (.*)$/m.exec(output)?.[1]
  const suite = /^Ciphersuite: (.*)$/m.exec(output)?.[1]
  return protocol === undefined || suite === undefined ? undefined : { protocol, suite }
}

/** Says `bytes` as soon as the handshake is done; gives what came back before the other side closed. */
export function knock(port: number, bytes: Buffer, options: ConnectionOptions): Promise<Buffer> {
  return new Promise(resolve => {
    const heard: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () =>
      socket.write(bytes),
    )
    socket.on('data', chunk => heard.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(heard)))
  })
}
