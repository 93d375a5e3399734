import test from 'ava'
import fc from 'fast-check'
import { candidates, explain, type Reader } from '../../node/offsite/candidates.js'
import { plainSituation } from '../../node/offsite/situation.js'
import { clockLegs, type Moment } from '../../node/requests/clock-legs.js'
import {
  advance,
  BEGINNING,
  beginsClaim,
  type Capacity,
  eventsFor,
  FACT_OF,
  type Given,
  LIFECYCLE,
  type Position,
  permits,
  REQUEST_EVENTS,
  REQUEST_STATES,
  type RequestEvent,
  replay,
  type Step,
  transitionOf,
  unmet,
} from '../../node/requests/lifecycle.js'
import { ageYears, formFaults, identityFits, isPaired } from '../../node/requests/rules.js'
import { searchable, searchTerms } from '../../node/requests/search.js'
import { isTimeCritical } from '../../node/requests/time-critical.js'
import { dueOf, type Moments, timersFor } from '../../node/requests/timers.js'
import { isNear, placeOf } from '../../node/requests/triage.js'
import type { NewRequest, RequestState } from '../../node/requests/view.js'
import { USUAL_MINUTES } from '../../node/sites/usual.js'

/** From colleague to colleague, wherever somebody holds it. */
const HANDED = { 'hand-over': 'same', 'take-over': 'same' } as const

/** From everywhere but from where it leads. */
const ERROR: Partial<Record<RequestEvent, RequestState | 'same'>> = {
  'ask-error': 'same',
  'decline-error': 'same',
  'enter-in-error': 'entered-in-error',
}

/** The table of the domain, written out a second time and by hand: state → event → next state. */
const EXPECTED: Record<RequestState, Partial<Record<RequestEvent, RequestState | 'back' | 'same'>>> = {
  draft: { submit: 'submitted', cancel: 'cancelled' },
  submitted: { offer: 'offered', cancel: 'cancelled', 'record-outcome': 'cancelled', expire: 'expired' },
  offered: {
    decline: 'offered',
    claim: 'claimed',
    reroute: 'offered',
    cancel: 'cancelled',
    'record-outcome': 'cancelled',
    expire: 'expired',
  },
  claimed: {
    accept: 'accepted',
    refuse: 'refused',
    release: 'offered',
    reroute: 'offered',
    ...HANDED,
    cancel: 'cancelled',
  },
  accepted: {
    start: 'reading',
    'await-exam': 'awaiting-exam',
    'exam-done': 'same',
    ask: 'info-requested',
    refuse: 'refused',
    release: 'offered',
    reroute: 'offered',
    ...HANDED,
    cancel: 'cancelled',
  },
  'awaiting-exam': {
    'exam-done': 'accepted',
    release: 'offered',
    reroute: 'offered',
    ...HANDED,
    cancel: 'cancelled',
  },
  reading: {
    report: 'reported',
    'exam-done': 'same',
    ask: 'info-requested',
    release: 'offered',
    reroute: 'offered',
    ...HANDED,
    cancel: 'cancelled',
  },
  'info-requested': {
    answer: 'back',
    'exam-done': 'same',
    release: 'offered',
    reroute: 'offered',
    ...HANDED,
    cancel: 'cancelled',
  },
  reported: { report: 'reported', deliver: 'delivered', ...HANDED },
  delivered: { report: 'reported', close: 'closed', ...HANDED },
  closed: { report: 'reported', reopen: 'delivered' },
  refused: { 'acknowledge-refusal': 'same' },
  cancelled: {},
  expired: {},
  'entered-in-error': {},
}

test('every state and event of the lifecycle leads where the domain says, and an unlisted pair is a conflict', t => {
  let pairs = 0
  for (const state of REQUEST_STATES)
    for (const event of REQUEST_EVENTS) {
      const expected = state === 'entered-in-error' ? undefined : (ERROR[event] ?? EXPECTED[state][event])
      if (expected === undefined)
        t.like(
          t.throws(() => transitionOf(state, event)),
          { code: 'conflict' },
        )
      else t.is(transitionOf(state, event).to, expected, `${state} × ${event}`)
      pairs++
    }
  t.is(pairs, 15 * 26)
})

