import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addPeople } from '../../node/commands/demo/seed.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { makeDisc } from '../support/discs.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { type LyingPacs, openLyingPacs } from '../support/pacs-engine.js'
import { writePhantom } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  node: TestNode
  screens: Awaited<ReturnType<typeof openScreens>>
  administrator: Visitor
  pacs: LyingPacs
  disc: string
}

const CT = '1.2.840.10008.5.1.4.1.1.2\0'
const CAPTURE = '1.2.840.10008.5.1.4.1.1.7\0'
/** From the drop of a disc to the request that stands filled in. */
const MAX_PRESSES = 6
const COMMAND = { by: 'command', user: 'test' } as const

const step = tell<Scene>(async (undo: Undo) => {
  const pacs = await openLyingPacs(undo, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true })
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port),
        peerOf('nord-scanner', 'nord', 'NORDCT', 105, { may: ['echo', 'find'] }),
      ],
    },
  })
  await addPeople(node.services, PASSWORD)
  const desk = { email: 'bureau@nord.example', name: 'Dominique Fictif', password: PASSWORD }
  const at = { role: 'coordinator', site: 'nord', language: 'fr' } as const
  await node.services.accounts.create(null, { ...desk, ...at }, COMMAND)
  const folder = temporary(undo)
  const disc = join(folder, 'CLINIQUE')
  const images = writePhantom(folder, 'study', { images: 4 })
  const captures = writePhantom(folder, 'captures', { images: 2, rows: 256 })
  // Two screens a viewer saved beside the images.
  for (const { file } of captures.files)
    writeFileSync(file, Buffer.from(readFileSync(file, 'latin1').replaceAll(CT, CAPTURE), 'latin1'))
  await makeDisc(disc, [...images.files, ...captures.files], { dicomdir: false })
  const screens = await openScreens(undo, node.addresses.http)
  const administrator = await screens.visit()
  await administrator.signIn('administration@nord.example')
  return { node, screens, administrator, pacs, disc }
})

step('an administrator makes a preset and sees at each change what it would leave out', async (t, scene) => {
  const { node, screens, disc } = scene
  const { page } = scene.administrator
  await page.goto('/network/presets')
  await page.getByText('Aucun préréglage').waitFor()
  t.deepEqual(await faultsOf(page, 'no preset'), [])
  await screens.picture('presets-none')
  const { imports } = node.services.importing
  const id = await imports.begin(
    { site: 'nord', preset: null, name: 'CLINIQUE', path: disc, upload: null, bytesTotal: 0 },
    { name: 'test', account: null, origin: COMMAND },
  )
  await imports.inventoried(id)
  await page.keyboard.press('n')
  await page.getByRole('textbox', { name: /Nom du poste/ }).fill('Bureau des urgences')
  await page.getByText(/1 série entrerait · 4 images/).waitFor()
  await page.getByText(/1 série serait laissée · 2 images/).waitFor()
  await page.getByRole('listitem').filter({ hasText: 'captures d’écran' }).waitFor()
  t.deepEqual(await faultsOf(page, 'a new preset'), [])
  await screens.picture('preset-new')
  await page.getByText('Captures d’écran', { exact: true }).click()
  await page.getByText(/2 séries entreraient · 6 images/).waitFor()
  await page.getByText('Captures d’écran', { exact: true }).click()
  await page.getByText(/1 série serait laissée · 2 images/).waitFor()
  t.is(await page.getByText('nord-scanner').count(), 0, 'it may not be sent images')
  await page.getByText('nord-pacs', { exact: true }).click()
  await page.getByText('Un avis', { exact: true }).click()
  await page.getByRole('button', { name: /Groupe de lecture/ }).click()
  await page.getByRole('option', { name: 'Groupe de lecture (fictif)' }).click()
  t.deepEqual(await faultsOf(page, 'a preset filled in'), [])
  await screens.picture('preset-filled')
  await page.getByRole('textbox', { name: /Nom du poste/ }).press('Control+Enter')
  await page.getByRole('row', { name: /Bureau des urgences bureau-des-urgences nord-pacs/ }).waitFor()
  t.deepEqual(await faultsOf(page, 'presets'), [])
  await screens.picture('presets')
  t.like(await node.services.importing.presets.find('bureau-des-urgences'), {
    site: 'nord',
    to: ['nord-pacs'],
    request: { kind: 'opinion', urgency: 'urgent', to: 'lecture' },
  })
})

