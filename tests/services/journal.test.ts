import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { manualClock } from '../../node/clock.js'
import { type Database, type Migration, openDatabase } from '../../node/database.js'
import { openQueryRecord } from '../../node/exchange/queried.js'
import type { Origin, StoredFact } from '../../node/journal/facts.js'
import { type Follower, openFollowers } from '../../node/journal/followers.js'
import { type Journal, openJournal } from '../../node/journal/journal.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { verifyChain } from '../../node/journal/verify.js'
import type { Peer } from '../../node/peers/peer.js'
import { faultInFrench } from '../../node/program/fault-words.js'
import { eventually } from '../support/children.js'
import { temporary } from '../support/node.js'
import { editedCopy, flipped } from '../support/tampering.js'

const ORIGIN: Origin = { by: 'system', part: 'test' }
const clock = manualClock(Date.UTC(2026, 10, 24, 6))
/** Where followers of the tests write what they did, in the transaction they were given. */
const HANDLED: Migration = {
  name: 'handled-1',
  sql: 'CREATE TABLE handled (follower TEXT NOT NULL, seq INTEGER NOT NULL) STRICT',
}
interface Handled {
  handled: { follower: string; seq: number }
}

interface House {
  db: Database
  journal: Journal
  append(count: number, type?: string): Promise<number[]>
}

function open(t: ExecutionContext, file = join(temporary(t), 'journal.sqlite')): House {
  const db = openDatabase({ file, migrations: [...journalMigrations, HANDLED], clock })
  t.teardown(() => db.close())
  const journal = openJournal({ db, clock })
  return {
    db,
    journal,
    append: async (count, type = 'note-made') => {
      const seqs: number[] = []
      for (let n = 0; n < count; n++) {
        clock.advance(1000)
        const fact = { type, site: 'nord', ids: { note: `not_${n}` }, body: { text: `Zoé ${n}`, n } }
        seqs.push(await db.write(tx => journal.append(tx, fact, ORIGIN)))
      }
      return seqs
    },
  }
}

/** A journal of some entries, one of them lawfully erased, closed: what an attacker finds. */
async function written(t: ExecutionContext, entries: number): Promise<string> {
  const { db, journal, append } = open(t)
  await append(entries - 1)
  const fact = { type: '', site: 'nord', ids: {}, body: { reason: 'lawful destruction' } }
  await db.write(tx => journal.erase(tx, [2], fact, ORIGIN))
  await db.close()
  return db.file
}

/** The check of a copy that somebody edited; whatever it finds is said in French too. */
function tampered(t: ExecutionContext, file: string, edit: (db: Sqlite.Database) => void) {
  const check = verifyChain(editedCopy(t, file, edit))
  for (const { what } of check.faults) t.truthy(faultInFrench(what), what)
  return check
}

test('what is appended is read back, in order, with who did it; and the chain fits', async t => {
  const { db, journal, append } = open(t)
  t.deepEqual(await append(3), [1, 2, 3])
  await append(1, 'other')
  t.is(await journal.head(), 4)
  const facts = await journal.read({ types: ['note-made'] })
  t.deepEqual(
    facts.map(({ seq, type, site, ids, body, origin }) => ({ seq, type, site, ids, body, origin })),
    [0, 1, 2].map(n => ({
      seq: n + 1,
      type: 'note-made',
      site: 'nord',
      ids: { note: `not_${n}` },
      body: { text: `Zoé ${n}`, n },
      origin: ORIGIN,
    })),
  )
  t.deepEqual(
    (await journal.read({ subject: 'not_0', newestFirst: true })).map(({ seq }) => seq),
    [4, 1],
  )
  t.like(verifyChain(db.file), { entries: 4, erased: 0, faults: [], faultCount: 0, head: { seq: 4 } })
})

test('state and fact commit together: a transaction that fails leaves neither, and no gap', async t => {
  const { db, journal, append } = open(t)
  await append(1)
  const heard: number[] = []
  journal.onCommit(({ seq }) => heard.push(seq))
  await t.throwsAsync(
    db.write(async tx => {
      await journal.append(tx, { type: 'lost', site: null, ids: {}, body: {} }, ORIGIN)
      throw new Error('the state did not fit')
    }),
  )
  t.deepEqual(await append(2), [2, 3])
  t.deepEqual(heard, [2, 3])
  await t.throwsAsync(
    db.write(tx => journal.append(tx, { type: 'bad', site: null, ids: {}, body: { share: 0.5 } }, ORIGIN)),
    { message: /integer/ },
  )
  t.is(verifyChain(db.file).faultCount, 0)
})