test('every transition has somebody who may make it, and its fact is in the past tense', t => {
  for (const transitions of Object.values(LIFECYCLE))
    for (const transition of Object.values(transitions)) t.true(transition.by.length > 0)
  t.is(new Set(Object.values(FACT_OF)).size, REQUEST_EVENTS.length)
})

const given = (over: Partial<Given> = {}): Given => ({
  urgency: 'routine',
  examDone: true,
  as: ['holder'],
  reason: 'because',
  alternative: 'MR',
  text: 'done',
  faults: 0,
  candidates: 1,
  holds: [],
  secondPerson: 'acc_2',
  ...over,
})

test('each guard holds back exactly what it is for', t => {
  const first = (state: RequestState, event: RequestEvent, over: Partial<Given>) =>
    unmet(transitionOf(state, event), given(over))
  t.is(first('draft', 'submit', { faults: 2 }), 'mandatory-fields')
  t.is(first('submitted', 'offer', { candidates: 0 }), 'candidates')
  t.is(first('offered', 'decline', { reason: ' ' }), 'coded')
  t.is(first('offered', 'decline', { reason: ' ', code: 'overload' }), undefined)
  t.is(first('claimed', 'refuse', { alternative: undefined }), 'alternative')
  t.is(first('claimed', 'accept', { examDone: false, text: undefined }), 'protocol')
  t.is(first('claimed', 'accept', { examDone: true, text: undefined }), undefined)
  t.is(first('claimed', 'accept', { examDone: false, text: 'Angio-TDM' }), undefined)
  t.is(first('accepted', 'ask', { text: '' }), 'text')
  t.is(first('submitted', 'expire', { urgency: 'emergency' }), 'not-emergency')
  t.is(first('offered', 'expire', { urgency: 'urgent' }), undefined)
  t.is(first('submitted', 'record-outcome', { code: 'transferred' }), 'emergency')
  t.is(first('submitted', 'record-outcome', { urgency: 'emergency' }), 'outcome')
  t.is(
    first('refused', 'acknowledge-refusal', { urgency: 'emergency', acknowledged: true }),
    'unseen-refusal',
  )
  t.is(first('claimed', 'hand-over', {}), 'colleague')
  t.is(first('claimed', 'accept', { examDone: false, protocolDue: false, text: undefined }), undefined)
  t.is(first('delivered', 'close', { holds: ['final-report'] }), 'nothing-open')
  t.is(first('closed', 'ask-error', { reason: ' ' }), 'reason')
  t.is(first('closed', 'ask-error', { errorAsked: true }), 'error-unasked')
  t.is(first('closed', 'decline-error', {}), 'error-asked')
  t.is(first('closed', 'enter-in-error', {}), 'error-asked')
  t.is(first('closed', 'enter-in-error', { errorAsked: true, secondPerson: undefined }), 'two-persons')
  t.is(first('closed', 'enter-in-error', { errorAsked: true }), undefined)
  t.is(first('offered', 'cancel', { as: ['site'], examDone: false, reason: undefined }), undefined)
  t.is(first('offered', 'cancel', { as: ['site'], examDone: true }), 'before-exam')
  t.is(first('reading', 'cancel', { as: ['holder'], examDone: true }), undefined)
  t.is(first('reading', 'cancel', { as: ['coordinator'], reason: '' }), 'before-exam')
})

test('a person is offered only the events of their capacity', t => {
  const offers = (state: RequestState, as: Capacity[], over: Partial<Given> = {}) =>
    eventsFor(state, given({ as, reason: undefined, text: undefined, alternative: undefined, ...over }))
  t.deepEqual(offers('offered', ['offered']), ['decline', 'claim'])
  t.deepEqual(offers('offered', ['site']), ['ask-error'])
  t.deepEqual(offers('offered', ['site'], { examDone: false }), ['cancel', 'ask-error'])
  t.deepEqual(offers('offered', ['site'], { errorAsked: true }), ['decline-error', 'enter-in-error'])
  t.deepEqual(offers('offered', ['site'], { errorAsked: true, secondPerson: undefined }), ['decline-error'])
  t.deepEqual(offers('claimed', ['offered']), [])
  t.deepEqual(offers('claimed', ['holder']), ['accept', 'refuse', 'release', 'hand-over', 'cancel'])
  t.deepEqual(offers('claimed', ['successor']), ['take-over'])
  t.deepEqual(offers('offered', ['coordinator'], { urgency: 'emergency' }), [
    'reroute',
    'cancel',
    'record-outcome',
    'ask-error',
  ])
  t.deepEqual(offers('refused', ['site'], { urgency: 'emergency', acknowledged: false }), [
    'acknowledge-refusal',
    'ask-error',
  ])
  t.deepEqual(offers('refused', ['site'], { urgency: 'routine', acknowledged: false }), ['ask-error'])
  t.deepEqual(offers('reading', ['coordinator']), ['reroute', 'cancel', 'ask-error'])
  t.deepEqual(offers('info-requested', ['site']), ['answer', 'exam-done', 'ask-error'])
  t.deepEqual(offers('closed', ['holder']), [])
  t.deepEqual(offers('closed', ['holder', 'coordinator', 'site']), ['ask-error'])
  t.deepEqual(offers('entered-in-error', ['coordinator', 'site'], { errorAsked: true }), [])
})

