// Commits so many times, one after the other, and ends: node --import tsx tests/support/node-commits.ts FILE N
import { systemClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'

const [, , file = '', commits = '0'] = process.argv
const db = openDatabase({
  file,
  migrations: [
    { name: 'notes-1', sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT' },
  ],
  clock: systemClock(),
})
for (let n = 0; n < Number(commits); n++)
  await db.write(tx =>
    tx
      .sql<{ notes: { id: number; text: string } }>()
      .insertInto('notes')
      .values({ id: n, text: 'note' })
      .execute(),
  )
// Not closed in order: a checkpoint would sync once more.
process.exit(0)
