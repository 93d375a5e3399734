import type { ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import type { Locator, Page } from 'playwright-core'
import type { ListView, RequestView } from '../../node/requests/view.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { writePhantom } from '../support/phantoms.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, OPERATOR, openHouse, PASSWORD, playDemo } from '../support/web-house.js'
import { show } from '../support/web-story.js'
import { rewrite, writtenIn } from '../support/web-text.js'

interface Scene {
  house: House
  screens: Awaited<ReturnType<typeof openScreens>>
  referrer: Visitor
  reader: Visitor
  operator: Visitor
  offered: RequestView
  begun: RequestView
  reported: RequestView
}

const step = show<Scene>(async undo => {
  const house = await openHouse(undo)
  const requests = await playDemo(house)
  const screens = await openScreens(undo, house.url)
  const [offered, , begun, reported] = requests as [RequestView, RequestView, RequestView, RequestView]
  const arrive = async (email: string, language: 'fr' | 'en' = 'fr') => {
    const visitor = await screens.visit({ language })
    await visitor.signIn(email)
    return visitor
  }
  return {
    house,
    screens,
    referrer: await arrive('demandeur@nord.example'),
    reader: await arrive('radiologue@lecture.example'),
    operator: await arrive(OPERATOR, 'en'),
    offered,
    begun,
    reported,
  }
})

const seen = (locator: Locator) => locator.first().waitFor({ state: 'visible' })

type Place = readonly [screen: string, path: string, ready: (page: Page) => Locator]

/** Goes from place to place and lets axe look at each. */
async function lookAround(t: ExecutionContext, { page }: Visitor, places: readonly Place[]) {
  const faults: string[] = []
  for (const [screen, path, ready] of places) {
    await page.goto(path)
    await seen(ready(page))
    faults.push(...(await faultsOf(page, screen)))
  }
  t.deepEqual(faults, [])
}

step('with the keyboard alone: sign in, choose a row, open it, and back', async (t, { screens }) => {
  const { page } = await screens.visit()
  const { keyboard } = page
  await page.goto('/sign-in')
  await page.locator('input[name=email]:focus').waitFor()
  await keyboard.type('radiologue@lecture.example')
  await keyboard.press('Tab')
  await keyboard.type(PASSWORD)
  await keyboard.press('Enter')
  await seen(page.getByRole('grid'))
  const chosen = page.getByRole('row', { selected: true })
  await seen(chosen.filter({ hasText: 'ESSAI Zoé' }))
  await keyboard.press('ArrowDown')
  await seen(chosen.filter({ hasText: 'DÉMO Léa' }))
  await keyboard.press('ArrowUp')
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await page.waitForURL(/\/requests\/req_/)
  await seen(page.getByRole('heading', { name: 'DÉMO Léa' }))
  // Of this moment: a locator would wait where nothing has the focus.
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  for (let presses = 0; presses < 30; presses++) {
    await keyboard.press('Tab')
    if ((await focused()) === 'Toutes les demandes') break
  }
  t.is(await focused(), 'Toutes les demandes')
  await keyboard.press('Enter')
  await page.waitForURL(/\/requests$/)
  await seen(page.getByRole('grid'))
})

step('axe finds nothing where one signs in', async (t, { screens }) => {
  const visitor = await screens.visit()
  await lookAround(t, visitor, [['sign-in', '/sign-in', page => page.getByLabel('Mot de passe')]])
  // That it would find something is worth seeing once.
  await visitor.page.evaluate(() => {
    document.querySelector('main')?.insertAdjacentHTML('beforeend', '<img src="/icon.svg">')
  })
  t.regex((await faultsOf(visitor.page, 'sign-in')).join(), /image-alt/)
})

step('axe finds nothing where a reader works', async (t, { reader, offered, begun }) => {
  await lookAround(t, reader, [
    ['worklist', '/requests', page => page.getByRole('grid')],
    ['request', `/requests/${offered.id}`, page => page.getByRole('heading', { name: 'ESSAI Zoé' })],
    ['desk', `/requests/${begun.id}/report`, page => page.getByText('Im 1 / 1')],
  ])
})

step('axe finds nothing on what a reader looks up', async (t, { reader, offered }) => {
  await lookAround(t, reader, [
    ['reports', '/reports', page => page.getByRole('table')],
    ['studies', '/studies', page => page.getByText('ESSAI Zoé')],
    ['study', `/studies/${offered.studies[0]?.StudyInstanceUID}`, page => page.getByText('ESSAI Zoé')],
    ['transfers', '/transfers?state=all', page => page.getByRole('table')],
    ['mailbox', '/mailbox', page => page.getByRole('article')],
  ])
})

