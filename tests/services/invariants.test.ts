import { createHash } from 'node:crypto'
import test from 'ava'
import type { ReportTables } from '../../node/reports/schema.js'
import type { EventInput } from '../../node/requests/form.js'
import type { RequestEvent } from '../../node/requests/lifecycle.js'
import { REQUEST_STATES, replay, stepOf } from '../../node/requests/lifecycle.js'
import { offersAfter } from '../../node/requests/offer.js'
import type { Asker } from '../../node/requests/ports.js'
import type { RequestTables } from '../../node/requests/schema.js'
import type { NewRequest, RequestState, Urgency } from '../../node/requests/view.js'
import { readOffers } from '../../node/requests/worklist.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, person } from '../support/act.js'
import { dice, scaled, seed } from '../support/scale.js'

const LIVES = scaled(40, 1_000)
const STEPS = 25
const MINUTE_MS = 60_000
const { referrer, technician, first, second, outsider, coordinator } = PEOPLE
const nord = person('acc_coo_nord', 'Mme Nord', 'coordinator', 'nord')
const EVERYBODY: readonly Asker[] = [
  referrer,
  technician,
  first,
  second,
  first,
  second,
  outsider,
  coordinator,
  nord,
]

/** What anybody may try, possible or not. */
const TRIES: readonly [RequestEvent, EventInput][] = [
  ['claim', {}],
  ['claim', {}],
  ['claim', {}],
  ['decline', { code: 'overload' }],
  ['accept', { text: 'Protocole' }],
  ['start', {}],
  ['start', {}],
  ['ask', { text: 'Créatinine ?' }],
  ['answer', { text: '78' }],
  ['release', { reason: 'Fin' }],
  ['reroute', { reason: 'Autre' }],
  ['reroute', { reason: 'Elle', reader: 'acc_rad2' }],
  ['hand-over', { reader: 'acc_rad2' }],
  ['hand-over', { reader: 'acc_rad1', told: true }],
  ['take-over', {}],
  ['await-exam', {}],
  ['exam-done', {}],
  ['refuse', { code: 'other-modality', reason: 'IRM', alternative: 'IRM' }],
  ['acknowledge-refusal', {}],
  ['cancel', { reason: 'Doublon' }],
  ['record-outcome', { code: 'transferred' }],
  ['offer', {}],
  ['ask-error', { reason: 'Doublon' }],
  ['decline-error', { reason: 'Non' }],
  ['enter-in-error', {}],
]
/** What ends a life, or could be said at any moment of it. */
const SELDOM: readonly RequestEvent[] = ['cancel', 'record-outcome', 'refuse', 'ask-error', 'decline-error']
const ENDS: readonly RequestState[] = ['cancelled', 'refused', 'expired', 'entered-in-error']
const BY_A_PERSON = [
  'request-outcome-recorded',
  'request-cancelled',
  'request-refused',
  'request-closed',
  'request-entered-in-error',
]

type Step = (act: Act, id: string) => Promise<unknown>
const sent =
  (who: Asker, event: RequestEvent, input: EventInput = {}): Step =>
  (act, id) =>
    act.requests.send(who, id, event, input)
const signed =
  (as: 'preliminary' | 'final'): Step =>
  (act, id) =>
    report(act, id, as, first)
const seenByReferrer: Step = async (act, id) => {
  const { reports } = await act.requests.view(referrer, id)
  const last = reports.at(-1)
  if (last !== undefined) await act.reports.acknowledge(referrer, last.id, {})
}
const lastReport = async (act: Act, id: string) =>
  (await act.requests.view(nord, id)).reports.at(-1)?.id ?? 'rep_0'
const added = async (act: Act, id: string, who: Asker) =>
  act.reports.addendum(who, await lastReport(act, id), {
    text: 'Un mot de plus',
    reauthentication: { password: PASSWORD },
  })
const lastCritical = async (act: Act, id: string) =>
  (await act.criticals.known(id)).at(-1)?.record.id ?? 'crt_0'
