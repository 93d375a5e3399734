import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import type { Objects } from '../objects/objects.js'
import type { ObjectTables } from '../objects/schema.js'
import type { Comparer } from './comparer.js'
import type { Comparison } from './comparing-process.js'
import { reweigh } from './leaving.js'
import { manifestDigest } from './receive.js'
import { type Difference, type Summary, sameCorrection, summaryOf, type Verdict, verdictOf } from './rules.js'
import type { StudyTables } from './schema.js'

export interface Comparisons {
  /** Something waits: looks at once. */
  wake(): void
  /** Compares what a crash left waiting, then whatever comes. */
  start(): void
  /** Resolves when nothing waits. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Pairs of one transaction, and how long the first of them may wait for its word. */
const BATCH_MAX = 64
const BATCH_MS = 400
/** Pause after the disk failed. */
const AGAIN_MS = 1000
/** Facts and rows name so many differences; the detail has all of them. */
const TOLD_MAX = 20

type Pending = Awaited<ReturnType<typeof pendingPairs>>[number]

interface Compared {
  pair: Pending
  verdict: Verdict
  differences: Difference[]
  comparison: Comparison | undefined
}

/**
 * Compares what came under a known SOP Instance UID with what was there. The rows that wait are the queue: nothing is
 * forgotten over a crash. Ingest never waits for it.
 */
export function openComparisons(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  objects: Objects
  comparer: Comparer
  onTrouble(reason: string, thrown?: unknown): void
}): Comparisons {
  const { db, clock, ids, journal, objects, comparer, onTrouble } = options
  const stopping = new AbortController()
  let started = false
  let running: Promise<void> | undefined
  let again = false

  const wake = () => {
    if (!started || stopping.signal.aborted) return
    again = true
    running ??= run().finally(() => {
      running = undefined
    })
  }

  async function run(): Promise<void> {
    while (again && !stopping.signal.aborted) {
      again = false
      try {
        while (!stopping.signal.aborted && (await round()));
      } catch (thrown) {
        onTrouble(reasonOf(thrown), thrown)
        again = true
        await pause(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined) // the program stops
      }
    }
  }

  /** False when nothing waits. */
  async function round(): Promise<boolean> {
    const pairs = await pendingPairs(db, BATCH_MAX)
    const compared: Compared[] = []
    const began = clock.monotonic()
    for (const pair of pairs) {
      compared.push(await judged(pair))
      if (stopping.signal.aborted) return false
      if (clock.monotonic() - began > BATCH_MS) break
    }
    if (compared.length === 0) return false
    await db.write(tx => conclude(tx, compared))
    return true
  }

  async function judged(pair: Pending): Promise<Compared> {
    const answer = await comparer.compare(
      {
        file: objects.path({ bucket: pair.keptBucket, name: pair.kept }),
        datasetOffset: pair.keptOffset,
        transferSyntaxUID: pair.keptSyntax ?? '',
      },
      {
        file: objects.path({ bucket: pair.besideBucket, name: pair.beside }),
        datasetOffset: pair.besideOffset,
        transferSyntaxUID: pair.besideSyntax ?? '',
      },
    )
    if ('comparison' in answer) {
      const { differences, pixels } = answer.comparison
      return { pair, verdict: verdictOf(differences, pixels), differences, comparison: answer.comparison }
    }
    // What cannot be compared is never called the same: a person looks at it.
    onTrouble(`a pair was not compared: ${answer.failed}`)
    return { pair, verdict: 'pixels', differences: [], comparison: undefined }
  }

  async function conclude(tx: Tx, all: readonly Compared[]): Promise<void> {
    const sql = tx.sql<StudyTables>()
    const still: Compared[] = []
    for (const each of all) {
      // A decision may have come in between: what was compared must be what is there now.
      const row = await sql
        .selectFrom('instance_variants')
        .innerJoin('instances', 'instances.id', 'instance_variants.instance')
        .select('instances.object')
        .where('instance_variants.id', '=', each.pair.variant)
        .where('instance_variants.state', '=', 'pending')
        .executeTakeFirst()
      if (row?.object !== each.pair.kept) continue
      still.push(each)
      await sql
        .updateTable('instance_variants')
        .set({
          state: each.verdict === 'alternative' ? 'alternative' : 'conflict',
          differences: JSON.stringify(each.differences),
          pixels: each.comparison?.pixels ?? null,
          attributes: each.comparison === undefined ? null : JSON.stringify(each.comparison.attributes),
        })
        .where('id', '=', each.pair.variant)
        .execute()
    }
    for (const group of grouped(still, ({ pair, verdict }) => `${pair.arrival} ${verdict}`)) {
      const [{ pair, verdict }] = group as [Compared]
      if (verdict === 'alternative')
        await journal.append(
          tx,
          {
            type: 'study-compared',
            site: pair.site,
            ids: { study: pair.study, arrival: pair.arrival },
            body: { source: pair.source, alternatives: group.length },
          },
          SYSTEM,
        )
      else for (const members of apart(group)) await ask(tx, verdict, members)
    }
    await reweigh(tx, [...new Set(still.map(({ pair }) => pair.instance))])
  }

  /** Adds newcomers to the question that is open about them, or opens one. */
  async function ask(tx: Tx, kind: 'correction' | 'pixels', members: readonly Compared[]): Promise<void> {
    const sql = tx.sql<StudyTables>()
    const [{ pair }] = members as [Compared]
    const id =
      (await openQuestion(tx, kind, members)) ??
      (await (async () => {
        const conflict = ids.next('cfl')
        await sql
          .insertInto('conflicts')
          .values({
            id: conflict,
            study: pair.study,
            site: pair.site,
            source: pair.source,
            arrival: pair.arrival,
            kind,
            state: 'open',
            differences: JSON.stringify({ common: [], varying: [] } satisfies Summary),
            instances: 0,
            opened_at: clock.now(),
            decided_at: null,
            decided_by: null,
            reason: null,
          })
          .execute()
        return conflict
      })())
    for (const member of members)
      await sql
        .updateTable('instance_variants')
        .set({ conflict: id })
        .where('id', '=', member.pair.variant)
        .execute()
    const { common, varying } = await recount(tx, id)
    await journal.append(
      tx,
      {
        type: 'instance-conflict',
        site: pair.site,
        ids: { study: pair.study, arrival: pair.arrival, conflict: id },
        body: {
          kind,
          source: pair.source,
          instances: members.length,
          SOPInstanceUID: pair.uid,
          kept: pair.kept,
          beside: pair.beside,
          differences: common.slice(0, TOLD_MAX).map(difference => ({ ...difference })),
          varying: varying.slice(0, TOLD_MAX).map(({ attribute }) => attribute),
          digest: manifestDigest(
            members
              .map(each => ({ uid: each.pair.uid, object: each.pair.beside }))
              .sort((a, b) => (a.uid < b.uid ? -1 : 1)),
          ),
        },
      },
      SYSTEM,
    )
  }

  return {
    wake,
    start: () => {
      started = true
      wake()
    },
    settled: async () => {
      while (running !== undefined) await running
    },
    close: async () => {
      stopping.abort()
      comparer.close()
      await running
    },
  }
}

