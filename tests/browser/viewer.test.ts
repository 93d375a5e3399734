import { Readable } from 'node:stream'
import type { Locator, Page } from 'playwright-core'
import { asking } from '../support/acceptors.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { greyOf, greySteps, OWN_WINDOW, STEPS, stepAt } from '../support/grey-steps.js'
import { studyUid } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, openHouse, PASSWORD, playDemo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'
import { rewrite, writtenIn } from '../support/web-text.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  house: House
  technician: Visitor
  reader: Visitor
  /** The emergency of the demonstration: a head CT, and the same head before it. */
  request: string
  report: string
}

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo)
  const [emergency] = await playDemo(house)
  const screens = await openScreens(undo, house.url)
  const technician = await screens.visit({ width: 1000, height: 800 })
  const reader = await screens.visit()
  await technician.signIn('manip@nord.example')
  await reader.signIn('radiologue@lecture.example')
  return { screens, house, technician, reader, request: emergency?.id ?? '', report: '' }
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })
const picture = (page: Page, at = 0) => page.getByRole('application').nth(at)

/** The greys on the screen at the middle of each block, by rows. */
const greysOn = (page: Page) =>
  page
    .getByRole('application')
    .first()
    .evaluate((pane, across) => {
      const canvas = pane.querySelector('canvas.cornerstone-canvas') as HTMLCanvasElement | null
      const pixels = canvas?.getContext('2d')
      if (!canvas || !pixels) return []
      const side = Math.min(canvas.width, canvas.height)
      const [left, top] = [(canvas.width - side) / 2, (canvas.height - side) / 2]
      return Array.from({ length: across * across }, (_, block) => {
        const x = Math.round(left + (((block % across) + 0.5) / across) * side)
        const y = Math.round(top + ((Math.floor(block / across) + 0.5) / across) * side)
        const [red = -1, green = -1, blue = -1] = pixels.getImageData(x, y, 1, 1).data
        return red === green && green === blue ? red : -1
      })
    }, STEPS.across)

step('a known image at a known window has exactly the greys that the standard gives', async (t, scene) => {
  const uid = studyUid('grey steps')
  const made = greySteps(uid)
  const association = await asking(scene.house.node.addresses.dicom, {
    callingAETitle: 'NORDPACS',
    contexts: [{ abstractSyntax: made.sopClassUID, transferSyntaxes: [made.transferSyntaxUID] }],
  })
  const stored = await association.store({ ...made, dataset: Readable.from([made.dataset]) })
  t.is(stored.outcome === 'answered' ? stored.status : -1, 0, JSON.stringify(stored))
  await association.release()
  await scene.house.node.received(uid, 1, 'nord')

  const { page } = scene.technician
  await page.goto(`/viewer/${uid}`)
  await seen(picture(page).getByText('Im 1 / 1', { exact: true }))
  for (const [key, window] of [
    ['1', { center: 40, width: 80 }],
    ['4', { center: 500, width: 2000 }],
    ['0', OWN_WINDOW],
  ] as const) {
    await picture(page).focus()
    // The picture may stand before its keys do: pressed again it does the same.
    await eventually(`the window by ${key}`, async () => {
      await page.keyboard.press(key)
      const said = page.getByText(`F ${window.width} / C ${window.center}`, { exact: true })
      return (await said.isVisible()) || undefined
    })
    const expected = Array.from({ length: STEPS.across ** 2 }, (_, block) => greyOf(stepAt(block), window))
    // The card works in fractions: where the standard's own value is one, the next whole grey is as near.
    const within = window === OWN_WINDOW ? 0 : 1
    await eventually(`the greys at ${window.width} / ${window.center}`, async () => {
      const greys = await greysOn(page)
      return greys.length === expected.length &&
        greys.every((grey, block) => Math.abs(grey - (expected[block] ?? -9)) <= within)
        ? true
        : undefined
    })
  }
})