step('axe finds nothing on what a referrer writes and reads', async (t, { referrer, reported }) => {
  const { page } = referrer
  await lookAround(t, referrer, [
    ['new request, the study', '/requests/new', page => page.getByText('ESSAI Zoé')],
    ['report', await reportOf(referrer, reported), page => page.getByText('Stabilité du nodule.')],
  ])
  await page.goto('/requests/new')
  await page.getByRole('button', { name: 'L’examen n’est pas encore fait' }).click()
  await page.getByRole('button', { name: 'Transmettre la demande' }).click()
  await seen(page.getByText(/^Il manque/))
  t.deepEqual(await faultsOf(page, 'new request, the form with its gaps'), [])
})

step('axe finds nothing on what an operator runs', async (t, { operator }) => {
  await lookAround(t, operator, [
    ['network', '/network', page => page.getByRole('heading', { name: 'Ce qui bouge maintenant' })],
    ['a route, its form', '/network/routes?route=new', page => page.getByRole('dialog')],
    ['accounts', '/accounts', page => page.getByRole('table')],
    ['tokens', '/accounts/tokens', page => page.getByText('Aucun jeton')],
    ['journal', '/journal', page => page.getByRole('table')],
    ['to settle, nothing', '/outbox', page => page.getByRole('heading', { name: 'Rien à régler' })],
  ])
})

step(
  'who may what is found by whoever looks, by role, action and call, and prints',
  async (t, { operator, house, screens }) => {
    const { page } = operator
    await page.goto('/accounts/permissions')
    const table = page.getByRole('table')
    await seen(table)
    t.deepEqual(await faultsOf(page, 'permissions'), [])
    await page.getByLabel('Chercher une action ou un appel').fill('api/tokens')
    await seen(page.getByText('2 actions'))
    await table.getByRole('button', { name: /^créer/ }).click()
    await seen(table.getByText('POST /api/tokens/:id/rotation'))
    await page.getByLabel('Chercher une action ou un appel').fill('')
    await page.getByText('montrer les appels').click()
    t.deepEqual(await faultsOf(page, 'permissions with their calls'), [])
    await screens.picture('permissions')
    const head = table.locator('thead th').first()
    const before = await head.boundingBox()
    await table.getByText('GET /api/journal', { exact: true }).first().scrollIntoViewIfNeeded()
    t.deepEqual((await head.boundingBox())?.x, before?.x)
    t.true(await head.isVisible())
    await page.emulateMedia({ media: 'print' })
    t.false(await page.getByLabel('Chercher une action ou un appel').isVisible())
    await screens.picture('permissions-printed')
    await page.emulateMedia({ media: 'screen' })

    await house.node.services.accounts.create(
      null,
      {
        ...{ email: 'audit@nord.example', name: 'Audit Essai', role: 'auditor', site: 'nord' },
        ...{ language: 'fr', password: PASSWORD },
      },
      { by: 'command', user: 'root' },
    )
    const auditor = await screens.visit({ scheme: 'light' })
    await auditor.signIn('audit@nord.example')
    await auditor.page.getByRole('button', { name: /^Mon compte/ }).click()
    await auditor.page.getByRole('button', { name: 'Qui peut quoi' }).click()
    await seen(auditor.page.getByRole('heading', { name: 'Qui peut quoi' }))
    await auditor.page.getByRole('button', { name: /Ce que peut faire/ }).click()
    await auditor.page.getByRole('option', { name: /^auditeur/i }).click()
    await seen(auditor.page.getByRole('table'))
    t.is(await auditor.page.getByRole('columnheader').count(), 4)
    t.deepEqual(await faultsOf(auditor.page, 'permissions of one role'), [])
    await screens.picture('permissions-auditor')
    t.deepEqual(auditor.faults, [])
  },
)

