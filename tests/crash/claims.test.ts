import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import type { RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { CONTRACTS, openNode, SITES, settingsFor, temporary } from '../support/node.js'
import { type NodeProcess, relais, startProcess } from '../support/node-process.js'
import { CAST, OPERATOR, PASSWORD } from '../support/people.js'
import { dice, scaled, seed } from '../support/scale.js'

const READERS = 10
const CLIENTS = 50
const ROUNDS = scaled(3, 1_000)
const KILLS = scaled(2, 100)
const COMMAND = { by: 'command', user: 'test' } as const

/** As a program would: no browser, one cookie. */
async function signIn(node: NodeProcess, email: string) {
  const post = (path: string, body: object, cookie = '') =>
    fetch(`${node.http}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: node.http, cookie },
      body: JSON.stringify(body),
    })
  const session = await post('/api/session', { email, password: PASSWORD })
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? ''
  return async (path: string, body: object = {}) => {
    const answer = await post(path, body, cookie)
    return {
      status: answer.status,
      body: (await answer.json()) as RequestView & { code?: string; detail?: string },
    }
  }
}
type Client = Awaited<ReturnType<typeof signIn>>

/** Everybody at once; whoever the program did not live to answer is left out. */
async function race(clients: readonly Client[], id: string) {
  const tries = await Promise.allSettled(
    Array.from({ length: CLIENTS }, (_, n) =>
      (clients[n % clients.length] as Client)(`/api/requests/${id}/claim`),
    ),
  )
  return tries.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
}

test.serial(
  `${CLIENTS} claim at once over HTTP, ${ROUNDS} times: one wins each, all others are told by a clean 409 who it was; over kill -9 the winner stays`,
  async t => {
    t.timeout(ROUNDS * 1000 + KILLS * 60_000 + 120_000)
    const folder = temporary(t)
    const env = settingsFor(folder, OPERATOR)
    const before = await openNode(t, { folder, env, network: { sites: SITES, contracts: CONTRACTS } })
    const emails = Array.from({ length: READERS }, (_, n) => `lecteur${n}@lecture.example`)
    const { referrer } = CAST
    for (const person of [
      referrer,
      ...emails.map((email, n) => ({
        email,
        name: `Dr Essai ${n}`,
        role: 'radiologist' as const,
        site: 'lecture',
      })),
    ])
      await before.services.accounts.create(null, { ...person, language: 'fr', password: PASSWORD }, COMMAND)
    await before.close()

    let node = await startProcess(t, env)
    const meet = async () => ({
      asker: await signIn(node, referrer.email),
      readers: await Promise.all(emails.map(email => signIn(node, email))),
    })
    let { asker, readers } = await meet()
    const ask = async () => {
      const made = await asker('/api/requests', { ...FORM, studies: [], to: 'lecture' })
      t.is(made.status, 201, JSON.stringify(made.body))
      return made.body.id
    }
    const db = new Sqlite(join(folder, 'relais.sqlite'), { readonly: true })
    t.teardown(() => db.close())
    const claims = db.prepare('SELECT account, name FROM request_claims WHERE request = ?')
    const won = db.prepare("SELECT name FROM request_offers WHERE request = ? AND outcome = 'won'")
    const recorded = db.prepare(
      "SELECT count(*) AS n FROM journal_subjects s JOIN journal j USING (seq) WHERE s.id = ? AND type = 'request-claimed'",
    )

    for (let round = 0; round < ROUNDS; round++) {
      const id = await ask()
      const answers = await race(readers, id)
      t.is(answers.length, CLIENTS)
      const winners = answers.filter(({ status }) => status === 200)
      t.is(winners.length, 1)
      const name = winners[0]?.body.holder?.name ?? ''
      for (const { status, body } of answers.filter(answer => answer !== winners[0])) {
        t.is(status, 409)
        t.like(body, { code: 'conflict', detail: `Cette demande est prise en charge par ${name}.` })
      }
      t.deepEqual(
        [claims.all(id), won.all(id)].map(rows => rows.map(row => (row as { name: string }).name)),
        [[name], [name]],
      )
      t.deepEqual(recorded.get(id), { n: 1 })
    }

    const throwOf = dice(seed)
    t.log(`seed ${seed}`)
    for (let kill = 0; kill < KILLS; kill++) {
      const id = await ask()
      const racing = race(readers, id)
      await pause(throwOf(60))
      await node.kill()
      const promised = (await racing).filter(({ status }) => status === 200)
      t.true(promised.length <= 1)
      node = await startProcess(t, env)
      const [kept, ...more] = claims.all(id) as { name: string }[]
      t.deepEqual(more, [])
      for (const { body } of promised) t.is(body.holder?.name, kept?.name, 'what was promised is kept')
      ;({ asker, readers } = await meet())
      const after = await race(readers, id)
      const winners = after.filter(({ status }) => status === 200)
      t.is(winners.length, kept === undefined ? 1 : 0)
      const name = kept?.name ?? winners[0]?.body.holder?.name
      t.deepEqual(
        (claims.all(id) as { name: string }[]).map(row => row.name),
        [name],
      )
      for (const { status, body } of after.filter(answer => !winners.includes(answer)))
        t.like(
          { status, detail: body.detail },
          { status: 409, detail: `Cette demande est prise en charge par ${name}.` },
        )
    }
    await node.stop()
    const proof = await relais(['verify', '--json'], env)
    t.is(proof.code, 0, proof.stdout + proof.stderr)
  },
)
