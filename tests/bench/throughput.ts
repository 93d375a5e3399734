import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PhantomInstance } from '../../node/dicom/format/phantom.js'
import { run } from '../support/children.js'
import { programs } from '../support/pacs.js'
import { cpuMsOf, receiverOf } from '../support/process-watch.js'
import { found } from '../support/programs.js'
import { makeSlices, type Study, writeStudy } from './images.js'
import { loadNow } from './machine.js'
import {
  type Bench,
  type Figure,
  inFolder,
  median,
  rounded,
  say,
  secondsOf,
  type Teardown,
  table,
} from './measure.js'
import { openReceivers, ourSender, type Receivers, storescu } from './receivers.js'

const dd = found('dd')
const DISK_MS = 10 * 60_000
const MEGA = 1_000_000
const MANY = 4

/** One way of sending to one receiver; `images` of a round go that way. */
interface Way {
  name: string
  images: number
  send(study: Study): Promise<void>
}

/** What one way did in one round: images a second, and processor milliseconds an image where it is our node. */
interface Run {
  rate: number
  receiverMs: number
  nodeMs: number
}

type Round = Map<string, Run>

/**
 * C-STORE of CT slices into our node, DCMTK's storescp and Orthanc, one after the other in each round: what a busy
 * machine takes from one it takes from all. The disk is measured before and after, with as many bytes.
 */
export const throughput: Bench = options =>
  inFolder('throughput', options, async house => {
    const { count, rounds } = options
    const slices = makeSlices()
    const bytes = (slices[0] as PhantomInstance).dataset.length
    const receivers = await openReceivers(house)
    const ways = waysTo(receivers, count)
    say(`throughput: ${count} CT slices of ${bytes} bytes, ${rounds} rounds\n`)
    await warmUp(house, slices, ways)
    const all: Round[] = []
    for (let number = 1; number <= rounds; number += 1) {
      const round: Round = new Map()
      const before = await secondsOf(() => fillDisk(house.folder, count, bytes))
      for (const way of ways) {
        // Deleted with everything at the end: some file systems pay for each deletion when they next make a file.
        const study = await writeStudy(slices, join(house.folder, `round-${number}`, way.name), way.images)
        round.set(way.name, await measured(receivers.relais.program.pid, way, study))
      }
      const after = await secondsOf(() => fillDisk(house.folder, count, bytes))
      round.set('disk', { rate: (2 * count) / (before + after), receiverMs: Number.NaN, nodeMs: Number.NaN })
      all.push(round)
      say(
        `  round ${number}, load ${loadNow()}: ${[...round].map(([name, { rate }]) => `${name} ${rounded(rate)}/s`).join(', ')}`,
      )
    }
    say(`\n${details(all, ways, bytes)}\n`)
    return figuresOf(all)
  })

function waysTo({ relais, storescp, orthanc }: Receivers, count: number): Way[] {
  // On one association these need 45 ms and more for each, however many there are.
  const fewer = Math.max(1, Math.ceil(count / 5))
  const ways: Way[] = [
    {
      name: 'relais, window 32 → relais',
      images: count,
      send: ({ instances }) => ourSender(relais, instances),
    },
  ]
  if (programs.storescu === undefined) return ways
  for (const [receiver, one] of [
    [relais, count],
    [storescp, fewer],
    [orthanc, fewer],
  ] as const) {
    if (receiver === undefined) continue
    const { name } = receiver
    ways.push({ name: `storescu → ${name}`, images: one, send: ({ files }) => storescu(receiver, [files]) })
    // storescp takes one association after the other.
    if (receiver !== storescp)
      ways.push({
        name: `${MANY} storescu → ${name}`,
        images: count,
        send: ({ files }) => storescu(receiver, shared(files, MANY)),
      })
  }
  return ways
}

function shared(files: readonly string[], parts: number): string[][] {
  return Array.from({ length: parts }, (_, part) => files.filter((_, index) => index % parts === part))
}

/** A receiver runs for months: what a compiler or a cache does for its first images is not what it does. */
async function warmUp(house: Teardown, slices: PhantomInstance[], ways: readonly Way[]): Promise<void> {
  for (const way of ways) {
    const folder = join(house.folder, 'warming', way.name)
    await way.send(await writeStudy(slices, folder, Math.ceil(way.images / 5)))
  }
}

async function measured(node: number, way: Way, study: Study): Promise<Run> {
  const receiver = receiverOf(node)
  const before = { receiver: cpuMsOf(receiver), node: cpuMsOf(node) }
  const seconds = await secondsOf(() => way.send(study))
  const ours = way.name.endsWith('→ relais')
  const used = (after: number, earlier: number) => (ours ? (after - earlier) / way.images : Number.NaN)
  return {
    rate: way.images / seconds,
    receiverMs: used(cpuMsOf(receiver), before.receiver),
    nodeMs: used(cpuMsOf(node), before.node),
  }
}

/** What the disk alone does with as many bytes: the same as `dd conv=fdatasync`, one large file, synced once. */
async function fillDisk(folder: string, count: number, bytes: number): Promise<void> {
  const path = join(folder, 'disk')
  if (dd !== undefined) {
    const { code, output } = await run(
      dd,
      ['if=/dev/zero', `of=${path}`, `bs=${bytes}`, `count=${count}`, 'conv=fdatasync'],
      DISK_MS,
    )
    if (code !== 0) throw new Error(`dd ended with ${code}:\n${output}`)
  } else {
    const file = await open(path, 'w')
    const block = Buffer.alloc(bytes)
    for (let written = 0; written < count; written += 1) await file.write(block)
    await file.datasync()
    await file.close()
  }
  await rm(path)
}

function details(rounds: readonly Round[], ways: readonly Way[], bytes: number): string {
  const line = (name: string, key = name) => {
    const of = (value: (run: Run) => number) => median(rounds.map(round => value(round.get(key) as Run)))
    const rate = of(run => run.rate)
    return [
      name,
      rounded(rate),
      rounded((rate * bytes) / MEGA),
      rounded(of(run => run.receiverMs)),
      rounded(of(run => run.nodeMs)),
    ]
  }
  return table([
    ['median', 'images/s', 'MB/s', 'receiver, CPU ms an image', 'node, CPU ms an image'],
    line('dd conv=fdatasync', 'disk'),
    ...ways.map(({ name }) => line(name)),
  ])
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  // Ratios are taken inside a round, where the machine was equally busy for both.
  const ratio = (of: string, to: string) =>
    median(rounds.map(round => (round.get(of)?.rate ?? Number.NaN) / (round.get(to)?.rate ?? Number.NaN)))
  const figure = (what: string, measured: number, goal: number): Figure => ({
    what,
    measured,
    goal: [goal, 'at least'],
  })
  const one = 'storescu → relais'
  const many = `${MANY} storescu → relais`
  return [
    figure('storescu, one association: relais / Orthanc', ratio(one, 'storescu → Orthanc'), 5),
    figure('storescu, one association: relais / storescp', ratio(one, 'storescu → storescp'), 5),
    figure(`${MANY} storescu at once: relais / Orthanc`, ratio(many, `${MANY} storescu → Orthanc`), 4),
    figure('storescu → relais / dd conv=fdatasync', ratio(one, 'disk'), 0.2),
    figure(`${MANY} storescu → relais / dd conv=fdatasync`, ratio(many, 'disk'), 0.5),
    figure(
      'relais, window 32 → relais / dd conv=fdatasync',
      ratio('relais, window 32 → relais', 'disk'),
      0.7,
    ),
  ]
}
