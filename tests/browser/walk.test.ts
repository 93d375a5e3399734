import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import type { DemoStudy } from '../../node/commands/demo/cast.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { studyUid } from '../support/phantoms.js'
import { dayOf, type House, openHouse, PASSWORD, playDemo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'
import { rewrite, writtenIn } from '../support/web-text.js'

/** A pair of bones, so that a side is due, in a description that names none. */
const study: DemoStudy = {
  key: 'rochers',
  site: 'nord',
  kind: 'ct-head',
  uid: studyUid('rochers'),
  patient: {
    PatientName: 'ESSAIS^Inès',
    PatientID: '10077',
    PatientBirthDate: '19640229',
    PatientSex: 'F',
    IssuerOfPatientID: 'NORD',
  },
  accession: 'N26-9001',
  description: 'Rochers sans injection',
  daysAgo: 0,
  time: '025800',
  sentToRelais: false,
}
const QUESTION = 'Vertige et otorragie après une chute. Fracture du rocher ?'
const REPORT = {
  Indication: 'Vertige et otorragie gauche après une chute.',
  Technique: 'Acquisition hélicoïdale sans injection, images synthétiques.',
  Résultats: 'Trait de fracture longitudinal du rocher gauche.\nChaîne ossiculaire en place.',
  Conclusion: 'Fracture longitudinale du rocher gauche.',
} as const
/** What no letter may hold. */
const HEALTH_DATA = /ESSAIS|Inès|10077|N26-9001|1964|rocher|vertige|fracture|scanner|TDM|\bCT\b/i

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  house: House
  referrer: Visitor
  reader: Visitor
  other: Visitor
  /** Path of the request's page, once there is one. */
  request: string
  reference: string
  /** Path of the report's page, once it is signed. */
  report: string
}

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo)
  await playDemo(house)
  await house.acquire(study)
  const screens = await openScreens(undo, house.url)
  return {
    screens,
    house,
    referrer: await screens.visit(),
    reader: await screens.visit(),
    other: await screens.visit({ language: 'en', scheme: 'light' }),
    request: '',
    reference: '',
    report: '',
  }
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })
const field = (visitor: Visitor, name: string) => visitor.page.locator(`[name="${name}"]`)
const french = (day: string) => day.split('-').reverse().join('/')

step('two radiologists have their worklist open', async (t, { reader, other }) => {
  await Promise.all([
    reader.signIn('radiologue@lecture.example'),
    other.signIn('radiologist@lecture.example'),
  ])
  await seen(reader.page.getByRole('grid', { name: 'Liste de travail : À prendre' }))
  await seen(other.page.getByRole('grid', { name: 'Worklist: To claim' }))
  await seen(reader.page.getByText('2 demandes · à jour'))
  await seen(other.page.getByText('2 requests · up to date'))
  t.is(await other.page.evaluate(() => document.documentElement.lang), 'en')
  t.is(await reader.page.evaluate(() => document.documentElement.lang), 'fr')
})

step(
  'a referrer finds the study in the hospital’s PACS by name, and nothing known is typed again',
  async (t, { referrer }) => {
    const { page } = referrer
    await referrer.signIn('demandeur@nord.example')
    await page.getByRole('link', { name: 'Nouvelle demande' }).first().click()
    await page.getByRole('search').getByLabel('Nom').fill('essais')
    await page.getByRole('button', { name: 'Chercher au PACS' }).click()
    const found = page.getByRole('table', { name: 'Examens trouvés' })
    await seen(page.getByText(/^nord-pacs : 1 examen en/))
    const row = found.getByRole('row').filter({ hasText: 'ESSAIS Inès' })
    t.regex(await row.innerText(), /10 images[\s\S]*au PACS nord-pacs/)
    await row.getByText('Rochers sans injection', { exact: true }).click()
    await page.getByRole('button', { name: 'Continuer' }).click()

    const known = async (name: string) => field(referrer, name).inputValue()
    t.is(await known('patient.family'), 'ESSAIS')
    t.is(await known('patient.given'), 'Inès')
    t.is(await known('patient.birthDate'), '1964-02-29')
    t.is(await known('patient.id'), '10077')
    t.is(await known('patient.issuer'), 'NORD')
    t.is(await known('accession'), 'N26-9001')
    t.is(await known('region'), 'rocher')
    t.is(await known('requester.name'), 'Dr Exemple Nord')
    t.true(await page.getByRole('radio', { name: 'Femme' }).isChecked())
    await seen(page.getByRole('button', { name: /\(CT\) Modalité/ }))
    await seen(page.getByText(`${french(dayOf(study))} · N26-9001`))
  },
)

