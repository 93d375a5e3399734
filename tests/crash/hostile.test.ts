import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { stringify } from 'yaml'
import { commandField, encodeCommand } from '../../node/dicom/network/command.js'
import { encodeMessage } from '../../node/dicom/network/fragments.js'
import { type AssociateRequest, encodePdu, pduType } from '../../node/dicom/network/pdu.js'
import { isUID, SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { asking } from '../support/acceptors.js'
import { eventually, serve } from '../support/children.js'
import { peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { type PhantomFile, toStore, writePhantom } from '../support/phantoms.js'
import { usageOf } from '../support/process-watch.js'
import { found } from '../support/programs.js'
import { associateRequest, RawPeer } from '../support/raw-association.js'
import { dice, scaled, seed } from '../support/scale.js'

/** Seen from the network, the program as it runs: what attackers do to it must not reach those who behave. */
const NETWORK = {
  sites: SITES,
  peers: [
    peerOf('nord-pacs', 'nord', 'NORDPACS', 4242),
    // The same machine, but taken over: it is let in, and then does what it likes.
    peerOf('sud-pacs', 'sud', 'SUDPACS', 4243, { from: ['127.0.0.2/32'] }),
  ],
}
/** Beside what is there before: lists that are made once, and garbage not yet collected. */
const GROWTH_MB = 50
const ATTACKER = '127.0.0.2'
const STRANGER = '127.0.0.3'

/** The program as processes of its own: what the attacker costs itself is not counted against it. */
async function open(t: ExecutionContext, more: Readonly<Record<string, string>> = {}) {
  const around = temporary(t)
  const folder = join(around, 'data')
  const file = join(around, 'network.yaml')
  const env = settingsFor(folder, { RELAIS_DICOM_CLOSE_TIMEOUT_MS: '200', ...more })
  writeFileSync(file, stringify(NETWORK))
  const said = await relais(['network', 'apply', file], env)
  t.is(said.code, 0, said.stderr)
  const node = await startProcess(t, env)
  const [receiver] = readFileSync(`/proc/${node.pid}/task/${node.pid}/children`, 'utf8').trim().split(' ')
  return { ...node, folder, around, receiver: Number(receiver), known: new Set(readdirSync(folder)) }
}

type Node = Awaited<ReturnType<typeof open>>

/** A good sender that goes on until told to stop; every image of it must be taken. */
function goodSender(t: ExecutionContext, node: Node, files: readonly PhantomFile[]) {
  const tookMs: number[] = []
  let stopped = false
  const sending = (async () => {
    const association = await asking(node.dicom, { callingAETitle: 'NORDPACS' })
    for (let at = 0; !stopped; at = (at + 1) % files.length) {
      const began = performance.now()
      const outcome = await association.store(toStore(files[at] ?? t.fail()))
      t.like(outcome, { outcome: 'answered', status: 0 })
      tookMs.push(performance.now() - began)
    }
    t.deepEqual(await association.release(), { kind: 'released' })
  })()
  return {
    /** Resolves when so many images were taken. */
    sent: (images: number) =>
      eventually(`${images} images`, () => (tookMs.length >= images ? true : undefined), 60_000),
    /** How long its images took since it was last asked: how many, the median, the worst hundredth. */
    figures: () => {
      const sorted = tookMs.splice(0).sort((a, b) => a - b)
      const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
      return { images: sorted.length, p50: at(0.5), p99: at(0.99) }
    },
    stop: async () => {
      stopped = true
      await sending
    },
  }
}

function dial(port: number, localAddress: string): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => undefined) // being cut off is what attackers are for
  return socket
}

const CT = { id: 3, syntax: TransferSyntax.ExplicitVRLittleEndian }

const attackerAsks = (changes: Partial<AssociateRequest> = {}) =>
  associateRequest({ callingAETitle: 'SUDPACS', ...changes })

function storeMessage(messageId: number, sopInstanceUID: string, dataset: Buffer): Buffer {
  return encodeMessage(
    CT.id,
    16_384,
    encodeCommand({
      CommandField: commandField.storeRequest,
      hasDataSet: true,
      AffectedSOPClassUID: SOPClass.CTImageStorage,
      MessageID: messageId,
      Priority: 0,
      AffectedSOPInstanceUID: sopInstanceUID,
    }),
    dataset,
  )
}

const plain = (contextId: number, field: number, sopClassUID: string, messageId: number) =>
  encodeMessage(
    contextId,
    16_384,
    encodeCommand({
      CommandField: field,
      hasDataSet: false,
      AffectedSOPClassUID: sopClassUID,
      MessageID: messageId,
    }),
  )

