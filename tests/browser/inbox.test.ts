import { join } from 'node:path'
import { addPeople } from '../../node/commands/demo/seed.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { makeDisc, makeZip } from '../support/discs.js'
import { openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { type LyingPacs, openLyingPacs } from '../support/pacs-engine.js'
import { writePhantom, ZOE } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

const IMAGES = 3

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  node: TestNode
  pacs: LyingPacs
  technician: Visitor
  clinic: Visitor
  zip: string
  link: string
  code: string
}

const step = tell<Scene>(async (undo: Undo) => {
  const pacs = await openLyingPacs(undo, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true })
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
    network: {
      sites: SITES,
      peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port)],
      presets: [{ id: 'bureau-externe', site: 'nord', to: ['nord-pacs'] }],
    },
  })
  await addPeople(node.services, PASSWORD)
  const folder = temporary(undo)
  const disc = join(folder, 'DISQUE')
  const { files } = writePhantom(folder, 'study', {
    images: IMAGES,
    patient: { ...ZOE, PatientID: 'AIL-1' },
  })
  await makeDisc(disc, files, { dicomdir: false })
  const zip = join(folder, 'clinique.zip')
  await makeZip(disc, zip)
  const screens = await openScreens(undo, node.addresses.http)
  const technician = await screens.visit()
  await technician.signIn('manip@nord.example')
  const clinic = await screens.visit({ scheme: 'light', width: 1000 })
  return { screens, node, pacs, technician, clinic, zip, link: '', code: '' }
})