test('many facts appended at once are the chain they would be one by one: all of them, in order, or none', async t => {
  const { db, journal, append } = open(t)
  await append(2)
  const heard: string[] = []
  journal.onCommit(({ seq, type }) => heard.push(`${seq} ${type}`))
  const facts = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      fact: {
        type: n % 2 === 0 ? 'even' : 'odd',
        site: n % 3 === 0 ? null : 'nord',
        ids: { note: `not_${n}`, of: n % 5 === 0 ? `not_${n}` : 'req_1' },
        body: { text: `Zoé ${n}`, n },
      },
      origin: ORIGIN,
    }))
  // More and fewer than a statement takes, and across the subtrees that are kept.
  const counts = [700, 33, 1, 0, 32, 31]
  let last = 2
  for (const count of counts) {
    const seqs = await db.write(tx => journal.appendMany(tx, facts(count)))
    t.deepEqual(
      seqs,
      facts(count).map((_, n) => last + 1 + n),
    )
    last += count
  }
  t.is(heard.length, last - 2)
  t.deepEqual(heard.slice(0, 2), ['3 even', '4 odd'])
  await t.throwsAsync(
    db.write(tx =>
      journal.appendMany(tx, [
        ...facts(40),
        { fact: { type: 'bad', site: null, ids: {}, body: { share: 0.5 } }, origin: ORIGIN },
      ]),
    ),
    { message: /integer/ },
  )
  await append(1)
  t.like(verifyChain(db.file), { entries: last + 1, faults: [], head: { seq: last + 1 } })
  t.like((await journal.read({ subject: 'not_699' }))[0], { seq: 702, body: { n: 699, text: 'Zoé 699' } })
})

test('entries and bodies do not change, go, or come twice, not even by INSERT OR REPLACE', async t => {
  const { db, append } = open(t)
  await append(3)
  const refused: [sql: string, why: RegExp][] = [
    ["UPDATE journal SET type = 'x' WHERE seq = 2", /entries do not change/],
    ['DELETE FROM journal WHERE seq = 3', /entries do not go/],
    ['INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 3', /no gaps and no second/],
    [
      'INSERT INTO journal SELECT 5, at, monotonic, boot, site, type, version, ids, body_sha256, body_sha3, previous_sha256, previous_sha3, sha256, sha3 FROM journal WHERE seq = 3',
      /no gaps and no second/,
    ],
    ["UPDATE journal_bodies SET body = '{}' WHERE seq = 1", /bodies do not change/],
    ['DELETE FROM journal_bodies WHERE seq = 1', /only after its erasure is recorded/],
    ["INSERT OR REPLACE INTO journal_bodies VALUES (1, zeroblob(32), '{}')", /written once/],
    ['INSERT INTO journal_erasures VALUES (1, 99)', /FOREIGN KEY/],
  ]
  await db.close()
  // The same connection settings as the program's own.
  const raw = new Sqlite(db.file)
  for (const pragma of ['foreign_keys = ON', 'recursive_triggers = ON']) raw.pragma(pragma)
  for (const [sql, why] of refused) t.throws(() => raw.exec(sql), { any: true, message: why }, sql)
  raw.close()
  t.like(verifyChain(db.file), { entries: 3, faultCount: 0 })
})

test('a body that is lawfully erased leaves its commitments: the chain still fits, and the fact says so', async t => {
  const file = await written(t, 6)
  t.like(verifyChain(file), { entries: 6, erased: 1, faultCount: 0 })
  const { journal, db } = open(t, file)
  const facts = await journal.read({})
  t.deepEqual(
    facts.map(({ body }) => body === null),
    [false, true, false, false, false, false],
  )
  t.like(facts.at(-1), { type: 'bodies-erased', body: { reason: 'lawful destruction', erased: [2] } })
  // It cannot be written again, nor its erasure forgotten.
  await db.close()
  const raw = new Sqlite(file)
  t.throws(() => raw.exec("INSERT INTO journal_bodies VALUES (2, zeroblob(32), '{}')"), {
    any: true,
    message: /written once/,
  })
  t.throws(() => raw.exec('DELETE FROM journal_erasures'), { any: true, message: /erasures do not go/ })
  raw.close()
})

