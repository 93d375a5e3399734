import test from 'ava'
import fc from 'fast-check'
import { regionsIn, sideIn } from '../../node/body-regions.js'
import { isRelational, negotiateExtended } from '../../node/dicom/network/extended.js'
import {
  dimseStatus,
  queryStatus,
  refusalOf,
  type StatusClass,
  StatusFailure,
} from '../../node/dicom/network/status.js'
import {
  counters,
  countsOf,
  finalStatus,
  type SubOperation,
  Tally,
} from '../../node/dicom/network/sub-operations.js'
import { SOPClass } from '../../node/dicom/uids.js'
import { destinationFor } from '../../node/exchange/destinations.js'
import { stepsFor } from '../../node/exchange/retrieval-plan.js'
import type { Peer } from '../../node/peers/peer.js'
import type { Service } from '../../node/peers/view.js'
import { type Exam, isSamePatient, monthsBetween, rankPriors } from '../../node/priors/rules.js'

const results = ['completed', 'warning', 'failed'] as const

test('sub-operations are counted once each, nothing beyond the total, and the failed are named', t => {
  fc.assert(
    fc.property(fc.nat(20), fc.array(fc.constantFrom(...results), { maxLength: 30 }), (total, happened) => {
      const tally = new Tally(total)
      const all: SubOperation[] = happened.map((result, index) => ({ sopInstanceUID: `1.${index}`, result }))
      for (const each of all) tally.add(each)
      const counted = all.slice(0, total)
      const count = (result: string) => counted.filter(each => each.result === result).length
      t.deepEqual(tally.counts, {
        remaining: total - counted.length,
        completed: count('completed'),
        warning: count('warning'),
        failed: count('failed'),
      })
      t.deepEqual(
        tally.failed,
        counted.filter(each => each.result === 'failed').map(each => each.sopInstanceUID),
      )
    }),
  )
})

test('the final status is what PS3.4 C.4.2.1.5 says for what succeeded, was warned about and failed', t => {
  const table: [completed: number, warning: number, failed: number, status: number][] = [
    [0, 0, 0, 0x0000],
    [5, 0, 0, 0x0000],
    [4, 1, 0, 0xb000],
    [0, 5, 0, 0xb000],
    [4, 0, 1, 0xb000],
    [0, 4, 1, 0xb000],
    [3, 1, 1, 0xb000],
    [0, 0, 5, 0xa702],
  ]
  for (const [completed, warning, failed, status] of table)
    t.is(
      finalStatus({ remaining: 0, completed, warning, failed }),
      status,
      `${completed} ${warning} ${failed}`,
    )
})

test('what remains is said while pending and after a cancel only, and no counter outgrows its two bytes', t => {
  const counts = { remaining: 70_000, completed: 65_536, failed: 1, warning: 0 }
  for (const status of [dimseStatus.pending, dimseStatus.cancelled])
    t.is(counters(counts, status).NumberOfRemainingSuboperations, 65_535)
  for (const status of [dimseStatus.success, dimseStatus.subOperationsFailed, dimseStatus.unableToPerform])
    t.is(counters(counts, status).NumberOfRemainingSuboperations, undefined)
  t.like(counters(counts, 0), { NumberOfCompletedSuboperations: 65_535, NumberOfFailedSuboperations: 1 })
  const before = { remaining: 3, completed: 1, failed: 0, warning: 0 }
  const said = { CommandField: 0x8021, hasDataSet: false }
  t.deepEqual(countsOf(said, before), before)
  t.deepEqual(countsOf({ ...said, NumberOfCompletedSuboperations: 2 }, before), { ...before, completed: 2 })
})

