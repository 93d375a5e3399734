import { addPeople } from '../../node/commands/demo/seed.js'
import { wallAt } from '../../node/zone.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { CONTRACTS, openNode, SITES, type TestNode } from '../support/node.js'
import { faultsOf } from '../support/web-axe.js'
import { OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  node: TestNode
  screens: Awaited<ReturnType<typeof openScreens>>
  coordinator: Visitor
}

const COMMAND = { by: 'command', user: 'test' } as const

const step = tell<Scene>(async (undo: Undo) => {
  const node = await openNode(undo, {
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD },
    network: {
      sites: SITES.map(site => (site.id === 'lecture' ? { ...site, timeZone: 'Europe/Paris' } : site)),
      contracts: [
        { ...CONTRACTS[0], prepared: true, lastRung: { telephone: '+33 1 00 00 00 09' } },
        CONTRACTS[1],
      ],
    },
  })
  await addPeople(node.services, PASSWORD)
  await node.services.accounts.create(
    null,
    {
      email: 'admin@lecture.example',
      name: 'Noa Fictive',
      role: 'administrator',
      site: 'lecture',
      language: 'en',
      password: PASSWORD,
    },
    COMMAND,
  )
  const screens = await openScreens(undo, node.addresses.http)
  const coordinator = await screens.visit()
  await coordinator.signIn('regulation@lecture.example')
  return { node, screens, coordinator }
})

step(
  'a coordinator writes the shifts of every week with the keyboard, and sees the hours nobody reads in',
  async (t, scene) => {
    const { page } = scene.coordinator
    await page.goto('/rosters')
    await page.getByText('Pas encore de planning').waitFor()
    t.deepEqual(await faultsOf(page, 'no roster'), [])
    await scene.screens.picture('rosters-none')
    await page.getByRole('button', { name: 'Ajouter une vacation' }).press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /Radiologue/ }).click()
    await page.getByRole('option', { name: 'Dr Essai Lectrice' }).click()
    await dialog.getByRole('textbox', { name: /^De/ }).fill('8')
    await dialog.getByRole('textbox', { name: /^À/ }).fill('20h00')
    await dialog.getByText('Répéter chaque semaine').click()
    for (const day of ['lun.', 'mar.', 'mer.', 'jeu.', 'ven.', 'sam.']) await dialog.getByText(day).click()
    await dialog.getByLabel(/^Jusqu’au/).fill(inWeeks(8))
    t.deepEqual(await faultsOf(page, 'a new shift'), [])
    await scene.screens.picture('rosters-new-shift')
    await dialog.getByRole('button', { name: 'Ajouter' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page
      .getByRole('button', { name: /Dr Essai Lectrice, Sur place/ })
      .first()
      .waitFor()
    await page.getByText(/plages? sans personne cette semaine/).waitFor()
    t.true((await scene.node.facts('roster-shift-added')).length === 1)

    // Nights by the other one, and all is covered.
    const reader = (await scene.node.services.accounts.members(['lecture'], 'radiologist')).find(
      ({ name }) => name === 'Dr Sample Reader',
    )
    const { rosters } = scene.node.services.offsite
    const night = { site: 'lecture', account: reader?.account ?? '', date: inWeeks(-1) }
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
    const repeat = { days: [...days], until: inWeeks(8) }
    await rosters.add({ ...night, kind: 'on-call', from: '20:00', to: '08:00', repeat }, COMMAND)
    await rosters.add(
      {
        ...night,
        kind: 'second-line',
        from: '08:00',
        to: '20:00',
        repeat: { ...repeat, days: ['sun'] },
      },
      COMMAND,
    )
    await page.getByRole('button', { name: 'Semaine suivante' }).click()
    await page.getByText('Chaque heure des conventions est couverte.').waitFor()
    t.deepEqual(await faultsOf(page, 'a roster'), [])
    await scene.screens.picture('rosters-week')
    await page.getByRole('button', { name: 'Cette semaine' }).click()
  },
)

