import type { Kysely } from 'kysely'
import { demand } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import {
  type AttachedFile,
  attachedBytes,
  attachedFiles,
  type SentFile,
  withStored,
} from '../objects/attachment.js'
import type { Asker } from './ports.js'
import { about } from './record.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { DocumentView } from './view.js'
import { conflictWords, documentWords } from './words.js'

export type DocumentRow = RequestTables['request_documents']

export interface Documents {
  /** The files as they will be stored; throws `invalid` or `too-large` for the first that may not be. */
  checked(asker: Asker, sent: readonly SentFile[]): AttachedFile[]
  /** Rows and entries of files that `keep` has recorded, in the transaction of what they belong to. */
  attach(tx: Tx, asker: Asker, record: RequestRecord, kept: KeptFiles): Promise<void>
  /** More papers for a request that is not void. */
  add(asker: Asker, request: KnownRequest, sent: readonly SentFile[]): Promise<void>
  /** Proved by its digest. Throws `unavailable`. */
  bytesOf(document: Pick<DocumentRow, 'object' | 'sha256'>): Promise<Buffer>
}

export interface KeptFiles {
  files: readonly AttachedFile[]
  /** Names of their objects, in the same order. */
  objects: readonly string[]
}

const DOCUMENTS_MAX = 50
const VOID: readonly RequestRecord['state'][] = ['refused', 'cancelled', 'expired', 'entered-in-error']

/** Papers that go with the form: the prescription, a letter, a former report. */
export function openDocuments({ db, clock, ids, journal, objects, attachments }: RequestsDeps): Documents {
  const attach: Documents['attach'] = async (tx, asker, record, { files, objects: names }) => {
    const sql = tx.sql<RequestTables>()
    const { last } = await sql
      .selectFrom('request_documents')
      .select(eb => eb.fn.max('number').as('last'))
      .where('request', '=', record.id)
      .executeTakeFirstOrThrow()
    if ((last ?? 0) + files.length > DOCUMENTS_MAX)
      fail('too-many', documentWords('full', asker.who.account.language, DOCUMENTS_MAX))
    for (const [index, { name, kind, bytes, sha256 }] of files.entries()) {
      const id = ids.next('doc')
      const fact = await journal.append(
        tx,
        {
          type: 'request-document-attached',
          site: record.site,
          ids: { request: record.id, document: id },
          body: { ...about(record), name, kind, bytes: bytes.length, sha256 },
        },
        asker.origin,
      )
      await sql
        .insertInto('request_documents')
        .values({
          id,
          request: record.id,
          number: (last ?? 0) + index + 1,
          name,
          kind,
          bytes: bytes.length,
          sha256,
          object: names[index] as string,
          fact,
          at: clock.now(),
          by: asker.who.account.name,
        })
        .execute()
    }
  }

  const checked: Documents['checked'] = ({ who }, sent) =>
    attachedFiles(sent, attachments, who.account.language)

  return {
    checked,
    attach,
    add: async (asker, request, sent) => {
      const { language } = asker.who.account
      demand(asker.who, 'request.edit', request.standing)
      if (VOID.includes(request.record.state))
        fail('conflict', conflictWords(language, 'submit', request.record.state, undefined))
      const files = checked(asker, sent)
      if (files.length === 0) fail('invalid', documentWords('none', language))
      await withStored(objects, files, keep =>
        db.write(async tx => {
          const record = await tx
            .sql<RequestTables>()
            .selectFrom('requests')
            .selectAll()
            .where('id', '=', request.record.id)
            .executeTakeFirstOrThrow()
          await attach(tx, asker, record, { files, objects: await keep(tx) })
        }),
      )
    },
    bytesOf: document => attachedBytes(objects, document),
  }
}

/** The papers of a request in the order they came; up to an entry of the journal where told. */
export async function readDocuments(
  sql: Kysely<RequestTables>,
  request: string,
  upToFact?: number,
): Promise<DocumentRow[]> {
  let select = sql
    .selectFrom('request_documents')
    .selectAll()
    .where('request', '=', request)
    .orderBy('number')
  if (upToFact !== undefined) select = select.where('fact', '<=', upToFact)
  return select.execute()
}

export const documentView = ({ id, name, kind, bytes, sha256, at, by }: DocumentRow): DocumentView => ({
  id,
  name,
  kind,
  bytes,
  sha256,
  at: isoAt(at),
  by,
})