test('each status of a retrieval is what the standard calls it', t => {
  const table: [status: number, meaning: StatusClass][] = [
    [0x0000, 'success'],
    [0xff00, 'pending'],
    [0xfe00, 'cancelled'],
    [0xb000, 'warning'],
    [0xa701, 'failure-retry'],
    [0xa702, 'failure-retry'],
    [0xa801, 'failure-permanent'],
    [0xa900, 'failure-permanent'],
    [0xc123, 'failure-permanent'],
    [0x0122, 'failure-permanent'],
    [0x0124, 'failure-permanent'],
  ]
  for (const [status, meaning] of table) t.is(queryStatus(status).class, meaning, status.toString(16))
  t.deepEqual(refusalOf(new StatusFailure(0xa801, 'missing', 'no such destination')), {
    status: 0xa801,
    comment: 'no such destination',
    isBug: false,
  })
})

test('extended negotiation: agreed is what was asked for and what we do, for accepted classes alone', t => {
  const ask = (sopClassUID: string, ...information: number[]) => ({
    sopClassUID,
    information: Buffer.from(information),
  })
  const agreed = (...asked: ReturnType<typeof ask>[]) =>
    negotiateExtended(asked, uid => uid !== SOPClass.StudyRootGet).map(each => [...each.information])
  t.deepEqual(agreed(ask(SOPClass.StudyRootFind, 1, 1, 1, 1, 1)), [[1, 0, 0, 0, 0]])
  t.deepEqual(agreed(ask(SOPClass.StudyRootFind, 0, 1, 1)), [[0, 0, 0]])
  t.deepEqual(agreed(ask(SOPClass.StudyRootFind, 1)), [[1]])
  t.deepEqual(agreed(ask(SOPClass.StudyRootFind)), [[]])
  t.deepEqual(agreed(ask(SOPClass.StudyRootFind, 1, 1, 1, 1, 1, 1, 1)), [[1, 0, 0, 0, 0]])
  t.deepEqual(agreed(ask(SOPClass.StudyRootMove, 1, 1)), [[1, 0]])
  t.deepEqual(agreed(ask(SOPClass.StudyRootGet, 1), ask(SOPClass.CTImageStorage, 1)), [])
  t.true(isRelational([ask(SOPClass.StudyRootFind, 1, 0)], SOPClass.StudyRootFind))
  t.false(isRelational([ask(SOPClass.StudyRootFind, 0, 0)], SOPClass.StudyRootFind))
  t.false(isRelational([ask(SOPClass.StudyRootFind, 1)], SOPClass.StudyRootMove))
})

test('what is asked for is what is missing: the study, whole series, single images; listed and here comes to nothing', t => {
  const instance = fc.record({ series: fc.integer({ min: 1, max: 4 }), number: fc.nat(40) })
  fc.assert(
    fc.property(
      fc.uniqueArray(instance, { selector: each => each.number, maxLength: 30 }),
      fc.func(fc.boolean()),
      (some, isHeld) => {
        const listed = some.map(({ series, number }) => ({
          series: `1.${series}`,
          uid: `2.${number}`,
          sopClass: '',
        }))
        const held = new Set(listed.filter(({ uid }) => isHeld(uid)).map(({ uid }) => uid))
        const steps = stepsFor({ study: '1', series: '', listed, held })
        const missing = listed.filter(({ uid }) => !held.has(uid)).map(({ uid }) => uid)
        // What these steps bring, by what the PACS has.
        const brought = steps.flatMap(({ level, keys }) =>
          listed
            .filter(
              ({ series, uid }) =>
                level === 'STUDY' ||
                (keys['SeriesInstanceUID'] === series &&
                  (level === 'SERIES' || keys['SOPInstanceUID']?.split('\\').includes(uid) === true)),
            )
            .map(({ uid }) => uid),
        )
        t.deepEqual(brought.sort(), missing.sort())
      },
    ),
  )
  const whole = { level: 'STUDY', keys: { StudyInstanceUID: '1' } }
  const series = { level: 'SERIES', keys: { StudyInstanceUID: '1', SeriesInstanceUID: '1.1' } }
  const none = new Set<string>()
  t.deepEqual(stepsFor({ study: '1', series: '', listed: undefined, held: new Set(['2.1']) }), [whole])
  t.deepEqual(stepsFor({ study: '1', series: '1.1', listed: undefined, held: none }), [series])
  t.deepEqual(stepsFor({ study: '1', series: '', listed: [], held: none }), [])
  const many = Array.from({ length: 251 }, (_, index) => ({ series: '1.1', uid: `2.${index}`, sopClass: '' }))
  t.deepEqual(
    stepsFor({ study: '1', series: '1.1', listed: many, held: new Set(['2.0']) }).map(({ level, keys }) => [
      level,
      keys['SOPInstanceUID']?.split('\\').length,
    ]),
    [
      ['IMAGE', 100],
      ['IMAGE', 100],
      ['IMAGE', 50],
    ],
  )
})

