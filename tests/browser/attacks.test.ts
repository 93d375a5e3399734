import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { cookieName } from '../../node/http/cookie.js'
import { openScreens, type Visitor } from '../support/browser.js'
import { openNode, type TestNode } from '../support/node.js'
import { CAST, OPERATOR, PASSWORD } from '../support/people.js'
import { attackersPage, attacks } from '../support/web-attacks.js'
import type { Undo } from '../support/web-house.js'
import { show } from '../support/web-story.js'

interface Scene {
  node: TestNode
  screens: Awaited<ReturnType<typeof openScreens>>
  victim: Visitor
  /** Pages of the attacker: beside the node on its host, on another site, and of a name made to lead to the node. */
  beside: string
  elsewhere: string
  rebound: string
}

/** Serves the attacker's page under every path. */
async function attacker(undo: Undo): Promise<number> {
  const server = createServer((_request: IncomingMessage, answer) => {
    answer.setHeader('Content-Type', 'text/html; charset=utf-8')
    answer.end(attackersPage)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const step = show<Scene>(async undo => {
  const node = await openNode(undo, { env: OPERATOR })
  const { email, name, role, site } = CAST.operator
  const account = { email, name, role, site, language: 'fr' as const, password: PASSWORD }
  await node.services.accounts.create(null, account, { by: 'command', user: 'test' })
  const { email: other, ...rest } = CAST.keeper
  await node.services.accounts.create(
    null,
    { ...rest, email: other, language: 'fr' as const, password: PASSWORD },
    { by: 'command', user: 'test' },
  )
  const port = await attacker(undo)
  const screens = await openScreens(undo, node.addresses.http, [
    '--host-resolver-rules=MAP *.evil.example 127.0.0.1',
  ])
  const victim = await screens.visit()
  await victim.signIn(email, PASSWORD)
  return {
    node,
    screens,
    victim,
    beside: `http://127.0.0.1:${port}`,
    elsewhere: `http://prizes.evil.example:${port}`,
    rebound: `http://rebound.evil.example:${new URL(node.addresses.http).port}`,
  }
})

/** Lets the page try everything; gives the names of what it won, in words. */
async function tryAll(page: Page, { node }: Scene, target = node.addresses.http): Promise<string[]> {
  const won: string[] = []
  for (const [name, attack] of Object.entries(attacks)) {
    const head = await node.services.journal.head()
    const prize = await page.evaluate(`(${attack.toString()})(${JSON.stringify(target)})`)
    if (typeof prize === 'string') won.push(`${name}: ${prize.slice(0, 100)}`)
    for (const done of await node.doneSince(head)) won.push(`${name}: it was written down: ${done}`)
  }
  return won
}

const signedIn = (page: Page) =>
  page.evaluate(async () => {
    const answer = await fetch('/api/session')
    return answer.ok ? ((await answer.json()) as { account: { email: string } }).account.email : answer.status
  })

for (const [where, words] of [
  ['elsewhere', 'of another site'],
  ['beside', 'of another port of the same host, where browsers send our cookie along'],
] as const)
  step(`a page ${words} tries ${Object.keys(attacks).length} attacks and wins nothing`, async (t, scene) => {
    const { victim, node } = scene
    t.true(Object.keys(attacks).length >= 40)
    const page = await victim.context.newPage()
    await page.goto(scene[where])
    t.deepEqual(await tryAll(page, scene), [])
    t.is(new URL(page.url()).origin, scene[where], 'nor was the page led away')
    const frames = page.frames().map(frame => frame.url())
    t.deepEqual(
      frames.filter(url => url.startsWith(`${node.addresses.http}/requests`)),
      [],
      'no screen of ours is in its frames',
    )
    t.is(await signedIn(victim.page), CAST.operator.email, 'the person is who they were')
    await page.close()
  })

step(
  'the attacks are real: against a server that does not defend itself most of them win',
  async (t, scene) => {
    const { victim, node, beside } = scene
    const page = await victim.context.newPage()
    await page.goto(beside)
    const won = await tryAll(page, scene, beside)
    t.log(`${won.length} of ${Object.keys(attacks).length} win there`)
    t.true(won.length >= 20, won.join('\n'))
    await page.close()
    // And what they would write is something that can be written.
    const head = await node.services.journal.head()
    const status = await victim.page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ name: 'ours', rights: ['peer.see'] })
      return (await fetch('/api/tokens', { method: 'POST', headers, body })).status
    })
    t.is(status, 201)
    t.is((await node.doneSince(head)).length, 1)
  },
)

