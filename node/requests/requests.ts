import { allows, demand, type Standing } from '../accounts/permissions.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { AttachmentLimits, FileStore, SentFile } from '../objects/attachment.js'
import type { Situation } from '../offsite/situation.js'
import type { Handler } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import { readActFacts } from './act-facts.js'
import { type Answering, openAnswering } from './answering.js'
import { type Asks, type ItemAnswer, openAsks, readAsks } from './asks.js'
import { openChoices } from './choices.js'
import { claimable } from './claimable.js'
import { clockLegs } from './clock-legs.js'
import { openCounting } from './counting.js'
import { openCreation } from './creation.js'
import { openDeadlines, timers } from './deadlines.js'
import { openDispatch } from './dispatch.js'
import { type DocumentRow, documentView, openDocuments, readDocuments } from './documents.js'
import { leftDrafts } from './drafts.js'
import { openEditing, readVersions, versionViews } from './editing.js'
import { type Evidence, openEvidence } from './evidence.js'
import type { EventInput } from './form.js'
import { openFormer } from './former-reading.js'
import { readInHand } from './in-hand.js'
import type { RequestEvent } from './lifecycle.js'
import { type Linking, openLinking } from './linking.js'
import { isOpen } from './offer.js'
import { offerViews, toldTo } from './offer-views.js'
import { openOffering } from './offering.js'
import type { Asker, PeoplePort, SitePort, StudyPort, StudySummary } from './ports.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { openSending } from './sending.js'
import { openShared } from './shared.js'
import { type Asked, openSimilar } from './similar.js'
import { endOfPart, maySend, type Placement, standingOf } from './standing.js'
import { openSteps } from './steps.js'
import { momentsOf, reportsOf, STUDY_FACTS, timelineOf, writersIn } from './timeline.js'
import type { TriageInput } from './triage.js'
import { openTriaging } from './triaging.js'
import type {
  EditedRequest,
  ListView,
  NamedPatient,
  NewRequest,
  RequestRow,
  RequestView,
  SimilarView,
  StudyCandidate,
} from './view.js'
import {
  formOf,
  formView,
  openMay,
  peopleOf,
  type RowParts,
  readExam,
  rowView,
  studyView,
  tiesOf,
} from './views.js'
import { documentWords, missingWords, notYoursWords } from './words.js'
import {
  type Counts,
  isShared,
  readOfferedPage,
  readOffers,
  readPage,
  readPlacements,
  readStudies,
  type WorklistQuery,
} from './worklist.js'

export interface RequestsDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  studies: StudyPort
  sites: SitePort
  people: PeoplePort
  /** What dispatch looks at: who reads now, who is there. */
  situation(): Promise<Situation>
  outbox: Outbox
  objects: FileStore
  /** Of the files of one sending. */
  attachments: AttachmentLimits
  enteredLaterDaysMax: number
}

/** A request as higher floors know it. */
export interface KnownRequest {
  record: RequestRecord
  form: NewRequest
  placement: Placement
  standing: Standing
  /** StudyInstanceUIDs, in the order they were given. */
  studies: string[]
}