step(
  'the prior lies beside by one key and scrolls along by its place, until the link is cut',
  async (t, scene) => {
    const { page } = scene.reader
    await page.goto(`/requests/${scene.request}`)
    await page
      .getByRole('button', { name: /^Prendre/ })
      .first()
      .click()
    await seen(page.getByRole('link', { name: /^Lire/ }).first())
    await page.goto(`/requests/${scene.request}/report`)
    await seen(picture(page).getByText(/^Im \d+ \/ 10$/))
    await picture(page).focus()
    await page.keyboard.press('c')
    await seen(picture(page, 1).getByText(/^Im \d+ \/ 10$/))
    await seen(page.getByText('liés par la position dans le patient'))
    t.regex((await page.getByLabel('Examen à côté').inputValue()) ?? '', /^2\.25\./)
    const numbers = async () => [await numberAt(page, 0), await numberAt(page, 1)]
    await picture(page).focus()
    await page.keyboard.press('Home')
    await eventually(
      'both are at the first image',
      async () => (await numbers()).join() === '1,1' || undefined,
    )
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await eventually('both have scrolled', async () => (await numbers()).join() === '3,3' || undefined)
    await scene.screens.picture('side-by-side')
    t.deepEqual(await faultsOf(page, 'side by side'), [])
    // The pane has become half as wide: the head is whole in it, and as large as the one beside.
    await eventually('both heads are as large', async () => {
      const [own = 0, prior = -9] = [await headWidth(page, 0), await headWidth(page, 1)]
      return own > 50 && Math.abs(own - prior) <= 8 ? true : undefined
    })
    // Apart, the other side moves alone; linked again, the shift stays.
    await page.keyboard.press('x')
    await seen(page.getByText('défilement séparé'))
    await page.keyboard.press('b')
    await page.keyboard.press('ArrowDown')
    await eventually('the prior alone has moved', async () => (await numbers()).join() === '3,4' || undefined)
    await page.keyboard.press('x')
    await seen(page.getByText(/^liés par la position, décalage/))
    await page.keyboard.press('ArrowDown')
    await eventually('both move, shifted', async () => (await numbers()).join() === '4,5' || undefined)
    await page.keyboard.press('c')
    await picture(page, 1).waitFor({ state: 'detached' })
  },
)

step('a measure and an ellipse say honest values, and go into the report by one key', async (t, scene) => {
  const { page } = scene.reader
  await picture(page).focus()
  await page.keyboard.press('Home')
  await eventually('the first image', async () => (await numberAt(page, 0)) === 1 || undefined)
  await page.keyboard.press('m')
  await seen(page.getByText('Aucune mesure sur cette image'))
  await page.keyboard.press('e')
  await drag(page, 0.42, 0.42, 0.55, 0.55)
  await seen(picture(page).getByText(/^moy\. -?[\d,\u202f]+ HU, ET/))
  await seen(picture(page).getByText(/^[\d,\u202f]+ (mm²|cm²)$/))
  await scene.screens.picture('ellipse')
  await page.keyboard.press('m')
  const results = page.getByLabel('Résultats')
  await eventually(
    'it is in the report',
    async () => /Région mesurée : moy\. .* HU.*\(.*, image 1\)\./.test(await writtenIn(results)) || undefined,
  )
  await picture(page).focus()
  await page.keyboard.press('l')
  await drag(page, 0.35, 0.6, 0.6, 0.6)
  await seen(picture(page).getByText(/^[\d,]+ mm$/))
  await page.keyboard.press('m')
  await eventually(
    'the length too',
    async () => /Mesure : [\d,]+ mm \(.*, image 1\)\./.test(await writtenIn(results)) || undefined,
  )
  t.is((await writtenIn(results)).match(/, image 1\)\./g)?.length, 2)
})

