import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { isoAt, systemClock } from '../../node/clock.js'
import { type Command, helpOf, parse } from '../../node/commands/command.js'
import { commands } from '../../node/commands/running.js'
import { encodePdu } from '../../node/dicom/network/pdu.js'
import type { AssociationFailure } from '../../node/dicom/network/requestor.js'
import { reasonOf } from '../../node/errors.js'
import { type Enrolled, revoke, rotateOwn } from '../../node/peers/certificates/enrolment.js'
import { targetOf } from '../../node/peers/target.js'
import type { InstanceResult } from '../../node/peers/wire.js'
import { asking } from '../support/acceptors.js'
import { eventually, freePort, run } from '../support/children.js'
import {
  CONTRACTS,
  network,
  openNode,
  peerOf,
  SITES,
  settingsFor,
  type TestNode,
  temporary,
} from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { acknowledged, programs, storescu } from '../support/pacs.js'
import { OPERATOR } from '../support/people.js'
import { datasetDigest, digestsOf, toStore, writePhantom } from '../support/phantoms.js'
import { found } from '../support/programs.js'
import { associateRequest } from '../support/raw-association.js'
import {
  enrolled,
  handshake,
  type Identity,
  knock,
  made,
  signerOf,
  strangerAuthority,
} from '../support/tls.js'

const withOpenssl = found('openssl') ? test.serial : test.serial.skip
const withDcmtk = programs.storescu && programs.storescp ? test.serial : test.serial.skip

/** The system's time, moved to where a test wants it. */
function shiftedClock() {
  const real = systemClock()
  let shift = 0
  const now = () => real.now() + shift
  return {
    ...real,
    now,
    isoNow: () => isoAt(now()),
    setTo: (ms: number) => {
      shift = ms - real.now()
    },
  }
}

const COMMAND = { by: 'command', user: 'test' } as const
const IMAGES = 3
const OFFER = encodePdu(associateRequest({ callingAETitle: 'NORDPACS' }))

const registered = (node: TestNode, certificate: string | null, more: object = {}) =>
  network(node.services, {
    sites: SITES,
    contracts: CONTRACTS,
    peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', 4242, { tls: 'mutual', certificate, ...more })],
  })

const tlsOf = ({ key, certificate }: Identity, node: TestNode) => ({
  key,
  cert: certificate,
  ca: node.services.certificates.material().authorities,
})

/** DCMTK's options for a side that proves itself and checks the other. */
const dcmtk = (identity: Identity, authorityFile: string) => [
  ...['+tls', identity.keyFile, identity.certificateFile],
  ...['+cf', authorityFile],
]

const refusals = async (t: ExecutionContext, node: TestNode) => {
  await node.close()
  const again = await openNode(t, { folder: node.folder, network: {} })
  return (await again.facts('peer-refused')).map(({ body }) => body ?? {})
}

/** A node whose screens are served over TLS, by files it may be given others for. */
async function withScreens(t: ExecutionContext, more: Readonly<Record<string, string>> = {}) {
  const folder = temporary(t)
  const signer = await strangerAuthority()
  const first = await made(folder, 'screens', signer)
  const env = {
    RELAIS_HTTP_CERTIFICATE_FILE: first.certificateFile,
    RELAIS_HTTP_KEY_FILE: first.keyFile,
    ...more,
  }
  const node = await openNode(t, { env })
  return { node, folder, signer, first, port: Number(new URL(node.addresses.http).port) }
}

