import type { Locator } from 'playwright-core'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { faultsOf } from '../support/web-axe.js'
import { enter, type House, openHouse, PASSWORD, playDemo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'
import { rewrite, writtenIn } from '../support/web-text.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  house: House
  reader: Visitor
  referrer: Visitor
  /** The emergency of the demonstration: a head CT. */
  request: string
  /** A wrist that is being read. */
  begun: string
  report: string
}

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo)
  const [emergency, , begun] = await playDemo(house)
  const screens = await openScreens(undo, house.url)
  const reader = await screens.visit()
  const referrer = await screens.visit({ language: 'en', scheme: 'light', width: 360, height: 740 })
  await reader.signIn('radiologue@lecture.example')
  await referrer.signIn('demandeur@nord.example')
  return {
    screens,
    house,
    reader,
    referrer,
    request: emergency?.id ?? '',
    begun: begun?.id ?? '',
    report: '',
  }
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })

step('a normal report is written from a template and signed in five actions', async (t, scene) => {
  const { page } = scene.reader
  await page.goto(`/requests/${scene.request}`)
  // Whoever claims it from the list opens it by the same key.
  await page
    .getByRole('button', { name: /^Prendre/ })
    .first()
    .click()
  await seen(page.getByRole('link', { name: /^Lire/ }).first())
  let actions = 0
  const act = async (what: () => Promise<unknown>) => {
    actions += 1
    await what()
  }
  await act(() => page.goto(`/requests/${scene.request}/report`))
  await seen(page.getByRole('button', { name: /TDM cérébrale sans injection/ }))
  await scene.screens.picture('desk-template')
  await act(() => page.keyboard.press('Alt+m'))
  await seen(page.getByText('Pas d’anomalie intracrânienne décelable sans injection.').first())
  // On a slow line the checks come after the password: the signature waits for them by itself.
  let letGo = () => {}
  const signed = new Promise<void>(resolve => {
    letGo = resolve
  })
  await page.route('**/api/reports/*/checks', async route => {
    await signed
    await route.continue()
  })
  await act(() => page.keyboard.press('Control+Enter'))
  await seen(page.getByRole('alertdialog', { name: 'Vous signez ceci' }))
  await scene.screens.picture('sign')
  await act(() => page.locator('input[name=password]').fill(PASSWORD))
  await act(() => page.keyboard.press('Enter'))
  letGo()
  await seen(page.getByRole('dialog', { name: 'Signé' }))
  t.is(actions, 5)
  const view = await scene.house.node.services.requests.known(scene.request)
  scene.report = view?.record.report ?? ''
})

step(
  'text blocks come by a slash, Tab goes to what is open, and nothing open is signed',
  async (t, scene) => {
    const { page } = scene.reader
    await page.goto(`/requests/${scene.begun}/report`)
    const conclusion = page.getByLabel('Conclusion')
    await rewrite(conclusion, 'Voir ')
    await conclusion.pressSequentially('/nodu')
    await seen(page.getByRole('listbox', { name: 'Phrases' }))
    await scene.screens.picture('blocks')
    // Typed at once, without a look: what follows the choice of a block falls into its first open field.
    await conclusion.press('Enter')
    await page.keyboard.type('6')
    await page.keyboard.press('Tab')
    const written = /^Voir Nodule pulmonaire de 6 mm du lobe \[lobe\]/
    await eventually('the block with its first field filled', async () =>
      written.test(await writtenIn(conclusion)) ? true : undefined,
    )
    const selected = () => page.evaluate(() => getSelection()?.toString())
    await eventually('the next open field', async () => ((await selected()) === '[lobe]' ? true : undefined))
    t.regex(await writtenIn(conclusion), written)
    await page.keyboard.press('Control+Enter')
    await seen(page.getByText('Il reste à préciser : [lobe]'))
  },
)

