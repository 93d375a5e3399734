import type { Locator } from 'playwright-core'
import type { DemoStudy } from '../../node/commands/demo/cast.js'
import type { RequestState } from '../../node/requests/view.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { studyUid } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, openHouse, PASSWORD } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

/** The same head twice: the emergency that is refused and asked again, and what can wait. */
const head: DemoStudy = {
  key: 'crane',
  site: 'nord',
  kind: 'ct-head',
  uid: studyUid('crane'),
  patient: {
    PatientName: 'ESSAIS^Inès',
    PatientID: '10077',
    PatientBirthDate: '19640229',
    PatientSex: 'F',
    IssuerOfPatientID: 'NORD',
  },
  accession: 'N26-9101',
  description: 'Crâne sans injection',
  daysAgo: 0,
  time: '025800',
  sentToRelais: false,
}
const REFUSAL = 'Injection impossible : clairance à 18 ml/min.'
const ALTERNATIVE = 'IRM sans injection cette nuit, le créneau de 04:00 est libre.'
const ASKED = 'Os en coupes de 1 mm'
const ANSWERED = 'Envoyée au PACS à l’instant.'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  house: House
  referrer: Visitor
  reader: Visitor
  other: Visitor
  coordinator: Visitor
  /** Paths of the requests' pages, once there are any. */
  refused: string
  emergency: string
  routine: string
}

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo)
  await house.acquire(head)
  const screens = await openScreens(undo, house.url)
  const scene = {
    screens,
    house,
    referrer: await screens.visit(),
    reader: await screens.visit(),
    other: await screens.visit({ language: 'en', scheme: 'light' }),
    coordinator: await screens.visit(),
    refused: '',
    emergency: '',
    routine: '',
  }
  await scene.referrer.signIn('demandeur@nord.example')
  await scene.reader.signIn('radiologue@lecture.example')
  await scene.other.signIn('radiologist@lecture.example')
  await scene.coordinator.signIn('regulation@lecture.example')
  return scene
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })

/** Asks for a reading of the head at the form, from the PACS; gives the path of its page. */
async function ask({ page }: Visitor, urgency: RegExp, question: string, despite?: string): Promise<string> {
  await page.goto('/requests/new')
  await page.getByRole('search').getByLabel('Nom').fill('essais')
  await page.getByRole('button', { name: 'Chercher au PACS' }).click()
  const row = page
    .getByRole('table', { name: 'Examens trouvés' })
    .getByRole('row')
    .filter({ hasText: 'ESSAIS' })
  await row.getByText(head.description, { exact: true }).click()
  await page.getByRole('button', { name: 'Continuer' }).click()
  await page.getByRole('radio', { name: urgency }).check({ force: true })
  const fill = (name: string, value: string) => page.locator(`[name="${name}"]`).fill(value)
  await fill('question', question)
  await fill('requester.phone', '+33 1 00 00 00 09')
  await fill('identityCheckedBy', 'Camille Fictif, manipulatrice')
  await page.getByText('bracelet', { exact: true }).click()
  await page.getByText('Informé, d’accord', { exact: true }).click()
  await page.getByText('le patient', { exact: true }).click()
  await fill('consent.by', 'Dr Exemple Nord')
  // The same was asked already: why again.
  if (despite) await page.getByLabel(/^Pourquoi demander quand même/).fill(despite)
  await page.getByRole('button', { name: 'Transmettre la demande' }).click()
  await page.waitForURL(/\/requests\/req_/)
  return new URL(page.url()).pathname
}

const stands = ({ house }: Scene, path: string, ...states: RequestState[]) =>
  eventually(`${path} is ${states.join(' or ')}`, async () => {
    const row = await house.node.services.db
      .sql<{ requests: { id: string; state: string } }>()
      .selectFrom('requests')
      .select('state')
      .where('id', '=', path.split('/').at(-1) ?? '')
      .executeTakeFirst()
    return states.some(state => state === row?.state) ? true : undefined
  })

