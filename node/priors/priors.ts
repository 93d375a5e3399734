import { sql } from 'kysely'
import type { Clock } from '../clock.js'
import { isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Retrievals } from '../exchange/retrievals.js'
import { askPacs, itemOf, type SearchBounds } from '../exchange/searching.js'
import type { RetrievalRow, SearchView, WantedStudy } from '../exchange/view.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { type Handler, type Job, type Outcome, priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import type { StudyPort } from '../requests/ports.js'
import type { KnownRequest, Requests } from '../requests/requests.js'
import type { RequestTables } from '../requests/schema.js'
import type { NewRequest } from '../requests/view.js'
import { isListed } from '../studies/leaving.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { type Exam, isSamePatient, type Ranked, rankPriors } from './rules.js'
import type { PriorTables } from './schema.js'
import type { PriorReason, PriorsView, PriorView } from './view.js'

/** A PACS that does not answer is asked this often; then the others' answers stand, and its silence is shown. */
const TRIES_MAX = 3

type Found = SearchView['items'][number]

export interface Priors {
  /** Has the PACS of the request's site asked, once for each key. */
  seek(tx: Tx, request: string, key: string, site: string): Promise<void>
  /** Fetches one that was not among the best. Throws nothing where there is none: gives false. */
  fetch(tx: Tx, request: string, study: string, cause: string, origin: Origin): Promise<boolean>
  view(
    request: string,
    rowOf: (retrieval: string) => Promise<RetrievalRow | undefined>,
  ): Promise<Omit<PriorsView, 'may'>>
  /** What was fetched is here: the readers of its requests may see it. */
  arrived(tx: Tx, retrieval: string): Promise<void>
  /** An earlier study of its patient came on a disc: it stands among the others, and its readers may see it. */
  brought(tx: Tx, request: string, study: StudyRecord): Promise<void>
  /** Exams that PACS listed as earlier ones of this patient, for whichever request. */
  ofPatient: StudyPort['ofPatient']
  /** Requests for which something is fetched. */
  requestsOf(retrieval: string): Promise<string[]>
  handler: Handler
}