export interface Requests extends Answering, Evidence {
  /** A draft, or with `submit` a submitted request, offered at once where one contract names the group. */
  create(asker: Asker, form: NewRequest): Promise<RequestView>
  /** One event of the lifecycle, sent by a person. Throws `missing`, `forbidden`, `conflict` or `invalid`. */
  send(asker: Asker, id: string, event: RequestEvent, input: EventInput): Promise<RequestView>
  /** Another version of the form, before anybody claimed it. */
  edit(asker: Asker, id: string, edited: EditedRequest): Promise<RequestView>
  /** An unknown patient has a name. */
  namePatient(asker: Asker, id: string, named: NamedPatient): Promise<RequestView>
  /** A hint from outside of how pressing it is. */
  triage(asker: Asker, id: string, hint: TriageInput): Promise<RequestView>
  /** What is known already of the same patient, region and modality; for whoever may ask at that site. */
  similar(asker: Asker, asked: Asked): Promise<SimilarView>
  /** See {@link Linking}. */
  studiesFor(asker: Asker, id: string): Promise<StudyCandidate[]>
  requestsFor: Linking['requestsFor']
  link(asker: Asker, id: string, uid: string, reason?: string): Promise<RequestView>
  unlink(asker: Asker, id: string, uid: string, reason: string): Promise<RequestView>
  /** One item of what was asked back. */
  answerItem(asker: Asker, id: string, item: string, answer: ItemAnswer): Promise<RequestView>
  answerPriors: Asks['answerPriors']
  compared: Linking['compared']
  studyArriving: Linking['arriving']
  studyBrought: Linking['brought']
  /** Papers that go with it. */
  attach(asker: Asker, id: string, files: readonly SentFile[]): Promise<RequestView>
  /** One of them, proved by its digest. */
  document(asker: Asker, id: string, document: string): Promise<{ row: DocumentRow; bytes: Buffer }>
  /** For the record of the act. */
  documents(id: string): Promise<DocumentRow[]>
  documentBytes(document: Pick<DocumentRow, 'object' | 'sha256'>): Promise<Buffer>
  view(asker: Asker, id: string): Promise<RequestView>
  list(asker: Asker, query: WorklistQuery): Promise<ListView<RequestRow>>
  counts(asker: Asker): Promise<Counts>
  /** For higher floors, which ask their own permission: undefined when there is none. */
  known(id: string): Promise<KnownRequest | undefined>
  /** What the node knows of the linked studies, by UID; a UID without a summary has nothing here yet. */
  summaries(known: KnownRequest): Promise<ReadonlyMap<string, StudySummary>>
  /** Every version of the form, oldest first. */
  versions(id: string): Promise<{ revision: number; form: NewRequest; at: number; by: string }[]>
  /** Facts of the request and of its linked studies, by sequence. */
  facts(id: string): Promise<StoredFact[]>
  /** Requests linked to a study of this site, newest first, with whom each concerns. */
  linkedTo(
    site: string,
    StudyInstanceUID: string,
  ): Promise<{ id: string; reference: string; state: string; standing: Standing }[]>
  nameOf(): Promise<(site: string) => string>
  /** Who may claim it now: those an offer still stands for, as members of their group. */
  offeredTo(id: string): Promise<{ account: string; site: string }[]>
  /** The reader has the offer before their eyes; whoever it is not offered to changes nothing. */
  offerSeen(asker: Asker, id: string): Promise<RequestView>
  /** The outbox's: what is due by the time alone, by kind of job. */
  handlers: Readonly<Record<string, Handler>>
  /** What each reader holds, by account. */
  inHand(): Promise<ReadonlyMap<string, { load: number; reading: boolean }>>
}

/** Facts of one act that are read at most: an act has dozens. */
const FACTS_MAX = 1000

