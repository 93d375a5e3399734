import { join } from 'node:path'
import { openAddressGuard } from '../../node/address-guard.js'
import { systemClock } from '../../node/clock.js'
import { defaultLimits, defaultTimers } from '../../node/dicom/network/limits.js'
import { send } from '../../node/peers/calls/send.js'
import type { InstanceResult, InstanceToSend } from '../../node/peers/wire.js'
import { run } from '../support/children.js'
import { openOrthanc, openStorescp, programs } from '../support/pacs.js'
import { say, type Teardown } from './measure.js'
import { applyNetwork, type Program, startProgram } from './program.js'

export const AE = 'RELAIS'
export const SENDER = 'BENCH'
/** Nothing that is measured here takes as long on any machine worth measuring on. */
const SEND_MS = 10 * 60_000

export interface Receiver {
  name: string
  port: number
}

export interface Receivers {
  relais: Receiver & { program: Program }
  /** DCMTK's and Orthanc, where they are installed. */
  storescp: Receiver | undefined
  orthanc: Receiver | undefined
}

/** Our node and what it is compared with, all under one AE title, each in its own process. */
export async function openReceivers(house: Teardown): Promise<Receivers> {
  const data = join(house.folder, 'node')
  const program = await startProgram(house, data)
  await applyNetwork(house, data, {
    sites: [NORD],
    peers: [peer('bench', { aeTitles: [SENDER], callUs: AE })],
  })
  if (programs.storescu === undefined)
    say('storescu (DCMTK) is not installed: only our own sender is measured.')
  return {
    relais: { name: 'relais', port: program.dicom, program },
    storescp: await anchor('storescp', programs.storescp, () => openStorescp(house, { aeTitle: AE })),
    orthanc: await anchor('Orthanc', programs.orthanc, () =>
      openOrthanc(house, { aeTitle: AE, node: { port: program.dicom } }),
    ),
  }
}

async function anchor(
  name: string,
  program: string | undefined,
  open: () => Promise<{ port: number }>,
): Promise<Receiver | undefined> {
  if (program !== undefined) return { name, port: (await open()).port }
  say(`${name} is not installed: what is compared with it is left out.`)
  return undefined
}

export const NORD = { id: 'nord', name: 'Hôpital Nord (fictif)', kind: 'requesting', issuer: 'NORD' }

/** A peer on this machine, as the network file has it. */
export function peer(id: string, more: { aeTitles: string[]; callUs: string; [key: string]: unknown }) {
  return {
    id,
    site: 'nord',
    host: '127.0.0.1',
    port: 1,
    from: ['127.0.0.1/32'],
    may: ['echo', 'store'],
    ...more,
  }
}

/** One storescu for each list of files, all at once. Throws unless every instance was taken. */
export async function storescu(
  { name, port }: Receiver,
  lists: readonly (readonly string[])[],
): Promise<void> {
  const senders = lists.map(files =>
    run(programs.storescu ?? '', ['-aet', SENDER, '-aec', AE, '127.0.0.1', String(port), ...files], SEND_MS),
  )
  for (const { code, output } of await Promise.all(senders))
    if (code !== 0) throw new Error(`storescu → ${name} ended with ${code}:\n${output.slice(-2000)}`)
}

/** Our sender in this process, on one association whose window it asks for. Throws unless every instance was taken. */
export async function ourSender({ name, port }: Receiver, instances: InstanceToSend[]): Promise<void> {
  const results: InstanceResult[] = []
  const target = {
    host: '127.0.0.1',
    port,
    tls: 'none' as const,
    certificates: [],
    callingAETitle: SENDER,
    calledAETitle: AE,
  }
  const answer = await send(
    { method: 'send', target, associations: 1, instances },
    {
      clock: systemClock(),
      timers: defaultTimers,
      maxPduBytes: defaultLimits.maxPduBytes,
      security: { caller: () => undefined },
      guard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
      signal: new AbortController().signal,
      onResults: batch => results.push(...batch),
    },
  )
  const stored = results.filter(({ outcome }) => outcome === 'stored').length
  if (stored !== instances.length)
    throw new Error(`our sender → ${name}: ${stored} of ${instances.length}; ${JSON.stringify(answer)}`)
}
