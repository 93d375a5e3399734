import { isoAt } from '../clock.js'
import { manifestDigest } from '../studies/receive.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import type { CertificateView, StudyRow } from '../studies/view.js'
import { gapView } from '../studies/views.js'
import { isOfOurOwn } from './own-cause.js'
import type { Transfers } from './transfers.js'

/** Everything known of a study's completeness on one page: what was expected by whom, what came, what is confirmed where. */
export async function certificateOf(
  study: StudyRecord,
  row: StudyRow,
  options: {
    studies: Studies
    transfers: Transfers
    siteOfPeer(peer: string): string
    now: number
    journal: CertificateView['journal']
  },
): Promise<CertificateView> {
  const { studies, transfers, siteOfPeer, now, journal } = options
  const [instances, arrivals, gaps, sent] = await Promise.all([
    studies.instances(study.id),
    studies.arrivals(study.id),
    studies.gaps(study.id),
    transfers.ofStudy(study.id),
  ])
  const images = instances.filter(({ madeHere }) => !madeHere)
  const { expected, expected_by, expected_at } = study
  return {
    issuedAt: isoAt(now),
    StudyInstanceUID: row.StudyInstanceUID,
    PatientName: row.PatientName,
    PatientID: row.PatientID,
    PatientBirthDate: row.PatientBirthDate,
    PatientSex: row.PatientSex,
    StudyDate: row.StudyDate,
    StudyDescription: row.StudyDescription,
    AccessionNumber: row.AccessionNumber,
    ModalitiesInStudy: row.ModalitiesInStudy,
    siteName: row.siteName,
    completeness: row.completeness,
    ...(expected === null || expected_by === null || expected_at === null
      ? {}
      : { expected: { by: expected_by, at: isoAt(expected_at), instances: expected } }),
    received: {
      instances: images.length,
      bytes: images.reduce((sum, { bytes }) => sum + bytes, 0),
      digest: manifestDigest([...images].sort((a, b) => (a.uid < b.uid ? -1 : 1))),
    },
    arrivals: arrivals
      .filter(({ made_here }) => made_here === 0)
      .map(arrival => ({
        peer: arrival.source,
        callingAETitle: arrival.calling,
        instances: arrival.instances,
        duplicates: arrival.duplicates,
        beside: arrival.conflicts,
        from: isoAt(arrival.first_at),
        to: isoAt(arrival.last_at),
      })),
    gaps: gaps.map(gapView),
    withheld: images.filter(({ withheld }) => withheld).length,
    corrected: await studies.correctedCount(study.id),
    destinations: sent
      .filter(({ cause }) => !isOfOurOwn(cause))
      .map(transfer => ({
        peer: transfer.peer,
        siteName: siteOfPeer(transfer.peer),
        state: transfer.state,
        instances: transfer.total,
        confirmed: transfer.confirmed,
        ...(transfer.settled_at === null ? {} : { at: isoAt(transfer.settled_at) }),
      })),
    journal,
  }
}
