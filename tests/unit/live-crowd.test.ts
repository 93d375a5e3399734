import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import type { Acting } from '../../node/http/acting.js'
import { type Bulletin, openBulletins, type Reader } from '../../node/http/bulletins.js'
import { inLots } from '../../node/http/lots.js'
import { openQueue } from '../../node/http/queue.js'
import { eventually } from '../support/children.js'

/** Counts the turns of the event loop, as anybody gets them who asks while something else is done. */
function turnsOfOthers() {
  let turns = 0
  let going = true
  const turn = () => {
    turns += 1
    if (going) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    count: () => turns,
    stop: () => {
      going = false
    },
  }
}

function busy(ms: number): void {
  const began = performance.now()
  while (performance.now() - began < ms);
}

test('many small works go in lots, in their order, and others have the loop between two', async t => {
  const others = turnsOfOthers()
  const done: number[] = []
  await inLots(
    Array.from({ length: 60 }, (_, index) => index),
    index => {
      busy(0.5)
      done.push(index)
    },
  )
  others.stop()
  t.deepEqual(
    done,
    Array.from({ length: 60 }, (_, index) => index),
  )
  t.true(others.count() >= 5, `${others.count()} turns for others in 30 ms of work`)
})

test('of an item each screen is told at most twice a second, the newest; to several audiences at once', async t => {
  const told: { at: number; ids: string[] }[] = []
  const reader: Reader = {
    isOpen: true,
    takeBulletins: bulletins => {
      told.push({ at: performance.now(), ids: bulletins.map(({ message }) => message.id) })
      return true
    },
  }
  const bulletins = openBulletins(
    [reader],
    () => 0,
    thrown => t.fail(String(thrown)),
  )
  const tell = (id: string, audience?: string) =>
    bulletins.tell({ message: { kind: 'presence', id }, sees: () => true }, audience)
  for (let count = 0; count < 100; count += 1) tell('a')
  for (const group of ['nord', 'sud', 'est']) tell('b', group)
  await eventually('the first time', () => (told.length === 1 ? true : undefined))
  t.deepEqual(told[0]?.ids, ['a', 'b', 'b', 'b'])
  for (let times = 2; times <= 3; times += 1) {
    const pressing = setInterval(() => tell('a'), 5)
    await eventually('the next time', () => (told.length === times ? true : undefined))
    clearInterval(pressing)
    t.deepEqual(told[times - 1]?.ids, ['a'])
    const [before, after] = told.slice(times - 2)
    // A timer may go off a moment early by another clock.
    t.true((after?.at ?? 0) - (before?.at ?? 0) > 480)
  }
  tell('c')
  bulletins.close()
  tell('d')
  await wait(600)
  t.is(told.length, 3, 'nothing is told by what is closed')
})

test('what waits in a queue has a turn each, in its order; what one throws is its own', async t => {
  const others = turnsOfOthers()
  const inTurn = openQueue(2000)
  const began: { index: number; turn: number }[] = []
  const works = Array.from({ length: 50 }, (_, index) =>
    inTurn(async () => {
      began.push({ index, turn: others.count() })
      if (index === 7) throw new Error('seven')
      return index
    }).catch(String),
  )
  t.deepEqual(await Promise.all(works), [
    ...[0, 1, 2, 3, 4, 5, 6],
    'Error: seven',
    ...Array.from({ length: 42 }, (_, index) => index + 8),
  ])
  t.is(await inTurn(async () => 'and again'), 'and again')
  others.stop()
  t.deepEqual(
    began.map(({ index }) => index),
    Array.from({ length: 50 }, (_, index) => index),
  )
  t.is(new Set(began.map(({ turn }) => turn)).size, 50)
})

test('beyond so many nobody waits in line', async t => {
  const inTurn = openQueue(3)
  const began: number[] = []
  const works = Array.from({ length: 6 }, (_, index) =>
    inTurn(async () => {
      began.push(index)
    }),
  )
  t.deepEqual(began, [3, 4, 5])
  await Promise.all(works)
  t.deepEqual(began, [3, 4, 5, 0, 1, 2])
})

test('the longer the line the more go in one turn, in their order; whoever comes while it runs is at its end', async t => {
  const others = turnsOfOthers()
  const inTurn = openQueue(2000)
  const began: number[] = []
  const join = (index: number) =>
    inTurn(async () => {
      began.push(index)
    })
  const works = Array.from({ length: 1000 }, (_, index) => join(index))
  await nextTurn()
  works.push(join(1000))
  await Promise.all(works)
  const turns = others.count()
  others.stop()
  t.deepEqual(
    began,
    Array.from({ length: 1001 }, (_, index) => index),
  )
  t.true(turns > 64 && turns < 500, `${turns} turns for a thousand and one`)
})

test('a thousand who come back are told of one another in few packets; who may not know is not told, nor who left', async t => {
  const left = new Set<string>()
  const heard = new Map<string, { packets: number; of: Set<string>; turns: number[] }>()
  const readers = Array.from({ length: 1000 }, (_, index): Reader => {
    const id = `acc_${index}`
    const who = { account: { id }, membership: { site: index % 2 === 0 ? 'even' : 'odd' } } as Acting
    const own = { packets: 0, of: new Set<string>(), turns: [] as number[] }
    heard.set(id, own)
    return {
      get isOpen() {
        return !left.has(id)
      },
      takeBulletins: (bulletins, turnMs) => {
        const seen = bulletins.filter(({ sees }) => sees(who))
        if (seen.length === 0) return false
        own.packets += 1
        own.turns.push(turnMs)
        for (const { message } of seen) own.of.add(message.id)
        return true
      },
    }
  })
  const faults: unknown[] = []
  const bulletins = openBulletins(
    readers,
    place => place,
    thrown => faults.push(thrown),
  )
  t.teardown(bulletins.close)
  const cameBack = (index: number): Bulletin => ({
    message: { kind: 'presence', id: `acc_${index}` },
    sees: who => who.membership.site === (index % 2 === 0 ? 'even' : 'odd'),
  })
  left.add('acc_998')
  for (let index = 0; index < 1000; index += 1) {
    bulletins.tell(cameBack(index))
    if (index % 250 === 249) await nextTurn()
  }
  await eventually('all are told', () =>
    [...heard].every(([id, { of }]) => id === 'acc_998' || of.size === 500) ? true : undefined,
  )
  for (const [id, { packets, of }] of heard) {
    if (id === 'acc_998') t.is(packets, 0)
    else {
      const odd = Number(id.slice(4)) % 2
      t.is(of.size, 500, id)
      t.true(
        [...of].every(other => Number(other.slice(4)) % 2 === odd),
        id,
      )
      t.true(packets <= 8, `${packets} packets for 500 who came back`)
    }
  }
  const firstTurns = [...heard.values()].flatMap(({ turns }) => turns.slice(0, 1))
  t.true(Math.max(...firstTurns) >= 400, 'each in its place')
  t.deepEqual(faults, [])
})