/** Any order of attempts, half of them possible in their state; the others are refused and leave no trace. */
interface Attempt {
  event: RequestEvent
  possible: boolean
  pick: number
  holder: string
  gapMs: number
}

const attempts = fc.array(
  fc.record({
    event: fc.constantFrom(...REQUEST_EVENTS),
    possible: fc.boolean(),
    pick: fc.nat(99),
    holder: fc.constantFrom('acc_1', 'acc_2', 'acc_3'),
    gapMs: fc.integer({ min: 0, max: 10_000_000 }),
  }),
  { maxLength: 60 },
)

interface Run {
  positions: Position[]
  steps: (Step & { at: number })[]
}

function run(tries: Attempt[]): Run {
  const positions: Position[] = [BEGINNING]
  const steps: Run['steps'] = []
  let at = 0
  for (const [index, { event: any, possible, pick, holder, gapMs }] of tries.entries()) {
    at += gapMs
    const before = positions.at(-1) as Position
    // The way on, without those that end everything: they come among the impossible ones often enough.
    const ways = REQUEST_EVENTS.filter(
      way => LIFECYCLE[before.state][way] && !['cancel', 'expire', 'enter-in-error'].includes(way),
    )
    const event = (possible && ways[pick % ways.length]) || any
    const claim = beginsClaim(event) ? { id: `clm_${index}`, holder } : undefined
    try {
      positions.push(advance(before, event, claim))
      steps.push({ type: FACT_OF[event], claim, at })
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'conflict') throw thrown // anything but a refusal is a bug
    }
  }
  return { positions, steps }
}

test('whatever is tried in whatever order: at most one live claim, and replaying the facts gives the same position', t => {
  fc.assert(
    fc.property(attempts, tries => {
      const { positions, steps } = run(tries)
      for (const [index, position] of positions.entries()) {
        const before = positions[index - 1]
        // A second claim never begins while one lives, but where its holder hands it on.
        if (before?.claim && position.claim && steps[index - 1]?.type !== 'request-taken-over')
          t.is(position.claim.id, before.claim.id)
        if (['draft', 'submitted', 'offered'].includes(position.state)) t.is(position.claim, null)
        if (['claimed', 'accepted', 'reading', 'reported'].includes(position.state))
          t.not(position.claim, null)
        t.is(position.back !== null, position.state === 'info-requested')
      }
      t.deepEqual(replay(steps), positions.at(-1) as Position)
      t.deepEqual(replay([{ type: 'request-created' }, ...steps, { type: 'study-sent' }]), positions.at(-1))
    }),
    { numRuns: 500 },
  )
})

const says = (at: number, state: RequestState, fact = `request-${state}`): Moment => ({ at, state, fact })

test('the total clock never resets and never runs backwards, and its parts make it up', t => {
  const arrivals = fc.array(
    fc.record({
      arrival: fc.constantFrom('arr_1', 'arr_2'),
      images: fc.constantFrom('awaited' as const, 'here' as const),
      at: fc.integer({ min: 0, max: 50_000_000 }),
    }),
    { maxLength: 10 },
  )
  fc.assert(
    fc.property(attempts, arrivals, (tries, images) => {
      const { positions, steps } = run(tries)
      const moments: Moment[] = [
        ...steps.map((step, index) => says(step.at, (positions[index + 1] as Position).state, step.type)),
        ...images,
      ].sort((a, b) => a.at - b.at)
      let total = 0
      for (let known = 0; known <= moments.length; known++) {
        const at = moments[known - 1]?.at ?? 0
        const clock = clockLegs(moments.slice(0, known), at)
        t.is(clock.totalMs, clock.siteMs + clock.transferMs + clock.readerMs + clock.pausedMs)
        t.true(clock.totalMs >= total)
        total = clock.totalMs
      }
    }),
    { numRuns: 300 },
  )
})