test('a C-MOVE goes to one peer the caller may name: itself, its own site, then a part of all it asks for', t => {
  const peer = (id: string, site: string, aeTitle: string, may: Service[] = ['store']) =>
    ({ id, site, aeTitles: [aeTitle], may }) as unknown as Peer
  const pacs = peer('nord-pacs', 'nord', 'PACS')
  const peers = [
    pacs,
    peer('nord-old', 'nord', 'OLD'),
    peer('nord-older', 'nord', 'OLD'),
    peer('nord-ct', 'nord', 'CT', ['echo']),
    peer('sud-pacs', 'sud', 'PACS'),
    peer('sud-ws', 'sud', 'WS'),
    peer('est-ws', 'est', 'WS'),
  ]
  const of = (title: string, caller: Peer, ...parties: string[]) =>
    destinationFor(title, caller, peers, site => parties.includes(site))?.id
  t.is(of('PACS', pacs), 'nord-pacs')
  t.is(of('PACS', pacs, 'sud'), 'nord-pacs', 'its own first')
  t.is(of('PACS', peers[4] as Peer, 'nord'), 'sud-pacs')
  t.is(of('OLD', pacs), undefined, 'twice')
  t.is(of('OLD', peers[1] as Peer), 'nord-old', 'it means itself')
  t.is(of('CT', pacs), undefined, 'nothing may be sent there')
  t.is(of('WS', pacs), undefined, 'another site')
  t.is(of('WS', pacs, 'sud'), 'sud-ws')
  t.is(of('WS', pacs, 'sud', 'est'), undefined, 'two of them')
  t.is(of('pacs', pacs), undefined)
  t.is(of('', pacs), undefined)
})

test('regions are read from words in French and English', t => {
  const table: [words: string, regions: string[]][] = [
    ['Scanner crânien sans injection', ['head']],
    ['CT HEAD W/O CONTRAST', ['head']],
    ['IRM cérébrale', ['head']],
    ['TDM des sinus', ['face']],
    ['IRM du rachis cervical', ['cervical-spine']],
    ['MR CERVICAL SPINE', ['cervical-spine']],
    ['Rachis lombaire F+P', ['lumbar-spine']],
    ['LSPINE', ['lumbar-spine']],
    ['Radiographie du thorax', ['chest']],
    ['CHEST PA', ['chest']],
    ['Angioscanner thoracique', ['chest']],
    ['TDM thoraco-abdomino-pelvienne', ['chest', 'abdomen', 'pelvis']],
    ['IRM du genou droit', ['knee']],
    ['XR KNEE LT', ['knee']],
    ['Poignet G', ['wrist']],
    ['Mammographie bilatérale', ['breast']],
    ['IRM prostatique', ['pelvis']],
    ['Cœur', ['heart']],
    ['Compte rendu', []],
    ['', []],
  ]
  for (const [words, expected] of table)
    t.deepEqual(
      regionsIn(words).map(({ id }) => id),
      expected,
      words,
    )
  t.is(sideIn('IRM du genou droit'), 'right')
  t.is(sideIn('XR KNEE LEFT'), 'left')
  t.is(sideIn('Mains droite et gauche'), undefined)
})

