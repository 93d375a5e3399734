import type { Proof } from '../accounts/proofs.js'
import type { Language } from '../accounts/view.js'
import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import { laneOf } from '../exchange/transfers.js'
import { isSigned } from '../journal/checkpoint.js'
import { priorities } from '../outbox/job.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import type { Deliveries } from './deliveries.js'
import { type Owed, owedTo, pacsOf } from './delivery.js'
import type { ReportsDeps } from './deps.js'
import { type Confirmed, type Desk, demandChecked } from './desk.js'
import { reportDocument } from './document.js'
import type { KeyImages } from './key-images.js'
import {
  afterSigning,
  attestedText,
  digestOf,
  EMPTY_SECTIONS,
  isEditable,
  SECTION_NAMES,
  type SigningKind,
  saysAnew,
  signableAs,
  signedBytes,
} from './report.js'
import type { ReportRecord, ReportTables } from './schema.js'
import { contentToSign } from './signing.js'
import type { Versions } from './versions.js'
import type { Difference, Sections, SignedView } from './view.js'
import { sectionsOf } from './views.js'
import {
  alreadyFinalWords,
  emptyAddendumWords,
  emptyConclusionWords,
  emptyReasonWords,
  noPreliminaryWords,
  nothingSignedWords,
  otherRevisionWords,
  withdrawnWords,
} from './words.js'

/** What a person gives again to sign: the session alone is not enough. */
export type Reauthentication = Proof

/** What is signed next, and what its signer says of it. */
export interface ToSign {
  kind: SigningKind
  reauthentication: Reauthentication
  /** Text of an addendum. */
  addendum?: string | undefined
  /** The sections of a correction; what else is signed lies in the draft. */
  sections?: Sections | undefined
  /** Of a correction or a withdrawal. */
  reason?: string | undefined
  /** How far a final version differs from the preliminary one, a correction from what it replaces. */
  difference?: Difference | undefined
  /** What it is asked about and confirms, each with a reason. */
  confirmed?: readonly Confirmed[] | undefined
  /** Why images that say otherwise than the request are signed on all the same. */
  confirm?: string | undefined
  /** Given by telephone during a breakdown and signed now: when, UTC ISO 8601. */
  happenedAt?: string | undefined
}

export interface Signatures {
  /**
   * Reauthenticates, makes the canonical bytes, their digest and the PDF (file first), then in one transaction:
   * version, journal, the request's state, what is owed. Throws `conflict` when the draft changed meanwhile.
   */
  sign(
    asker: Asker,
    found: { report: ReportRecord; request: KnownRequest },
    signing: ToSign,
  ): Promise<SignedView>
}