step('a reader takes duty, hears the alarm, and the coordinator sees it at once', async (t, scene) => {
  const { node, screens, coordinator } = scene
  const { accounts, offsite } = node.services
  const reader = (await accounts.members(['lecture'], 'radiologist')).find(
    ({ name }) => name === 'Dr Sample Reader',
  )
  // A shift that runs whatever the hour of this test.
  for (const { id, site } of await shiftsNow(node))
    if (site === 'lecture') await offsite.rosters.remove(id, false, COMMAND)
  // The day on the wall of Paris when it begins, whatever day it is in UTC.
  const today = wallAt(Date.now() - 1_800_000, 'Europe/Paris').date
  await offsite.rosters
    .add(
      {
        site: 'lecture',
        account: reader?.account ?? '',
        kind: 'on-site',
        date: today,
        ...aroundNow(),
        telephone: '+33 1 00 00 00 77',
      },
      COMMAND,
    )
    .catch(thrown => t.fail(String(thrown)))
  const own = await screens.visit({ language: 'en', scheme: 'light' })
  await own.signIn('radiologist@lecture.example')
  await own.page.goto('/rosters/mine')
  await own.page.getByRole('button', { name: 'Take duty' }).first().click()
  await coordinator.page.getByRole('button', { name: /alarme non confirmée/ }).waitFor()
  await own.page.getByRole('button', { name: 'I hear the alarm' }).waitFor()
  t.deepEqual(await faultsOf(own.page, 'a duty that rings'), [])
  await own.page.emulateMedia({ colorScheme: 'light' })
  await screens.picture('rosters-duty')
  await own.page.getByRole('button', { name: 'I hear the alarm' }).click()
  await own.page.getByText(/you can be reached/).waitFor()
  await coordinator.page.getByRole('button', { name: /alarme entendue/ }).waitFor()

  const asking = await screens.visit()
  await asking.signIn('demandeur@sud.example')
  await asking.page.goto('/requests/new')
  await asking.page
    .getByRole('button', { name: /sans examen|pas encore/i })
    .first()
    .click()
  await asking.page.getByRole('button', { name: /Modalité/ }).click()
  await asking.page.getByRole('option').first().click()
  await asking.page.getByRole('link', { name: '+33 1 00 00 00 77' }).waitFor()
  t.deepEqual(await faultsOf(asking.page, 'who reads now'), [])
  await screens.picture('rosters-on-duty')
  for (const visitor of [own, asking]) t.deepEqual(visitor.faults, [])
})

step(
  'a reader offers a shift for one of a colleague’s, who accepts by name, and both change hands at once',
  async (t, scene) => {
    const { node, screens } = scene
    const giver = await screens.visit({ language: 'en', scheme: 'light' })
    await giver.signIn('radiologist@lecture.example')
    await giver.page.goto('/rosters/mine')
    // Far enough ahead not to be taken yet.
    await giver.page.getByRole('button', { name: 'Propose a swap' }).nth(2).click()
    const dialog = giver.page.getByRole('dialog')
    await dialog.getByRole('button', { name: /To whom/ }).click()
    await giver.page.getByRole('option', { name: 'Dr Essai Lectrice' }).click()
    await dialog.getByRole('button', { name: /In exchange for/ }).click()
    await giver.page
      .getByRole('option', { name: /08:00 – 20:00/ })
      .nth(3)
      .click()
    await dialog.getByLabel(/^A word of explanation/).fill('School meeting')
    t.deepEqual(await faultsOf(giver.page, 'a swap'), [])
    await giver.page.emulateMedia({ colorScheme: 'light' })
    await screens.picture('rosters-swap')
    await dialog.getByRole('button', { name: 'Propose', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })

    const taker = await screens.visit()
    await taker.signIn('radiologue@lecture.example')
    await taker.page.goto('/rosters/mine')
    await taker.page.getByText(/Dr Sample Reader propose à Dr Essai Lectrice .* contre celle du/).waitFor()
    t.deepEqual(await faultsOf(taker.page, 'a swap to answer'), [])
    await screens.picture('rosters-swap-answer')
    await taker.page.getByRole('button', { name: 'Accepter', exact: true }).click()
    await taker.page.getByRole('heading', { name: 'Échanges proposés' }).waitFor({ state: 'detached' })
    const [accepted] = await node.facts('roster-swap-accepted')
    t.is(accepted?.origin?.by === 'account' ? accepted.origin.name : '', 'Dr Essai Lectrice')
    const changed = (await node.facts('roster-shift-changed')).map(({ ids }) => ids['account'])
    t.is(new Set(changed).size, 2)
    t.is(changed.length, 2)
    for (const visitor of [giver, taker]) t.deepEqual(visitor.faults, [])
  },
)