withOpenssl(
  'both doors: TLS 1.2 and 1.3 with ECDHE and authenticated encryption, and nothing else',
  async t => {
    const { node, port: screens } = await withScreens(t)
    await registered(node, null, { tls: 'server' })
    const weak = (suite: string) => ['-tls1_2', '-cipher', `${suite}@SECLEVEL=0`]
    for (const [door, port] of [
      ['dicom', node.addresses.dicomTls],
      ['screens', screens],
    ] as const) {
      for (const [options, protocol] of [
        [['-tls1_3'], 'TLSv1.3'],
        [['-tls1_2'], 'TLSv1.2'],
        [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256'], 'TLSv1.2'],
        [['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'], 'TLSv1.2'],
      ] as const) {
        const agreed = await handshake(port, [...options])
        t.is(agreed?.protocol, protocol, `${door} ${options.join(' ')}`)
        t.regex(agreed?.suite ?? '', /GCM|CHACHA20/)
      }
      for (const options of [
        ['-tls1', '-cipher', 'ALL@SECLEVEL=0'],
        ['-tls1_1', '-cipher', 'ALL@SECLEVEL=0'],
        weak('ECDHE-ECDSA-AES256-SHA'),
        weak('ECDHE-ECDSA-AES128-SHA256'),
        weak('ECDHE-ECDSA-AES256-CCM8'),
        weak('DHE-RSA-AES256-GCM-SHA384'),
        weak('AES256-GCM-SHA384'),
        weak('AECDH-AES256-SHA'),
        weak('NULL-SHA256'),
      ])
        t.is(await handshake(port, options), undefined, `${door} ${options.join(' ')}`)
    }
  },
)

const withSslscan = found('sslscan') ? test.serial : test.serial.skip

withSslscan(
  'a scanner finds no old protocol, weak suite, finite field, compression or renegotiation at either door',
  async t => {
    const { node, port } = await withScreens(t)
    await registered(node, null, { tls: 'server' })
    for (const door of [node.addresses.dicomTls, port]) {
      const { output } = await run('sslscan', ['--no-colour', `127.0.0.1:${door}`], 60_000)
      t.regex(output, /TLSv1\.2\s+enabled/, output)
      t.regex(output, /TLSv1\.3\s+enabled/)
      for (const old of ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'])
        t.regex(output, new RegExp(`${old.replace('.', '\\.')}\\s+disabled`), old)
      t.regex(output, /Session renegotiation not supported/i)
      t.notRegex(output, /ffdhe|Compression enabled/i)
      t.notRegex(output, /\bvulnerable to heartbleed\b(?<!not vulnerable to heartbleed)/)
      const accepted = output.match(/^(Preferred|Accepted) .*$/gm) ?? []
      t.true(accepted.length > 0)
      for (const line of accepted) t.regex(line, /GCM|CHACHA20/, line)
    }
  },
)

withOpenssl(
  'another certificate of the screens counts from the next connection on; a broken one changes nothing and is told',
  async t => {
    const { node, folder, signer, first, port } = await withScreens(t)
    const { certificates } = node.services
    const shown = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
          socket.destroy()
        })
        socket.once('error', reject)
      })
    const put = ({ certificate, key }: Identity) => {
      writeFileSync(first.certificateFile, certificate)
      writeFileSync(first.keyFile, key)
    }
    t.is(await shown(), first.fingerprint)
    const open = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
    await once(open, 'secureConnect')

    const next = await made(folder, 'next', signer)
    put(next)
    await eventually('the next one is shown', async () =>
      (await shown()) === next.fingerprint ? true : undefined,
    )
    t.like((await node.facts('certificates-changed')).at(-1)?.body, {
      screens: next.fingerprint,
      troubles: [],
    })
    open.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    t.regex(String((await once(open, 'data'))[0]), /^HTTP\/1\.1 200 /, 'what was open goes on')

    const expired = await made(folder, 'expired', signer, { fromDays: -30, untilDays: -1 })
    for (const [what, spoil, told] of [
      [
        'half a file',
        () => writeFileSync(first.certificateFile, next.certificate.slice(0, 300)),
        /holds no certificate/,
      ],
      ['the key of another', () => writeFileSync(first.keyFile, first.key), /does not belong/],
      ['an expired one', () => put(expired), /is expired\. The one before stays/],
      [
        'a key for everybody',
        () => chmodSync(first.keyFile, 0o644),
        /open to others \(mode 644\): chmod 640/,
      ],
      ['none', () => rmSync(first.certificateFile), /cannot be read/],
    ] as const) {
      put(next)
      chmodSync(first.keyFile, 0o600)
      await certificates.reload()
      t.deepEqual(certificates.troubles(), [], what)
      spoil()
      await eventually(`${what} is told`, () =>
        told.test(certificates.troubles().join()) ? true : undefined,
      )
      t.is(await shown(), next.fingerprint, what)
      t.regex(JSON.stringify((await node.facts('certificates-changed')).at(-1)?.body), told, what)
    }
  },
)

