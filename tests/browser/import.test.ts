import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { addPeople } from '../../node/commands/demo/seed.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { discPrograms, makeDisc, makeIso, makeZip } from '../support/discs.js'
import { openNode, peerOf, SITES, temporary } from '../support/node.js'
import { type LyingPacs, openLyingPacs } from '../support/pacs-engine.js'
import { photograph, textPDF } from '../support/papers.js'
import { writePhantom, ZOE } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

const IMAGES = 4
/** After the files are chosen: same person, import. */
const MAX_CLICKS = 6

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  technician: Visitor
  pacs: LyingPacs
  disc: string
  zip: string
  iso: string
  /** More than one piece of an upload. */
  large: string
  /** Of two people. */
  family: string
}

const step = tell<Scene>(async (undo: Undo) => {
  const pacs = await openLyingPacs(undo, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true })
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
    network: {
      sites: SITES,
      peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port)],
      presets: [{ id: 'bureau-urgences', site: 'nord', to: ['nord-pacs'], label: 'EXT' }],
    },
  })
  await addPeople(node.services, PASSWORD)
  for (const [at, patient] of [
    { ...ZOE, PatientID: 'N-42' },
    { ...ZOE, PatientName: 'ESSAI^Zoa', PatientBirthDate: '19330514', PatientID: 'N-77' },
  ].entries())
    pacs.held.set(`1.2.${at}`, {
      digest: '',
      record: {
        ...patient,
        IssuerOfPatientID: 'NORD',
        StudyInstanceUID: `1.2.${at}`,
        StudyDate: '20260101',
        ModalitiesInStudy: 'CT',
      },
    })
  const folder = temporary(undo)
  const disc = join(folder, 'CLINIQUE_AILLEURS')
  const { files } = writePhantom(folder, 'study', {
    images: IMAGES,
    patient: { ...ZOE, PatientName: 'ESSAI^ZOE', PatientID: 'AIL-99812' },
  })
  await makeDisc(disc, files, { dicomdir: discPrograms.dcmmkdir !== undefined })
  writeFileSync(join(disc, 'Compte_rendu.pdf'), textPDF('Compte rendu fictif'))
  writeFileSync(
    join(disc, 'piege.pdf'),
    textPDF('Avec script', { objects: ['<</S/JavaScript/JS(app.alert(1))>>'] }),
  )
  writeFileSync(join(disc, 'photo.jpg'), photograph(400, 300))
  writeFileSync(join(disc, 'IMAGES', 'IM000009'), readFileSync(files[0]?.file ?? '').subarray(0, 900))
  const screens = await openScreens(undo, node.addresses.http)
  const technician = await screens.visit()
  await technician.signIn('manip@nord.example')
  const zip = join(folder, 'ailleurs.zip')
  await makeZip(disc, zip)
  const iso = join(folder, 'ailleurs.iso')
  await makeIso(disc, iso, 'genisoimage', ['-r'])
  const large = join(folder, 'GRAND_DISQUE')
  const other = writePhantom(folder, 'large', { images: 5, rows: 256, patient: ZOE })
  await makeDisc(large, other.files, { dicomdir: false })
  writeFileSync(join(large, 'VIEWER', 'viewer.dat'), Buffer.alloc(12 * 1024 * 1024, 7))
  const family = join(folder, 'DEUX_PERSONNES')
  const people = [
    { ...ZOE, PatientID: 'AIL-1' },
    {
      PatientName: 'AUTRE^Personne',
      PatientID: 'AIL-2',
      PatientBirthDate: '19331224',
      PatientSex: 'M' as const,
    },
  ].map((patient, at) => writePhantom(folder, `person-${at}`, { images: 2, patient }))
  await makeDisc(
    family,
    people.flatMap(one => one.files),
    { dicomdir: false },
  )
  return { screens, technician, pacs, disc, zip, iso, large, family }
})

step(
  'a chosen folder is read while it arrives, and shows what is on it before anything is sent',
  async (t, scene) => {
    const { page } = scene.technician
    await page.goto('/imports')
    await page.getByText('Aucun disque pour l’instant').waitFor()
    t.deepEqual(await faultsOf(page, 'imports, none yet'), [])
    await scene.screens.picture('imports-empty')
    await page.locator('input[data-import=folder]').setInputFiles(scene.disc)
    await page.getByRole('heading', { name: 'CLINIQUE_AILLEURS' }).waitFor()
    // The verdicts count up while the disc arrives.
    await page
      .locator('main')
      .filter({ hasText: /4 images lisibles.*1 illisible/ })
      .waitFor()
    t.is(scene.pacs.stored.length, 0)
    await page.goto('/imports')
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer()
      data.items.add(new File(['no image'], 'dropped.txt'))
      return data
    })
    const zone = page.getByRole('region', { name: 'Déposez un disque ici' })
    await zone.dispatchEvent('drop', { dataTransfer: dropped })
    await page.getByRole('heading', { name: 'dropped.txt' }).waitFor()
    await page.getByText('Il n’y a dessus aucune image lisible.').waitFor()
    await page.getByRole('link', { name: 'Tous les disques' }).click()
    await page.getByRole('link', { name: 'CLINIQUE_AILLEURS' }).click()
  },
)

