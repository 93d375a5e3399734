import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { addPeople } from '../../node/commands/demo/seed.js'
import type { Asker } from '../../node/requests/ports.js'
import type { RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { openNode, type TestNode } from '../support/node.js'
import { faultsOf } from '../support/web-axe.js'
import { enter, OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  node: TestNode
  coordinator: Visitor
  reader: Visitor
  other: Visitor
  readers: { mine: Asker; other: Asker }
  emergency: RequestView
  urgent: RequestView
  routine: RequestView
}

const step = tell<Scene>(async (undo: Undo) => {
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
  })
  const { services } = node
  await addPeople(services, PASSWORD)
  const referrer = await enter(node, 'demandeur@nord.example')
  const readers = {
    mine: await enter(node, 'radiologue@lecture.example'),
    other: await enter(node, 'radiologist@lecture.example'),
  }
  const { studies: _, ...form } = FORM
  const ask = (urgency: 'emergency' | 'urgent' | 'routine', question: string) =>
    services.requests.create(referrer, { ...form, site: 'nord', to: 'lecture', urgency, question })
  const emergency = await ask('emergency', 'Hémorragie ?')
  const urgent = await ask('urgent', 'Fracture ?')
  const routine = await ask('routine', 'Contrôle ?')
  for (const { id } of [urgent, routine]) await services.requests.send(readers.mine, id, 'claim', {})
  const screens = await openScreens(undo, node.addresses.http)
  const scene = {
    screens,
    node,
    coordinator: await screens.visit(),
    reader: await screens.visit(),
    other: await screens.visit({ language: 'en', scheme: 'light' }),
    readers,
    emergency,
    urgent,
    routine,
  }
  await scene.reader.signIn('radiologue@lecture.example')
  await scene.other.signIn('radiologist@lecture.example')
  await scene.coordinator.signIn('regulation@lecture.example')
  return scene
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })
const card = (page: Page, { id }: RequestView) => page.locator(`#card-${id}`)
const column = (page: Page, name: string) => page.getByRole('group', { name })

/** Waits until the act stands with this reader, or with nobody. */
const offeredTo = ({ node }: Scene, request: RequestView, name: string, round: number) =>
  eventually(`${request.reference} is offered to ${name}`, async () => {
    const facts = await node.services.journal.read({ subject: request.id, types: ['request-rerouted'] })
    return facts.length >= round ? true : undefined
  })

step(
  'every clock stands under who has it, with the wave it is offered in and what happens next by itself',
  async (t, scene) => {
    const { coordinator, screens, emergency, urgent } = scene
    const { page } = coordinator
    await page.goto('/board')
    await seen(column(page, 'À attribuer').locator(`#card-${emergency.id}`))
    await seen(column(page, 'Dr Essai Lectrice').locator(`#card-${urgent.id}`))
    await seen(column(page, 'Dr Sample Reader'))
    await seen(card(page, emergency).getByText(/vague 1 sur 3/))
    await seen(card(page, emergency).getByText(/(vague suivante|prochain rappel|appel à passer) dans/))
    await card(page, emergency).click()
    const side = page.getByRole('complementary', { name: 'Offres et raisons' })
    await seen(side.getByText('Dr Sample Reader', { exact: false }).first())
    t.deepEqual(await faultsOf(page, 'the board'), [])
    await screens.picture('board')
  },
)

