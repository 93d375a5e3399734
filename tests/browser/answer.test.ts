import type { Locator, Page } from 'playwright-core'
import type { AnswerImagesView } from '../../node/reports/view.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { eventually } from '../support/children.js'
import { textOf } from '../support/pdf.js'
import { faultsOf } from '../support/web-axe.js'
import { openHouse, PASSWORD, playDemo } from '../support/web-house.js'
import { tell } from '../support/web-story.js'

const VIEWERS = [
  { name: 'OHIF', url: 'https://viewer.example/viewer?StudyInstanceUIDs={study}&token={token}' },
]
const CONCLUSION = 'Pas d’hémorragie.'

interface Scene {
  screens: Awaited<ReturnType<typeof openScreens>>
  /** Somebody without an account, on a telephone. */
  outside: Visitor
  referrer: Visitor
  reader: Visitor
  report: string
  study: string
  link: string
  code: string
  /** What is asked of the node behind the screens. */
  ask(path: string, more: { body?: object; bearer?: string }): Promise<Response>
  share(images: boolean): Promise<{ id: string; token: string; code: string }>
  revoke(share: string): Promise<unknown>
}

const step = tell<Scene>(async undo => {
  const house = await openHouse(undo, { RELAIS_DICOMWEB_VIEWERS: JSON.stringify(VIEWERS) })
  const [emergency] = await playDemo(house)
  const { accounts, requests, reports } = house.node.services
  const asker = async (email: string) => {
    const { who } = await accounts.signIn({ email, password: PASSWORD, address: '127.0.0.1', replaces: null })
    const { account, membership } = who
    const { site, role } = membership
    const by = { account: account.id, name: account.name, role, site, membership: membership.id }
    return { who, origin: { by: 'account' as const, ...by, address: '127.0.0.1' } }
  }
  const id = emergency?.id ?? ''
  const reader = await asker('radiologue@lecture.example')
  const referrer = await asker('demandeur@nord.example')
  await requests.send(reader, id, 'claim', {})
  const { report } = await reports.draft(reader, id)
  await reports.save(reader, report.id, 1, {
    indication: 'Céphalée brutale.',
    technique: 'Sans injection.',
    // More than a page, so that there is a second one to look at.
    results: 'Ligne médiane en place, citernes libres.\n'.repeat(60),
    conclusion: CONCLUSION,
  })
  await reports.sign(reader, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  const shared = (images: boolean) =>
    reports.shares.make(referrer, report.id, { name: 'SSR Les Pins', role: 'service', hours: 24, images })
  const { link, code } = await shared(true)
  const screens = await openScreens(undo, house.url)
  const visitors = {
    outside: await screens.visit({ language: 'en', scheme: 'light', width: 360, height: 740 }),
    referrer: await screens.visit({ width: 1366, height: 768, scheme: 'light', language: 'en' }),
    reader: await screens.visit(),
  }
  await visitors.referrer.signIn('demandeur@nord.example')
  await visitors.reader.signIn('radiologue@lecture.example')
  const study = emergency?.studies[0]?.StudyInstanceUID ?? ''
  return {
    ...{ screens, ...visitors, report: report.id, study, link, code },
    ask: (path, { body, bearer }) =>
      fetch(`${house.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          origin: house.url,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    share: async images => {
      const made = await shared(images)
      return { id: made.id, token: made.link.split('#token=')[1] ?? '', code: made.code }
    },
    revoke: share => reports.shares.revoke(referrer, report.id, share),
  }
})

const seen = (locator: Locator) => locator.waitFor({ state: 'visible' })

/** Every page as it is printed, in words. */
async function printed(page: Page): Promise<string[] | undefined> {
  const text = textOf(await page.pdf({ preferCSSPageSize: true }))
  return text?.split('\f').filter(each => each.trim() !== '')
}

step(
  'by link and code, on a telephone: the conclusion first, and nothing is wider than the screen',
  async (t, { outside: { page }, screens, link, code }) => {
    await page.goto(link)
    await page.locator('input[name=code]').fill(code)
    await page.locator('input[name=code]').press('Enter')
    await seen(page.getByRole('heading', { name: 'Conclusion' }))
    await seen(page.getByText(CONCLUSION))
    const [first] = await page.getByRole('heading', { level: 2 }).allInnerTexts()
    t.is(first, 'Conclusion')
    t.true((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360)
    await screens.picture('answer-link')
    t.deepEqual(await faultsOf(page, 'answer by link'), [])
  },
)

step(
  'the images behind the answer open by a press and are walked through with a finger, under the patient’s name',
  async (t, { outside: { page }, screens }) => {
    await page.getByRole('button', { name: 'Look at the images' }).click()
    const picture = page.getByRole('img', { name: /^Image \d+ of \d+/ })
    await seen(picture)
    const drawn = () => picture.evaluate(img => (img as HTMLImageElement).naturalWidth)
    await eventually('the picture', async () => ((await drawn()) > 0 ? true : undefined))
    const number = page.getByText(/^Im \d+ \/ \d+$/)
    const at = async () => Number(/^Im (\d+)/.exec(await number.innerText())?.[1])
    const before = await at()
    await page.getByRole('button', { name: 'Next image' }).click()
    await eventually('the next number', async () => ((await at()) === before + 1 ? true : undefined))
    await seen(picture)
    await page.getByRole('slider', { name: 'Image' }).fill('1')
    await eventually('the first number', async () => ((await at()) === 1 ? true : undefined))
    await seen(page.getByRole('img', { name: /^Image 1 of/ }))
    t.true((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360)
    await picture.scrollIntoViewIfNeeded()
    const name = page.getByRole('heading', { level: 1 })
    const box = await name.boundingBox()
    t.true(box !== null && box.y >= 0 && box.y < 120, 'who it is stays above the picture')
    await screens.picture('answer-images')
    t.deepEqual(await faultsOf(page, 'answer with images'), [])
  },
)

step(
  'printed, each page says who it is and which page of how many, by link and with an account',
  async (t, { outside, referrer, report }) => {
    await referrer.page.goto(`/reports/${report}`)
    await seen(referrer.page.getByText(CONCLUSION))
    for (const { page } of [outside, referrer]) {
      const pages = await printed(page)
      if (pages === undefined) {
        t.pass('pdftotext is not installed')
        return
      }
      t.true(pages.length > 1)
      for (const [index, text] of pages.entries()) {
        t.regex(text, /ESSAI Zoé/)
        t.regex(text, /14\/05\/1970/)
        t.regex(text, new RegExp(`\\b${index + 1} ?/ ?${pages.length}\\b`))
      }
      t.notRegex(pages.join(), /Look at the images|Voir les images|I have read|J’ai lu/)
    }
  },
)

step('who opened it acknowledges by name and function', async (t, { outside: { page, faults } }) => {
  await page.locator('input[name=name]').fill('Dr Pin')
  await page.locator('input[name=role]').fill('médecin SSR')
  await page.getByRole('button', { name: 'I have read this report' }).click()
  await seen(page.getByText(/Read by Dr Pin, médecin SSR/))
  t.deepEqual(faults, [])
})

step(
  'a study is opened in another viewer from its page and from the images, and taken back',
  async (t, { reader: { page, faults }, screens, study }) => {
    await page.goto(`/studies/${study}`)
    await page.getByRole('button', { name: 'Ouvrir dans une autre visionneuse' }).click()
    const dialog = page.getByRole('dialog', { name: 'Ouvrir dans une autre visionneuse' })
    await dialog.getByRole('button', { name: 'Donner l’accès' }).click()
    const open = dialog.getByRole('link', { name: 'Ouvrir OHIF' })
    await seen(open)
    t.regex((await open.getAttribute('href')) ?? '', /^https:\/\/viewer\.example\/viewer\?.*token=study_/)
    await screens.picture('lend')
    t.deepEqual(await faultsOf(page, 'another viewer'), [])
    await dialog.getByRole('button', { name: /^Retirer l’accès OHIF/ }).click()
    await seen(dialog.getByText(/retiré/))
    await page.goto(`/viewer/${study}`)
    await seen(page.getByRole('application').getByText(/^Im \d+ \/ \d+$/))
    await page.getByRole('button', { name: 'Ouvrir dans une autre visionneuse' }).click()
    await seen(dialog.getByText(/retiré/))
    t.deepEqual(faults, [])
  },
)

step(
  'the images go with the link: none where it was given without them, and none once it is revoked',
  async (t, { ask, share, revoke }) => {
    const without = await share(false)
    t.is((await ask('/api/answer/images', { body: without })).status, 404)
    const given = await share(true)
    t.is(
      (await ask('/api/answer/images', { body: { token: given.token } })).status,
      422,
      'the code is asked for',
    )
    const opened = await ask('/api/answer/images', { body: given })
    t.is(opened.status, 200)
    const { studies } = (await opened.json()) as AnswerImagesView
    const [study] = studies
    const path = `/dicomweb/studies/${study?.StudyInstanceUID}/series`
    const status = async () => (await ask(path, { bearer: study?.token ?? '' })).status
    t.is(await status(), 200)
    await revoke(given.id)
    t.is(await status(), 401)
    t.is((await ask('/api/answer/images', { body: given })).status, 401)
  },
)
