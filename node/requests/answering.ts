import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import { armSilence } from './arming.js'
import type { Asks } from './asks.js'
import { happenedBefore } from './entered-later.js'
import { examCame } from './exam-came.js'
import type { RequestEvent } from './lifecycle.js'
import type { Asker } from './ports.js'
import { momentsIn, timersOf } from './record.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { imagesOf } from './sending.js'
import { capacitiesOf } from './standing.js'
import { notPermitted, type Steps } from './steps.js'
import { dueOf } from './timers.js'
import type { RequestState } from './view.js'
import { conflictWords } from './words.js'
import { readStudies } from './worklist.js'

/** What other domains do to a request: its report, its delivery, its images. All inside their transaction. */
export interface Answering {
  /**
   * Brings a claimed request to `reading` for its holder, who begins a report: writing one is accepting and
   * starting, so that no click stands between an emergency and its reader. Later states stay as they are.
   */
  openReading(tx: Tx, asker: Asker, request: KnownRequest, images: ImagesKnown, report: string): Promise<void>
  /** A version was signed; the fact `report-signed` is the caller's. Gives the states before and after. */
  signed(
    tx: Tx,
    asker: Asker,
    id: string,
    version: { kind: SignedKind; significant?: boolean },
  ): Promise<{ from: RequestState; state: RequestState }>
  /** What a fact says of when it happened, where it is entered later; see `entered-later.ts`. Throws `invalid`. */
  happenedBefore(
    asker: Asker,
    said: { request: string; event: RequestEvent; happenedAt: string | undefined },
  ): Promise<{ happenedAt?: string }>
  /**
   * Keeps the act open under this name until it is taken away, which closes what nothing else keeps open. One that has
   * closed is open again, by whoever it comes from.
   */
  hold(tx: Tx, request: string, name: string, origin: Origin): Promise<void>
  unhold(tx: Tx, request: string, name: string): Promise<void>
  /** A named person of the site has seen the answer: delivered, and closed when nothing is open. */
  acknowledged(tx: Tx, origin: Origin, id: string): Promise<void>
  /** The site's PACS confirmed the report: that delivers a routine request, nothing more urgent. */
  received(tx: Tx, origin: Origin, id: string): Promise<void>
  /** Images of a linked study begin to come: what is urgent is sent on first, and who was asked sees them. */
  imagesArriving(tx: Tx, arriving: { site: string; StudyInstanceUID: string; study: string }): Promise<void>
  /** A linked study is at hand: the readers' clocks begin. */
  imagesArrived(tx: Tx, site: string, StudyInstanceUID: string, at: number): Promise<void>
}

/** Images of the linked studies at one moment, for the record. */
export type ImagesKnown = readonly { StudyInstanceUID: string; received: number; expected: number | null }[]

/** What a version can be; `withdrawal` takes the report back. */
export type SignedKind = 'preliminary' | 'final' | 'addendum' | 'correction' | 'withdrawal'

/** Names of the holds on closing that a report places. */
const FINAL_REPORT = 'final-report'
const ANSWER_SEEN = 'answer-seen'
/** Only a person's word ends these: a PACS that has the report delivers nothing while one stands. */
const SEEN_BY_PERSON = /^(critical:|difference-seen$)/
const DIFFERENCE_SEEN = 'difference-seen'
const OPEN_AT_DESK: readonly RequestState[] = ['reading', 'info-requested', 'reported', 'delivered', 'closed']
const NO_LONGER_ASKED: readonly RequestState[] = [
  'draft',
  'refused',
  'cancelled',
  'expired',
  'entered-in-error',
]