step(
  'an emergency is refused for a medical reason with an alternative, and a person of the site confirms that they know',
  async (t, scene) => {
    const { referrer, reader, screens } = scene
    scene.refused = await ask(referrer, /^urgence vitale/, 'AVC ? Angioscanner possible ?')
    await seen(reader.page.getByRole('region', { name: 'Une urgence sonne' }))
    await reader.page.getByRole('button', { name: 'Je prends' }).click()
    await seen(reader.page.getByText('C’est à vous'))
    await reader.page.goto(scene.refused)
    await reader.page.getByRole('button', { name: 'Refuser' }).click()
    const dialog = reader.page.getByRole('alertdialog')
    const send = dialog.getByRole('button', { name: 'Refuser' })
    await send.click()
    await seen(dialog.getByText('À remplir pour continuer.').first())
    await dialog.getByRole('radio', { name: 'Contre-indication' }).check({ force: true })
    await dialog.getByLabel(/^Raison médicale/).fill(REFUSAL)
    await dialog.getByLabel(/^Alternative proposée/).fill(ALTERNATIVE)
    t.deepEqual(await faultsOf(reader.page, 'a refusal'), [])
    await screens.picture('refusal')
    await send.click()
    await dialog.waitFor({ state: 'detached' })
    await stands(scene, scene.refused, 'refused')

    const { page } = referrer
    await page.goto(scene.refused)
    const why = page.getByRole('region', { name: 'Refusée' })
    await seen(why.getByText('Refusée · Contre-indication'))
    await seen(why.getByText(REFUSAL))
    await seen(why.getByText(ALTERNATIVE))
    await seen(why.getByText('Personne sur place n’a encore confirmé l’avoir lu.'))
    await screens.picture('refused')
    t.deepEqual(await faultsOf(page, 'a refused emergency'), [])
    await page.getByRole('button', { name: 'J’ai lu le refus' }).click()
    const confirming = page.getByRole('dialog')
    await confirming.getByLabel(/^Ce que vous faites à la place/).fill('IRM demandée.')
    await screens.picture('refusal-read')
    await confirming.getByRole('button', { name: 'J’ai lu le refus' }).click()
    await confirming.waitFor({ state: 'detached' })
    await seen(why.getByText(/^Lu par Dr Exemple Nord.*IRM demandée\.$/))
    // Whoever refused it keeps their own record of it, and can write to nobody there any more.
    await seen(reader.page.getByText(/^Votre groupe n’intervient plus sur cette demande/))
    await seen(reader.page.getByRole('region', { name: 'Refusée' }).getByText(ALTERNATIVE))
    await reader.page.getByPlaceholder(/^Message…/).waitFor({ state: 'detached' })
    t.is((await scene.house.node.facts('request-refusal-acknowledged')).length, 1)
  },
)

step(
  'asked again, it is claimed, given to somebody else by who coordinates, and the clock of the whole goes on',
  async (t, scene) => {
    const { referrer, reader, other, coordinator, screens } = scene
    scene.emergency = await ask(
      referrer,
      /^urgence vitale/,
      'AVC ? Occlusion proximale ?',
      'Sans injection cette fois.',
    )
    await seen(reader.page.getByRole('region', { name: 'Une urgence sonne' }))
    await reader.page.getByRole('button', { name: 'Je prends' }).click()
    await seen(reader.page.getByText('C’est à vous'))
    await stands(scene, scene.emergency, 'claimed', 'accepted')

    const { page } = coordinator
    await page.goto(scene.emergency)
    await page.getByRole('button', { name: 'Réorienter' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /Radiologue sollicité d’abord/ }).click()
    await page.getByRole('option', { name: 'Dr Sample Reader' }).click()
    await dialog.getByLabel(/^Raison/).fill('Le Dr Essai Lectrice est au bloc.')
    t.deepEqual(await faultsOf(page, 'a reroute'), [])
    await screens.picture('reroute')
    await dialog.getByRole('button', { name: 'Réorienter' }).click()
    await dialog.waitFor({ state: 'detached' })
    await seen(page.getByText('Le Dr Essai Lectrice est au bloc.').first())

    await seen(other.page.getByRole('region', { name: 'An emergency is ringing' }))
    await other.page.getByRole('button', { name: 'I take it' }).click()
    await seen(other.page.getByText('It is yours'))
    await other.page.goto(scene.emergency)
    await seen(other.page.getByRole('button', { name: 'Ask for more' }))
    const [first] = await scene.house.node.facts('request-rerouted')
    t.is(first?.origin?.by === 'account' ? first.origin.name : '', 'Dominique Fictif')
    await screens.picture('rerouted')
    t.deepEqual(await faultsOf(page, 'a rerouted emergency'), [])
  },
)

