import { TOTP } from 'otpauth'
import type { Locator, Page } from 'playwright-core'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { faultsOf } from '../support/web-axe.js'
import { type House, OPERATOR, openHouse, PASSWORD } from '../support/web-house.js'
import { show } from '../support/web-story.js'

interface Scene {
  house: House
  screens: Awaited<ReturnType<typeof openScreens>>
}

/** Passkeys belong to a name: the same node, by the name it has on this machine. */
const named = (url: string) => url.replace('127.0.0.1', 'localhost')

const step = show<Scene>(async undo => {
  const house = await openHouse(undo)
  return { house, screens: await openScreens(undo, named(house.url)) }
})

/** In words of the browser: what lies in its database under the drafts. */
const KEPT = `new Promise((resolve, reject) => {
  const opening = indexedDB.open('relais')
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const reading = opening.result.transaction('drafts').objectStore('drafts').getAll()
    reading.onsuccess = () => {
      opening.result.close()
      resolve(reading.result.map(({ bytes }) => new TextDecoder('latin1').decode(bytes)))
    }
  }
})`

const seen = (locator: Locator) => locator.first().waitFor({ state: 'visible' })

/** A security key that knows its owner, in Chromium itself (WebAuthn level 2, §11). */
async function plugIn({ context, page }: Visitor) {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

const codeOf = (secret: string) => new TOTP({ secret: secret.replace(/\s/g, '') }).generate()

/** Everything the document says, the values of its fields included. */
const textOf = (page: Page) =>
  page.evaluate(() => {
    const typed = [...document.querySelectorAll<HTMLInputElement>('input, textarea')].map(
      ({ value }) => value,
    )
    return `${document.documentElement.outerHTML}\n${typed.join('\n')}`
  })

step(
  'an authenticator is set up by scanning, and opens the next sign-in after the password',
  async (t, { screens }) => {
    const visitor = await screens.visit()
    const { page } = visitor
    await visitor.signIn('manip@nord.example')
    await page.goto('/account')
    await seen(page.getByRole('heading', { name: 'Second facteur' }))
    await screens.picture('account')
    t.deepEqual(await faultsOf(page, 'account'), [])
    await page.getByRole('button', { name: 'Mettre en place' }).click()
    await seen(page.getByRole('img', { name: /Scannez/ }))
    const secret = (await page.locator('code').first().textContent()) ?? ''
    await screens.picture('set-up')
    t.deepEqual(await faultsOf(page, 'set-up'), [])
    await page.locator('input[name=code]').fill('000000')
    await page.getByRole('button', { name: 'Vérifier' }).click()
    await seen(page.getByText('Ce n’est pas le code de maintenant.', { exact: false }))
    await page.locator('input[name=code]').fill(codeOf(secret))
    await page.getByRole('button', { name: 'Vérifier' }).click()
    await seen(page.getByText('Vos codes de secours'))
    await screens.picture('codes')
    const [recovery] = await page.locator('ol code').allTextContents()
    t.is(await page.locator('ol code').count(), 10)
    await page.getByRole('button', { name: 'Je les ai gardés' }).click()
    await seen(page.getByText('9 restent', { exact: false }).or(page.getByText('10 restent sur 10.')))

    const other = await screens.visit({ language: 'en', scheme: 'light' })
    await other.page.goto('/sign-in')
    await other.page.locator('input[name=email]').fill('manip@nord.example')
    await other.page.locator('input[name=password]').fill(PASSWORD)
    await other.page.locator('button[type=submit]').click()
    await seen(other.page.getByRole('heading', { name: 'Second factor' }))
    await screens.picture('challenge')
    t.deepEqual(await faultsOf(other.page, 'challenge'), [])
    await other.page.getByRole('button', { name: 'I have neither: recovery code' }).click()
    await other.page.locator('input[name=code]').fill(recovery ?? '')
    await other.page.getByRole('button', { name: 'Continue' }).click()
    await other.page.waitForURL(address => address.pathname !== '/sign-in')
    t.deepEqual([...visitor.faults, ...other.faults], [])
  },
)

step(
  'a passkey is made, and is then the whole sign-in and the way through the lock',
  async (t, { screens }) => {
    const visitor = await screens.visit({ scheme: 'light' })
    const { page } = visitor
    await plugIn(visitor)
    await visitor.signIn('demandeur@nord.example')
    await page.goto('/account')
    await page.getByRole('button', { name: 'Ajouter une clé' }).click()
    await page.locator('input[name=name]').fill('Clé du bureau')
    await page.getByRole('button', { name: 'Créer la clé' }).click()
    await seen(page.getByText('Vos codes de secours'))
    await page.getByRole('button', { name: 'Je les ai gardés' }).click()
    await seen(page.getByText('Clé du bureau'))
    await screens.picture('passkey')
    await page.getByRole('button', { name: /Mon compte :/ }).click()
    await page.getByRole('button', { name: 'Verrouiller' }).click()
    await seen(page.getByRole('heading', { name: 'Session verrouillée' }))
    await page.getByRole('button', { name: 'Clé d’accès' }).click()
    await seen(page.getByText('Clé du bureau'))
    await page.getByRole('button', { name: /Mon compte :/ }).click()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await page.waitForURL('**/sign-in')
    await page.getByRole('button', { name: 'Se connecter par clé d’accès' }).click()
    await page.waitForURL(address => address.pathname !== '/sign-in')
    t.deepEqual(visitor.faults, [])
  },
)

step(
  'a locked screen holds nothing of what it showed, and what was typed comes back with its own person',
  async (t, { screens }) => {
    const visitor = await screens.visit()
    const { page } = visitor
    await visitor.signIn('demandeur@sud.example')
    await page.goto('/account')
    const field = page.locator('input[name=next]')
    await field.fill('une phrase à moitié')
    const second = await visitor.context.newPage()
    await second.goto('/reports')
    await seen(second.getByRole('heading', { name: 'Comptes rendus' }))
    await page.bringToFront()
    await page.getByRole('button', { name: /Mon compte :/ }).click()
    await page.getByRole('button', { name: 'Verrouiller' }).click()
    await seen(page.getByRole('heading', { name: 'Session verrouillée' }))
    await seen(second.getByRole('heading', { name: 'Session verrouillée' }))
    await screens.picture('locked')
    t.deepEqual(await faultsOf(page, 'lock'), [])
    for (const tab of [page, second]) t.notRegex(await textOf(tab), /moitié|Comptes rendus|Sessions ouvertes/)
    // The screen hides everything first, then tells the node.
    await eventually('the session is locked', async () =>
      (await page.request.get('/api/requests')).status() === 401 ? true : undefined,
    )
    await page.locator('input[name=password]').fill('pas le bon mot de passe')
    await page.getByRole('button', { name: 'Déverrouiller' }).click()
    await seen(page.getByText('Ce n’est pas le mot de passe', { exact: false }))
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.getByRole('button', { name: 'Déverrouiller' }).click()
    await seen(page.getByRole('heading', { name: 'Sessions ouvertes' }))
    t.is(await field.inputValue(), 'une phrase à moitié')
    await seen(second.getByRole('heading', { name: 'Comptes rendus' }))
    t.deepEqual(visitor.faults, [])
  },
)

step(
  'what was typed survives a reload and the end of a session, encrypted, for its own person only',
  async (t, { screens }) => {
    const visitor = await screens.visit()
    const { page, context } = visitor
    const question = 'Une question que personne d’autre ne lit'
    /** What the browser keeps, as text. */
    const kept = (): Promise<string[]> => page.evaluate(KEPT)
    await visitor.signIn('demandeur@sud.example')
    await page.goto('/requests/new')
    await page.getByRole('button', { name: 'L’examen n’est pas encore fait' }).click()
    // The press alone is kept too: what is typed is there once it has grown by it.
    const before = await eventually(
      'the press is kept',
      async () => (await kept()).join('').length || undefined,
    )
    await page.locator('textarea[name=question]').fill(question)
    await eventually('the draft is kept', async () =>
      (await kept()).join('').length >= before + question.length ? true : undefined,
    )
    t.notRegex((await kept()).join(), /question/)
    t.is(await page.evaluate(() => sessionStorage.length), 0)
    await page.reload()
    t.is(await page.locator('textarea[name=question]').inputValue(), question)
    await context.clearCookies()
    await visitor.signIn('radiologue@lecture.example')
    await page.goto('/requests')
    await seen(page.getByRole('heading', { name: 'Demandes' }).or(page.getByRole('grid')))
    // Handed on from page to page it may be there twice for a moment.
    t.true((await kept()).length > 0)
    t.notRegex(await textOf(page), /personne d’autre/)
    await context.clearCookies()
    await visitor.signIn('demandeur@sud.example')
    await page.goto('/requests/new')
    t.is(await page.locator('textarea[name=question]').inputValue(), question)
    await page.getByRole('button', { name: /Mon compte :/ }).click()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await page.waitForURL('**/sign-in')
    t.deepEqual(await kept(), [])
    t.deepEqual(visitor.faults, [])
  },
)

step(
  'a screen nobody touches says when it locks, any sign of life stops that, and then it locks',
  async (t, { screens }) => {
    const visitor = await screens.visit()
    const { page } = visitor
    await visitor.signIn('demandeur@sud.example')
    await page.clock.install()
    await page.goto('/account')
    await seen(page.getByRole('heading', { name: 'Sessions ouvertes' }))
    await page.clock.fastForward('14:10')
    await seen(page.getByRole('timer'))
    await screens.picture('soon')
    await page.keyboard.press('Shift')
    await page.getByRole('timer').waitFor({ state: 'detached' })
    await page.clock.fastForward('14:10')
    await seen(page.getByRole('timer'))
    await page.clock.fastForward('01:00')
    await seen(page.getByRole('heading', { name: 'Session verrouillée' }))
    // The screen hides everything first, then tells the node.
    await eventually('the session is locked', async () =>
      (await page.request.get('/api/session')).status() === 401 ? true : undefined,
    )
    await page.getByRole('button', { name: 'Changer de personne' }).click()
    await page.waitForURL(/\/sign-in/)
    t.is((await page.request.get('/api/session/lock')).status(), 401)
  },
)

step(
  'a person ends another of their sessions, and that screen shows nothing a moment later',
  async (t, { screens }) => {
    const [here, there] = [await screens.visit(), await screens.visit()]
    await there.signIn('regulation@lecture.example')
    await here.signIn('regulation@lecture.example')
    await here.page.goto('/account')
    await seen(here.page.getByText('Chrome sur Linux'))
    await here.page.getByRole('button', { name: 'Fermer toutes les autres' }).click()
    await there.page.waitForURL(/\/sign-in/)
    await here.page.getByRole('button', { name: 'Fermer toutes les autres' }).waitFor({ state: 'detached' })
    t.deepEqual(here.faults, [])
  },
)

step(
  'an administrator sees who has a second factor and takes it from who lost it',
  async (t, { screens }) => {
    const visitor = await screens.visit({ scheme: 'light' })
    const { page } = visitor
    await visitor.signIn(OPERATOR)
    await page.goto('/accounts')
    await page.getByRole('searchbox').fill('manip@nord')
    await page
      .getByRole('row', { name: /manip@nord\.example/ })
      .getByRole('link')
      .click()
    await seen(page.getByText('Second facteur', { exact: true }))
    await page.getByRole('button', { name: 'Retirer le second facteur' }).click()
    await screens.picture('clear')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Retirer le second facteur' }).click()
    await seen(page.getByText('Sans second facteur'))
    t.deepEqual(visitor.faults, [])
  },
)
