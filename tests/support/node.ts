import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Clock } from '../../node/clock.js'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import { loadConfig } from '../../node/config.js'
import type { StoredFact } from '../../node/journal/facts.js'
import { silentLog } from '../../node/log.js'
import { type RunningNode, startNode } from '../../node/main.js'
import type { Services } from '../../node/program/services.js'
import { eventually } from './children.js'
import { digestOf, inOrder } from './phantoms.js'

const COMMAND = { by: 'command', user: 'test' } as const

/** A folder that goes with its test. */
export function temporary(t: Pick<ExecutionContext, 'teardown'>, name = 'relais-test-'): string {
  const folder = mkdtempSync(join(tmpdir(), name))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What every node under test is told: any port, loopback peers, nothing of this machine. */
export function settingsFor(folder: string, more: Readonly<Record<string, string>> = {}) {
  return {
    RELAIS_DATA_DIR: folder,
    RELAIS_HTTP_PORT: '0',
    RELAIS_DICOM_PORT: '0',
    RELAIS_DICOM_TLS_PORT: '0',
    RELAIS_DICOM_CERTS_DIR: join(folder, 'certs'),
    RELAIS_ALLOW_LOOPBACK_PEERS: 'true',
    RELAIS_STORAGE_FREE_MB_MIN: '1',
    RELAIS_MAIL_CAPTURED: 'true',
    ...more,
  }
}

export const SITES = [
  { id: 'nord', name: 'Hôpital Nord (fictif)', kind: 'requesting', issuer: 'NORD' },
  { id: 'sud', name: 'Hôpital Sud (fictif)', kind: 'requesting', issuer: 'SUD' },
  { id: 'lecture', name: 'Groupe de lecture (fictif)', kind: 'reading' },
] as const

export const CONTRACTS = ['nord', 'sud'].map(requesting => ({
  id: `${requesting}-lecture`,
  requesting,
  reading: 'lecture',
  modalities: ['CT', 'MR', 'DX'],
  kinds: ['reading', 'opinion'],
  urgencies: ['emergency', 'urgent', 'routine'],
}))

/** A peer on this machine, as the network file has it. */
export function peerOf(id: string, site: string, aeTitle: string, port: number, more: object = {}) {
  return {
    id,
    site,
    aeTitles: [aeTitle],
    host: '127.0.0.1',
    port,
    callUs: 'RELAIS',
    from: ['127.0.0.1/32'],
    may: ['echo', 'store', 'find'],
    associations: 1,
    ...more,
  }
}

/** Makes the network what it says, by the same door as `relais network apply`. */
export function network(services: Services, file: object) {
  return applyNetwork(services, networkFile.parse(file), COMMAND)
}

/** What comes when its hour does, whoever did what. */
const BY_ITSELF = /^(downtime-papers|clock|channel|objects-verified|escalation-stopped)/

export interface TestNode {
  services: Services
  addresses: RunningNode['addresses']
  calls: RunningNode['calls']
  folder: string
  facts(type: string): Promise<StoredFact[]>
  /**
   * What somebody did since that entry, a line each. What the node does by itself is left out: the papers for a breakdown
   * are made within its first minute, that its clock was set is told when it is.
   */
  doneSince(head: number): Promise<string[]>
  /** The stored files of a study: SHA-256 of the data set on disk, by SOP Instance UID. */
  digests(uid: string, site?: string): Promise<Map<string, string>>
  /** Waits until all arrivals of the study are settled and it holds so many instances. */
  received(uid: string, instances: number, site?: string): Promise<void>
  /** Waits until the transfer of the study to the peer stands there. */
  transferred(uid: string, peer: string, state: string, timeoutMs?: number): Promise<Transfer>
  transfer(uid: string, peer: string): Promise<Transfer | undefined>
  close(): Promise<void>
}

export type Transfer = Awaited<ReturnType<Services['exchange']['transfers']['list']>>[number]

/** The real program in this process, with its receiver in another; closed when the test ends. */
export async function openNode(
  t: Pick<ExecutionContext, 'teardown'>,
  options: {
    env?: Readonly<Record<string, string>>
    folder?: string
    network?: object
    clock?: Clock
  } = {},
): Promise<TestNode> {
  const folder = options.folder ?? temporary(t)
  const node = await startNode({
    config: loadConfig({ env: settingsFor(folder, options.env) }),
    log: silentLog,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  })
  let open = true
  const close = async () => {
    if (open) await node.close()
    open = false
  }
  t.teardown(close)
  const { services } = node
  await network(services, options.network ?? { sites: SITES, contracts: CONTRACTS })

  const study = async (uid: string, site?: string) =>
    (await services.studies.byUid(uid)).find(each => site === undefined || each.site === site)
  const transfer: TestNode['transfer'] = async (uid, peer) => {
    const found = await Promise.all(
      (await services.studies.byUid(uid)).map(({ id }) =>
        services.exchange.transfers.list({ study: id, peer, limit: 10 }),
      ),
    )
    return found.flat()[0]
  }

  return {
    services,
    addresses: node.addresses,
    calls: node.calls,
    folder,
    facts: type => services.journal.read({ types: [type], limit: 1000 }),
    doneSince: async head =>
      (await services.journal.read({ after: head, limit: 1000 }))
        .filter(({ type, origin }) => origin?.by !== 'system' || !BY_ITSELF.test(type))
        .map(({ seq, type, origin, body }) => `${seq} ${type} ${JSON.stringify({ origin, body })}`),
    digests: async (uid, site) => {
      const digests = new Map<string, string>()
      for (const image of await services.studies.instances((await study(uid, site))?.id ?? '')) {
        const file = readFileSync(services.objects.path({ bucket: image.bucket, name: image.object }))
        digests.set(image.uid, digestOf(file.subarray(image.datasetOffset)))
      }
      return inOrder(digests)
    },
    received: async (uid, instances, site) => {
      await eventually(
        `${instances} instances of ${uid}`,
        async () => {
          const found = await study(uid, site)
          return found?.arriving === 0 && found.instances === instances ? true : undefined
        },
        30_000,
      )
    },
    transfer,
    transferred: (uid, peer, state, timeoutMs = 45_000) =>
      eventually(
        `the transfer of ${uid} to ${peer} is ${state}`,
        async () => {
          const found = await transfer(uid, peer)
          return found?.state === state ? found : undefined
        },
        timeoutMs,
      ),
    close,
  }
}