step(
  'what is mandatory says so at its field, and the request leaves only when it is whole',
  async (t, scene) => {
    const { referrer } = scene
    const { page } = referrer
    await field(referrer, 'requester.phone').fill('')
    const submit = page.getByRole('button', { name: 'Transmettre la demande' })
    await submit.click()
    await seen(page.getByText('Il manque 7 réponses.'))
    const wrong = (label: RegExp) => page.locator('[data-invalid]').filter({ hasText: label })
    t.regex(await wrong(/^Urgence/).innerText(), /Obligatoire\./)
    t.regex(await wrong(/^Côté/).innerText(), /Précisez le côté\./)
    t.regex(await wrong(/^Question posée/).innerText(), /Obligatoire\./)
    t.regex(await wrong(/^Téléphone de rappel/).innerText(), /Un numéro où le radiologue peut rappeler\./)
    t.regex(await wrong(/^Identité vérifiée par/).innerText(), /Obligatoire\./)
    t.regex(await wrong(/^Information et accord/).innerText(), /Obligatoire\./)
    const focused = page.locator('[data-invalid]:has(:focus)').first()
    t.regex(await focused.innerText(), /^Urgence/)

    await page.getByRole('radio', { name: /^urgent/ }).check({ force: true })
    await page.getByRole('radio', { name: 'gauche' }).check({ force: true })
    await field(referrer, 'question').fill(QUESTION)
    await field(referrer, 'requester.phone').fill('+33 1 00 00 00 09')
    await field(referrer, 'identityCheckedBy').fill('Camille Fictif, manipulatrice')
    for (const choice of ['bracelet', 'Informé, d’accord', 'le patient'])
      await page.getByText(choice, { exact: true }).click()
    await field(referrer, 'consent.by').fill('Dr Exemple Nord')
    await submit.click()
    await page.waitForURL(/\/requests\/req_/)
    await seen(page.getByRole('heading', { name: 'ESSAIS Inès' }))
    await seen(page.getByText(QUESTION))
    await seen(page.getByText('+33 1 00 00 00 09'))
    scene.request = new URL(page.url()).pathname
    const title = await page.title()
    scene.reference = /N-\d+/.exec(title)?.[0] ?? ''
    t.not(scene.reference, '', title)
  },
)

step(
  'it announces itself on the open worklists without moving a row, and comes in on demand',
  async (t, { reader, other }) => {
    const rows = (visitor: Visitor) =>
      visitor.page
        .getByRole('grid')
        .getByRole('row')
        .evaluateAll(all => all.map(row => row.id))
    const [atReader, atOther] = [await rows(reader), await rows(other)]
    const french = reader.page.getByRole('button', { name: /^1 nouvelle demande : Hôpital Nord/ })
    const english = other.page.getByRole('button', { name: /^1 new request: Hôpital Nord/ })
    await seen(french)
    await seen(english)
    t.deepEqual(await rows(reader), atReader)
    t.deepEqual(await rows(other), atOther)
    await reader.page.keyboard.press('n')
    await english.click()
    for (const visitor of [reader, other])
      await seen(visitor.page.getByRole('row').filter({ hasText: 'ESSAIS Inès' }))
    t.is((await rows(reader)).length, atReader.length + 1)
  },
)

