import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { allows, demand, type Standing } from '../accounts/permissions.js'
import type { Role } from '../accounts/view.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import {
  type AttachedFile,
  attachedBytes,
  attachedFiles,
  type FileStore,
  withStored,
} from '../objects/attachment.js'
import type { Asker, PeoplePort } from '../requests/ports.js'
import { about } from '../requests/record.js'
import type { KnownRequest, Requests } from '../requests/requests.js'
import { endOfPart } from '../requests/standing.js'
import { missingWords } from '../requests/words.js'
import type { Settings } from '../settings.js'
import type { AttachmentRow, ConversationTables, MessageRow } from './schema.js'
import type { AttachmentKind, ConversationView, MessageView, NewMessage, TalkerView } from './view.js'
import { talkWord } from './words.js'

export interface ConversationsDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  objects: FileStore
  requests: Pick<Requests, 'known' | 'nameOf'>
  people: PeoplePort
  limits: Settings['conversations']
  /** Somebody has read on: for the screens of the others. */
  onRead(request: string, standing: Standing): void
}

/** What was said about a request, as its record has it. */
export interface Said {
  messages: (MessageRow & { attachments: AttachmentRow[] })[]
  reads: ConversationTables['message_reads'][]
}

export interface Conversations {
  /** Throws `missing` for whoever takes no part. Who took part before sees what was said until then. */
  view(asker: Asker, request: string): Promise<ConversationView>
  /** The same `client` with the same content is one message, and its answer. Throws `conflict` where it is another. */
  send(asker: Asker, request: string, message: NewMessage): Promise<MessageView>
  /** The author says that a message was a mistake: it stays, and is marked. */
  enterInError(asker: Asker, request: string, message: string, reason: string): Promise<MessageView>
  /** The person has read up to this position. */
  markRead(asker: Asker, request: string, upTo: number): Promise<void>
  attachment(
    asker: Asker,
    request: string,
    id: string,
  ): Promise<{ name: string; kind: AttachmentKind; sha256: string; bytes: Buffer }>
  /** For the record of the act, oldest first. */
  ofRequest(request: string): Promise<Said>
  /** Proved by its digest. Throws `unavailable`. */
  bytesOf(attachment: Pick<AttachmentRow, 'object' | 'sha256'>): Promise<Buffer>
}

/** Who of the site that asks, and of the groups that read, is in the talk. */
const ASKING: readonly Role[] = ['referrer', 'technician', 'coordinator']
const READING: readonly Role[] = ['radiologist', 'coordinator']
const MB = 1024 * 1024
const MINUTE_MS = 60_000

type Named = { account: string; site: string; name: string }
type Sql = Kysely<ConversationTables>