withOpenssl(
  'the screens over TLS: HTTP without it is refused on their port, sent on from the other, and cookies are bound',
  async t => {
    const redirectPort = await freePort()
    const { node, port } = await withScreens(t, {
      ...OPERATOR,
      RELAIS_PUBLIC_URL: 'https://localhost',
      RELAIS_HTTP_REDIRECT_PORT: String(redirectPort),
    })
    const clear = connect({ host: '127.0.0.1', port })
    clear.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const heard: Buffer[] = []
    clear.on('data', chunk => heard.push(chunk)).on('error', () => undefined)
    await once(clear, 'close')
    t.notRegex(Buffer.concat(heard).toString('latin1'), /HTTP\/1\.1 200/)
    const sent = await fetch(`http://127.0.0.1:${redirectPort}/requests/1?a=b`, { redirect: 'manual' })
    t.is(sent.status, 308)
    t.is(sent.headers.get('location'), 'https://localhost/requests/1?a=b')

    const { RELAIS_ADMIN_EMAIL: email, RELAIS_ADMIN_PASSWORD: password } = OPERATOR
    const { answer, headers } = await overTls(
      port,
      'POST',
      '/api/session',
      JSON.stringify({ email, password }),
    )
    t.is(answer, 200)
    const cookie = String(headers['set-cookie'])
    t.regex(cookie, /^__Host-relais=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/)
    t.regex(String(headers['strict-transport-security']), /^max-age=31536000/)
    const live = new WebSocket(`wss://127.0.0.1:${port}/ws`, {
      rejectUnauthorized: false,
      headers: { cookie: cookie.split(';')[0] ?? '', origin: 'https://localhost' },
    })
    const [hello] = await once(live, 'message')
    t.is((JSON.parse(String(hello)) as { kind: string }).kind, 'hello')
    live.terminate()
    await node.close()
  },
)

withOpenssl('SIGHUP reads the certificates again, and a node that has no terminal goes on', async t => {
  const folder = temporary(t)
  const signer = await strangerAuthority()
  const first = await made(folder, 'screens', signer)
  const running = await startProcess(t, {
    ...settingsFor(folder),
    RELAIS_HTTP_CERTIFICATE_FILE: first.certificateFile,
    RELAIS_HTTP_KEY_FILE: first.keyFile,
  })
  writeFileSync(first.certificateFile, 'nothing')
  process.kill(running.pid, 'SIGHUP')
  await eventually('it is told', () => (/certificate-not-usable/.test(running.stderr()) ? true : undefined))
  writeFileSync(first.certificateFile, first.certificate)
  t.is(await running.stop(), 0)
})