export function openSignatures(
  deps: ReportsDeps,
  versions: Versions,
  deliveries: Deliveries,
  desk: Desk,
  keyImages: KeyImages,
): Signatures {
  const { db, clock, ids, journal, objects, outbox, requests, criticals, accounts, peers, checkpoints } = deps

  async function sign(
    asker: Asker,
    { report, request }: { report: ReportRecord; request: KnownRequest },
    signing: ToSign,
  ): Promise<SignedView> {
    const { who } = asker
    const { kind, addendum, reason } = signing
    const { language } = who.account
    const state = stateAfter(report, kind, language)
    const sections = kind === 'correction' ? (signing.sections ?? EMPTY_SECTIONS) : sectionsOf(report)
    demandTexts(kind, { addendum, reason, sections }, language)
    const terms = await preliminaryTerms(report)
    if (kind === 'preliminary' && terms === 'never') fail('conflict', noPreliminaryWords(language))
    const checks =
      kind === 'withdrawal'
        ? []
        : await desk.checks(
            who,
            report,
            request,
            kind === 'addendum' ? { ...EMPTY_SECTIONS, conclusion: addendum ?? '' } : sections,
          )
    const confirmed = (signing.confirmed ?? []).filter(one => checks.some(({ code }) => code === one.code))
    demandChecked(checks, confirmed, language)
    const said = await requests.happenedBefore(asker, {
      request: report.request,
      event: 'report',
      happenedAt: signing.happenedAt,
    })
    // Before the password: who must look once more has not signed yet.
    const compared =
      kind === 'withdrawal' ? undefined : await requests.compared(asker, request, 'signing', signing.confirm)
    const address = asker.origin.by === 'account' ? asker.origin.address : undefined
    await accounts.reauthenticate(who, signing.reauthentication, address)

    const earlier = await versions.proven(report.id)
    const previous = earlier.at(-1)
    const difference = differenceSaid(signing, sections, previous?.content.sections)
    // What is marked belongs to what is being written; what comes after a final version keeps what was signed.
    const marked = isEditable(report.state) && kind !== 'withdrawal'
    const keys = marked
      ? await keyImages.toSign(report.id)
      : await keyImages.signedBefore(previous?.content.keyImages ?? [])
    const at = clock.now()
    const summaries = await requests.summaries(request)
    const content = contentToSign({
      report,
      request,
      summaries,
      who,
      kind,
      sections:
        kind === 'addendum' || kind === 'withdrawal' ? (previous?.content.sections ?? sections) : sections,
      ...(addendum === undefined ? {} : { addendum }),
      ...(reason === undefined ? {} : { reason }),
      ...(difference === undefined ? {} : { difference }),
      images: await desk.images(report, request),
      gaps: await desk.gaps(report, request, summaries, language),
      criticals: (await criticals.known(report.request)).map(({ record, calls }) => {
        const told = calls.find(call => call.readBack)
        return {
          class: record.class,
          finding: record.finding,
          foundAt: isoAt(record.found_at),
          ...(told === undefined
            ? {}
            : { told: { receiver: told.receiver, role: told.role, at: told.at, method: told.method } }),
        }
      }),
      keyImages: keys.images,
      previous,
      nameOf: await requests.nameOf(),
      keptYears: deps.imagesKeptYears,
      publicUrl: deps.publicUrl(),
      at,
    })
    const signed = signedBytes(content)
    const digest = digestOf(signed)
    const pdf = await reportDocument(content, digest, deps.publicUrl(), keys.pictures)
    const file = await objects.write(pdf)
    const signature = await attested(attestedText(content, digest))
    const owed = await owing(report, request, kind, terms === 'to-pacs')

    await db.write(async tx => {
      await compared?.(tx)
      const sql = tx.sql<ReportTables>()
      // What was read and rendered above must still be what stands there.
      const moved = await sql
        .updateTable('reports')
        .set({
          state,
          acknowledged_at: null,
          acknowledged_by: null,
          acknowledged_version: null,
          ...(kind === 'correction' ? { sections: JSON.stringify(sections) } : {}),
        })
        .where('id', '=', report.id)
        .where('revision', '=', report.revision)
        .where('state', '=', report.state)
        .executeTakeFirst()
      const asDrawn = !marked || (await keyImages.unchanged(tx, report.id, keys.images))
      if (moved.numUpdatedRows === 0n || !asDrawn)
        fail('conflict', otherRevisionWords(isoAt(clock.now()), language))
      for (const [each, mediaType] of [
        [file, 'application/pdf'] as const,
        ...keys.files.map(each => [each, 'image/jpeg'] as const),
      ])
        await objects.record(tx, {
          name: each.name,
          bucket: each.bucket,
          bytes: each.bytes,
          datasetOffset: 0,
          sha256: each.sha256,
          transferSyntaxUID: null,
          mediaType,
        })
      const { from, state: requestState } = await requests.signed(tx, asker, report.request, {
        kind,
        significant: difference === 'significant',
      })
      const fact = await journal.append(
        tx,
        {
          type: 'report-signed',
          site: report.site,
          ids: { request: report.request, report: report.id },
          body: {
            reference: report.reference,
            urgency: request.record.urgency,
            version: content.version,
            kind,
            digest,
            pdf: file.name,
            signature,
            previous: content.previous,
            from,
            state: requestState,
            recipients: recipientsOf(owed),
            ...said,
            ...(difference === undefined ? {} : { difference }),
            ...(confirmed.length === 0
              ? {}
              : { confirmed: confirmed.map(({ code, reason }) => ({ code, reason })) }),
          },
        },
        asker.origin,
      )
      await sql
        .insertInto('report_versions')
        .values({
          report: report.id,
          version: content.version,
          kind,
          signed,
          digest,
          signer: who.account.id,
          signed_at: at,
          fact,
          pdf: file.name,
          sop_uid: ids.uid(),
        })
        .execute()
      await deliveries.owe(tx, report, content.version, owed)
      for (const one of owed)
        if (one.channel === 'pacs')
          await outbox.add(tx, {
            lane: laneOf(one.peer),
            kind: 'deliver-report-pacs',
            key: `report-pacs:${report.id}:${content.version}:${one.peer}`,
            body: { report: report.id, version: content.version, peer: one.peer, request: report.request },
            site: report.site,
            priority: request.record.urgency === 'emergency' ? priorities.emergency : priorities.urgent,
          })
    })
    return { state, version: content.version, digest, signedAt: content.signedAt }
  }

  /** The node's own signature, with the fingerprint of its key (Ed25519, RFC 8032). */
  async function attested(text: string): Promise<{ key: string; value: string }> {
    const value = await checkpoints.attest(text)
    // The newest, but for one that takes its place at this very moment.
    const key = (await checkpoints.keys()).findLast(({ publicKey }) => isSigned(text, value, publicKey))
    if (key === undefined) return fail('internal', 'The key that signs is not recorded.')
    return { key: key.fingerprint, value: value.toString('hex') }
  }

  /** What the contracts between the two sites say of preliminary reports: any that sends them to a PACS, all that forbid. */
  async function preliminaryTerms(report: ReportRecord): Promise<'never' | 'allowed' | 'to-pacs'> {
    const terms = (await deps.sites.contracts())
      .filter(one => one.requesting === report.site && one.reading === report.reading_site)
      .map(({ preliminary = 'allowed' }) => preliminary)
    if (terms.includes('to-pacs')) return 'to-pacs'
    return terms.length > 0 && terms.every(one => one === 'never') ? 'never' : 'allowed'
  }

  async function owing(
    report: ReportRecord,
    request: KnownRequest,
    kind: SigningKind,
    preliminaryToPacs: boolean,
  ): Promise<Owed[]> {
    const referrers = await accounts.members([report.site], 'referrer')
    return owedTo({
      kind,
      asker: referrers.find(person => person.account === request.record.created_by),
      referrers,
      preliminaryToPacs,
      shares: [
        ...new Map(
          (await deliveries.shared(report.id)).map(({ recipient, name }) => [
            recipient,
            { share: recipient, name },
          ]),
        ).values(),
      ],
      earlier: await deliveries.recipients(report.id),
      pacs: request.studies.length === 0 ? [] : pacsOf(report.site, peers.list()),
    })
  }

  return { sign }
}