step(
  'the images are fetched from the hospital’s PACS, and the row counts them by itself',
  async (t, { house, reader }) => {
    const row = reader.page.getByRole('row').filter({ hasText: 'ESSAIS Inès' })
    await seen(row.getByText(/10 \/ 10/))
    // They follow the routes as if the PACS had sent them by itself.
    await house.node.transferred(study.uid, 'lecture-pacs', 'confirmed')
    t.pass()
  },
)

step(
  'two want it: one key claims it, and who comes second reads who was first',
  async (t, { reader, other, request }) => {
    const id = request.split('/').at(-1)
    const choose = async ({ page }: Visitor) => {
      await page.keyboard.press('j')
      await page.locator(`#row-${id}[aria-selected=true]`).waitFor()
    }
    await choose(reader)
    await choose(other)
    // The second key is pressed before the news of the first can reach that screen.
    let letGo = () => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    await other.page.route('**/claim', async route => {
      await held
      await route.continue()
    })
    const asked = other.page.waitForRequest('**/claim')
    await other.page.keyboard.press('a')
    await asked
    await reader.page.keyboard.press('a')
    await seen(reader.page.getByText('La demande est à vous.'))
    letGo()
    await seen(other.page.getByText('Too late: Dr Essai Lectrice claimed this request.'))
    await seen(other.page.locator(`#row-${id}`).getByText('taken by Dr Essai Lectrice'))
    t.is(await other.page.locator(`#row-${id}`).getByRole('button', { name: 'Claim' }).count(), 0)
  },
)

step(
  'the letters say where to go, and nothing about a patient',
  async (t, { house, referrer, reference }) => {
    const letter = await eventually('a letter to the reader', async () =>
      (await house.letters()).find(
        ({ to, subject }) => to.includes('radiologue@lecture.example') && subject.includes(reference),
      ),
    )
    t.regex(letter.subject, /^\[Urgent\] Nouvelle demande · Hôpital Nord \(fictif\) · N-/)
    for (const { subject, text, html } of await house.letters())
      t.notRegex(subject + text + html, HEALTH_DATA)

    const { page } = referrer
    await page.getByRole('link', { name: 'Courrier' }).click()
    await page
      .getByRole('link', { name: new RegExp(`Nouvelle demande.*${reference}`) })
      .first()
      .click()
    await seen(page.getByRole('article').getByRole('heading', { name: letter.subject }))
    await seen(page.frameLocator('iframe').getByText('Une demande attend une prise en charge'))
    t.notRegex(await page.getByRole('main').innerText(), HEALTH_DATA)
  },
)

step('the desk shows the images, whose they are and which side is asked', async (t, { reader }) => {
  const { page } = reader
  const firstImage = await timeToFirstImage(page)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/requests\/req_[^/]+\/report$/)
  await seen(page.getByRole('heading', { name: 'ESSAIS Inès' }))
  await seen(page.getByText('latéralité : gauche'))
  await seen(page.getByRole('region', { name: 'Question' }).getByText(QUESTION))
  const picture = page.getByRole('application')
  await seen(picture.getByText(/^Im \d+ \/ 10$/))
  t.log(`first image ${Math.round(await firstImage())} ms after the key was pressed`)
  t.regex(await picture.innerText(), /ESSAIS Inès[\s\S]*29\/02\/1964/)
  await eventually('a picture on the canvas', async () => {
    const { centre, corner } = await greysOf(reader)
    return centre > corner + 20 ? true : undefined
  })
  const tools = await page
    .getByRole('toolbar')
    .evaluate(toolbar => ({ needs: toolbar.scrollWidth, has: toolbar.clientWidth }))
  t.true(tools.needs <= tools.has, 'every tool is in sight')
})