step('what was measured is there again after a reload, until it is cleared', async (t, scene) => {
  const { page } = scene.reader
  const lines = [/^moy\. -?[\d,\u202f]+ HU, ET/, /^[\d,]+ mm$/]
  await eventually('both lie on this machine', async () => (await measuresKept(page)) === 2 || undefined)
  await page.reload()
  await seen(picture(page).getByText(/^Im \d+ \/ 10$/))
  await picture(page).focus()
  await page.keyboard.press('Home')
  await eventually('the first image', async () => (await numberAt(page, 0)) === 1 || undefined)
  for (const line of lines) await seen(picture(page).getByText(line))
  await scene.screens.picture('measured-again')
  // It goes into the report as before.
  await page.keyboard.press('m')
  await eventually(
    'a third one is in the report',
    async () =>
      (await writtenIn(page.getByLabel('Résultats'))).match(/, image 1\)\./g)?.length === 3 || undefined,
  )
  await picture(page).focus()
  await page.keyboard.press('Delete')
  for (const line of lines) await picture(page).getByText(line).waitFor({ state: 'detached' })
  await eventually('nothing of it is kept', async () => (await measuresKept(page)) === 0 || undefined)
  t.deepEqual(scene.reader.faults, [])
})

step('a key image is marked by one key, signed, and read by who asked', async (t, scene) => {
  const { page } = scene.reader
  await picture(page).focus()
  await page.keyboard.press('1')
  await page.keyboard.press('ArrowDown')
  await eventually('the second image', async () => (await numberAt(page, 0)) === 2 || undefined)
  await page.keyboard.press('k')
  await seen(picture(page).getByText('image clé'))
  const strip = page.getByRole('region', { name: 'Images clés' })
  await eventually('its picture is drawn', () => isDrawn(strip.getByRole('img')))
  await picture(page).focus()
  await page.keyboard.press('ArrowDown')
  await eventually('the third image', async () => (await numberAt(page, 0)) === 3 || undefined)
  await page.keyboard.press('k')
  await eventually('two are marked', async () => (await strip.getByRole('img').count()) === 2 || undefined)
  await page.keyboard.press('k')
  await eventually('one is left', async () => (await strip.getByRole('img').count()) === 1 || undefined)
  await scene.screens.picture('key-images')
  await rewrite(page.getByLabel('Conclusion'), 'Hématome.')
  await page.keyboard.press('Control+Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Vous signez ceci' })
  await seen(dialog.getByRole('region', { name: 'Images clés' }))
  await scene.screens.picture('key-images-signed')
  await dialog.locator('input[name=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await seen(page.getByRole('dialog', { name: 'Signé' }))
  const { services } = scene.house.node
  scene.report = (await services.requests.known(scene.request))?.record.report ?? ''
  await page.goto(`/reports/${scene.report}`)
  const shown = page.getByRole('region', { name: 'Images clés' }).getByRole('img')
  await eventually('the signed picture is shown', () => isDrawn(shown))
  t.regex((await shown.getAttribute('src')) ?? '', /\/key-images\/[0-9a-f]{64}$/)
  await scene.screens.picture('key-images-read')
  t.deepEqual(await faultsOf(page, 'report with key images'), [])
  t.deepEqual(scene.reader.faults, [])
})

