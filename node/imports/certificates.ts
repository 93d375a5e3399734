import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Language } from '../accounts/view.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import { canonical } from '../journal/canonical.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Objects } from '../objects/objects.js'
import type { Handler } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import { type CertificateContent, groupedFaults, isFinal, PAPERS_MAX } from './certificate.js'
import { certificateDocument } from './certificate-document.js'
import { chosenOf, type Decisions, decisionIn } from './decisions.js'
import { destinationsOf } from './follow.js'
import { paperView } from './paper-view.js'
import type { DiscStudy, ImportRecord, ImportRows } from './rows.js'
import type { ImportTables } from './schema.js'
import type { ImportDecision, ImportWhy, Verdict } from './view.js'
import { whyIn } from './why.js'

export interface Certificates {
  /** As it stands: the final version where nothing changed since, else an interim one. Throws `missing` for no such version. */
  pdf(
    record: ImportRecord,
    language: Language,
    version?: number,
  ): Promise<{ pdf: Buffer; filename: string; digest: string }>
  /** The newest final version. */
  last(id: string): Promise<CertificateRecord | undefined>
  /** Makes the final versions: outbox jobs `certify-import`. */
  handler: Handler
  follower: Follower
}

export type CertificateRecord = ImportTables['import_certificates']

const LANE = 'certificates'
const FAULTS_READ_MAX = 100_000
const LANGUAGES = ['fr', 'en'] as const

/**
 * The proof of an import that people keep. When all is confirmed or given up, what it says is written down as a version:
 * its digest is a fact, its pages are kept in the store; what changes later makes the next one.
 */
