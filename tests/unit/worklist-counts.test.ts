import test from 'ava'
import { countsOf } from '../../node/requests/counting.js'
import { COUNTED_MAX } from '../../node/requests/worklist.js'

const SHARED = { offered: 2000, late: 3, all: 9000, former: 4 }
const FEW = { mine: 1, toFinish: 0, toClaim: 2 }
const MANY = COUNTED_MAX + 1

test('what is few is said as it is, and nothing more', t => {
  t.deepEqual(countsOf(SHARED, FEW, 'radiologist'), {
    ...{ toClaim: 2, mine: 1, toFinish: 0, late: 3, all: 9000, former: 4 },
    more: [],
  })
})

test('beyond so many only that there are more is said', t => {
  const all = countsOf(
    { ...SHARED, late: MANY },
    { mine: MANY, toFinish: COUNTED_MAX, toClaim: MANY },
    'radiologist',
  )
  t.deepEqual([all.toClaim, all.mine, all.toFinish, all.late], Array(4).fill(COUNTED_MAX))
  t.deepEqual(all.more, ['toClaim', 'mine', 'late'])
})

test('who does not read is told of all that is offered, which is counted whole', t => {
  const { toClaim, more } = countsOf(SHARED, { ...FEW, toClaim: MANY }, 'coordinator')
  t.is(toClaim, SHARED.offered)
  t.deepEqual(more, [])
})
