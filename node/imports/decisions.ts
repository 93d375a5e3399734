import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { derivedUID } from '../dicom/format/derived-uid.js'
import type { RejectedReference } from '../dicom/format/rejection-note.js'
import { Failure, fail } from '../errors.js'
import type { Rejecting } from '../exchange/rejecting.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Conflicts } from '../studies/conflicts.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { causeOf } from './cause.js'
import { decisionFaults, reasonFaults } from './decision.js'
import type { DecisionRecord, DecisionRows } from './decision-rows.js'
import { discIs, personIs } from './not-now.js'
import { paperView } from './paper-view.js'
import { type DiscPerson, may, peopleOf, stateOf } from './people.js'
import type { DiscStudy, ImportRecord, ImportRows } from './rows.js'
import type { ImportDecision, ImportWhy, PersonState } from './view.js'

/** A person by name, and from where. */
export interface Decider {
  name: string
  origin: Origin
}

export interface PersonOnDisc extends DiscPerson {
  state: PersonState
  /** What was decided last; one that was withdrawn is among `former`. */
  standing: DecisionRecord | undefined
  /** Withdrawn, newest first. */
  former: DecisionRecord[]
}

/** What people say about the people of a disc, and take back. */
export interface Decisions {
  /** A person's word about one person of the disc. Throws `conflict` in another state, `invalid` with the fields that do not fit. */
  decide(by: Decider, id: string, decision: ImportDecision): Promise<void>
  /** Nothing of this person is taken. */
  leave(by: Decider, id: string, person: string, reason: string, why?: ImportWhy): Promise<void>
  /**
   * Takes a decision back: what it brought is withdrawn here (IHE RAD IOCM) and recalled at everyone who holds it, what is
   * still to be sent is not sent, and the person can be decided on again. The originals stay.
   */
  withdraw(by: Decider, id: string, person: string, reason: string): Promise<void>
  people(id: string): Promise<PersonOnDisc[]>
  /** StudyInstanceUIDs on the disc that a decision is about, and those of studies made for papers alone. */
  discStudiesOf(id: string, decision: ImportDecision): Promise<string[]>
  /** The studies a decision is about, as they are here. */
  studiesOf(record: Pick<ImportRecord, 'id' | 'site'>, decision: DecisionRecord): Promise<StudyRecord[]>
  /** Where the disc stands, by its people, once the transaction has made of these what it says. */
  restate(tx: Tx, id: string, now: ReadonlyMap<string, PersonState>): Promise<void>
}

/** Papers without an image say nobody's name: whom they are about is decided on as one person. */
const ON_PAPER = '0'
const NOBODY_KNOWN: DiscPerson = {
  id: ON_PAPER,
  identity: {
    PatientID: '',
    IssuerOfPatientID: '',
    PatientName: '',
    PatientBirthDate: '',
    PatientSex: '',
  },
  studies: [],
}

export const TAKING_LANE = 'imports'

/** Under which UID an object of a disc is here. */
export const uidHere = (decision: Pick<DecisionRecord, 'renewal'> | undefined, uid: string) =>
  decision?.renewal == null ? uid : derivedUID(decision.renewal, uid)

/** Studies of which something was decided on. */
export function chosenOf(decision: ImportDecision, studies: readonly DiscStudy[]): DiscStudy[] {
  const wanted = new Set(decision.series)
  return studies.filter(study => study.series.some(series => wanted.has(series.SeriesInstanceUID)))
}

export const decisionIn = ({ decision }: DecisionRecord): ImportDecision | undefined =>
  decision === null ? undefined : (JSON.parse(decision) as ImportDecision)