test('the clock says whose time it was: site, transfer, reader, paused', t => {
  const minute = 60_000
  const clock = clockLegs(
    [
      says(0, 'draft'),
      says(1 * minute, 'submitted'),
      { at: 1 * minute, arrival: 'arr_1', images: 'awaited' },
      says(2 * minute, 'offered'),
      { at: 7 * minute, arrival: 'arr_1', images: 'here' },
      says(9 * minute, 'claimed'),
      says(9 * minute, 'accepted'),
      says(10 * minute, 'reading'),
      says(20 * minute, 'info-requested'),
      says(50 * minute, 'reading'),
      says(60 * minute, 'reported'),
      says(90 * minute, 'delivered'),
      says(99 * minute, 'reported'),
    ],
    500 * minute,
  )
  t.deepEqual(clock, {
    totalMs: 59 * minute,
    siteMs: 1 * minute,
    transferMs: 5 * minute,
    readerMs: 23 * minute,
    pausedMs: 30 * minute,
    running: false,
    ended: { at: '1970-01-01T01:00:00.000Z', fact: 'request-reported' },
  })
})

test('between the protocol and the exam it is the site’s time', t => {
  const clock = clockLegs(
    [
      says(0, 'submitted'),
      says(10, 'claimed'),
      says(20, 'accepted'),
      { at: 20, exam: 'awaited' },
      { at: 50, exam: 'done' },
      says(55, 'reading'),
    ],
    60,
  )
  t.like(clock, { siteMs: 40, readerMs: 20, totalMs: 60, runs: 'reader' })
})

test('a clock set back adds nothing, and what is not finished runs on', t => {
  const clock = clockLegs([says(1000, 'submitted'), says(500, 'offered')], 1500)
  t.deepEqual(clock, {
    totalMs: 500,
    siteMs: 0,
    transferMs: 0,
    readerMs: 500,
    pausedMs: 0,
    running: true,
    runs: 'reader',
  })
})

test('a clock that ended without a report says which fact ended it, and by whose time', t => {
  const ends = [
    ['refused', 'request-refused'],
    ['cancelled', 'request-cancelled'],
    ['cancelled', 'request-outcome-recorded'],
    ['expired', 'request-expired'],
    ['entered-in-error', 'request-entered-in-error'],
  ] as const
  for (const [state, fact] of ends) {
    const moments = [
      says(0, 'submitted'),
      says(1000, 'offered'),
      { at: 1000, arrival: 'arr_1', images: 'awaited' as const },
      says(2000, 'claimed'),
      { at: 4000, arrival: 'arr_1', images: 'here' as const },
      says(5000, 'info-requested'),
      says(7000, 'accepted'),
      says(8000, state, fact),
      // Somebody has seen it: that begins nothing again.
      says(9000, state, 'request-refusal-acknowledged'),
    ]
    t.deepEqual(
      clockLegs(moments, 60_000),
      {
        totalMs: 8000,
        siteMs: 1000,
        transferMs: 3000,
        readerMs: 2000,
        pausedMs: 2000,
        running: false,
        ended: { at: '1970-01-01T00:00:08.000Z', fact },
      },
      fact,
    )
    t.is(clockLegs(moments.slice(0, 6), 6000).runs, 'paused')
  }
  const rerouted = [says(0, 'submitted'), says(1000, 'claimed'), says(3000, 'offered', 'request-rerouted')]
  t.like(clockLegs(rerouted, 4000), { totalMs: 4000, readerMs: 3000, running: true, runs: 'reader' })
})