step('the night in which the clocks go forward stands in the week as the wall says it', async (t, scene) => {
  const { node, screens, coordinator } = scene
  const reader = (await node.services.accounts.members(['lecture'], 'radiologist')).find(
    ({ name }) => name === 'Dr Sample Reader',
  )
  const [saturday, sunday] = lastSunday(new Date().getUTCFullYear() + 1, 2)
  const night = { date: saturday, from: '20:00', to: '08:00' }
  await node.services.offsite.rosters.add(
    { site: 'lecture', account: reader?.account ?? '', kind: 'on-call', ...night },
    COMMAND,
  )
  const { page } = coordinator
  await page.goto(`/rosters?from=${saturday}T12:00:00.000Z`)
  const day = (date: string) => Number(date.slice(-2))
  const bar = page.getByRole('button', {
    name: new RegExp(
      `Dr Sample Reader, .* sam\\. ${day(saturday)} mars 20:00 – dim\\. ${day(sunday)} mars 08:00`,
    ),
  })
  await bar.waitFor()
  // Eleven hours of the 167 that this week has.
  const shareOf = () =>
    bar.evaluate(node => node.getBoundingClientRect().width / (node.parentElement?.clientWidth ?? 1))
  t.true(Math.abs((await shareOf()) - 11 / 167) < 0.002, String(await shareOf()))
  t.deepEqual(await faultsOf(page, 'a week of the clocks'), [])
  await screens.picture('rosters-clocks')
})

step(
  'the night in which the clocks go back is as long as it is, and a day of absence leaves the hours nobody reads in',
  async (t, scene) => {
    const { node, screens, coordinator } = scene
    const { accounts, offsite } = node.services
    const accountOf = async (name: string) =>
      (await accounts.members(['lecture'], 'radiologist')).find(each => each.name === name)?.account ?? ''
    const [saturday, sunday] = lastSunday(new Date().getUTCFullYear() + 1, 9)
    const night = { date: saturday, from: '20:00', to: '08:00' }
    const site = 'lecture'
    await offsite.rosters.add(
      { site, account: await accountOf('Dr Sample Reader'), kind: 'on-call', ...night },
      COMMAND,
    )
    const { page } = coordinator
    await page.goto(`/rosters?from=${saturday}T12:00:00.000Z`)
    const day = (date: string) => Number(date.slice(-2))
    const shift = page.getByRole('button', {
      name: `Dr Sample Reader, Astreinte, sam. ${day(saturday)} oct. 20:00 – dim. ${day(sunday)} oct. 08:00, 13 h, les horloges changent`,
    })
    await shift.waitFor()
    // Thirteen hours of the 169 that this week has, and twenty-five of its Sunday.
    const shareOf = (bar: typeof shift) =>
      bar.evaluate(each => each.getBoundingClientRect().width / (each.parentElement?.clientWidth ?? 1))
    t.true(Math.abs((await shareOf(shift)) - 13 / 169) < 0.002, String(await shareOf(shift)))

    await page.getByRole('button', { name: 'Inscrire une absence' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /Radiologue/ }).click()
    await page.getByRole('option', { name: 'Dr Sample Reader' }).click()
    await dialog.getByLabel(/^Premier jour/).fill(sunday)
    await dialog.getByLabel(/^Motif/).fill('Formation')
    t.deepEqual(await faultsOf(page, 'an absence'), [])
    await dialog.getByRole('button', { name: 'Ajouter' }).click()
    await dialog.waitFor({ state: 'detached' })
    const absence = page.getByRole('button', {
      name: `Dr Sample Reader, Absence : dim. ${day(sunday)} oct., Formation`,
    })
    await absence.waitFor()
    t.true(Math.abs((await shareOf(absence)) - 25 / 169) < 0.002, String(await shareOf(absence)))
    await page.getByText(/1 vacation ne tient pas/).waitFor()
    t.deepEqual(await faultsOf(page, 'a day of absence'), [])
    await screens.picture('rosters-autumn')

    await absence.click()
    await dialog.getByText(`Absence : dim. ${day(sunday)} oct.`).waitFor()
    await screens.picture('rosters-absence')
    await dialog.getByRole('button', { name: 'Retirer l’absence' }).click()
    await absence.waitFor({ state: 'detached' })
    await page.getByText(/1 vacation ne tient pas/).waitFor({ state: 'detached' })
    t.is((await node.facts('roster-absence-removed')).length, 1)
    t.deepEqual(coordinator.faults, [])
  },
)

