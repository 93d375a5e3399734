import { allows } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Asker, StudySummary } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import { searchable, searchTerms } from '../requests/search.js'
import { imagesKnown } from '../requests/sending.js'
import { endOfPart } from '../requests/standing.js'
import type { ListView } from '../requests/view.js'
import { studyView } from '../requests/views.js'
import { parseCursor } from './cursor.js'
import { type Deliveries, openDeliveries, type PacsSettlement } from './deliveries.js'
import type { ReportsDeps } from './deps.js'
import { type Confirmed, openDesk } from './desk.js'
import { type EncapsulatedReport, encapsulate } from './encapsulation.js'
import type { ToShow } from './fhir.js'
import { type KeyImages, openKeyImages } from './key-images.js'
import { EMPTY_SECTIONS, isEditable, replayReport } from './report.js'
import type { ReportRecord, ReportTables, ReportVersion } from './schema.js'
import { openShares, type Shares } from './shares.js'
import { openShowing } from './showing.js'
import { openSignatures, type Reauthentication, type ToSign } from './signatures.js'
import { openTakingOver } from './taking-over.js'
import { openTemplates, type Templates } from './templates/templates.js'
import { openVersions, type Versions } from './versions.js'
import type {
  Difference,
  FittingTemplatesView,
  ReportRow,
  ReportState,
  ReportView,
  Sections,
  SignedView,
  SigningCheckView,
  VerificationView,
} from './view.js'
import {
  demandWriter,
  type Proven,
  reportRow,
  reportView,
  sectionsOf,
  seesDraft,
  standingOfReport,
} from './views.js'
import {
  alreadyFinalWords,
  broken,
  missingReportWords,
  notAuthorWords,
  nothingSignedWords,
  otherRevisionWords,
} from './words.js'

export interface ReportQuery {
  state?: ReportState
  q?: string
  limit: number
  after?: string
}

export interface Reports {
  /** The draft of the claimer; `created` is false when it was there already. Brings the request to `reading`. */
  draft(asker: Asker, request: string, confirm?: string): Promise<{ report: ReportView; created: boolean }>
  view(asker: Asker, id: string): Promise<ReportView>
  list(asker: Asker, query: ReportQuery): Promise<ListView<ReportRow>>
  /** What a colleague had begun or signed, gone on with by who holds the request now: the report is theirs. */
  takeOver(asker: Asker, id: string, confirm?: string): Promise<ReportView>
  /** Saves what is being written. Throws `conflict` when another revision came first. */
  save(asker: Asker, id: string, revision: number, sections: Sections): Promise<ReportView>
  /** What stands against signing what is written, for its writer. */
  checks(asker: Asker, id: string): Promise<ListView<SigningCheckView>>
  /** What it may begin with, for its writer. */
  fitting(asker: Asker, id: string): Promise<FittingTemplatesView>
  templates: Templates
  shares: Shares
  keyImages: Pick<KeyImages, 'mark' | 'unmark' | 'given'>
  sign(asker: Asker, id: string, signing: Signing): Promise<SignedView>
  addendum(
    asker: Asker,
    id: string,
    addendum: { text: string; reauthentication: Reauthentication },
  ): Promise<ReportView>
  /** Replaces what was signed by a new version; how far it differs is said with it. */
  correct(asker: Asker, id: string, correction: Correction): Promise<ReportView>
  /** Takes the report back: everybody who got it is told. */
  withdraw(
    asker: Asker,
    id: string,
    withdrawal: { reason: string; reauthentication: Reauthentication },
  ): Promise<ReportView>
  acknowledge(asker: Asker, id: string, by: { name?: string; role?: string }): Promise<ReportView>
  /** The stored PDF of a version (the newest unless told), proved against the journal. */
  pdf(asker: Asker, id: string, version?: number): Promise<{ pdf: Buffer; filename: string; digest: string }>
  /** What stands of the version that a printed code names; undefined where there is none. No health data. */
  verify(code: string): Promise<VerificationView | undefined>
  /** The newest signed version for a program, with its PDF. Throws `missing`. */
  signedOne(asker: Asker, id: string): Promise<ToShow>
  /** Those the asker may read, by an identifier of the report or the request it answers. */
  signedLike(asker: Asker, sought: { identifier?: string; basedOn?: string }): Promise<ToShow[]>
  /** A signed version as the object a PACS files; what the outbox job `deliver-report-pacs` sends. */
  encapsulated(id: string, version: number): Promise<EncapsulatedReport>
  /** What became of it at the PACS; for the handler of that job, in its `settle`. */
  pacsSettled(tx: Tx, settled: PacsSettlement): Promise<void>
  /** What became of a letter about it; for the handler of mail, in its `settle`. */
  mail: Pick<Deliveries, 'mailSettled' | 'shareSettled'>
  /** For the archive: reports of a request with their proved versions. */
  ofRequest(request: string): Promise<{ report: ReportRecord; versions: ReportVersion[] }[]>
  pdfOf(version: ReportVersion): Promise<Buffer>
}