/** Earlier studies of a request's patient: found in all PACS of its site at once, the best fetched in the background. */
export function openPriors(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  peers: Peers
  studies: Studies
  requests: Pick<Requests, 'known' | 'summaries'>
  retrievals: Retrievals
  link: ReceiverLink
  bounds: SearchBounds
  max: number
  years: number
}): Priors {
  const { db, clock, journal, outbox, peers, studies, requests, retrievals, link, bounds, max, years } =
    options

  async function run(job: Job): Promise<Outcome> {
    const request = String(job.body['request'])
    const known = await requests.known(request)
    if (known === undefined) return { result: 'done' }
    const { site, modality } = known.record
    const { patient } = known.form
    const asked = peers.open(site).filter(peer => peer.may.includes('find'))
    const answers = await Promise.all(
      asked.map(peer => askPacs(link, peer, { PatientID: patient.id }, { ...bounds, signal: job.signal })),
    )
    const silent = answers.filter(({ view }) => view.outcome === 'no-answer')
    for (const { peer, view } of answers) if (view.outcome !== 'no-answer') peers.seen(peer.id)
    const items = await Promise.all(
      answers.flatMap(({ peer, matches }) =>
        matches.map(match => itemOf(peer, match, { studies, site, issuer: patient.issuer })),
      ),
    )
    const exam = await examOf(known, modality)
    const own = new Set(known.studies)
    const earlier = oncePerStudy(
      items.filter(item => isSamePatient(patient, item) && !own.has(item.StudyInstanceUID)),
    )
    const ranked = rankPriors(exam, earlier, { years })
    const settle = (tx: Tx) =>
      keep(
        tx,
        known,
        ranked,
        answers.map(({ view }) => view),
        silent.length === 0 || job.attempt >= TRIES_MAX,
      )
    if (silent.length > 0 && job.attempt < TRIES_MAX)
      return {
        result: 'transient',
        reason: `${silent.map(({ peer }) => peer.id).join(', ')} did not answer.`,
        settle,
      }
    return { result: 'done', settle }
  }

  /** What is to be read: by the request, and by the study where it is there. */
  async function examOf(known: KnownRequest, modality: string): Promise<Exam> {
    const summaries = [...(await requests.summaries(known)).values()]
    const date = summaries.map(each => each.date.replaceAll('-', '')).find(Boolean)
    const { laterality } = known.form
    return {
      date: date ?? isoAt(clock.now()).slice(0, 10).replaceAll('-', ''),
      modalities: [...new Set([modality, ...summaries.flatMap(each => each.modality.split(' + '))])].filter(
        Boolean,
      ),
      words: [known.form.region, ...summaries.map(each => each.description)],
      ...(laterality === 'right' || laterality === 'left' ? { side: laterality } : {}),
    }
  }

  /** The same study in two PACS: from one we may fetch from. */
  function oncePerStudy(items: readonly Found[]): Found[] {
    const best = new Map<string, Found>()
    for (const item of items) {
      const known = best.get(item.StudyInstanceUID)
      if (known === undefined || (!gives(peers.find(known.peer)) && gives(peers.find(item.peer))))
        best.set(item.StudyInstanceUID, item)
    }
    return [...best.values()]
  }

  async function keep(
    tx: Tx,
    known: KnownRequest,
    ranked: readonly Ranked<Found>[],
    outcomes: SearchView['peers'],
    done: boolean,
  ): Promise<void> {
    const { id: request, site } = known.record
    const sql = tx.sql<PriorTables>()
    const origin: Origin = { by: 'system', part: 'priors' }
    const before = new Set((await rowsOf(request)).map(row => row.study_uid))
    for (const [index, { study, score, why }] of ranked.entries()) {
      const chosen = index < max
      const row = {
        site,
        peer: study.peer,
        score,
        why: JSON.stringify(why),
        wanted: JSON.stringify(wantedOf(study)),
        instances: study.instances ?? null,
      }
      await sql
        .insertInto('priors')
        .values({
          request,
          study_uid: study.StudyInstanceUID,
          ...row,
          chosen: chosen ? 1 : 0,
          retrieval: null,
        })
        .onConflict(conflict =>
          // What was chosen stays so: it may be on its way.
          conflict.columns(['request', 'study_uid']).doUpdateSet(chosen ? { ...row, chosen: 1 } : row),
        )
        .execute()
      if (!chosen) continue
      if (study.here) await lay(tx, known, study.StudyInstanceUID)
      else if (gives(peers.find(study.peer)))
        await want(tx, known, study.StudyInstanceUID, study.peer, wantedOf(study), `prior:${request}`, origin)
    }
    await sql
      .updateTable('prior_searches')
      .set({
        state: done ? 'done' : 'searching',
        searched_at: clock.now(),
        peers: JSON.stringify(outcomes),
      })
      .where('request', '=', request)
      .execute()
    if (!done) return
    await journal.append(
      tx,
      {
        type: 'priors-searched',
        site,
        ids: { request },
        body: {
          reference: known.record.reference,
          found: ranked.length,
          fresh: ranked.filter(({ study }) => !before.has(study.StudyInstanceUID)).length,
          chosen: Math.min(ranked.length, max),
          peers: outcomes.map(({ peer, outcome }) => `${peer}: ${outcome}`),
        },
      },
      origin,
    )
  }

  async function want(
    tx: Tx,
    known: KnownRequest,
    study: string,
    peer: string,
    wanted: WantedStudy,
    cause: string,
    origin: Origin,
  ): Promise<void> {
    const { id: request, site, urgency } = known.record
    const retrieval = await retrievals.want(
      tx,
      {
        site,
        peer,
        study,
        series: '',
        cause,
        // A stroke's prior goes before other priors, and behind nothing a person waits for at the screen.
        priority: urgency === 'emergency' ? priorities.urgent : priorities.background,
        wanted,
      },
      origin,
    )
    await tx
      .sql<PriorTables>()
      .updateTable('priors')
      .set({ retrieval, chosen: 1 })
      .where('request', '=', request)
      .where('study_uid', '=', study)
      .execute()
  }

  /** Lays the request's readers onto a prior that is here. */
  async function lay(tx: Tx, known: KnownRequest, uid: string): Promise<void> {
    const { id, site, urgency } = known.record
    const study = (await studies.byUid(uid)).find(each => each.site === site)
    const parties = known.standing.parties ?? []
    if (study === undefined || parties.length === 0) return
    await studies.link(tx, study.id, { request: id, sites: parties, urgency, as: 'prior' })
  }

  /** It came on a disc, and was withdrawn since. */
  async function isTakenBack({ peer, study_uid, site }: PriorTables['priors']): Promise<boolean> {
    if (peer !== '') return false
    const study = (await studies.byUid(study_uid)).find(each => each.site === site)
    const images = study === undefined ? [] : await studies.instances(study.id)
    return !images.some(isListed)
  }

  const rowsOf = (request: string) =>
    db
      .sql<PriorTables>()
      .selectFrom('priors')
      .selectAll()
      .where('request', '=', request)
      .orderBy('score', 'desc')
      .orderBy('study_uid')
      .execute()

  const requestsOf = async (retrieval: string) =>
    (
      await db
        .sql<PriorTables>()
        .selectFrom('priors')
        .select('request')
        .where('retrieval', '=', retrieval)
        .execute()
    ).map(row => row.request)

  return {
    seek: async (tx, request, key, site) => {
      await tx
        .sql<PriorTables>()
        .insertInto('prior_searches')
        .values({ request, state: 'searching', searched_at: null, peers: '[]' })
        .onConflict(conflict => conflict.column('request').doUpdateSet({ state: 'searching' }))
        .execute()
      await outbox.add(tx, {
        // Its own lane: a PACS that is silent holds up no sending.
        lane: `priors:${site}`,
        kind: 'find-priors',
        key: `priors:${request}:${key}`,
        body: { request },
        priority: priorities.background,
        site,
      })
    },
    fetch: async (tx, request, study, cause, origin) => {
      const known = await requests.known(request)
      const row = (await rowsOf(request)).find(each => each.study_uid === study)
      if (known === undefined || row === undefined) return false
      await want(tx, known, study, row.peer, JSON.parse(row.wanted) as WantedStudy, cause, origin)
      return true
    },
    view: async (request, rowOf) => {
      const search = await db
        .sql<PriorTables>()
        .selectFrom('prior_searches')
        .selectAll()
        .where('request', '=', request)
        .executeTakeFirst()
      const rows: PriorTables['priors'][] = []
      for (const row of await rowsOf(request)) if (!(await isTakenBack(row))) rows.push(row)
      const items = await Promise.all(
        rows.map(async (row): Promise<PriorView> => {
          const wanted = JSON.parse(row.wanted) as WantedStudy
          const retrieval = row.retrieval === null ? undefined : await rowOf(row.retrieval)
          return {
            StudyInstanceUID: row.study_uid,
            peer: row.peer,
            StudyDate: wanted.StudyDate ?? '',
            StudyDescription: wanted.StudyDescription ?? '',
            ModalitiesInStudy: wanted.ModalitiesInStudy ?? [],
            ...(row.instances === null ? {} : { instances: row.instances }),
            score: row.score,
            why: JSON.parse(row.why) as PriorReason[],
            chosen: row.chosen === 1,
            here: (await studies.byUid(row.study_uid)).some(each => each.site === row.site),
            ...(retrieval === undefined ? {} : { retrieval }),
          }
        }),
      )
      return {
        state: search?.state ?? 'never',
        ...(search?.searched_at == null ? {} : { searchedAt: isoAt(search.searched_at) }),
        peers: search === undefined ? [] : (JSON.parse(search.peers) as SearchView['peers']),
        items,
      }
    },
    arrived: async (tx, retrieval) => {
      const row = await retrievals.get(retrieval)
      if (row === undefined) return
      for (const request of await requestsOf(retrieval)) {
        const known = await requests.known(request)
        if (known !== undefined) await lay(tx, known, row.study_uid)
      }
    },
    brought: async (tx, request, study) => {
      const known = await requests.known(request)
      if (known === undefined || known.record.site !== study.site || known.studies.includes(study.uid)) return
      const earlier = {
        StudyDate: study.date,
        StudyDescription: study.description,
        ModalitiesInStudy: study.modalities.split(' ').filter(Boolean),
      }
      const exam = await examOf(known, known.record.modality)
      // Somebody brought it for this request: it stands here however little it says of itself.
      const [ranked] = rankPriors(exam, [earlier], { years })
      const row = {
        peer: '',
        score: ranked?.score ?? 0,
        why: JSON.stringify(ranked?.why ?? []),
        wanted: JSON.stringify(earlier),
        instances: study.instances - study.made,
        chosen: 1 as const,
      }
      await tx
        .sql<PriorTables>()
        .insertInto('priors')
        .values({ request, study_uid: study.uid, site: study.site, ...row, retrieval: null })
        .onConflict(conflict => conflict.columns(['request', 'study_uid']).doNothing())
        .execute()
      await lay(tx, known, study.uid)
    },
    ofPatient: async (site, { id, issuer }) => {
      const rows = await db
        .sql<PriorTables & RequestTables>()
        .selectFrom('priors')
        .innerJoin('requests', 'requests.id', 'priors.request')
        .select(['study_uid', 'wanted', 'form'])
        .where('priors.site', '=', site)
        .where(sql`json_extract(form, '$.patient.id')`, '=', id)
        .execute()
      return rows
        .filter(row => (JSON.parse(row.form) as NewRequest).patient.issuer === issuer)
        .map(row => {
          const wanted = JSON.parse(row.wanted) as WantedStudy
          return {
            StudyInstanceUID: row.study_uid,
            modality: (wanted.ModalitiesInStudy ?? []).join(' + '),
            description: wanted.StudyDescription ?? '',
            bodyPart: '',
            date: (wanted.StudyDate ?? '').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'),
            here: false,
          }
        })
    },
    requestsOf,
    handler: { run },
  }
}

function gives(peer: Peer | undefined): boolean {
  return peer?.may.some(service => service === 'move' || service === 'get') === true
}

function wantedOf(item: Found): WantedStudy {
  const { PatientID, PatientName, PatientBirthDate, StudyDate, StudyDescription, AccessionNumber } = item
  return {
    ...{ PatientID, PatientName, PatientBirthDate, StudyDate, StudyDescription, AccessionNumber },
    ModalitiesInStudy: item.ModalitiesInStudy,
  }
}