/** What was not there when it had started, but for objects of ours: put there by a name from outside. */
function strayFiles(node: Node): string[] {
  return [
    ...readdirSync(node.around).filter(name => name !== 'data' && name !== 'network.yaml'),
    ...readdirSync(node.folder).filter(name => !node.known.has(name) && !/^relais\.sqlite-/.test(name)),
    ...readdirSync(join(node.folder, 'objects'), { recursive: true, withFileTypes: true })
      .filter(
        entry => entry.isFile() && !/^([0-9a-f]{24}\.part|[0-9a-f]{64}[\w-]*|\.swept)$/.test(entry.name),
      )
      .map(entry => entry.name),
  ]
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve))
}

/** Conversations as a sender that behaves has them, broken in every way chance thinks of. */
function mutations(bad: PhantomFile, throwDice: (below: number) => number): () => Buffer {
  const dataset = readFileSync(bad.file).subarray(bad.datasetOffset)
  const recorded = [
    encodePdu(attackerAsks()),
    plain(1, commandField.echoRequest, SOPClass.Verification, 1),
    storeMessage(2, bad.sopInstanceUID, dataset),
    encodePdu({ type: pduType.releaseRequest }),
  ]
  const whole = Buffer.concat(recorded)
  const borders = recorded.map((_, at) => Buffer.concat(recorded.slice(0, at)).length)
  const border = () => borders[throwDice(borders.length)] ?? 0
  const extremes = [0, 1, 2, 5, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]
  const extreme = () => extremes[throwDice(extremes.length)] ?? 0
  const change = (bytes: Buffer): Buffer => {
    switch (throwDice(6)) {
      case 0: // any byte, in the first kilobyte more often
        bytes[throwDice(throwDice(2) === 0 ? Math.min(1000, bytes.length) : bytes.length)] = throwDice(256)
        return bytes
      case 1: // the length of a PDU
        bytes.writeUInt32BE(extreme(), (border() % (bytes.length - 8)) + 2)
        return bytes
      case 2: // any four bytes
        bytes.writeUInt32BE(extreme(), throwDice(bytes.length - 4))
        return bytes
      case 3: // a part again
        return Buffer.concat([bytes, bytes.subarray(throwDice(bytes.length))]).subarray(0, 2 * whole.length)
      case 4: {
        // a part left out
        const at = throwDice(bytes.length - 16)
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + throwDice(15))])
      }
      default: // another order
        return Buffer.concat([whole.subarray(0, borders[1]), bytes.subarray(border())])
    }
  }
  return () => {
    let bytes: Buffer = Buffer.from(whole)
    for (let times = 1 + throwDice(4); times > 0; times -= 1) bytes = change(bytes)
    return throwDice(3) === 0 ? bytes.subarray(0, throwDice(bytes.length)) : bytes
  }
}

/** So many broken conversations, a few at once; `goOn` may end them earlier. */
async function attack(node: Node, next: () => Buffer, count: number, goOn = () => true): Promise<number> {
  let begun = 0
  const attacker = async () => {
    while (begun < count && goOn()) {
      begun += 1
      const socket = dial(node.dicom, begun % 4 === 0 ? STRANGER : ATTACKER)
      socket.resume()
      socket.end(next())
      await closed(socket)
    }
  }
  await Promise.all(Array.from({ length: 6 }, attacker))
  return begun
}

test.serial(
  'mutated conversations: nothing crashes, nothing lands outside the store, memory stays, and a good sender loses no image',
  async t => {
    const count = scaled(1_200, 100_000)
    t.log(`seed ${seed} (RELAIS_TEST_SEED gives it back), ${count} conversations`)
    const node = await open(t, { RELAIS_DICOM_MAX_FAULTS_PER_ADDRESS_PER_MINUTE: '1000000' })
    const { files } = writePhantom(temporary(t), 'good', { images: 8 })
    const [bad] = writePhantom(temporary(t), 'bad', { images: 1 }).files
    const sender = goodSender(t, node, files)
    await sender.sent(30)
    const next = mutations(bad ?? t.fail(), dice(seed))
    // The first ones make the heap as large as this work needs it; what is measured is whether it goes on growing.
    await attack(node, next, count / 3)
    const before = usageOf(node.receiver)
    await attack(node, next, (2 * count) / 3)
    const under = sender.figures()
    await sender.stop()
    const after = usageOf(node.receiver)
    t.log(`receiver: ${Math.round(before.rssMb)} MB before, ${Math.round(after.rssMb)} MB after`)
    t.true(under.images > 0)
    t.true(after.rssMb - before.rssMb < GROWTH_MB, `${after.rssMb - before.rssMb} MB more`)
    t.true(after.descriptors <= before.descriptors + 8, `${after.descriptors} descriptors`)
    t.deepEqual(strayFiles(node), [])
    t.is((await fetch(`${node.http}/healthz`)).status, 200)
    t.is(await node.stop(), 0, 'and it ends in order')
  },
)

