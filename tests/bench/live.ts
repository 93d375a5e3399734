import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { cpuMsOf } from '../support/process-watch.js'
import { type Ask, askMany, browser, signIn } from './asking.js'
import { type Bench, type Figure, inFolder, quantile, rounded, say } from './measure.js'
import { startProgram } from './program.js'
import { ASKER, fillFolder, formOf, READER } from './requests.js'
import { openScreens, signInColleagues } from './screens.js'

const SCREENS = 1000
const REQUESTS = 1000
const CHANGES_A_ROUND = 5
const WARMING = 2
const DAY_MS = 86_400_000
const BETWEEN_MS = 2000
const SHOWN_WITHIN_MS = 60_000
const NOTICES = 10_000
const SENT_WITHIN_MS = 900_000
/** Long enough that the slowest hundredth is more than a few. */
const QUIET_MS = 60_000
const ASKED = 300
const LIST = '/api/requests?state=offered&limit=50'

/** Asks for the worklist over and over, as one who works does, until told to stop. */
function worker(ask: Ask): { tookMs: number[]; stop(): Promise<void> } {
  const tookMs: number[] = []
  let going = true
  const work = async () => {
    while (going) {
      const { tookMs: took } = await askMany(() => ask(LIST), 1, 1)
      tookMs.push(...took)
      await wait(20)
    }
  }
  const working = work()
  return {
    tookMs,
    stop: async () => {
      going = false
      await working
    },
  }
}

/**
 * A thousand screens show the worklist, each over connections of its own. A reader takes a request: every screen hears
 * of it, reads list and counts again as the page does, and shows it once both are parsed and the request is gone from
 * the list. Somebody else works meanwhile. Then letters leave by the thousand while somebody works.
 */
