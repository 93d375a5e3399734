import { sql } from 'kysely'
import { demand } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Json } from '../journal/canonical.js'
import type { Creation } from './creation.js'
import { examCame } from './exam-came.js'
import { linksItself, mismatches } from './matching.js'
import type { Asker, StudySummary } from './ports.js'
import { about, momentsIn, timersOf } from './record.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { Steps } from './steps.js'
import { dueOf } from './timers.js'
import type { Mismatch, NewRequest, RequestCandidate, StudyCandidate } from './view.js'
import { formOf } from './views.js'
import { linkWords, mismatchWords } from './words.js'

export interface Linking {
  /**
   * Compares every linked study with the request, before it is opened or signed. Throws `mismatch` with each difference
   * unless this person has confirmed the very same ones, or does so now with a reason; what it gives records that.
   */
  compared(
    asker: Asker,
    request: KnownRequest,
    moment: 'opening' | 'signing',
    confirm?: string,
  ): Promise<(tx: Tx) => Promise<void>>
  /** Studies of the site that may be the one asked about, each with what it says otherwise. */
  studiesFor(asker: Asker, request: KnownRequest): Promise<StudyCandidate[]>
  /** Requests of the site that may have asked for a study. */
  requestsFor(asker: Asker, site: string, uid: string): Promise<RequestCandidate[]>
  link(asker: Asker, request: KnownRequest, uid: string, reason?: string): Promise<void>
  unlink(asker: Asker, request: KnownRequest, uid: string, reason: string): Promise<void>
  /** A study that nobody linked: by itself only on its number and matching traits, and where one request alone fits. */
  arriving(tx: Tx, study: { site: string; StudyInstanceUID: string }): Promise<void>
  /** The exam of the day, as the person who brought it said. */
  brought(tx: Tx, request: string, uid: string): Promise<void>
}

const OPEN: readonly RequestRecord['state'][] = [
  'submitted',
  'offered',
  'claimed',
  'accepted',
  'awaiting-exam',
  'reading',
  'info-requested',
]
const CANDIDATES_MAX = 20
const WITHIN_MS = 30 * 86_400_000