const SYSTEM = { by: 'system', part: 'comparison' } as const

/** The open question the members belong to: that of their arrival, or the same correction in an earlier one. */
async function openQuestion(
  tx: Tx,
  kind: 'correction' | 'pixels',
  members: readonly Compared[],
): Promise<string | undefined> {
  const sql = tx.sql<StudyTables>()
  const [{ pair }] = members as [Compared]
  const summary = summaryOf(members.map(({ differences }) => differences))
  const open = await sql
    .selectFrom('conflicts')
    .select(['id', 'arrival', 'differences'])
    .where('study', '=', pair.study)
    .where('state', '=', 'open')
    .where('source', '=', pair.source)
    .where('kind', '=', kind)
    .orderBy('opened_at')
    .execute()
  for (const conflict of open) {
    const belongs =
      conflict.arrival === pair.arrival ||
      (kind === 'correction' && sameCorrection(JSON.parse(conflict.differences) as Summary, summary))
    if (!belongs) continue
    const taken = await sql
      .selectFrom('instance_variants')
      .select('instance')
      .where('conflict', '=', conflict.id)
      .where(
        'instance',
        'in',
        members.map(member => member.pair.instance),
      )
      .limit(1)
      .executeTakeFirst()
    // One newcomer for one master: a second one under the same UID is another question.
    if (taken === undefined) return conflict.id
  }
  return undefined
}

/** Brings the question in step with its members; one without any is dissolved. */
export async function recount(tx: Tx, conflict: string): Promise<Summary> {
  const sql = tx.sql<StudyTables>()
  const rows = await sql
    .selectFrom('instance_variants')
    .select('differences')
    .where('conflict', '=', conflict)
    .where('state', '=', 'conflict')
    .execute()
  const summary = summaryOf(rows.map(row => JSON.parse(row.differences ?? '[]') as Difference[]))
  await sql
    .updateTable('conflicts')
    .set({
      differences: JSON.stringify(summary),
      instances: rows.length,
      ...(rows.length === 0 ? { state: 'dissolved' as const } : {}),
    })
    .where('id', '=', conflict)
    .execute()
  return summary
}

function pendingPairs(db: Database, limit: number) {
  return db
    .sql<StudyTables & ObjectTables>()
    .selectFrom('instance_variants')
    .innerJoin('instances', 'instances.id', 'instance_variants.instance')
    .innerJoin('objects as kept', 'kept.name', 'instances.object')
    .innerJoin('objects as beside', 'beside.name', 'instance_variants.object')
    .innerJoin('arrivals', 'arrivals.id', 'instance_variants.arrival')
    .innerJoin('studies', 'studies.id', 'instances.study')
    .select([
      'instance_variants.id as variant',
      'instances.id as instance',
      'instances.uid',
      'instances.study',
      'studies.site',
      'arrivals.id as arrival',
      'arrivals.source',
      'kept.name as kept',
      'kept.bucket as keptBucket',
      'kept.dataset_offset as keptOffset',
      'kept.transfer_syntax as keptSyntax',
      'beside.name as beside',
      'beside.bucket as besideBucket',
      'beside.dataset_offset as besideOffset',
      'beside.transfer_syntax as besideSyntax',
    ])
    .where('instance_variants.state', '=', 'pending')
    .orderBy('instance_variants.id')
    .limit(limit)
    .execute()
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()]
}

/** Several newcomers under one UID in the same batch are several questions. */
function apart(group: readonly Compared[]): Compared[][] {
  const sets: Compared[][] = []
  for (const each of group) {
    const free = sets.find(set => set.every(other => other.pair.instance !== each.pair.instance))
    if (free === undefined) sets.push([each])
    else free.push(each)
  }
  return sets
}