step(
  'a technician makes a link for an outside clinic, which goes by letter; the code does not',
  async (t, scene) => {
    const { page } = scene.technician
    await page.goto('/imports/links')
    await page.getByText('Aucun lien de dépôt').waitFor()
    t.deepEqual(await faultsOf(page, 'inbox links, none yet'), [])
    await page.getByRole('button', { name: 'Nouveau lien' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('input[name=recipient]').fill('Clinique des Essais')
    await dialog.locator('input[name=email]').fill('secretariat@clinique.example')
    await dialog.locator('textarea[name=purpose]').fill('Le scanner du mois dernier, pour comparaison')
    t.deepEqual(await faultsOf(page, 'a new inbox link'), [])
    await scene.screens.picture('inbox-new')
    await dialog.getByRole('button', { name: 'Créer le lien' }).click()
    await page.getByText('Code à dire par téléphone').waitFor()
    await scene.screens.picture('inbox-made')
    const made = page.getByRole('alertdialog')
    scene.code = (/(\d{4} \d{4})/.exec((await made.textContent()) ?? '') ?? [])[1] ?? ''
    t.regex(scene.code, /^\d{4} \d{4}$/)
    t.deepEqual(await faultsOf(page, 'an inbox link made'), [])
    await made.getByRole('button', { name: 'Fermer' }).last().click()
    await page.getByRole('row', { name: /pas encore ouvert.*Clinique des Essais/ }).waitFor()
    const letter = await eventually('the letter', async () =>
      (await scene.node.services.notifications.mailbox({ limit: 50 })).items.find(({ to }) =>
        to.startsWith('secretariat@'),
      ),
    )
    t.false(letter.text.includes(scene.code.replace(' ', '')))
    t.false(letter.text.includes('scanner'), 'nor what is asked for')
    scene.link = /https?:\/\/\S+/.exec(letter.text)?.[0] ?? ''
  },
)

step('the clinic opens it with the code, says who it is, and drops a disc', async (t, scene) => {
  const { page, faults } = scene.clinic
  await page.goto(scene.link)
  await page.getByRole('button', { name: 'Ouvrir le dépôt' }).waitFor()
  t.false(page.url().includes('token'), 'the secret leaves the address bar')
  t.deepEqual(await faultsOf(page, 'the door of an inbox'), [])
  await scene.screens.picture('inbox-door')
  await page.getByRole('button', { name: 'Ouvrir le dépôt' }).click()
  await page.locator('input[name=code]').fill('00000000')
  await page.getByRole('button', { name: 'Ouvrir le dépôt' }).click()
  await page.getByText('Ce code ne convient pas').waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await page.locator('input[name=code]').fill(scene.code)
  await page.getByRole('button', { name: 'Open the inbox' }).click()
  await page.getByText('Le scanner du mois dernier, pour comparaison').waitFor()
  await page.getByRole('button', { name: 'Français' }).click()
  await page.getByRole('button', { name: 'Continuer vers les fichiers' }).click()
  await page.getByText('À confirmer avant d’envoyer.').first().waitFor()
  t.deepEqual(await faultsOf(page, 'the form of an inbox'), [])
  await scene.screens.picture('inbox-form')
  for (const [name, value] of Object.entries({
    name: 'Dr Ailleurs Fictif',
    phone: '+33 1 99 00 00 07',
    family: 'ESSAI',
    given: 'Zoé',
    birthDate: '1970-05-14',
  }))
    await page.locator(`input[name=${name}]`).fill(value)
  await page.locator('textarea[name=why]').fill('Comparaison avant consultation')
  await page.getByText('Je suis autorisé à transmettre').click()
  // What was missing goes, and the button moves up: then it is pressed.
  await page.getByText('À confirmer avant d’envoyer.').first().waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Continuer vers les fichiers' }).click()
  await page.getByRole('heading', { name: 'Déposez un disque ici' }).waitFor()
  t.deepEqual(await faultsOf(page, 'the files of an inbox'), [])
  await scene.screens.picture('inbox-files')

  const uploads = '**/api/inbox/uploads/*'
  await page.route(uploads, route =>
    route.request().method() === 'PATCH' ? route.abort('internetdisconnected') : route.continue(),
  )
  await page.locator('input[data-import=files]').setInputFiles(scene.zip)
  await page.getByText('réseau perdu, reprise automatique').waitFor()
  await scene.screens.picture('inbox-waiting')
  // The page is lost too: who comes back is still inside, and the same files go on.
  await page.reload()
  await page.getByRole('heading', { name: 'Déposez un disque ici' }).waitFor()
  // Only now: what is being asked for in the moment the network is let through again may hang for ever.
  await page.unroute(uploads)
  await page.locator('input[data-import=files]').setInputFiles(scene.zip)
  await page.getByRole('heading', { name: 'Images reçues' }).waitFor()
  await page.getByText('clinique.zip').waitFor()
  t.deepEqual(await faultsOf(page, 'the receipt of an inbox'), [])
  await scene.screens.picture('inbox-receipt')
  t.deepEqual(
    faults.filter(fault => !fault.includes('ERR_INTERNET_DISCONNECTED')),
    [],
  )
})

step('the technician is told, reads the sender’s words beside the disc, and decides', async (t, scene) => {
  const { page, faults } = scene.technician
  await page.getByRole('row', { name: /déposé.*Clinique des Essais.*Dr Ailleurs Fictif/ }).waitFor()
  await scene.screens.picture('inbox-links')
  t.deepEqual(await faultsOf(page, 'inbox links'), [])
  await page
    .getByRole('button', { name: /Avis|non lu/ })
    .first()
    .click()
  await page.getByRole('button', { name: /Images reçues par un lien/ }).click()
  const sender = page.getByRole('region', { name: 'Envoyé par un lien' })
  await sender.getByText('Comparaison avant consultation').waitFor()
  await page.getByText(`${IMAGES} images lisibles`).waitFor()
  t.deepEqual(await faultsOf(page, 'a disc that came by a link'), [])
  await scene.screens.picture('inbox-disc')
  await page.getByRole('button', { name: 'Une autre personne' }).waitFor()
  await page.goto('/imports')
  await page.getByRole('row', { name: /à décider.*clinique\.zip.*Envoyé par un lien/ }).waitFor()
  t.deepEqual(faults, [])
})

step('afterwards the link opens nothing, for anybody', async (t, scene) => {
  const stranger = await scene.screens.visit({ language: 'en' })
  await stranger.page.goto(scene.link)
  await stranger.page.getByRole('button', { name: 'Open the inbox' }).click()
  await stranger.page.getByRole('heading', { name: 'This link opens nothing any more' }).waitFor()
  await scene.screens.picture('inbox-dead')
  t.deepEqual(stranger.faults, [])
})