step('two who change one preset are told of each other, and nothing is overwritten', async (t, scene) => {
  const { page } = scene.administrator
  const coordinator = await scene.screens.visit({ scheme: 'light' })
  await coordinator.signIn('bureau@nord.example')
  const other = coordinator.page
  await other.goto('/imports')
  await other.getByRole('link', { name: 'Préréglages' }).click()
  await other.getByRole('link', { name: 'Bureau des urgences' }).click()
  await page.getByRole('link', { name: 'Bureau des urgences' }).click()
  await page.getByRole('textbox', { name: /Devant l’intitulé/ }).fill('EXT')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByRole('link', { name: 'Bureau des urgences' }).waitFor()
  await other.getByRole('textbox', { name: /Nom du poste/ }).fill('Urgences')
  await other.getByRole('button', { name: 'Enregistrer' }).click()
  await other.getByText('Quelqu’un d’autre vient de changer ce préréglage').waitFor()
  t.deepEqual(await faultsOf(other, 'a preset changed by two'), [])
  await scene.screens.picture('preset-conflict')
  await other.getByRole('button', { name: 'Lire la version actuelle' }).click()
  await other.locator('input[value=EXT]').waitFor()
  await other.getByRole('textbox', { name: /Nom du poste/ }).fill('Urgences')
  await other.getByRole('button', { name: 'Enregistrer' }).click()
  await other.getByRole('row', { name: /Urgences/ }).waitFor()
  t.like(await scene.node.services.importing.presets.find('bureau-des-urgences'), {
    name: 'Urgences',
    label: 'EXT',
    revision: 3,
  })
  t.deepEqual(coordinator.faults, [])
})

step(
  'at the desk the captures are left out by the preset, and the opinion is one press away, filled in, after the import',
  async (t, scene) => {
    const technician = await scene.screens.visit()
    const { page } = technician
    await technician.signIn('manip@nord.example')
    await page.goto('/imports')
    await page.getByText('Urgences').first().waitFor()
    // Every press of a person from here on, wherever it lands.
    await page.evaluate(() => {
      Object.assign(window, { presses: 0 })
      for (const kind of ['pointerdown', 'keydown'])
        addEventListener(
          kind,
          ({ isTrusted }) => {
            if (isTrusted) Object.assign(window, { presses: Reflect.get(window, 'presses') + 1 })
          },
          { capture: true },
        )
    })
    await page.locator('input[data-import=folder]').setInputFiles(scene.disc)
    await page.getByText('écartée par le préréglage : captures d’écran').waitFor()
    await page.getByRole('button', { name: 'Garder telle que sur le disque' }).click()
    await page.getByText('« EXT » précède l’intitulé de l’examen.').waitFor()
    await page.getByRole('button', { name: /Importer 4 images/ }).click()
    await page.getByRole('link', { name: /Demander un avis/ }).waitFor()
    t.deepEqual(await faultsOf(page, 'an opinion to ask for'), [])
    await scene.screens.picture('preset-ask')
    await page.getByText('4 / 4 confirmées').waitFor()
    t.is(scene.pacs.stored.length, 4)
    await page.keyboard.press('a')
    await page.getByRole('textbox', { name: /Question/ }).waitFor()
    await page.locator('input[value=ESSAI]').waitFor()
    const presses = await page.evaluate(() => Number(Reflect.get(window, 'presses')))
    t.true(presses >= 3 && presses <= MAX_PRESSES, `${presses} presses from the drop to the request`)
    t.true(await page.getByRole('radio', { name: /[Aa]vis/ }).isChecked())
    t.true(await page.getByRole('radio', { name: /^[Uu]rgent/ }).isChecked())
    await scene.screens.picture('preset-request')
    t.deepEqual(technician.faults, [])
  },
)

step('a preset that is deleted is gone from the list, and the journal says who did it', async (t, scene) => {
  const { page, faults } = scene.administrator
  await page.getByRole('link', { name: 'Urgences' }).click()
  await page.getByRole('button', { name: 'Supprimer…' }).click()
  t.deepEqual(await faultsOf(page, 'a preset to delete'), [])
  await page.getByRole('button', { name: 'Supprimer', exact: true }).click()
  await page.getByText('Aucun préréglage').waitFor()
  t.is((await scene.node.facts('preset-removed')).length, 1)
  t.deepEqual(faults, [])
})