const BEFORE_ANSWER = new Set(['claimed', 'accepted', 'reading', 'info-requested'])

export interface Signing
  extends Pick<ToSign, 'reauthentication' | 'confirm' | 'difference' | 'confirmed' | 'happenedAt'> {
  as: 'preliminary' | 'final'
}

export interface Correction {
  sections: Sections
  reason: string
  difference?: Difference | undefined
  confirmed?: Confirmed[] | undefined
  reauthentication: Reauthentication
}

export function openReports(deps: ReportsDeps): Reports {
  const { db, clock, ids, journal, requests } = deps
  const reading = () => db.sql<ReportTables>()
  const versions: Versions = openVersions(deps)
  const deliveries = openDeliveries(deps)
  const desk = openDesk(deps)
  const templates = openTemplates(deps)
  const keyImages = openKeyImages(deps, { seen, view, proven })
  const taking = openTakingOver(deps)
  const signatures = openSignatures(deps, versions, deliveries, desk, keyImages)

  /** What the person may not see does not exist for them; a draft exists for readers only. */
  async function seen({ who }: Asker, id: string): Promise<{ report: ReportRecord; request: KnownRequest }> {
    const report = await reading().selectFrom('reports').selectAll().where('id', '=', id).executeTakeFirst()
    const request = report === undefined ? undefined : await requests.known(report.request)
    if (
      report === undefined ||
      request === undefined ||
      !allows(who, 'report.read', standingOfReport(report, request)) ||
      (report.state === 'draft' && !seesDraft(who, report, request))
    )
      fail('missing', missingReportWords(who.account.language))
    return { report, request }
  }

  async function view(asker: Asker, id: string): Promise<ReportView> {
    const { report, request } = await seen(asker, id)
    const { language } = asker.who.account
    // Who no longer takes part reads what was written then, and nothing of the images as they are now.
    const former = endOfPart(asker.who, request.standing) !== undefined
    const summaries = former ? new Map<string, StudySummary>() : await requests.summaries(request)
    const uids = former ? [] : request.studies
    const linked = uids.map(uid => studyView(uid, summaries.get(uid), request.record))
    const nameOf = await requests.nameOf()
    return reportView(
      {
        report,
        request,
        versions: await proven(report),
        phoned: (await deps.criticals.known(report.request)).flatMap(({ calls }) => calls),
        deliveries: await deliveries.of(report.id),
        keyImages: await keyImages.of(report.id),
        gaps: former ? [] : await desk.gaps(report, request, summaries, language),
        date: linked.find(study => study.date !== '')?.date,
        siteName: nameOf(report.site),
      },
      asker.who,
    )
  }

  /** The versions, and that they lead to where the report stands: an older state put back is not shown. */
  async function proven(report: ReportRecord): Promise<Proven[]> {
    const found = await versions.proven(report.id)
    if (replayReport(found.map(({ version }) => version.kind)) !== report.state)
      fail('unavailable', broken(found.length))
    return found
  }

  const draft: Reports['draft'] = async (asker, id, confirm) => {
    const { who } = asker
    const { account } = who
    // The request's own sentence for what is missing, foreign, or held by a colleague.
    await requests.view(asker, id)
    const request = (await requests.known(id)) as KnownRequest
    if (!allows(who, 'report.write', request.standing))
      fail('forbidden', notAuthorWords(request.record.holder_name ?? '–', account.language))
    const before = await taking.signedBefore(asker, request)
    if (before !== undefined && request.record.holder === account.id) {
      await taking.takeOver(asker, before, request, confirm)
      return { report: await view(asker, before.id), created: false }
    }
    const summaries = await requests.summaries(request)
    const confirmed = BEFORE_ANSWER.has(request.record.state)
      ? await requests.compared(asker, request, 'opening', confirm)
      : undefined
    const made = await db.write(async tx => {
      await confirmed?.(tx)
      const sql = tx.sql<ReportTables>()
      const known = await sql
        .selectFrom('reports')
        .select('id')
        .where('request', '=', id)
        .where('author', '=', account.id)
        .executeTakeFirst()
      const report = known?.id ?? ids.next('rep')
      await requests.openReading(tx, asker, request, imagesKnown(request, summaries), report)
      if (known !== undefined) return { id: known.id, created: false }
      const now = clock.now()
      const { form, record } = request
      await sql
        .insertInto('reports')
        .values({
          id: report,
          request: id,
          reference: record.reference,
          site: record.site,
          reading_site: record.reading_site ?? who.membership.site,
          author: account.id,
          author_name: account.name,
          state: 'draft',
          revision: 1,
          // Nothing known is typed twice.
          sections: JSON.stringify({ ...EMPTY_SECTIONS, indication: form.question }),
          search: searchable([
            record.reference,
            form.patient.id,
            form.patient.family,
            form.patient.given,
            form.region,
          ]),
          saved_at: now,
          created_at: now,
          acknowledged_at: null,
          acknowledged_by: null,
          acknowledged_version: null,
          document_uid: ids.uid(),
          series_uid: ids.uid(),
          taken_from: null,
        })
        .execute()
      await journal.append(
        tx,
        {
          type: 'report-drafted',
          site: record.site,
          ids: { request: id, report },
          body: { reference: record.reference, urgency: record.urgency },
        },
        asker.origin,
      )
      return { id: report, created: true }
    })
    return { report: await view(asker, made.id), created: made.created }
  }

  async function save(asker: Asker, id: string, revision: number, sections: Sections): Promise<ReportView> {
    const { report, request } = await seen(asker, id)
    const { language } = asker.who.account
    demandWriter(asker.who, report, request)
    await db.write(async tx => {
      const saved = await tx
        .sql<ReportTables>()
        .updateTable('reports')
        .set({ sections: JSON.stringify(sections), revision: revision + 1, saved_at: clock.now() })
        .where('id', '=', id)
        .where('revision', '=', revision)
        .where('state', 'in', ['draft', 'preliminary'])
        .executeTakeFirst()
      if (saved.numUpdatedRows === 1n) return
      const now = await tx
        .sql<ReportTables>()
        .selectFrom('reports')
        .select(['state', 'saved_at'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      if (!isEditable(now.state)) fail('conflict', alreadyFinalWords(language))
      fail('conflict', otherRevisionWords(isoAt(now.saved_at), language))
    })
    return view(asker, id)
  }

  async function signed(asker: Asker, id: string, signing: ToSign): Promise<SignedView> {
    const found = await seen(asker, id)
    demandWriter(asker.who, found.report, found.request)
    return signatures.sign(asker, found, signing)
  }

  /** The newest version for a list; `broken` where it cannot be proved, undefined where none is signed. */
  async function latest(report: ReportRecord): Promise<Proven | 'broken' | undefined> {
    try {
      return (await proven(report)).at(-1)
    } catch (thrown) {
      if (thrown instanceof Failure && thrown.code === 'unavailable') return 'broken'
      throw thrown
    }
  }

  async function list({ who }: Asker, query: ReportQuery): Promise<ListView<ReportRow>> {
    let select = reading()
      .selectFrom('reports')
      .selectAll()
      .where(eb => {
        const { site, everySite } = who.membership
        const own = eb.and([eb('site', '=', site), eb('state', '<>', 'draft')])
        return everySite === true ? eb('state', '<>', 'draft') : eb.or([own, eb('reading_site', '=', site)])
      })
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
    if (query.state !== undefined) select = select.where('state', '=', query.state)
    for (const term of searchTerms(query.q ?? '')) select = select.where('search', 'like', `%${term}%`)
    if (query.after !== undefined) {
      const { at, id } = parseCursor(query.after)
      select = select.where(eb => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(at, id)))
    }
    const records = await select.execute()
    const nameOf = await requests.nameOf()
    const items: ReportRow[] = []
    for (const report of records.slice(0, query.limit)) {
      const request = await requests.known(report.request)
      if (request === undefined || !allows(who, 'report.read', standingOfReport(report, request))) continue
      items.push(reportRow(report, request, await latest(report), nameOf(report.site)))
    }
    const end = records[query.limit - 1]
    return records.length > query.limit && end !== undefined
      ? { items, next: `${end.created_at}.${end.id}` }
      : { items }
  }

  const pdfOf = ({ version }: Proven) => versions.pdf(version)
  const shares = openShares({ ...deps, deliveries, seen, proven, pdfOf, picture: keyImages.picture })

  return {
    draft,
    view,
    list,
    save,
    sign: (asker, id, { as, ...signing }) => signed(asker, id, { kind: as, ...signing }),
    templates,
    shares,
    keyImages,
    fitting: async (asker, id) => {
      const { report, request } = await seen(asker, id)
      demandWriter(asker.who, report, request)
      return templates.fitting(asker.who, request.form, await desk.known(report, request))
    },
    checks: async (asker, id) => {
      const { report, request } = await seen(asker, id)
      demandWriter(asker.who, report, request)
      return { items: await desk.checks(asker.who, report, request, sectionsOf(report)) }
    },
    addendum: async (asker, id, { text, reauthentication }) => {
      await signed(asker, id, { kind: 'addendum', reauthentication, addendum: text })
      return view(asker, id)
    },
    correct: async (asker, id, correction) => {
      await signed(asker, id, { kind: 'correction', ...correction })
      return view(asker, id)
    },
    withdraw: async (asker, id, withdrawal) => {
      await signed(asker, id, { kind: 'withdrawal', ...withdrawal })
      return view(asker, id)
    },
    acknowledge: async (asker, id, by) => {
      const { report, request } = await seen(asker, id)
      const { language } = asker.who.account
      if (report.state === 'draft') fail('conflict', nothingSignedWords(language))
      if (!allows(asker.who, 'report.acknowledge', request.standing))
        fail('forbidden', nothingSignedWords(language))
      await db.write(tx => deliveries.acknowledge(tx, asker, report, by))
      return view(asker, id)
    },
    pdf: async (asker, id, number) => {
      const { report } = await seen(asker, id)
      const all = await proven(report)
      const chosen = number === undefined ? all.at(-1) : all.find(one => one.version.version === number)
      if (chosen === undefined) fail('missing', nothingSignedWords(asker.who.account.language))
      const { version } = chosen
      return {
        pdf: await versions.pdf(version),
        filename: `${report.reference}-v${version.version}.pdf`,
        digest: version.pdf,
      }
    },
    takeOver: async (asker, id, confirm) => {
      const { report, request } = await seen(asker, id)
      if (!allows(asker.who, 'report.write', request.standing))
        fail('forbidden', notAuthorWords(report.author_name, asker.who.account.language))
      await taking.takeOver(asker, report, request, confirm)
      return view(asker, id)
    },
    ...openShowing({ reading, seen, proven, versions, known: requests.known }),
    encapsulated: (id, number) => encapsulate(deps, versions, id, number),
    pacsSettled: deliveries.pacsSettled,
    mail: deliveries,
    ofRequest: async request => {
      const reports = await reading()
        .selectFrom('reports')
        .selectAll()
        .where('request', '=', request)
        .orderBy('created_at')
        .execute()
      return Promise.all(
        reports.map(async report => ({
          report,
          versions: (await versions.proven(report.id)).map(one => one.version),
        })),
      )
    },
    pdfOf: versions.pdf,
  }
}
