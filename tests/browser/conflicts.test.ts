import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SOPClass } from '../../node/dicom/uids.js'
import { asking } from '../support/acceptors.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { network, peerOf, temporary } from '../support/node.js'
import { openCommittingPacs } from '../support/pacs-commitment.js'
import { type PhantomFile, toStore, writePhantom, ZOE } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, openHouse, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  house: House
  screens: Awaited<ReturnType<typeof openScreens>>
  technician: Visitor
  folder: string
  uid: string
  files: PhantomFile[]
}

const step = tell<Scene>(async (undo: Undo) => {
  const house = await openHouse(undo)
  const screens = await openScreens(undo, house.url)
  const technician = await screens.visit()
  await technician.signIn('manip@nord.example')
  const folder = temporary(undo)
  const { uid, files } = writePhantom(folder, 'study', { images: 3, rows: 128 })
  await send(house, files)
  await house.node.received(uid, 3)
  return { house, screens, technician, folder, uid, files }
})

async function send({ node }: House, files: readonly PhantomFile[]) {
  const association = await asking(node.addresses.dicom, {
    callingAETitle: 'NORDPACS',
    contexts: [...new Set(files.map(file => file.sopClassUID))].map(abstractSyntax => ({
      abstractSyntax,
      transferSyntaxes: ['1.2.840.10008.1.2.1'],
    })),
  })
  for (const file of files) await association.store(toStore(file))
  await association.release()
}

step('a correction appears by itself as one question, with both sides of what differs', async (t, scene) => {
  const { technician, house, folder, uid } = scene
  const { page } = technician
  await page.goto('/conflicts')
  await page.getByText('Aucun conflit d’images').waitFor()
  const patient = { ...ZOE, PatientName: 'ESSAI-MARTIN^Zoé' }
  const corrected = writePhantom(folder, 'corrected', {
    images: 3,
    rows: 128,
    StudyInstanceUID: uid,
    patient,
    StudyDescription: 'TDM cérébrale sans injection',
  })
  await send(house, corrected.files)
  const question = page.getByRole('article', { name: /Correction/ })
  await question.waitFor()
  await question.getByText('Le même changement dans les 3 images').waitFor()
  const name = question.getByRole('row', { name: /Nom/ })
  t.regex((await name.textContent()) ?? '', /ESSAI\^Zoé.*ESSAI-MARTIN\^Zoé/)
  t.deepEqual(await faultsOf(page, 'conflict desk'), [])
  await scene.screens.picture('conflict-correction')
})

step('it is accepted from the keyboard, with a reason, and the study follows', async (t, scene) => {
  const { page, faults } = scene.technician
  await page.locator('main').click({ position: { x: 5, y: 5 } })
  await page.keyboard.press('a')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByRole('textbox').fill('Confirmé par téléphone avec le service')
  await dialog.getByRole('button', { name: 'Prendre les nouvelles' }).click()
  await page.getByText('Aucun conflit d’images').waitFor()
  await page.goto(`/studies/${scene.uid}`)
  await page.getByRole('heading', { name: 'ESSAI-MARTIN Zoé' }).waitFor()
  await scene.screens.picture('conflict-study')
  t.deepEqual(faults, [])
})