export function openCertificates(options: {
  db: Database
  clock: Clock
  journal: Journal
  objects: Objects
  outbox: Outbox
  rows: ImportRows
  decisions: Decisions
  transfers: Transfers
  sites: SiteNames
}): Certificates {
  const { db, clock, journal, objects, outbox, rows, sites } = options
  const versions = (sql = db.sql<ImportTables>()) => sql.selectFrom('import_certificates').selectAll()
  const last = (id: string, tx?: Tx) =>
    versions(tx?.sql<ImportTables>())
      .where('import', '=', id)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()

  async function contentOf(record: ImportRecord): Promise<CertificateContent> {
    const { id } = record
    const people = await options.decisions.people(id)
    const standing = people.flatMap(({ standing: one }) => (one === undefined ? [] : [one]))
    const all = [...people.flatMap(({ former }) => former), ...standing].sort(
      (a, b) => a.decided_at - b.decided_at,
    )
    const wanted = new Set(standing.flatMap(each => decisionIn(each)?.series ?? []))
    const studies = await rows.studies(id)
    const written = await rows.written(id)
    const papers = (await rows.papers(id)).map(paperView)
    const outcomes = await rows.outcomes(id)
    const images = (what: 'taken' | 'duplicate' | 'refused') =>
      (outcomes[what] ?? 0) - papers.filter(({ outcome }) => outcome === what).length
    const faults = await rows.files(id, { limit: FAULTS_READ_MAX, onlyFaults: true })
    return {
      schema: 1,
      import: id,
      state: record.state,
      site: { id: record.site, name: sites.site(record.site)?.name ?? record.site },
      disc: {
        label: record.label,
        name: record.name,
        medium: record.medium ?? '',
        files: record.files,
        bytes: record.bytes_total,
        fingerprint: record.fingerprint,
      },
      brought: { by: record.by_name, at: isoAt(record.created_at) },
      found: await rows.verdicts(id),
      papers: papers
        .slice(0, PAPERS_MAX)
        .map(({ kind, title, outcome }) => ({ kind, title, outcome: outcome ?? null })),
      otherPapers: Math.max(0, papers.length - PAPERS_MAX),
      decisions: all.flatMap(each => {
        const said = decisionIn(each)
        if (said === undefined) return []
        const withdrawn =
          each.withdrawn_at === null
            ? null
            : {
                by: each.withdrawn_by ?? '',
                at: isoAt(each.withdrawn_at),
                reason: each.withdrawn_reason ?? '',
              }
        return [
          {
            by: each.decided_by,
            at: isoAt(each.decided_at),
            candidate: said.candidate,
            reason: said.reason ?? null,
            withdrawn,
            studies: chosenOf(said, studies).map(study =>
              // What a decision that was taken back had written is told by its identity.
              decidedStudy(
                study,
                said,
                withdrawn === null ? (written.get(study.StudyInstanceUID) ?? {}) : {},
              ),
            ),
          },
        ]
      }),
      notTaken: people.flatMap(({ identity, standing: one }) =>
        one?.state === 'not-taken'
          ? [
              {
                identity,
                by: one.decided_by,
                at: isoAt(one.decided_at),
                reason: one.reason ?? '',
                ...(one.why === null ? {} : { why: JSON.parse(one.why) as ImportWhy }),
              },
            ]
          : [],
      ),
      taken: {
        taken: images('taken'),
        duplicate: images('duplicate'),
        refused: images('refused'),
      },
      left: standing.every(each => each.decision === null)
        ? []
        : studies
            .flatMap(({ series }) => series)
            .filter(each => !wanted.has(each.SeriesInstanceUID))
            .map(({ Modality, SeriesDescription, images, leftOut, kind }) => ({
              Modality,
              SeriesDescription,
              images,
              by: leftOut ? (kind ?? 'rule') : 'person',
            })),
      faults: groupedFaults(
        faults.map(({ path, verdict, outcome, reason, why, outcome_reason, outcome_why }) =>
          outcome === 'refused'
            ? { what: 'refused', reason: outcome_reason ?? '', why: whyIn(outcome_why), path }
            : { what: faultOf(verdict), reason: reason ?? '', why: whyIn(why), path },
        ),
      ),
      destinations: (await Promise.all(standing.map(each => destinationsOf(record, each, options))))
        .flat()
        .map(({ peer, state, confirmed, of, at }) => ({
          peer,
          state,
          confirmed,
          of,
          at: at === undefined ? null : isoAt(at),
        })),
    }
  }

  const certify: Handler['run'] = async job => {
    const record = await rows.find(String(job.body['import']))
    if (record === undefined) return { result: 'done' }
    const content = await contentOf(record)
    const { text, digest } = digested(content)
    const before = await last(record.id)
    if (!isFinal(content) || before?.digest === digest) return { result: 'done' }
    const at = clock.now()
    const version = {
      version: (before?.version ?? 0) + 1,
      asOf: isoAt(at),
      digest,
      previous: before?.digest ?? null,
    }
    const written = await Promise.all(
      LANGUAGES.map(async language => objects.write(await certificateDocument(content, version, language))),
    )
    return {
      result: 'done',
      settle: async tx => {
        for (const { name, bucket, bytes, sha256 } of written)
          await objects.record(tx, {
            name,
            bucket,
            bytes,
            datasetOffset: 0,
            sha256,
            transferSyntaxUID: null,
            mediaType: 'application/pdf',
          })
        const [fr, en] = written.map(({ name }) => name)
        await tx
          .sql<ImportTables>()
          .insertInto('import_certificates')
          .values({
            import: record.id,
            version: version.version,
            at,
            digest,
            content: text,
            pdf_fr: fr ?? '',
            pdf_en: en ?? '',
          })
          .execute()
        await journal.append(
          tx,
          {
            type: 'import-certified',
            site: record.site,
            ids: { import: record.id },
            body: { version: version.version, digest, previous: version.previous, pdf: { fr, en } },
          },
          { by: 'system', part: 'imports' },
        )
      },
    }
  }

  return {
    last: id => last(id),
    pdf: async (record, language, wanted) => {
      const asked =
        wanted === undefined
          ? await last(record.id)
          : await versions().where('import', '=', record.id).where('version', '=', wanted).executeTakeFirst()
      if (wanted !== undefined && asked === undefined)
        return fail('missing', 'There is no such version of this certificate.')
      const content = await contentOf(record)
      const { digest } = digested(content)
      if (asked !== undefined && (wanted !== undefined || asked.digest === digest)) {
        const stored = await objects.find(language === 'fr' ? asked.pdf_fr : asked.pdf_en)
        if (stored === undefined) return fail('missing', 'The pages of this version are not in the store.')
        const pdf = await readFile(objects.path(stored))
        return { pdf, filename: `${record.id}-v${asked.version}.pdf`, digest: stored.sha256 }
      }
      const interim = { version: 0, asOf: isoAt(clock.now()), digest, previous: asked?.digest ?? null }
      const pdf = await certificateDocument(content, interim, language)
      return { pdf, filename: `${record.id}.pdf`, digest: createHash('sha256').update(pdf).digest('hex') }
    },
    handler: { run: certify },
    follower: {
      name: 'import-certificates',
      types: [
        'import-taken',
        'import-person-left',
        'import-withdrawn',
        'import-finished',
        'study-sent',
        'transfer-failed',
        'transfer-cancelled',
      ],
      replay: true,
      handle: async (fact, tx) => {
        const [kind, cause] = String(fact.body?.['cause'] ?? '').split(':')
        const id = fact.ids['import'] ?? (kind === 'import' ? cause : undefined)
        const record = id === undefined ? undefined : await rows.find(id)
        if (record === undefined || !['done', 'entered-in-error'].includes(record.state)) return
        await outbox.add(tx, {
          lane: LANE,
          kind: 'certify-import',
          key: `certify:${record.id}:${fact.seq}`,
          body: { import: record.id },
          site: record.site,
        })
      },
    },
  }
}

function faultOf(verdict: Verdict): CertificateContent['faults'][number]['what'] {
  return verdict === 'missing' ||
    verdict === 'other-patient' ||
    verdict === 'rejected' ||
    verdict === 'conflict'
    ? verdict
    : 'unreadable'
}

function digested(content: CertificateContent): { text: string; digest: string } {
  const text = canonical(content)
  return { text, digest: createHash('sha256').update(text).digest('hex') }
}

/** A study as it was decided on, with what was written into its images: null takes a value away. */
function decidedStudy(
  study: DiscStudy,
  decision: ImportDecision,
  written: Readonly<Record<string, string | null>>,
): CertificateContent['decisions'][number]['studies'][number] {
  const { StudyInstanceUID, StudyDate, StudyDescription, Modalities, identity, AccessionNumber } = study
  const chosen = study.series.filter(each => decision.series.includes(each.SeriesInstanceUID))
  const before: Record<string, string> = { ...identity, AccessionNumber, StudyDescription }
  const changes = Object.entries(written).map(([field, to]) => ({
    field,
    from: before[field] ?? '',
    to: to ?? '',
  })) as CertificateContent['decisions'][number]['studies'][number]['changes']
  const now = { ...identity }
  for (const { field, to } of changes) if (field in now) now[field as keyof typeof now] = to
  return {
    StudyInstanceUID,
    StudyDate,
    StudyDescription,
    Modalities,
    images: chosen.reduce((sum, { images }) => sum + images, 0),
    series: chosen.length,
    ofSeries: study.series.length,
    identity: now,
    changes,
  }
}
