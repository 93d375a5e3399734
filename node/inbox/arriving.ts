import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { reasonOf } from '../errors.js'
import type { Imports } from '../imports/imports.js'
import type { Presets } from '../imports/presets.js'
import type { HandleUpload, Uploads } from '../imports/uploads.js'
import type { ImportSender } from '../imports/view.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Log } from '../log.js'
import { mayUpload, uploadEndsAt } from './rules.js'
import type { InboxRow, InboxTables } from './schema.js'
import type { InboxForm } from './view.js'

export const INBOX_UPLOADS_PATH = '/api/inbox/uploads'

const OUTSIDE: Origin = { by: 'system', part: 'inbox' }
const TIMER_MAX_MS = 2_147_483_647

/** Files on their way into an inbox: the disc they become at the desk, the hand-over, and what cuts them off. */
export interface Arriving {
  /** One request of the tus protocol by somebody who was let in; cut off when the inbox ends or is revoked. */
  handle(request: IncomingMessage, response: ServerResponse, inbox: InboxRow): Promise<void>
  /** Nothing more is taken: requests under way break, and what came of it is forgotten. */
  cut(inbox: InboxRow, origin: Origin): Promise<void>
  /** What was whole when a crash came is handed over. */
  start(): Promise<void>
}

export function openArriving(options: {
  db: Database
  clock: Clock
  journal: Journal
  log: Log
  links: Links
  imports: Imports
  presets: Presets
  uploads: Uploads
  graceMs: number
}): Arriving {
  const { db, clock, journal, log, links, imports, presets, uploads, graceMs } = options
  const under = new Map<string, Set<IncomingMessage>>()
  const beginnings = new Map<string, Promise<void>>()
  const rows = () => db.sql<InboxTables>().selectFrom('inboxes').selectAll()
  const get = (id: string) => rows().where('id', '=', id).executeTakeFirst()

  /** The import of an upload begins when its file is there, once. */
  const begun = (inbox: InboxRow, upload: string): Promise<void> => {
    const known = beginnings.get(upload)
    if (known !== undefined) return known
    const beginning = begin(inbox, upload).finally(() => beginnings.delete(upload))
    beginnings.set(upload, beginning)
    return beginning
  }

  async function begin(inbox: InboxRow, upload: string): Promise<void> {
    const record = await imports.rows.ofUpload(upload)
    // Somebody at the desk does not want it.
    if (record?.state === 'cancelled') throw { status_code: 404, body: 'This disc is not wanted any more.' }
    if (record !== undefined) return
    const held = await uploads.held(upload, inbox.id)
    if (held === undefined || inbox.form === null)
      throw { status_code: 404, body: 'There is no such upload.' }
    const form = JSON.parse(inbox.form) as InboxForm
    const sender: ImportSender = { inbox: inbox.id, recipient: inbox.recipient, ...form }
    const preset = inbox.preset === null ? undefined : await presets.find(inbox.preset)
    const id = await imports.begin(
      {
        site: inbox.site,
        preset: preset?.site === inbox.site ? preset.id : null,
        name: held.name,
        path: held.path,
        upload,
        bytesTotal: held.bytes,
        sender,
      },
      { name: `${form.name}, ${form.organisation}`, account: null, origin: OUTSIDE },
    )
    await db.write(tx =>
      tx
        .sql<InboxTables>()
        .updateTable('inboxes')
        .set({ import: id })
        .where('id', '=', inbox.id)
        .where('upload', '=', upload)
        .execute(),
    )
  }

  /** The disc of an upload that another one replaces, or that nobody wants any more. */
  async function forget(upload: string, origin: Origin): Promise<void> {
    await beginnings.get(upload)
    const record = await imports.rows.ofUpload(upload)
    if (record === undefined) await uploads.remove(upload)
    else if (['uploading', 'reading', 'inventoried', 'failed'].includes(record.state))
      await imports.cancel({ origin }, record.id)
  }

  async function handOver(inbox: InboxRow, upload: string): Promise<void> {
    await begun(inbox, upload)
    const record = await imports.rows.ofUpload(upload)
    await db.write(async tx => {
      const now = clock.now()
      const handed = await tx
        .sql<InboxTables>()
        .updateTable('inboxes')
        .set({ handed_at: now })
        .where('id', '=', inbox.id)
        .where('upload', '=', upload)
        .where('handed_at', 'is', null)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      if (handed.numUpdatedRows !== 1n) return
      await links.close(tx, { purpose: 'inbox', subject: inbox.id }, 'used', OUTSIDE)
      await journal.append(
        tx,
        {
          type: 'inbox-handed-over',
          site: inbox.site,
          ids: { inbox: inbox.id, ...(record === undefined ? {} : { import: record.id }) },
          body: {
            reference: inbox.recipient,
            urgency: (JSON.parse(inbox.form ?? '{}') as Partial<InboxForm>).urgency ?? 'routine',
            bytes: record?.bytes_total ?? 0,
          },
        },
        OUTSIDE,
      )
    })
  }

  const serve: HandleUpload = uploads.servedAt(INBOX_UPLOADS_PATH, {
    began: async ({ owner }, upload) => {
      const inbox = await allowed(owner)
      await db.write(tx =>
        tx
          .sql<InboxTables>()
          .updateTable('inboxes')
          .set({ upload, import: null, began_at: inbox.began_at ?? clock.now() })
          .where('id', '=', owner)
          .where('handed_at', 'is', null)
          .where('revoked_at', 'is', null)
          .execute(),
      )
      if (inbox.upload !== null) await forget(inbox.upload, OUTSIDE)
    },
    coming: async ({ owner }, upload) => {
      const inbox = await allowed(owner)
      if (inbox.upload !== upload) throw { status_code: 404, body: 'There is no such upload.' }
      await begun(inbox, upload)
    },
    grown: async (upload, bytes, complete) => {
      const inbox = await rows().where('upload', '=', upload).executeTakeFirst()
      if (complete && inbox !== undefined) await begun(inbox, upload)
      await imports.grown(upload, bytes, complete)
      if (complete && inbox !== undefined) await handOver(inbox, upload)
    },
  })

  /** The inbox, while it takes files. What is over is missing. */
  async function allowed(id: string): Promise<InboxRow> {
    const inbox = await get(id)
    if (inbox === undefined || inbox.form === null || !mayUpload(inbox, clock.now(), graceMs))
      throw { status_code: 404, body: 'Nothing more is taken by this link.' }
    return inbox
  }

  return {
    handle: async (request, response, inbox) => {
      const requests = under.get(inbox.id) ?? new Set()
      under.set(inbox.id, requests.add(request))
      const leftMs = uploadEndsAt(inbox, graceMs) - clock.now()
      // One request may bring all of it: it is not asked again in between. What is over already is answered.
      const timer =
        leftMs > 0 ? setTimeout(() => request.destroy(), Math.min(leftMs, TIMER_MAX_MS)) : undefined
      timer?.unref()
      try {
        await serve(request, response, { owner: inbox.id, site: inbox.site, bytesMax: inbox.bytes_max })
      } finally {
        clearTimeout(timer)
        requests.delete(request)
        if (requests.size === 0) under.delete(inbox.id)
      }
    },
    cut: async (inbox, origin) => {
      for (const request of under.get(inbox.id) ?? []) request.destroy()
      if (inbox.upload !== null) await forget(inbox.upload, origin)
    },
    start: async () => {
      for (const inbox of await rows()
        .where('upload', 'is not', null)
        .where('handed_at', 'is', null)
        .where('revoked_at', 'is', null)
        .execute()) {
        const held = inbox.upload === null ? undefined : await uploads.held(inbox.upload, inbox.id)
        if (inbox.upload === null || held === undefined || held.there < held.bytes) continue
        const { upload } = inbox
        await handOver(inbox, upload)
          .then(() => imports.grown(upload, held.bytes, true))
          .catch(thrown => log.error('inbox-not-handed-over', { reason: reasonOf(thrown) }, thrown))
      }
    },
  }
}