export function openRequests(deps: RequestsDeps): Requests {
  const { db, clock, journal, studies, sites } = deps
  const steps = openSteps(deps)
  const documents = openDocuments(deps)
  const dispatch = openDispatch(deps)
  const offering = openOffering(deps, steps, dispatch)
  const choices = openChoices(deps)
  const deadlines = openDeadlines(deps, { steps, offering, dispatch })
  const similarTo = openSimilar(deps)
  const creation = openCreation(deps, { steps, offering, dispatch, documents, similarTo })
  const asks = openAsks(deps, steps)
  const linking = openLinking(deps, steps, creation)
  const send = openSending(deps, { steps, creation, offering, dispatch, similarTo, asks, ...linking })
  const triaging = openTriaging(deps, steps)
  const editing = openEditing(deps, steps, creation)
  const reading = () => db.sql<RequestTables>()
  const pages = openShared<{
    parts: readonly RowParts[]
    next: string | undefined
    /** Who by name may do something to some of it, or may not: see `tiesOf`. */
    concerned: ReadonlySet<string>
    /** By what the rows are to whoever looks. */
    views: Map<string, ListView<RequestRow>>
  }>({ db, journal })
  const counts = openCounting(deps)
  const former = openFormer(deps)

  async function known(id: string): Promise<KnownRequest | undefined> {
    const record = await reading().selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirst()
    if (record === undefined) return undefined
    const placement = (await readPlacements(reading(), [id])).get(id) as Placement
    return {
      record,
      form: formOf(record),
      placement,
      standing: standingOf(record, placement),
      studies: (await readStudies(reading(), [id])).get(id) ?? [],
    }
  }

  /** What the person may not see does not exist for them. */
  async function seen({ who }: Asker, id: string): Promise<KnownRequest> {
    const request = await known(id)
    if (request === undefined || !allows(who, 'request.see', request.standing))
      fail('missing', missingWords(who.account.language))
    return request
  }

  async function nameOf(): Promise<(site: string) => string> {
    const names = new Map((await sites.sites()).map(site => [site.id, site.name]))
    return site => names.get(site) ?? site
  }

  /** Summaries of the studies of many requests, one question a site. */
  async function summariesOf(
    records: readonly RequestRecord[],
    linked: ReadonlyMap<string, string[]>,
  ): Promise<(record: RequestRecord, uid: string) => StudySummary | undefined> {
    const bySite = new Map<string, Set<string>>()
    for (const record of records)
      for (const uid of linked.get(record.id) ?? []) {
        const uids = bySite.get(record.site) ?? new Set()
        bySite.set(record.site, uids.add(uid))
      }
    const found = new Map<string, ReadonlyMap<string, StudySummary>>()
    for (const [site, uids] of bySite) found.set(site, await studies.summaries(site, [...uids]))
    return (record, uid) => found.get(record.site)?.get(uid)
  }

  /** All that rows are made of, whoever looks. */
  async function partsOf(records: readonly RequestRecord[]): Promise<RowParts[]> {
    if (records.length === 0) return []
    const ids = records.map(record => record.id)
    const [placements, linked, names] = [
      await readPlacements(reading(), ids),
      await readStudies(reading(), ids),
      await nameOf(),
    ]
    const summary = await summariesOf(records, linked)
    return records.map(record => ({
      record,
      placement: placements.get(record.id) as Placement,
      studies: (linked.get(record.id) ?? []).map(uid => studyView(uid, summary(record, uid), record)),
      nameOf: names,
    }))
  }

  function listed(parts: readonly RowParts[], next: string | undefined, who: Acting): ListView<RequestRow> {
    const [may, today] = [openMay(who), clock.isoNow()]
    const items = parts.map(part => rowView(part, may, today))
    return next === undefined ? { items } : { items, next }
  }

  async function readList(who: Acting, query: WorklistQuery) {
    const { records, next } = await readPage(reading(), who, query, clock.now())
    return { parts: await partsOf(records), next }
  }

  /**
   * A page that those who are alike share, and its rows too, where all of it is to them what it is to the others.
   */
  async function sharedList(who: Acting, query: WorklistQuery): Promise<ListView<RequestRow>> {
    const { parts, next, concerned, views } = await pages(who, query, async () => {
      const { parts, next } = await readList(who, query)
      const people = parts.flatMap(peopleOf)
      return { parts, next, concerned: new Set(people), views: new Map<string, ListView<RequestRow>>() }
    })
    const { id } = who.account
    const theirs = concerned.has(id) ? parts.map(part => tiesOf(part, id)).join() : ''
    const view = views.get(theirs) ?? Object.freeze(listed(parts, next, who))
    views.set(theirs, view)
    return view
  }

  const offeredList = async (who: Acting, query: WorklistQuery) => {
    const page = await readOfferedPage(reading(), who, query)
    return page && listed(await partsOf(page.records), page.next, who)
  }

  async function factsOf(request: KnownRequest): Promise<StoredFact[]> {
    const facts = await readActFacts(journal, request.record.id)
    const summaries = await studies.summaries(request.record.site, request.studies)
    for (const { id } of summaries.values())
      facts.push(...(await journal.read({ subject: id, types: STUDY_FACTS, limit: FACTS_MAX })))
    const bySeq = new Map(facts.map(fact => [fact.seq, fact]))
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
  }

  async function view(asker: Asker, id: string): Promise<RequestView> {
    const request = await seen(asker, id)
    const end = endOfPart(asker.who, request.standing)
    const facts = await factsOf(request)
    const { record, form, placement } = request
    const names = await nameOf()
    if (end !== undefined) return former.view(asker.who, request, { end, counted: facts, nameOf: names })
    const summaries = await studies.summaries(record.site, request.studies)
    const linked = request.studies.map(uid => studyView(uid, summaries.get(uid), record))
    const row = rowView(
      { record, placement, studies: linked, nameOf: names },
      openMay(asker.who),
      clock.isoNow(),
    )
    return {
      ...row,
      ...(await choices(record, row.may, names)),
      ...formView(form),
      studies: linked,
      reports: reportsOf(facts),
      left: leftDrafts(facts, record, asker.who),
      ...offerViews(await readOffers(reading(), id), record, asker.who, names),
      timeline: timelineOf(toldTo(facts, asker.who), asker.who.account.language, names),
      clock: clockLegs(momentsOf(facts), clock.now()),
      createdAt: isoAt(record.created_at),
      revision: record.revision,
      versions: versionViews(await readVersions(reading(), id), writersIn(facts)),
      documents: (await readDocuments(reading(), id)).map(documentView),
      asks: await readAsks(reading(), id, writersIn(facts)),
      ...(await readExam(reading(), id)),
    }
  }

  /** Done to a request the person may see, and seen again. */
  const then = async (asker: Asker, id: string, act: (request: KnownRequest) => Promise<void>) => {
    await act(await seen(asker, id))
    return view(asker, id)
  }

  return {
    ...openAnswering(deps, steps, asks),
    ...openEvidence(reading, studies),
    known,
    view,
    nameOf,
    create: async (asker, form) => view(asker, await creation.create(asker, form)),
    send: (asker, id, event, input) => then(asker, id, request => send(asker, request, event, input)),
    edit: (asker, id, edited) => then(asker, id, request => editing.edit(asker, request, edited)),
    namePatient: (asker, id, named) => then(asker, id, request => editing.namePatient(asker, request, named)),
    triage: (asker, id, hint) => then(asker, id, request => triaging.triage(asker, request, hint)),
    similar: ({ who }, asked) => {
      demand(who, 'request.create', { site: asked.site }, missingWords(who.account.language))
      return similarTo(asked)
    },
    answerItem: (asker, id, item, answer) =>
      then(asker, id, request => asks.answer(asker, request, item, answer)),
    answerPriors: asks.answerPriors,
    compared: linking.compared,
    studyArriving: linking.arriving,
    studyBrought: linking.brought,
    requestsFor: linking.requestsFor,
    studiesFor: async (asker, id) => linking.studiesFor(asker, await seen(asker, id)),
    link: (asker, id, uid, reason) => then(asker, id, request => linking.link(asker, request, uid, reason)),
    unlink: (asker, id, uid, reason) =>
      then(asker, id, request => linking.unlink(asker, request, uid, reason)),
    attach: (asker, id, files) => then(asker, id, request => documents.add(asker, request, files)),
    document: async (asker, id, wanted) => {
      const request = await seen(asker, id)
      const end = endOfPart(asker.who, request.standing)
      const row = (await readDocuments(reading(), id, end?.seq)).find(one => one.id === wanted)
      if (row === undefined) fail('missing', documentWords('missing', asker.who.account.language))
      return { row, bytes: await documents.bytesOf(row) }
    },
    documents: id => readDocuments(reading(), id),
    documentBytes: documents.bytesOf,
    list: async (asker, query) => {
      const { who } = asker
      if (query.former === true) {
        const page = await readPage(reading(), who, query, clock.now())
        const items = await former.rows(asker.who, page.records, await nameOf())
        return page.next === undefined ? { items } : { items, next: page.next }
      }
      if (query.toClaim === true) return claimable(who, query, sharedList, offeredList)
      if (isShared(query)) return sharedList(who, query)
      const { parts, next } = await readList(who, query)
      return listed(parts, next, who)
    },
    counts: ({ who }) => counts(who),
    offeredTo: async id => {
      const request = await known(id)
      return (await readOffers(reading(), id)).filter(
        offer => isOpen(offer) && offer.round === request?.record.offer_round,
      )
    },
    offerSeen: async (asker, id) => {
      const { record, standing } = await seen(asker, id)
      if (!maySend(asker.who, 'claim', standing)) fail('forbidden', notYoursWords(asker.who.account.language))
      await db.write(async tx => {
        const now = await steps.byId(tx, record.id)
        if (now.state === 'offered') await offering.seen(tx, now, asker.who.account.id, asker.origin)
      })
      return view(asker, id)
    },
    handlers: { ...timers(clock, deadlines, offering), 'request-places': triaging.handler },
    summaries: request => studies.summaries(request.record.site, request.studies),
    versions: async id =>
      (await readVersions(reading(), id)).map(({ form, ...version }) => ({
        ...version,
        form: JSON.parse(form) as NewRequest,
      })),
    inHand: () => readInHand(reading()),
    facts: async id => {
      const request = await known(id)
      return request === undefined ? [] : factsOf(request)
    },
    linkedTo: async (site, uid) => {
      const records = await reading()
        .selectFrom('requests')
        .innerJoin('request_studies', 'request_studies.request', 'requests.id')
        .selectAll('requests')
        .where('StudyInstanceUID', '=', uid)
        .where('requests.site', '=', site)
        .orderBy('created_at', 'desc')
        .execute()
      if (records.length === 0) return []
      const placements = await readPlacements(
        reading(),
        records.map(record => record.id),
      )
      return records.map(record => ({
        id: record.id,
        reference: record.reference,
        state: record.state,
        standing: standingOf(record, placements.get(record.id) as Placement),
      }))
    },
  }
}
