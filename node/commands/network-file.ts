import { parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { Failure, type FieldFault } from '../errors.js'
import { routeInFile, routeOf } from '../exchange/route-input.js'
import { misfitWords } from '../http/misfit-words.js'
import { presetSchema } from '../imports/preset.js'
import { closingFault } from '../offsite/closing.js'
import { peerFaults } from '../peers/rules.js'
import type { Services } from '../program/services.js'
import { siteClosing } from '../program/site-closing.js'
import { contractSchema, groupSchema, runningWith, siteSchema } from '../sites/contract.js'
import { merged, textOf } from '../sites/merging.js'
import type { ContractView } from '../sites/view.js'

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'letters a–z, digits and hyphens, 1 to 64')

/** The network file (contract.md). */
export const networkFile = z.strictObject({
  sites: z.array(siteSchema.extend({ kind: z.enum(['requesting', 'reading']) })).default([]),
  groups: z.array(groupSchema).default([]),
  peers: z
    .array(
      z.strictObject({
        id,
        site: id,
        aeTitles: z.array(z.string()).min(1).max(16),
        host: z.string(),
        port: z.int(),
        callUs: z.string(),
        from: z.array(z.string()).min(1),
        tls: z.enum(['none', 'server', 'mutual']).default('none'),
        certificate: z.string().nullable().default(null),
        nextCertificate: z.string().nullable().optional(),
        may: z.array(z.enum(['echo', 'store', 'find', 'move', 'get', 'commit'])),
        associations: z.int().default(2),
        commitment: z.enum(['relay', 'keeper']).default('relay'),
      }),
    )
    .default([]),
  routes: z.array(routeInFile).default([]),
  presets: z.array(presetSchema).default([]),
  contracts: z.array(contractSchema).default([]),
})

export type NetworkFile = z.output<typeof networkFile>

const MAX_BYTES = 4 * 1024 * 1024

/** Parses a network file; every fault at once, with its path. */
export function readNetwork(text: string): NetworkFile {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new Failure('too-large', 'The network file is larger than 4 MiB.')
  const document = parseDocument(text, { prettyErrors: true })
  if (document.errors.length > 0)
    throw new Failure(
      'invalid',
      'The network file is not YAML.',
      document.errors.map(error => ({
        path: `line ${error.linePos?.[0].line ?? '?'}`,
        message: error.message.split('\n')[0] ?? '',
      })),
    )
  const parsed = networkFile.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  throw new Failure(
    'invalid',
    'The network file does not fit.',
    parsed.error.issues.map(issue => ({
      path: issue.path.join('.') || 'the file',
      message: misfitWords(issue, 'en'),
    })),
  )
}

/** What became of the entries: `kind id` of those that a person changed on screen since, and of those the file replaced. */
export interface AppliedNetwork {
  sites: number
  peers: number
  routes: number
  presets: number
  contracts: number
  groups: number
  kept: string[]
  replaced: string[]
  /** Sites that it closed, each with the PACS and routes that rest by it. */
  closed: { site: string; peers: string[]; routes: string[] }[]
}

/**
 * Makes the network what the file says, all of it or nothing; what it does not name stays, and so does what a person
 * changed on screen since the file last said it, as long as it says the same. `replace`: the file is right.
 */
export async function applyNetwork(
  services: Pick<Services, 'db' | 'clock' | 'sites' | 'offsite' | 'peers' | 'exchange' | 'importing'>,
  given: NetworkFile,
  origin: Parameters<Services['peers']['put']>[2],
  replace = false,
): Promise<AppliedNetwork> {
  const { db, sites, offsite, peers, exchange, importing } = services
  const { file, kept, replaced, settled } = await mergedFile(services, given, replace)
  const faults = faultsIn(file, peers, new Set((await sites.sites()).map(({ id }) => id)))
  if (faults.length > 0) throw new Failure('invalid', 'The network file does not fit.', faults)
  // Sites first: peers belong to them, and routes lead to peers. Each step is its own transaction since the
  // memory of peers that routes are checked against follows the commit; a repetition of the file changes nothing.
  const closed = await db.write(async tx => {
    const closing = await closedBy(services, file)
    const unready = await offsite.contracts.startFaults(tx, file.contracts)
    if (unready.length > 0) throw new Failure('invalid', 'A contract cannot begin like this.', unready)
    await sites.apply(tx, file, origin)
    return closing
  })
  await db.write(async tx => {
    for (const peer of file.peers) await peers.put(tx, peer, origin)
  })
  await db.write(async tx => {
    for (const route of file.routes) await exchange.routes.put(tx, routeOf(route), origin)
  })
  await db.write(async tx => {
    for (const preset of file.presets) await importing.presets.put(tx, preset, origin)
  })
  const stands = await standing(services)
  await db.write(tx =>
    sites.memory.keep(
      tx,
      settled.map(({ kind, id, said }) => ({
        kind,
        id,
        said,
        stood: textOf(found(stands, kind, id) ?? null),
      })),
    ),
  )
  return {
    sites: given.sites.length,
    peers: given.peers.length,
    routes: given.routes.length,
    presets: given.presets.length,
    contracts: given.contracts.length,
    groups: given.groups.length,
    kept,
    replaced,
    closed: closed.map(site => ({ site, ...exchange.closedSites.stops(site) })),
  }
}

