import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepareRows } from '../database-prepared.js'
import { Failure, fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import {
  agentOf,
  type Closing,
  idsOf,
  type LinkPurpose,
  SAME_OPENING_MS,
  type Standing,
  standingOf,
} from './rules.js'
import type { LinkTables } from './schema.js'

export interface NewLink {
  purpose: LinkPurpose
  /** Id of what it is for. */
  subject: string
  site: string | null
  /** How long it can be opened. */
  validMs: number
  /** Asks for a code that goes to the person by another channel: a new one, or the one of the thing's newest link. */
  code?: 'new' | 'as-before'
}

export interface MadeLink {
  id: string
  /** 256 bits, base64url. Kept nowhere: it is in the link, after its `#`, and that is all. */
  secret: string
  /** Eight digits, where one is asked for; kept nowhere either. */
  code?: string
  expiresAt: number
}

export interface Link {
  id: string
  purpose: LinkPurpose
  subject: string
  expiresAt: number
}

export interface Opening {
  at: number
  address: string
  userAgent: string
}

/** Who opens it, and from where. */
export interface Opener {
  address: string
  userAgent: string | undefined
  /** The person who is signed in; the system where nobody is. */
  origin: Origin
}

/**
 * Links that are handed to people: of one purpose, with an end, revocable, and opened only by a person's own act. What a
 * mail scanner does with one, following it as often as it likes, reaches none of these functions.
 */
export interface Links {
  /** Makes one. `origin` null: it is a letter's, and the letter's own fact names it once it has left. */
  make(tx: Tx, link: NewLink, origin: Origin | null): Promise<MadeLink>
  /** It never left the house: it opens nothing, and nothing remembers it. */
  forget(tx: Tx, id: string): Promise<void>
  /**
   * A person opens it: recorded, and not used up. Throws `unauthenticated`, the same whether it never was, has expired, was
   * used or closed, or is for something else; `invalid` with the field `code` while a code is missing or wrong.
   * `accepts` says whether what it is for fits who opens it: where not, the link is another's, and as good as none.
   */
  open(asked: {
    secret: string
    purpose: LinkPurpose | readonly LinkPurpose[]
    code?: string
    by: Opener
    accepts?(link: Link): Promise<boolean>
  }): Promise<Link>
  /** The link a secret is of while it can be opened, without opening it. */
  known(secret: string, purpose: LinkPurpose): Promise<Link | undefined>
  /** Uses it up; throws `unauthenticated` when somebody was faster. All others for the same thing are replaced with it. */
  use(tx: Tx, link: Link, origin: Origin): Promise<void>
  /** Closes all that are open for a thing; gives how many. */
  close(tx: Tx, of: { purpose: LinkPurpose; subject: string }, why: Closing, origin: Origin): Promise<number>
  /** Whether one can be opened for it that was made since then. */
  isOpen(of: { purpose: LinkPurpose; subject: string }, sinceMs?: number): Promise<boolean>
  /** Who opened those for a thing, oldest first. */
  openings(of: { purpose: LinkPurpose; subject: string }): Promise<Opening[]>
  /** Why the newest of a thing opens nothing any more; undefined while one does. */
  standing(of: { purpose: LinkPurpose; subject: string }): Promise<Standing | undefined>
}

/** Every letter about a notice runs it: it is compiled once. */
const insertLinks = prepareRows(
  [
    ...(['id', 'digest', 'purpose', 'subject', 'site', 'made_at', 'expires_at'] as const),
    ...(['code', 'tries_left', 'closed_at', 'closed'] as const),
  ],
  (sql: Kysely<LinkTables>, rows: LinkTables['links'][]) => sql.insertInto('links').values(rows),
)

const CODE_DIGITS = 8
/** Openings shown of one thing: more are no help to anybody. */
const OPENINGS_MAX = 50

export function openLinks(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  /** Wrong codes before a link is closed. */
  codeTriesMax: number
}): Links {
  const { db, clock, ids, journal, codeTriesMax } = options
  const told = (
    tx: Tx,
    type: 'link-made' | 'link-opened' | 'link-used' | 'link-closed',
    link: { id: string; purpose: LinkPurpose; subject: string; site: string | null },
    body: Record<string, string>,
    origin: Origin,
  ) =>
    journal.append(
      tx,
      { type, site: link.site, ids: idsOf(link), body: { purpose: link.purpose, ...body } },
      origin,
    )

  const close: Links['close'] = async (tx, { purpose, subject }, why, origin) => {
    const closed = await tx
      .sql<LinkTables>()
      .updateTable('links')
      .set({ closed_at: clock.now(), closed: why })
      .where('purpose', '=', purpose)
      .where('subject', '=', subject)
      .where('closed_at', 'is', null)
      .where('expires_at', '>', clock.now())
      .returning(['id', 'purpose', 'subject', 'site'])
      .execute()
    for (const link of closed) await told(tx, 'link-closed', link, { why }, origin)
    return closed.length
  }

  /** A wrong code costs a try, and the last one the link. */
  const wrongCode = (id: string): Promise<number> =>
    db.write(async tx => {
      const row = await tx
        .sql<LinkTables>()
        .updateTable('links')
        .set(eb => ({ tries_left: eb('tries_left', '-', 1) }))
        .where('id', '=', id)
        .where('closed_at', 'is', null)
        .where('tries_left', '>', 0)
        .returning(['id', 'purpose', 'subject', 'site', 'tries_left'])
        .executeTakeFirst()
      if (row === undefined) return 0
      if (row.tries_left > 0) return row.tries_left
      await tx
        .sql<LinkTables>()
        .updateTable('links')
        .set({ closed_at: clock.now(), closed: 'guessed' })
        .where('id', '=', id)
        .execute()
      await told(tx, 'link-closed', row, { why: 'guessed' }, { by: 'system', part: 'links' })
      return 0
    })

  const record = async (link: LinkTables['links'], by: Opener): Promise<void> => {
    const opening = { link: link.id, address: by.address, user_agent: agentOf(by.userAgent) }
    const same = await db
      .sql<LinkTables>()
      .selectFrom('link_openings')
      .select('at')
      .where('link', '=', link.id)
      .where('address', '=', opening.address)
      .where('user_agent', '=', opening.user_agent)
      .where('at', '>', clock.now() - SAME_OPENING_MS)
      .executeTakeFirst()
    if (same !== undefined) return
    const { address, user_agent: userAgent } = opening
    await db.write(async tx => {
      await tx
        .sql<LinkTables>()
        .insertInto('link_openings')
        .values({ ...opening, at: clock.now() })
        .execute()
      await told(tx, 'link-opened', link, { address, userAgent }, by.origin)
    })
  }

  const newest = (of: { purpose: LinkPurpose; subject: string }) =>
    db
      .sql<LinkTables>()
      .selectFrom('links')
      .selectAll()
      .where('purpose', '=', of.purpose)
      .where('subject', '=', of.subject)
      .orderBy('made_at', 'desc')

  return {
    make: async (tx, { purpose, subject, site, validMs, ...asked }, origin) => {
      const [id, secret] = [ids.next('lnk'), ids.secret()]
      const code =
        asked.code === 'new' ? String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0') : undefined
      const before =
        asked.code === 'as-before' ? (await newest({ purpose, subject }).execute())[0]?.code : undefined
      const digest = code === undefined ? (before ?? null) : codeDigest(subject, code)
      const now = clock.now()
      const expiresAt = now + validMs
      await insertLinks(tx.sql<LinkTables>(), [
        {
          id,
          digest: digestOf(secret),
          purpose,
          subject,
          site,
          made_at: now,
          expires_at: expiresAt,
          code: digest,
          tries_left: digest === null ? 0 : codeTriesMax,
          closed_at: null,
          closed: null,
        },
      ])
      if (origin !== null) await told(tx, 'link-made', { id, purpose, subject, site }, {}, origin)
      return { id, secret, expiresAt, ...(code === undefined ? {} : { code }) }
    },
    forget: async (tx, id) => {
      await tx.sql<LinkTables>().deleteFrom('link_openings').where('link', '=', id).execute()
      await tx.sql<LinkTables>().deleteFrom('links').where('id', '=', id).execute()
    },
    open: async ({ secret, purpose, code, by, accepts }) => {
      const row = await db
        .sql<LinkTables>()
        .selectFrom('links')
        .selectAll()
        .where('digest', '=', digestOf(secret))
        .executeTakeFirst()
      const wanted: readonly string[] = typeof purpose === 'string' ? [purpose] : purpose
      if (row === undefined || !wanted.includes(row.purpose) || standingOf(row, clock.now()) !== 'open')
        return noLink()
      const { id, subject } = row
      const link: Link = { id, purpose: row.purpose, subject, expiresAt: row.expires_at }
      if (accepts !== undefined && !(await accepts(link))) return noLink()
      if (row.code !== null && code === undefined)
        throw new Failure('invalid', { fr: 'Il manque le code.', en: 'The code is missing.' }, [
          { path: 'code', message: 'missing' },
        ])
      if (row.code !== null && !timingSafeEqual(row.code, codeDigest(subject, code ?? ''))) {
        const left = await wrongCode(id)
        if (left === 0) return noLink()
        throw new Failure(
          'invalid',
          {
            fr: `Le code est faux ; ${left === 1 ? 'un seul essai reste' : `${left} essais restent`}.`,
            en: `The code is not right; ${left} more may be tried.`,
          },
          [{ path: 'code', message: String(left) }],
        )
      }
      await record(row, by)
      return link
    },
    known: async (secret, purpose) => {
      const row = await db
        .sql<LinkTables>()
        .selectFrom('links')
        .selectAll()
        .where('digest', '=', digestOf(secret))
        .where('purpose', '=', purpose)
        .executeTakeFirst()
      return row !== undefined && standingOf(row, clock.now()) === 'open'
        ? { id: row.id, purpose, subject: row.subject, expiresAt: row.expires_at }
        : undefined
    },
    use: async (tx, { id, purpose, subject }, origin) => {
      const used = await tx
        .sql<LinkTables>()
        .updateTable('links')
        .set({ closed_at: clock.now(), closed: 'used' })
        .where('id', '=', id)
        .where('closed_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .returning(['id', 'purpose', 'subject', 'site'])
        .executeTakeFirst()
      if (used === undefined) return noLink()
      await told(tx, 'link-used', used, {}, origin)
      await close(tx, { purpose, subject }, 'replaced', origin)
    },
    close,
    isOpen: async (of, sinceMs = 0) => {
      const open = await newest(of)
        .where('closed_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .where('made_at', '>=', sinceMs)
        .limit(1)
        .execute()
      return open.length > 0
    },
    openings: async ({ purpose, subject }) => {
      const rows = await db
        .sql<LinkTables>()
        .selectFrom('link_openings')
        .innerJoin('links', 'links.id', 'link_openings.link')
        .select(['at', 'address', 'user_agent'])
        .where('purpose', '=', purpose)
        .where('subject', '=', subject)
        .orderBy('at')
        .limit(OPENINGS_MAX)
        .execute()
      return rows.map(({ at, address, user_agent }) => ({ at, address, userAgent: user_agent }))
    },
    standing: async of => {
      const rows = await newest(of).execute()
      const standings = rows.map(row => standingOf(row, clock.now()))
      return standings.includes('open') ? 'open' : standings[0]
    },
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Of what it is for, so that every link to that asks for the same code. Alone it opens nothing: the secret does. */
function codeDigest(subject: string, code: string): Buffer {
  return createHash('sha256')
    .update(`${subject} ${code.replace(/\D/g, '')}`)
    .digest()
}

function noLink(): never {
  fail('unauthenticated', {
    fr: 'Ce lien a servi, a expiré ou n’a jamais existé. Demandez-en un nouveau.',
    en: 'This link was used, has expired, or never was. Ask for a new one.',
  })
}
