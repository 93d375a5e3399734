import { dicomDateTime } from '../clock.js'
import { paperTitle } from '../objects/paper.js'
import type { Studies } from '../studies/studies.js'
import type { DecisionRecord } from './decision-rows.js'
import { uidHere } from './decisions.js'
import type { PaperObject } from './paper-object.js'
import type { DiscStudy, ImportFileRecord, ImportRecord } from './rows.js'
import type { ImportDecision, ImportIdentity, PresetInput } from './view.js'

/**
 * What the chosen papers are to become: the decided identity, the study as its images have it now, a series of their own. The
 * same decision gives the same objects.
 */
export async function paperFiles(
  files: readonly ImportFileRecord[],
  {
    record,
    standing,
    decision,
    rule,
    chosen,
    studies,
  }: {
    record: ImportRecord
    standing: DecisionRecord
    decision: ImportDecision
    rule: PresetInput | undefined
    chosen: readonly DiscStudy[]
    studies: Studies
  },
): Promise<{ number: number; sha256: string; paper: PaperObject }[]> {
  const { date, time } = dicomDateTime(standing.decided_at)
  return Promise.all(
    files.map(async ({ number, sha256, path, kind, study: uid, series, sop_instance: sop }) => {
      const disc = chosen.find(study => study.StudyInstanceUID === uid)
      const StudyInstanceUID = uidHere(standing, uid ?? '')
      const here = (await studies.byUid(StudyInstanceUID)).find(({ site }) => site === record.site)
      return {
        number,
        sha256: sha256 ?? '',
        paper: {
          kind: kind as PaperObject['kind'],
          title: paperTitle(path),
          patient: {
            ...identityOf(decision, disc?.identity),
            ...(rule?.write.issuer === false
              ? { IssuerOfPatientID: disc?.identity.IssuerOfPatientID ?? '' }
              : {}),
          },
          study: {
            StudyInstanceUID,
            StudyDate: here?.date ?? disc?.StudyDate ?? date,
            StudyTime: here?.time ?? (disc === undefined ? time : ''),
            StudyID: here?.study_id ?? '',
            StudyDescription: here?.description ?? disc?.StudyDescription ?? rule?.label ?? '',
            // Of the order at hand: an earlier study keeps its own.
            AccessionNumber:
              here?.accession ??
              (decision.today === undefined || decision.today === uid ? decision.accession : undefined) ??
              disc?.AccessionNumber ??
              '',
            ReferringPhysicianName: here?.referrer ?? '',
          },
          uids: {
            SeriesInstanceUID: uidHere(standing, series ?? ''),
            SOPInstanceUID: uidHere(standing, sop ?? ''),
          },
          instanceNumber: 1,
          date,
          time,
        },
      }
    }),
  )
}

/** As it is written into the images: what was decided, and the disc's word where nothing was. */
function identityOf(decision: ImportDecision, disc: ImportIdentity | undefined): ImportIdentity {
  const decided = decision.candidate === 'keep' ? disc : decision.identity
  const pick = (field: keyof ImportIdentity) => decided?.[field] || disc?.[field] || ''
  return {
    PatientID: pick('PatientID'),
    IssuerOfPatientID: pick('IssuerOfPatientID'),
    PatientName: pick('PatientName'),
    PatientBirthDate: pick('PatientBirthDate'),
    PatientSex: pick('PatientSex'),
  }
}
