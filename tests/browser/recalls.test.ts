import type { Locator } from 'playwright-core'
import { addPeople } from '../../node/commands/demo/seed.js'
import type { Asker } from '../../node/requests/ports.js'
import { FORM } from '../support/act.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { openNode, type TestNode } from '../support/node.js'
import { faultsOf } from '../support/web-axe.js'
import { enter, OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  node: TestNode
  asks: Asker
  reads: Asker
  referrer: Visitor
  coordinator: Visitor
  reader: Visitor
}

const step = tell<Scene>(async (undo: Undo) => {
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
  })
  await addPeople(node.services, PASSWORD)
  const screens = await openScreens(undo, node.addresses.http)
  const scene = {
    screens,
    node,
    asks: await enter(node, 'demandeur@nord.example'),
    reads: await enter(node, 'radiologue@lecture.example'),
    referrer: await screens.visit({ width: 390, height: 844, scheme: 'light' }),
    coordinator: await screens.visit(),
    reader: await screens.visit({ width: 1280, height: 800 }),
  }
  await scene.referrer.signIn('demandeur@nord.example')
  await scene.coordinator.signIn('regulation@lecture.example')
  await scene.reader.signIn('radiologue@lecture.example')
  return scene
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })
const { studies: _, ...form } = FORM
const ask = ({ node, asks }: Scene, more: object) =>
  node.services.requests.create(asks, { ...form, site: 'nord', to: 'lecture', ...more } as typeof FORM)
const factsOf = async ({ node }: Scene, id: string, type: string) =>
  node.services.journal.read({ subject: id, types: [type] })

step(
  'two persons say in their own words that a request was an error; everybody who had something of it is listed, and settled one by one',
  async (t, scene) => {
    const { node, reads, referrer, coordinator, screens } = scene
    const { requests, reports, criticals, clock } = node.services
    const { id } = await ask(scene, { urgency: 'urgent' })
    await requests.send(reads, id, 'claim', {})
    await requests.send(reads, id, 'accept', { text: 'Sans injection' })
    const { report } = await reports.draft(reads, id)
    const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Hématome.' }
    await reports.save(reads, report.id, report.revision, sections)
    const at = new Date(clock.now()).toISOString()
    await criticals.raise(reads, id, {
      ...{ class: 1, finding: 'Hématome', foundAt: at },
      called: { receiver: 'Dr Garde', role: 'interne', at, method: 'téléphone', readBack: true },
    })
    await reports.sign(reads, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })

    const { page } = referrer
    await page.goto(`/requests/${id}`)
    await page.getByRole('button', { name: 'Saisie par erreur…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Signaler l’erreur' }).click()
    await seen(dialog.getByText('À remplir pour continuer.'))
    t.is((await factsOf(scene, id, 'request-error-asked')).length, 0)
    await dialog.getByLabel(/^Raison/).fill('Mauvais patient')
    t.deepEqual(await faultsOf(page, 'an error that is told'), [])
    await screens.picture('error-ask')
    await dialog.getByRole('button', { name: 'Signaler l’erreur' }).click()
    await seen(page.getByText(/« Mauvais patient »/))
    await dialog.waitFor({ state: 'detached' })

    const second = coordinator.page
    await second.goto(`/requests/${id}`)
    await seen(second.getByRole('note').getByText(/« Mauvais patient »/))
    await second.getByRole('button', { name: 'Confirmer l’erreur' }).click()
    const confirming = second.getByRole('alertdialog')
    await seen(confirming.getByText(/On n’y revient pas/))
    t.deepEqual(await faultsOf(second, 'an error that is confirmed'), [])
    await screens.picture('error-confirm')
    await confirming.getByRole('button', { name: 'Confirmer l’erreur' }).click()
    await confirming.waitFor({ state: 'detached' })
    await seen(second.getByRole('alert').getByText(/« Mauvais patient »/))

    // On the telephone of whoever asked, by itself: what went out, and what is theirs to say.
    await seen(page.getByRole('alert').getByText(/« Mauvais patient »/))
    await seen(page.getByText('0 sur 2 réglés'))
    t.deepEqual(await faultsOf(page, 'the recalls'), [])
    await screens.picture('recalls')
    await page.getByRole('button', { name: 'J’en prends note, je n’utilise plus' }).click()
    await seen(page.getByText('1 sur 2 réglés'))
    await page.getByRole('button', { name: 'Injoignable…' }).click()
    const tried = page.getByRole('alertdialog')
    t.true(await tried.getByRole('button', { name: 'Consigner' }).isDisabled())
    await tried.getByLabel(/^Ce qui a été tenté/).fill('Trois appels, standard prévenu')
    t.deepEqual(await faultsOf(page, 'a recall in vain'), [])
    await screens.picture('recall-in-vain')
    await tried.getByRole('button', { name: 'Consigner' }).click()
    await seen(page.getByText('2 sur 2 réglés'))
    await seen(page.getByText(/· Trois appels, standard prévenu/).first())
    await screens.picture('recalls-done')
    t.is((await factsOf(scene, id, 'recall-settled')).length, 2)
    for (const visitor of [referrer, coordinator]) t.deepEqual(visitor.faults, [])
  },
)