test('the due time is that of the clock that runs now, and an emergency is one whatever its kind', t => {
  const none: Moments = {
    submittedAt: null,
    offeredAt: null,
    claimedAt: null,
    acceptedAt: null,
    imagesAt: null,
    reportedAt: null,
    preliminary: false,
    acknowledged: false,
  }
  const emergency = timersFor('opinion', 'emergency')
  t.is(emergency.claimMs, 180_000)
  t.is(timersFor('opinion', 'routine').claimMs, 86_400_000)
  t.is(timersFor('reading', 'routine').claimMs, 4 * 3_600_000)
  t.deepEqual(dueOf('offered', emergency, { ...none, offeredAt: 1000 }), { at: 181_000, for: 'claim' })
  t.deepEqual(dueOf('claimed', emergency, { ...none, claimedAt: 0 }), { at: 300_000, for: 'decision' })
  t.is(dueOf('reading', emergency, { ...none, acceptedAt: 5 }), undefined)
  t.deepEqual(dueOf('reading', emergency, { ...none, acceptedAt: 5, imagesAt: 60_000 }), {
    at: 60_000 + 45 * 60_000,
    for: 'report',
  })
  t.deepEqual(dueOf('reported', emergency, { ...none, reportedAt: 0 }), { at: 600_000, for: 'acknowledge' })
  t.like(dueOf('delivered', emergency, { ...none, reportedAt: 0, preliminary: true }), { for: 'report' })
  t.is(dueOf('delivered', emergency, { ...none, reportedAt: 0, acknowledged: true }), undefined)
  for (const state of ['draft', 'awaiting-exam', 'info-requested', 'closed', 'refused'] as const)
    t.is(dueOf(state, emergency, { ...none, submittedAt: 0, offeredAt: 0 }), undefined)
})

const FORM: NewRequest = {
  kind: 'reading',
  urgency: 'routine',
  site: 'nord',
  modality: 'CT',
  region: 'Crâne',
  question: 'Hémorragie ?',
  requester: { name: 'Dr Exemple', phone: '+33 1 00 00 00 00' },
  patient: {
    id: 'P1',
    issuer: 'NORD',
    family: 'ESSAI',
    given: 'Zoé',
    birthDate: '1970-03-12',
    sex: 'F',
  },
  identityCheckedBy: 'M. Témoin',
  consent: { given: true },
}

test('a complete form has no faults, and each missing field is named by its path', t => {
  const faults = (over: Partial<NewRequest>) =>
    formFaults({ ...FORM, ...over }, '2026-11-24').map(fault => `${fault.path}:${fault.code}`)
  t.deepEqual(faults({}), [])
  t.deepEqual(faults({ question: '  ' }), ['question:required'])
  t.deepEqual(faults({ identityCheckedBy: '' }), ['identityCheckedBy:required'])
  t.deepEqual(faults({ requester: { name: '', phone: '12' } }), [
    'requester.name:required',
    'requester.phone:phone',
  ])
  t.deepEqual(faults({ consent: { exception: '' } }), ['consent.exception:consent'])
  t.deepEqual(faults({ consent: { exception: 'Urgence vitale' } }), [])
  t.deepEqual(faults({ region: 'Genou' }), ['laterality:laterality-required'])
  t.deepEqual(faults({ region: 'Genou', laterality: 'none' }), ['laterality:laterality-required'])
  t.deepEqual(faults({ region: 'Genou', laterality: 'left' }), [])
  t.deepEqual(faults({ modality: 'MR' }), ['risks.pacemaker:pacemaker'])
  t.deepEqual(faults({ modality: 'MR', risks: { pacemaker: false } }), [])
  t.deepEqual(faults({ modality: 'MR', urgency: 'emergency' }), [])
  t.deepEqual(faults({ modality: 'MR', studies: ['1.2.3'] }), [])
  const patient = (over: Partial<NewRequest['patient']>) => faults({ patient: { ...FORM.patient, ...over } })
  t.deepEqual(patient({ birthDate: '' }), ['patient.birthDate:required'])
  t.deepEqual(patient({ birthDate: '', identityStatus: 'provisional' }), [])
  t.deepEqual(patient({ birthDate: '1970-02-30' }), ['patient.birthDate:date'])
  t.deepEqual(patient({ birthDate: '2027-01-01' }), ['patient.birthDate:future'])
  t.deepEqual(patient({ birthDate: '1870-01-01' }), ['patient.birthDate:too-old'])
  t.deepEqual(patient({ id: '', family: '' }), ['patient.id:required', 'patient.family:required'])
})