/** How studies and requests find each other, and where somebody must look first. */
export function openLinking(deps: RequestsDeps, steps: Steps, creation: Creation): Linking {
  const { db, clock, journal, studies } = deps
  const { byId } = steps
  const reading = () => db.sql<RequestTables>()

  const compared: Linking['compared'] = async (asker, request, moment, confirm) => {
    const { account } = asker.who
    const traits = await studies.traits(request.record.site, request.studies)
    const found = request.studies.flatMap(uid => {
      const study = traits.get(uid)
      return study === undefined ? [] : mismatches(request.form, study).map(one => ({ uid, ...one }))
    })
    if (found.length === 0) return async () => {}
    const key = JSON.stringify(found)
    const known = await reading()
      .selectFrom('request_confirmations')
      .select('at')
      .where('request', '=', request.record.id)
      .where('account', '=', account.id)
      .where('differences', '=', key)
      .executeTakeFirst()
    if (known !== undefined) return async () => {}
    const reason = confirm?.trim() ?? ''
    if (reason === '')
      throw new Failure(
        'mismatch',
        linkWords('stop', account.language),
        found.map(({ uid, ...one }) => ({
          path: `studies.${uid}.${one.what}`,
          message: mismatchWords(one, account.language),
        })),
      )
    return async tx => {
      await tx
        .sql<RequestTables>()
        .insertInto('request_confirmations')
        .values({
          request: request.record.id,
          account: account.id,
          differences: key,
          moment,
          reason,
          at: clock.now(),
        })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      await journal.append(
        tx,
        {
          type: 'request-mismatch-confirmed',
          site: request.record.site,
          ids: { request: request.record.id },
          body: { ...about(request.record), moment, reason, mismatches: found as unknown as Json },
        },
        asker.origin,
      )
    }
  }

  const differencesOf = async (site: string, form: NewRequest, uids: readonly string[]) => {
    const traits = await studies.traits(site, uids)
    return new Map<string, Mismatch[]>(
      uids.map(uid => {
        const study = traits.get(uid)
        return [uid, study === undefined ? [] : mismatches(form, study)]
      }),
    )
  }

  const studiesFor: Linking['studiesFor'] = async (asker, request) => {
    demand(asker.who, 'request.link', request.standing)
    const { form, record } = request
    const exams = await studies.candidates(record.site, form)
    const others = exams.filter(({ StudyInstanceUID }) => !request.studies.includes(StudyInstanceUID))
    const differences = await differencesOf(
      record.site,
      form,
      others.map(exam => exam.StudyInstanceUID),
    )
    return others
      .map(({ bodyPart: _, here: __, ...exam }) => ({
        ...exam,
        differences: differences.get(exam.StudyInstanceUID) ?? [],
      }))
      .sort((a, b) => a.differences.length - b.differences.length || (a.date < b.date ? 1 : -1))
      .slice(0, CANDIDATES_MAX)
  }

  const requestsFor: Linking['requestsFor'] = async (asker, site, uid) => {
    const { language } = asker.who.account
    demand(asker.who, 'request.link', { site }, linkWords('missing', language))
    const study = (await studies.traits(site, [uid])).get(uid)
    if (study === undefined) fail('missing', linkWords('missing', language))
    const rows = await reading()
      .selectFrom('requests')
      .selectAll()
      .where('site', '=', site)
      .where('state', 'in', OPEN)
      .where('created_at', '>=', clock.now() - WITHIN_MS)
      .where(eb =>
        eb.or([
          eb(sql`json_extract(form, '$.patient.id')`, '=', study.identity.PatientID),
          eb(sql`json_extract(form, '$.accession')`, '=', study.accession || '-'),
          eb(sql`json_extract(form, '$.patient.birthDate')`, '=', study.identity.birthDate || '-'),
        ]),
      )
      .where(eb =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('request_studies')
              .select('request')
              .whereRef('request', '=', 'requests.id')
              .where('StudyInstanceUID', '=', uid),
          ),
        ),
      )
      .orderBy('created_at', 'desc')
      .limit(CANDIDATES_MAX)
      .execute()
    return rows
      .map(row => {
        const { patient, modality, region, question } = formOf(row)
        return {
          id: row.id,
          reference: row.reference,
          state: row.state,
          patient,
          modality,
          region,
          question,
          createdAt: isoAt(row.created_at),
          differences: mismatches(formOf(row), study),
        }
      })
      .sort((a, b) => a.differences.length - b.differences.length)
  }

  /** In the transaction: the row, the entry, the readers, and the clock of images at hand. */
  async function join(
    tx: Tx,
    record: RequestRecord,
    linking: { uid: string; found: ReadonlyMap<string, StudySummary>; reason?: string; by: string },
    origin: Asker['origin'],
  ): Promise<void> {
    const { uid, found, reason, by } = linking
    await creation.link(tx, record, {
      uids: [uid],
      found,
      origin,
      by,
      ...(reason === undefined ? {} : { identityDifference: reason }),
    })
    const parties = await tx
      .sql<RequestTables>()
      .selectFrom('request_parties')
      .select('site')
      .where('request', '=', record.id)
      .where('until', 'is', null)
      .execute()
    await creation.share(
      tx,
      record,
      found,
      parties.map(({ site }) => site),
    )
    const summary = found.get(uid)
    const here = summary !== undefined && summary.completeness.received > 0
    const images_at = record.images_at ?? (here ? clock.now() : null)
    if ((await examCame(tx, steps, record, images_at)) !== undefined) return
    const after = { ...record, exam_done: 1 as const, images_at }
    const due = dueOf(after.state, timersOf(after), momentsIn(after))
    await tx
      .sql<RequestTables>()
      .updateTable('requests')
      .set({
        exam_done: 1,
        images_at: after.images_at,
        ...(record.images_at === null && due !== undefined ? { due_at: due.at, due_for: due.for } : {}),
      })
      .where('id', '=', record.id)
      .execute()
  }

  const link: Linking['link'] = async (asker, request, uid, reason) => {
    const { record, form } = request
    const { language } = asker.who.account
    demand(asker.who, 'request.link', request.standing)
    const found = await studies.summaries(record.site, [uid])
    if (found.get(uid) === undefined) fail('missing', linkWords('missing', language))
    if (request.studies.includes(uid)) fail('conflict', linkWords('linked', language))
    creation.compare(asker, form, [uid], await studies.traits(record.site, [uid]), reason)
    await db.write(async tx =>
      join(
        tx,
        await byId(tx, record.id),
        { uid, found, by: 'person', ...(reason === undefined ? {} : { reason }) },
        asker.origin,
      ),
    )
  }

  const unlink: Linking['unlink'] = async (asker, request, uid, reason) => {
    const { record } = request
    demand(asker.who, 'request.link', request.standing)
    const found = await studies.summaries(record.site, [uid])
    await db.write(async tx => {
      const gone = await tx
        .sql<RequestTables>()
        .deleteFrom('request_studies')
        .where('request', '=', record.id)
        .where('StudyInstanceUID', '=', uid)
        .executeTakeFirst()
      if (gone.numDeletedRows === 0n) fail('missing', linkWords('missing', asker.who.account.language))
      const summary = found.get(uid)
      await journal.append(
        tx,
        {
          type: 'request-unlinked',
          site: record.site,
          ids: { request: record.id, ...(summary === undefined ? {} : { study: summary.id }) },
          body: { ...about(record), StudyInstanceUID: uid, reason },
        },
        asker.origin,
      )
      const parties = await tx
        .sql<RequestTables>()
        .selectFrom('request_parties')
        .select('site')
        .where('request', '=', record.id)
        .execute()
      if (summary !== undefined)
        await studies.unlink(tx, {
          request: record.id,
          sites: parties.map(({ site }) => site),
          study: summary.id,
        })
    })
  }

  const arriving: Linking['arriving'] = async (tx, { site, StudyInstanceUID: uid }) => {
    const study = (await studies.traits(site, [uid])).get(uid)
    if (study === undefined || study.accession === '') return
    const own = tx.sql<RequestTables>()
    const linked = await own
      .selectFrom('request_studies')
      .select('request')
      .where('StudyInstanceUID', '=', uid)
      .execute()
    if (linked.length > 0) return
    // Whoever took it off has said that it does not belong there.
    const rows = await own
      .selectFrom('requests')
      .selectAll()
      .where('site', '=', site)
      .where('state', 'in', OPEN)
      .where(sql`json_extract(form, '$.patient.id')`, '=', study.identity.PatientID)
      .execute()
    const fitting = rows.filter(row => linksItself(formOf(row), study))
    const [only] = fitting
    if (only === undefined || fitting.length > 1) return
    const removed = await journal.read({ subject: only.id, types: ['request-unlinked'] })
    if (removed.some(fact => fact.body?.['StudyInstanceUID'] === uid)) return
    const found = await studies.summaries(site, [uid])
    await join(tx, only, { uid, found, by: 'number' }, { by: 'system', part: 'linking' })
  }

  return {
    compared,
    studiesFor,
    requestsFor,
    link,
    unlink,
    arriving,
    brought: async (tx, request, uid) => {
      const record = await byId(tx, request)
      if (!OPEN.includes(record.state)) return
      const found = await studies.summaries(record.site, [uid])
      await join(tx, record, { uid, found, by: 'import' }, { by: 'system', part: 'imports' })
    },
  }
}