/** The sites that the file closes. Throws `invalid` where one is still owed something, as on screen. */
async function closedBy(
  services: Pick<Services, 'db' | 'clock' | 'sites' | 'exchange'>,
  file: NetworkFile,
): Promise<string[]> {
  const { clock, sites } = services
  const open = new Set((await sites.sites()).filter(site => site.closed !== true).map(({ id }) => id))
  const signed = (await sites.contracts()).filter(({ id }) => !file.contracts.some(each => each.id === id))
  const contracts = [...(file.contracts as ContractView[]), ...signed]
  const closed: string[] = []
  const faults: FieldFault[] = []
  for (const [at, { id, closed: closes }] of file.sites.entries()) {
    if (closes !== true || !open.has(id)) continue
    closed.push(id)
    const running = runningWith(id, contracts, clock.isoNow().slice(0, 10)).map(each => each.id)
    const owed = { contracts: running, ...(await siteClosing(services).owed(id)) }
    const message = closingFault(owed, 'en')
    if (message !== undefined) faults.push({ path: `sites.${at}.closed`, message })
  }
  if (faults.length > 0) throw new Failure('invalid', 'A site cannot be closed yet.', faults)
  return closed
}

/** The file with what stands in the place of each entry that a person changed since it last said so. */
async function mergedFile(services: Merging, given: NetworkFile, replace: boolean) {
  const before = await services.sites.memory.entries()
  const stands = await standing(services)
  const [kept, replaced, faults]: [string[], string[], FieldFault[]] = [[], [], []]
  const settled: { kind: keyof NetworkFile; id: string; said: string }[] = []
  const of = <Kind extends keyof NetworkFile>(kind: Kind): NetworkFile[Kind] =>
    given[kind].flatMap((entry, index) => {
      const { id } = entry
      const name = `${kind} ${id}`
      const known = found(stands, kind, id)
      const remembered = before.get(name)
      const outcome = merged({ file: entry, before: remembered, stands: known }, replace)
      if (outcome === 'kept') {
        kept.push(name)
        return known === undefined ? [] : [known]
      }
      if (outcome === 'both')
        faults.push({
          path: `${kind}.${index}`,
          message: `"${id}" was changed on screen and in the file since it was last applied: take over what stands (relais network export), or apply with --replace`,
        })
      if (outcome === 'put' && known !== undefined && remembered?.stood !== textOf(known)) replaced.push(name)
      settled.push({ kind, id, said: textOf(entry) })
      return [entry]
    }) as NetworkFile[Kind]
  const file: NetworkFile = {
    sites: of('sites'),
    groups: of('groups'),
    peers: of('peers'),
    routes: of('routes'),
    presets: of('presets'),
    contracts: of('contracts'),
  }
  if (faults.length > 0) throw new Failure('invalid', 'The network was changed on screen meanwhile.', faults)
  return { file, kept, replaced, settled }
}

const found = (stands: Awaited<ReturnType<typeof standing>>, kind: keyof NetworkFile, id: string) =>
  (stands[kind] as readonly { id: string }[]).find(each => each.id === id)

/** What would stop a later step when an earlier one is done already: all of it, before anything is written. */
function faultsIn(file: NetworkFile, peers: Services['peers'], known: ReadonlySet<string>): FieldFault[] {
  const { allowLoopbackPeers } = peers.snapshot()
  const sites = new Set([...known, ...file.sites.map(({ id }) => id)])
  const named = new Set([...peers.list(), ...file.peers].map(({ id }) => id))
  const may = new Map([...peers.list(), ...file.peers].map(peer => [peer.id, peer.may]))
  const replaced = new Set(file.peers.map(({ id }) => id))
  const beside = [...file.peers, ...peers.list().filter(({ id }) => !replaced.has(id))]
  const ofPeers = file.peers.flatMap((peer, at) => {
    const faults = peerFaults(peer, allowLoopbackPeers, beside)
    if (!sites.has(peer.site)) faults.push({ path: 'site', message: `no site is named "${peer.site}"` })
    const before = peers.find(peer.id)
    if (before !== undefined && before.site !== peer.site)
      faults.push({
        path: 'site',
        message: `it belongs to "${before.site}", and a peer does not change its site`,
      })
    return faults.map(({ path, message }) => ({ path: `peers.${at}.${path}`, message }))
  })
  const ofRoutes = file.routes.flatMap(({ to, when }, at) =>
    [...to, ...(when.peer === undefined ? [] : [when.peer])]
      .filter(id => !named.has(id))
      .map(id => ({ path: `routes.${at}`, message: `no peer is named "${id}"` })),
  )
  const ofPresets = file.presets.flatMap(({ site, to }, at) => [
    ...to
      .filter(id => !named.has(id))
      .map(id => ({ path: `presets.${at}.to`, message: `no peer is named "${id}"` })),
    ...to
      .filter(id => may.get(id)?.includes('store') === false)
      .map(id => ({ path: `presets.${at}.to`, message: `"${id}" may not be sent images` })),
    ...(sites.has(site) ? [] : [{ path: `presets.${at}.site`, message: `no site is named "${site}"` }]),
  ])
  return [...ofPeers, ...ofRoutes, ...ofPresets]
}

type Merging = Pick<Services, 'sites' | 'peers' | 'exchange' | 'importing'>

/** The network as it stands, in the form that can be applied again. */
export async function writeNetwork(services: Merging): Promise<string> {
  return stringify(await standing(services))
}

async function standing({ sites, peers, exchange, importing }: Merging) {
  return {
    sites: (await sites.sites()).filter(site => site.kind !== 'operator'),
    peers: peers.list(),
    routes: exchange.routes.list().map(({ position: _position, ...route }) => route),
    presets: (await importing.presets.list()).map(({ revision: _revision, ...preset }) => preset),
    contracts: await sites.contracts(),
    groups: await sites.groups(),
  }
}