test('what must be known before rays, a magnet or a contrast product is asked while there is time, and only of whom it concerns', t => {
  const faults = (over: Partial<NewRequest>) =>
    formFaults({ ...FORM, ...over }, '2026-11-24').map(fault => `${fault.path}:${fault.code}`)
  const woman = (birthDate: string, over: Partial<NewRequest> = {}) =>
    faults({ patient: { ...FORM.patient, birthDate, sex: 'F' }, ...over })
  const asked = ['risks.pregnancy:pregnancy']
  for (const modality of ['CT', 'DX', 'CR', 'MG', 'NM', 'PT'])
    t.deepEqual(woman('1990-01-01', { modality }), asked, modality)
  t.deepEqual(woman('1990-01-01', { modality: 'US' }), [])
  t.deepEqual(woman('1990-01-01', { modality: 'MR', risks: { pacemaker: false } }), [])
  t.deepEqual(woman('1990-01-01', { risks: { pregnancy: 'unknown' } }), [])
  t.deepEqual(woman('1990-01-01', { urgency: 'emergency' }), [])
  t.deepEqual(woman('1990-01-01', { studies: ['1.2.3'] }), [])
  t.deepEqual(woman('1990-01-01', { kind: 'opinion' }), [])
  for (const [birthDate, due] of [
    ['2014-11-24', true],
    ['2014-11-25', false],
    ['1970-11-25', true],
    ['1970-11-24', false],
  ] as const)
    t.deepEqual(woman(birthDate), due ? asked : [], birthDate)
  t.deepEqual(faults({ patient: { ...FORM.patient, birthDate: '1990-01-01', sex: 'M' } }), [])

  const contrast = ['risks.allergy:contrast-risk', 'risks.renal:contrast-risk']
  t.deepEqual(faults({ contrast: 'yes' }), contrast)
  t.deepEqual(faults({ contrast: 'yes', risks: { allergy: 'aucune', renal: 'inconnue' } }), [])
  t.deepEqual(faults({ contrast: 'no' }), [])
  t.deepEqual(faults({ region: 'Angioscanner thoracique' }), contrast)
  t.deepEqual(faults({ region: 'Angioscanner thoracique', studies: ['1.2.3'] }), [])
  t.deepEqual(faults({ modality: 'XA' }), contrast)
  t.deepEqual(faults({ modality: 'US', contrast: 'yes' }), [])
})

test('how the identity was checked is said where a word alone says nothing', t => {
  const faults = (over: Partial<NewRequest>) =>
    formFaults({ ...FORM, ...over }, '2026-11-24').map(fault => fault.path)
  t.deepEqual(faults({ identityCheck: { how: 'bracelet' } }), [])
  t.deepEqual(faults({ identityCheck: { how: 'told' } }), ['identityCheck.note'])
  t.deepEqual(faults({ identityCheck: { how: 'told', note: 'sa fille' } }), [])
  t.deepEqual(faults({ responsible: { name: ' ' } }), ['responsible.name'])
  t.deepEqual(faults({ consent: { opposition: '' } }), ['consent'])
})

test('paired regions are known in both languages, with accents and plurals', t => {
  for (const region of [
    'Genou',
    'genoux',
    'Épaule',
    'épaules',
    'Knee',
    'Main',
    'pied et cheville',
    'Œil',
    'hips',
  ])
    t.true(isPaired(region), region)
  for (const region of [
    'Crâne',
    'thorax',
    'Abdomen-pelvis',
    'corps entier',
    'head',
    'Rachis lombaire',
    'maintien',
  ])
    t.false(isPaired(region), region)
})

test('age is counted in whole years, on the birthday and on 29 February too', t => {
  t.is(ageYears('1970-03-12', '2026-03-11'), 55)
  t.is(ageYears('1970-03-12', '2026-03-12'), 56)
  t.is(ageYears('2000-02-29', '2026-02-28'), 25)
  t.is(ageYears('2000-02-29', '2026-03-01'), 26)
  t.is(ageYears('2026-11-24', '2026-11-24'), 0)
  t.is(ageYears('', '2026-11-24'), undefined)
})