step(
  'a critical finding: the number is the largest thing, and "I have called" is done by keyboard',
  async (t, scene) => {
    const { page } = scene.reader
    await page.goto(`/requests/${scene.request}`)
    await seen(page.getByRole('button', { name: /^Résultat critique/ }))
    await page.keyboard.press('Alt+k')
    const raising = page.getByRole('alertdialog', { name: 'Signaler un résultat critique' })
    await raising.locator('textarea:focus, input:focus').waitFor()
    await page.keyboard.type('Occlusion M1 gauche')
    await scene.screens.picture('critical-raise')
    await page.getByRole('button', { name: 'Signaler et alerter' }).click()
    // What is on its way ends where the page is left.
    await raising.waitFor({ state: 'detached' })
    await page.goto('/criticals')
    const card = page.getByRole('article').filter({ hasText: 'Occlusion M1 gauche' })
    await seen(card)
    const sizes = await page.evaluate(() =>
      [...document.querySelectorAll('main *, article *')].map(element => ({
        text: element.childElementCount === 0 ? (element.textContent ?? '') : '',
        size: Number.parseFloat(getComputedStyle(element).fontSize),
      })),
    )
    const largest = sizes.filter(({ text }) => text.trim() !== '').sort((a, b) => b.size - a.size)[0]
    t.regex(largest?.text ?? '', /^\+33/)
    await scene.screens.picture('critical-board')
    t.deepEqual(await faultsOf(page, 'criticals'), [])
    await card.getByRole('button', { name: 'J’ai appelé' }).focus()
    await page.keyboard.press('Enter')
    await seen(page.getByRole('alertdialog', { name: 'J’ai appelé' }))
    await page.getByLabel('La personne a relu le constat à voix haute').focus()
    await page.keyboard.press('Space')
    await scene.screens.picture('critical-called')
    await page.getByRole('alertdialog').getByLabel('Qui a reçu').press('Enter')
    await seen(card.getByText(/Transmis à .*, relu/))
  },
)

step(
  'on a telephone the referrer reads the conclusion first, whole, and nothing is wider than the screen',
  async (t, scene) => {
    const { page } = scene.referrer
    await page.goto(`/reports/${scene.report}`)
    await seen(page.getByRole('heading', { name: 'Conclusion' }))
    const order = await page.evaluate(() =>
      [...document.querySelectorAll('h2')].map(heading => heading.textContent ?? ''),
    )
    t.is(order[0], 'Conclusion')
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    t.true(width <= 360, `${width} px`)
    await scene.screens.picture('answer')
    t.deepEqual(await faultsOf(page, 'answer'), [])
  },
)