step('a name made to lead to the node shows nothing of it', async (t, { victim, rebound }) => {
  const page = await victim.context.newPage()
  const answer = await page.goto(`${rebound}/`)
  t.is(answer?.status(), 421)
  t.is(await page.evaluate(async () => (await fetch('/api/node')).status), 421)
  t.is(await page.evaluate(async () => (await fetch('/api/session', { method: 'POST' })).status), 421)
  const opened = await page.evaluate(
    () =>
      new Promise(resolve => {
        const socket = new WebSocket(`ws://${location.host}/ws`)
        socket.onopen = () => resolve('open')
        socket.onerror = () => resolve('refused')
      }),
  )
  t.is(opened, 'refused')
  await page.close()
})

step(
  'no address of ours leads elsewhere, and none is run as a page',
  async (t, { victim, node, elsewhere }) => {
    const page = await victim.context.newPage()
    const { origin } = new URL(node.addresses.http)
    const evil = encodeURIComponent(elsewhere)
    const script = '%3Cscript%3Edocument.title=%22owned%22%3C/script%3E'
    for (const path of [
      `//prizes.evil.example/`,
      `/%2f%2fprizes.evil.example`,
      `/\\prizes.evil.example`,
      `/sign-in?next=${evil}`,
      `/sign-in?next=//prizes.evil.example`,
      `/requests?return=${evil}#${elsewhere}`,
      `/sign-in?next=javascript:document.title='owned'`,
      `/api/requests?q=${script}`,
      `/api/${script}`,
      `/${script}`,
      `/requests/${script}`,
      `/dicomweb/studies?PatientName=${script}`,
      '/conformance',
    ]) {
      await page.goto(`${node.addresses.http}${path}`).catch(() => undefined) // a download is no page
      await page.waitForLoadState('networkidle')
      t.is(new URL(page.url()).origin, origin, path)
      t.not(await page.title(), 'owned', path)
    }
    await page.close()
  },
)

step('a cookie laid beside ours makes nobody of the person, never somebody else', async (t, scene) => {
  const { victim, node, beside, screens } = scene
  const thief = await screens.visit()
  await thief.signIn(CAST.keeper.email, PASSWORD)
  const [stolen] = (await thief.context.cookies()).filter(({ name }) => name === cookieName(false))
  const page = await victim.context.newPage()
  await page.goto(beside)
  await page.evaluate(value => {
    // Cookies know no ports: a page beside the node may lay one there, and a longer path goes first.
    // biome-ignore lint/suspicious/noDocumentCookie: this is the attack
    document.cookie = `relais=${value}; path=/api`
  }, stolen?.value ?? t.fail())
  const who = await signedIn(victim.page)
  t.not(who, CAST.keeper.email)
  t.is(who, 401, 'whose it is cannot be told')
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: and takes it away
    document.cookie = 'relais=; path=/api; max-age=0'
  })
  t.is(await signedIn(victim.page), CAST.operator.email)

  // Fixation: what was there before signing in is worth nothing afterwards.
  const fixed = await screens.visit()
  await fixed.context.addCookies([
    { name: cookieName(false), value: 'x'.repeat(43), url: node.addresses.http },
  ])
  await fixed.signIn(CAST.operator.email, PASSWORD)
  const [after] = (await fixed.context.cookies()).filter(({ name }) => name === cookieName(false))
  t.not(after?.value, 'x'.repeat(43))
  t.like(after, { httpOnly: true, sameSite: 'Strict', path: '/' })
  await page.close()
})

step(
  'after signing out nothing comes back: not by "back", not from the cache, not by the old cookie',
  async (t, { screens }) => {
    const visitor = await screens.visit()
    await visitor.signIn(CAST.operator.email, PASSWORD)
    const { page, context } = visitor
    const before = await context.cookies()
    await page.evaluate(async () => (await fetch('/api/session', { method: 'DELETE' })).status)
    const asked = ['/api/session', '/api/requests', '/api/accounts']
    const cached = await page.evaluate(
      paths =>
        Promise.all(
          paths.map(path =>
            fetch(path, { cache: 'only-if-cached', mode: 'same-origin' }).then(
              answer => answer.status,
              () => 'nothing',
            ),
          ),
        ),
      asked,
    )
    for (const each of cached) t.true(each === 'nothing' || each === 504, String(each))
    await page.goto('/sign-in')
    await page.goBack()
    await page.waitForURL(/sign-in/)
    await context.addCookies(before)
    t.is(await signedIn(page), 401, 'the old cookie')
    t.is(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0)
    await page.close()
  },
)