test('what a PACS asks for is in the journal before it is answered; a list it asks for again and again, once an hour', async t => {
  const house = open(t)
  const own = manualClock(Date.UTC(2026, 10, 24, 6))
  const peer = { id: 'nord-pacs', site: 'nord' } as Peer
  const asked = openQueryRecord({
    ...house,
    clock: own,
    peers: { find: id => (id === peer.id ? peer : undefined) },
  })
  const query = (keys: Record<string, string>, id = peer.id) =>
    asked({
      id: 1,
      peer: id,
      callingAETitle: 'NORDPACS',
      address: '192.0.2.9',
      calledAETitle: 'RELAIS',
      keys,
      relational: false,
    })
  await Promise.all([query({ PatientName: 'A*' }), query({ PatientName: 'A*' })])
  await query({ PatientName: 'B*' })
  await query({ PatientName: 'A*' }, 'removed')
  own.advance(3_600_000)
  await query({ PatientName: 'A*' })
  const facts = await house.journal.read({ types: ['peer-queried'] })
  t.deepEqual(
    facts.map(({ body }) => body),
    ['A*', 'B*', 'A*'].map(PatientName => ({ keys: { PatientName } })),
  )
  t.like(facts[0], { site: 'nord', ids: { peer: 'nord-pacs' }, origin: { by: 'peer', address: '192.0.2.9' } })
})

const COLUMNS = {
  journal: [
    'at',
    'monotonic',
    'boot',
    'site',
    'type',
    'version',
    'ids',
    'body_sha256',
    'body_sha3',
    'previous_sha256',
    'previous_sha3',
    'sha256',
    'sha3',
  ],
  journal_bodies: ['salt', 'body'],
} as const

test('whichever byte of whichever column of whichever entry is edited with another tool, that entry is named first', async t => {
  const file = await written(t, 9)
  const cells = Object.entries(COLUMNS).flatMap(([table, columns]) =>
    columns.map(column => ({ table, column })),
  )
  const edits = fc.record({
    cell: fc.constantFrom(...cells),
    seq: fc.constantFrom(1, 3, 4, 5, 6, 7, 8, 9),
    at: fc.nat(1000),
    bit: fc.nat(7),
  })
  // Every column once for sure, then whatever comes.
  const examples = cells.map(
    cell =>
      [{ cell, seq: 5, at: 7, bit: 3 }] as [
        { cell: (typeof cells)[number]; seq: number; at: number; bit: number },
      ],
  )
  fc.assert(
    fc.property(edits, ({ cell: { table, column }, seq, at, bit }) => {
      const check = tampered(t, file, db => {
        const row = db.prepare(`SELECT ${column} AS value FROM ${table} WHERE seq = ?`).get(seq) as {
          value: unknown
        }
        db.prepare(`UPDATE ${table} SET ${column} = ? WHERE seq = ?`).run(flipped(row.value, at, bit), seq)
      })
      t.true(check.faultCount > 0, `${table}.${column} of ${seq}`)
      t.is(check.faults[0]?.seq, seq, `${table}.${column}: ${check.faults[0]?.what}`)
    }),
    { numRuns: 80, examples },
  )
})

test('deleting, reordering, inserting and forgetting are found, and where', async t => {
  const file = await written(t, 8)
  const firstFault = (edit: string) => tampered(t, file, db => db.exec(edit)).faults[0]
  t.like(firstFault('DELETE FROM journal WHERE seq = 4'), {
    seq: 4,
    what: 'entry 4 is missing (the next one is 5)',
  })
  t.is(firstFault('DELETE FROM journal WHERE seq = 1')?.seq, 1)
  t.is(
    firstFault(
      'UPDATE journal SET seq = 99 WHERE seq = 5; UPDATE journal SET seq = 5 WHERE seq = 6; UPDATE journal SET seq = 6 WHERE seq = 99',
    )?.seq,
    5,
  )
  t.is(
    firstFault(
      'UPDATE journal_bodies SET seq = 99 WHERE seq = 4; UPDATE journal_bodies SET seq = 4 WHERE seq = 5; UPDATE journal_bodies SET seq = 5 WHERE seq = 99',
    )?.seq,
    4,
  )
  t.is(
    firstFault(
      'INSERT INTO journal SELECT 9, at, monotonic, boot, site, type, version, ids, body_sha256, body_sha3, previous_sha256, previous_sha3, sha256, sha3 FROM journal WHERE seq = 8',
    )?.seq,
    9,
  )
  t.is(firstFault('DELETE FROM journal_bodies WHERE seq = 3')?.seq, 3)
  // A body removed with a forged erasure: the entry that is said to record it does not.
  t.is(
    firstFault('DELETE FROM journal_bodies WHERE seq = 3; INSERT INTO journal_erasures VALUES (3, 4)')?.seq,
    3,
  )
  t.is(
    firstFault('DELETE FROM journal_bodies WHERE seq = 3; INSERT INTO journal_erasures VALUES (3, 8)')?.seq,
    3,
  )
  t.is(firstFault('DELETE FROM journal_erasures')?.seq, 2)
  t.is(firstFault("UPDATE journal_subjects SET id = 'not_other' WHERE seq = 6")?.seq, 6)
  t.is(firstFault('DELETE FROM journal_subjects WHERE seq = 6')?.seq, 6)
  t.is(firstFault("INSERT INTO journal_bodies VALUES (77, zeroblob(32), '{}')")?.seq, 77)
  // What no chain can see without a witness outside: the tail. It is said so on the screen.
  t.is(
    tampered(t, file, db =>
      db.exec(
        'DELETE FROM journal WHERE seq = 8; DELETE FROM journal_bodies WHERE seq = 8; DELETE FROM journal_erasures; DELETE FROM journal_subjects WHERE seq = 8',
      ),
    ).faults[0]?.seq,
    2,
  )
})

