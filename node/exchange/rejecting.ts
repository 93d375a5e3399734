import { type Clock, dicomDateTime } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { readHeader } from '../dicom/format/header.js'
import {
  type RejectedReference,
  type RejectionCode,
  rejectionNote,
  rejectionNoteIn,
} from '../dicom/format/rejection-note.js'
import { Failure, fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Objects } from '../objects/objects.js'
import type { Handler } from '../outbox/job.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import { placeOf, receiveMade } from '../studies/made-here.js'
import type { Receive } from '../studies/receive.js'
import { openRejections, type Rejection, type Rejections } from '../studies/rejections.js'
import type { StudyTables } from '../studies/schema.js'
import type { Studies } from '../studies/studies.js'
import type { ExchangeTables } from './schema.js'
import type { SiteNames } from './study-routes.js'
import { recount } from './transfer-instances.js'
import type { Transfers } from './transfers.js'

/** Source of a rejection that a person here made. */
export const HERE = 'here'
const PART: Origin = { by: 'system', part: 'exchange' }

export const causeOfRejection = (id: string) => `rejection:${id}`

/** Something stored that may be a rejection note, and who brought it. */
export interface StoredNote {
  place: { bucket: string; name: string; datasetOffset: number; transferSyntaxUID: string }
  site: string
  source: string
  StudyInstanceUID: string
  SeriesInstanceUID: string
  SOPInstanceUID: string
}

/** Image rejection (IHE RAD IOCM): notes understood, withdrawn everywhere here, made here, and told to every holder. */
export interface Rejecting {
  rejections: Rejections
  /** A Key Object Selection was stored: where it is a rejection note, what it names is withdrawn before the sender hears of it. */
  noted(note: StoredNote, origin: Origin): Promise<void>
  /** An instance came again. */
  cameAgain(
    again: { site: string; StudyInstanceUID: string; SOPInstanceUID: string },
    origin: Origin,
  ): Promise<void>
  /** Withdraws instances by a person's decision, and owes the note to every holder. Gives the rejection's id. */
  reject(chosen: Chosen, origin: Origin): Promise<string>
  /** The same within the transaction of what it is a part of. */
  rejectIn(tx: Tx, chosen: Chosen, origin: Origin): Promise<string>
  /** Where the note of a rejection stands at each holder, and what is left for a person. */
  holders(id: string): Promise<HolderOfRejected[]>
  /** A person has withdrawn the images at a holder that does not take the note. */
  done(id: string, peer: string, byName: string, origin: Origin): Promise<void>
  /** The same within the transaction of what it is a part of; false where nothing was left to do. */
  doneIn(tx: Tx, id: string, peer: string, byName: string, origin: Origin): Promise<boolean>
  handler: Handler
  follower: Follower
}

/** What a person withdraws, and why. */
export interface Chosen {
  study: { id: string; site: string }
  references: readonly RejectedReference[]
  code: RejectionCode
  text: string
  byName: string
}

export interface HolderOfRejected {
  peer: string
  state: ExchangeTables['transfers']['state']
  task?: ExchangeTables['rejection_tasks']
}