export function openDecisions(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  studies: Studies
  conflicts: Conflicts
  rejecting: Pick<Rejecting, 'rejectIn'>
  rows: ImportRows
  decisions: DecisionRows
}): Decisions {
  const { db, clock, ids, journal, outbox, studies, conflicts, rejecting, rows, decisions } = options

  const people: Decisions['people'] = async id => {
    const decided = await decisions.of(id)
    const onDisc = peopleOf(await rows.studies(id))
    const isOnPaper =
      decided.some(({ person }) => person === ON_PAPER) ||
      (onDisc.length === 0 && (await rows.papers(id)).length > 0)
    return [...onDisc, ...(isOnPaper ? [NOBODY_KNOWN] : [])].map(person => {
      const own = decided.filter(each => each.person === person.id)
      const last = own.at(-1)
      return {
        ...person,
        state: last?.state ?? 'to-decide',
        standing: last?.state === 'entered-in-error' ? undefined : last,
        former: own.filter(({ state }) => state === 'entered-in-error').reverse(),
      }
    })
  }

  const personOf = async (id: string, person: string): Promise<PersonOnDisc> =>
    (await people(id)).find(each => each.id === person) ??
    (person === ON_PAPER
      ? { ...NOBODY_KNOWN, state: 'to-decide', standing: undefined, former: [] }
      : fail('missing', 'There is no such person on this disc.'))

  /** Once more inside a transaction: two desks may act at once, and one of them wins. */
  const demand = async (
    id: string,
    person: string,
    act: Parameters<typeof may>[0],
  ): Promise<PersonOnDisc> => {
    const record = await rows.get(id)
    if (!['inventoried', 'taking', 'sending', 'done', 'failed', 'entered-in-error'].includes(record.state))
      fail('conflict', discIs(record.state))
    if (act !== 'withdraw' && record.cleaned === 1)
      fail('conflict', {
        fr: 'Le disque n’est plus gardé ici : apportez-le de nouveau.',
        en: 'The disc is not kept here any more: bring it again.',
      })
    const found = await personOf(id, person)
    if (act === 'withdraw' && found.state === 'taking')
      fail('conflict', {
        fr: 'Ces images sont encore en cours d’import : attendez la fin, puis défaites-le.',
        en: 'These images are still being taken: wait until they are, then undo it.',
      })
    if (!may(act, found.state)) fail('conflict', personIs(found.state))
    return found
  }

  const restate: Decisions['restate'] = async (tx, id, now) => {
    const state = stateOf((await people(id)).map(person => now.get(person.id) ?? person.state))
    const isOver = state === 'done' || state === 'failed' || state === 'entered-in-error'
    await rows.update(tx, id, { state, finished_at: isOver ? clock.now() : null })
  }

  const discStudiesOf: Decisions['discStudiesOf'] = async (id, said) => {
    const wanted = new Set(said.papers?.map(({ number }) => number))
    const papers = wanted.size === 0 ? [] : await rows.papers(id)
    return [
      ...new Set([
        ...chosenOf(said, await rows.studies(id)).map(study => study.StudyInstanceUID),
        ...papers.flatMap(({ number, study }) => (wanted.has(number) && study !== null ? [study] : [])),
      ]),
    ]
  }

  const studiesOf: Decisions['studiesOf'] = async ({ id, site }, decision) => {
    const said = decisionIn(decision)
    if (said === undefined) return []
    const found: StudyRecord[] = []
    for (const uid of await discStudiesOf(id, said)) {
      const study = (await studies.byUid(uidHere(decision, uid))).find(each => each.site === site)
      if (study !== undefined) found.push(study)
    }
    return found
  }

  /** What the disc brought of a study and nobody had before: that, and no more, is withdrawn with it. */
  async function broughtOf(disc: string, study: StudyRecord): Promise<RejectedReference[]> {
    const arrivals = new Set(
      (await studies.arrivals(study.id))
        .filter(({ association }) => association === causeOf(disc))
        .map(({ id }) => id),
    )
    return (await studies.instances(study.id))
      .filter(each => arrivals.has(each.arrival) && !each.withdrawn && !each.madeHere && !each.isNote)
      .map(each => ({
        StudyInstanceUID: study.uid,
        SeriesInstanceUID: each.seriesUID,
        sopClassUID: each.sopClassUID,
        sopInstanceUID: each.uid,
      }))
  }

  return {
    people,
    discStudiesOf,
    studiesOf,
    restate,
    decide: async ({ name, origin }, id, decision) => {
      const record = await rows.get(id)
      if (record.state === 'uploading' || record.state === 'reading' || record.state === 'cancelled')
        fail('conflict', discIs(record.state))
      const papers = await rows.papers(id)
      const { faults, chosen } = decisionFaults(decision, await rows.studies(id), papers.map(paperView))
      for (const { number } of decision.papers ?? [])
        if (papers.some(each => each.number === number && each.sop_instance !== null))
          faults.push({
            path: 'papers',
            message: `file ${number} was taken already`,
            fr: `le fichier ${number} est déjà pris`,
          })
      if (faults.length > 0)
        throw new Failure(
          'invalid',
          { fr: 'La décision ne convient pas.', en: 'The decision does not fit.' },
          faults,
        )
      const [first] = chosen
      const person =
        peopleOf(await rows.studies(id)).find(({ studies: own }) =>
          own.some(study => study.StudyInstanceUID === first?.StudyInstanceUID),
        )?.id ?? ON_PAPER
      const renewal =
        (await decisions.withdrawnOf(
          record.site,
          chosen.map(study => study.StudyInstanceUID),
        )) ?? null
      await db.write(async tx => {
        await demand(id, person, 'decide')
        const made: DecisionRecord = {
          id: ids.next('dec'),
          import: id,
          person,
          state: 'taking',
          decision: JSON.stringify(decision),
          reason: null,
          decided_at: clock.now(),
          decided_by: name,
          decided_origin: JSON.stringify(origin),
          finished_at: null,
          renewal,
          withdrawn_at: null,
          withdrawn_by: null,
          withdrawn_reason: null,
          why: null,
        }
        await decisions.insert(tx, made)
        // Named now, so that what is begun again after a crash makes the same objects.
        const own = ids.uid()
        for (const { number, StudyInstanceUID = own } of decision.papers ?? [])
          await rows.updateFile(tx, id, number, {
            study: StudyInstanceUID,
            series: ids.uid(),
            sop_instance: ids.uid(),
          })
        await restate(tx, id, new Map([[person, made.state]]))
        await outbox.add(tx, {
          lane: TAKING_LANE,
          kind: 'take-import',
          key: `take:${made.id}`,
          body: { import: id, decision: made.id },
          site: record.site,
        })
        await journal.append(
          tx,
          {
            type: 'import-decided',
            site: record.site,
            ids: {
              import: id,
              decision: made.id,
              ...(decision.request === undefined ? {} : { request: decision.request }),
            },
            body: {
              candidate: decision.candidate,
              identity: { ...decision.identity },
              series: decision.series,
              ...(decision.papers === undefined
                ? {}
                : { papers: decision.papers.map(each => ({ ...each })) }),
              disc: chosen.map(({ StudyInstanceUID, identity }) => ({
                StudyInstanceUID,
                identity: { ...identity },
              })),
              ...(decision.accession === undefined ? {} : { accession: decision.accession }),
              ...(decision.today === undefined ? {} : { today: decision.today }),
              ...(decision.reason === undefined ? {} : { reason: decision.reason }),
              ...(renewal === null ? {} : { again: true }),
            },
          },
          origin,
        )
      })
    },
    leave: async ({ name, origin }, id, person, reason, why) => {
      demandReason(reason)
      const record = await rows.get(id)
      await db.write(async tx => {
        await demand(id, person, 'leave')
        const decision = ids.next('dec')
        await decisions.insert(tx, {
          id: decision,
          import: id,
          person,
          state: 'not-taken',
          decision: null,
          reason,
          decided_at: clock.now(),
          decided_by: name,
          decided_origin: JSON.stringify(origin),
          finished_at: clock.now(),
          renewal: null,
          withdrawn_at: null,
          withdrawn_by: null,
          withdrawn_reason: null,
          why: why === undefined ? null : JSON.stringify(why),
        })
        await restate(tx, id, new Map([[person, 'not-taken']]))
        await journal.append(
          tx,
          {
            type: 'import-person-left',
            site: record.site,
            ids: { import: id, decision },
            body: { reason, StudyInstanceUID: person },
          },
          origin,
        )
      })
    },
    withdraw: async ({ name, origin }, id, person, reason) => {
      demandReason(reason)
      const record = await rows.get(id)
      const standing = (await demand(id, person, 'withdraw')).standing as DecisionRecord
      const said = decisionIn(standing)
      const own = await Promise.all(
        (await studiesOf(record, standing)).map(async study => ({
          study,
          references: await broughtOf(id, study),
          // What it brought beside another object says nothing any more: the first stays.
          beside: (await conflicts.list({ open: true, study: study.id, limit: 100 })).items.filter(
            ({ source }) => source === 'import',
          ),
        })),
      )
      await db.write(async tx => {
        const now = await demand(id, person, 'withdraw')
        if (now.standing?.id !== standing.id)
          fail('conflict', {
            fr: 'Quelqu’un a décidé de nouveau pour cette personne : regardez encore.',
            en: 'Somebody has decided on this person anew: look again.',
          })
        await decisions.update(tx, standing.id, {
          state: 'entered-in-error',
          withdrawn_at: clock.now(),
          withdrawn_by: name,
          withdrawn_reason: reason,
        })
        let images = 0
        for (const { study, references, beside } of own) {
          for (const conflict of beside)
            await conflicts.decide(tx, conflict.id, { decision: 'keep', reason, by: name }, origin)
          if (references.length === 0) continue
          images += references.length
          const rejection = await rejecting.rejectIn(
            tx,
            // Images under another person's name are what this code is for (PS3.16 CID 7011): seen nowhere any more.
            { study, references, code: '113037', text: reason, byName: name },
            origin,
          )
          await decisions.addRejection(tx, { decision: standing.id, rejection, study: study.id })
        }
        await decisions.release(
          tx,
          standing,
          now.studies.map(study => study.StudyInstanceUID),
          said?.papers?.map(({ number }) => number) ?? [],
        )
        await restate(tx, id, new Map([[person, 'entered-in-error']]))
        await journal.append(
          tx,
          {
            type: 'import-withdrawn',
            site: record.site,
            ids: {
              import: id,
              decision: standing.id,
              ...(said?.request === undefined ? {} : { request: said.request }),
            },
            body: {
              reason,
              instances: images,
              ...(said === undefined ? {} : { identity: { ...said.identity } }),
            },
          },
          origin,
        )
      })
    },
  }
}

function demandReason(reason: string): void {
  const faults = reasonFaults(reason)
  if (faults.length > 0)
    throw new Failure(
      'invalid',
      { fr: 'Dites pourquoi, en quelques mots.', en: 'Say why, in a few words.' },
      faults,
    )
}
