import { createHash } from 'node:crypto'
import { allows, demand } from '../accounts/permissions.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, type FieldFault, fail } from '../errors.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Presets } from '../imports/presets.js'
import type { Uploads } from '../imports/uploads.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Links, Opener } from '../links/links.js'
import type { NewInbox } from './form.js'
import { mayFill, mayUpload, stateOf } from './rules.js'
import type { InboxRow, InboxTables } from './schema.js'
import type { InboxForm, InboxPage, InboxView, NewInboxView } from './view.js'

export interface InboxLimits {
  hoursMax: number
  bytesMax: number
  graceMs: number
  /** Whether letters leave this node at all. */
  canMail: boolean
}

/** Inboxes: a desk asks an outside clinic for images; the clinic says who it is and hands them over, once. */
export interface Inboxes {
  /** Link and code are in this answer and nowhere afterwards. Throws `invalid` with the fields that do not fit. */
  make(who: Acting, asked: NewInbox, origin: Origin): Promise<NewInboxView>
  list(
    who: Acting,
    page: { site?: string; limit: number; after?: string },
  ): Promise<{ items: InboxView[]; next?: string }>
  /** Takes nothing any more, from the next byte on. Throws `missing`, `conflict` for one that was handed over. */
  revoke(who: Acting, id: string, origin: Origin): Promise<InboxView>
  /** A person opens its link; `visit` goes into a cookie. Throws as `Links.open` does. */
  open(asked: { token: string; code?: string; by: Opener }): Promise<{ visit: string; inbox: InboxRow }>
  /** Whose visit a cookie is; undefined for nobody's. */
  visited(visit: string | undefined): Promise<InboxRow | undefined>
  page(inbox: InboxRow): Promise<InboxPage>
  /** Says who sends it. Throws `conflict` once files are on their way, or when it is over. */
  fill(inbox: InboxRow, form: InboxForm): Promise<void>
  get(id: string): Promise<InboxRow | undefined>
}

const MB = 1024 * 1024
const HOUR_MS = 3_600_000
/** Longer than any inbox stands. */
const VISIT_KEPT_MS = 90 * 24 * HOUR_MS
const OUTSIDE: Origin = { by: 'system', part: 'inbox' }