export function openRejecting(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  objects: Objects
  peers: Peers
  studies: Studies
  receive: Receive
  transfers: Transfers
  sites: SiteNames
}): Rejecting {
  const { db, clock, ids, journal, outbox, objects, peers, studies, receive, transfers, sites } = options
  const rejections = openRejections({ db, clock, ids, journal })

  /** In the transaction that withdraws: transfers owe less, and the note is owed to who holds what it names. */
  const spread = async (tx: Tx, rejection: string, instances: readonly number[]) => {
    await weighTransfers(tx, instances)
    await outbox.add(tx, {
      lane: 'rejections',
      kind: 'spread-rejection',
      key: `spread-rejection:${rejection}`,
      body: { rejection },
      priority: priorities.urgent,
    })
  }

  const weighTransfers = async (tx: Tx, instances: readonly number[]) => {
    const sql = tx.sql<ExchangeTables>()
    const touched = new Set<string>()
    for (const instance of instances)
      for (const row of await sql
        .selectFrom('transfer_instances')
        .select('transfer')
        .where('instance', '=', instance)
        .execute())
        touched.add(row.transfer)
    for (const id of touched) {
      await recount(tx, id)
      const row = await sql
        .selectFrom('transfers')
        .select(['state', 'failed'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      // What it failed at is not owed any more: the rest is confirmed without anybody's word.
      if (row.state === 'failed' && row.failed === 0) await transfers.goOn(tx, id, clock.now())
    }
  }

  const rejectIn: Rejecting['rejectIn'] = async (tx, chosen, origin) => {
    const { study, references, code, text, byName } = chosen
    const done = await rejections.record(
      tx,
      {
        ...{ study, references, code, text, byName },
        sopInstanceUID: ids.uid(),
        seriesUID: ids.uid(),
        source: HERE,
        ours: true,
      },
      origin,
    )
    if (done === undefined)
      fail('conflict', {
        fr: 'Aucune de ces images ne peut être retirée.',
        en: 'None of these images can be withdrawn.',
      })
    await spread(tx, done.id, done.instances)
    return done.id
  }

  const doneIn: Rejecting['doneIn'] = async (tx, id, peer, byName, origin) => {
    if (!(await close(tx, id, peer, byName))) return false
    const rejection = await tx
      .sql<StudyTables>()
      .selectFrom('rejections')
      .innerJoin('studies', 'studies.id', 'rejections.study')
      .select(['rejections.study', 'studies.site'])
      .where('rejections.id', '=', id)
      .executeTakeFirst()
    await journal.append(
      tx,
      {
        type: 'rejection-task-done',
        site: rejection?.site ?? null,
        ids: { rejection: id, peer, study: rejection?.study ?? '' },
        body: {},
      },
      origin,
    )
    return true
  }

  return {
    rejections,
    noted: async (note, origin) => {
      const { datasetOffset, transferSyntaxUID, ...place } = note.place
      const said = rejectionNoteIn(
        await readHeader(objects.path(place), { datasetOffset, transferSyntaxUID }),
      )
      if (said === undefined) return
      const study = (await studies.byUid(note.StudyInstanceUID)).find(({ site }) => site === note.site)
      if (study === undefined) throw new Failure('internal', 'The note is not where it was put.')
      await db.write(async tx => {
        const done = await rejections.record(
          tx,
          {
            study,
            ...said,
            sopInstanceUID: note.SOPInstanceUID,
            seriesUID: note.SeriesInstanceUID,
            source: note.source,
          },
          origin,
        )
        if (done !== undefined) await spread(tx, done.id, done.instances)
      })
    },
    cameAgain: async (again, origin) => {
      const { site, StudyInstanceUID, SOPInstanceUID: uid } = again
      const study = (await studies.byUid(StudyInstanceUID)).find(each => each.site === site)
      const [instance] = study === undefined ? [] : await studies.instances(study.id, { uid })
      if (instance?.withdrawn !== true) return
      await db.write(async tx => {
        const instance = await rejections.restore(tx, again, origin)
        if (instance === undefined) return
        await weighTransfers(tx, [instance])
        for (const { transfer } of await tx
          .sql<ExchangeTables>()
          .selectFrom('transfer_instances')
          .select('transfer')
          .where('instance', '=', instance)
          .execute())
          await transfers.resume(tx, transfer, [])
      })
    },
    reject: (chosen, origin) => db.write(tx => rejectIn(tx, chosen, origin)),
    rejectIn,
    holders: async id => {
      const sent = await db
        .sql<ExchangeTables>()
        .selectFrom('transfers')
        .select(['peer', 'state'])
        .where('cause', '=', causeOfRejection(id))
        .orderBy('peer')
        .execute()
      const tasks = await db
        .sql<ExchangeTables>()
        .selectFrom('rejection_tasks')
        .selectAll()
        .where('rejection', '=', id)
        .execute()
      return sent.map(each => {
        const task = tasks.find(({ peer }) => peer === each.peer)
        return task === undefined ? each : { ...each, task }
      })
    },
    done: async (id, peer, byName, origin) => {
      await db.write(async tx => {
        if (!(await doneIn(tx, id, peer, byName, origin)))
          fail('conflict', { fr: 'Il n’y a plus rien à y faire.', en: 'There is nothing left to do there.' })
      })
    },
    doneIn,
    handler: {
      run: async job => {
        const rejection = await rejections.find(String(job.body['rejection']))
        if (rejection === undefined) return { result: 'done' }
        if (rejection.source === HERE) await make(rejection)
        const [note] = await studies.instances(rejection.study, { uid: rejection.sop_instance_uid })
        if (note === undefined) throw new Failure('internal', 'The note is not where it was put.')
        const holders = await holdersOf(rejection)
        await db.write(async tx => {
          for (const peer of holders)
            await transfers.owe(
              tx,
              {
                study: rejection.study,
                site: rejection.site,
                peer,
                cause: causeOfRejection(rejection.id),
                priority: priorities.urgent,
                instances: [note.id],
              },
              PART,
            )
        })
        return { result: 'done' }
      },
    },
    follower: {
      name: 'exchange-rejections',
      types: ['study-sent', 'transfer-failed'],
      replay: true,
      handle: async (fact, tx) => {
        const [kind, id] = String(fact.body?.['cause'] ?? '').split(':')
        const peer = fact.ids['peer']
        if (kind !== 'rejection' || id === undefined || peer === undefined) return
        if (fact.type === 'study-sent') {
          await close(tx, id, peer, null)
          return
        }
        const reason = String(fact.body?.['reason'] ?? '').slice(0, 500)
        const open = { reason, opened_at: fact.at, done_at: null, done_by: null }
        await tx
          .sql<ExchangeTables>()
          .insertInto('rejection_tasks')
          .values({ rejection: id, peer, ...open })
          .onConflict(conflict => conflict.columns(['rejection', 'peer']).doUpdateSet(open))
          .execute()
      },
    },
  }

  async function close(tx: Tx, rejection: string, peer: string, by: string | null): Promise<boolean> {
    const row = await tx
      .sql<ExchangeTables>()
      .updateTable('rejection_tasks')
      .set({ done_at: clock.now(), done_by: by })
      .where('rejection', '=', rejection)
      .where('peer', '=', peer)
      .where('done_at', 'is', null)
      .returning('peer')
      .executeTakeFirst()
    return row !== undefined
  }

  /** Writes the note of a rejection made here; made again after a crash it has the same UIDs. */
  async function make(rejection: Rejection & { site: string }): Promise<void> {
    if ((await studies.instances(rejection.study, { uid: rejection.sop_instance_uid })).length > 0) return
    const study = await studies.byId(rejection.study)
    if (study === undefined) throw new Failure('internal', 'A rejection without its study.')
    const { date, time } = dicomDateTime(rejection.at)
    const made = rejectionNote({
      code: rejection.code,
      text: rejection.text,
      references: await rejections.references(rejection.id),
      ...placeOf(study),
      observer: personName(rejection.by_name ?? ''),
      institutionName: sites.site(rejection.site)?.name ?? rejection.site,
      contentDate: date,
      contentTime: time,
      uids: { SOPInstanceUID: rejection.sop_instance_uid, SeriesInstanceUID: rejection.series_uid },
    })
    await receiveMade({ objects, receive }, made, {
      id: 'rejection',
      site: rejection.site,
      issuer: sites.site(rejection.site)?.issuer ?? rejection.site,
      association: causeOfRejection(rejection.id),
    })
  }

  /**
   * Who has any of it: where it was sent or may just have gone, who fetched images of the study, and, for a note of
   * ours, who brought it. Never whoever said so.
   */
  async function holdersOf(rejection: Rejection): Promise<string[]> {
    const sql = db.sql<ExchangeTables & StudyTables>()
    const sent = await sql
      .selectFrom('rejected_instances')
      .innerJoin('instances', join =>
        join
          .onRef('instances.study', '=', 'rejected_instances.study')
          .onRef('instances.uid', '=', 'rejected_instances.uid'),
      )
      .innerJoin('transfer_instances', 'transfer_instances.instance', 'instances.id')
      .innerJoin('transfers', 'transfers.id', 'transfer_instances.transfer')
      .select('transfers.peer')
      .distinct()
      .where('rejected_instances.rejection', '=', rejection.id)
      .where(eb =>
        eb.or([
          eb('transfer_instances.state', 'in', ['sent', 'confirmed']),
          eb('transfers.state', '=', 'moving'),
        ]),
      )
      .execute()
    const fetched = await journal.read({
      subject: rejection.study,
      types: ['instances-asked'],
      limit: 1000,
    })
    const brought =
      rejection.source === HERE ? (await studies.broughtBy(rejection.study)).map(({ source }) => source) : []
    const holders = new Set([
      ...sent.map(({ peer }) => peer),
      ...fetched.map(fact => fact.ids['peer'] ?? ''),
      ...brought,
    ])
    holders.delete(rejection.source)
    return [...holders].filter(peer => peers.find(peer) !== undefined).sort()
  }
}

/** A name as people write it, as the family name of a DICOM person name: which part is which is not known. */
function personName(name: string): string {
  return name.replace(/[\^=\\]/g, ' ').trim()
}