function follow(house: House, followers: Follower[], troubles: { seq: number; parked: boolean }[] = []) {
  const runners = openFollowers({
    ...house,
    clock,
    onTrouble: ({ seq, parked }) => troubles.push({ seq, parked }),
  })
  for (const follower of followers) runners.add(follower)
  return runners
}

const noting =
  (name: string, before: (fact: StoredFact) => void = () => undefined): Follower['handle'] =>
  async (fact, tx) => {
    before(fact)
    await tx.sql<Handled>().insertInto('handled').values({ follower: name, seq: fact.seq }).execute()
  }

const handledBy = async ({ db }: House, follower: string) =>
  (
    await db.sql<Handled>().selectFrom('handled').select('seq').where('follower', '=', follower).execute()
  ).map(({ seq }) => seq)

test('a new follower starts at the head; one that declares a replay at the first entry', async t => {
  const house = open(t)
  await house.append(3)
  const followers = follow(house, [
    { name: 'fresh', handle: noting('fresh') },
    { name: 'replaying', replay: true, handle: noting('replaying') },
    { name: 'choosy', replay: true, types: ['other'], handle: noting('choosy') },
  ])
  await followers.start()
  await house.append(2)
  await house.append(1, 'other')
  await followers.settled()
  t.deepEqual(await handledBy(house, 'fresh'), [4, 5, 6])
  t.deepEqual(await handledBy(house, 'replaying'), [1, 2, 3, 4, 5, 6])
  t.deepEqual(await handledBy(house, 'choosy'), [6])
  await followers.close()
})

test('a fact wakes those who follow its kind; what was written beside this process is found at the next fact of any kind', async t => {
  const house = open(t)
  let looks = 0
  const types = new Proxy(['other'], {
    get: (list, key) => {
      // Asked by whoever looks for facts of these kinds.
      if (key === Symbol.iterator) looks++
      return Reflect.get(list, key)
    },
  })
  const followers = follow(house, [
    { name: 'choosy', types, handle: noting('choosy') },
    { name: 'all', handle: noting('all') },
  ])
  await followers.start()
  await house.append(5)
  await followers.settled()
  t.is(looks, 1, 'it looked when it began, and at nothing that is not its own')
  t.deepEqual(await handledBy(house, 'all'), [1, 2, 3, 4, 5])

  const beside = openJournal({ db: house.db, clock })
  const fact = { type: 'other', site: 'nord', ids: {}, body: {} }
  await house.db.write(tx => beside.append(tx, fact, ORIGIN))
  await house.append(1)
  await followers.settled()
  t.deepEqual(await handledBy(house, 'choosy'), [6])
  await house.append(1, 'other')
  await followers.settled()
  t.deepEqual(await handledBy(house, 'choosy'), [6, 8])
  await followers.close()
})

test('a follower goes on where it was after a restart, each fact exactly once, whatever was happening', async t => {
  const file = join(temporary(t), 'journal.sqlite')
  let house = open(t, file)
  await house.append(40)
  for (let run = 0; run < 4; run++) {
    const followers = follow(house, [{ name: 'steady', replay: true, handle: noting('steady') }])
    await followers.start()
    await eventually('it is in the middle', async () =>
      (await handledBy(house, 'steady')).length > run * 5 ? true : undefined,
    )
    await followers.close()
    await house.append(3)
    await house.db.close()
    house = open(t, file)
  }
  const followers = follow(house, [{ name: 'steady', replay: true, handle: noting('steady') }])
  await followers.start()
  await followers.settled()
  t.deepEqual(
    await handledBy(house, 'steady'),
    Array.from({ length: 52 }, (_, n) => n + 1),
  )
  await followers.close()
})

