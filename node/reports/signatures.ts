import type { Proof } from '../accounts/proofs.js'
import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import { laneOf } from '../exchange/transfers.js'
import { priorities } from '../outbox/job.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import type { Deliveries } from './deliveries.js'
import { type Owed, owedTo, pacsOf } from './delivery.js'
import { reportDocument } from './document.js'
import { afterSigning, digestOf, type SigningKind, signedBytes } from './report.js'
import type { ReportsDeps } from './reports.js'
import type { ReportRecord, ReportTables } from './schema.js'
import { contentToSign } from './signing.js'
import type { Versions } from './versions.js'
import type { SignedView } from './view.js'
import { sectionsOf } from './views.js'
import {
  alreadyFinalWords,
  emptyAddendumWords,
  emptyConclusionWords,
  nothingSignedWords,
  otherRevisionWords,
} from './words.js'

/** What a person gives again to sign: the session alone is not enough. */
export type Reauthentication = Proof

export interface Signatures {
  /**
   * Reauthenticates, makes the canonical bytes, their digest and the PDF (file first), then in one transaction:
   * version, journal, the request's state, what is owed. Throws `conflict` when the draft changed meanwhile.
   */
  sign(
    asker: Asker,
    found: { report: ReportRecord; request: KnownRequest },
    signing: { kind: SigningKind; reauthentication: Reauthentication; addendum?: string },
  ): Promise<SignedView>
}

export function openSignatures(deps: ReportsDeps, versions: Versions, deliveries: Deliveries): Signatures {
  const { db, clock, ids, journal, objects, outbox, requests, accounts, peers } = deps

  async function sign(
    asker: Asker,
    { report, request }: { report: ReportRecord; request: KnownRequest },
    signing: { kind: SigningKind; reauthentication: Reauthentication; addendum?: string },
  ): Promise<SignedView> {
    const { who } = asker
    const { kind, addendum } = signing
    const { language } = who.account
    const state = stateAfter(report, kind, language)
    const sections = sectionsOf(report)
    if (kind === 'addendum' && (addendum ?? '').trim() === '')
      fail('invalid', emptyAddendumWords(language), [{ path: 'text', message: emptyAddendumWords(language) }])
    if (kind !== 'addendum' && sections.conclusion.trim() === '')
      fail('invalid', emptyConclusionWords(language), [
        { path: 'sections.conclusion', message: emptyConclusionWords(language) },
      ])
    const address = asker.origin.by === 'account' ? asker.origin.address : undefined
    await accounts.reauthenticate(who, signing.reauthentication, address)

    const earlier = await versions.proven(report.id, language)
    const previous = earlier.at(-1)
    const at = clock.now()
    const content = contentToSign({
      report,
      request,
      summaries: await requests.summaries(request),
      who,
      kind,
      sections: kind === 'addendum' ? (previous?.content.sections ?? sections) : sections,
      ...(addendum === undefined ? {} : { addendum }),
      previous,
      nameOf: await requests.nameOf(),
      at,
    })
    const signed = signedBytes(content)
    const digest = digestOf(signed)
    const pdf = await reportDocument(content, digest)
    const file = await objects.write(pdf)
    const owed = await owing(report, request, kind)

    await db.write(async tx => {
      const sql = tx.sql<ReportTables>()
      // What was read and rendered above must still be what stands there.
      const moved = await sql
        .updateTable('reports')
        .set({ state, acknowledged_at: null, acknowledged_by: null, acknowledged_version: null })
        .where('id', '=', report.id)
        .where('revision', '=', report.revision)
        .where('state', '=', report.state)
        .executeTakeFirst()
      if (moved.numUpdatedRows === 0n) fail('conflict', otherRevisionWords(isoAt(clock.now()), language))
      await objects.record(tx, {
        name: file.name,
        bucket: file.bucket,
        bytes: file.bytes,
        datasetOffset: 0,
        sha256: file.sha256,
        transferSyntaxUID: null,
        mediaType: 'application/pdf',
      })
      const { from, state: requestState } = await requests.signed(tx, asker, report.request, { kind })
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
            previous: content.previous,
            from,
            state: requestState,
            recipients: recipientsOf(owed),
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
      await deliveries.owe(tx, report.id, content.version, owed)
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

  async function owing(report: ReportRecord, request: KnownRequest, kind: SigningKind): Promise<Owed[]> {
    const referrers = await accounts.members([report.site], 'referrer')
    return owedTo({
      kind,
      asker: referrers.find(person => person.account === request.record.created_by),
      referrers,
      earlier: await deliveries.recipients(report.id),
      pacs: request.studies.length === 0 ? [] : pacsOf(report.site, peers.list()),
    })
  }

  return { sign }
}

/** The state after signing, or a conflict in words. */
function stateAfter(report: ReportRecord, kind: SigningKind, language: 'fr' | 'en') {
  if (kind !== 'addendum' && report.state === 'final') fail('conflict', alreadyFinalWords(language))
  if (kind === 'addendum' && report.state !== 'final') fail('conflict', nothingSignedWords(language))
  return afterSigning(report.state, kind)
}

const recipientsOf = (owed: readonly Owed[]): string[] => [
  ...new Set(owed.flatMap(one => (one.channel === 'pacs' ? [] : [one.account]))),
]