step('keys scroll through the images and change the window', async (t, { reader }) => {
  const { page } = reader
  const picture = page.getByRole('application')
  await picture.focus()
  await page.keyboard.press('Home')
  await seen(picture.getByText('Im 1 / 10'))
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await seen(picture.getByText('Im 3 / 10'))
  let before = Number.NaN
  await eventually('a picture that stands still', async () => {
    const { mean } = await greysOf(reader)
    const still = mean === before
    before = mean
    return still ? true : undefined
  })
  await page.keyboard.press('4')
  await seen(picture.getByText('F 2000 / C 500'))
  await eventually('another picture', async () =>
    Math.abs((await greysOf(reader)).mean - before) > 2 ? true : undefined,
  )
  t.pass()
})

step('the report is saved while it is written, and a reload keeps every word', async (t, { reader }) => {
  const { page } = reader
  // “Enregistré” stands there from the beginning; what is written last has to be in what the node took.
  const saved = page.waitForResponse(
    answer =>
      answer.request().method() === 'PUT' &&
      answer.ok() &&
      (answer.request().postData() ?? '').includes(JSON.stringify(REPORT['Résultats'])),
  )
  for (const name of ['Indication', 'Technique', 'Résultats'] as const)
    await rewrite(page.getByRole('textbox', { name }), REPORT[name])
  await saved
  await seen(page.getByText(/^Enregistré \d/))
  await page.reload()
  await seen(page.getByRole('textbox', { name: 'Indication' }))
  for (const name of ['Indication', 'Technique', 'Résultats'] as const)
    t.is(await writtenIn(page.getByRole('textbox', { name })), REPORT[name])
})

step('without a conclusion nothing is signed; with it, exactly what is shown', async (t, { reader }) => {
  const { page } = reader
  const review = page.getByRole('alertdialog', { name: 'Vous signez ceci' })
  await page.getByRole('textbox', { name: 'Résultats' }).press('Control+Enter')
  await seen(page.getByText('Sans conclusion, un compte rendu ne se signe pas.'))
  t.is(await review.count(), 0)

  const conclusion = page.getByRole('textbox', { name: 'Conclusion' })
  await rewrite(conclusion, REPORT.Conclusion)
  await conclusion.press('Control+Enter')
  await seen(review)
  const shown = await review
    .locator('section section')
    .evaluateAll(sections =>
      sections.map(section => [
        section.querySelector('h2')?.textContent,
        section.querySelector('p')?.textContent,
      ]),
    )
  t.deepEqual(shown, Object.entries(REPORT))
  t.regex(await review.innerText(), /ESSAIS Inès[\s\S]*gauche/)

  const password = review.getByLabel('Votre mot de passe')
  await password.fill('pas le bon mot de passe')
  await password.press('Enter')
  await seen(review.getByText('Mot de passe incorrect : rien n’a été signé.'))
  await password.fill(PASSWORD)
  await password.press('Enter')
  const signed = page.getByRole('dialog', { name: 'Signé' })
  await seen(signed.getByText(/^Version 1 signée à/))
  t.regex(await signed.innerText(), /[0-9a-f]{64}/)
})

step(
  'the referrer follows the letter’s link, reads the conclusion first, keeps the PDF and acknowledges',
  async (t, scene) => {
    const { house, referrer, reference } = scene
    const letter = await eventually('a letter to the referrer', async () =>
      (await house.letters()).find(
        ({ to, subject }) =>
          to.includes('demandeur@nord.example') &&
          /Compte rendu/.test(subject) &&
          subject.includes(reference),
      ),
    )
    const link = /https?:\/\/\S+/.exec(letter.text)?.[0] ?? ''
    const { page, context } = referrer
    await page.goto(link)
    await seen(page.getByRole('heading', { name: 'ESSAIS Inès' }))
    // The letter's link has led on by now.
    scene.report = new URL(page.url()).pathname
    const headings = await page.getByRole('article').getByRole('heading', { level: 2 }).allInnerTexts()
    t.is(headings[0], 'Conclusion')
    await seen(page.getByText(REPORT.Conclusion))

    const saved = context.waitForEvent('download')
    await page.getByRole('link', { name: 'PDF', exact: true }).click()
    const pdf = readFileSync(await (await saved).path())
    t.is(pdf.subarray(0, 5).toString('latin1'), '%PDF-')
    t.true(pdf.length > 5_000, `${pdf.length} bytes`)

    const acknowledging = page.getByRole('form', { name: 'Accuser réception' })
    t.is(await acknowledging.getByLabel('Nom').inputValue(), 'Dr Exemple Nord')
    await acknowledging.getByRole('button', { name: 'J’ai lu ce compte rendu' }).click()
    await seen(page.getByText(/^✓ Lu par Dr Exemple Nord/))
    await acknowledging.waitFor({ state: 'detached' })
    // The PDF in the hospital's own PACS, found there again.
    await seen(page.getByText(/PACS · confirmé/))
  },
)

