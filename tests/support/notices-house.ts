import { once } from 'node:events'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { openAddressGuard } from '../../node/address-guard.js'
import type { Acting } from '../../node/http/acting.js'
import type { Channel, Handed } from '../../node/notifications/channels/channel.js'
import { notificationFollower } from '../../node/notifications/follow.js'
import { type Notifications, openNotifications } from '../../node/notifications/notifications.js'
import { notificationMigrations } from '../../node/notifications/schema.js'
import { type Outbox, openOutbox } from '../../node/outbox/outbox.js'
import { type Settings, settingsSchema } from '../../node/settings.js'
import type { ContractView } from '../../node/sites/view.js'
import { type Act, CONTRACTS, FORM, openAct, PEOPLE, SITES } from './act.js'
import { freePort } from './children.js'

const { referrer } = PEOPLE
const STANDARD = settingsSchema.parse({})

/** Would show at once wherever the patient leaked. */
export const CANARY = 'CANARIVERT'
export const URGENT = {
  ...FORM,
  urgency: 'emergency' as const,
  patient: { ...FORM.patient, family: CANARY, given: CANARY },
  question: `${CANARY} ?`,
  context: CANARY,
}

/** What can wait: no ladder rings, so that a letter's own way shows. */
export const ROUTINE = { ...URGENT, urgency: 'routine' as const }

/** An act, and whoever is told of it. */
export interface NoticesHouse {
  act: Act
  notifications: Notifications
  outbox: Outbox
  settled: { account: string; state: string }[]
  /** People who cannot be reached any more. */
  gone: Set<string>
  addresses: Map<string, string>
  /** Ways out besides letters. */
  channels: Channel[]
  /** Who has a browser that can be woken, and who a telephone. */
  pushed: Set<string>
  phones: Map<string, string>
  online: Set<string>
  contracts?: ContractView[]
  undo: (() => Promise<void> | void)[]
}

/** The story's beginning: nobody is told anything until {@link begin}. */
export async function openNotices(): Promise<NoticesHouse> {
  const act = await openAct(notificationMigrations)
  return {
    act,
    settled: [],
    gone: new Set(),
    addresses: new Map(),
    channels: [],
    pushed: new Set(),
    phones: new Map(),
    // Whoever has the screen open is reached by it: no ladder hurries on behind the letters of these stories.
    online: new Set(['acc_rad1', 'acc_rad2']),
    undo: [() => act.close()],
  } as unknown as NoticesHouse
}

export async function closeNotices(node: NoticesHouse): Promise<void> {
  for (const step of node.undo.reverse()) await step()
}

export interface Mail {
  captured?: boolean
  smtpUrl?: string | null
  /** The channels of the configuration instead of those of the story. */
  real?: { webCa: string }
  settings?: Partial<Pick<Settings, 'push' | 'telephone'>>
}

/** The notices of an act, with letters on their way as `mail` says. */
export async function begin(node: NoticesHouse, mail: Mail): Promise<void> {
  configure(node, mail)
  const { followers } = node.act
  followers.add(notificationFollower({ tell: (tx, fact) => node.notifications.tell(tx, fact) }))
  await followers.start()
  await node.outbox.start()
}