export function openConversations(deps: ConversationsDeps): Conversations {
  const { db, clock, ids, journal, objects, requests, people, limits } = deps
  const reading = () => db.sql<ConversationTables>()

  async function seen({ who }: Asker, id: string): Promise<KnownRequest> {
    const request = await requests.known(id)
    if (request === undefined || !allows(who, 'conversation.see', request.standing))
      fail('missing', missingWords(who.account.language))
    return request
  }

  /** Everybody who takes part now, by site and name. */
  async function partiesOf({ standing }: KnownRequest): Promise<Omit<TalkerView, 'siteName'>[]> {
    const found = new Map<string, Omit<TalkerView, 'siteName'>>()
    const add = async (sites: readonly string[], roles: readonly Role[]) => {
      for (const role of roles)
        for (const { account, name, site } of await people.members(sites, role))
          if (!found.has(account)) found.set(account, { account, name, site, role })
    }
    await add([standing.site], ASKING)
    await add(standing.parties ?? [], READING)
    return [...found.values()]
  }

  async function messagesOf(sql: Sql, request: string, upToFact?: number): Promise<Said['messages']> {
    let select = sql.selectFrom('messages').selectAll().where('request', '=', request).orderBy('position')
    if (upToFact !== undefined) select = select.where('fact', '<=', upToFact)
    const rows = await select.execute()
    const attachments = await sql
      .selectFrom('message_attachments')
      .innerJoin('messages', 'messages.id', 'message_attachments.message')
      .selectAll('message_attachments')
      .where('request', '=', request)
      .orderBy('message_attachments.number')
      .execute()
    return rows.map(row => ({ ...row, attachments: attachments.filter(({ message }) => message === row.id) }))
  }

  const viewOf = (
    { attachments, ...row }: Said['messages'][number],
    nameOf: (site: string) => string,
  ): MessageView => ({
    id: row.id,
    position: row.position,
    at: isoAt(row.at),
    by: { account: row.account, name: row.name, role: row.role, site: row.site, siteName: nameOf(row.site) },
    text: row.text,
    mentions: (JSON.parse(row.mentions) as Named[]).map(({ account, name }) => ({ account, name })),
    attachments: attachments.map(({ id, name, kind, bytes, sha256 }) => ({ id, name, kind, bytes, sha256 })),
    ...(row.error_at === null
      ? {}
      : { inError: { at: isoAt(row.error_at), by: row.error_by ?? '', reason: row.error_reason ?? '' } }),
  })

  async function oneView(request: string, id: string): Promise<MessageView> {
    const row = (await messagesOf(reading(), request)).find(one => one.id === id)
    if (row === undefined) throw new Error(`The message ${id} was written and is not there.`)
    return viewOf(row, await requests.nameOf())
  }

  const mayWrite = (who: Acting, { record, standing }: KnownRequest) =>
    record.state !== 'draft' && allows(who, 'conversation.write', standing)

  async function mentioned(
    request: KnownRequest,
    { who }: Asker,
    asked: readonly string[],
  ): Promise<Named[]> {
    if (asked.length === 0) return []
    const parties = new Map((await partiesOf(request)).map(party => [party.account, party]))
    return [...new Set(asked)].map(account => {
      const { name, site } =
        parties.get(account) ?? fail('invalid', talkWord('stranger', who.account.language))
      return { account, site, name }
    })
  }

  /** What was sent under this name before; `conflict` where it was something else. */
  async function repeated(
    sql: Sql,
    { who }: Asker,
    request: string,
    { client, digest }: { client: string; digest: string },
  ): Promise<string | undefined> {
    const row = await sql
      .selectFrom('messages')
      .select(['id', 'digest'])
      .where('request', '=', request)
      .where('account', '=', who.account.id)
      .where('client', '=', client)
      .executeTakeFirst()
    if (row !== undefined && row.digest !== digest) fail('conflict', talkWord('other', who.account.language))
    return row?.id
  }

  async function demandRoom(sql: Sql, { who }: Asker, request: string): Promise<number> {
    const { language } = who.account
    const { last } = await sql
      .selectFrom('messages')
      .select(eb => eb.fn.max('position').as('last'))
      .where('request', '=', request)
      .executeTakeFirstOrThrow()
    if ((last ?? 0) >= limits.messagesMax) fail('too-many', talkWord('full', language, limits.messagesMax))
    const { lately } = await sql
      .selectFrom('messages')
      .select(eb => eb.fn.countAll<number>().as('lately'))
      .where('account', '=', who.account.id)
      .where('at', '>', clock.now() - MINUTE_MS)
      .executeTakeFirstOrThrow()
    if (lately >= limits.perMinuteMax) fail('too-many', talkWord('fast', language))
    return (last ?? 0) + 1
  }

  async function read(tx: Tx, { who }: Asker, request: string, upTo: number): Promise<boolean> {
    const { id: account, name } = who.account
    const moved = await tx
      .sql<ConversationTables>()
      .insertInto('message_reads')
      .values({ request, account, name, up_to: upTo, at: clock.now() })
      .onConflict(conflict =>
        conflict
          .columns(['request', 'account'])
          .doUpdateSet({ name, up_to: upTo, at: clock.now() })
          .where('message_reads.up_to', '<', upTo),
      )
      .executeTakeFirst()
    return (moved.numInsertedOrUpdatedRows ?? 0n) > 0n
  }

  async function send(asker: Asker, id: string, message: NewMessage): Promise<MessageView> {
    const { who, origin } = asker
    const { language } = who.account
    const request = await seen(asker, id)
    demand(who, 'conversation.write', request.standing)
    if (request.record.state === 'draft') fail('conflict', talkWord('draft', language))
    const text = message.text.normalize('NFC').trim()
    if (text.length > limits.textMaxChars) fail('invalid', talkWord('long', language, limits.textMaxChars))
    const files = attachedFiles(message.attachments ?? [], limits, language)
    if (text === '' && files.length === 0) fail('invalid', talkWord('nothing', language))
    const digest = sha256(
      JSON.stringify([
        text,
        [...new Set(message.mentions ?? [])].sort(),
        files.map(file => [file.name, file.sha256]),
      ]),
    )
    const asked = { client: message.client, digest }
    const earlier = await repeated(reading(), asker, id, asked)
    if (earlier !== undefined) return oneView(id, earlier)
    const mentions = await mentioned(request, asker, message.mentions ?? [])
    await demandRoom(reading(), asker, id)

    const made = await withStored(objects, files, keep =>
      db.write(async tx => {
        const sql = tx.sql<ConversationTables>()
        const before = await repeated(sql, asker, id, asked)
        if (before !== undefined) return before
        const position = await demandRoom(sql, asker, id)
        const row = { id: ids.next('msg'), request: id, position, at: clock.now() }
        const fact = await journal.append(
          tx,
          {
            type: 'message-sent',
            site: request.record.site,
            ids: { request: id, message: row.id },
            body: {
              ...about(request.record),
              text,
              mentions: mentions.map(({ account, site }) => ({ account, site })),
              attachments: files.map(({ name, kind, bytes, sha256 }) => ({
                name,
                kind,
                bytes: bytes.length,
                sha256,
              })),
            },
          },
          origin,
        )
        await sql
          .insertInto('messages')
          .values({
            ...row,
            ...asked,
            fact,
            account: who.account.id,
            name: who.account.name,
            role: who.membership.role,
            site: who.membership.site,
            text,
            mentions: JSON.stringify(mentions),
            error_at: null,
            error_by: null,
            error_reason: null,
          })
          .execute()
        for (const [index, object] of (await keep(tx)).entries()) {
          const { name, kind, bytes, sha256 } = files[index] as AttachedFile
          await sql
            .insertInto('message_attachments')
            .values({
              id: ids.next('att'),
              message: row.id,
              number: index + 1,
              name,
              kind,
              bytes: bytes.length,
              sha256,
              object,
            })
            .execute()
        }
        await read(tx, asker, id, position)
        return row.id
      }),
    )
    return oneView(id, made)
  }

  const bytesOf: Conversations['bytesOf'] = attachment => attachedBytes(objects, attachment)

  return {
    send,
    bytesOf,
    view: async (asker, id) => {
      const request = await seen(asker, id)
      const { who } = asker
      const end = endOfPart(who, request.standing)
      const nameOf = await requests.nameOf()
      const items = (await messagesOf(reading(), id, end?.seq)).map(row => viewOf(row, nameOf))
      const { textMaxChars, attachmentsMax, attachmentsMbMax, messagesMax } = limits
      return {
        items,
        // Who came after is not for those who left to know.
        people:
          end === undefined
            ? (await partiesOf(request)).map(party => ({ ...party, siteName: nameOf(party.site) }))
            : [],
        read:
          end === undefined
            ? (
                await reading().selectFrom('message_reads').selectAll().where('request', '=', id).execute()
              ).map(({ account, name, up_to, at }) => ({ account, name, upTo: up_to, at: isoAt(at) }))
            : [],
        mayWrite: mayWrite(who, request),
        limits: { textMaxChars, attachmentsMax, attachmentsMaxBytes: attachmentsMbMax * MB, messagesMax },
      }
    },
    enterInError: async (asker, id, message, reason) => {
      const { who, origin } = asker
      const { language } = who.account
      const request = await seen(asker, id)
      demand(who, 'conversation.write', request.standing)
      await db.write(async tx => {
        const sql = tx.sql<ConversationTables>()
        const row =
          (await sql
            .selectFrom('messages')
            .selectAll()
            .where('request', '=', id)
            .where('id', '=', message)
            .executeTakeFirst()) ?? fail('missing', talkWord('missing', language))
        if (row.account !== who.account.id) fail('forbidden', talkWord('notYours', language))
        if (row.error_at !== null) fail('conflict', talkWord('already', language))
        await sql
          .updateTable('messages')
          .set({ error_at: clock.now(), error_by: who.account.name, error_reason: reason })
          .where('id', '=', message)
          .execute()
        await journal.append(
          tx,
          {
            type: 'message-entered-in-error',
            site: request.record.site,
            ids: { request: id, message },
            body: { ...about(request.record), reason },
          },
          origin,
        )
      })
      return oneView(id, message)
    },
    markRead: async (asker, id, upTo) => {
      const request = await seen(asker, id)
      // Who looks without taking part (an auditor, a group that left) leaves no mark among those who do.
      if (!allows(asker.who, 'conversation.write', request.standing)) return
      const moved = await db.write(async tx => {
        const { last } = await tx
          .sql<ConversationTables>()
          .selectFrom('messages')
          .select(eb => eb.fn.max('position').as('last'))
          .where('request', '=', id)
          .executeTakeFirstOrThrow()
        const upToThere = Math.min(upTo, last ?? 0)
        return upToThere > 0 && read(tx, asker, id, upToThere)
      })
      if (moved) deps.onRead(id, request.standing)
    },
    attachment: async (asker, id, wanted) => {
      const request = await seen(asker, id)
      const end = endOfPart(asker.who, request.standing)
      const found = (await messagesOf(reading(), id, end?.seq))
        .flatMap(({ attachments }) => attachments)
        .find(one => one.id === wanted)
      if (found === undefined) fail('missing', talkWord('missing', asker.who.account.language))
      const { name, kind, sha256 } = found
      return { name, kind, sha256, bytes: await bytesOf(found) }
    },
    ofRequest: async request => ({
      messages: await messagesOf(reading(), request),
      reads: await reading().selectFrom('message_reads').selectAll().where('request', '=', request).execute(),
    }),
  }
}

const sha256 = (bytes: string) => createHash('sha256').update(bytes).digest('hex')
