import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import type { StudySummary } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import { imagesKnown } from '../requests/sending.js'
import { studyView } from '../requests/views.js'
import { roleWord } from '../requests/words.js'
import type { ImageFacts } from './image-facts.js'
import type { SignedContent, SignedCritical, SignedKeyImage, SigningKind } from './report.js'
import type { ReportRecord, ReportVersion } from './schema.js'
import { doseSentence } from './templates/template.js'
import type { Difference, Sections } from './view.js'

/** Everything the next version of a report says. */
export function contentToSign(signing: {
  report: ReportRecord
  request: KnownRequest
  summaries: ReadonlyMap<string, StudySummary>
  who: Acting
  kind: SigningKind
  sections: Sections
  addendum?: string
  difference?: Difference
  reason?: string
  images: ImageFacts | undefined
  gaps: string[]
  criticals: readonly SignedCritical[]
  keyImages: readonly SignedKeyImage[]
  /** The version before, with its content. */
  previous: { version: ReportVersion; content: SignedContent } | undefined
  nameOf: (site: string) => string
  /** Years for which images are kept. */
  keptYears: number
  publicUrl: string
  at: number
}): SignedContent {
  const { report, request, summaries, who, kind, previous, nameOf, at } = signing
  const { form, record } = request
  const { language } = who.account
  const linked = request.studies.map(uid => studyView(uid, summaries.get(uid), record))
  const date = linked.find(study => study.date !== '')?.date
  const version = (previous?.version.version ?? 0) + 1
  const signer = { name: who.account.name, role: roleWord(who.membership.role, language) }
  const signedAt = isoAt(at)
  const { laterality } = form
  const equipment = signing.images?.equipment.join(' ; ') ?? ''
  const dose = doseSentence(signing.images, language)
  const contrast = signing.images?.contrast.join(' ; ') ?? ''
  const accession = form.accession ?? linked.find(study => study.accession !== undefined)?.accession
  return {
    format: 'relais-report/1',
    report: report.id,
    request: report.request,
    reference: report.reference,
    version,
    kind,
    language,
    sections: signing.sections,
    addenda: [
      ...(previous?.content.addenda ?? []),
      ...(signing.addendum === undefined ? [] : [{ version, text: signing.addendum, signer, signedAt }]),
    ],
    patient: form.patient,
    exam: {
      modality: form.modality,
      region: form.region,
      question: form.question,
      ...(laterality === undefined ? {} : { laterality }),
      ...(date === undefined ? {} : { date }),
      ...(accession === undefined ? {} : { accession }),
      ...(equipment === '' ? {} : { equipment }),
      ...(dose === '' ? {} : { dose }),
      ...(contrast === '' ? {} : { contrast }),
      studies: imagesKnown(request, summaries),
    },
    requester: {
      name: form.requester.name,
      phone: form.requester.phone,
      ...(form.requester.service === undefined ? {} : { service: form.requester.service }),
    },
    site: { id: report.site, name: nameOf(report.site) },
    readingSite: { id: report.reading_site, name: nameOf(report.reading_site) },
    signer: { id: who.account.id, ...signer },
    signedAt,
    gaps: signing.gaps,
    previous: previous?.version.digest ?? null,
    ...(signing.difference === undefined ? {} : { difference: signing.difference }),
    ...(signing.reason === undefined ? {} : { reason: signing.reason }),
    ...(signing.criticals.length === 0 ? {} : { criticals: [...signing.criticals] }),
    ...(signing.keyImages.length === 0 ? {} : { keyImages: [...signing.keyImages] }),
    ...(request.studies.length === 0
      ? {}
      : {
          viewing: {
            where: `PACS ${nameOf(report.site)}, ${signing.publicUrl}`,
            years: signing.keptYears,
          },
        }),
  }
}