test('a fact whose handling fails five times is set aside for a person; others never waited for it', async t => {
  const house = open(t)
  await house.append(6)
  let broken = true
  const troubles: { seq: number; parked: boolean }[] = []
  const both: Follower[] = [
    {
      name: 'fragile',
      types: ['note-made'],
      replay: true,
      handle: noting('fragile', ({ seq }) => {
        if (broken && seq === 3) throw new Error('the third is too much')
      }),
    },
    { name: 'sturdy', types: ['note-made'], replay: true, handle: noting('sturdy') },
  ]
  // A restart tries at once and forgets no earlier try.
  for (let attempt = 1; attempt <= 5; attempt++) {
    const followers = follow(house, both, troubles)
    await followers.start()
    await eventually('it was tried', () => (troubles.length === attempt ? true : undefined))
    await followers.settled()
    t.deepEqual(await handledBy(house, 'fragile'), attempt < 5 ? [1, 2] : [1, 2, 4, 5, 6])
    t.deepEqual(await handledBy(house, 'sturdy'), [1, 2, 3, 4, 5, 6])
    await followers.close()
  }
  t.deepEqual(
    troubles,
    [1, 2, 3, 4, 5].map(attempt => ({ seq: 3, parked: attempt === 5 })),
  )
  const followers = follow(house, both, troubles)
  await followers.start()
  const [parked, ...more] = await followers.parked()
  t.deepEqual(more, [])
  t.like(parked, { follower: 'fragile', seq: 3, reason: 'the third is too much' })
  const id = parked?.id ?? ''
  t.is(id, 'prk_1')
  await t.throwsAsync(followers.retryParked(id, ORIGIN), { message: 'the third is too much' })
  broken = false
  await followers.retryParked(id, ORIGIN)
  t.deepEqual(await followers.parked(), [])
  await t.throwsAsync(followers.giveUpParked(id, 'by hand', ORIGIN), { message: /already settled/ })
  t.deepEqual(await handledBy(house, 'fragile'), [1, 2, 4, 5, 6, 3])
  t.deepEqual(
    (await house.journal.read({ after: 6 })).map(({ type, ids }) => [type, ids]),
    [
      ['fact-parked', { note: 'not_2', parked: id }],
      ['fact-retried', { parked: id }],
    ],
  )
  await followers.close()
})

test('a follower that fails at everything does not feed itself with its own failures', async t => {
  const house = open(t)
  await house.append(1)
  const broken: Follower = {
    name: 'broken',
    replay: true,
    handle: () => Promise.reject(new Error('always')),
  }
  // A restart tries at once: four rounds for each of the two, and one that ends the first and begins the second.
  for (let round = 1; round <= 9; round++) {
    const troubles: { seq: number; parked: boolean }[] = []
    const followers = follow(house, [broken], troubles)
    await followers.start()
    await eventually('it was tried', () => (troubles.length > 0 ? true : undefined))
    await followers.settled()
    await followers.close()
  }
  const followers = follow(house, [broken])
  t.deepEqual(
    (await followers.parked()).map(({ seq, type }) => [seq, type]),
    [
      [1, 'note-made'],
      [2, 'fact-parked'],
    ],
  )
  t.is(await house.journal.head(), 2)
})

test('a handler that fails leaves nothing of its own behind', async t => {
  const house = open(t)
  await house.append(1)
  const troubles: { seq: number; parked: boolean }[] = []
  let tries = 0
  const followers = follow(
    house,
    [
      {
        name: 'half',
        replay: true,
        handle: async (fact, tx) => {
          await noting('half')(fact, tx)
          if (++tries === 1) throw new Error('after it had written')
        },
      },
    ],
    troubles,
  )
  await followers.start()
  await eventually('the first try failed', () => (troubles.length === 1 ? true : undefined))
  t.deepEqual(await handledBy(house, 'half'), [])
  // It tries again by itself.
  await eventually('the second try did it', async () =>
    (await handledBy(house, 'half')).length === 1 ? true : undefined,
  )
  await followers.settled()
  t.deepEqual(await handledBy(house, 'half'), [1])
  await followers.close()
})
