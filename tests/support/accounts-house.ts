import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Accounts, openAccounts } from '../../node/accounts/accounts.js'
import { factorDue, mayTry } from '../../node/accounts/permissions.js'
import { accountRoutes } from '../../node/accounts/routes.js'
import { accountMigrations } from '../../node/accounts/schema.js'
import { type ManualClock, manualClock } from '../../node/clock.js'
import { loadConfig } from '../../node/config.js'
import { openDatabase } from '../../node/database.js'
import type { Route } from '../../node/http/route.js'
import { httpMigrations } from '../../node/http/schema.js'
import { openHttp } from '../../node/http/server.js'
import { openIds } from '../../node/ids.js'
import type { StoredFact } from '../../node/journal/facts.js'
import { type Journal, openJournal } from '../../node/journal/journal.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { openLinks } from '../../node/links/links.js'
import { linkMigrations } from '../../node/links/schema.js'
import { silentLog } from '../../node/log.js'
import { contractRoutes } from '../../node/offsite/contract-routes.js'
import { openOffsite } from '../../node/offsite/offsite.js'
import { offsiteMigrations } from '../../node/offsite/schema.js'
import { siteRoutes } from '../../node/sites/routes.js'
import { siteMigrations } from '../../node/sites/schema.js'
import { openSites, type Sites } from '../../node/sites/sites.js'

export const command = { by: 'command', user: 'root' } as const
export const PASSWORD = 'correct horse battery'
export const MINUTE_MS = 60_000

export interface House {
  url: string
  clock: ManualClock
  accounts: Accounts
  sites: Sites
  journal: Journal
  file: string
  facts(type: string): Promise<StoredFact[]>
  write: ReturnType<typeof openDatabase>['write']
  /** Ends the database, so that its file alone holds everything. */
  checkpoint(): Promise<void>
}

/** Opens a node over an empty database, or over a copy of `from`. */
export async function open(
  t: Pick<ExecutionContext, 'teardown'>,
  from?: string,
  env: Record<string, string> = {},
  routes: readonly Route[] = [],
): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-accounts-'))
  const clock = manualClock(Date.UTC(2026, 10, 23, 8))
  const config = loadConfig({ env: { RELAIS_HTTP_PORT: '0', RELAIS_HTTP_SOCKET_PING_MS: '300000', ...env } })
  const file = join(folder, 'relais.db')
  if (from !== undefined) copyFileSync(from, file)
  const migrations = [
    ...journalMigrations,
    ...httpMigrations,
    ...linkMigrations,
    ...siteMigrations,
    ...accountMigrations,
    ...offsiteMigrations,
  ]
  const db = openDatabase({ file, migrations, clock })
  const ids = openIds(clock)
  const journal = openJournal({ db, clock })
  const sites = openSites({ db, clock, journal })
  const links = openLinks({ db, clock, ids, journal, codeTriesMax: config.links.codeTriesMax })
  const accounts = openAccounts({
    db,
    clock,
    ids,
    journal,
    sites,
    links,
    config,
    keysFolder: join(folder, 'keys'),
    publicUrl: () => 'http://127.0.0.1:8080',
    onTrouble: what => t.teardown(() => Promise.reject(new Error(what))),
  })
  const offsite = openOffsite({
    db,
    clock,
    ids,
    journal,
    sites,
    people: accounts,
    timeZone: 'Europe/Paris',
    isOnline: () => false,
    inHand: async () => new Map(),
    ringAlarm: async () => {},
    tellPresence: () => {},
    onTrouble: what => t.teardown(() => Promise.reject(new Error(what))),
  })
  const http = openHttp({
    config: config.http,
    node: { name: 'Relais', version: '0' },
    log: silentLog,
    clock,
    authenticate: accounts.authenticate,
    may: mayTry,
    factorDue,
    routes: [
      ...siteRoutes({ sites }),
      ...contractRoutes({ clock, offsite }),
      ...accountRoutes({ accounts, config, calls: () => [] }),
      ...routes,
    ],
    onSessionEnd: accounts.onSessionEnd,
    live: {
      head: journal.head,
      factsSince: async seq => ({ facts: [], upTo: seq }),
      onCommit: wake => journal.onCommit(wake),
    },
  })
  const { url } = await http.listen()
  t.teardown(async () => {
    await http.close()
    await db.close()
    rmSync(folder, { recursive: true })
  })
  await db.write(tx =>
    sites.apply(
      tx,
      {
        sites: [
          { id: 'nord', name: 'Hôpital Nord', kind: 'requesting', issuer: 'NORD' },
          { id: 'sud', name: 'Hôpital Sud', kind: 'requesting' },
          { id: 'lecture', name: 'Groupe de lecture', kind: 'reading' },
        ],
        contracts: [
          {
            id: 'nord-lecture',
            requesting: 'nord',
            reading: 'lecture',
            modalities: ['CT'],
            kinds: ['reading'],
            urgencies: ['routine'],
          },
        ],
      },
      command,
    ),
  )
  const facts = (type: string) => journal.read({ types: [type] })
  return { url, clock, accounts, sites, journal, file, facts, write: db.write, checkpoint: db.close }
}

/** A browser: keeps its cookie. */
export function browser(url: string) {
  let cookie = ''
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = answer.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';')[0] as string
    const text = await answer.text()
    const answered = text === '' ? undefined : JSON.parse(text)
    return { status: answer.status, set, headers: answer.headers, body: answered }
  }
  return {
    call,
    signIn: (email: string, password = PASSWORD) => call('POST', '/api/session', { email, password }),
    get cookie() {
      return cookie
    },
    get secret() {
      return cookie.slice(cookie.indexOf('=') + 1)
    },
    /** What an attacker who copied it would send. */
    stolen: (old: string) => fetch(`${url}/api/session`, { headers: { cookie: old } }),
  }
}

export const person = (email: string, role: string, site: string) => ({
  email,
  name: 'Zoé Essai',
  role,
  site,
  language: 'fr',
  password: PASSWORD,
})

/** A closed database with one person per role needed here: hashing five passwords for every test would take long. */
const cleanUps: (() => Promise<void>)[] = []
let people: Promise<string> | undefined
test.after.always(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})

async function makePeople(): Promise<string> {
  const house = await open({ teardown: cleanUp => cleanUps.push(async () => cleanUp()) })
  await house.accounts.ensureOperator({ email: 'op@relais.example', password: PASSWORD })
  for (const [email, role, site] of [
    ['zoe@nord.example', 'referrer', 'nord'],
    ['admin@nord.example', 'administrator', 'nord'],
    ['admin@sud.example', 'administrator', 'sud'],
    ['amadou@lecture.example', 'radiologist', 'lecture'],
  ] as const)
    await house.accounts.create(null, { ...person(email, role, site), role, language: 'fr' }, command)
  await house.checkpoint()
  return house.file
}

export async function withPeople(
  t: Pick<ExecutionContext, 'teardown'>,
  env: Record<string, string> = {},
  routes: readonly Route[] = [],
): Promise<House> {
  people ??= makePeople()
  return open(t, await people, env, routes)
}
