import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import type { ActIndex } from '../../node/archive/act.js'
import { systemClock } from '../../node/clock.js'
import type { RequestView } from '../../node/requests/view.js'
import { ask, cookieOf } from '../support/asked.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, SITES, settingsFor, temporary } from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { CAST, OPERATOR, PASSWORD } from '../support/people.js'
import { openPostOffice } from '../support/post-office.js'
import { scaled } from '../support/scale.js'

/** A minute apart, the least a contract can say. */
const WAVES = scaled(1, 4)
const MINUTE_MS = 60_000
/**
 * The promise is a second. Beside other tests the machine itself may be as late as that: there more is let pass, and a
 * rung that waits for something else is found all the same. How exact the timers are is shown with a clock moved by hand.
 */
const ON_TIME_MS = scaled(3000, 1000)
/** Until somebody has to choose a group for an emergency that no contract covers. */
const CHOOSE_MS = 30_000
const COMMAND = { by: 'command', user: 'test' } as const
const clock = systemClock()

test.serial(
  'nobody answers: every rung is fired on time, over kill -9 too, each letter goes out once, and the record of the act holds it all',
  async t => {
    t.timeout((WAVES + 3) * MINUTE_MS)
    const post = await openPostOffice(t)
    const folder = temporary(t)
    const env = settingsFor(folder, { ...OPERATOR, ...post.settings })
    const [contract] = CONTRACTS
    const before = await openNode(t, {
      folder,
      env,
      network: {
        sites: SITES,
        contracts: [{ ...contract, ladder: { waveMinutes: 1, waves: WAVES, telephone: 'never' } }],
      },
    })
    for (const who of ['referrer', 'first', 'second', 'dispatcher', 'northern'] as const) {
      const { email, name, role, site } = CAST[who]
      const person = { email, name, role, site, language: 'fr' as const, password: PASSWORD }
      await before.services.accounts.create(null, person, COMMAND)
    }
    await before.close()

    let node = await startProcess(t, env)
    const db = new Sqlite(join(folder, 'relais.sqlite'), { readonly: true })
    t.teardown(() => db.close())
    const rungs = db.prepare(
      `SELECT fired_at - opened_at AS afterMs, opened_at AS openedAt, fired_at AS firedAt
       FROM alert_rungs JOIN alerts ON id = alert WHERE request = ? ORDER BY alert_rungs.rung`,
    )
    const queued = db.prepare(
      "SELECT count(*) AS n FROM notice_channels WHERE channel = 'email' AND state = 'queued'",
    )
    const rung = (request: RequestView, n: number) =>
      eventually(
        `rung ${n} of ${request.reference} and its letters`,
        () => {
          const found = rungs.all(request.id)[n] as { afterMs: number; openedAt: number; firedAt: number }
          return found !== undefined && (queued.get() as { n: number }).n === 0 ? found : undefined
        },
        MINUTE_MS + CHOOSE_MS,
      )
    const onTime = (what: string, lateMs: number) => {
      t.log(`${what}: ${lateMs} ms from its time`)
      t.true(Math.abs(lateMs) <= ON_TIME_MS, `${what}: ${lateMs} ms`)
    }

    /** A machine with much else to do may start the program after the time of a rung: it counts from then on. */
    const lateBy = (firedAt: number, due: number, listening: number) =>
      firedAt < due ? firedAt - due : Math.max(0, firedAt - Math.max(due, listening))

    const referrer = await cookieOf(node, CAST.referrer.email)
    const emergency = (form: object) => ask(node, referrer, { urgency: 'emergency', ...form })
    const offered = await emergency({ to: 'lecture' })
    /** For whom somebody has to choose a group, and nobody does. */
    const unplaced: RequestView[] = []
    const askUnplaced = async () => {
      const request = await emergency({ modality: 'US' })
      unplaced.push(request)
      const { openedAt } = (await eventually('its alert', () =>
        db.prepare('SELECT opened_at AS openedAt FROM alerts WHERE request = ?').get(request.id),
      )) as { openedAt: number }
      return { request, openedAt }
    }
    const { request: first } = await askUnplaced()
    await rung(offered, 0)
    await node.kill()
    node = await startProcess(t, env)
    const again = clock.now()
    let { request: late, openedAt } = await askUnplaced()
    const chosen = await rung(first, 0)
    onTime('chosen by nobody', lateBy(chosen.firedAt, chosen.openedAt + CHOOSE_MS, again))

    // Nobody is there when this one is due. Where all that has taken until its time, another one is asked.
    await node.kill()
    while (clock.now() >= openedAt + CHOOSE_MS) {
      node = await startProcess(t, env)
      ;({ request: late, openedAt } = await askUnplaced())
      await node.kill()
    }
    await pause(openedAt + CHOOSE_MS + ON_TIME_MS - clock.now())
    node = await startProcess(t, env)
    const listening = clock.now()
    const { afterMs, firedAt } = await rung(late, 0)
    t.true(afterMs > CHOOSE_MS + ON_TIME_MS)
    onTime('due while nobody was there, from the next start', Math.max(0, firedAt - listening))

    let since = listening
    for (let n = 1; n <= WAVES; n++) {
      const fired = await rung(offered, n)
      onTime(`rung ${n}`, lateBy(fired.firedAt, fired.openedAt + n * MINUTE_MS, since))
      if (n === WAVES) break
      await node.kill()
      node = await startProcess(t, env)
      since = clock.now()
    }

    // What was fired is in the record, as it is handed over.
    for (const request of [offered, late]) {
      const record = join(folder, `record-${request.reference}`)
      const said = await relais(['archive', 'export', request.id, record, '--json'], env)
      t.is(said.code, 0, said.stderr)
      const { alerts } = JSON.parse(readFileSync(join(record, 'act.json'), 'utf8')) as ActIndex
      const alert = alerts.find(({ state }) => state === 'open')
      const climbed = (alert?.rungs ?? []).filter(each => each.firedAt !== undefined)
      t.deepEqual(
        climbed.map(each => Date.parse(each.firedAt ?? '')),
        rungs.all(request.id).map(row => (row as { firedAt: number }).firedAt),
      )
      t.true(climbed.every(each => each.people.length > 0))
      t.true(climbed.at(-1)?.call === (request === offered))
    }
    t.deepEqual(
      post.letters.map(({ messageId }) => messageId).sort(),
      [...new Set(post.letters.map(({ messageId }) => messageId))].sort(),
      'none twice',
    )
    const waves = Array.from({ length: WAVES }, () => ['first', 'second'] as const).flat()
    const told = [...waves, ...(['dispatcher', 'northern', 'referrer'] as const)]
    const dispatched = unplaced.flatMap(() => ['northern', 'referrer'] as const)
    t.deepEqual(
      post.letters.map(({ to }) => to).sort(),
      [...told, ...dispatched].map(who => CAST[who].email).sort(),
    )
    t.is(await node.stop(), 0)
    const verified = await relais(['verify', '--json'], env)
    t.like(JSON.parse(verified.stdout), { ok: true, faults: 0 })
  },
)