/** As a start with these settings finds it. */
export function configure(node: NoticesHouse, mail: Mail): void {
  const { act, settled, gone, addresses } = node
  const outbox = openOutbox({ ...act, onTrouble: () => {} })
  const accounts = {
    setPhone: async (_tx: unknown, who: Acting, phone: string | null) => {
      if (phone === null) node.phones.delete(who.account.id)
      else node.phones.set(who.account.id, phone)
    },
    members: act.people.members as never,
    contact: async (account: string) => {
      const person = Object.values(PEOPLE).find(({ who }) => who.account.id === account)?.who.account
      return person === undefined || gone.has(account)
        ? undefined
        : {
            ...person,
            email: addresses.get(account) ?? person.email,
            state: 'active' as const,
            ...(node.phones.has(account) ? { phone: node.phones.get(account) as string } : {}),
          }
    },
  }
  node.outbox = outbox
  for (const [kind, handler] of Object.entries(act.requests.handlers)) outbox.handle(kind, handler)
  node.notifications = openNotifications({
    ...act,
    outbox,
    accounts,
    sites: { sites: async () => SITES, contracts: async () => node.contracts ?? CONTRACTS },
    requests: act.requests,
    ...(mail.real === undefined ? { channels: node.channels } : mail.real),
    studies: { byId: async () => undefined },
    reports: {
      mailSettled: (tx, end) => {
        settled.push({ account: end.account, state: end.state })
        return act.reports.mail.mailSettled(tx, end)
      },
      shareSettled: act.reports.mail.shareSettled,
    },
    config: {
      mail: {
        ...STANDARD.mail,
        captured: mail.captured ?? false,
        smtpUrl: mail.smtpUrl ?? null,
        from: 'Relais <relais@node.test>',
      },
      node: { name: 'Relais', language: 'fr', timeZone: null, timeServer: null, demo: false },
      links: STANDARD.links,
      sessions: STANDARD.sessions,
      push: STANDARD.push,
      telephone: STANDARD.telephone,
      ...mail.settings,
    },
    webGuard: () => openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
    keysFolder: act.folder,
    mailGuard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
    publicUrl: () => 'https://relais.example.test',
    isOnline: account => node.online.has(account),
    askedMsAgo: () => Number.POSITIVE_INFINITY,
    log: { error: () => undefined, info: () => undefined },
    onTrouble: () => undefined,
  })
  node.undo.push(() => outbox.close())
}

/** Where the link of a letter leads the person who follows it. */
export function followed(node: NoticesHouse, { who, origin }: typeof referrer, letter: string | undefined) {
  const secret = /https:\/\/relais\.example\.test\/open#token=([\w-]{43})/.exec(letter ?? '')?.[1] ?? ''
  return node.notifications.follow(who, secret, { address: '192.0.2.7', userAgent: 'Test', origin })
}

export interface Post {
  url: string
  letters: ParsedMail[]
  recipients: string[]
  close(): Promise<void>
}

/** At a port that nobody else is given when this one closes: it is opened again, or meant to be dead. */
export async function postOffice(
  node: NoticesHouse,
  options: SMTPServerOptions = {},
  at?: number,
): Promise<Post> {
  const letters: ParsedMail[] = []
  const recipients: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      simpleParser(stream).then(letter => {
        letters.push(letter)
        recipients.push(...session.envelope.rcptTo.map(({ address }) => address))
        done()
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  const port = at ?? (await freePort())
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  const close = () => new Promise<void>(resolve => server.close(() => resolve()))
  node.undo.push(close)
  return { url: `smtp://127.0.0.1:${port}`, letters, recipients, close }
}

/** Resolves once the condition holds; each look lets due jobs run. */
export async function until(node: NoticesHouse, condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let looks = 0; looks < 1000; looks++) {
    await node.act.followers.settled()
    if (await condition()) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('The condition never held.')
}

/** Moves the clock over a back-off; releasing the lane is what a new look at the server's health does. */
export function later(node: NoticesHouse): void {
  node.act.clock.advance(60_000)
  node.outbox.release('mail')
}

export const MINUTE_MS = 60_000

/** A channel whose far end does as it is told; keeps what it was given. */
export function channel(
  node: NoticesHouse,
  name: 'push' | 'telephone',
  answer: () => Handed = () => ({ result: 'done' }),
): Channel & { rung: string[] } {
  const rung: string[] = []
  return {
    name,
    lane: name,
    unusable: undefined,
    bringsLink: name === 'telephone',
    reaches: ({ account, telephone }) =>
      name === 'push' ? node.pushed.has(account) : telephone !== undefined,
    hand: async ({ reach }) => {
      const handed = answer()
      if (handed.result === 'done') rung.push(reach.account)
      return handed
    },
    check: async () => ({ well: true }),
    rung,
  }
}

/** Moves the clock on and lets what is due be done. */
export async function pass(node: NoticesHouse, ms: number): Promise<void> {
  node.act.clock.advance(ms)
  await node.act.db.write(tx =>
    node.outbox.add(tx, {
      lane: `tick-${node.act.clock.now()}`,
      kind: 'tick',
      key: `tick:${node.act.clock.now()}`,
      body: {},
    }),
  )
  node.outbox.release('mail')
}
