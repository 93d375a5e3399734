import { createHash } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Conversations, Said } from '../conversations/conversations.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Transfers } from '../exchange/transfers.js'
import { headText } from '../journal/checkpoint.js'
import { type Excerpt, type ExcerptEntry, journalExcerpt } from '../journal/excerpt.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Proof } from '../journal/proof.js'
import type { AlertView, CallRecord, SentNotice } from '../notifications/view.js'
import type { Reports } from '../reports/reports.js'
import type { ReportVersion } from '../reports/schema.js'
import type { DocumentRow } from '../requests/documents.js'
import type { KnownRequest, Requests } from '../requests/requests.js'
import type { RequestTables } from '../requests/schema.js'
import type { RequestState } from '../requests/view.js'
import type { Studies } from '../studies/studies.js'
import type { ActIndex } from './act.js'
import { type ActParts, actIndex, attachmentPath, documentPath, pdfPath, signedPath } from './assembly.js'
import { actDatabase } from './export-database.js'
import { writeFolder } from './folder.js'
import { FORMAT_PAGE } from './format-page.js'
import { OF_THE_NODE } from './happened.js'
import { indexPaper } from './index-paper.js'
import { seen } from './openings.js'
import { readme } from './readme.js'
import { destroyedAct } from './retention/destroyed.js'
import { type ZipFile, zipOf } from './zip.js'

export interface ArchiveDeps {
  db: Database
  clock: Clock
  journal: Journal
  proof: Proof
  /** The page that checks the record (`verifier.html`); undefined where it was not built. */
  verifier: Buffer | undefined
  requests: Pick<Requests, 'known' | 'versions' | 'documents' | 'documentBytes' | 'nameOf'>
  studies: Pick<Studies, 'byUid' | 'series' | 'instances' | 'arrivals'>
  transfers: Pick<Transfers, 'list' | 'contents'>
  reports: Pick<Reports, 'ofRequest' | 'pdfOf'>
  conversations: Pick<Conversations, 'ofRequest' | 'bytesOf'>
  /** What was told about a request, oldest first. */
  notifications: {
    ofRequest(request: string): Promise<SentNotice[]>
    alerts: { ofRequest(request: string): Promise<AlertView[]> }
    calls: { ofRequest(request: string): Promise<CallRecord[]> }
  }
}

export interface Archive {
  /** The request an act is about, for its permission; undefined when there is none. `act`: request id or reference. */
  known(act: string): Promise<KnownRequest | undefined>
  /** One that was destroyed: whose it was, and what is said of it. */
  gone(act: string): Promise<{ site: string; sentence: string } | undefined>
  /** The index of the record. That it was read is journaled. */
  read(act: string, origin: Origin): Promise<ActIndex>
  /** The record as a ZIP archive; journaled. */
  bundle(act: string, origin: Origin): Promise<{ filename: string; bytes: Buffer }>
  /**
   * The record as a new folder; journaled. Throws `missing`, `conflict` when the folder is not empty, `invalid` when
   * it cannot be written. `manifest` is the SHA-256 of its MANIFEST.sha256.
   */
  /** Writes down that a sealed part was taken away. */
  given(act: string, what: { part: number; manifest: string }, origin: Origin): Promise<void>
  /** The record as it is sealed: a ZIP archive with its digests and the signed head over it. `previous`: the manifest of the part before. */
  sealed(
    act: string,
    previous: string | null,
  ): Promise<{
    reference: string
    site: string
    manifest: string
    sha256: string
    bundle: Buffer
    head: { text: string; publicKey: string; signature: string }
  }>
  exportTo(
    act: string,
    dir: string,
    origin: Origin,
  ): Promise<{ dir: string; files: number; manifest: string }>
}

const MANIFEST = 'MANIFEST.sha256'
const TRANSFERS_MAX = 1000

