import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { eventually, serve } from '../support/children.js'
import { peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { acknowledged, programs, storescu } from '../support/pacs.js'
import { writePhantom } from '../support/phantoms.js'
import { receiverOf, usageOf } from '../support/process-watch.js'
import { found } from '../support/programs.js'
import { scaled } from '../support/scale.js'
import { LARGEST_PIXELS_BYTES, storeVastImage } from '../support/vast-image.js'

const SENDERS = ['NORDPACS', 'SUDPACS', 'ESTPACS', 'OUESTPACS']
/** Images of one sender alone; each of four at once then sends as many. */
const IMAGES = scaled(6, 200)
/** What the receiver may ever hold of images, however large they are and however many come. */
const RECEIVER_MB_MAX = 200
const MB = 1_000_000

const strace = found('strace')
const withStrace = strace && programs.storescu ? test.serial : test.skip

async function open(t: ExecutionContext) {
  const folder = temporary(t)
  const env = settingsFor(join(folder, 'data'))
  const file = join(folder, 'network.json')
  const peers = SENDERS.map((title, at) => peerOf(title.toLowerCase(), 'nord', title, 4242 + at))
  writeFileSync(file, JSON.stringify({ sites: SITES, peers }))
  const said = await relais(['network', 'apply', file], env)
  t.is(said.code, 0, said.stderr)
  const node = await startProcess(t, env)
  return { ...node, folder, receiver: receiverOf(node.pid) }
}

/** One system call that succeeded: lines of the trace where it was entered and left. */
interface Call {
  name: string
  /** The file or socket of its first argument. */
  on: string
  text: string
  entered: number
  left: number
}

/** Calls in the order they were left. A call that another thread interrupts in the trace stands there in two parts. */
function callsOf(trace: string): Call[] {
  const calls: Call[] = []
  const open = new Map<string, { text: string; entered: number }>()
  for (const [at, line] of trace.split('\n').entries()) {
    const [, thread = '', said = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(said)?.[1]
    if (begun !== undefined) {
      open.set(thread, { text: begun, entered: at })
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(said)?.[1]
    const before = open.get(thread)
    const text = resumed === undefined ? said : `${before?.text ?? ''}${resumed}`
    open.delete(thread)
    const [, name, on = ''] = /^(\w+)\((?:\d+<(.*?[^-])>|(?="))/.exec(text) ?? []
    if (name === undefined || !/ = \d+$/.test(text)) continue
    calls.push({ name, on, text, entered: resumed === undefined ? at : (before?.entered ?? at), left: at })
  }
  return calls
}

/**
 * Where in the trace each object had become durable with its row, in the promised order; throws where one has not. The
 * node renames other files as well, of its downtime papers for one, which promise nobody anything.
 */
function durableAt(calls: readonly Call[]): number[] {
  const firstAfter = (line: number, what: string, is: (call: Call) => boolean): Call => {
    const found = calls.find(call => call.entered > line && is(call))
    if (found === undefined) throw new Error(`no ${what} after line ${line + 1} of the trace`)
    return found
  }
  const isSync = ({ name }: Call) => name === 'fsync' || name === 'fdatasync'
  return calls
    .filter(({ name, text }) => name === 'rename' && text.includes('/objects/'))
    .map(rename => {
      const [, part = '', folder = ''] = /^rename\("(.*)", "(.*)\/[^/]+"\)/.exec(rename.text) ?? []
      const ofPart = calls.filter(({ on }) => on === part)
      const written = ofPart.filter(({ name }) => name === 'writev' || name === 'write')
      const synced = ofPart.find(isSync)
      if (written.length === 0 || synced === undefined) throw new Error(`${part}: not written and synced`)
      if (written.some(({ left }) => left > synced.entered))
        throw new Error(`${part}: written after its sync`)
      if (synced.left > rename.entered) throw new Error(`${part}: named before its sync had ended`)
      const named = firstAfter(rename.left, `sync of ${folder}`, call => isSync(call) && call.on === folder)
      const isLog = ({ on }: Call) => on.endsWith('relais.sqlite-wal')
      const row = firstAfter(named.left, 'row', call => call.name === 'pwrite64' && isLog(call))
      return firstAfter(row.left, 'commit', call => isSync(call) && isLog(call)).left
    })
    .sort((a, b) => a - b)
}

withStrace(
  'every Success follows its image in this order: bytes, their sync, the name, the sync of the folder, the row, its sync',
  async t => {
    const node = await open(t)
    const traceFile = join(node.folder, 'trace')
    const tracer = serve(strace ?? '', [
      ...['-f', '-yy', '-s', '8', '-o', traceFile],
      ...['-e', 'trace=write,writev,pwrite64,fsync,fdatasync,rename'],
      ...['-p', String(node.receiver), '-p', String(node.pid)],
    ])
    await eventually('both are traced', () =>
      [node.receiver, node.pid].every(pid => tracer.output().includes(`Process ${pid} attached`))
        ? true
        : undefined,
    )
    const send = async (title: string, name: string) => {
      const { files } = writePhantom(node.folder, `${title}-${name}`, { images: IMAGES })
      const sent = await storescu(node.dicom, title, files)
      t.is(acknowledged(sent, files).length, IMAGES, sent.output)
    }
    await send('NORDPACS', 'alone')
    await Promise.all(SENDERS.map(title => send(title, 'together')))
    await tracer.stop()

    const calls = callsOf(readFileSync(traceFile, 'utf8'))
    // An answer is a P-DATA-TF PDU (PS3.8 9.3.5), type 04, to whoever sent.
    const answers = calls.filter(
      ({ name, on, text }) => name === 'write' && on.startsWith('TCP:') && text.includes('"\\4\\0'),
    )
    const durable = durableAt(calls)
    t.is(answers.length, (1 + SENDERS.length) * IMAGES)
    t.is(durable.length, answers.length)
    // The n-th answer is given only when n images are safe; where one sends alone, that is the very image.
    t.deepEqual(
      answers.filter(({ entered }, at) => (durable[at] ?? Number.NaN) < entered).length,
      answers.length,
    )
    t.is(await node.stop(), 0)
  },
)

test.serial(
  'whatever the size of images and however many come at once, the receiver stays small',
  async t => {
    const node = await open(t)
    const [first = ''] = SENDERS
    const idle = usageOf(node.receiver).peakMb
    await storeVastImage(node.dicom, first, scaled(160 * MB, LARGEST_PIXELS_BYTES))
    const alone = usageOf(node.receiver).peakMb
    await Promise.all(
      Array.from({ length: scaled(12, 32) }, (_, at) =>
        storeVastImage(node.dicom, SENDERS[at % SENDERS.length] ?? first, scaled(16 * MB, 500 * MB)),
      ),
    )
    const { peakMb } = usageOf(node.receiver)
    t.log(
      `receiver: ${Math.round(idle)} MB idle, ${Math.round(alone)} with one, ${Math.round(peakMb)} with many`,
    )
    t.true(peakMb < RECEIVER_MB_MAX, `${peakMb} MB`)
    t.is(await node.stop(), 0)
  },
)