/** What becomes of a critical finding: it keeps its act open until somebody has closed it. */
const FINDINGS: readonly ((act: Act, id: string, who: Asker) => Promise<unknown>)[] = [
  (act, id, who) =>
    act.criticals.raise(who, id, { class: 1, finding: 'Hématome', foundAt: act.clock.isoNow() }),
  async (act, id, who) =>
    act.criticals.acknowledge(who, await lastCritical(act, id), {
      ...{ receiver: 'Dr Garde', role: 'interne', at: act.clock.isoNow() },
      ...{ method: 'téléphone', readBack: true },
    }),
  async (act, id, who) => act.criticals.close(who, await lastCritical(act, id), undefined),
]
/** Longer than every wave, and than the time a coordinator has after them. */
const nobodyCame: Step = async act => {
  for (let day = 0; day < 8; day++) {
    act.clock.advance(24 * 60 * MINUTE_MS)
    await due(act)
  }
}
const CLAIMED = [sent(first, 'claim')]
const ACCEPTED = [...CLAIMED, sent(first, 'accept', { text: 'Protocole' })]
const READING = [...ACCEPTED, sent(first, 'start')]
/** What is claimed is not yet accepted only where an exam is still to be done. */
const TO_COME: Partial<NewRequest> = { studies: [], modality: 'CT', kind: 'reading' }
/** A way to each state: half of the lives begin with one, so that chance goes on from every state, whatever the seed. */
const WAYS: Readonly<Record<RequestState, { form?: Partial<NewRequest>; steps: readonly Step[] }>> = {
  draft: { form: { submit: false }, steps: [] },
  submitted: { form: { modality: 'US' }, steps: [] },
  offered: { steps: [] },
  claimed: { steps: CLAIMED },
  accepted: { steps: ACCEPTED },
  'awaiting-exam': { steps: [...ACCEPTED, sent(technician, 'await-exam')] },
  reading: { steps: READING },
  reported: { steps: [...READING, signed('final')] },
  delivered: { steps: [...READING, signed('preliminary'), seenByReferrer] },
  closed: { steps: [...READING, signed('final'), seenByReferrer] },
  'info-requested': { steps: [...READING, sent(first, 'ask', { text: 'Créatinine ?' })] },
  refused: {
    steps: [...CLAIMED, sent(first, 'refuse', { code: 'other-modality', reason: 'IRM', alternative: 'IRM' })],
  },
  cancelled: { steps: [sent(coordinator, 'cancel', { reason: 'Doublon' })] },
  expired: { form: { urgency: 'urgent' }, steps: [nobodyCame] },
  'entered-in-error': {
    steps: [sent(referrer, 'ask-error', { reason: 'Doublon' }), sent(nord, 'enter-in-error')],
  },
}

/** Every handler of a timer that is due is run now, in the order of its time. */
async function due(act: Act): Promise<void> {
  await act.outbox.runLane('requests')
}

async function report(act: Act, id: string, as: 'preliminary' | 'final', who: Asker): Promise<void> {
  const { report: draft } = await act.reports.draft(who, id)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'c' }
  await act.reports.save(who, draft.id, draft.revision, sections)
  await act.reports.sign(who, draft.id, { reauthentication: { password: PASSWORD }, as })
}

