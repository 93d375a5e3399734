import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A time-stamp authority of the test's own: `openssl ts` behind an address. */
export async function openTimeStamps(folder: string) {
  mkdirSync(folder, { recursive: true })
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  writeFileSync(
    join(folder, 'tsa.cnf'),
    `[tsa]
default_tsa = here
[here]
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
signer_key = ./tsa.key
certs = ./ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`,
  )
  writeFileSync(join(folder, 'serial'), '01\n')
  writeFileSync(
    join(folder, 'ext'),
    'extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n',
  )
  const subject = (name: string) => ['-subj', `/CN=${name}`, '-nodes', '-newkey', 'rsa:2048']
  openssl(
    'req',
    '-x509',
    ...subject('Autorité d’essai'),
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '30',
  )
  openssl('req', ...subject('Horodatage d’essai'), '-keyout', 'tsa.key', '-out', 'tsa.csr')
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
    '-days',
    '30',
    '-extfile',
    'ext',
  )
  const answers: Buffer[] = []
  /** What happens to an answer on its way. */
  let change = (answer: Buffer) => answer
  const server = createServer((asked, answer) => {
    const chunks: Buffer[] = []
    asked.on('data', chunk => chunks.push(chunk))
    asked.on('end', () => {
      writeFileSync(join(folder, 'query'), Buffer.concat(chunks))
      openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'reply')
      const reply = change(readFileSync(join(folder, 'reply')))
      answers.push(reply)
      answer.setHeader('content-type', 'application/timestamp-reply')
      answer.end(reply)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    caFile: join(folder, 'ca.pem'),
    answers,
    changing: (how: (answer: Buffer) => Buffer) => {
      change = how
    },
    close: () => server.close(),
  }
}