step('the best of the hospital’s patients stands beside the disc, field by field', async (t, scene) => {
  const { page } = scene.technician
  await page.getByRole('row', { name: /Identifiant.*AIL-99812.*N-42/ }).waitFor()
  await page.getByRole('row', { name: /Nom ESSAI\^ZOE ESSAI\^Zoé pareil/ }).waitFor()
  await scene.screens.picture('import-who')
  await page.getByRole('region', { name: 'Personnes ressemblantes' }).getByRole('button').last().click()
  await page.getByRole('row', { name: /Naissance.*différent/ }).waitFor()
  t.deepEqual(await faultsOf(page, 'whose disc it is'), [])
  await scene.screens.picture('import-contradicts')
  await page.getByRole('button', { name: 'Oui, même personne' }).click()
  await page.getByRole('textbox', { name: /Pourquoi est-ce bien cette personne/ }).waitFor()
  t.true(await page.getByRole('button', { name: /Importer 4 images/ }).isDisabled())
  await page.getByRole('button', { name: 'Une autre personne' }).click()
  await page.getByRole('textbox', { name: /Nom de famille/ }).waitFor()
  t.deepEqual(await faultsOf(page, 'another person'), [])
  await scene.screens.picture('import-other')
})

step(
  'two presses later the disc lies in the PACS under the hospital’s number, and the page is its certificate',
  async (t, scene) => {
    const { page, faults } = scene.technician
    await page.reload()
    let clicks = 0
    const click = async (name: RegExp) => {
      await page.getByRole('button', { name }).click()
      clicks += 1
    }
    const papers = page.getByRole('region', { name: 'Documents et photos' })
    const boxes = papers.getByRole('checkbox')
    await boxes.nth(2).waitFor()
    t.is(await boxes.count(), 3)
    for (const box of await boxes.all()) t.false(await box.isChecked(), 'nothing is taken by itself')
    await papers.getByText('contient un script').waitFor()
    const [read] = await Promise.all([
      scene.technician.context.waitForEvent('page'),
      papers.getByRole('link', { name: /Lire Compte rendu/ }).click(),
    ])
    await read.waitForLoadState()
    t.regex(read.url(), /\/api\/imports\/imp_\w+\/files\/\d+\/paper$/)
    await scene.screens.picture('import-paper-read')
    await read.close()
    await papers.getByRole('button', { name: 'Regarder photo' }).click()
    await drawn(page.getByRole('dialog').locator('img'))
    await page.keyboard.press('Escape')
    for (const name of [/Compte rendu/, /photo/])
      await papers.locator('label').filter({ hasText: name }).click()
    await papers.scrollIntoViewIfNeeded()
    t.deepEqual(await faultsOf(page, 'papers of a disc'), [])
    await scene.screens.picture('import-papers')
    await click(/Oui, même personne/)
    await page.getByRole('heading', { name: 'Ce qui sera écrit' }).waitFor()
    await page.getByText('bureau-urgences → nord-pacs').waitFor()
    t.deepEqual(await faultsOf(page, 'what will be written'), [])
    await scene.screens.picture('import-write')
    await click(/Importer 4 images et 2 documents/)
    await page.getByText('6 / 6 confirmées').waitFor()
    await page.getByText('Confirmé').first().waitFor()
    t.true(clicks <= MAX_CLICKS)
    t.is(scene.pacs.stored.length, IMAGES + 2)
    for (const uid of scene.pacs.stored) t.is(scene.pacs.held.get(uid)?.record['PatientID'], 'N-42')
    const certificate = page.getByRole('article', { name: 'Certificat d’import' })
    await certificate.getByText('pris comme document PDF de l’examen').waitFor()
    await certificate.getByText('Un document est resté sur le disque').waitFor()
    await certificate.getByText('Décidé par Camille Fictif').waitFor()
    await certificate.getByRole('row', { name: /IM000009.*à l’octet \d+/ }).waitFor()
    t.deepEqual(await faultsOf(page, 'import certificate'), [])
    await scene.screens.picture('import-done')
    await page.emulateMedia({ colorScheme: 'light' })
    await scene.screens.picture('import-done-light')
    await page.emulateMedia({ media: 'print' })
    await scene.screens.picture('import-print')
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' })
    await page.goto('/imports')
    await page.getByRole('row', { name: /terminé.*CLINIQUE_AILLEURS/ }).waitFor()
    t.deepEqual(await faultsOf(page, 'imports'), [])
    await scene.screens.picture('imports')
    t.deepEqual(faults, [])
  },
)