function overTls(port: number, method: string, path: string, body: string) {
  return new Promise<{ answer: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const asked = httpsRequest(
      { host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false },
      answer => {
        answer.resume()
        resolve({ answer: answer.statusCode ?? 0, headers: answer.headers })
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}

test.serial(
  'a mutual peer is let in with its certificate alone; every other caller is closed before a byte of DICOM is read',
  async t => {
    const node = await openNode(t)
    const folder = temporary(t)
    const port = node.addresses.dicomTls
    const signer = signerOf(node)
    const ours = await enrolled(node, 'nord-pacs')
    const other = await enrolled(node, 'sud-pacs')
    const foreign = await made(folder, 'foreign', await strangerAuthority())
    const expired = await made(folder, 'expired', signer, { fromDays: -10, untilDays: -1 })
    const early = await made(folder, 'early', signer, { fromDays: 2, untilDays: 9 })
    await registered(node, ours.fingerprint)

    const association = await asking(port, { callingAETitle: 'NORDPACS', tls: tlsOf(ours, node) })
    t.like(await association.echo(), { outcome: 'answered', status: 0 })
    await association.release()

    const heard = (identity?: Identity) =>
      knock(port, OFFER, identity === undefined ? {} : { key: identity.key, cert: identity.certificate })
    t.is((await heard()).length, 0, 'no certificate')
    t.is((await heard(foreign)).length, 0, 'signed by somebody else')
    for (const [pinned, why] of [
      [expired, 'expired'],
      [early, 'not valid yet'],
    ] as const) {
      // Also where it is the registered one.
      await registered(node, pinned.fingerprint)
      t.is((await heard(pinned)).length, 0, why)
    }
    await registered(node, ours.fingerprint)
    // Ours, but another's: it is known who it is, so the standard's own refusal tells it (1/1/1).
    t.deepEqual([...(await heard(other))].slice(0, 10), [3, 0, 0, 0, 0, 4, 0, 1, 1, 1])
    // And in the clear the registered title gets nowhere.
    const plain = await t.throwsAsync<AssociationFailure>(
      asking(node.addresses.dicom, { callingAETitle: 'NORDPACS' }),
    )
    t.deepEqual(plain?.rejection, { result: 1, source: 1, reason: 1 })

    t.is(
      (await revoke(node.services, { which: 'nord-pacs', reason: 'keyCompromise' }, COMMAND)).revoked?.reason,
      'keyCompromise',
    )
    await eventually('the revocation counts', async () =>
      (await heard(ours)).length === 0 ? true : undefined,
    )

    const [said] = await refusals(t, node)
    t.is(said?.['callingAETitle'], '', 'the last one said nothing that was read')
    t.regex(String(said?.['reason']), /^TLS: the certificate of "nord-pacs" .* was revoked$/)
  },
)

test.serial('a peer without certificate of its own is let in over TLS, and refused in the clear', async t => {
  const node = await openNode(t)
  await registered(node, null, { tls: 'server' })
  const { authorities } = node.services.certificates.material()
  const association = await asking(node.addresses.dicomTls, {
    callingAETitle: 'NORDPACS',
    tls: { ca: authorities },
  })
  t.like(await association.echo(), { status: 0 })
  await association.release()
  const plain = await t.throwsAsync<AssociationFailure>(
    asking(node.addresses.dicom, { callingAETitle: 'NORDPACS' }),
  )
  t.deepEqual(plain?.rejection, { result: 1, source: 1, reason: 1 })
  await network(node.services, { sites: SITES, peers: [peerOf('sud-pacs', 'sud', 'SUDPACS', 4242)] })
  const secured = await t.throwsAsync<AssociationFailure>(
    asking(node.addresses.dicomTls, { callingAETitle: 'SUDPACS', tls: { ca: authorities } }),
  )
  t.deepEqual(
    secured?.rejection,
    { result: 1, source: 1, reason: 1 },
    'registered in the clear, refused over TLS',
  )
})

withDcmtk('storescu sends over mutual TLS, byte for byte; a storescu of somebody else does not', async t => {
  const node = await openNode(t)
  const pacs = await enrolled(node, 'nord-pacs')
  await registered(node, pacs.fingerprint)
  const { uid, files } = writePhantom(temporary(t), 'tls', { images: IMAGES })
  const sent = await storescu(node.addresses.dicomTls, 'NORDPACS', files, {
    more: dcmtk(pacs, pacs.authorityFile),
  })
  t.is(sent.code, 0, sent.output)
  t.is(acknowledged(sent, files).length, IMAGES)
  await node.received(uid, IMAGES)
  t.deepEqual(await node.digests(uid), digestsOf(files))
  const stranger = await made(temporary(t), 'stranger', await strangerAuthority())
  const refused = await storescu(node.addresses.dicomTls, 'NORDPACS', files, {
    more: dcmtk(stranger, pacs.authorityFile),
  })
  t.not(refused.code, 0)
})

withDcmtk(
  'a study goes to storescp over TLS: checked by authority, pinned, and refused where it is another',
  async t => {
    const node = await openNode(t)
    const server = await enrolled(node, 'lecture-pacs')
    const { files } = writePhantom(temporary(t), 'tls-out', { images: IMAGES })
    const folder = temporary(t)
    const port = await freePort()
    const child = spawn(
      programs.storescp ?? '',
      [
        '-v',
        '-B',
        '+xa',
        '-aet',
        'LECTURE',
        '-od',
        folder,
        ...dcmtk(server, server.authorityFile),
        String(port),
      ],
      { stdio: ['ignore', 'ignore', 'ignore'] },
    )
    t.teardown(async () => {
      child.kill('SIGKILL')
      await once(child, 'close')
    })
    const call = async (more: object) => {
      await network(node.services, {
        sites: SITES,
        peers: [peerOf('lecture-pacs', 'lecture', 'LECTURE', port, { associations: 1, ...more })],
      })
      const results: InstanceResult[] = []
      const answer = await node.services.exchange.link.call(
        {
          method: 'send',
          target: targetOf(node.services.peers.get('lecture-pacs')),
          associations: 1,
          instances: files.map((file, index) => {
            const { dataset, ...instance } = toStore(file)
            return {
              ...instance,
              index,
              path: dataset.file,
              datasetOffset: dataset.offset,
              datasetBytes: dataset.length,
            }
          }),
        },
        { onSent: batch => results.push(...batch) },
      )
      const failure = answer.ok ? (answer.method === 'send' ? answer.failure : undefined) : answer.failure
      return {
        sent: results.filter(({ outcome }) => outcome === 'stored').length,
        reason: failure?.detail ?? '',
      }
    }
    const first = await eventually(
      'storescp takes the study',
      async () => {
        const answer = await call({ tls: 'mutual', certificate: server.fingerprint })
        return answer.sent === IMAGES ? answer : undefined
      },
      20_000,
    )
    t.is(first.reason, '')
    const held = readdirSync(folder).map(name => datasetDigest(readFileSync(join(folder, name))))
    t.deepEqual(held.sort(), files.map(({ digest }) => digest).sort())
    t.is(
      (await node.services.certificates.known()).find(each => each.peer === 'lecture-pacs')?.fingerprint,
      server.fingerprint,
    )

    const differs = await call({ tls: 'mutual', certificate: 'AB:'.repeat(31).concat('AB') })
    t.regex(differs.reason, /not the registered certificate/)
    // It asks for a certificate, and a peer that is only to prove itself gets none of ours.
    const without = await call({ tls: 'server', certificate: null })
    t.is(without.sent, 0)
    await revoke(node.services, { which: 'lecture-pacs', reason: 'superseded' }, COMMAND)
    const revoked = await call({ tls: 'mutual', certificate: server.fingerprint })
    t.regex(revoked.reason, /was revoked/)
  },
)

test.serial(
  'certificates change without a restart: what is open goes on, what is opened next meets the new one',
  async t => {
    const node = await openNode(t)
    const { certificates, peers } = node.services
    const first = await enrolled(node, 'nord-pacs')
    const second = await enrolled(node, 'nord-pacs-2')
    await registered(node, first.fingerprint, { nextCertificate: second.fingerprint })
    const { files } = writePhantom(temporary(t), 'rotated', { images: 4 })
    const running = await asking(node.addresses.dicomTls, {
      callingAETitle: 'NORDPACS',
      tls: tlsOf(first, node),
    })
    t.like(await running.store(toStore(files[0] as (typeof files)[0])), { status: 0 })

    const before = certificates.own().facts.fingerprint
    const prepared = await rotateOwn(node.services, true, COMMAND)
    t.is(certificates.own().facts.fingerprint, before, 'peers can be told before it counts')
    const rotated = await rotateOwn(node.services, false, COMMAND)
    t.is(rotated.fingerprint, prepared.fingerprint)
    const seen = await eventually('the new certificate is shown', async () => {
      let shown = ''
      const association = await asking(node.addresses.dicomTls, {
        callingAETitle: 'NORDPACS',
        tls: tlsOf(second, node),
        judge: socket => {
          shown = socket.getPeerX509Certificate()?.fingerprint256 ?? ''
        },
      })
      await association.release()
      return shown === rotated.fingerprint ? shown : undefined
    })
    t.not(seen, before)
    t.like(
      await running.store(toStore(files[1] as (typeof files)[0])),
      { status: 0 },
      'the association that was open',
    )
    await running.release()

    // The peer has called with the certificate it was to change to: the first one counts no more.
    await eventually('the change is registered', () =>
      peers.get('nord-pacs').certificate === second.fingerprint ? true : undefined,
    )
    t.is(peers.get('nord-pacs').nextCertificate, null)
    await eventually('the old certificate is refused', async () => {
      const answer = await knock(node.addresses.dicomTls, OFFER, { key: first.key, cert: first.certificate })
      return answer[0] === 3 ? true : undefined
    })
  },
)

/** A command as `relais` runs it, in this process: 2 = misread, 1 = failed, else what it gave. */
async function said(
  node: TestNode,
  name: string,
  args: string[],
): Promise<{ code: number; answer?: unknown; reason?: string }> {
  const command = commands.find(each => each.name === name) as Command
  let input: unknown
  try {
    const { values, positionals } = parse(command, args)
    input = await command.read({ values: { ...values }, positionals, cwd: node.folder })
  } catch (thrown) {
    return { code: 2, reason: reasonOf(thrown) }
  }
  try {
    const running = { services: node.services, user: 'test', serving: true, progress: () => undefined }
    return { code: 0, answer: await command.run(input as never, running) }
  } catch (thrown) {
    return { code: 1, reason: reasonOf(thrown) }
  }
}

test.serial(
  'the authority by command: enrol, pin, list, rotate, revoke, each with its exit code; keys are private',
  async t => {
    const node = await openNode(t)
    await registered(node, null, { tls: 'server' })
    const out = temporary(t)
    const typed = await relais(
      ['ca', 'enrol', 'nord-pacs', '--out', out, '--pin', '--json'],
      settingsFor(node.folder),
    )
    t.is(typed.code, 0, typed.stderr)
    const first = JSON.parse(typed.stdout) as Enrolled
    t.like(first, { name: 'nord-pacs', pinned: 'nord-pacs' })
    t.is(node.services.peers.get('nord-pacs').certificate, first.fingerprint)
    const modes = [
      [join(out, 'nord-pacs.key'), 0o600],
      [join(node.folder, 'keys'), 0o700],
      [join(node.folder, 'keys', 'dicom.pem'), 0o600],
      [join(node.folder, 'certs', 'ca.key'), 0o600],
    ] as const
    for (const [path, mode] of modes) t.is(statSync(path).mode & 0o777, mode, path)

    const printed = await said(node, 'ca fingerprint', [join(out, 'nord-pacs.pem')])
    t.is((printed.answer as Enrolled).fingerprint, first.fingerprint)
    const rotated = await said(node, 'ca rotate', ['nord-pacs', '--out', join(out, 'next'), '--pin'])
    t.is(node.services.peers.get('nord-pacs').nextCertificate, (rotated.answer as Enrolled).fingerprint)
    const ambiguous = await said(node, 'ca revoke', ['nord-pacs'])
    t.is(ambiguous.code, 1)
    t.regex(ambiguous.reason ?? '', /has 2 in use: say a number/)
    t.is((await said(node, 'ca revoke', [first.fingerprint, '--reason', 'superseded'])).code, 0)
    t.is((await said(node, 'ca revoke', [first.serial])).code, 1, 'not twice')
    const { answer } = await said(node, 'ca list', [])
    t.deepEqual(
      (answer as { issued: { name: string; state: string }[] }).issued
        .map(each => `${each.name} ${each.state}`)
        .sort(),
      ['RELAIS in-use', 'nord-pacs in-use', 'nord-pacs revoked'],
    )
    t.regex(
      commands.find(({ name }) => name === 'ca list')?.print(answer as never) ?? '',
      /revoked {4}nord-pacs/,
    )
    const names = (await node.facts('certificate-issued')).map(({ body }) => body?.['name'])
    t.deepEqual(names, ['nord-pacs', 'nord-pacs'])
    t.is((await node.facts('certificate-revoked')).length, 1)

    for (const [name, ...args] of [
      ['ca enrol'],
      ['ca enrol', 'x', '--ae', 'A\\B'],
      ['ca enrol', 'x', '--days', '0'],
      ['ca enrol', 'x y'],
      ['ca revoke', 'x', '--reason', 'mood'],
    ] as [string, ...string[]][])
      t.is((await said(node, name, args)).code, 2, `${name} ${args.join(' ')}`)
    t.is((await said(node, 'ca enrol', ['nobody', '--pin'])).code, 1)
    for (const command of commands.filter(({ name }) => name.startsWith('ca ')))
      t.regex(helpOf(command), new RegExp(`^relais ${command.name}`))

    await node.close()
    chmodSync(join(node.folder, 'keys', 'dicom.pem'), 0o644)
    const open = await relais(['ca', 'list'], settingsFor(node.folder))
    t.is(open.code, 1)
    t.regex(open.stderr, /open to others \(mode 644\): chmod 600/)
  },
)

withOpenssl('a signing request is signed without its key, and its own names are taken', async t => {
  const node = await openNode(t)
  const out = temporary(t)
  const [key, request] = [join(out, 'pacs.key'), join(out, 'pacs.csr')]
  const asked = await run('openssl', [
    ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', '/CN=pacs'],
    ...['-addext', 'subjectAltName=DNS:pacs.example'],
  ])
  t.is(asked.code, 0, asked.output)
  const signed = await said(node, 'ca enrol', ['pacs', '--csr', request, '--out', join(out, 'signed')])
  t.deepEqual([signed.code, signed.reason], [0, undefined])
  t.deepEqual(readdirSync(join(out, 'signed')).sort(), ['ca.pem', 'pacs.pem'], 'no key is made')
  const issued = (await node.services.certificates.authority.issued()).find(({ name }) => name === 'pacs')
  t.deepEqual(issued?.names, ['DNS:pacs.example'])
  const signedFile = (name: string) => join(out, 'signed', name)
  const checked = await run('openssl', ['verify', '-CAfile', signedFile('ca.pem'), signedFile('pacs.pem')])
  t.is(checked.code, 0, checked.output)
  t.is((await said(node, 'ca enrol', ['pacs', '--csr', key])).code, 1)
})

test.serial('whom it concerns is told at 30, 7 and 1 days, and when it is over; once each', async t => {
  const clock = shiftedClock()
  const node = await openNode(t, { clock, env: OPERATOR })
  const { certificates, notifications } = node.services
  t.deepEqual(await node.facts('certificate-expiring'), [])
  const { until } = certificates.own().facts
  for (const [days, times] of [
    [31, 0],
    [29.5, 1],
    [29, 1],
    [6, 2],
    [0.5, 3],
    [-1, 4],
  ] as const) {
    clock.setTo(until - days * 86_400_000)
    await certificates.checkExpiry()
    const told = (await node.facts('certificate-expiring')).filter(({ body }) => body?.['holder'] === 'node')
    t.is(told.length, times, `${days} days before`)
    if (times > 0) t.is(told.at(-1)?.body?.['days'], [30, 7, 1, 0][times - 1])
  }
  await eventually('the operators are told', async () => {
    const { items } = await notifications.mailbox({ limit: 100 })
    return items.filter(({ subject }) => /[Cc]ertificat/.test(subject)).length >= 4 ? true : undefined
  })
})

test.serial(
  'an authority put into the folder counts without a word to the node, and not after it is taken out',
  async t => {
    const node = await openNode(t)
    await registered(node, null, { tls: 'server' })
    const { certificates } = node.services
    const other = await strangerAuthority()
    const file = join(node.folder, 'certs', 'partner.pem')
    writeFileSync(file, other.certificate)
    await eventually('it is trusted', () =>
      certificates.material().authorities.length === 2 ? true : undefined,
    )
    rmSync(file)
    await eventually('it is not', () => (certificates.material().authorities.length === 1 ? true : undefined))
    // Half a file, or nonsense, changes nothing and is said.
    const list = join(node.folder, 'certs', 'partner.crl')
    writeFileSync(list, 'no list at all')
    await eventually('it is said', () => (certificates.troubles().length === 1 ? true : undefined))
    t.regex(certificates.troubles()[0] ?? '', /^partner\.crl: /)
    t.is(certificates.material().authorities.length, 1)
    await eventually('each change is journaled', async () =>
      (await node.facts('certificates-changed')).length >= 3 ? true : undefined,
    )
  },
)

test.serial('DICOM in the clear stays on loopback until a peer that speaks it is registered', async t => {
  const node = await openNode(t, { env: { RELAIS_DICOM_HOST: '0.0.0.0' } })
  // Another address of this machine than 127.0.0.1: only a listener on all of them has it.
  const reached = async () => {
    const socket = connect({ host: '127.0.0.2', port: node.addresses.dicom })
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['open']),
      new Promise<string[]>(resolve => socket.once('error', () => resolve(['closed']))),
    ])
    socket.destroy()
    return event
  }
  t.is(await reached(), 'closed')
  await registered(node, null, { tls: 'server' })
  t.is(await reached(), 'closed', 'a peer over TLS opens no door in the clear')
  await network(node.services, { sites: SITES, peers: [peerOf('sud-pacs', 'sud', 'SUDPACS', 4242)] })
  await eventually('it listens everywhere', async () => ((await reached()) === 'open' ? true : undefined))
  await node.services.db.write(tx => node.services.peers.remove(tx, 'sud-pacs', COMMAND))
  await eventually('it is back on loopback', async () => ((await reached()) === 'closed' ? true : undefined))
})