test('priors are ranked by region, then modality, then age, with the reasons; what shows another thing is none', t => {
  const study = (StudyDescription: string, modality: string, StudyDate: string) => ({
    StudyDescription,
    ModalitiesInStudy: modality.split(' '),
    StudyDate,
  })
  const exam: Exam = { date: '20261124', modalities: ['CT'], words: ['crâne', 'Scanner cérébral'] }
  const studies = [
    study('IRM du genou droit', 'MR', '20261001'), // another region
    study('CT HEAD', 'CT', '20100101'), // too old
    study('IRM cérébrale', 'MR', '20240101'),
    study('TDM des sinus', 'CT', '20260101'),
    study('Scanner crânien', 'CT SR', '20230101'),
    study('CT HEAD', 'CT', '20261120'),
    study('CT HEAD', 'CT', '20261125'), // newer than the exam
    study('CT HEAD', 'CT', ''), // of no date
    study('Compte rendu', 'SR', '20261120'), // no images
    study('', 'CT', '20260601'), // nobody knows what of
    study('', 'US', '20260601'),
  ]
  const ranked = rankPriors(exam, studies, { years: 10 })
  t.deepEqual(
    ranked.map(each => [
      each.study.StudyDescription,
      each.study.StudyDate,
      each.why.map(({ code }) => code).join(' '),
    ]),
    [
      ['CT HEAD', '20261120', 'same-region same-modality recent'],
      ['Scanner crânien', '20230101', 'same-region same-modality old'],
      ['IRM cérébrale', '20240101', 'same-region comparable-modality old'],
      ['TDM des sinus', '20260101', 'near-region same-modality recent'],
      ['', '20260601', 'same-modality recent'],
      ['', '20260601', 'comparable-modality recent'],
    ],
  )
  t.deepEqual(ranked[0]?.why, [
    { code: 'same-region', region: 'head' },
    { code: 'same-modality', modality: 'CT' },
    { code: 'recent', months: 0 },
  ])
  // The other side is worth less than the same one, and is said.
  const knee: Exam = { date: '20261124', modalities: ['MR'], words: ['genou'], side: 'left' }
  t.deepEqual(
    rankPriors(
      knee,
      [study('IRM genou droit', 'MR', '20261101'), study('IRM genou gauche', 'MR', '20200101')],
      { years: 10 },
    ).map(each => each.why[1]?.code),
    ['same-side', 'other-side'],
  )
  fc.assert(
    fc.property(fc.shuffledSubarray(studies), some => {
      const scores = rankPriors(exam, some, { years: 10 }).map(({ score }) => score)
      t.deepEqual(
        scores,
        [...scores].sort((a, b) => b - a),
      )
    }),
  )
})

test('the same patient is the same number at the same issuer, with traits that do not contradict', t => {
  const patient = { id: '10001', issuer: 'NORD', birthDate: '1970-05-14', sex: 'F' }
  const found = {
    PatientID: '10001',
    IssuerOfPatientID: 'NORD',
    PatientBirthDate: '19700514',
    PatientSex: 'F',
  }
  t.true(isSamePatient(patient, found))
  t.true(isSamePatient(patient, { ...found, PatientBirthDate: '', PatientSex: '' }))
  t.true(isSamePatient({ ...patient, sex: 'U' }, { ...found, PatientSex: 'O' }))
  for (const other of [
    { PatientID: '10002' },
    { IssuerOfPatientID: 'SUD' },
    { IssuerOfPatientID: '' },
    { PatientBirthDate: '19700515' },
    { PatientSex: 'M' },
  ])
    t.false(isSamePatient(patient, { ...found, ...other }), JSON.stringify(other))
  t.false(isSamePatient({ ...patient, id: '' }, { ...found, PatientID: '' }))
})

test('months between two days are whole ones', t => {
  const table: [from: string, to: string, months: number | undefined][] = [
    ['20260101', '20260131', 0],
    ['20260101', '20260201', 1],
    ['20260131', '20260228', 0],
    ['20251231', '20260101', 0],
    ['20160101', '20260101', 120],
    ['20260201', '20260101', -1],
    ['', '20260101', undefined],
    ['2026', '20260101', undefined],
  ]
  for (const [from, to, months] of table) t.is(monthsBetween(from, to), months, `${from} ${to}`)
})