step(
  'a reader gives a request back with a reason, or hands it to one colleague by name, who is told and has it at once',
  async (t, scene) => {
    const { node, reads, reader, screens } = scene
    const [back, given] = [await ask(scene, { urgency: 'urgent' }), await ask(scene, { urgency: 'routine' })]
    const { requests, reports, clock } = node.services
    for (const { id } of [back, given]) await requests.send(reads, id, 'claim', {})
    await requests.send(reads, given.id, 'accept', { text: 'Sans injection' })
    const { report } = await reports.draft(reads, given.id)
    const sections = { indication: 'i', technique: 't', results: 'À relire', conclusion: '' }
    await reports.save(reads, report.id, report.revision, sections)
    await requests.triage(await enter(node, 'regulation@lecture.example'), given.id, {
      ...{ number: 62, label: 'Hémorragie possible', by: 'Essai', version: '1.0' },
      at: new Date(clock.now()).toISOString(),
    })
    const { page } = reader
    await page.goto(`/requests/${back.id}`)
    await page.getByRole('button', { name: 'Rendre', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Rendre', exact: true }).click()
    await seen(dialog.getByText('À remplir pour continuer.'))
    await dialog.getByLabel(/^Raison/).fill('Fin de vacation')
    t.deepEqual(await faultsOf(page, 'a release'), [])
    await screens.picture('release')
    await dialog.getByRole('button', { name: 'Rendre', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await seen(page.getByText('proposée', { exact: true }).first())
    t.is((await factsOf(scene, back.id, 'request-released')).length, 1)

    await page.goto(`/requests/${given.id}`)
    await page.getByRole('button', { name: 'Transmettre à un collègue' }).click()
    await dialog.getByRole('button', { name: /Collègue/ }).click()
    await page.getByRole('option', { name: 'Dr Sample Reader' }).click()
    await dialog.getByText(/Prévenu de vive voix/).click()
    t.deepEqual(await faultsOf(page, 'a hand-over'), [])
    await screens.picture('hand-over-one')
    await dialog.getByRole('button', { name: 'Transmettre à un collègue' }).click()
    await dialog.waitFor({ state: 'detached' })
    await seen(page.getByText('Dr Sample Reader').first())
    t.is((await factsOf(scene, given.id, 'request-taken-over')).length, 1)

    // What the one before had begun is read, or gone on with, by whoever has it now.
    const colleague = await screens.visit({ language: 'en', scheme: 'light', width: 390, height: 844 })
    await colleague.signIn('radiologist@lecture.example')
    await colleague.page.goto(`/requests/${given.id}`)
    await seen(colleague.page.getByText(/^Dr Essai Lectrice has begun a report/))
    await seen(colleague.page.getByText('Triage 62/100 (Hémorragie possible, Essai 1.0)'))
    t.deepEqual(await faultsOf(colleague.page, 'a draft that was left'), [])
    await colleague.page.emulateMedia({ colorScheme: 'light' })
    await screens.picture('left-draft')
    await colleague.page.getByRole('button', { name: 'Take it over' }).click()
    await colleague.page.waitForURL(`**/requests/${given.id}/report`)
    await seen(colleague.page.getByText('À relire'))
    for (const visitor of [reader, colleague]) t.deepEqual(visitor.faults, [])
  },
)

step(
  'an emergency ends by what a person says became of the patient, and by nothing less',
  async (t, scene) => {
    const { referrer, screens } = scene
    const { id } = await ask(scene, { urgency: 'emergency' })
    const { page } = referrer
    await page.goto(`/requests/${id}`)
    await page.getByRole('button', { name: 'Consigner l’issue' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByRole('button', { name: 'Consigner l’issue' }).click()
    await seen(dialog.getByText('À remplir pour continuer.'))
    await dialog.getByText('Lu ailleurs').click()
    await dialog.getByLabel(/^Précisions/).fill('Lu au CHU')
    t.deepEqual(await faultsOf(page, 'an outcome'), [])
    await screens.picture('outcome')
    await dialog.getByRole('button', { name: 'Consigner l’issue' }).click()
    await dialog.waitFor({ state: 'detached' })
    await seen(page.getByText('Lu au CHU').first())
    const [ended] = await factsOf(scene, id, 'request-outcome-recorded')
    t.like(ended?.body, { code: 'read-elsewhere', reason: 'Lu au CHU' })
    t.deepEqual(referrer.faults, [])
  },
)