step(
  'a token gets another secret on the screen, shown once, and the old one is told until when',
  async (t, { operator, screens }) => {
    const { page } = operator
    await page.goto('/accounts/tokens')
    await page.getByRole('button', { name: 'Créer un jeton' }).click()
    const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'))
    await dialog.getByLabel('Programme').fill('RIS du Nord')
    await dialog.getByText('30 jours', { exact: true }).click()
    await dialog.getByRole('group', { name: 'Sites' }).getByText('voir').click()
    await dialog.getByRole('button', { name: 'Créer un jeton' }).click()
    const secretOf = () => dialog.getByRole('textbox').inputValue()
    await seen(dialog.getByRole('heading', { name: 'Jeton créé' }))
    const first = await secretOf()
    await dialog.getByRole('button', { name: 'Fermer' }).last().click()
    const row = page.getByRole('row').filter({ hasText: 'RIS du Nord' })
    await row.getByRole('button', { name: 'Nouveau secret pour RIS du Nord' }).click()
    await seen(dialog.getByRole('heading', { name: 'Donner un nouveau secret ?' }))
    t.deepEqual(await faultsOf(page, 'another secret, its dialog'), [])
    await screens.picture('token-rotation')
    await dialog.getByText('3 jours', { exact: true }).click()
    await dialog.getByRole('button', { name: 'Créer le secret' }).click()
    await seen(dialog.getByText(/^L’ancien secret marche jusqu’au .* s’éteint tout seul/))
    const second = await secretOf()
    t.not(first, second)
    const opens = async (secret: string) => {
      const { origin } = new URL(page.url())
      return (await fetch(`${origin}/api/sites`, { headers: { authorization: `Bearer ${secret}` } })).status
    }
    t.deepEqual([await opens(first), await opens(second)], [200, 200])
    await screens.picture('token-rotated')
    await dialog.getByRole('button', { name: 'Fermer' }).last().click()
    await page.reload()
    await seen(row.getByText(/^ancien secret jusqu’au/))
    await seen(row.getByText(/^ancien secret encore utilisé/))
    t.false((await page.content()).includes(second), 'shown once')
    t.deepEqual(await faultsOf(page, 'tokens'), [])
    await screens.picture('tokens')
    await row.getByRole('button', { name: 'Révoquer le jeton RIS du Nord' }).click()
    await dialog.getByRole('button', { name: 'Révoquer' }).click()
    await seen(row.getByText('révoqué'))
    t.deepEqual([await opens(first), await opens(second)], [401, 401])
  },
)

step(
  'a route with conditions is made, put first, and tried with a file: nothing of that is kept',
  async (t, { operator, house }) => {
    const { page } = operator
    await page.goto('/network/routes?route=new')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Nom').fill('nuit-crane')
    await dialog.getByRole('button', { name: /^Choisir/ }).click()
    await page.getByRole('option', { name: 'Hôpital Nord (fictif)' }).click()
    await dialog.getByText('Conditions plus précises').click()
    await dialog.getByLabel('Régions examinées').fill('head')
    await dialog.getByLabel('Mots de la description').fill('cerebral\nabdomen')
    await dialog.getByText(/^lecture-pacs/).click()
    await dialog.getByText('Quand et comment envoyer').click()
    await dialog.getByText('seulement à certaines heures').click()
    await dialog.getByRole('button', { name: 'Ajouter', exact: true }).click()
    await seen(page.getByText('20:00–07:00'))
    const { routes } = house.node.services.exchange
    t.like(routes.find('nuit-crane'), {
      when: { site: 'nord', bodyPart: ['head'], description: ['cerebral', 'abdomen'] },
      to: ['lecture-pacs'],
      hours: [{ from: '20:00', to: '07:00' }],
      transferSyntax: 'keep',
    })
    const rank = () => routes.list().findIndex(({ id }) => id === 'nuit-crane')
    const before = rank()
    await page.getByRole('button', { name: 'Avancer la route nuit-crane' }).click()
    await eventually('it has moved', () => (rank() === before - 1 ? true : undefined))

    const head = await house.node.services.journal.head()
    await page.getByRole('link', { name: 'Essayer' }).click()
    const [image] = writePhantom(house.node.folder, 'trial', { kind: 'ct-head', images: 1 }).files
    await page.locator('input[type=file]').setInputFiles(image?.file ?? '')
    await page.getByRole('button', { name: /^Choisir/ }).click()
    await page.getByRole('option', { name: /^nord-pacs/ }).click()
    await page.getByRole('button', { name: 'Lire les routes' }).click()
    await seen(page.getByText('L’examen irait à lecture-pacs.'))
    t.deepEqual(await faultsOf(page, 'the trial of routes'), [])
    t.deepEqual(await house.node.doneSince(head), [])
    // An answer that could be repeated would be kept, with what was asked.
    const kept = new Sqlite(house.node.services.db.file, { readonly: true })
    const answers = kept.prepare('SELECT * FROM idempotent_answers').all()
    kept.close()
    t.false(JSON.stringify(answers).includes('verdicts'))
  },
)