step(
  'what is signed can no longer be changed, and nobody met an error on the way',
  async (t, { reader, other, referrer, request, report }) => {
    const { page } = reader
    await page.goto(`${request}/report`)
    await seen(page.getByText('Lecture seule'))
    const sections = page.getByRole('region', { name: 'Compte rendu' }).getByRole('textbox')
    t.is(await sections.count(), 4)
    for (const section of await sections.all()) t.false(await section.isEditable())
    t.is(await page.getByRole('button', { name: 'Relire et signer' }).count(), 0)
    const status = await page.evaluate(
      async ([path = '', text = '']) => {
        const sections = { indication: '', technique: '', results: '', conclusion: text }
        const body = JSON.stringify({ revision: 99, sections })
        const headers = { 'content-type': 'application/json' }
        return (await fetch(path, { method: 'PUT', headers, body })).status
      },
      [`/api${report}`, 'Tout va bien.'],
    )
    t.is(status, 409)
    await referrer.page.reload()
    await seen(referrer.page.getByText(REPORT.Conclusion))
    t.deepEqual([...reader.faults, ...other.faults, ...referrer.faults], [])
  },
)

/** Mean grey levels of what is drawn, 0–255: in the middle of the picture, in its corner, and over all. */
async function greysOf({ page }: Visitor) {
  const canvas = page.getByRole('application').locator('canvas').first()
  const [centre = 0, corner = 0, mean = 0] = await canvas.evaluate((drawn: HTMLCanvasElement) => {
    const { width, height } = drawn
    const copy = new OffscreenCanvas(width, height).getContext('2d')
    copy?.drawImage(drawn, 0, 0)
    return [
      [width / 2 - 10, height / 2 - 10, 20, 20],
      [2, 2, 20, 20],
      [0, 0, width, height],
    ].map(([x = 0, y = 0, wide = 1, high = 1]) => {
      const data = copy?.getImageData(x, y, wide, high).data ?? []
      let sum = 0
      for (let at = 0; at < data.length; at += 4) sum += data[at] ?? 0
      return (4 * sum) / data.length
    })
  })
  return { centre, corner, mean }
}

/**
 * Arms a stopwatch that the next key or click starts, and that the first picture stops: the words beside a picture
 * stand only once its pixels are on the screen. Gives the way to read it, in milliseconds.
 */
async function timeToFirstImage(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(STOPWATCH)
  return () => page.evaluate(() => (window as unknown as { firstImageMs: Promise<number> }).firstImageMs)
}

/** As text: what compiles the tests would name the functions inside by something the page does not have. */
const STOPWATCH = `
void (window.firstImageMs = new Promise(resolve => {
  const begin = ({ timeStamp }) => {
    for (const kind of ['keydown', 'pointerdown']) removeEventListener(kind, begin, true)
    const look = () => {
      const words = document.querySelector('[role=application]')?.textContent ?? ''
      requestAnimationFrame(now => (/Im \\d+ \\/ \\d+/.test(words) ? resolve(now - timeStamp) : look()))
    }
    look()
  }
  for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, begin, true)
}))`
