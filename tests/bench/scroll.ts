import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import { openScreens } from '../support/browser.js'
import { browser } from './asking.js'
import { waitedForCoreMs } from './machine.js'
import { type Bench, type Figure, inFolder, rounded, say, table, underWay } from './measure.js'
import { startProgram } from './program.js'
import { fillFolder, READER } from './requests.js'

/** Open requests for each of `count`: ten thousand at the default. */
const EACH = 20
const WHEEL_PX = 1200
const KEYS = 150
const STUTTER_MS = 50
const GOAL_STUTTERS = 0
/** A frame at sixty a second. */
const GOAL_STEP_MS = 16
const GOAL_MB = 150

interface Watched {
  frames: number
  /** Frames that came later than this after the one before, and pieces of work that held the page as long. */
  late: number
  held: number
  longestMs: number
  megabytes: number
}

interface Seen {
  gaps: number[]
  held: number[]
  going: boolean
  observer: PerformanceObserver
}

/** As text: what compiles these sources names functions in a way that a page does not know. */
const WATCHING = `
  window.seen = { gaps: [], held: [], going: true }
  window.seen.observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) window.seen.held.push(duration)
  })
  window.seen.observer.observe({ type: 'longtask' })
  let last = performance.now()
  requestAnimationFrame(function frame(at) {
    window.seen.gaps.push(at - last)
    last = at
    if (window.seen.going) requestAnimationFrame(frame)
  })
`

/** What the page itself sees of its frames while something is done to it. */
async function watched(
  page: Page,
  pid: number,
  work: () => Promise<void>,
): Promise<Watched & { waitedMs: number }> {
  await page.evaluate(WATCHING)
  const waited = waitedForCoreMs(pid)
  await work()
  const waitedMs = waitedForCoreMs(pid) - waited
  const found = await page.evaluate(stutterMs => {
    const { seen } = window as unknown as { seen: Seen }
    seen.going = false
    seen.observer.disconnect()
    const { memory } = performance as unknown as { memory: { usedJSHeapSize: number } }
    return {
      frames: seen.gaps.length,
      late: seen.gaps.filter(gap => gap > stutterMs).length,
      held: seen.held.length,
      longestMs: Math.max(0, ...seen.held),
      megabytes: memory.usedJSHeapSize / 2 ** 20,
    }
  }, STUTTER_MS)
  return { ...found, waitedMs }
}

/** How long the main thread of the page worked so far, in milliseconds. */
async function workedMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
}

/** Ten thousand open requests on one screen: to the end by wheel, back by keys, while colleagues work. */
export const scroll: Bench = options =>
  inFolder('scroll', options, async house => {
    const count = options.count * EACH
    const data = join(house.folder, 'node')
    await fillFolder(data, count)
    const { http } = await startProgram(house, data)
    const colleague = await browser(http, READER)
    const undo = { teardown: house.teardown, run: async () => {} }
    const screens = await openScreens(undo, http)
    const { page, context, signIn } = await screens.visit()
    await signIn(READER.email, READER.password)
    await page.goto('/requests?list=to-claim')
    const list = page.getByRole('grid')
    await list.waitFor()
    const session = await context.browser()?.newBrowserCDPSession()
    const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {}
    const pid =
      processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime)[0]?.id ?? 0
    const scroller = await page.evaluateHandle(
      () => document.querySelector('table[role=grid]')?.parentElement,
    )
    const bottom = () =>
      scroller.evaluate(box => (box ? box.scrollHeight - box.scrollTop - box.clientHeight : 0))
    const work = await context.newCDPSession(page)
    await work.send('Performance.enable')
    await list.hover()
    const rows = [
      [
        'while',
        'frames',
        `over ${STUTTER_MS} ms`,
        'held the page',
        'longest ms',
        'main thread, ms a step',
        'waited for a core ms',
        'heap MiB',
      ],
    ]
    const figures: Figure[] = []
    /** `run` gives how many steps of wheel or key it made. */
    const note = async (what: string, run: () => Promise<number>) => {
      const before = await workedMs(work)
      let steps = 0
      const { frames, late, held, longestMs, megabytes, waitedMs } = await watched(page, pid, async () => {
        steps = await run()
      })
      const stepMs = ((await workedMs(work)) - before) / steps
      underWay(`${what}: ${held} of ${frames} frames held`)
      rows.push([
        what,
        `${frames}`,
        `${late}`,
        `${held}`,
        rounded(longestMs),
        rounded(stepMs),
        rounded(waitedMs),
        rounded(megabytes),
      ])
      figures.push({
        what: `scroll: ${what}, work over ${STUTTER_MS} ms`,
        measured: held,
        goal: [GOAL_STUTTERS, 'at most'],
      })
      figures.push({
        what: `scroll: ${what}, main thread a step`,
        measured: stepMs,
        goal: [GOAL_STEP_MS, 'at most'],
        unit: ' ms',
      })
      figures.push({
        what: `scroll: ${what}, heap`,
        measured: megabytes,
        goal: [GOAL_MB, 'at most'],
        unit: ' MiB',
      })
    }
    await note('by wheel to the end, reading on', async () => {
      let steps = 0
      for (let still = 0; still < 40; steps += 1) {
        await page.mouse.wheel(0, WHEEL_PX)
        await page.waitForTimeout(16)
        still = (await bottom()) < 1 ? still + 1 : 0
      }
      return steps
    })
    await note('by wheel back to the beginning', async () => {
      let steps = 0
      for (; (await scroller.evaluate(box => box?.scrollTop ?? 0)) > 0; steps += 1)
        await page.mouse.wheel(0, -WHEEL_PX * 4)
      return steps
    })
    await note(`${KEYS} rows down by key`, async () => {
      for (let at = 0; at < KEYS; at += 1) await page.keyboard.press('ArrowDown')
      return KEYS
    })
    const offered = (await colleague.get<{ items: { id: string }[] }>('/api/requests?state=offered&limit=20'))
      .items
    await note('by wheel while a colleague claims', async () => {
      const claiming = (async () => {
        for (const { id } of offered.slice(0, 5)) await colleague.post(`/api/requests/${id}/claim`, {})
      })()
      const steps = 200
      for (let at = 0; at < steps; at += 1) {
        await page.mouse.wheel(0, at < steps / 2 ? 300 : -300)
        await page.waitForTimeout(16)
      }
      await claiming
      return steps
    })
    say(`scroll, ${count} open requests:\n${table(rows)}\n`)
    return figures
  })