step(
  'images are not for diagnosis until a named person states why they are and how the screen was checked',
  async (t, scene) => {
    const { page } = scene.reader
    const { services } = scene.house.node
    const [uid] = (await services.requests.known(scene.request))?.studies ?? []
    await page.goto(`/viewer/${uid}`)
    await seen(page.getByText('Pas pour le diagnostic primaire : écran non validé'))
    await seen(page.getByText('Écran non validé pour le diagnostic primaire'))
    await page.getByRole('button', { name: 'Valider cet écran' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Valider cet écran pour le diagnostic' })
    await seen(dialog)
    await dialog.getByRole('button', { name: 'Je le déclare' }).click()
    await seen(dialog.getByText('À remplir pour valider').first())
    await dialog.getByRole('checkbox', { name: /5 %/ }).first().check({ force: true })
    await dialog.getByRole('checkbox', { name: /95 %/ }).check({ force: true })
    await dialog.getByRole('textbox', { name: /^Écran/ }).fill('Barco n° 12, salle 3')
    await dialog.getByLabel('Base légale').fill('Décision du directeur du 2 mars')
    await dialog.getByLabel('Contrôle de l’écran').fill('Mire et luminance, service biomédical')
    await dialog.getByLabel('Contrôlé le').fill('2026-11-20')
    await scene.screens.picture('screen-check')
    t.deepEqual(await faultsOf(page, 'screen check'), [])
    await dialog.getByRole('button', { name: 'Je le déclare' }).click()
    await seen(page.getByText(/^Écran validé par Dr Essai Lectrice, jusqu’au/))
    await page.getByText('Écran non validé pour le diagnostic primaire').waitFor({ state: 'detached' })
    await scene.screens.picture('screen-validated')
    const [fact] = await scene.house.node.facts('screen-validated')
    t.like(fact?.body, { name: 'Dr Essai Lectrice', screen: 'Barco n° 12, salle 3', checkedOn: '2026-11-20' })
    // Theirs alone, and at this browser alone.
    const elsewhere = await scene.screens.visit()
    await elsewhere.signIn('radiologue@lecture.example')
    await elsewhere.page.goto(`/viewer/${uid}`)
    await seen(elsewhere.page.getByText('Pas pour le diagnostic primaire : écran non validé'))
    await page.getByRole('button', { name: 'Retirer' }).click()
    await seen(page.getByText('Pas pour le diagnostic primaire : écran non validé'))
    t.is((await scene.house.node.facts('screen-withdrawn')).length, 1)
  },
)

/** How many columns of a pane show bone, above the words that are burnt in. */
const headWidth = (page: Page, at: number) =>
  picture(page, at).evaluate(pane => {
    const canvas = pane.querySelector('canvas.cornerstone-canvas') as HTMLCanvasElement | null
    const pixels = canvas?.getContext('2d')
    if (!canvas || !pixels) return 0
    const [top, high] = [Math.round(canvas.height * 0.3), Math.round(canvas.height * 0.35)]
    const { data } = pixels.getImageData(0, top, canvas.width, high)
    const white = new Set<number>()
    for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) > 240) white.add((i / 4) % canvas.width)
    return white.size === 0 ? 0 : Math.max(...white) - Math.min(...white)
  })

/** How many measures this machine keeps, opened with their person's key. As text: see the walk's stopwatch. */
const measuresKept = (page: Page): Promise<number> =>
  page.evaluate(`(async () => {
    const records = await new Promise(resolve => {
      const asking = indexedDB.open('relais', 1)
      asking.onsuccess = () => {
        const all = asking.result.transaction('drafts').objectStore('drafts').getAll()
        all.onsuccess = () => {
          asking.result.close()
          resolve(all.result.filter(({ id }) => id.includes('relais.measures.')))
        }
      }
    })
    const answer = await (await fetch('/api/session/drafts')).json()
    const raw = Uint8Array.from(atob(answer.key), character => character.charCodeAt(0))
    const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
    let kept = 0
    for (const { id, nonce, bytes } of records) {
      const additionalData = new TextEncoder().encode(id)
      const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, bytes)
      // A list of none would be something kept too.
      kept += JSON.parse(new TextDecoder().decode(text)).length || 1
    }
    return kept
  })()`)

/** Which image a pane shows, from 1. */
async function numberAt(page: Page, at: number): Promise<number> {
  const text = await picture(page, at)
    .getByText(/^Im \d+ \/ \d+$/)
    .first()
    .textContent()
  return Number(/\d+/.exec(text ?? '')?.[0])
}

/** Over the picture, in parts of its pane. */
async function drag(page: Page, x1: number, y1: number, x2: number, y2: number): Promise<void> {
  const box = await picture(page).boundingBox()
  if (!box) throw new Error('no pane')
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const
  await page.mouse.move(...at(x1, y1))
  await page.mouse.down()
  await page.mouse.move(...at((x1 + x2) / 2, (y1 + y2) / 2), { steps: 3 })
  await page.mouse.move(...at(x2, y2), { steps: 3 })
  await page.mouse.up()
}

const isDrawn = async (image: Locator) =>
  (await image.evaluate(each => (each as HTMLImageElement).naturalWidth > 0)) || undefined