export function openInboxes(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  links: Links
  presets: Presets
  uploads: Uploads
  sites: SiteNames
  limits: InboxLimits
  /** What is under way is cut off. */
  onRevoked(inbox: InboxRow, origin: Origin): Promise<void>
}): Inboxes {
  const { db, clock, ids, journal, links, presets, uploads, sites, limits } = options
  const rows = () => db.sql<InboxTables>().selectFrom('inboxes').selectAll()
  const get: Inboxes['get'] = id => rows().where('id', '=', id).executeTakeFirst()

  const told = (
    tx: Tx,
    type: string,
    inbox: InboxRow,
    body: Record<string, string | number>,
    origin: Origin,
  ) => journal.append(tx, { type, site: inbox.site, ids: { inbox: inbox.id }, body }, origin)

  async function view(inbox: InboxRow): Promise<InboxView> {
    const of = { purpose: 'inbox', subject: inbox.id } as const
    const openings = await links.openings(of)
    const link = await links.standing(of)
    return {
      id: inbox.id,
      site: inbox.site,
      siteName: sites.site(inbox.site)?.name ?? inbox.site,
      state: stateOf(inbox, { link, openings: openings.length }, clock.now(), limits.graceMs),
      recipient: inbox.recipient,
      ...(inbox.email === null ? {} : { email: inbox.email }),
      ...(inbox.phone === null ? {} : { phone: inbox.phone }),
      purpose: inbox.purpose,
      language: inbox.language,
      preset: inbox.preset,
      withCode: inbox.with_code === 1,
      bytesMax: inbox.bytes_max,
      by: inbox.by_name,
      madeAt: isoAt(inbox.made_at),
      endsAt: isoAt(inbox.ends_at),
      openings: openings.map(({ at, ...opening }) => ({ ...opening, at: isoAt(at) })),
      ...(inbox.form === null ? {} : { form: JSON.parse(inbox.form) as InboxForm }),
      ...(inbox.import === null ? {} : { import: inbox.import }),
      ...(inbox.handed_at === null ? {} : { handedOverAt: isoAt(inbox.handed_at) }),
    }
  }

  async function faultsOf(asked: NewInbox): Promise<FieldFault[]> {
    const preset = asked.preset === null ? undefined : await presets.find(asked.preset)
    return [
      ...(asked.hours > limits.hoursMax
        ? [
            {
              path: 'hours',
              message: `at most ${limits.hoursMax} (links.inboxHoursMax)`,
              fr: `au plus ${limits.hoursMax} (links.inboxHoursMax)`,
            },
          ]
        : []),
      ...(asked.mb * MB > limits.bytesMax
        ? [
            {
              path: 'mb',
              message: `at most ${limits.bytesMax / MB} (links.inboxMbMax)`,
              fr: `au plus ${limits.bytesMax / MB} (links.inboxMbMax)`,
            },
          ]
        : []),
      ...(asked.preset !== null && preset?.site !== asked.site
        ? [{ path: 'preset', message: 'no preset of this site', fr: 'aucun préréglage de ce site' }]
        : []),
      ...(asked.send && asked.email === undefined
        ? [{ path: 'email', message: 'to send the link to', fr: 'à qui envoyer le lien' }]
        : []),
      ...(asked.send && !limits.canMail
        ? [{ path: 'send', message: 'this node sends no letters', fr: 'ce nœud n’envoie pas de courriel' }]
        : []),
    ]
  }

  return {
    get,

    make: async (who, asked, origin) => {
      demand(who, 'inbox.make', { site: asked.site })
      const faults = await faultsOf(asked)
      if (faults.length > 0)
        throw new Failure(
          'invalid',
          { fr: 'Le lien de dépôt ne convient pas.', en: 'The inbox does not fit.' },
          faults,
        )
      const now = clock.now()
      const row: InboxRow = {
        id: ids.next('inb'),
        site: asked.site,
        preset: asked.preset,
        recipient: asked.recipient,
        email: asked.email ?? null,
        phone: asked.phone ?? null,
        purpose: asked.purpose,
        language: asked.language,
        with_code: asked.withCode ? 1 : 0,
        bytes_max: asked.mb * MB,
        made_by: who.account.id,
        by_name: who.account.name,
        made_at: now,
        ends_at: now + asked.hours * HOUR_MS,
        form: null,
        upload: null,
        began_at: null,
        import: null,
        handed_at: null,
        revoked_at: null,
      }
      const link = await db.write(async tx => {
        await tx.sql<InboxTables>().insertInto('inboxes').values(row).execute()
        const body = {
          recipient: row.recipient,
          purpose: row.purpose,
          endsAt: row.ends_at,
          bytesMax: row.bytes_max,
          language: row.language,
          ...(asked.send && row.email !== null ? { email: row.email } : {}),
        }
        await told(tx, 'inbox-made', row, body, origin)
        return links.make(
          tx,
          {
            purpose: 'inbox',
            subject: row.id,
            site: row.site,
            validMs: row.ends_at - now,
            ...(asked.withCode ? { code: 'new' } : {}),
          },
          origin,
        )
      })
      const { secret, code } = link
      return { ...(await view(row)), path: `/inbox#token=${secret}`, ...(code === undefined ? {} : { code }) }
    },

    list: async (who, { site, limit, after }) => {
      const mine = who.membership.everySite === true ? site : who.membership.site
      let select = rows()
        .orderBy('made_at', 'desc')
        .orderBy('id')
        .limit(limit + 1)
      if (mine !== undefined) select = select.where('site', '=', mine)
      if (after !== undefined) {
        const [at = '', id = ''] = after.split(':')
        select = select.where(eb =>
          eb.or([
            eb('made_at', '<', Number(at)),
            eb.and([eb('made_at', '=', Number(at)), eb('id', '>', id)]),
          ]),
        )
      }
      const found = (await select.execute()).filter(row => allows(who, 'inbox.see', { site: row.site }))
      const last = found.length > limit ? found[limit - 1] : undefined
      return {
        items: await Promise.all(found.slice(0, limit).map(view)),
        ...(last === undefined ? {} : { next: `${last.made_at}:${last.id}` }),
      }
    },

    revoke: async (who, id, origin) => {
      const inbox = (await get(id)) ?? fail('missing', 'There is no such inbox.')
      demand(who, 'inbox.make', { site: inbox.site }, 'There is no such inbox.')
      const isDone = await db.write(async tx => {
        const revoked = await tx
          .sql<InboxTables>()
          .updateTable('inboxes')
          .set({ revoked_at: clock.now() })
          .where('id', '=', id)
          .where('handed_at', 'is', null)
          .where('revoked_at', 'is', null)
          .executeTakeFirst()
        if (revoked.numUpdatedRows !== 1n) return false
        await links.close(tx, { purpose: 'inbox', subject: id }, 'revoked', origin)
        await told(tx, 'inbox-revoked', inbox, {}, origin)
        return true
      })
      const now = (await get(id)) ?? inbox
      if (!isDone && now.handed_at !== null)
        fail('conflict', {
          fr: 'Ce pour quoi il était fait est déjà là.',
          en: 'What it was for is here already.',
        })
      if (isDone) await options.onRevoked(now, origin)
      return view(now)
    },

    open: async ({ token, code, by }) => {
      const link = await links.open({
        secret: token,
        purpose: 'inbox',
        by,
        ...(code === undefined ? {} : { code }),
      })
      const inbox = (await get(link.subject)) ?? fail('missing', 'There is no such inbox.')
      const visit = ids.secret()
      await db.write(async tx => {
        const visits = tx.sql<InboxTables>()
        await visits
          .deleteFrom('inbox_visits')
          .where('at', '<', clock.now() - VISIT_KEPT_MS)
          .execute()
        await visits
          .insertInto('inbox_visits')
          .values({ digest: digestOf(visit), inbox: inbox.id, at: clock.now() })
          .execute()
      })
      return { visit, inbox }
    },

    visited: async visit => {
      if (visit === undefined) return undefined
      const inbox = await rows()
        .innerJoin('inbox_visits', 'inbox_visits.inbox', 'inboxes.id')
        .selectAll('inboxes')
        .where('digest', '=', digestOf(visit))
        .executeTakeFirst()
      return inbox !== undefined && clock.now() < inbox.ends_at + limits.graceMs ? inbox : undefined
    },

    page: async inbox => {
      const { handed_at, upload } = inbox
      const held = upload === null ? undefined : await uploads.held(upload, inbox.id)
      const now = clock.now()
      const isOpen = mayFill(inbox, now) || mayUpload(inbox, now, limits.graceMs)
      const state =
        handed_at !== null ? 'handed-over' : !isOpen ? 'closed' : inbox.form === null ? 'form' : 'files'
      return {
        siteName: sites.site(inbox.site)?.name ?? inbox.site,
        recipient: inbox.recipient,
        purpose: inbox.purpose,
        by: inbox.by_name,
        bytesMax: inbox.bytes_max,
        endsAt: isoAt(inbox.ends_at),
        state,
        ...(inbox.form === null ? {} : { form: JSON.parse(inbox.form) as InboxForm }),
        ...(held === undefined || handed_at !== null
          ? {}
          : { upload: { name: held.name, bytes: held.bytes, there: held.there } }),
        ...(handed_at === null
          ? {}
          : {
              receipt: {
                number: inbox.id.slice(-8).toUpperCase(),
                at: isoAt(handed_at),
                name: held?.name ?? '',
                bytes: held?.bytes ?? 0,
              },
            }),
      }
    },

    fill: async (inbox, form) => {
      await db.write(async tx => {
        const now = clock.now()
        const filled = await tx
          .sql<InboxTables>()
          .updateTable('inboxes')
          .set({ form: JSON.stringify(form) })
          .where('id', '=', inbox.id)
          .where('handed_at', 'is', null)
          .where('revoked_at', 'is', null)
          .where('began_at', 'is', null)
          .where('ends_at', '>', now)
          .executeTakeFirst()
        if (filled.numUpdatedRows !== 1n)
          fail('conflict', {
            fr: 'Le formulaire ne peut plus changer.',
            en: 'The form can be changed no more.',
          })
        await told(tx, 'inbox-filled', inbox, { organisation: form.organisation, name: form.name }, OUTSIDE)
      })
    },
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