test('whatever is tried by whomever, in whatever order and however late: the invariants of an act hold', async t => {
  t.log(`seed ${seed}`)
  const act = await openAct()
  t.teardown(() => act.close())
  const throwOf = dice(seed)
  const pick = <T>(of: readonly T[]) => of[throwOf(of.length)] as T
  const seen = new Set<string>()

  for (let life = 0; life < LIVES; life++) {
    const state = REQUEST_STATES[life % (2 * REQUEST_STATES.length)]
    const way = state === undefined ? undefined : WAYS[state]
    const form = {
      ...pick([FORM, { ...FORM, studies: [] }, { ...FORM, modality: 'US' }]),
      urgency: pick<Urgency>(['emergency', 'urgent', 'routine']),
      kind: pick(['reading', 'reading', 'opinion'] as const),
      ...(way === undefined ? {} : { ...TO_COME, ...way.form }),
    }
    const { urgency } = form
    const { id } = await act.requests.create(referrer, form)
    for (const step of way?.steps ?? []) await step(act, id)
    if (state !== undefined) t.is((await act.requests.view(nord, id)).state, state, 'where its way leads')
    if (state !== undefined) seen.add(state)
    let total = 0
    const signed = new Map<string, string>()
    for (let step = 0; step < STEPS; step++) {
      act.clock.advance(throwOf(8) === 0 ? throwOf(3000) * MINUTE_MS : throwOf(6) * MINUTE_MS)
      await due(act)
      // One throw after another is no chance where each step takes as many.
      for (let more = throwOf(5); more > 0; more--) throwOf(2)
      const who = pick(EVERYBODY)
      const [event, input] = pick(await likely(who, id))
      try {
        const chance = throwOf(16)
        if (chance < 2) await report(act, id, pick(['preliminary', 'final'] as const), pick([first, second]))
        else if (chance < 7 && chance > 3) await pick(FINDINGS)(act, id, pick([first, second, referrer]))
        else if (chance === 7) await added(act, id, pick([first, second]))
        else if (chance === 3) await act.requests.offerSeen(who, id)
        else if (chance === 2) await seenByReferrer(act, id)
        else await act.requests.send(who, id, event, input)
      } catch (thrown) {
        const code = (thrown as { code?: string }).code
        // A refusal leaves no trace; anything else is a bug.
        if (!['conflict', 'forbidden', 'invalid', 'missing'].includes(code ?? '')) throw thrown
      }
      const { state, clock } = await act.requests.view(nord, id)
      seen.add(state)
      t.true(clock.totalMs >= total, 'the total clock never resets')
      total = clock.totalMs
      const live = await act.db
        .sql<RequestTables>()
        .selectFrom('request_claims')
        .select('id')
        .where('request', '=', id)
        .where('ended_at', 'is', null)
        .execute()
      t.true(live.length <= 1, 'at most one live claim')
      await checkSigned(id, signed)
    }
    await checkLife(id, urgency)
  }
  t.log(`states seen: ${[...seen].sort().join(', ')}`)
  for (const state of REQUEST_STATES) t.true(seen.has(state), `no life came to be ${state}`)

  /** Half of the time something they may do now, so that lives get somewhere; ends come seldom. */
  async function likely(who: Asker, id: string) {
    if (throwOf(2) === 0) return TRIES.filter(([event]) => !SELDOM.includes(event) || throwOf(6) === 0)
    const may = (await act.requests.view(who, id).catch(() => undefined))?.may ?? []
    const possible = TRIES.filter(
      ([event]) => may.includes(event) && (!SELDOM.includes(event) || throwOf(4) === 0),
    )
    return possible.length > 0 ? possible : TRIES
  }

  /** Versions once signed stay, byte for byte, each naming the one before; who got one got every later one. */
  async function checkSigned(id: string, known: Map<string, string>): Promise<void> {
    const sql = act.db.sql<ReportTables>()
    const versions = await sql
      .selectFrom('report_versions')
      .innerJoin('reports', 'reports.id', 'report_versions.report')
      .select(['report', 'version', 'signed', 'digest'])
      .where('reports.request', '=', id)
      .orderBy('report')
      .orderBy('version')
      .execute()
    for (const { report: of, version, signed, digest } of versions) {
      const name = `${of} ${version}`
      t.is(known.get(name) ?? signed, signed, 'no signed byte is edited')
      t.is(createHash('sha256').update(signed).digest('hex'), digest)
      known.set(name, signed)
      const before = versions.find(each => each.report === of && each.version === version - 1)
      if (before === undefined) continue
      t.is((JSON.parse(signed) as { previous?: string }).previous, before.digest, 'each names the one before')
      const got = async (which: number) =>
        (
          await sql
            .selectFrom('report_deliveries')
            .select('recipient')
            .where('report', '=', of)
            .where('version', '=', which)
            .where('channel', '=', 'screen')
            .execute()
        ).map(({ recipient }) => recipient)
      const next = await got(version)
      t.deepEqual(
        (await got(version - 1)).filter(each => !next.includes(each)),
        [],
        'whoever got version n gets n + 1',
      )
    }
    t.is(known.size, versions.length, 'no version goes')
  }

  async function checkLife(id: string, urgency: Urgency): Promise<void> {
    const facts = await act.journal.read({ subject: id, limit: 1000 })
    const row = await act.db
      .sql<RequestTables>()
      .selectFrom('requests')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    for (const fact of facts) {
      t.truthy(fact.origin, 'no state without an actor')
      t.true(fact.at > 0, 'nor without a time')
    }
    const position = replay(facts.map(stepOf))
    t.deepEqual(
      [position.state, position.claim?.id ?? null, position.claim?.holder ?? null],
      [row.state, row.claim, row.holder],
      'replaying the journal gives the same state and holder',
    )
    const key = ({
      round,
      account,
      wave,
      outcome,
    }: {
      round: number
      account: string
      wave: number
      outcome: string
    }) => `${round} ${account} ${wave} ${outcome}`
    t.deepEqual(
      (offersAfter(facts) ?? []).map(key).sort(),
      (await readOffers(act.db.sql<RequestTables>(), id)).map(key).sort(),
      'and the same offers',
    )
    const holds = await act.db
      .sql<RequestTables>()
      .selectFrom('request_holds')
      .selectAll()
      .where('request', '=', id)
      .execute()
    if (row.state === 'closed') t.deepEqual(holds, [], 'nothing is closed with something open')
    const asks = await act.db
      .sql<RequestTables>()
      .selectFrom('request_asks')
      .selectAll()
      .where('request', '=', id)
      .where('answered_at', 'is', null)
      .execute()
    if (!['info-requested', ...ENDS].includes(row.state)) t.deepEqual(asks, [], 'an ask keeps it where it is')
    if (urgency === 'emergency' && ENDS.includes(row.state)) {
      const end = facts.findLast(({ type }) => BY_A_PERSON.includes(type))
      t.is(end?.origin?.by, 'account', 'an emergency never ends without a person')
    }
    if (urgency === 'emergency') t.not(row.state, 'expired')
  }
})