/** The state after signing, or a conflict in words. */
function stateAfter({ state }: ReportRecord, kind: SigningKind, language: Language) {
  if (signableAs(state).includes(kind)) return afterSigning(state, kind)
  fail(
    'conflict',
    (state === 'withdrawn'
      ? withdrawnWords
      : state === 'final' && (kind === 'final' || kind === 'preliminary')
        ? alreadyFinalWords
        : nothingSignedWords)(language),
  )
}

/** What a kind of version cannot be without. */
function demandTexts(
  kind: SigningKind,
  { addendum, reason, sections }: Pick<ToSign, 'addendum' | 'reason'> & { sections: Sections },
  language: Language,
): void {
  const demand = (text: string | undefined, path: string, message: string) => {
    if ((text ?? '').trim() === '') fail('invalid', message, [{ path, message }])
  }
  if (kind === 'addendum') demand(addendum, 'text', emptyAddendumWords(language))
  else if (kind === 'withdrawal') demand(reason, 'reason', emptyReasonWords(language))
  else demand(sections.conclusion, 'sections.conclusion', emptyConclusionWords(language))
  if (kind === 'correction') demand(reason, 'reason', emptyReasonWords(language))
}

/** How far it differs from what was signed before; where the texts are the same nobody need say it. */
function differenceSaid(
  { kind, difference }: ToSign,
  sections: Sections,
  before: Sections | undefined,
): Difference | undefined {
  if (before === undefined || !saysAnew(kind)) return undefined
  const same = SECTION_NAMES.every(name => sections[name] === before[name])
  return difference ?? (same ? 'same' : undefined)
}

const recipientsOf = (owed: readonly Owed[]): string[] => [
  ...new Set(owed.flatMap(one => (one.channel === 'pacs' || one.channel === 'link' ? [] : [one.account]))),
]
