import type { Locator } from 'playwright-core'
import { openScreens } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { photograph } from '../support/papers.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, OPERATOR, openHouse, playDemo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  house: House
  screens: Awaited<ReturnType<typeof openScreens>>
  request: string
}

const seen = (locator: Locator) => locator.first().waitFor({ state: 'visible' })

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo)
  const screens = await openScreens(undo, house.url)
  const requests = await playDemo(house)
  const nord = requests.find(({ site, state }) => site === 'nord' && state === 'offered') ?? requests[0]
  return { house, screens, request: nord?.id ?? '' }
})

step(
  'two people talk live: a mention rings the other’s bell, a picture is pasted in, and each sees what was read',
  async (t, { screens, request }) => {
    const referrer = await screens.visit()
    await referrer.signIn('demandeur@nord.example')
    const reader = await screens.visit({ scheme: 'light' })
    await reader.signIn('radiologue@lecture.example')
    await referrer.page.goto(`/requests/${request}`)
    const talk = referrer.page.getByRole('region', { name: 'Conversation' })
    await seen(talk.getByText('Personne n’a encore écrit.'))
    await seen(talk.getByText(/Liront : .*Groupe/))

    const box = talk.getByRole('textbox', { name: 'Écrire un message' })
    await box.fill('Patient à jeun, ')
    await box.press('End')
    await box.pressSequentially('@lectr')
    await seen(talk.getByRole('listbox', { name: 'Mentionner' }))
    const name = 'Dr Essai Lectrice'
    await seen(talk.getByRole('option', { name: new RegExp(name), selected: true }))
    await box.press('Enter')
    await box.pressSequentially('vous pouvez appeler.')
    // Each keystroke is encrypted and put away by itself; no hand reloads in the same blink.
    await referrer.page.waitForTimeout(1000)
    await referrer.page.reload()
    t.is(await box.inputValue(), `Patient à jeun, @${name} vous pouvez appeler.`, 'what was typed is kept')
    await talk
      .locator('input[type=file]')
      .setInputFiles([{ name: 'clef.jpg', mimeType: 'image/jpeg', buffer: photograph(640, 400) }])
    await seen(talk.getByText('clef.jpg'))
    await box.press('Enter')
    await seen(talk.locator('mark'))
    t.is(await box.inputValue(), '')

    await reader.page.goto(`/requests/${request}`)
    const theirs = reader.page.getByRole('region', { name: 'Conversation' })
    await seen(theirs.getByText('Patient à jeun'))
    await seen(theirs.getByText('Non lu'))
    await seen(theirs.getByRole('img', { name: /clef\.jpg/ }))
    await seen(talk.getByText(/Lu par/))
    await theirs.getByRole('textbox', { name: 'Écrire un message' }).fill('Je regarde.')
    await theirs.getByRole('button', { name: 'Envoyer' }).click()
    await seen(talk.getByText('Je regarde.'))
    await reader.page.getByRole('button', { name: /^Avis/ }).click()
    await seen(reader.page.getByRole('dialog', { name: /^Avis/ }).getByText('On vous demande'))
    t.deepEqual(await faultsOf(referrer.page, 'conversation'), [])
    await screens.picture('conversation')
    t.deepEqual([...referrer.faults, ...reader.faults], [])
  },
)

step(
  'what was not sent says so, and goes out once the node is there again',
  async (t, { screens, request }) => {
    const { page, context, signIn } = await screens.visit({ language: 'en' })
    await signIn('demandeur@nord.example')
    await page.goto(`/requests/${request}`)
    const talk = page.getByRole('region', { name: 'Conversation' })
    const box = talk.getByRole('textbox')
    await seen(box)
    await context.setOffline(true)
    await box.fill('Hors ligne')
    await box.press('Enter')
    await seen(talk.getByRole('alert'))
    await screens.picture('conversation-failed')
    await context.setOffline(false)
    await talk.getByRole('alert').getByRole('button').first().click()
    await talk.getByRole('alert').waitFor({ state: 'detached' })
    await talk.getByText('Sending…').waitFor({ state: 'detached' })
    t.is(await talk.getByRole('alert').count(), 0, 'it went out')
    // What was sent stands there before what waited leaves.
    await eventually('it is said once', async () =>
      (await talk.getByText('Hors ligne').count()) === 1 ? true : undefined,
    )
  },
)

step('an operator sees which channels carry, and makes and tries a webhook', async (t, { screens }) => {
  const { page, signIn, faults } = await screens.visit()
  await signIn(OPERATOR)
  await page.goto('/channels')
  await seen(page.getByRole('rowheader', { name: 'Courriel' }))
  await page.getByRole('button', { name: 'Vérifier : Courriel' }).click()
  await seen(page.getByRole('row', { name: /Courriel/ }).getByText('En ordre'))
  t.deepEqual(await faultsOf(page, 'channels'), [])
  await screens.picture('channels')
  await page.goto('/network/webhooks')
  await page.getByRole('button', { name: 'Nouveau webhook' }).click()
  await page.getByLabel('Nom').fill('Garde')
  await page.getByLabel('Adresse').fill('http://169.254.169.254/')
  await page.getByText('Compte rendu signé').click()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await seen(page.getByText('Cette adresse n’est jamais appelée.'))
  await page.getByLabel('Adresse').fill('http://127.0.0.1:9/')
  await screens.picture('webhook-new')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await seen(page.getByText('Secret de Garde'))
  await page.getByRole('button', { name: 'Il est en lieu sûr' }).click()
  await page.getByRole('button', { name: 'Essayer' }).click()
  await seen(page.getByRole('cell', { name: 'Essai' }))
  await screens.picture('webhooks')
  t.deepEqual(await faultsOf(page, 'webhooks'), [])
  t.deepEqual(
    faults.filter(fault => !/422/.test(fault)),
    [],
  )
})