step(
  'a correction shows what changes, says how far it differs, and the referrer sees both',
  async (t, scene) => {
    const { page } = scene.reader
    const { page: asker } = scene.referrer
    await asker.getByRole('button', { name: 'J’ai lu ce compte rendu' }).click()
    await seen(asker.getByText(/^✓ /))
    await page.goto(`/reports/${scene.report}`)
    await seen(page.getByRole('button', { name: 'Corriger' }))
    t.is(await page.getByRole('heading', { name: UNAWARE }).count(), 0, 'the newest version is known')
    await page.getByRole('button', { name: 'Corriger' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Corriger ce compte rendu' })
    await seen(dialog)
    await dialog.getByLabel('Conclusion').fill('Occlusion du segment M1 gauche.')
    await seen(dialog.locator('ins').first())
    await dialog.getByRole('radio', { name: /différence significative/ }).check({ force: true })
    await dialog.getByLabel('Motif de la correction').fill('Relecture')
    await scene.screens.picture('correction')
    t.deepEqual(await faultsOf(page, 'correction'), [])
    await dialog.locator('input[name=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await seen(page.getByText('Correction signée.'))
    await seen(page.getByText('DIFFÉRENCE SIGNIFICATIVE', { exact: true }))
    await scene.referrer.page.reload()
    await seen(scene.referrer.page.getByText('DIFFÉRENCE SIGNIFICATIVE', { exact: true }))
    await scene.screens.picture('corrected')
  },
)

const UNAWARE = 'N’ont pas confirmé connaître la dernière version'

step(
  'who read the version that was wrong is shown until they acknowledge the one in its place',
  async (t, scene) => {
    const { page } = scene.reader
    const { page: asker, faults } = scene.referrer
    const unaware = page.locator('section').filter({ has: page.getByRole('heading', { name: UNAWARE }) })
    await seen(unaware.getByText(/ a lu la version 1, /))
    await scene.screens.picture('unaware')
    t.deepEqual(await faultsOf(page, 'who read the wrong version'), [])
    // Reading it again is no acknowledgement.
    await asker.reload()
    await seen(asker.getByText('Occlusion du segment M1 gauche.').first())
    await page.reload()
    await seen(unaware.getByText(/ a lu la version 1, /))
    await asker.getByRole('button', { name: 'J’ai lu ce compte rendu' }).click()
    await seen(asker.getByText(/^✓ /))
    // The reader's page says so by itself.
    await unaware.waitFor({ state: 'detached' })
    t.deepEqual(faults, [])
  },
)

step(
  'a group adapts a delivered template, sees what it said before, and takes a former text up again',
  async (t, scene) => {
    const { page, faults } = scene.reader
    await page.goto('/templates')
    await page.getByRole('button', { name: /^TDM cérébrale sans injection/ }).click()
    const conclusion = page.getByRole('textbox', { name: /^Conclusion/ })
    const delivered = await conclusion.inputValue()
    await conclusion.fill('TDM cérébrale sans anomalie aiguë.')
    await page.getByRole('button', { name: 'Adapter pour le groupe', exact: true }).click()
    await seen(page.getByText(/^Révision 1, par Dr Essai Lectrice/))
    await seen(page.getByRole('heading', { name: '1 version', exact: true }))
    await conclusion.fill('Pas d’anomalie.')
    await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
    await seen(page.getByText(/^Révision 2, par Dr Essai Lectrice/))
    await page.getByText(/^Révision 1 · Dr Essai Lectrice/).click()
    await page.getByRole('button', { name: 'Reprendre ce texte', exact: true }).click()
    await seen(page.getByText(/^Le texte de la révision 1 est dans le formulaire/))
    t.is(await conclusion.inputValue(), 'TDM cérébrale sans anomalie aiguë.')
    await scene.screens.picture('template-versions')
    t.deepEqual(await faultsOf(page, 'template versions'), [])
    await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
    await seen(page.getByRole('heading', { name: '3 versions', exact: true }))
    await page.getByRole('button', { name: 'Revenir à celui qui est livré', exact: true }).click()
    // Its form closes once the node has answered: chosen before that, the delivered one would close with it.
    await seen(page.getByText('Le modèle livré est de retour.', { exact: true }))
    await page.getByRole('button', { name: /^TDM cérébrale sans injection/ }).click()
    await eventually(
      'the delivered one is there again',
      async () => (await conclusion.inputValue()) === delivered || undefined,
    )
    t.deepEqual(faults, [])
  },
)

step(
  'what a colleague does to a template shows at once, and never takes away what is being typed',
  async (t, scene) => {
    const { page, faults } = scene.reader
    const { templates } = scene.house.node.services.reports
    const colleague = await enter(scene.house.node, 'radiologist@lecture.example')
    const conclusion = page.getByRole('textbox', { name: /^Conclusion/ })
    const holds = (text: string) =>
      eventually(`the form holds ${text}`, async () => (await conclusion.inputValue()) === text || undefined)
    const delivered = await conclusion.inputValue()
    const { id: replaces, kind, language, title, modalities, regions, sections } = await theirs()
    if (!sections) throw new Error('a report has sections')
    const saying = (text: string) => {
      return { language, title, modalities, regions, sections: { ...sections, conclusion: text } }
    }
    const { id } = await templates.create(colleague, { kind, replaces, content: saying('Le sien, un.') })
    await holds('Le sien, un.')
    await conclusion.fill('Le mien.')
    await templates.change(colleague, id, 1, saying('Le sien, deux.'))
    await seen(page.getByText(/^Dr Sample Reader a enregistré la révision 2 pendant que vous écriviez/))
    t.is(await conclusion.inputValue(), 'Le mien.')
    await seen(page.getByText(/^Révision 2 · Dr Sample Reader/))
    await scene.screens.picture('template-meanwhile')
    t.deepEqual(await faultsOf(page, 'a template changed meanwhile'), [])
    await page.getByRole('button', { name: 'Continuer avec le mien', exact: true }).click()
    await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
    await seen(page.getByRole('heading', { name: '3 versions', exact: true }))
    t.is((await theirs()).sections?.conclusion, 'Le mien.')
    await conclusion.fill('Encore le mien.')
    await templates.archive(colleague, id)
    await seen(page.getByText(/celui qui est livré est de retour/))
    t.is(await conclusion.inputValue(), 'Encore le mien.')
    await page.getByRole('button', { name: 'Prendre l’autre texte', exact: true }).click()
    await holds(delivered)
    t.deepEqual(faults, [])

    async function theirs() {
      const { items } = await templates.list(colleague.who)
      const found = items.find(
        ({ title, language }) => language === 'fr' && title.startsWith('TDM cérébrale sans'),
      )
      if (!found) throw new Error('no such template')
      return found
    }
  },
)