step(
  'a card is drawn onto another reader’s column with the mouse, and goes with a reason',
  async (t, scene) => {
    const { coordinator, screens, urgent } = scene
    const { page } = coordinator
    await card(page, urgent).dragTo(column(page, 'Dr Sample Reader'))
    const dialog = page.getByRole('dialog', { name: `Confier ${urgent.reference}` })
    await seen(dialog.getByRole('button', { name: /Dr Sample Reader/ }))
    await dialog.getByRole('button', { name: /^Confier/ }).click()
    await seen(dialog.getByText('Une raison est nécessaire.'))
    await dialog.getByLabel(/^Raison/).fill('Surcharge ce soir.')
    t.deepEqual(await faultsOf(page, 'a card that is given'), [])
    await screens.picture('board-give')
    await dialog.getByRole('button', { name: /^Confier/ }).click()
    await dialog.waitFor({ state: 'detached' })
    await offeredTo(scene, urgent, 'Dr Sample Reader', 1)
    await seen(column(page, 'À attribuer').locator(`#card-${urgent.id}`))
    const now = await scene.node.services.requests.view(scene.readers.other, urgent.id)
    t.deepEqual(
      now.offers.filter(({ outcome }) => ['offered', 'seen'].includes(outcome)).map(({ name }) => name),
      ['Dr Sample Reader'],
    )
  },
)

step(
  'the same with the keyboard alone: a card is found, given and confirmed without a mouse',
  async (t, scene) => {
    const { coordinator, routine } = scene
    const { page } = coordinator
    await page.goto('/board')
    await seen(card(page, routine))
    const current = (request: RequestView) => page.locator(`#card-${request.id}[aria-current=true]`)
    await page.keyboard.press('l')
    await seen(current(scene.emergency))
    await page.keyboard.press('l')
    await seen(current(routine))
    await page.keyboard.press('c')
    const dialog = page.getByRole('dialog', { name: `Confier ${routine.reference}` })
    await seen(dialog)
    const who = dialog.getByRole('button', { name: /À qui/ })
    await who.focus()
    await page.keyboard.press('Enter')
    const sample = page.getByRole('option', { name: /Dr Sample Reader/ })
    await seen(sample)
    // Letters and Enter are for who has the focus: the list takes it once it is drawn.
    await seen(page.locator('[role=listbox]:focus-within'))
    await page.keyboard.type('Dr Sample')
    await seen(sample.and(page.locator(':focus')))
    await page.keyboard.press('Enter')
    await seen(dialog.getByRole('button', { name: /Dr Sample Reader/ }))
    await dialog.getByLabel(/^Raison/).focus()
    await page.keyboard.type('Fin de vacation.')
    await page.keyboard.press('Control+Enter')
    await dialog.waitFor({ state: 'detached' })
    await offeredTo(scene, routine, 'Dr Sample Reader', 1)
    await page.goto('/board?by=site')
    await seen(column(page, 'Hôpital Nord (fictif)').locator(`#card-${routine.id}`))
    t.pass()
  },
)

step(
  'a call that is to be made stands above the board until a person says what came of it',
  async (t, scene) => {
    const { coordinator, screens, node, emergency } = scene
    const { page } = coordinator
    const alert = await eventually('the alert', async () =>
      (await node.services.notifications.alerts.ofRequest(emergency.id)).find(({ kind }) => kind === 'claim'),
    )
    await node.services.db.write(tx =>
      tx
        .sql<{ call_tasks: object }>()
        .insertInto('call_tasks')
        .values({ id: 'cal_regulation', alert: alert.id, opened_at: Date.parse(alert.openedAt) })
        .execute(),
    )
    await page.goto('/board')
    const calls = page.getByRole('region', { name: 'Un appel à passer' })
    await seen(calls)
    await calls.getByRole('button', { name: 'Pas de réponse' }).click()
    await seen(page.getByText(/Pas de réponse · Dominique Fictif/))
    t.deepEqual(await faultsOf(page, 'the board with a call'), [])
    await screens.picture('board-call')
    await calls.getByRole('button', { name: 'Joint' }).click()
    await page.locator('input[name=name]').fill('Dr Sample Reader')
    await page.locator('input[name=role]').fill('radiologue')
    await page.getByRole('button', { name: 'Enregistrer' }).click()
    await calls.waitFor({ state: 'detached' })
    t.is((await node.facts('call-recorded')).length, 2)
  },
)