step(
  'an administrator starts a contract once its hours have a reader and its telephone was answered',
  async (t, scene) => {
    const { node, screens } = scene
    const keeper = await screens.visit({ language: 'en', scheme: 'light' })
    await keeper.signIn('admin@lecture.example')
    const { page } = keeper
    await page.goto('/network/contracts')
    await page.getByRole('link', { name: 'Open the contract nord-lecture' }).click()
    await page.getByText('Prepared, not begun').waitFor()
    await page.getByLabel('First day').first().fill(inWeeks(20))
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByText('nobody has tested this telephone number yet').waitFor()
    await page
      .getByText(/^nobody reads from/)
      .first()
      .waitFor()
    t.deepEqual(await faultsOf(page, 'a contract that cannot begin'), [])
    await screens.picture('contract-refused')
    await page.getByLabel('Who answered').fill('Dr Garde')
    await page.getByRole('button', { name: 'Somebody answered' }).click()
    await page.getByText(/Dr Garde answered/).waitFor()
    await page.getByLabel('First day').first().fill(inWeeks(2))
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByText(/^Begins on/).waitFor()
    t.is((await node.facts('contract-tested')).length, 1)

    await page.getByRole('button', { name: 'Change' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/^Regions/).fill('head, chest')
    t.deepEqual(await faultsOf(page, 'a contract that is changed'), [])
    await screens.picture('contract-form')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('head, chest').waitFor()
    await page.emulateMedia({ colorScheme: 'light' })
    await screens.picture('contract')
    t.deepEqual(
      keeper.faults.filter(fault => !fault.includes('422')),
      [],
    )
  },
)

step(
  'an administrator prepares a new contract with all it holds, is told field by field what does not fit, and takes it up in a new version',
  async (t, scene) => {
    const { node, screens } = scene
    const keeper = await screens.visit()
    await keeper.signIn('administration@nord.example')
    const { page } = keeper
    await page.goto('/network/contracts')
    await page.getByRole('button', { name: 'Nouvelle convention' }).click()
    const dialog = page.getByRole('dialog', { name: 'Nouvelle convention' })
    await dialog.getByRole('button', { name: 'Préparer' }).click()
    await dialog.getByText('Minuscules, chiffres et tirets, 64 au plus.').waitFor()
    t.is(await dialog.getByText('À remplir', { exact: true }).count(), 2)
    await dialog.getByRole('button', { name: /Groupe de lecture/ }).click()
    await page.getByRole('option', { name: 'Groupe de lecture (fictif)' }).click()
    const fill = (label: RegExp, value: string) => dialog.getByLabel(label).fill(value)
    await fill(/^Identifiant/, 'nord-nuit')
    await fill(/^Modalités/, 'ct, mr')
    await fill(/^Régions/, 'crâne')
    await fill(/^Premier jour/, inWeeks(4))
    await fill(/^Dernier jour/, inWeeks(3))
    await dialog.getByText('seulement à certaines heures').click()
    await dialog.getByRole('textbox', { name: 'De', exact: true }).fill('18h30')
    await dialog.getByRole('textbox', { name: 'À', exact: true }).fill('8')
    await dialog.getByText('français', { exact: true }).click()
    await dialog.getByText('Autorisé et envoyé au PACS').click()
    await fill(/^Urgence, Prendre/, 'trois')
    await fill(/^Programmé, Lire/, '2880')
    await fill(/^Vagues/, '2')
    await fill(/^Minutes par vague/, '4')
    await fill(/^Téléphone du dernier échelon/, '+33 1 00 00 00 42')
    await dialog.getByRole('button', { name: 'Préparer' }).click()
    await dialog.getByText('Des minutes entières, 1 au moins.').waitFor()
    await dialog.getByText('Une date ne convient pas, ou la fin précède le début.').waitFor()
    t.deepEqual(await faultsOf(page, 'a contract that does not fit'), [])
    await screens.picture('contract-new')
    t.is(
      (await node.facts('contract-changed')).filter(({ ids }) => ids['contract'] === 'nord-nuit').length,
      0,
    )
    await fill(/^Urgence, Prendre/, '5')
    await fill(/^Dernier jour/, inWeeks(30))
    await dialog.getByRole('button', { name: 'Préparer' }).click()
    await page.waitForURL('**/network/contracts/nord-nuit')
    await page.getByText('Prête, pas commencée').waitFor()
    const times = page.getByRole('region', { name: 'Délais promis' })
    await times.locator('strong').getByText('5 min', { exact: true }).waitFor()
    await times.locator('strong').getByText('2 880 min').waitFor()
    await page.getByText('2 vagues, 4 minutes chacune').waitFor()
    await page.getByText('18:30–08:00').waitFor()
    t.like(await node.services.offsite.contracts.get('nord-nuit'), {
      prepared: true,
      modalities: ['CT', 'MR'],
      languages: ['fr'],
      preliminary: 'to-pacs',
      timers: { emergency: { claim: 5 }, routine: { read: 2880 } },
      ladder: { waves: 2, waveMinutes: 4 },
      hours: [{ from: '18:30', to: '08:00' }],
      lastRung: { telephone: '+33 1 00 00 00 42' },
    })
    await page.getByLabel('Premier jour').first().fill(inWeeks(20))
    await page.getByRole('button', { name: 'Commencer', exact: true }).click()
    await page.getByText('personne n’a encore essayé ce numéro').waitFor()
    await page
      .getByText(/^personne ne lit du/)
      .first()
      .waitFor()
    t.deepEqual(await faultsOf(page, 'a new contract'), [])
    await screens.picture('contract-prepared')

    await page.getByRole('button', { name: 'Nouvelle version' }).click()
    const version = page.getByRole('dialog', { name: 'Nouvelle convention' })
    t.is(await version.getByLabel(/^Identifiant/).inputValue(), 'nord-nuit-2')
    t.is(await version.getByLabel(/^Programmé, Lire/).inputValue(), '2880')
    await version.getByLabel(/^Programmé, Lire/).fill('1440')
    await version.getByRole('button', { name: 'Préparer' }).click()
    await page.waitForURL('**/network/contracts/nord-nuit-2')
    await page
      .getByRole('region', { name: 'Délais promis' })
      .locator('strong')
      .getByText('1 440 min')
      .waitFor()
    t.deepEqual(keeper.faults, [])
  },
)

step(
  'who runs the node makes a hospital, gives it a role that ends, groups it with another, and closes it with a reason',
  async (t, scene) => {
    const { node, screens } = scene
    const operator = await screens.visit({ width: 1280, height: 800 })
    await operator.signIn(OPERATOR)
    const { page } = operator
    await page.goto('/network/sites')
    await page.getByRole('link', { name: 'Hôpital Nord (fictif)' }).waitFor()
    t.deepEqual(await faultsOf(page, 'the sites'), [])
    await screens.picture('sites')
    await page.getByRole('button', { name: 'Nouveau site' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Créer', exact: true }).click()
    await dialog.getByText('Choisissez la sorte.').waitFor()
    await dialog.getByText('Le nom est nécessaire.').waitFor()
    await dialog.getByText('Établissement demandeur').click()
    const fill = (label: RegExp, value: string) => dialog.getByLabel(label).fill(value)
    await fill(/^Nom/, 'Clinique de l’Est (fictive)')
    await fill(/^Identifiant/, 'est')
    await fill(/^Fuseau horaire/, 'Est')
    await dialog.getByRole('button', { name: 'Ajouter un numéro' }).click()
    await fill(/^Qui répond/, 'Radiologie de nuit')
    await fill(/^Numéro/, 'douze')
    await dialog.getByText('Un fuseau comme Europe/Paris.').waitFor()
    await dialog.getByText('Qui répond, et un numéro de téléphone.').waitFor()
    t.deepEqual(await faultsOf(page, 'a site that does not fit'), [])
    await screens.picture('site-new')
    await fill(/^Fuseau horaire/, 'Indian/Reunion')
    await fill(/^Numéro/, '+33 1 00 00 00 77')
    await dialog.getByRole('button', { name: 'Créer', exact: true }).click()
    await page.waitForURL('**/network/sites/est')
    await page.getByRole('link', { name: '+33 1 00 00 00 77' }).waitFor()
    await page.getByText('Personne n’a de fonction ici.').waitFor()

    const [referrer] = await node.services.accounts.members(['nord'], 'referrer')
    await page.goto(`/accounts/${referrer?.account}`)
    await page.getByRole('button', { name: 'Ajouter une fonction' }).click()
    await dialog.getByRole('button', { name: /Fonction/ }).click()
    await page.getByRole('option', { name: 'Médecin demandeur' }).click()
    await dialog.getByRole('button', { name: /Site/ }).click()
    await page.getByRole('option', { name: 'Clinique de l’Est (fictive)' }).click()
    await dialog.getByLabel(/^Dernier jour/).fill('2001-01-01')
    await dialog.getByRole('button', { name: 'Ajouter une fonction' }).click()
    await dialog.getByText('Le dernier jour est déjà passé.').waitFor()
    await dialog.getByLabel(/^Dernier jour/).fill('2099-12-31')
    t.deepEqual(await faultsOf(page, 'a role with an end'), [])
    await screens.picture('role-new')
    await dialog.getByRole('button', { name: 'Ajouter une fonction' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('jusqu’au 31/12/2099').waitFor()
    t.deepEqual(await faultsOf(page, 'an account with a role that ends'), [])
    await screens.picture('account')

    await page.goto('/network/sites')
    await page.getByRole('button', { name: 'Nouveau groupement' }).click()
    await fill(/^Nom/, 'GHT de l’Est (fictif)')
    await fill(/^Identifiant/, 'ght-est')
    await dialog.getByText('Clinique de l’Est (fictive)').click()
    await dialog.getByText('Hôpital Nord (fictif)').click()
    t.deepEqual(await faultsOf(page, 'a new group'), [])
    await screens.picture('group-new')
    await dialog.getByRole('button', { name: 'Créer', exact: true }).click()
    await page.getByRole('row', { name: /GHT de l’Est/ }).waitFor()

    await page.getByRole('link', { name: 'Clinique de l’Est (fictive)' }).click()
    await page.getByText('jusqu’au 31/12/2099').waitFor()
    t.deepEqual(await faultsOf(page, 'a site'), [])
    await screens.picture('site')
    await page.getByRole('button', { name: 'Fermer le site' }).click()
    const closing = page.getByRole('alertdialog')
    await closing.getByLabel(/^Motif/).fill('Fusion avec le Nord')
    await screens.picture('site-closing')
    await closing.getByRole('button', { name: 'Fermer le site' }).click()
    await page.getByText(/^Ce site est fermé/).waitFor()
    t.like((await node.facts('site-changed')).at(-1), {
      ids: { site: 'est' },
      body: { now: { closed: true }, reason: 'Fusion avec le Nord' },
    })
    t.deepEqual(operator.faults, [])
  },
)

step(
  'the administrator of a hospital writes its telephones on their own, on a telephone',
  async (t, scene) => {
    const { node, screens } = scene
    const keeper = await screens.visit({ width: 390, height: 844, scheme: 'light' })
    await keeper.signIn('administration@nord.example')
    const { page } = keeper
    await page.goto('/network/sites/nord')
    await page.getByRole('button', { name: 'Modifier' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Ne change que par l’exploitant du nœud.').waitFor()
    await dialog.getByRole('button', { name: 'Ajouter un numéro' }).click()
    await dialog.getByLabel(/^Qui répond/).fill('Standard')
    await dialog.getByLabel(/^Numéro/).fill('+33 1 00 00 00 11')
    t.deepEqual(await faultsOf(page, 'a site on a telephone'), [])
    await screens.picture('site-telephone')
    await dialog.getByRole('button', { name: 'Enregistrer' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: '+33 1 00 00 00 11' }).waitFor()
    await screens.picture('site-narrow')
    t.like(await node.services.sites.get('nord'), {
      telephones: [{ label: 'Standard', number: '+33 1 00 00 00 11' }],
    })
    t.deepEqual(keeper.faults, [])
  },
)

async function shiftsNow(node: TestNode) {
  const now = Date.now()
  const { shifts } = await node.services.offsite.views.roster('lecture', {
    from: now - 3_600_000,
    to: now + 3_600_000,
  })
  return shifts
}

/** An hour before and after now on the wall of Paris. */
function aroundNow(): { from: string; to: string } {
  const wall = (ms: number) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Paris',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(ms)
  return { from: wall(Date.now() - 1_800_000), to: wall(Date.now() + 3_600_000) }
}

/** The last Sunday of a month of 31 days, as the clocks of Europe change on it, and the day before. */
function lastSunday(year: number, month: number): [saturday: string, sunday: string] {
  const last = Date.UTC(year, month, 31)
  const sunday = last - new Date(last).getUTCDay() * 86_400_000
  const text = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  return [text(sunday - 86_400_000), text(sunday)]
}

function inWeeks(weeks: number): string {
  return new Date(Date.now() + weeks * 7 * 86_400_000).toISOString().slice(0, 10)
}