export function openArchive(deps: ArchiveDeps): Archive {
  const { db, clock, journal, proof, requests, studies, transfers, reports, conversations, notifications } =
    deps

  async function known(act: string): Promise<KnownRequest | undefined> {
    const row = await db
      .sql<RequestTables>()
      .selectFrom('requests')
      .select('id')
      .where(eb => eb.or([eb('id', '=', act), eb('reference', '=', act)]))
      .executeTakeFirst()
    return row === undefined ? undefined : requests.known(row.id)
  }

  async function wanted(act: string): Promise<KnownRequest> {
    const gone = (await known(act)) === undefined ? await destroyedAct(db, act) : undefined
    return (await known(act)) ?? fail('missing', gone?.sentence ?? `There is no act ${act}.`)
  }

  const log = (
    type: 'archive-read' | 'archive-exported',
    { record }: KnownRequest,
    origin: Origin,
    body = {},
  ) =>
    db.write(tx =>
      journal.append(
        tx,
        {
          type,
          site: record.site,
          ids: { request: record.id },
          body: { reference: record.reference, ...body },
        },
        origin,
      ),
    )

  async function studiesOf({ record, studies: uids }: KnownRequest) {
    const parts: ActParts['studies'][number][] = []
    for (const uid of uids) {
      const study = (await studies.byUid(uid)).find(({ site }) => site === record.site)
      parts.push({
        uid,
        record: study,
        series: study === undefined ? 0 : (await studies.series(study.id)).length,
        instances: study === undefined ? [] : await studies.instances(study.id),
        arrivals: study === undefined ? [] : await studies.arrivals(study.id),
      })
    }
    return parts
  }

  async function transfersOf(ofStudies: ActParts['studies'], ownReports: ReadonlySet<string>) {
    const parts: ActParts['transfers'][number][] = []
    for (const { uid, record } of ofStudies) {
      if (record === undefined) continue
      for (const transfer of await transfers.list({ study: record.id, limit: TRANSFERS_MAX })) {
        // Another act may share the study: what was sent for its report is not part of this one.
        const [cause, id = ''] = transfer.cause.split(':')
        if ((cause === 'report' || cause === 'report-text') && !ownReports.has(id)) continue
        parts.push({ uid, transfer, contents: await transfers.contents(transfer.id) })
      }
    }
    return parts
  }

  async function whole(bytes: () => Promise<Buffer>): Promise<Buffer | undefined> {
    try {
      return await bytes()
    } catch (thrown) {
      // A lost or altered file must not hide the rest of the record: the index says that it is not there.
      const why = (thrown as { code?: unknown }).code
      if (why === 'unavailable' || why === 'ENOENT') return undefined
      throw thrown
    }
  }

  async function attachmentsOf({ messages }: Said, documents: readonly DocumentRow[]) {
    const found = new Map<string, Buffer>()
    for (const document of documents) {
      const bytes = await whole(() => requests.documentBytes(document))
      if (bytes !== undefined) found.set(document.id, bytes)
    }
    for (const attachment of messages.flatMap(message => message.attachments)) {
      const bytes = await whole(() => conversations.bytesOf(attachment))
      if (bytes !== undefined) found.set(attachment.id, bytes)
    }
    return found
  }

  async function assemble(request: KnownRequest) {
    const { id } = request.record
    const written = await reports.ofRequest(id)
    const versions = written.flatMap(report => report.versions)
    const pdfs = new Map<ReportVersion, Buffer | undefined>()
    for (const version of versions) pdfs.set(version, await whole(() => reports.pdfOf(version)))
    const ofStudies = await studiesOf(request)
    const ofTransfers = await transfersOf(ofStudies, new Set(written.map(({ report }) => report.id)))
    const things = [
      id,
      ...written.map(({ report }) => report.id),
      ...ofStudies.flatMap(({ record }) => (record === undefined ? [] : [record.id])),
    ]
    const subjects = [...things, ...things.map(seen), ...ofTransfers.map(({ transfer }) => transfer.id)]
    const said = await conversations.ofRequest(id)
    const documents = await requests.documents(id)
    const attachments = await attachmentsOf(said, documents)
    const excerpt = await journalExcerpt(
      db,
      subjects,
      ids => ids['request'] === undefined || ids['request'] === id,
      entries => ({ types: OF_THE_NODE, from: request.record.created_at, to: endOf(request, entries) }),
    )
    const index = actIndex({
      at: clock.now(),
      known: request,
      nameOf: await requests.nameOf(),
      versions: await requests.versions(id),
      excerpt,
      studies: ofStudies,
      transfers: ofTransfers,
      reports: versions.map(version => ({ version, pdf: pdfs.get(version) !== undefined })),
      documents,
      said,
      attachments,
      notices: await notifications.ofRequest(id),
      alerts: await notifications.alerts.ofRequest(id),
      calls: await notifications.calls.ofRequest(id),
    })
    const sent = said.messages.flatMap(message =>
      message.attachments.flatMap(one => {
        const bytes = attachments.get(one.id)
        return bytes === undefined ? [] : [{ path: attachmentPath(message.position, one), bytes }]
      }),
    )
    const papers = documents.flatMap(document => {
      const bytes = attachments.get(document.id)
      return bytes === undefined ? [] : [{ path: documentPath(document), bytes }]
    })
    return { index, excerpt, pdfs, sent: [...papers, ...sent] }
  }

  /** The whole record as files, under a signed head that covers all of it. */
  async function recordOf(request: KnownRequest, previous: string | null = null) {
    const { index: now, excerpt, pdfs, sent } = await assemble(request)
    const index = previous === null ? now : { ...now, previous }
    const signed = await proofOf(excerpt)
    const checks: ZipFile[] = [
      { path: 'proof.json', bytes: json(signed) },
      { path: 'journal.sqlite', bytes: actDatabase(index, excerpt) },
      { path: 'index.pdf', bytes: await indexPaper(index) },
      { path: 'FORMAT.html', bytes: Buffer.from(FORMAT_PAGE) },
      ...(deps.verifier === undefined ? [] : [{ path: 'verifier.html', bytes: deps.verifier }]),
    ]
    return {
      index,
      checkpoint: signed.checkpoint,
      files: filesOf(index, excerpt, pdfs, [...sent, ...checks]),
    }
  }

  async function proofOf(excerpt: Excerpt) {
    const { checkpoints, tree } = proof
    const head = (await checkpoints.sign()) ?? fail('internal', 'An act without an entry in the journal.')
    const paths: { seq: number; path: string[] }[] = []
    for (const { seq } of excerpt.entries)
      paths.push({ seq, path: (await tree.inclusion(seq, head.size)).map(hash => hash.toString('hex')) })
    return {
      format: 'relais-proof/1',
      log: head.log,
      keys: await checkpoints.keyChain(),
      checkpoint: {
        text: headText(head),
        publicKey: head.publicKey.toString('hex'),
        signature: head.signature.toString('hex'),
      },
      paths,
    }
  }

  return {
    known,
    gone: act => destroyedAct(db, act),
    read: async (act, origin) => {
      const request = await wanted(act)
      const { index } = await assemble(request)
      await log('archive-read', request, origin)
      return index
    },
    bundle: async (act, origin) => {
      const request = await wanted(act)
      const { index, files } = await recordOf(request)
      const folder = folderName(index.reference)
      const bytes = zipOf(
        files.map(file => ({ ...file, path: `${folder}/${file.path}` })),
        clock.now(),
      )
      await log('archive-exported', request, origin, exported(files))
      return { filename: `${folder}.zip`, bytes }
    },
    given: async (act, what, origin) => {
      await log('archive-exported', await wanted(act), origin, what)
    },
    sealed: async (act, previous) => {
      const request = await wanted(act)
      const { index, files, checkpoint } = await recordOf(request, previous)
      const bundle = zipOf(files, clock.now())
      const { manifest } = exported(files)
      const { reference } = index
      return {
        reference,
        site: request.record.site,
        manifest,
        sha256: sha256(bundle),
        bundle,
        head: checkpoint,
      }
    },
    exportTo: async (act, dir, origin) => {
      const request = await wanted(act)
      const { files } = await recordOf(request)
      // Recorded when every byte is durable and before the folder has its name: no export without its fact.
      await writeFolder(dir, files, async () => {
        await log('archive-exported', request, origin, exported(files))
      })
      return { dir, ...exported(files) }
    },
  }
}