step(
  'what fails for good appears to who decides by itself, is tried again, and given up with a reason',
  async (t, { operator, house, screens }) => {
    const { page } = operator
    const { outbox, db } = house.node.services
    let runs = 0
    outbox.handle('test-gate', {
      run: async () => {
        runs++
        return { result: 'permanent', reason: 'connect ECONNREFUSED 192.0.2.7:104' }
      },
    })
    await page.goto('/outbox')
    await seen(page.getByRole('heading', { name: 'Rien à régler' }))
    await db.write(tx =>
      outbox.add(tx, { lane: 'peer:nord-pacs', kind: 'test-gate', key: 'gate', body: {}, site: 'nord' }),
    )
    await seen(page.getByText(/service DICOM n’écoute pas/))
    t.deepEqual(await faultsOf(page, 'to settle'), [])
    await screens.picture('to-settle')
    await page.getByRole('button', { name: 'Réessayer maintenant' }).click()
    await eventually('it was tried again', () => (runs === 2 ? true : undefined))
    await seen(page.getByText('2 essais'))
    await page.getByRole('button', { name: 'Abandonner', exact: true }).click()
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    t.true(await dialog.getByRole('button', { name: 'Abandonner', exact: true }).isDisabled())
    await dialog.getByLabel('Pourquoi').fill('Le PACS a été remplacé.')
    await dialog.getByRole('button', { name: 'Abandonner', exact: true }).click()
    await seen(page.getByRole('heading', { name: 'Rien à régler' }))
    t.like((await house.node.facts('job-given-up'))[0], { body: { reason: 'Le PACS a été remplacé.' } })
  },
)

step(
  'a telephone of 360 pixels shows the answer, the bell and the channels without scrolling sideways',
  async (t, { screens, referrer, reported }) => {
    const phone = await screens.visit({ width: 360, height: 740, scheme: 'light' })
    await phone.signIn('demandeur@nord.example')
    const { page } = phone
    const faults: string[] = []
    const wide = async (screen: string, { page } = phone) => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      if (width > 360) faults.push(`${screen} is ${width} pixels wide`)
    }
    await seen(page.getByRole('grid'))
    await wide('worklist')
    await page.goto(`/requests/${reported.id}`)
    await seen(page.getByRole('heading', { name: 'MODÈLE Paul' }))
    await wide('request')
    await page.goto(await reportOf(referrer, reported))
    await seen(page.getByText('Stabilité du nodule.'))
    await wide('report')
    faults.push(...(await faultsOf(page, 'report on a telephone')))
    await page.getByRole('button', { name: /^Avis/ }).click()
    const panel = page.getByRole('dialog', { name: /^Avis/ })
    await seen(panel.getByRole('heading'))
    await eventually('all of the panel is seen', async () => {
      const { x, width } = (await panel.boundingBox()) ?? { x: -1, width: 0 }
      return (x >= 0 && x + width <= 360) || undefined
    })
    const keeper = await screens.visit({ width: 360, height: 740, scheme: 'light' })
    await keeper.signIn(OPERATOR)
    await keeper.page.goto('/channels')
    await seen(keeper.page.getByRole('table'))
    await wide('channels', keeper)
    t.deepEqual(faults, [])
    t.deepEqual([...phone.faults, ...keeper.faults], [])
  },
)

step('the language switches on the spot and stays', async (t, { operator }) => {
  const { page } = operator
  await page.goto('/network')
  const language = () => page.evaluate(() => document.documentElement.lang)
  const before = await language()
  const [there, back] = before === 'fr' ? ['English', 'Français'] : ['Français', 'English']
  for (const [name, tab] of [
    [there, there === 'English' ? 'Accounts' : 'Comptes'],
    [back, back === 'English' ? 'Accounts' : 'Comptes'],
  ] as const) {
    await page.getByRole('button', { name: /^(Mon compte|My account)/ }).click()
    // Shown at once, told to the node afterwards: the reload must not come before.
    const told = page.waitForResponse(answer => answer.url().endsWith('/session/language'))
    await page.getByRole('dialog').getByText(name, { exact: true }).click()
    await seen(page.getByRole('link', { name: tab }))
    await page.keyboard.press('Escape')
    await told
    await page.reload()
    await seen(page.getByRole('link', { name: tab }))
  }
  t.is(await language(), before)
})