step(
  'a disc whose upload lost its network, and then its page, goes on where it was when it is chosen again',
  async (t, scene) => {
    const { page, faults } = scene.technician
    let down = true
    // Never taken away, since a call may be in its hands just then; what comes through meets the next step's own route.
    await page.route('**/api/uploads/*', route =>
      down && route.request().method() === 'PATCH' ? route.abort('internetdisconnected') : route.fallback(),
    )
    const choose = () => page.locator('input[data-import=files]').setInputFiles(scene.zip)
    await choose()
    await page.waitForURL(/\/imports\/imp_/)
    const first = page.url()
    await page.goto('/imports')
    await choose()
    await page.waitForURL(first)
    await page.getByRole('link', { name: 'Tous les disques' }).click()
    await page.getByText('réseau perdu, reprise automatique').waitFor()
    t.deepEqual(await faultsOf(page, 'an upload that waits'), [])
    await scene.screens.picture('import-waiting')
    down = false
    await page.getByRole('row', { name: /à décider.*ailleurs\.zip/ }).waitFor()
    t.is(await page.getByRole('row', { name: /ailleurs\.zip/ }).count(), 1)
    // That the network was gone is what the browser itself says of it.
    t.deepEqual(
      faults.filter(fault => !fault.includes('ERR_INTERNET_DISCONNECTED')),
      [],
    )
  },
)

step(
  'a disc shows its pictures while it arrives; when its tab is closed, whoever comes back and chooses it again goes on',
  async (t, scene) => {
    const { page, context, faults } = scene.technician
    // The second piece and those after it do not come through.
    const uploads = '**/api/uploads/*'
    await context.route(uploads, route =>
      route.request().method() === 'PATCH' && route.request().headers()['upload-offset'] !== '0'
        ? route.abort('internetdisconnected')
        : route.continue(),
    )
    await page.goto('/imports')
    await page.locator('input[data-import=folder]').setInputFiles(scene.large)
    await page.waitForURL(/\/imports\/imp_/)
    const address = page.url()
    await page.getByText('arrive', { exact: true }).waitFor()
    await page.getByText(/fichiers lus, leurs empreintes prises/).waitFor()
    await page.getByText('réseau perdu, reprise automatique').waitFor()
    const look = page.getByRole('button', { name: /Regarder la série/ })
    await drawn(look.locator('img'))
    t.deepEqual(await faultsOf(page, 'a disc that arrives'), [])
    await scene.screens.picture('import-arriving')
    await look.focus()
    await page.keyboard.press('Enter')
    const large = page.getByRole('dialog')
    await drawn(large.locator('img'))
    await large.getByText('1 / 5').waitFor()
    await page.keyboard.press('ArrowRight')
    await large.getByText('2 / 5').waitFor()
    await large.locator('img').hover()
    await page.mouse.wheel(0, 400)
    await large.getByText('5 / 5').waitFor()
    await drawn(large.locator('img'))
    t.deepEqual(await faultsOf(page, 'a series scrolled'), [])
    await scene.screens.picture('import-look')
    await page.keyboard.press('Escape')
    await page.close()

    await context.unroute(uploads)
    const again = await context.newPage()
    scene.technician.page = again
    await again.goto('/imports')
    await again.locator('input[data-import=folder]').setInputFiles(scene.large)
    await again.waitForURL(address)
    await again.getByRole('heading', { name: 'Qui est-ce ?' }).waitFor()
    await drawn(again.getByRole('button', { name: /Regarder la série/ }).locator('img'))
    await scene.screens.picture('import-arrived')
    t.deepEqual(
      faults.filter(fault => !fault.includes('ERR_INTERNET_DISCONNECTED')),
      [],
    )
  },
)

step('an ISO image is a disc like any other', async (t, scene) => {
  const { page, faults } = scene.technician
  await page.goto('/imports')
  await page.locator('input[data-import=files]').setInputFiles(scene.iso)
  await page.getByRole('heading', { name: 'RELAIS_TEST' }).waitFor()
  await page.getByText('image ISO').waitFor()
  await drawn(page.getByRole('button', { name: /Regarder la série/ }).locator('img'))
  await page
    .locator('main')
    .filter({ hasText: /4 déjà dans Relais/ })
    .waitFor()
  t.deepEqual(
    faults.filter(fault => !fault.includes('ERR_INTERNET_DISCONNECTED')),
    [],
  )
})

