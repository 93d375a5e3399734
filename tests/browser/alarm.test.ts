import type { ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { addPeople } from '../../node/commands/demo/seed.js'
import type { RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { watchMachine } from '../support/machine-lag.js'
import { openNode, type TestNode } from '../support/node.js'
import { faultsOf } from '../support/web-axe.js'
import { enter, OPERATOR, PASSWORD, type Undo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  node: TestNode
  /** A telephone, and a screen in the reading room. */
  phone: Visitor
  desk: Visitor
  ask(urgency?: 'emergency' | 'urgent'): Promise<RequestView>
}

const STILL_MS = 1000
/** What would show at once wherever the patient leaked. */
const CANARY = 'CANARIVERT'

const step = tell<Scene>(async (undo: Undo) => {
  const node = await openNode(undo, {
    env: {
      RELAIS_ADMIN_EMAIL: OPERATOR,
      RELAIS_ADMIN_PASSWORD: PASSWORD,
      RELAIS_PUSH_CONTACT: 'mailto:exploitation@relais.example',
    },
  })
  const { services } = node
  await addPeople(services, PASSWORD)
  const referrer = await enter(node, 'demandeur@nord.example')
  const screens = await openScreens(undo, node.addresses.http.replace('127.0.0.1', 'localhost'), [
    '--autoplay-policy=no-user-gesture-required',
  ])
  const phone = await screens.visit({ width: 360, height: 780 })
  const desk = await screens.visit({ language: 'en', scheme: 'light', width: 1280 })
  await desk.context.addInitScript(DESKTOP)
  for (const { context } of [phone, desk]) await context.addInitScript(LOUDSPEAKER)
  const { studies: _, ...form } = FORM
  return {
    screens,
    node,
    phone,
    desk,
    ask: (urgency = 'emergency') =>
      services.requests.create(referrer, {
        ...form,
        urgency,
        patient: { ...FORM.patient, family: CANARY },
        question: `${CANARY} ?`,
      }),
  }
})

/** A desktop that lets itself be read, and a person who looks elsewhere when told so. */
const DESKTOP = `
  globalThis.desktop = []
  globalThis.Notification = class {
    static permission = 'granted'
    constructor(title, { body, tag }) {
      desktop.push(['shows', title, body, tag])
      this.tag = tag
      globalThis.pressDesktop = () => this.onclick()
    }
    close() { desktop.push(['takes back', this.tag]) }
  }
  let away = false
  globalThis.lookAway = is => { away = is; document.dispatchEvent(new Event('visibilitychange')) }
  Object.defineProperty(Document.prototype, 'hidden', { get: () => away })
  Object.defineProperty(Document.prototype, 'visibilityState', { get: () => (away ? 'hidden' : 'visible') })
`

/** What was heard, in hertz: a tone ends once it was played to its end, and not where the page was silent. */
const LOUDSPEAKER = `
  globalThis.loudspeaker = { heard: [], open: new Set() }
  const { start } = OscillatorNode.prototype
  OscillatorNode.prototype.start = function (...when) {
    const { context, frequency } = this
    loudspeaker.open.add(context)
    context.addEventListener('statechange', () => context.state === 'closed' && loudspeaker.open.delete(context))
    this.addEventListener('ended', () => loudspeaker.heard.push(Math.round(frequency.value)))
    return start.apply(this, when)
  }
`

/** In the worker: somebody presses the message it shows. Gives what it did. */
const PRESS = `(async () => {
  const led = []
  self.clients.openWindow = async path => led.push('opens ' + path)
  WindowClient.prototype.focus = async () => led.push('focuses')
  Notification.prototype.close = () => led.push('closes')
  const [notification] = await self.registration.getNotifications()
  const event = new NotificationEvent('notificationclick', { notification })
  let done
  Object.defineProperty(event, 'waitUntil', { value: work => { done = work } })
  self.dispatchEvent(event)
  await done
  return led
})()`

/** In the worker: the push service gave the browser another address. */
const RENEW = `async (before, after) => {
  const keys = { p256dh: 'BAAA', auth: 'AAAA' }
  let done
  const event = Object.defineProperties(new Event('pushsubscriptionchange'), {
    oldSubscription: { value: before && { endpoint: before } },
    newSubscription: { value: { toJSON: () => ({ endpoint: after, keys }) } },
    waitUntil: { value: work => { done = work } },
  })
  self.dispatchEvent(event)
  await done
}`

/** Waits until so many tones of a pitch were played to their end since `since` of them. */
const hears = (page: Page, pitch: number, since = 0) =>
  eventually(
    `${pitch} Hz`,
    async () => {
      const heard = await page.evaluate<number[]>('loudspeaker.heard')
      return heard.filter(each => each === pitch).length > since ? true : undefined
    },
    30_000,
  )
/** Has it played, again where the machine was too busy to play it before the page let go of its sound. */
const plays = (page: Page, pitch: number, press: () => Promise<void>) =>
  eventually(
    `${pitch} Hz when asked`,
    async () => {
      if ((await page.evaluate<number[]>('loudspeaker.heard')).includes(pitch)) return true
      if ((await page.evaluate('loudspeaker.open.size')) === 0) await press()
      return undefined
    },
    30_000,
  )
/** Waits until nothing can sound any more. */
const falls = (page: Page) =>
  eventually(
    'silence',
    async () => ((await page.evaluate('loudspeaker.open.size')) === 0 ? true : undefined),
    30_000,
  )
/** The tones of what rings for an emergency unless another sound was chosen. */
const PULSE = 960

const ringing = (page: Page) => page.locator('[data-rings]')
const textOf = (page: Page) => page.evaluate(() => document.documentElement.outerHTML)

/** When the page was still, in milliseconds since 1970: both pages stand on one machine. */
const stillAt = async (page: Page): Promise<number> => {
  const still = await page.waitForFunction(
    () => document.querySelector('[data-rings]') === null && Date.now(),
    undefined,
    { polling: 10 },
  )
  return Number(await still.jsonValue())
}

/**
 * Begun before somebody claims on one page; then the other one is still in time, counted from the answer to the claim.
 * What the machine itself was late is excused, at most as long again.
 */
function stillOnceClaimed(t: ExecutionContext, claiming: Page, other: Page) {
  const lateMs = watchMachine(t)
  const still = stillAt(other)
  const answered = claiming
    .waitForResponse(answer => answer.url().endsWith('/claim'))
    .then(() => [Date.now(), lateMs()] as const)
  return async (where: string) => {
    const [stoodAt, [at, lateBefore]] = [await still, await answered]
    const tookMs = stoodAt - at
    const excusedMs = Math.round(Math.min(STILL_MS, lateMs() - lateBefore))
    const said = `${tookMs} ms after the claim was answered, the machine late by ${excusedMs}`
    t.log(`still on the ${where} ${said}`)
    t.true(tookMs - excusedMs < STILL_MS, said)
  }
}

step(
  'an emergency rings over any page; a tap on the telephone claims it, and within a second it rings nowhere',
  async (t, { ask, phone, desk, screens, node }) => {
    await phone.signIn('radiologue@lecture.example')
    await desk.signIn('radiologist@lecture.example')
    await desk.page.goto('/account')
    const request = await ask()
    await ringing(desk.page).waitFor()
    await desk.page.getByRole('region', { name: 'An emergency is ringing' }).waitFor()
    t.deepEqual(await faultsOf(desk.page, 'overlay'), [])
    await ringing(phone.page).waitFor()
    const alert = await eventually(
      'the alert',
      async () =>
        (await node.services.notifications.alerts.ofRequest(request.id)).find(({ kind }) => kind === 'claim')
          ?.id,
    )
    await phone.page.goto(`/alarm/${alert}`)
    await ringing(phone.page).waitFor()
    await phone.page.getByText(`${CANARY}`).first().waitFor()
    await screens.picture('alarm')
    t.deepEqual(await faultsOf(phone.page, 'alarm'), [])
    const stillInTime = stillOnceClaimed(t, phone.page, desk.page)
    await phone.page.getByRole('button', { name: 'Je prends' }).click()
    await stillInTime('other screen')
    await phone.page.getByText('C’est à vous').waitFor()
    await desk.page.getByText('Dr Essai Lectrice took it').waitFor()
    await screens.picture('claimed')
    await phone.page.getByRole('link', { name: 'Ouvrir la demande' }).click()
    await phone.page.waitForURL(`**/requests/${request.id}`)
    await phone.page.getByRole('heading', { name: 'Qui est prévenu' }).waitFor()
    await screens.picture('ladder')
    t.deepEqual(await faultsOf(phone.page, 'ladder'), [])
    await desk.page.goto(`/alarm/${alert}`)
    await desk.page.getByText('Dr Essai Lectrice took it').waitFor()
    t.is(await ringing(desk.page).count(), 0)
  },
)

step(
  'a locked telephone rings, says the site and the urgency and nothing else, and claims by one tap; the patient comes with the password',
  async (t, { ask, phone, desk, screens, node }) => {
    await phone.page.goto('/account')
    await phone.page.getByRole('button', { name: /Mon compte :/ }).click()
    await phone.page.getByRole('button', { name: 'Verrouiller' }).click()
    await phone.page.getByRole('heading', { name: 'Session verrouillée' }).waitFor()
    const request = await ask()
    await ringing(phone.page).waitFor()
    await ringing(desk.page).waitFor()
    const said = await textOf(phone.page)
    t.regex(said, /Hôpital Nord.*Demande à prendre/s)
    t.notRegex(said, new RegExp(`${CANARY}|${request.reference}`))
    await screens.picture('locked-alarm')
    t.deepEqual(await faultsOf(phone.page, 'locked alarm'), [])
    await desk.page.getByRole('button', { name: 'Silence it here' }).click()
    await ringing(desk.page).waitFor({ state: 'detached' })
    await ringing(phone.page).waitFor()
    // Three tones, and then again.
    await hears(phone.page, PULSE, 3)
    await phone.page.getByRole('button', { name: 'Je prends' }).click()
    await phone.page.getByText('C’est à vous').waitFor()
    await falls(phone.page)
    t.notRegex(await textOf(phone.page), new RegExp(CANARY))
    await screens.picture('locked-claimed')
    const [claimed] = await node.services.journal.read({ subject: request.id, types: ['request-claimed'] })
    t.is(claimed?.body?.['session'], 'locked')
    await phone.page.locator('input[name=password]').fill(PASSWORD)
    await phone.page.getByRole('button', { name: 'Déverrouiller' }).click()
    await phone.page.getByRole('heading', { name: 'Sessions ouvertes' }).waitFor()
    await phone.page.goto(`/requests/${request.id}`)
    await phone.page.getByRole('heading', { name: new RegExp(CANARY) }).waitFor()
  },
)

step(
  'how one is reached is set, and tried: what was heard is kept with its time',
  async (t, { phone, screens }) => {
    const { page } = phone
    await page.goto('/account/reach')
    await page.locator('input[name=telephone]').fill('+33 6 00 00 00 01')
    await page.getByText('Retenir la nuit ce qui peut attendre').click()
    await page.getByRole('button', { name: 'Enregistrer' }).click()
    await page.getByText('Enregistré.').waitFor()
    await screens.picture('reach-quiet')
    await page.getByText('Retenir la nuit ce qui peut attendre').click()
    await page.getByText('Faire sonner aussi les demandes urgentes').click()
    // What was said of the first may be gone by now, or still be there.
    const saved = page.waitForResponse(
      answer => answer.request().method() === 'PUT' && answer.url().endsWith('/api/reach'),
    )
    await page.getByRole('button', { name: 'Enregistrer' }).click()
    t.true((await saved).ok())
    await page.getByRole('button', { name: 'Essayer : Écran ouvert' }).click()
    await page.getByRole('button', { name: 'Je l’ai reçu' }).click()
    await page.getByText(/^vérifié/).waitFor()
    t.true(await page.getByRole('button', { name: 'Essayer : Téléphone' }).isDisabled())
    await page.getByRole('combobox', { name: 'Le reste' }).selectOption('chime')
    const listen = (what: string) => page.getByRole('button', { name: `Écouter : ${what}`, exact: true })
    await plays(page, 784, () => listen('Le reste').click())
    await plays(page, 1320, () => listen('Autres nouvelles urgentes').click())
    t.is(
      await page.evaluate(() => JSON.parse(localStorage.getItem('relais.sounds') ?? '{}').routine),
      'chime',
    )
    await screens.picture('reach')
    t.deepEqual(await faultsOf(page, 'reach'), [])
  },
)

step(
  'what is urgent rings on the lock of who wishes so, and stops as soon as somebody else has it; other screens hear of it once',
  async (t, { ask, phone, desk, screens }) => {
    await phone.page.goto('/account')
    await phone.page.getByRole('button', { name: /Mon compte :/ }).click()
    await phone.page.getByRole('button', { name: 'Verrouiller' }).click()
    await phone.page.getByRole('heading', { name: 'Session verrouillée' }).waitFor()
    await desk.page.goto('/account')
    await desk.page.getByRole('heading', { name: 'Open sessions' }).waitFor()
    await desk.page.evaluate('lookAway(true)')
    const request = await ask('urgent')
    await phone.page.getByRole('region', { name: 'Une demande urgente sonne' }).waitFor()
    await ringing(phone.page).waitFor()
    const said = await textOf(phone.page)
    t.notRegex(said, new RegExp(`${CANARY}|${request.reference}`))
    await screens.picture('locked-urgent')
    t.is(await ringing(desk.page).count(), 0)
    const onDesktop = () => desk.page.evaluate<string[][]>('desktop')
    const [shown] = await eventually('the desktop says it', async () => {
      const said = await onDesktop()
      return said.length > 0 ? said : undefined
    })
    t.deepEqual(shown?.slice(0, 3), [
      'shows',
      'New request to claim',
      `Hôpital Nord (fictif) · ${request.reference}`,
    ])
    t.regex(await desk.page.title(), /^\(\d+\)/)
    t.false(JSON.stringify(await onDesktop()).includes(CANARY))
    await desk.page.evaluate('pressDesktop()')
    await desk.page.waitForURL(`**/requests/${request.id}`)
    t.deepEqual((await onDesktop()).at(-1), ['takes back', shown?.[3]])
    await desk.page.evaluate('lookAway(false)')
    const stillInTime = stillOnceClaimed(t, desk.page, phone.page)
    await desk.page
      .getByRole('button', { name: /^Claim/ })
      .first()
      .click()
    await stillInTime('locked telephone')
    await falls(phone.page)
    await phone.page.getByText('Dr Sample Reader l’a prise').waitFor()
    await phone.page.locator('input[name=password]').fill(PASSWORD)
    await phone.page.getByRole('button', { name: 'Déverrouiller' }).click()
    await phone.page.getByRole('heading', { name: 'Sessions ouvertes' }).waitFor()
  },
)

step(
  'an emergency is said on the desktop too while one looks elsewhere; who comes without a session signs in and is one tap away, and then it is said nowhere',
  async (t, { ask, phone, desk, screens, node }) => {
    await desk.page.goto('/account')
    await desk.page.getByRole('heading', { name: 'Open sessions' }).waitFor()
    await desk.page.evaluate('lookAway(true)')
    const request = await ask()
    await ringing(desk.page).waitFor()
    await ringing(phone.page).waitFor()
    await hears(desk.page, PULSE, 3)
    const onDesktop = () => desk.page.evaluate<string[][]>('desktop')
    const [shown] = await eventually('the desktop says it', async () => {
      const said = await onDesktop()
      return said.length > 0 ? said : undefined
    })
    t.is(shown?.[2], `Hôpital Nord (fictif) · ${request.reference}`)
    const badge = async () => Number(/^\((\d+)\)/.exec(await desk.page.title())?.[1] ?? 0)
    const unread = await badge()
    t.true(unread > 0)
    const [claim] = (await node.services.notifications.alerts.ofRequest(request.id)).filter(
      ({ kind }) => kind === 'claim',
    )
    const other = await screens.visit({ width: 390, height: 844 })
    await other.page.goto(`/alarm/${claim?.id}`)
    await other.page.locator('input[name=email]').waitFor()
    t.notRegex(await textOf(other.page), new RegExp(`${CANARY}|${request.reference}|Hôpital Nord`))
    await other.page.locator('input[name=email]').fill('radiologue@lecture.example')
    await other.page.locator('input[name=password]').fill(PASSWORD)
    await other.page.locator('button[type=submit]').click()
    await other.page.waitForURL(`**/alarm/${claim?.id}`)
    await other.page.getByRole('button', { name: 'Je prends' }).click()
    await other.page.getByText('C’est à vous').waitFor()
    for (const { page } of [desk, phone]) {
      await ringing(page).waitFor({ state: 'detached' })
      await falls(page)
    }
    await eventually('the desktop takes it back', async () =>
      (await onDesktop()).some(([what, tag]) => what === 'takes back' && tag === shown?.[3])
        ? true
        : undefined,
    )
    await eventually('one less to look at', async () => ((await badge()) < unread ? true : undefined))
    await desk.page.evaluate('lookAway(false)')
    await other.context.close()
  },
)

step(
  'a closed browser that is woken shows the alarm in its own words, says that it came, keeps nothing, and leads to it',
  async (t, { phone }) => {
    const { page, context } = phone
    const origin = new URL(page.url()).origin
    await context.grantPermissions(['notifications'], { origin })
    const devtools = await context.newCDPSession(page)
    const registered = new Promise<string>(resolve => {
      devtools.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
        for (const { registrationId, status } of versions) if (status === 'activated') resolve(registrationId)
      })
    })
    await devtools.send('ServiceWorker.enable')
    t.is(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0)
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/sw.js', { scope: '/' })
      await navigator.serviceWorker.ready
    })
    const received = context.waitForEvent('request', request => request.url().endsWith('/api/push/received'))
    await devtools.send('ServiceWorker.deliverPushMessage', {
      origin,
      registrationId: await registered,
      data: JSON.stringify({
        id: 'ntc_1',
        device: 'dev_1',
        proof: 'x',
        urgency: 'emergency',
        rings: true,
        path: `${origin}/alarm/alt_1`,
        act: '/requests/req_1',
        title: 'Urgence vitale · Nouvelle demande',
        body: 'Hôpital Nord · N-0001',
      }),
    })
    t.deepEqual(JSON.parse((await received).postData() ?? ''), {
      notice: 'ntc_1',
      device: 'dev_1',
      proof: 'x',
    })
    const shown = await eventually('the notification', async () => {
      const [one] = await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready
        return (await registration.getNotifications()).map(
          ({ title, body, tag, requireInteraction, data }) => ({
            title,
            body,
            tag,
            requireInteraction,
            data,
          }),
        )
      })
      return one
    })
    t.deepEqual(shown, {
      title: 'Urgence vitale · Nouvelle demande',
      body: 'Hôpital Nord · N-0001',
      tag: 'alt_1',
      requireInteraction: true,
      data: { path: '/alarm/alt_1', act: '/requests/req_1' },
    })
    t.deepEqual(await page.evaluate(() => caches.keys()), [])

    // A press is the browser's own; where it leads is told by the worker.
    const worker = context.serviceWorkers().find(each => each.url().endsWith('/sw.js')) ?? t.fail()
    const press = () => worker.evaluate<string[]>(PRESS)
    const goesTo = (path: string) => page.evaluate(place => history.pushState({}, '', place), path)
    t.deepEqual(await press(), ['closes', 'opens /alarm/alt_1'])
    for (const path of ['/alarm/alt_1', '/requests/req_1', '/requests/req_1/read']) {
      await goesTo(path)
      t.deepEqual(await press(), ['closes', 'focuses'], path)
    }
    await goesTo('/requests/req_11')
    t.deepEqual(await press(), ['closes', 'opens /alarm/alt_1'])
    await page.goto('/account/reach')

    // Another address from the push service: the node knows it from then on, and not the one before.
    const devices = async () =>
      (await page.evaluate(async () => (await fetch('/api/reach')).json())).devices as { id: string }[]
    const renewed = (before: string | null, after: string) =>
      worker.evaluate(`(${RENEW})(${JSON.stringify(before)}, ${JSON.stringify(after)})`)
    const [one, two] = ['one', 'two'].map(name => `https://fcm.googleapis.com/fcm/send/${name}`)
    await renewed(null, one ?? '')
    const [first] = await devices()
    await renewed(one ?? '', two ?? '')
    const [second, ...more] = await devices()
    t.truthy(first)
    t.not(second?.id, first?.id)
    t.deepEqual(more, [])
    // Nobody is to be called there.
    await page.evaluate(id => fetch(`/api/reach/devices/${id}`, { method: 'DELETE' }), second?.id)
    t.deepEqual(await devices(), [])
    await page.evaluate(async () => (await navigator.serviceWorker.ready).unregister())
  },
)

