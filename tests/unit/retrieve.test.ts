import test from 'ava'
import fc from 'fast-check'
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
