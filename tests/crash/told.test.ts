import { join } from 'node:path'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { ask, cookieOf } from '../support/asked.js'
import { eventually } from '../support/children.js'
import { addColleagues } from '../support/colleagues.js'
import { CONTRACTS, openNode, SITES, settingsFor, temporary } from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { CAST, OPERATOR, PASSWORD } from '../support/people.js'
import { openPostOffice } from '../support/post-office.js'
import { dice, scaled, seed } from '../support/scale.js'

const READERS = scaled(40, 120)
const ROUNDS = scaled(1, 40)
/** A round whose kills all came too late to be among what is told lot by lot is tried again so often. */
const MORE_ROUNDS = 10
/** Also where the machine has much else to do. */
const WITHIN_MS = 120_000
const COMMAND = { by: 'command', user: 'test' } as const

test.serial(
  `${READERS} people are told of what can wait, and the node is killed among their notices and among their letters (${2 * ROUNDS} times): each has one notice and one letter, and no letter comes twice but the one under way`,
  async t => {
    t.timeout((ROUNDS + MORE_ROUNDS) * 2 * WITHIN_MS)
    t.log(`seed ${seed}`)
    const throws = dice(seed)
    const post = await openPostOffice(t)
    const folder = temporary(t)
    const env = settingsFor(folder, { ...OPERATOR, ...post.settings })
    const before = await openNode(t, { folder, env, network: { sites: SITES, contracts: [CONTRACTS[0]] } })
    const { accounts, db: made, ids } = before.services
    for (const who of ['referrer', 'first'] as const) {
      const { email, name, role, site } = CAST[who]
      await accounts.create(null, { email, name, role, site, language: 'fr', password: PASSWORD }, COMMAND)
    }
    // Colleagues of hers, without a password of each to be hashed.
    await made.write(tx => addColleagues(tx, ids, { of: CAST.first.email, count: READERS - 1 }))
    await before.close()

    let node = await startProcess(t, env)
    const referrer = await cookieOf(node, CAST.referrer.email)
    const db = new Sqlite(join(folder, 'relais.sqlite'), { readonly: true })
    t.teardown(() => db.close())
    const counted = (sql: string) => {
      const statement = db.prepare(sql).pluck()
      return (...values: string[]) => Number(statement.get(...values))
    }
    const placed = counted("SELECT count(*) FROM notices WHERE request = ? AND kind = 'request-offered'")
    const sent = counted(
      "SELECT count(*) FROM notices JOIN notice_channels ON notice = id WHERE request = ? AND channel = 'email' AND state = 'sent'",
    )
    const open = counted(
      "SELECT count(*) FROM outbox WHERE kind IN ('notice-lot', 'mail') AND state <> 'done'",
    )
    const told = db.prepare(
      `SELECT email, notices.id AS notice,
         (SELECT group_concat(channel || ' ' || state, ', ') FROM
           (SELECT channel, state FROM notice_channels WHERE notice = notices.id ORDER BY channel)) AS channels,
         (SELECT count(*) FROM journal_subjects s JOIN journal j USING (seq)
           WHERE s.id = notices.id AND type = 'notice-sent') AS facts
       FROM notices JOIN accounts ON accounts.id = account WHERE request = ? AND kind = 'request-offered'`,
    )
    const readers = db
      .prepare("SELECT email FROM accounts WHERE email LIKE '%@lecture.example' ORDER BY email")
      .pluck()
      .all()
    t.is(readers.length, READERS)

    let [kills, amongNotices, amongLetters] = [0, 0, 0]
    const killOnce = async (what: string, isTime: () => boolean) => {
      await eventually(what, () => isTime() || undefined, WITHIN_MS)
      await node.kill()
      kills++
    }
    const requests: string[] = []
    for (let round = 0; round < ROUNDS || amongNotices === 0 || amongLetters === 0; round++) {
      if (round >= ROUNDS + MORE_ROUNDS) return t.fail('no kill came in time')
      const { id } = await ask(node, referrer, { urgency: 'routine', to: 'lecture' })
      requests.push(id)
      const [lots, letters] = [throws(READERS), throws(READERS)]
      await killOnce(`${lots} notices`, () => placed(id) >= lots)
      if (placed(id) < READERS) amongNotices++
      node = await startProcess(t, env)
      await killOnce(`${letters} letters`, () => sent(id) >= letters)
      if (sent(id) < READERS) amongLetters++
      node = await startProcess(t, env)
      await eventually(
        'everybody is told',
        () => (placed(id) >= READERS && open() === 0) || undefined,
        WITHIN_MS,
      )
    }
    t.log(`${kills} kills, of which ${amongNotices} among the notices and ${amongLetters} among the letters`)

    const owed: string[] = []
    for (const id of requests) {
      const rows = told.all(id) as { email: string; notice: string; channels: string; facts: number }[]
      t.deepEqual(rows.map(({ email }) => email).sort(), readers, 'one notice each')
      for (const { channels, facts } of rows)
        t.deepEqual({ channels, facts }, { channels: 'email sent, screen sent', facts: 2 })
      owed.push(...rows.map(({ notice, email }) => `${notice} ${email}`))
    }
    const came = post.letters
      .filter(({ to }) => readers.includes(to))
      .map(({ messageId, to }) => `${messageId.slice(1).split('@')[0]} ${to}`)
    t.deepEqual([...new Set(came)].sort(), owed.sort(), 'one letter each')
    const twice = came.length - owed.length
    t.log(`${owed.length} letters, ${twice} that a kill met under way came again under their Message-ID`)
    t.true(twice <= kills, `${twice} letters came twice`)
    t.is(await node.stop(), 0)
    const verified = await relais(['verify', '--json'], env)
    t.like(JSON.parse(verified.stdout), { ok: true, faults: 0 })
  },
)
