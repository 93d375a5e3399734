import type { Database } from '../database.js'
import { dimseStatus, StatusFailure } from '../dicom/network/status.js'
import { reasonOf } from '../errors.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import type { Objects } from '../objects/objects.js'
import type { Keys } from '../peers/identifiers.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { Retrieved } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { RetrieveQuery } from '../peers/wire.js'
import { isListed, mayLeave } from '../studies/leaving.js'
import type { StoredInstance, Studies } from '../studies/studies.js'
import { type Level, levelOf } from './answering.js'
import { destinationFor } from './destinations.js'
import { type FoundStudy, findStudies, uidList } from './finding.js'

/** Instances of one C-MOVE or C-GET; whoever wants more asks study by study. */
const INSTANCES_MAX = 100_000

/** The unique key each level must name (PS3.4 C.4.2.2.1). */
const UNIQUE: Record<Level, string> = {
  STUDY: 'StudyInstanceUID',
  SERIES: 'SeriesInstanceUID',
  IMAGE: 'SOPInstanceUID',
}

/**
 * What a peer's C-MOVE or C-GET gives (PS3.4 C.4.2, C.4.3): instances of studies its site owns or is a party to, of
 * which nothing is withheld, to itself or to a destination it may name. Recorded before a byte leaves.
 */
export function openGiving(options: {
  db: Database
  journal: Journal
  log: Log
  peers: Peers
  studies: Studies
  objects: Objects
}): (query: RetrieveQuery) => Promise<Retrieved> {
  const { db, journal, log, peers, studies, objects } = options

  return async query => {
    const caller = peers.get(query.peer)
    const keys = uniqueKeys(query)
    const found: FoundStudy[] = []
    for await (const page of findStudies(db, caller.site, keys)) found.push(...page)
    const destination =
      query.destination === undefined ? undefined : await resolve(query.destination, caller, found)
    const receiver = destination ?? caller
    const given = new Map<string, StoredInstance>()
    const perStudy: { study: FoundStudy; instances: number }[] = []
    for (const study of found) {
      // The same study may be here twice, its own site's first: an instance is given once.
      const fresh = (await chosen(study, keys)).filter(
        instance =>
          mayLeave(instance) &&
          isListed(instance) &&
          (!instance.madeHere || study.site === receiver.site) &&
          !given.has(instance.uid),
      )
      for (const instance of fresh) given.set(instance.uid, instance)
      if (fresh.length > 0) perStudy.push({ study, instances: fresh.length })
    }
    if (given.size > INSTANCES_MAX)
      throw new StatusFailure(
        dimseStatus.unableToCalculate,
        'too-many',
        `more than ${INSTANCES_MAX} instances at once`,
      )
    const { callingAETitle, address } = query
    const origin = { by: 'peer', peer: caller.id, site: caller.site, callingAETitle, address } as const
    const record = (
      type: 'instances-asked' | 'instances-given',
      body: (of: (typeof perStudy)[number]) => object,
    ) =>
      db.write(async tx => {
        for (const each of perStudy)
          await journal.append(
            tx,
            {
              type,
              site: each.study.site,
              ids: { study: each.study.id, peer: receiver.id },
              body: { how: destination === undefined ? 'get' : 'move', ...body(each) },
            },
            origin,
          )
      })
    await record('instances-asked', ({ instances }) => ({ instances }))
    return {
      answer: {
        instances: [...given.values()].map(instance => ({
          index: instance.id,
          path: objects.path({ bucket: instance.bucket, name: instance.object }),
          datasetOffset: instance.datasetOffset,
          datasetBytes: instance.bytes - instance.datasetOffset,
          sopClassUID: instance.sopClassUID,
          sopInstanceUID: instance.uid,
          transferSyntaxUID: instance.transferSyntaxUID,
        })),
        ...(destination === undefined ? {} : { to: addressed(destination, query.destination as string) }),
      },
      done: ({ completed, failed, warning, remaining }) => {
        record('instances-given', () => ({ completed, failed, warning, remaining })).catch(thrown =>
          log.error('giving-not-journaled', { reason: reasonOf(thrown) }, thrown),
        )
      },
    }
  }

  async function resolve(aeTitle: string, caller: Peer, found: readonly FoundStudy[]): Promise<Peer> {
    const involved = await Promise.all(
      found.map(async study => {
        const { site, parties = [] } = await studies.standing(study.id, study.site)
        return new Set([site, ...parties])
      }),
    )
    const isParty = (site: string) => involved.length > 0 && involved.every(sites => sites.has(site))
    const peer = destinationFor(aeTitle, caller, peers.list(), isParty)
    if (peer === undefined)
      throw new StatusFailure(dimseStatus.moveDestinationUnknown, 'missing', 'move destination unknown')
    return peer
  }

  async function chosen(study: FoundStudy, keys: Keys): Promise<StoredInstance[]> {
    const series = uidList(keys['SeriesInstanceUID'] ?? '')
    const images = uidList(keys['SOPInstanceUID'] ?? '')
    return (await studies.instances(study.id)).filter(
      instance => series?.includes(instance.seriesUID) !== false && images?.includes(instance.uid) !== false,
    )
  }
}

/** The unique keys down to the level; a key that is no unique one steers no retrieval. Throws A900. */
function uniqueKeys({ keys, relational }: RetrieveQuery): Keys {
  const level = levelOf(keys, relational)
  const needed = UNIQUE[level]
  if ((keys[needed] ?? '') === '')
    throw new StatusFailure(dimseStatus.datasetDoesNotMatch, 'invalid', `level ${level} needs ${needed}`)
  const depth = Object.keys(UNIQUE).indexOf(level) + 1
  return Object.fromEntries(
    Object.values(UNIQUE)
      .slice(0, depth)
      .map(keyword => [keyword, keys[keyword] ?? '']),
  )
}

/** Called by the very title it was named with: a PACS may answer to several. */
function addressed(peer: Peer, aeTitle: string) {
  return { target: { ...targetOf(peer), calledAETitle: aeTitle }, associations: peer.associations }
}