step('other pixels under a known UID are shown side by side; the first are kept', async (t, scene) => {
  const { house, technician, folder, files } = scene
  const { page, faults } = technician
  const [first] = files as [PhantomFile]
  const bytes = readFileSync(first.file)
  for (let at = bytes.length - 12_000; at < bytes.length - 2; at += 2) bytes.writeUInt16LE(3000, at)
  const other = { ...first, file: join(folder, 'other.dcm') }
  writeFileSync(other.file, bytes)
  await page.goto('/conflicts')
  await send(house, [other])
  const question = page.getByRole('article', { name: /Autres images/ })
  await question.waitFor()
  await page.waitForFunction(() => {
    const pictures = [...document.querySelectorAll('figure img')] as HTMLImageElement[]
    return pictures.length === 2 && pictures.every(picture => picture.complete && picture.naturalWidth > 0)
  })
  t.deepEqual(await faultsOf(page, 'conflict with pictures'), [])
  await scene.screens.picture('conflict-pixels')
  await page.goto(`/studies/${scene.uid}`)
  await page.getByText('Un conflit d’images attend une décision').waitFor()
  await page.goto('/conflicts')
  await question.getByRole('button', { name: /Garder les premières/ }).click()
  const dialog = page.getByRole('alertdialog')
  await dialog.getByRole('textbox').fill('Renvoi d’essai du constructeur')
  await dialog.getByRole('button', { name: 'Garder les premières' }).click()
  await page.getByText('Aucun conflit d’images').waitFor()
  await page.goto('/conflicts?state=decided')
  await page.getByText('Renvoi d’essai du constructeur').waitFor()
  t.deepEqual(faults, [])
})

step('the certificate says what came, from where, and what proves it', async (t, scene) => {
  const { page, faults } = scene.technician
  await page.goto(`/studies/${scene.uid}/certificate`)
  await page.getByRole('heading', { name: 'Certificat de complétude' }).waitFor()
  await page.getByText('3 remplacées par une correction acceptée').waitFor()
  t.deepEqual(await faultsOf(page, 'certificate'), [])
  await scene.screens.picture('certificate')
  t.deepEqual(faults, [])
})

step(
  'images are withdrawn from the study’s page; who does not take the note stays a task until it is done',
  async (t, scene) => {
    const { house, technician, uid } = scene
    const { page, faults } = technician
    const { services } = house.node
    const pacs = await openCommittingPacs(t, {
      aeTitle: 'ARCHIVE',
      takes: sopClass => sopClass !== SOPClass.KeyObjectSelectionDocumentStorage,
    })
    await network(services, { peers: [peerOf('archive', 'nord', 'ARCHIVE', pacs.port)] })
    await page.goto(`/studies/${uid}`)
    await page.getByRole('button', { name: 'Envoyer à un PACS' }).click()
    await page.getByRole('button', { name: /Destination/ }).click()
    await page.getByRole('option', { name: /archive/ }).click()
    await page.getByRole('button', { name: /Envoyer 3 images/ }).click()
    await house.node.transferred(uid, 'archive', 'confirmed')

    await page.getByRole('button', { name: 'Retirer des images' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.waitFor()
    // Nothing goes before a reason is given.
    await dialog.getByRole('button', { name: /Retirer 3 images/ }).click()
    await dialog.getByText('Choisissez un motif.').waitFor()
    t.deepEqual(await faultsOf(page, 'withdrawing'), [])
    await scene.screens.picture('rejection-dialog')
    await dialog.getByRole('radio', { name: /Sécurité du patient/ }).check({ force: true })
    await dialog.getByRole('textbox').fill('Autre patient que celui de la demande')
    await dialog.getByRole('button', { name: /Retirer 3 images/ }).click()
    await page.getByRole('heading', { name: 'Images retirées' }).waitFor()
    await page.getByText('Autre patient que celui de la demande').waitFor()
    await page.getByText('À retirer à la main').waitFor()
    t.deepEqual(await faultsOf(page, 'withdrawn images'), [])
    await scene.screens.picture('rejection-task')
    await page.getByRole('button', { name: 'Les images ont été retirées de archive' }).click()
    await page.getByText('retirées à la main', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Retirer des images' }).waitFor({ state: 'detached' })
    await scene.screens.picture('rejection-done')
    // Nothing is left to look at.
    await page.getByRole('link', { name: 'Voir les images' }).waitFor({ state: 'detached' })
    await page.goto('/network/peers/archive')
    await page.getByText('Relais répond pour ses destinataires').waitFor()
    await scene.screens.picture('peer-commitment')
    t.deepEqual(faults, [])
  },
)