export function openAnswering(
  deps: RequestsDeps,
  { step, byId }: Steps,
  asks: Pick<Asks, 'withdraw'>,
): Answering {
  const { clock, studies, outbox } = deps

  async function openReading(
    tx: Tx,
    asker: Asker,
    request: KnownRequest,
    images: ImagesKnown,
    report: string,
  ) {
    let record = await byId(tx, request.record.id)
    const as = capacitiesOf(asker.who, record, request.placement)
    if (!as.includes('holder')) notPermitted(record, ['holder'], as, asker.who.account.language)
    const common = {
      origin: asker.origin,
      language: asker.who.account.language,
      given: { as, examDone: true },
    }
    if (record.state === 'claimed')
      record = await step(tx, record, {
        ...common,
        event: 'accept',
        changes: { accepted_at: clock.now() },
        body: { implied: 'report' },
      })
    if (record.state === 'accepted')
      record = await step(tx, record, {
        ...common,
        event: 'start',
        body: { images: images as unknown as Json[] },
      })
    // What was asked back may be waited for at the desk: its clock stands still until it is answered, or signed without.
    if (!OPEN_AT_DESK.includes(record.state))
      fail(
        'conflict',
        conflictWords(asker.who.account.language, 'start', record.state, record.holder_name ?? undefined),
      )
    if (record.report !== report)
      await tx
        .sql<RequestTables>()
        .updateTable('requests')
        .set({ report, report_state: 'draft' })
        .where('id', '=', record.id)
        .execute()
  }

  async function signed(
    tx: Tx,
    asker: Asker,
    id: string,
    { kind, significant }: { kind: SignedKind; significant?: boolean },
  ) {
    const record = await byId(tx, id)
    const after = await step(tx, await waitingNoMore(tx, asker, record), {
      event: 'report',
      origin: asker.origin,
      language: asker.who.account.language,
      given: { as: record.holder === asker.who.account.id ? ['holder'] : [] },
      changes: {
        reported_at: clock.now(),
        report_state: kind === 'preliminary' ? 'preliminary' : kind === 'withdrawal' ? 'withdrawn' : 'final',
        acknowledged: 0,
      },
    })
    await place(tx, id, ANSWER_SEEN)
    if (significant === true) await place(tx, id, DIFFERENCE_SEEN)
    // A report that was taken back is none: the act still owes its final one.
    if (kind === 'preliminary' || kind === 'withdrawal') await place(tx, id, FINAL_REPORT)
    else await takeAway(tx, id, FINAL_REPORT)
    return { from: record.state, state: after.state }
  }

  /** Whoever asked back and signs all the same has waited long enough: what did not come is printed as that. */
  async function waitingNoMore(tx: Tx, asker: Asker, record: RequestRecord): Promise<RequestRecord> {
    if (record.state !== 'info-requested' || record.holder !== asker.who.account.id) return record
    const back = await asks.withdraw(tx, asker, record)
    if (back.state !== 'accepted') return back
    const linked = await readStudies(tx.sql<RequestTables>(), [record.id])
    const uids = linked.get(record.id) ?? []
    const images = imagesOf(uids, await studies.summaries(record.site, uids))
    return step(tx, back, {
      event: 'start',
      origin: asker.origin,
      given: { as: ['holder'] },
      body: { images },
    })
  }

  async function acknowledged(tx: Tx, origin: Origin, id: string) {
    const sql = tx.sql<RequestTables>()
    await sql.updateTable('requests').set({ acknowledged: 1 }).where('id', '=', id).execute()
    for (const name of [ANSWER_SEEN, DIFFERENCE_SEEN]) await takeAway(tx, id, name)
    const record = await byId(tx, id)
    const delivered =
      record.state === 'reported'
        ? await step(tx, record, { event: 'deliver', origin, given: { as: ['site'] } })
        : record
    await closeIfNothingOpen(tx, delivered)
  }

  async function received(tx: Tx, origin: Origin, id: string) {
    const record = await byId(tx, id)
    if (record.state !== 'reported' || record.urgency !== 'routine') return
    if ((await holdsOf(tx, id)).some(name => SEEN_BY_PERSON.test(name))) return
    await closeIfNothingOpen(
      tx,
      await step(tx, record, { event: 'deliver', origin, given: { as: ['system'] } }),
    )
  }

  async function closeIfNothingOpen(tx: Tx, record: RequestRecord) {
    if (record.state !== 'delivered') return
    if ((await holdsOf(tx, record.id)).length > 0) return
    await step(tx, record, {
      event: 'close',
      origin: { by: 'system', part: 'requests' },
      given: { as: ['system'] },
    })
  }

  const holdsOf = async (tx: Tx, request: string): Promise<string[]> =>
    (
      await tx
        .sql<RequestTables>()
        .selectFrom('request_holds')
        .select('name')
        .where('request', '=', request)
        .execute()
    ).map(({ name }) => name)

  async function unhold(tx: Tx, request: string, name: string) {
    await takeAway(tx, request, name)
    await closeIfNothingOpen(tx, await byId(tx, request))
  }

  async function hold(tx: Tx, request: string, name: string, origin: Origin) {
    await place(tx, request, name)
    const record = await byId(tx, request)
    if (record.state !== 'closed') return
    await step(tx, record, { event: 'reopen', origin, given: { as: ['system'] }, body: { because: name } })
  }

  async function place(tx: Tx, request: string, name: string) {
    await tx
      .sql<RequestTables>()
      .insertInto('request_holds')
      .values({ request, name, at: clock.now() })
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }

  async function takeAway(tx: Tx, request: string, name: string) {
    await tx
      .sql<RequestTables>()
      .deleteFrom('request_holds')
      .where('request', '=', request)
      .where('name', '=', name)
      .execute()
  }

  const linked = (tx: Tx, site: string, uid: string) =>
    tx
      .sql<RequestTables>()
      .selectFrom('requests')
      .selectAll('requests')
      .innerJoin('request_studies', 'request_studies.request', 'requests.id')
      .where('request_studies.StudyInstanceUID', '=', uid)
      .where('requests.site', '=', site)
      .where('state', 'not in', NO_LONGER_ASKED)
      .execute()

  const imagesArriving: Answering['imagesArriving'] = async (tx, { site, StudyInstanceUID, study }) => {
    for (const record of await linked(tx, site, StudyInstanceUID)) {
      const { id, urgency } = record
      const parties = await tx
        .sql<RequestTables>()
        .selectFrom('request_parties')
        .select('site')
        .where('request', '=', id)
        .where('until', 'is', null)
        .execute()
      await studies.link(tx, study, { request: id, sites: parties.map(party => party.site), urgency })
      await examCame(tx, { step }, record, record.images_at)
    }
  }

  async function imagesArrived(tx: Tx, site: string, uid: string, at: number) {
    for (const record of await linked(tx, site, uid)) {
      if (record.images_at !== null || (await examCame(tx, { step }, record, at)) !== undefined) continue
      const moments = momentsIn({ ...record, images_at: at })
      const due = dueOf(record.state, timersOf(record), moments)
      await tx
        .sql<RequestTables>()
        .updateTable('requests')
        .set({ images_at: at, exam_done: 1, due_at: due?.at ?? null, due_for: due?.for ?? null })
        .where('id', '=', record.id)
        .execute()
      await armSilence(outbox, tx, { ...record, images_at: at, exam_done: 1 })
    }
  }

  return {
    happenedBefore: (asker, said) => happenedBefore(deps, asker, said),
    openReading,
    signed,
    hold,
    unhold,
    acknowledged,
    received,
    imagesArriving,
    imagesArrived,
  }
}
