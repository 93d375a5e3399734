import { rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openAddressGuard } from '../../node/address-guard.js'
import { systemClock } from '../../node/clock.js'
import type { PhantomInstance } from '../../node/dicom/format/phantom.js'
import { defaultLimits, defaultTimers } from '../../node/dicom/network/limits.js'
import { send } from '../../node/peers/calls/send.js'
import type { InstanceResult, InstanceToSend } from '../../node/peers/wire.js'
import { run } from '../support/children.js'
import { openOrthanc, openStorescp, programs } from '../support/pacs.js'
import { found } from '../support/programs.js'
import { makeSlices, writeStudy } from './images.js'
import { loadNow } from './machine.js'
import { type Bench, inFolder, median, rounded, say, secondsOf, type Teardown, table } from './measure.js'
import { applyNetwork, startProgram } from './program.js'

const dd = found('dd')
const AE = 'RELAIS'
const SENDER = 'BENCH'
const SEND_MS = 10 * 60_000
const MEGA = 1_000_000

interface Receiver {
  name: string
  port: number
}

/** What one round measured, instances a second by column. */
type Round = Map<string, number>

/**
 * C-STORE of CT slices into our node, DCMTK's storescp and Orthanc, one after the other in each round: what a busy
 * machine takes from one it takes from all. Then our own sender, whose window is open, into our node.
 */
export const dicom: Bench = async options => {
  const { count, rounds, associations } = options
  await inFolder('dicom', options, async house => {
    const slices = makeSlices()
    const sliceBytes = (slices[0] as PhantomInstance).dataset.length
    say(
      `dicom: ${count} CT slices of ${sliceBytes} bytes a round, ${rounds} rounds, ${associations} association(s) a sender\n`,
    )
    const receivers = await openReceivers(house)
    const ours = receivers[0] as Receiver
    const all: Round[] = []
    for (let number = 1; number <= rounds; number += 1) {
      const round: Round = new Map()
      const folder = join(house.folder, `round-${number}`)
      const { folders } = await writeStudy(slices, join(folder, 'storescu'), { count, parts: associations })
      const own = await writeStudy(slices, join(folder, 'relais'), { count, parts: 1 })
      round.set('disk', count / (await secondsOf(() => fillDisk(house.folder, count, sliceBytes))))
      if (programs.storescu !== undefined)
        for (const receiver of receivers)
          round.set(receiver.name, count / (await secondsOf(() => storescu(receiver, folders))))
      round.set('window', count / (await secondsOf(() => ourSender(ours, own.instances, associations))))
      rmSync(folder, { recursive: true })
      all.push(round)
      say(
        `  round ${number}, load ${loadNow()}: ${[...round].map(([name, rate]) => `${name} ${rounded(rate)}/s`).join(', ')}`,
      )
    }
    say(`\n${report(all, receivers, sliceBytes)}\n`)
  })
}

/** Our node first; the others where they are installed. */
async function openReceivers(house: Teardown): Promise<Receiver[]> {
  const data = join(house.folder, 'node')
  const { dicom: port } = await startProgram(house, data)
  await applyNetwork(house, data, {
    sites: [{ id: 'nord', name: 'Hôpital Nord (fictif)', kind: 'requesting', issuer: 'NORD' }],
    peers: [
      {
        id: 'bench',
        site: 'nord',
        aeTitles: [SENDER],
        host: '127.0.0.1',
        port: 1,
        callUs: AE,
        from: ['127.0.0.1/32'],
        may: ['echo', 'store'],
      },
    ],
  })
  const receivers: Receiver[] = [{ name: 'relais', port }]
  if (programs.storescu === undefined)
    say('storescu (DCMTK) is not installed: only our own sender is measured.')
  else {
    if (programs.storescp === undefined) say('storescp (DCMTK) is not installed: its column is left out.')
    else receivers.push({ name: 'storescp', ...(await openStorescp(house, { aeTitle: AE })) })
    if (programs.orthanc === undefined) say('Orthanc is not installed: its column is left out.')
    else receivers.push({ name: 'Orthanc', ...(await openOrthanc(house, { aeTitle: AE, node: { port } })) })
  }
  return receivers
}

/** One storescu a folder, all at once. Throws unless every instance was taken. */
async function storescu({ name, port }: Receiver, folders: readonly string[]): Promise<void> {
  const senders = folders.map(folder =>
    run(
      programs.storescu ?? '',
      ['-aet', SENDER, '-aec', AE, '127.0.0.1', String(port), '+sd', folder],
      SEND_MS,
    ),
  )
  for (const { code, output } of await Promise.all(senders))
    if (code !== 0) throw new Error(`storescu → ${name} ended with ${code}:\n${output.slice(-2000)}`)
}

async function ourSender(to: Receiver, instances: InstanceToSend[], associations: number): Promise<void> {
  const results: InstanceResult[] = []
  const target = {
    host: '127.0.0.1',
    port: to.port,
    tls: 'none' as const,
    certificates: [],
    callingAETitle: SENDER,
    calledAETitle: AE,
  }
  const answer = await send(
    { method: 'send', target, associations, instances },
    {
      clock: systemClock(),
      timers: defaultTimers,
      maxPduBytes: defaultLimits.maxPduBytes,
      security: { caller: () => undefined },
      guard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true })),
      signal: new AbortController().signal,
      onResults: batch => results.push(...batch),
    },
  )
  const stored = results.filter(({ outcome }) => outcome === 'stored').length
  if (stored !== instances.length)
    throw new Error(`our sender: ${stored} of ${instances.length} stored; ${JSON.stringify(answer)}`)
}

/** What the disk alone does with as many bytes: the same as `dd conv=fdatasync`, one large file, synced once. */
async function fillDisk(folder: string, count: number, bytes: number): Promise<void> {
  const path = join(folder, 'disk')
  if (dd !== undefined) {
    const { code, output } = await run(
      dd,
      ['if=/dev/zero', `of=${path}`, `bs=${bytes}`, `count=${count}`, 'conv=fdatasync'],
      SEND_MS,
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

function report(rounds: readonly Round[], receivers: readonly Receiver[], sliceBytes: number): string {
  const rates = (name: string) => rounds.flatMap(round => round.get(name) ?? [])
  // Ratios are taken inside a round, where the machine was equally busy for both.
  const ratio = (of: string, to: string) =>
    median(rounds.map(round => (round.get(of) ?? Number.NaN) / (round.get(to) ?? Number.NaN)))
  const percent = (of: string) => `${(ratio(of, 'disk') * 100).toFixed(0)} %`
  const line = (label: string, name: string) => {
    const rate = median(rates(name))
    return [label, rounded(rate), rounded((rate * sliceBytes) / MEGA), percent(name)]
  }
  const rows = [['median', 'slices/s', 'MB/s', 'of the disk'], line('dd conv=fdatasync', 'disk')]
  for (const { name } of receivers) if (rates(name).length > 0) rows.push(line(`storescu → ${name}`, name))
  rows.push(line('relais, window 32 → relais', 'window'))
  const ratios = receivers
    .slice(1)
    .filter(({ name }) => rates(name).length > 0)
    .map(({ name }) => `relais / ${name} = ${rounded(ratio('relais', name))}`)
  return [table(rows), ...(ratios.length > 0 ? ['', ratios.join('   ')] : [])].join('\n')
}