step(
  'at the end of a shift every open act gets a taker by name, and stays with its holder until it is taken',
  async (t, scene) => {
    const { screens, node, reader, other, readers, emergency, routine } = scene
    for (const { id } of [emergency, routine]) {
      await node.services.requests.send(readers.other, id, 'claim', {})
    }
    await other.page.goto('/hand-over')
    const row = ({ reference }: RequestView) => other.page.getByRole('row').filter({ hasText: reference })
    await seen(row(emergency))
    await seen(row(routine))
    t.deepEqual(await faultsOf(other.page, 'a hand-over'), [])
    await other.page.emulateMedia({ colorScheme: 'light' })
    await screens.picture('hand-over')
    await other.page.getByRole('button', { name: /^Hand over 2/ }).click()
    await seen(row(emergency).getByText(/offered to Dr Essai Lectrice/))
    t.is(
      (await node.services.requests.view(readers.other, emergency.id)).holder?.id,
      readers.other.who.account.id,
    )

    await reader.page.goto('/hand-over')
    for (const { reference } of [emergency, routine]) {
      const take = reader.page.getByRole('button', { name: `Prendre ${reference}` })
      await seen(take)
      if (reference === emergency.reference) {
        t.deepEqual(await faultsOf(reader.page, 'what is handed over to me'), [])
        await screens.picture('hand-over-taking')
      }
      await take.click()
      await take.waitFor({ state: 'detached' })
    }
    await seen(other.page.getByText(/^Nothing/).first())
    t.is((await node.facts('request-taken-over')).length, 2)
    t.is(
      (await node.services.requests.view(readers.mine, emergency.id)).holder?.id,
      readers.mine.who.account.id,
    )
  },
)

step(
  'activity is drawn, filtered in the address, and given as CSV without anybody who was ill',
  async (t, scene) => {
    const { coordinator, screens, reader, other } = scene
    const { page, context } = coordinator
    // The parts that find no room in the line stand under one button, and none is reached by knowing of it alone.
    await page.setViewportSize({ width: 900, height: 900 })
    await page.goto('/board')
    await page.getByRole('button', { name: 'Plus', exact: true }).click()
    await page.getByRole('navigation', { name: 'Plus' }).getByRole('link', { name: 'Activité' }).click()
    await page.waitForURL(/\/activity/)
    await seen(page.getByRole('button', { name: 'Plus', exact: true }).getByText('Activité'))
    await page.getByRole('navigation', { name: 'Plus' }).waitFor({ state: 'detached' })
    await seen(page.getByRole('heading', { name: 'La journée : demande et délai' }))
    await seen(page.getByRole('img', { name: 'Demandes envoyées, par heure' }))
    t.deepEqual(await faultsOf(page, 'activity'), [])
    await page.setViewportSize({ width: 1440, height: 900 })
    await screens.picture('activity')
    await page.getByRole('combobox', { name: 'Urgence' }).selectOption('urgent')
    await page.waitForURL(/urgency=urgent/)
    await seen(
      page
        .locator('dt', { hasText: 'Demandes' })
        .locator('xpath=following-sibling::dd[normalize-space()="1"]'),
    )
    await page.reload()
    await seen(
      page
        .locator('dt', { hasText: 'Demandes' })
        .locator('xpath=following-sibling::dd[normalize-space()="1"]'),
    )
    const saved = context.waitForEvent('download')
    await page.getByRole('link', { name: 'Actes en CSV' }).click()
    const csv = readFileSync(await (await saved).path(), 'utf8')
    t.is(csv.trim().split('\n').length, 2)
    t.notRegex(csv, new RegExp(`${FORM.patient.family}|Fracture`))
    await page.goto('/activity?period=before')
    await seen(page.getByText('Aucune demande dans cette période'))
    t.deepEqual(
      [coordinator, reader, other].flatMap(({ faults }) => faults),
      [],
    )
  },
)