step(
  'the reader asks back what is missing, the site answers, and reading goes on where it stood',
  async (t, scene) => {
    const { referrer, other, screens } = scene
    await other.page.getByRole('button', { name: 'Ask for more' }).click()
    const asking = other.page.getByRole('dialog')
    await asking.getByRole('button', { name: 'Reconstruction', exact: true }).click()
    await asking.getByLabel(/^Reconstruction: what/).fill(ASKED)
    t.deepEqual(await faultsOf(other.page, 'asking back'), [])
    await screens.picture('asking')
    await asking.getByRole('button', { name: 'Ask for more' }).click()
    await asking.waitFor({ state: 'detached' })
    await stands(scene, scene.emergency, 'info-requested')

    const { page } = referrer
    await page.goto(scene.emergency)
    await seen(page.getByText(ASKED).first())
    await page.getByLabel(`Réponse : ${ASKED}`).fill(ANSWERED)
    t.deepEqual(await faultsOf(page, 'what is asked back'), [])
    await screens.picture('answering')
    await page.getByRole('button', { name: 'Donné', exact: true }).click()
    await stands(scene, scene.emergency, 'accepted', 'reading')
    await seen(other.page.getByText(ANSWERED).first())
    t.pass()
  },
)

/** Writes the report at the desk and signs it. */
async function report(
  { page }: Visitor,
  sections: readonly [RegExp, string][],
  words: { sign: string; password: string; signed: string },
) {
  for (const [name, text] of sections) await page.getByRole('textbox', { name }).fill(text)
  await page.getByRole('textbox', { name: sections.at(-1)?.[0] }).press('Control+Enter')
  const review = page.getByRole('alertdialog', { name: words.sign })
  await review.getByLabel(words.password).fill(PASSWORD)
  const signed = page.getByRole('dialog', { name: words.signed })
  await review.getByLabel(words.password).press('Enter')
  await seen(signed)
}

step(
  'the report of the emergency is read by a person by name: only then it is delivered',
  async (t, scene) => {
    const { referrer, other, screens } = scene
    await other.page.getByRole('link', { name: /^Read/ }).click()
    await other.page.waitForURL(/\/report$/)
    await report(
      other,
      [
        [/^Indication/, 'Stroke ?'],
        [/^Technique/, 'Without contrast, synthetic images.'],
        [/^Findings/, 'No haemorrhage.'],
        [/^Conclusion/, 'No haemorrhage. Hyperdense left middle cerebral artery.'],
      ],
      { sign: 'You are signing this', password: 'Your password', signed: 'Signed' },
    )
    await stands(scene, scene.emergency, 'reported')

    const { page } = referrer
    await page.goto(scene.emergency)
    await page.getByRole('link', { name: 'Lire le compte rendu' }).first().click()
    await seen(page.getByText('No haemorrhage. Hyperdense left middle cerebral artery.').first())
    // Opening is no acknowledgement.
    await stands(scene, scene.emergency, 'reported')
    const acknowledging = page.getByRole('form', { name: 'Accuser réception' })
    await acknowledging.getByLabel(/^Fonction/).fill('urgentiste')
    await screens.picture('emergency-report')
    t.deepEqual(await faultsOf(page, 'the report of an emergency'), [])
    await acknowledging.getByRole('button', { name: 'J’ai lu ce compte rendu' }).click()
    await seen(page.getByText(/^✓ Lu par Dr Exemple Nord/))
    await stands(scene, scene.emergency, 'delivered', 'closed')
  },
)

step(
  'what can wait is claimed from the list, read, and delivered by the hospital’s own PACS',
  async (t, scene) => {
    const { referrer, reader, screens, house } = scene
    scene.routine = await ask(referrer, /^programmé/, 'Contrôle à distance.', 'Autre question.')
    const { page } = reader
    await page.goto('/requests')
    const row = page.getByRole('row').filter({ hasText: 'Contrôle à distance.' })
    await seen(row)
    await row.getByRole('button', { name: 'Prendre' }).click()
    await seen(page.getByText('La demande est à vous.'))
    await page.goto(`${scene.routine}/report`)
    await report(
      reader,
      [
        [/^Indication/, 'Contrôle.'],
        [/^Technique/, 'Sans injection, images synthétiques.'],
        [/^Résultats/, 'Examen normal.'],
        [/^Conclusion/, 'Pas d’anomalie.'],
      ],
      { sign: 'Vous signez ceci', password: 'Votre mot de passe', signed: 'Signé' },
    )
    await stands(scene, scene.routine, 'delivered', 'closed')
    const delivered = (await house.node.facts('request-delivered')).map(({ ids }) => ids['request'])
    t.true(delivered.includes(scene.routine.split('/').at(-1) ?? ''))
    await referrer.page.goto(scene.routine)
    await referrer.page.getByRole('link', { name: 'Lire le compte rendu' }).first().click()
    await seen(referrer.page.getByText('Pas d’anomalie.').first())
    await seen(referrer.page.getByText(/PACS · confirmé/))
    await screens.picture('routine')
    const all = [scene.referrer, scene.reader, scene.other, scene.coordinator]
    t.deepEqual(
      all.flatMap(({ faults }) => faults),
      [],
    )
  },
)