test('the same number at another issuer is another patient; what a study does not say cannot contradict', t => {
  const study = { PatientID: 'P1', IssuerOfPatientID: 'NORD', birthDate: '1970-03-12' }
  t.true(identityFits(FORM.patient, study))
  t.true(identityFits(FORM.patient, { PatientID: '', IssuerOfPatientID: '', birthDate: '' }))
  t.false(identityFits(FORM.patient, { ...study, IssuerOfPatientID: 'SUD' }))
  t.false(identityFits(FORM.patient, { ...study, PatientID: 'P2' }))
  t.false(identityFits(FORM.patient, { ...study, birthDate: '1971-03-12' }))
})

test('a search ignores accents, hyphens and case', t => {
  const text = searchable(['N-0042', 'DÉMO', 'Jean-Pierre', 'Œdème du genou', undefined])
  const found = (query: string) => searchTerms(query).every(term => text.includes(term))
  for (const query of [
    'demo',
    'DÉMO jean',
    'jean pierre',
    'Jean-Pierre',
    'jeanpierre',
    'n-0042',
    '0042',
    'oedeme',
    'GENOU',
  ])
    t.true(found(query), query)
  for (const query of ['zoe', 'demo paul']) t.false(found(query), query)
  t.deepEqual(searchTerms(' % _ '), [])
})

const READERS: Reader[] = [
  { account: 'acc_1', name: 'Dr Un', site: 'lecture' },
  { account: 'acc_2', name: 'Dr Deux', site: 'lecture' },
  { account: 'acc_3', name: 'Dr Trois', site: 'autre' },
]
const CONTRACT = {
  id: 'nord-lecture',
  requesting: 'nord',
  reading: 'lecture',
  modalities: ['CT'],
  kinds: ['reading' as const],
  urgencies: ['emergency' as const, 'routine' as const],
}

const QUIET = plainSituation(Date.UTC(2026, 10, 24, 12), 'Europe/Paris')

test('the one contracted group is asked, with all its radiologists, and every other is explained', t => {
  const asked = { site: 'nord', modality: 'CT', kind: 'reading', urgency: 'routine' } as const
  const contracts = [
    CONTRACT,
    { ...CONTRACT, id: 'nord-autre', reading: 'autre', modalities: ['MR'] },
    { ...CONTRACT, id: 'sud', requesting: 'sud' },
  ]
  const one = candidates(asked, contracts, READERS, QUIET)
  t.deepEqual(
    one.group?.readers.map(reader => reader.account),
    ['acc_1', 'acc_2'],
  )
  t.deepEqual(
    one.why.map(reason => reason.code),
    ['contract-covers', 'modality-not-covered'],
  )
  t.is(candidates({ ...asked, to: 'lecture' }, contracts, READERS, QUIET).group?.site, 'lecture')
  t.is(candidates({ ...asked, to: 'autre' }, contracts, READERS, QUIET).group, undefined)
  t.is(candidates({ ...asked, to: 'inconnu' }, contracts, READERS, QUIET).why.at(-1)?.code, 'no-contract')
  t.is(candidates({ ...asked, urgency: 'urgent' }, contracts, READERS, QUIET).group, undefined)
  t.is(candidates({ ...asked, kind: 'opinion' }, contracts, READERS, QUIET).group, undefined)
  t.is(candidates(asked, contracts, READERS.slice(2), QUIET).why[0]?.code, 'no-reader')
  const both = candidates(asked, [CONTRACT, { ...CONTRACT, id: 'b', reading: 'autre' }], READERS, QUIET)
  t.is(both.group, undefined)
  t.is(both.why.at(-1)?.code, 'several-groups')
  t.is(candidates(asked, [], READERS, QUIET).why[0]?.code, 'no-contract')
  for (const language of ['fr', 'en'] as const)
    for (const reason of [...one.why, ...both.why])
      t.true(explain(reason, language, site => `<${site}>`).length > 10)
})

test('only the listed capacities may send an event', t => {
  t.true(permits(transitionOf('offered', 'claim'), ['offered']))
  t.false(permits(transitionOf('offered', 'claim'), ['site', 'coordinator', 'system']))
  t.false(permits(transitionOf('reading', 'report'), ['coordinator']))
})