export const live: Bench = async options => {
  const figures: Figure[] = []
  await inFolder('live', options, async house => {
    const data = join(house.folder, 'node')
    await fillFolder(data, REQUESTS)
    const secrets = await signInColleagues(data, SCREENS)
    standStill(data)
    const { http, pid } = await startProgram(house, data)
    const reader = await browser(http, READER)
    const ask = await signIn(http, READER, { atOnce: 1, teardown: house.teardown })
    await askMany(() => ask(LIST), 50, 1)
    const quiet = await askMany(() => ask(LIST), ASKED, 1)
    const quietP99 = quantile(quiet.tookMs, 0.99)

    const before = performance.now()
    const screens = await openScreens(house, http, secrets, 2)
    say(`live: ${SCREENS} screens are open after ${rounded((performance.now() - before) / 1000)} s`)
    const offered = (await reader.get<{ items: { id: string }[] }>(LIST)).items
    const [heard, shown, kilobytes]: [number[], number[], number[]] = [[], [], []]
    let [missing, refused, usedMs] = [0, 0, 0]
    const change = async (id: string) => {
      const began = performance.timeOrigin + performance.now()
      await reader.post(`/api/requests/${id}/claim`, {})
      const committed = performance.timeOrigin + performance.now()
      const seen = await screens.shown(id, SHOWN_WITHIN_MS)
      return { began, committed, seen }
    }
    // A node at work has seen many changes before any that is looked at: the program just started compiles itself yet.
    for (const { id } of offered.slice(0, WARMING)) {
      const { began, seen } = await change(id)
      const lastMs = Math.max(...seen.map(({ shownAt }) => shownAt)) - began
      say(`live: a change to warm up, not counted: all ${seen.length} show it after ${rounded(lastMs)} ms`)
      await wait(BETWEEN_MS)
    }
    const busy = worker(ask)
    for (const { id } of offered.slice(WARMING, WARMING + options.rounds * CHANGES_A_ROUND)) {
      const before = cpuMsOf(pid)
      const { began, committed, seen } = await change(id)
      usedMs += cpuMsOf(pid) - before
      missing += SCREENS - seen.length
      // The commit lies between the question and its answer: the earlier one counts.
      for (const { heardAt, shownAt, bytes, refused: times } of seen) {
        refused += times
        heard.push(heardAt - began)
        shown.push(shownAt - began)
        kilobytes.push(bytes / 1024)
      }
      if (committed - began > 100) say(`live: a claim took ${rounded(committed - began)} ms`)
      await wait(BETWEEN_MS)
    }
    await busy.stop()
    const busyP99 = quantile(busy.tookMs, 0.99)
    const shownP99 = missing > 0 ? Number.POSITIVE_INFINITY : quantile(shown, 0.99)
    say(
      `live: heard p50 ${rounded(quantile(heard, 0.5))} ms, p99 ${rounded(quantile(heard, 0.99))} ms; shown p50 ${rounded(quantile(shown, 0.5))} ms, p99 ${rounded(shownP99)} ms; ${rounded(quantile(kilobytes, 0.5))} KiB a screen and change; ${missing} never did, ${refused} answers were refusals at first`,
    )
    const { count, first } = screens.troubles
    if (count > 0) say(`live: ${count} times a screen gave up reading again, the first for: ${first}`)
    say(
      `live: ${rounded((usedMs * 1000) / shown.length)} µs of the node's processor a screen and change, all that the node did meanwhile counted`,
    )
    say(
      `live: who works meanwhile has the worklist after p50 ${rounded(quantile(busy.tookMs, 0.5))} ms, p99 ${rounded(busyP99)} ms, the longest ${rounded(Math.max(...busy.tookMs))} ms (${rounded(quantile(quiet.tookMs, 0.5))} and ${rounded(quietP99)} ms before, ${busy.tookMs.length} asked)`,
    )
    figures.push(
      {
        what: `${SCREENS} screens show a change, p99`,
        measured: shownP99 / 1000,
        goal: [1, 'at most'],
        unit: ' s',
      },
      { what: 'worklist meanwhile, p99', measured: busyP99, goal: [30, 'at most'], unit: ' ms' },
    )
  })
  await inFolder('notices', options, async house => {
    const data = join(house.folder, 'node')
    await fillFolder(data, REQUESTS)
    await signInColleagues(data, SCREENS)
    standStill(data)
    const { http } = await startProgram(house, data)
    const asker = await browser(http, ASKER)
    const asking = await signIn(http, READER, { atOnce: 1, teardown: house.teardown })
    await askMany(() => asking(LIST), 50, 1)
    const quiet = worker(asking)
    await wait(QUIET_MS)
    await quiet.stop()
    const sent = lettersIn(data)
    const already = sent()
    const busy = worker(asking)
    const began = performance.now()
    for (let number = 0; number < NOTICES / SCREENS; number += 1)
      await asker.post('/api/requests', { ...formOf(number), urgency: 'routine' })
    while (sent() - already < NOTICES && performance.now() - began < SENT_WITHIN_MS) await wait(250)
    const seconds = (performance.now() - began) / 1000
    await busy.stop()
    const letters = sent() - already
    const [quietP99, busyP99] = [quantile(quiet.tookMs, 0.99), quantile(busy.tookMs, 0.99)]
    say(
      `notices: ${letters} letters in ${rounded(seconds)} s (${rounded(letters / seconds)}/s); the worklist meanwhile p50 ${rounded(quantile(busy.tookMs, 0.5))} ms, p99 ${rounded(busyP99)} ms, the longest ${rounded(Math.max(...busy.tookMs))} ms (before: ${rounded(quantile(quiet.tookMs, 0.5))} and ${rounded(quietP99)} ms)`,
    )
    figures.push({
      what: `worklist p99 while ${NOTICES} letters leave, against before`,
      measured: busyP99 / quietP99,
      goal: [1.2, 'at most'],
      unit: ' ×',
    })
  })
  say('')
  return figures
}

/** Minutes later the emergencies nobody takes would be offered to a thousand readers while something else is measured. */
function standStill(data: string): void {
  const db = new Sqlite(join(data, 'relais.sqlite'))
  db.prepare("UPDATE outbox SET due_at = due_at + ? WHERE state = 'waiting'").run(DAY_MS)
  db.close()
}

/** How many letters were kept instead of sent, read beside the node. */
function lettersIn(data: string): () => number {
  return () => {
    const db = new Sqlite(join(data, 'relais.sqlite'), { readonly: true })
    try {
      return (db.prepare('SELECT count(*) AS number FROM mailbox').get() as { number: number }).number
    } finally {
      db.close()
    }
  }
}