/** Waits until the picture is not only asked for; its element may be another one meanwhile. */
async function drawn(image: Locator): Promise<void> {
  await eventually(
    'a picture is drawn',
    async () => (await image.evaluate(each => (each as HTMLImageElement).naturalWidth > 0)) || undefined,
    30_000,
  )
}

step(
  'a wrong reconciliation is undone: what happens where is said before, each recall is shown after, and the same disc is decided again at once',
  async (t, scene) => {
    const { page } = scene.technician
    const before = scene.pacs.stored.length
    await page.goto('/imports')
    await page.getByRole('link', { name: 'CLINIQUE_AILLEURS' }).click()
    await page.getByRole('button', { name: 'Annuler ce rapprochement' }).click()
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await dialog.getByText(/Un avis de retrait part vers nord-pacs/).waitFor()
    t.true(
      await dialog.getByRole('button', { name: 'Retirer partout' }).isDisabled(),
      'a reason is asked for',
    )
    await dialog.getByRole('textbox', { name: /Pourquoi/ }).fill('mauvaise personne choisie')
    t.deepEqual(await faultsOf(page, 'a reconciliation to be undone'), [])
    await scene.screens.picture('import-undo')
    await dialog.getByRole('button', { name: 'Retirer partout' }).click()
    const undone = page.getByRole('region', { name: 'Rapprochement annulé' }).first()
    await undone.getByText(/4 images et 2 documents, retrait par Camille Fictif/).waitFor()
    await undone.getByRole('list', { name: 'Rappel' }).getByText('nord-pacs').first().waitFor()
    await undone.getByText('confirmé').first().waitFor()
    t.deepEqual(await faultsOf(page, 'a reconciliation that was undone'), [])
    await scene.screens.picture('import-undone')
    t.true(scene.pacs.stored.length > before, 'the PACS was told')

    // Put right in the same minute, on the same page.
    await page.getByRole('button', { name: 'Oui, même personne' }).click()
    await page.getByRole('button', { name: /Importer 4 images/ }).click()
    await page.getByText('4 / 4 confirmées').waitFor()
    await scene.screens.picture('import-undone-again')
  },
)

/** By the keyboard alone, from wherever one is. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let steps = 0; steps < TABS_MAX; steps += 1) {
    if (await target.evaluate(element => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`not reached by ${TABS_MAX} tabs: ${target}`)
}
const TABS_MAX = 60

step(
  'two people of one disc are decided by keyboard alone, one taken, one left with a reason, each with their own mark on the certificate',
  async (t, scene) => {
    const desk = await scene.screens.visit({ scheme: 'light' })
    await desk.signIn('manip@nord.example')
    const { page, faults } = desk
    const press = async (target: Locator) => {
      await tabTo(page, target)
      await page.keyboard.press('Enter')
    }
    await page.goto('/imports')
    await page.locator('input[data-import=folder]').setInputFiles(scene.family)
    const people = page.getByRole('region', { name: 'Personnes du disque' })
    await people.getByText('2 personnes restent à décider').waitFor()
    t.deepEqual(await faultsOf(page, 'a disc of two people'), [])
    await scene.screens.picture('import-people')

    const other = people.getByRole('button', { name: /AUTRE Personne/ })
    await press(other)
    await page.locator('button[aria-pressed=true]').filter({ hasText: 'AUTRE Personne' }).waitFor()
    await press(page.getByRole('button', { name: 'Ne pas prendre…' }))
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await tabTo(page, dialog.getByRole('textbox', { name: /Pourquoi/ }))
    await page.keyboard.type('pas de notre hopital')
    await press(dialog.getByRole('button', { name: 'Ne pas prendre' }))
    await other.getByText('non pris').waitFor()

    // The one who is left comes to the front, and the keyboard with them.
    await people.getByText('1 personne reste à décider').waitFor()
    await page.waitForFunction(
      section => section?.contains(document.activeElement),
      await people.elementHandle(),
    )
    await press(page.getByRole('button', { name: /Oui, même personne/ }))
    await press(page.getByRole('button', { name: /Importer 2 images/ }))
    await page.getByText('2 / 2 confirmées').waitFor()
    const certificate = page.getByRole('article', { name: 'Certificat d’import' })
    await certificate.getByText(/Non pris par Camille Fictif.*pas de notre hopital/).waitFor()
    await certificate.getByText('N-42').first().waitFor()
    t.deepEqual(await faultsOf(page, 'the certificate of two people'), [])
    await scene.screens.picture('import-people-done')
    t.deepEqual(faults, [])
  },
)