test.serial('who keeps breaking the protocol is heard slowly, and a good sender hardly notices', async t => {
  const node = await open(t)
  const { files } = writePhantom(temporary(t), 'good', { images: 8 })
  const [bad] = writePhantom(temporary(t), 'bad', { images: 1 }).files
  const next = mutations(bad ?? t.fail(), dice(seed))
  const sender = goodSender(t, node, files)
  await sender.sent(30)
  const spanMs = scaled(1_500, 20_000)
  const within = (ms: number) => {
    const end = performance.now() + ms
    return () => performance.now() < end
  }
  /** Whether it hardly notices: what it sends alone, beside what it sends while they are at it. */
  const isUndisturbed = async () => {
    sender.figures()
    await pause(spanMs)
    const free = sender.figures()
    // Until both addresses have used up what everybody is forgiven; where they have, each waits and it takes long.
    await attack(node, next, 200, within(10_000))
    sender.figures()
    const heard = await attack(node, next, Number.POSITIVE_INFINITY, within(spanMs))
    const under = sender.figures()
    t.log(
      `good sender: ${JSON.stringify(free)} alone, ${JSON.stringify(under)} beside ${heard} broken conversations`,
    )
    // Unchecked, this many attackers leave it a tenth; what else this machine does is in the other half.
    return under.images > free.images / 4
  }
  // What else the machine does may fall into one half alone; what the attackers do is there each time.
  t.true((await isUndisturbed()) || (await isUndisturbed()) || (await isUndisturbed()))
  await sender.stop()
})

test.serial(
  'hung peers: idle, half-asked and mid-image associations, then a good sender and an echo',
  async t => {
    const node = await open(t)
    const { files } = writePhantom(temporary(t), 'good', { images: 8 })
    const request = encodePdu(attackerAsks())
    const begun = storeMessage(1, '1.2.3.4', Buffer.alloc(40_000)).subarray(0, 9_000)
    const hung = Array.from({ length: scaled(150, 500) }, (_, at) => {
      const socket = dial(node.dicom, at % 2 === 0 ? ATTACKER : STRANGER)
      socket.resume()
      if (at % 5 === 1) socket.write(request.subarray(0, 40))
      if (at % 5 >= 2) socket.write(request)
      if (at % 5 >= 3) setTimeout(() => socket.writable && socket.write(begun), 200)
      return socket
    })
    await pause(500)
    const sender = goodSender(t, node, files)
    await sender.sent(scaled(60, 500))
    const echoes: number[] = []
    for (let times = 0; times < 30; times += 1) {
      const began = performance.now()
      const association = await asking(node.dicom, { callingAETitle: 'NORDPACS' })
      t.like(await association.echo(), { outcome: 'answered', status: 0 })
      await association.release()
      echoes.push(performance.now() - began)
    }
    t.log(`good sender: ${JSON.stringify(sender.figures())}`)
    t.log(`echo with its association: ${Math.round(Math.max(...echoes))} ms at worst of ${echoes.length}`)
    await sender.stop()
    for (const socket of hung) socket.destroy()
  },
)

test.serial('association after association: neither memory nor descriptors drift', async t => {
  const node = await open(t)
  const rounds = scaled(300, 100_000)
  const { files } = writePhantom(temporary(t), 'soak', { images: 4 })
  const once = async (at: number) => {
    const association = await asking(node.dicom, { callingAETitle: 'NORDPACS' })
    t.like(await association.echo(), { outcome: 'answered', status: 0 })
    if (at % 10 === 0)
      t.like(await association.store(toStore(files[at % 4] ?? t.fail())), { outcome: 'answered', status: 0 })
    if (at % 7 === 0) association.abort()
    else t.deepEqual(await association.release(), { kind: 'released' })
  }
  for (let at = 0; at < rounds / 3; at += 1) await once(at)
  const before = usageOf(node.receiver)
  for (let at = 0; at < (2 * rounds) / 3; at += 1) await once(at)
  const after = await eventually('what ended is closed', () => {
    const usage = usageOf(node.receiver)
    return usage.descriptors <= before.descriptors + 2 ? usage : undefined
  })
  t.log(
    `${rounds} associations: ${Math.round(before.rssMb)} MB after a third, ${Math.round(after.rssMb)} MB at the end`,
  )
  t.true(after.rssMb < before.rssMb + GROWTH_MB)
})