step(
  'whoever coordinates sees who was told and what comes next, stops the ladder by name, and records calls in a few presses',
  async (t, { ask, desk, screens, node }) => {
    const { page } = desk
    const request = await ask()
    const alertNow = await eventually('the alert', async () =>
      (await node.services.notifications.alerts.ofRequest(request.id)).find(({ kind }) => kind === 'claim'),
    )
    await node.services.db.write(tx =>
      tx
        .sql<{ call_tasks: object }>()
        .insertInto('call_tasks')
        .values({ id: 'cal_essai', alert: alertNow.id, opened_at: Date.parse(alertNow.openedAt) })
        .execute(),
    )
    await desk.context.clearCookies()
    await desk.signIn('regulation@lecture.example')
    await page.goto('/requests')
    await page.getByRole('region', { name: 'Un appel à passer' }).waitFor()
    await page.getByRole('button', { name: 'Pas de réponse' }).click()
    await page.getByText(/Pas de réponse · Dominique Fictif/).waitFor()
    await screens.picture('calls')
    t.deepEqual(await faultsOf(page, 'calls'), [])
    await page.goto(`/requests/${request.id}`)
    await page.getByRole('heading', { name: 'Qui est prévenu' }).waitFor()
    await page.getByText('prochain palier', { exact: true }).waitFor()
    await screens.picture('ladder-open')
    t.deepEqual(await faultsOf(page, 'open ladder'), [])
    await page.goto('/requests')
    await page.getByRole('button', { name: 'Joint' }).click()
    await page.locator('input[name=name]').fill('Dr Sample Reader')
    await page.getByRole('button', { name: 'Enregistrer' }).click()
    await page.getByRole('region', { name: 'Un appel à passer' }).waitFor({ state: 'detached' })
    const after = (await node.services.notifications.alerts.ofRequest(request.id)).find(
      ({ id }) => id === alertNow.id,
    )
    t.like(after, { state: 'acknowledged', by: { name: 'Dominique Fictif' } })

    const second = await ask()
    await page.goto(`/requests/${second.id}`)
    await page.getByRole('button', { name: 'Je m’en occupe' }).click()
    await page.getByRole('textbox', { name: 'Ce que vous faites' }).fill('J’appelle le groupe voisin')
    await page.getByRole('dialog').getByRole('button', { name: 'Je m’en occupe' }).click()
    await page.getByText('Les paliers s’arrêtent ici.').waitFor()
  },
)

step(
  'an administrator looks at every letter in both languages, where no script of it could run',
  async (t, { desk, screens }) => {
    const { page } = desk
    await desk.context.clearCookies()
    await desk.signIn('administration@nord.example')
    await page.goto('/letters')
    const frame = page.frameLocator('iframe')
    await frame.getByText('Une demande attend une prise en charge').waitFor()
    t.is(await page.locator('iframe').getAttribute('sandbox'), '')
    await screens.picture('letters')
    t.deepEqual(await faultsOf(page, 'letters'), [])
    await page.getByRole('radio', { name: 'English' }).check({ force: true })
    await frame.getByText('A request is waiting to be claimed').waitFor()
    t.deepEqual(desk.faults, [])
  },
)