step(
  'a session ended elsewhere leads to the sign-in, and the report being written is still there',
  async (t, { reader, begun }) => {
    const { page } = reader
    await page.goto(`/requests/${begun.id}/report`)
    const conclusion = page.getByRole('textbox', { name: 'Conclusion' })
    await seen(conclusion)
    // What is typed last reaches the node only when the session is over.
    let letGo = () => {}
    const over = new Promise<void>(resolve => {
      letGo = resolve
    })
    await page.route('**/api/reports/*', async route => {
      if (route.request().method() === 'PUT') await over
      await route.continue()
    })
    const saving = page.waitForRequest(request => request.method() === 'PUT')
    await rewrite(conclusion, 'Fracture du radius distal gauche.')
    await saving
    await endElsewhere(reader)
    letGo()
    await signInAgain(reader, 'radiologue@lecture.example')
    await seen(conclusion)
    t.is(await writtenIn(conclusion), 'Fracture du radius distal gauche.')
    await seen(page.getByText(/^Enregistré/))
    await page.reload()
    await seen(conclusion)
    t.is(await writtenIn(conclusion), 'Fracture du radius distal gauche.')
  },
)

step(
  'no browser keeps an image of a patient, not even while it is looked at',
  async (t, { screens, begun }) => {
    const reader = await screens.visit()
    await reader.signIn('radiologue@lecture.example')
    const { page } = reader
    const images: { url: string; kept: string | undefined }[] = []
    page.on('response', answer => {
      if (/\/dicomweb\/.*\/(frames|metadata)/.test(answer.url()))
        images.push({ url: answer.url(), kept: answer.headers()['cache-control'] })
    })
    await page.goto(`/requests/${begun.id}/report`)
    await seen(page.getByText('Im 1 / 1'))
    t.true(images.some(({ url }) => url.includes('/frames/')))
    t.deepEqual([...new Set(images.map(({ kept }) => kept))], ['no-store'])
    const cached = (urls: string[]) =>
      page.evaluate(async all => {
        const answers = all.map(url => fetch(url, { cache: 'only-if-cached', mode: 'same-origin' }))
        return (await Promise.allSettled(answers)).filter(
          each => each.status === 'fulfilled' && each.value.ok,
        ).length
      }, urls)
    t.is(await cached(images.map(({ url }) => url)), 0)
    await page.goto('/reports')
    const gone = page.waitForResponse(answer => answer.request().method() === 'DELETE')
    await page.getByRole('button', { name: /^Mon compte/ }).click()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    t.is((await (await gone).allHeaders())['clear-site-data'], '"cache"')
    await page.waitForURL(/\/sign-in/)
  },
)

step('nor is a request lost that was being written', async (t, { screens }) => {
  const referrer = await screens.visit()
  await referrer.signIn('demandeur@nord.example')
  const { page } = referrer
  await page.goto('/requests/new')
  await page.getByRole('button', { name: 'L’examen n’est pas encore fait' }).click()
  const question = page.locator('[name=question]')
  await question.fill('Une question longue à taper ?')
  await endElsewhere(referrer)
  await signInAgain(referrer, 'demandeur@nord.example')
  await seen(page.getByText('Brouillon repris'))
  t.is(await question.inputValue(), 'Une question longue à taper ?')
})

step('nobody met an error on the way', async (t, { referrer, reader, operator }) => {
  t.deepEqual([...referrer.faults, ...reader.faults, ...operator.faults], [])
})

async function reportOf({ context }: Visitor, request: RequestView): Promise<string> {
  const answer = await context.request.get('/api/reports?limit=100')
  const { items } = (await answer.json()) as ListView<{ id: string; request: string }>
  return `/reports/${items.find(row => row.request === request.id)?.id}`
}

/** The person signs out in another tab. */
async function endElsewhere({ context }: Visitor): Promise<void> {
  const tab = await context.newPage()
  await tab.goto('/reports')
  await tab.getByRole('button', { name: /^Mon compte/ }).click()
  await tab.getByRole('button', { name: 'Se déconnecter' }).click()
  await tab.waitForURL(/\/sign-in/)
  await tab.close()
}

async function signInAgain({ page }: Visitor, email: string): Promise<void> {
  await page.waitForURL(/\/sign-in/)
  await page.locator('input[name=email]').fill(email)
  await page.locator('input[name=password]').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
}