test.serial(
  'names from outside never become paths: evil UIDs and AE titles are refused or kept as text',
  async t => {
    const node = await open(t)
    const throwDice = dice(seed)
    t.log(`seed ${seed}`)
    const [image] = writePhantom(temporary(t), 'names', { images: 1 }).files
    const dataset = readFileSync(image?.file ?? '').subarray(image?.datasetOffset)
    const evil = [
      '../../../../tmp/relais-evil',
      '/tmp/relais-evil',
      '..',
      '.',
      '1.2.3/../../x',
      'C:\\relais-evil',
      '1.2.3\0/x',
      'CON',
      '1..2',
      '1.2.',
      '',
      '1'.repeat(65),
      '1.2.3;rm',
      "1.2.3'--",
      '%2e%2e%2f',
      '\u202e1.2.3',
    ]
    const letters = [...'0123456789./\\%:;~ \0\'"$`|&<>é']
    const name = () =>
      throwDice(2) === 0
        ? (evil[throwDice(evil.length)] ?? '')
        : Array.from({ length: throwDice(70) }, () => letters[throwDice(letters.length)]).join('')
    const uidPlace = dataset.indexOf(image?.sopInstanceUID ?? '')
    t.true(uidPlace > 0)
    const statuses = new Map<number, number>()
    let said = 0
    while (said < scaled(200, 2_000)) {
      const peer = new RawPeer(dial(node.dicom, '127.0.0.1'))
      peer.say(associateRequest({ callingAETitle: 'NORDPACS' }))
      await peer.hears(pduType.associateAccept)
      for (let message = 1; message <= 20 && !peer.closed; message += 1) {
        said += 1
        const uid = name()
        // In the command alone, or in the data set too, over the bytes of the right one.
        const changed = Buffer.from(dataset)
        if (throwDice(2) === 0)
          changed.write(
            uid.padEnd(image?.sopInstanceUID.length ?? 0, '\0'),
            uidPlace,
            image?.sopInstanceUID.length ?? 0,
            'latin1',
          )
        peer.say(storeMessage(message, uid, changed))
        const status = await eventually<number>('an answer, or the end', () =>
          peer.closed ? -1 : peer.messages.shift()?.command.Status,
        )
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        // By chance one of them may be a UID like any other, padded perhaps (PS3.5 6.2).
        if (!isUID(uid.replace(/[\0 ]+$/, ''))) t.not(status, 0, JSON.stringify(uid))
      }
      peer.socket.destroy()
    }
    t.log(
      `${said} names: ${[...statuses].map(([status, times]) => `${times} × ${status.toString(16)}`).join(', ')}`,
    )
    for (let times = 0; times < 60; times += 1) {
      const socket = dial(node.dicom, '127.0.0.1')
      const request = encodePdu(associateRequest())
      request.write(name().slice(0, 16).padEnd(16), times % 2 === 0 ? 10 : 26, 16, 'latin1')
      socket.resume()
      socket.end(request)
      await closed(socket)
    }
    t.deepEqual(strayFiles(node), [])
    t.false(existsSync('/tmp/relais-evil'))
  },
)

const strace = found('strace')
const withStrace = strace ? test.serial : test.skip

withStrace(
  'a sync that fails is an A700, of that image and of no other: nothing is promised over it',
  async t => {
    const node = await open(t)
    const { files } = writePhantom(temporary(t), 'eio', { images: 12 })
    const association = await asking(node.dicom, { callingAETitle: 'NORDPACS' })
    const send = async (at: number) => {
      const outcome = await association.store(toStore(files[at] ?? t.fail()))
      return outcome.outcome === 'answered' ? outcome.status : outcome
    }
    t.is(await send(0), 0)
    for (const [call, first] of [
      ['fdatasync', 1],
      ['fsync', 5],
    ] as const) {
      const tracer = serve(strace ?? '', [
        '-f',
        '-p',
        String(node.receiver),
        '-e',
        `inject=${call}:error=EIO`,
        '-e',
        `trace=${call}`,
      ])
      await eventually('it is attached', () => (/attached/.test(tracer.output()) ? true : undefined))
      for (let at = first; at < first + 4; at += 1) t.is(await send(at), 0xa700, `${call}, image ${at}`)
      await tracer.stop()
      await eventually('it goes on by itself', async () => ((await send(first)) === 0 ? true : undefined))
    }
    t.deepEqual(strayFiles(node), [])
    t.deepEqual(
      readdirSync(join(node.folder, 'objects'), { recursive: true }).filter(name =>
        String(name).endsWith('.part'),
      ),
      [],
      'what was refused left nothing',
    )
    await association.release()
    t.is(await node.stop(), 0)
  },
)
