import type { Locator, Page } from 'playwright-core'
import { fillFolder } from '../bench/requests.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { openNode, type TestNode, temporary } from '../support/node.js'
import { CAST, PASSWORD } from '../support/people.js'
import { faultsOf } from '../support/web-axe.js'
import { enter, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'
import { rewrite } from '../support/web-text.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  node: TestNode
  reader: Visitor
  other: Visitor
  /** All of them routine and offered, the oldest first. */
  ids: readonly string[]
}

/** One page of the list, and some of the next. */
const ROWS = 115
const OLDEST_FIRST = { limit: 100, state: ['offered'] } as const

const step = tell<Scene>(async (undo: Undo) => {
  // Filled before a node starts on it, so that no letters are on their way while people look.
  const folder = temporary(undo)
  await fillFolder(folder, ROWS, { urgency: 'routine' })
  const node = await openNode(undo, { folder })
  const screens = await openScreens(undo, node.addresses.http)
  const [reader, other] = [await screens.visit(), await screens.visit({ language: 'en', scheme: 'light' })]
  await reader.signIn(CAST.first.email, PASSWORD)
  await other.signIn(CAST.dispatcher.email, PASSWORD)
  await other.page.evaluate(() =>
    fetch('/api/session/language', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"language":"en"}',
    }),
  )
  await other.page.goto('/requests')
  const asker = await enter(node, CAST.first.email, PASSWORD)
  const page = await node.services.requests.list(asker, OLDEST_FIRST)
  const rest = await node.services.requests.list(asker, { ...OLDEST_FIRST, after: page.next ?? '' })
  return { screens, node, reader, other, ids: [...page.items, ...rest.items].map(({ id }) => id) }
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })
const row = (page: Page, id: string | undefined) => page.locator(`#row-${id}`)
const chosen = (page: Page, id: string | undefined) => page.locator(`#row-${id}[aria-selected=true]`)

/** The paths of what the page asks the node for, from now on. */
function asked(page: Page): string[] {
  const paths: string[] = []
  page.on('request', request => {
    const { pathname, search } = new URL(request.url())
    if (request.method() === 'GET' && pathname.startsWith('/api/requests')) paths.push(pathname + search)
  })
  return paths
}

step('nothing lies over the list before somebody opens it', async (t, { reader, other, screens }) => {
  for (const { page } of [reader, other]) {
    await seen(page.getByRole('grid'))
    const search = page.getByRole('searchbox')
    const over = await search.evaluate(field => {
      const { left, top, width, height } = field.getBoundingClientRect()
      return [0.1, 0.5, 0.9].map(
        share => document.elementFromPoint(left + width * share, top + height / 2) === field,
      )
    })
    t.deepEqual(over, [true, true, true])
    t.is(await page.locator('[popover]:visible').count(), 0)
    t.deepEqual(await faultsOf(page, 'the worklist'), [])
  }
  const { page } = other
  await page.emulateMedia({ colorScheme: 'light' })
  await screens.picture('worklist')
  await page.getByRole('button', { name: 'Columns and lists of mine' }).click()
  await seen(page.getByRole('dialog').getByText('Columns'))
  await screens.picture('worklist-settings')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

step(
  'a row that is passed by with the keys is shown, and the node asked only about the one that is stayed at',
  async (t, scene) => {
    const { page } = scene.reader
    const { ids } = scene
    await seen(chosen(page, ids[0]))
    const paths = asked(page)
    // All within one turn of the page, however slow the machine: no timer of the page comes between.
    await page.evaluate(async () => {
      for (let press = 0; press < 8; press += 1) {
        document.body.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }),
        )
        for (let turn = 0; turn < 5; turn += 1) await null
      }
    })
    await seen(chosen(page, ids[8]))
    const panel = page.getByRole('complementary', { name: 'Demande choisie' })
    await seen(panel.getByRole('heading', { name: 'ESSAI Zoé 8', exact: true }))
    await seen(panel.getByText(CAST.referrer.name, { exact: false }).first())
    t.deepEqual(
      [...new Set(paths.filter(path => path.startsWith('/api/requests/req_')))],
      [`/api/requests/${ids[8]}`],
    )
    // Enter waits for nothing.
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/requests/${ids[9]}`)
    await page.goBack()
    await seen(page.getByRole('grid'))
  },
)

step(
  'a change is read again where it is looked at, and elsewhere once somebody comes there',
  async (t, scene) => {
    const { page } = scene.reader
    const { node, ids } = scene
    const referrer = await enter(node, CAST.referrer.email, PASSWORD)
    await seen(row(page, ids[0]))
    await page.getByRole('grid').focus()
    await page.keyboard.press('End')
    await eventually('the last row', async () => {
      await page.keyboard.press('End')
      return (await chosen(page, ids[ROWS - 1]).isVisible()) || undefined
    })
    await page.keyboard.press('Home')
    await seen(chosen(page, ids[0]))
    // What comes after the first page cannot be read: nothing of what is in sight waits for it.
    let letGo = () => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    await page.route('**/api/requests?*after=*', async route => {
      await held
      await route.continue()
    })
    for (const id of [ids[1] ?? '', ids[ROWS - 2] ?? ''])
      await node.services.requests.send(referrer, id, 'cancel', { reason: 'Essai.' })
    await seen(row(page, ids[1]).getByText('a quitté la liste'))
    letGo()
    await page.keyboard.press('End')
    await seen(row(page, ids[ROWS - 2]).getByText('a quitté la liste'))
    t.pass()
  },
)

step(
  'after a signature one key opens the next case in hand, and shows the next to claim when there is none',
  async (t, scene) => {
    const { page } = scene.reader
    const { node, ids } = scene
    const reader = await enter(node, CAST.first.email, PASSWORD)
    const [one, two] = [ids[20] ?? '', ids[21] ?? '']
    for (const id of [one, two]) await node.services.requests.send(reader, id, 'claim', {})
    const sign = async (id: string) => {
      await page.waitForURL(`**/requests/${id}/report`)
      await rewrite(page.getByLabel('Conclusion'), 'Pas d’anomalie.')
      await page.keyboard.press('Control+Enter')
      await seen(page.getByRole('alertdialog', { name: 'Vous signez ceci' }))
      await page.locator('input[name=password]').fill(PASSWORD)
      await page.keyboard.press('Enter')
      const signed = page.getByRole('dialog', { name: 'Signé' })
      await seen(signed)
      return signed
    }
    await page.goto(`/requests/${one}/report`)
    const first = await sign(one)
    await seen(first.getByText('ESSAI Zoé 21'))
    await seen(first.getByRole('button', { name: /^Dossier suivant \(reste 1\)/ }))
    await scene.screens.picture('next-case')
    await page.keyboard.press('Enter')
    const second = await sign(two)
    const free = second.getByRole('button', { name: /^Voir le prochain à prendre/ })
    await seen(free)
    await scene.screens.picture('next-to-claim')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/requests/${ids[0]}`)
    await seen(page.getByRole('button', { name: /^Prendre/ }).first())
    t.deepEqual(await faultsOf(page, 'the next to claim'), [])
  },
)