test('a stroke or a major trauma is read in twenty minutes, whatever the other emergencies have; nothing else is hurried', t => {
  const form = { region: 'Crâne', question: 'Hémorragie ?' }
  for (const question of [
    'AVC < 4 h 30 ?',
    'Alerte thrombolyse',
    'Stroke code',
    'Thrombectomie ?',
    'Polytraumatisé, AVP',
  ])
    t.true(isTimeCritical({ ...form, question }), question)
  t.true(isTimeCritical({ ...form, context: 'Trauma grave, choc' }))
  for (const question of [
    'Hémorragie ?',
    'Traumatisme du poignet',
    'Avis chirurgical',
    'Grave ? Trauma ancien',
  ])
    t.false(isTimeCritical({ ...form, question }), question)
  const read = (...of: Parameters<typeof timersFor>) => timersFor(...of).readMs / 60_000
  t.is(read('reading', 'emergency'), 45)
  t.is(read('reading', 'emergency', {}, true), 20)
  t.is(read('reading', 'emergency', { emergency: { read: 60 } }, true), 20)
  t.is(read('reading', 'emergency', { emergency: { read: 15 } }, true), 15)
  t.is(read('reading', 'emergency', { emergency: { read: 15 }, timeCritical: { read: 25 } }, true), 25)
  t.is(read('reading', 'emergency', { timeCritical: { read: 25 } }), 45)
  t.is(read('reading', 'urgent', { timeCritical: { read: 25 } }, true), 240)
  t.is(read('reading', 'urgent', {}, true), 240)
  t.is(read('reading', 'routine', {}, true), 1440)
})

test('a number moves a request before others of its urgency, and never before one that is near or past its due time', t => {
  const now = Date.UTC(2026, 10, 24, 6)
  const request = fc.record({
    submitted_at: fc.integer({ min: now - 40 * 86_400_000, max: now }),
    due_at: fc.option(fc.integer({ min: now - 86_400_000, max: now + 3 * 86_400_000 })),
    urgency: fc.constantFrom('emergency' as const, 'urgent' as const, 'routine' as const),
    number: fc.integer({ min: 0, max: 100 }),
  })
  fc.assert(
    fc.property(request, request, (one, two) => {
      const a = { ...one, number: one.number }
      const b = { ...two, urgency: one.urgency }
      const [first, second] = [placeOf(a, now), placeOf(b, now)]
      const [nearA, nearB] = [isNear(a.due_at, a.urgency, now), isNear(b.due_at, b.urgency, now)]
      t.true(Number.isSafeInteger(first) && first > 0)
      if (nearA && !nearB)
        t.true(first < second, 'whoever is near their due time goes first, whatever the number')
      if (!nearA && !nearB && a.number > b.number) t.true(first < second, 'then the higher number')
      const older = Math.floor(a.submitted_at / 1000) < Math.floor(b.submitted_at / 1000)
      if (nearA === nearB && (nearA || a.number === b.number) && older)
        t.true(first < second, 'then the older')
    }),
  )
})

test('the usual times are those of the domain, class by class; what a contract says of one changes that one alone', t => {
  const [hour, day] = [60, 1440]
  t.like(USUAL_MINUTES, {
    emergency: { claim: 3, decision: 5, read: 45, acknowledge: 10, final: day },
    timeCritical: { read: 20 },
    routine: { claim: 4 * hour, decision: 4 * hour, read: day, acknowledge: 2 * day },
    opinion: { claim: day, decision: day, read: 2 * day, acknowledge: 3 * day },
  })
  const kinds = [
    ['reading', 'emergency', 'emergency'],
    ['opinion', 'emergency', 'emergency'],
    ['reading', 'urgent', 'urgent'],
    ['reading', 'routine', 'routine'],
    ['opinion', 'routine', 'opinion'],
  ] as const
  const names = ['claim', 'decision', 'read', 'acknowledge', 'final', 'expire'] as const
  for (const [kind, urgency, of] of kinds) {
    const usual = timersFor(kind, urgency)
    t.is(usual.expireMs === Number.POSITIVE_INFINITY, urgency === 'emergency', 'an emergency never expires')
    for (const name of names) {
      if (of === 'emergency' && name === 'expire') continue
      const agreed = timersFor(kind, urgency, { [of]: { [name]: 7 } })
      t.deepEqual(agreed, { ...usual, [`${name}Ms`]: 7 * 60_000 }, `${of} ${name}`)
    }
  }
})