/** When an act that is over had its last step; what befalls the node later is none of its business. */
function endOf({ record }: KnownRequest, entries: readonly ExcerptEntry[]): number {
  const last = entries.filter(({ type }) => type.startsWith('request-')).at(-1)
  return OVER.has(record.state) && last !== undefined ? last.at : Number.MAX_SAFE_INTEGER
}

const OVER: ReadonlySet<RequestState> = new Set([
  'closed',
  'refused',
  'cancelled',
  'expired',
  'entered-in-error',
])

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
const folderName = (reference: string) => `act-${reference.replace(/[^A-Za-z0-9-]/g, '_')}`

function filesOf(
  index: ActIndex,
  excerpt: Excerpt,
  pdfs: ReadonlyMap<ReportVersion, Buffer | undefined>,
  attachments: readonly ZipFile[],
): ZipFile[] {
  const files: ZipFile[] = [
    { path: 'README.txt', bytes: Buffer.from(readme(index)) },
    { path: 'act.json', bytes: json(index) },
    { path: 'journal.json', bytes: json(excerpt) },
  ]
  let number = 0
  for (const [version, pdf] of pdfs) {
    number++
    files.push({ path: signedPath(number), bytes: Buffer.from(version.signed) })
    if (pdf !== undefined) files.push({ path: pdfPath(number), bytes: pdf })
  }
  files.push(...attachments)
  const manifest = files.map(({ path, bytes }) => `${sha256(bytes)}  ${path}\n`).join('')
  return [...files, { path: MANIFEST, bytes: Buffer.from(manifest) }]
}

/** What the journal remembers of an export: a folder shown later either has this manifest or is another one. */
const exported = (files: readonly ZipFile[]) => ({
  files: files.length,
  manifest: sha256(files.at(-1)?.bytes ?? Buffer.alloc(0)),
})
