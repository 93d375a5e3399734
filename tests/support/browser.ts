import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { found } from './programs.js'
import { dice, seed } from './scale.js'
import { PASSWORD, type Undo } from './web-house.js'

const CHROMIUM = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  // Without a graphics card the processor paints quicker by itself than by playing one.
  '--disable-gpu-rasterization',
]
/**
 * RELAIS_TEST_SLOW, milliseconds: every call of a screen leaves late by up to so much, by chance, and of what is read the
 * answer comes late too. What holds only on a quick line breaks here, in the product or in its test. The browser keeps no
 * answers of its own then, and what a test itself holds back is not slowed down.
 */
const SLOW_MS = Number(process.env['RELAIS_TEST_SLOW'] ?? 0)
/** How long a screen may take to show what it should: the machine is shared with other tests. */
const WAIT_MS = 30_000

/** One person at one machine: a profile of their own, and everything the browser complained about. */
export interface Visitor {
  page: Page
  context: BrowserContext
  /** Errors of scripts and of the console, and answers 5xx, since the visit began. */
  faults: string[]
  signIn(email: string, password?: string): Promise<void>
}

export interface Screens {
  visit(options?: VisitOptions): Promise<Visitor>
  /** Pictures of what everybody sees, into the folder RELAIS_TEST_SCREENS when it is set. */
  picture(name: string): Promise<void>
}

interface VisitOptions {
  language?: 'fr' | 'en'
  scheme?: 'dark' | 'light'
  width?: number
  height?: number
}

/** A real Chromium on the screens of one node. */
export async function openScreens(undo: Undo, url: string, flags: readonly string[] = []): Promise<Screens> {
  const browser: Browser = await chromium.launch({
    executablePath: found('chromium') ?? '',
    args: [...CHROMIUM, ...flags],
  })
  undo.teardown(() => browser.close())
  const visitors: Visitor[] = []
  return {
    visit: async ({ language = 'fr', scheme = 'dark', width = 1440, height = 900 } = {}) => {
      const context = await browser.newContext({
        baseURL: url,
        locale: language === 'fr' ? 'fr-FR' : 'en-GB',
        timezoneId: 'Europe/Paris',
        colorScheme: scheme,
        reducedMotion: 'reduce',
        viewport: { width, height },
      })
      context.setDefaultTimeout(WAIT_MS)
      const faults = complaintsOf(context)
      if (SLOW_MS > 0) await slowDown(context)
      const page = await context.newPage()
      const visitor: Visitor = {
        page,
        context,
        faults,
        signIn: async (email, password = PASSWORD) => {
          await page.goto('/sign-in')
          await page.locator('input[name=email]').fill(email)
          await page.locator('input[name=password]').fill(password)
          await page.locator('button[type=submit]').click()
          await page.waitForURL(address => address.pathname !== '/sign-in')
        },
      }
      visitors.push(visitor)
      return visitor
    },
    picture: async name => {
      const folder = process.env['RELAIS_TEST_SCREENS']
      if (!folder) return
      mkdirSync(folder, { recursive: true })
      for (const [at, { context }] of visitors.entries())
        for (const [tab, page] of context.pages().entries())
          await page.screenshot({ path: join(folder, `${name}-${at + 1}-${tab + 1}.png`) })
    },
  }
}

async function slowDown(context: BrowserContext): Promise<void> {
  const roll = dice(seed)
  // Most are hardly late, a few are very: they overtake one another.
  const wait = () => sleep((roll(1000) / 1000) ** 2 * SLOW_MS)
  await context.route('**/api/**', async route => {
    try {
      await wait()
      if (route.request().method() !== 'GET') return await route.continue()
      const response = await route.fetch()
      await wait()
      await route.fulfill({ response })
    } catch {
      // The page asks for it no more, or is gone: then nothing is owed to it.
    }
  })
}

/** An answer 4xx, also to the live line, that the screen puts into words is told by the browser too: no fault of ours. */
const TOLD_BY_THE_SCREEN =
  /^Failed to load resource: the server responded with a status of 4\d\d|^WebSocket connection .* failed: HTTP Authentication failed/

function complaintsOf(context: BrowserContext): string[] {
  const faults: string[] = []
  context.on('console', message => {
    if (message.type() !== 'error' || TOLD_BY_THE_SCREEN.test(message.text())) return
    faults.push(`console: ${message.text()} (${message.location().url})`)
  })
  context.on('weberror', error => faults.push(`script: ${error.error().stack ?? error.error().message}`))
  context.on('response', answer => {
    if (answer.status() >= 500)
      faults.push(`${answer.status()}: ${answer.request().method()} ${answer.url()}`)
  })
  return faults
}