step(
  'a leap through the list shows the rows it comes to at once, and those beyond when it rests',
  async (t, { reader: { page } }) => {
    await page.goto('/requests?list=to-claim')
    await seen(page.getByRole('row').nth(20))
    const toldRows = () =>
      page
        .locator('tbody')
        .first()
        .evaluate(body => body.getAttribute('aria-owns')?.split(' ') ?? [])
    const before = await toldRows()
    // Looked at in the frame of the leap itself, before anything can rest.
    const leapt = await page.evaluate(
      () =>
        new Promise<{ told: string[]; hit: (string | undefined)[] }>(resolve => {
          const box = document.querySelector('table[role=grid]')?.parentElement
          if (!box) return
          box.scrollTop = 60 * 68
          requestAnimationFrame(() => {
            const { left, top, height } = box.getBoundingClientRect()
            resolve({
              told: document.querySelector('tbody')?.getAttribute('aria-owns')?.split(' ') ?? [],
              hit: Array.from(
                { length: Math.floor((height - 33) / 68) },
                (_, at) => document.elementFromPoint(left + 40, top + 33 + 68 * at + 34)?.closest('tr')?.id,
              ),
            })
          })
        }),
    )
    t.true(leapt.hit.length > 5)
    t.deepEqual(leapt.hit, leapt.told.slice(0, leapt.hit.length))
    t.true(leapt.told.length <= leapt.hit.length + 1, `${leapt.told.length} rows`)
    t.deepEqual(
      leapt.told.filter(id => before.includes(id)),
      [],
    )
    const rested = await eventually('the rows beyond', async () => {
      const told = await toldRows()
      return told.length > leapt.told.length ? told : undefined
    })
    t.is(rested.indexOf(leapt.told[0] ?? ''), 8)
    t.deepEqual(
      (await page.locator('tbody tr').evaluateAll(rows => rows.map(({ id }) => id))).sort(),
      [...rested].sort(),
    )
  },
)

step(
  'a press begun on one request is none of the one that takes its place on the screen',
  async (t, { reader: { page } }) => {
    await page.goto('/requests?list=to-claim')
    await seen(page.getByRole('row').nth(20))
    const posted: string[] = []
    page.on('request', request => {
      if (request.method() === 'POST') posted.push(new URL(request.url()).pathname)
    })
    const button = await page.locator('tbody tr button').nth(2).elementHandle()
    if (!button) throw new Error('no row has a button')
    const rowOf = () => button.evaluate(one => one.closest('tr')?.id.replace('row-', ''))
    const scrollTo = (top: number) =>
      page
        .getByRole('grid')
        .evaluate((grid, px) => grid.parentElement?.scrollTo({ top: px, behavior: 'instant' }), top)
    const handedOn = (from: string | undefined) =>
      eventually('another row in its place', async () => ((await rowOf()) === from ? undefined : true))

    const first = await rowOf()
    await button.hover()
    await page.mouse.down()
    await scrollTo(60 * 68)
    await handedOn(first)
    await button.scrollIntoViewIfNeeded()
    const clicked = button.evaluate(one => new Promise(done => one.addEventListener('click', done)))
    await button.hover()
    await page.mouse.up()
    await clicked
    const second = await rowOf()
    t.not(second, first)

    await button.focus()
    await scrollTo(0)
    await handedOn(second)
    t.false(await button.evaluate(one => one === document.activeElement))
    t.deepEqual(posted, [])

    // A whole press of it counts.
    await button.scrollIntoViewIfNeeded()
    const third = await rowOf()
    await button.click()
    await eventually('the claim', async () => posted.includes(`/api/requests/${third}/claim`) || undefined)
    t.deepEqual(posted, [`/api/requests/${third}/claim`])
  },
)
