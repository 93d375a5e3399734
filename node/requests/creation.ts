import { allows } from '../accounts/permissions.js'
import type { Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import { withStored } from '../objects/attachment.js'
import type { Dispatch, Dispatched } from './dispatch.js'
import type { Documents } from './documents.js'
import { askedAt, enterNumber, saidIn } from './entered-later.js'
import { mismatches, type StudyTraits } from './matching.js'
import { asNumber, nextReference } from './numbers.js'
import type { Offering } from './offering.js'
import type { Asker, StudySummary } from './ports.js'
import { about, atHand, searchText } from './record.js'
import type { RequestsDeps } from './requests.js'
import { formFaults, URGENCY_RANK } from './rules.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { openSimilar } from './similar.js'
import type { Steps } from './steps.js'
import type { NewRequest, SimilarView } from './view.js'
import {
  closedSiteWords,
  faultWords,
  guardWords,
  mismatchWords,
  notYoursWords,
  unknownSiteWords,
} from './words.js'

type Summaries = ReadonlyMap<string, StudySummary>
type Traits = ReadonlyMap<string, StudyTraits>

export interface Creation {
  /** Whom it would be offered to now; read before the transaction, recorded in it. */
  dispatch: Dispatch
  /** Gives the id of the new request. */
  create(asker: Asker, form: NewRequest): Promise<string>
  submit(
    tx: Tx,
    record: RequestRecord,
    submitted: {
      form: NewRequest
      asker: Asker
      found: Dispatched
      summaries: Summaries
      /** What was known alike when it was sent. */
      similar?: SimilarView | undefined
    },
  ): Promise<void>
  /** Offers what is submitted to the group that was found; nothing where there is none. */
  offer(tx: Tx, record: RequestRecord, found: Dispatched): Promise<RequestRecord>
  /** Throws `invalid` with the fields that are missing; those of one `part` alone where told. */
  demandComplete(asker: Asker, form: NewRequest, part?: 'patient'): void
  /** The known ones of these studies get the urgency, and these sites see them. */
  share(tx: Tx, record: RequestRecord, summaries: Summaries, sites: readonly string[]): Promise<void>
  /** Stops when a study carries another identity and nobody said why it belongs here all the same. */
  compare(asker: Asker, form: NewRequest, uids: readonly string[], found: Traits, reason?: string): void
  link(
    tx: Tx,
    record: RequestRecord,
    linking: {
      uids: readonly string[]
      found: Summaries
      origin: Origin
      identityDifference?: string
      /** How they found each other, where nobody wrote it in the form. */
      by?: string
    },
  ): Promise<void>
}

const DISPATCH: Origin = { by: 'system', part: 'dispatch' }

/** How a request comes into being, is submitted, and is offered where one contract names the group. */
export function openCreation(
  deps: RequestsDeps,
  {
    steps,
    offering,
    dispatch,
    documents,
    similarTo,
  }: {
    steps: Steps
    offering: Offering
    dispatch: Dispatch
    documents: Documents
    similarTo: ReturnType<typeof openSimilar>
  },
): Creation {
  const { db, clock, ids, journal, studies, sites } = deps

  const offer: Creation['offer'] = async (tx, record, found) => {
    if (found.group !== undefined)
      return offering.begin(tx, record, {
        event: 'offer',
        origin: DISPATCH,
        given: { as: ['system'] },
        found,
      })
    await offering.unasked(tx, record)
    return record
  }

  const submit: Creation['submit'] = async (tx, record, { form, asker, found, summaries, similar }) => {
    demandComplete(asker, form)
    const at = record.happened_at ?? clock.now()
    const submitted = await steps.step(tx, record, {
      event: 'submit',
      origin: asker.origin,
      language: asker.who.account.language,
      given: { as: ['site'], faults: 0 },
      changes: { submitted_at: at, ordered_at: at },
      body: {
        ...saidIn(record),
        revision: record.revision,
        why: found.why as unknown as Json[],
        ...alike(similar, form),
      },
    })
    await offer(tx, submitted, found)
    await share(tx, submitted, summaries, found.group === undefined ? [] : [found.group.site])
  }

  const share: Creation['share'] = async (tx, { id, urgency }, summaries, sites) => {
    for (const summary of summaries.values())
      await studies.link(tx, summary.id, { request: id, sites, urgency })
  }

  const demandComplete: Creation['demandComplete'] = (asker, form, part) => {
    const { language } = asker.who.account
    const faults = formFaults(form, clock.isoNow().slice(0, 10))
      .filter(({ path }) => part === undefined || path.startsWith(part))
      .map(({ path, code }) => ({ path, message: faultWords(code, language) }))
    if (faults.length > 0) throw new Failure('invalid', guardWords('mandatory-fields', language), faults)
  }

  const compare: Creation['compare'] = (asker, form, uids, found, reason) => {
    if (reason !== undefined && reason !== '') return
    const { language } = asker.who.account
    const faults = uids.flatMap((uid, index) => {
      const study = found.get(uid)
      return study === undefined
        ? []
        : mismatches(form, study).map(one => ({
            path: `studies.${index}`,
            message: mismatchWords(one, language),
          }))
    })
    if (faults.length > 0) throw new Failure('invalid', faults[0]?.message ?? '', faults)
  }

  const link: Creation['link'] = async (tx, record, { uids, found, origin, identityDifference, by }) => {
    const sql = tx.sql<RequestTables>()
    const linked = await sql
      .selectFrom('request_studies')
      .select('StudyInstanceUID')
      .where('request', '=', record.id)
      .execute()
    let position = linked.length
    for (const uid of uids) {
      if (linked.some(row => row.StudyInstanceUID === uid)) continue
      await sql
        .insertInto('request_studies')
        .values({ request: record.id, StudyInstanceUID: uid, position: position++, linked_at: clock.now() })
        .execute()
      const summary = found.get(uid)
      await journal.append(
        tx,
        {
          type: 'request-linked',
          site: record.site,
          ids: { request: record.id, ...(summary === undefined ? {} : { study: summary.id }) },
          body: {
            reference: record.reference,
            StudyInstanceUID: uid,
            images: atHand(summary) ? 'here' : 'awaited',
            received: summary?.completeness.received ?? 0,
            identityDifference,
            by,
          },
        },
        origin,
      )
    }
  }

  async function create(asker: Asker, given: NewRequest): Promise<string> {
    const { who, origin } = asker
    const { submit: submitting, attachments = [], paper, ...form } = given
    if (!allows(who, 'request.create', { site: form.site })) {
      if (!allows(who, 'request.create', { site: who.membership.site }))
        fail('forbidden', notYoursWords(asker.who.account.language))
      fail('invalid', unknownSiteWords(asker.who.account.language), [
        { path: 'site', message: unknownSiteWords(asker.who.account.language) },
      ])
    }
    const happenedAt = askedAt(deps, asker, paper)
    const number = paper?.number === undefined ? undefined : asNumber(paper.number)
    const known = await sites.sites()
    if (known.find(site => site.id === form.site)?.closed === true)
      fail('conflict', closedSiteWords(asker.who.account.language))
    if (form.to !== undefined && !known.some(site => site.id === form.to && site.kind === 'reading'))
      fail('invalid', unknownSiteWords(asker.who.account.language), [
        { path: 'to', message: unknownSiteWords(asker.who.account.language) },
      ])
    const uids = [...new Set(form.studies ?? [])]
    const summaries = await studies.summaries(form.site, uids)
    if (submitting === true) demandComplete(asker, form)
    compare(asker, form, uids, await studies.traits(form.site, uids), form.identityDifference)
    const found = submitting === true ? await dispatch(form) : undefined

    const similar = submitting === true ? await similarTo(form) : undefined
    const files = documents.checked(asker, attachments)
    return withStored(deps.objects, files, keep =>
      db.write(async tx => {
        const now = clock.now()
        const record: RequestRecord = {
          id: ids.next('req'),
          site: form.site,
          reference: number ?? (await nextReference(tx, form.site)),
          state: 'draft',
          back: null,
          kind: form.kind,
          urgency: form.urgency,
          urgency_rank: URGENCY_RANK[form.urgency],
          modality: form.modality,
          reading_site: form.to ?? null,
          form: JSON.stringify(form),
          revision: 1,
          search: '',
          created_by: who.account.id,
          created_at: now,
          submitted_at: null,
          offered_at: null,
          claimed_at: null,
          accepted_at: null,
          images_at: uids.length > 0 && uids.every(uid => atHand(summaries.get(uid))) ? now : null,
          reported_at: null,
          ordered_at: happenedAt ?? now,
          due_at: null,
          due_for: null,
          claim: null,
          holder: null,
          holder_name: null,
          exam_done: uids.length > 0 ? 1 : 0,
          report: null,
          report_state: null,
          acknowledged: 0,
          offer_round: 0,
          offer_wave: 0,
          offer_waves: 0,
          wave_ms: null,
          had_by: null,
          terms: null,
          error_ask: null,
          triage: null,
          happened_at: happenedAt,
        }
        record.search = searchText(record.reference, form)
        const sql = tx.sql<RequestTables>()
        if (number !== undefined) await enterNumber(tx, asker, record)
        await sql.insertInto('requests').values(record).execute()
        await sql
          .insertInto('request_versions')
          .values({
            request: record.id,
            revision: 1,
            form: record.form,
            at: now,
            by: who.account.id,
            name: who.account.name,
            reason: null,
          })
          .execute()
        await journal.append(
          tx,
          {
            type: 'request-created',
            site: record.site,
            ids: { request: record.id },
            body: {
              ...about(record),
              ...saidIn(record),
              paper: number,
              state: 'draft',
              revision: 1,
              form: form as unknown as Json,
            },
          },
          origin,
        )
        await link(tx, record, {
          uids,
          found: summaries,
          origin,
          ...(form.identityDifference === undefined ? {} : { identityDifference: form.identityDifference }),
        })
        if (files.length > 0) await documents.attach(tx, asker, record, { files, objects: await keep(tx) })
        if (found !== undefined) await submit(tx, record, { form, asker, found, summaries, similar })
        return record.id
      }),
    )
  }

  return { create, dispatch, submit, offer, demandComplete, share, compare, link }
}

/** What was known alike when the request was sent, and why it was sent all the same. */
const alike = (similar: SimilarView | undefined, form: NewRequest) =>
  similar === undefined || similar.requests.length + similar.studies.length === 0
    ? {}
    : {
        similar: similar.requests.map(({ reference }) => reference),
        similarStudies: similar.studies.map(({ StudyInstanceUID }) => StudyInstanceUID),
        similarReason: form.similarReason,
      }
