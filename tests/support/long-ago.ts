import type { Role } from '../../node/accounts/view.js'
import { type Clock, isoAt, systemClock } from '../../node/clock.js'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { FORM } from './act.js'
import { eventually } from './children.js'
import { YEARS_LATER_MS } from './destruction-house.js'
import { openNode, type TestNode } from './node.js'
import { image } from './study-house.js'
import { enter, PASSWORD, type Undo } from './web-house.js'

/** Who keeps the records of a site: two administrators, who only together destroy, and one who only looks. */
export const KEEPERS = {
  first: 'archives@nord.example',
  second: 'direction@nord.example',
  auditor: 'audit@nord.example',
}

const PEOPLE: readonly [email: string, name: string, role: Role, site: string, language?: 'en'][] = [
  [KEEPERS.first, 'Mme Archive', 'administrator', 'nord'],
  [KEEPERS.second, 'M. Second', 'administrator', 'nord', 'en'],
  [KEEPERS.auditor, 'Audit Essai', 'auditor', 'nord'],
  ['demandeur@nord.example', 'Dr Demande', 'referrer', 'nord'],
  ['radiologue@lecture.example', 'Dr Lecture', 'radiologist', 'lecture'],
]

/** One who was seen that long ago; each has a study of one image, a signed report, and a question of their own. */
export interface OldPatient {
  id: string
  family: string
  birthDate: string
}

export interface OldAct {
  request: string
  reference: string
  study: string
  patient: OldPatient
}

/** What is said of a patient in their act, and must be nowhere once it is destroyed. */
export const wordsOf = ({ family }: OldPatient) => `Question sur ${family}`

/** The years since: nobody of them came back. */
const AWAY_MS = YEARS_LATER_MS

/** The clock of this machine, so far ahead or behind. */
export function shiftedClock(byMs: () => number): Clock {
  const system = systemClock()
  const now = () => system.now() + byMs()
  return { ...system, now, isoNow: () => isoAt(now()) }
}

/**
 * Acts that were closed 21 years ago by the real program, in its data folder; the node they were made on is closed, and the
 * next start finds them as a node of that age would.
 */
export async function playLongAgo(
  undo: Undo | Parameters<typeof openNode>[0],
  folder: string,
  patients: readonly OldPatient[],
  env: Readonly<Record<string, string>> = {},
): Promise<OldAct[]> {
  const node = await openNode(undo, { folder, clock: shiftedClock(() => -AWAY_MS), env })
  const { accounts } = node.services
  for (const [email, name, role, site, language = 'fr'] of PEOPLE)
    await accounts.create(
      null,
      { email, name, role, site, language, password: PASSWORD },
      { by: 'command', user: 'root' },
    )
  const acts: OldAct[] = []
  for (const [n, patient] of patients.entries()) acts.push(await playAct(node, n + 1, patient))
  await eventually(
    'every record is sealed',
    async () => ((await node.facts('act-sealed')).length >= acts.length ? true : undefined),
    60_000,
  )
  await node.close()
  return acts
}

async function playAct(node: TestNode, n: number, patient: OldPatient): Promise<OldAct> {
  const { objects, receive, requests, reports } = node.services
  const study = `1.2.826.0.1.3680043.10.21.${n}`
  const arrived = image({
    uid: `${study}.1.1`,
    association: `old ${n}`,
    attributes: {
      StudyInstanceUID: study,
      SeriesInstanceUID: `${study}.1`,
      PatientID: patient.id,
      PatientName: `${patient.family}^Essai`,
      PatientBirthDate: patient.birthDate.replaceAll('-', ''),
    },
  })
  const head = fileHeader({
    sopClassUID: arrived.sopClassUID,
    sopInstanceUID: arrived.attributes.SOPInstanceUID,
    transferSyntaxUID: '1.2.840.10008.1.2.1',
  })
  const { name, bucket, bytes, sha256 } = await objects.write(
    Buffer.from(`pixels of ${patient.family}`),
    head,
  )
  const object = { ...arrived.object, name, bucket, bytes, sha256, datasetOffset: head.length }
  await receive.receive({ ...arrived, object })
  await receive.ended(`old ${n}`)
  const referrer = await enter(node, 'demandeur@nord.example')
  const reader = await enter(node, 'radiologue@lecture.example')
  const request = await requests.create(referrer, {
    ...FORM,
    question: wordsOf(patient),
    patient: { ...FORM.patient, ...patient, given: 'Essai' },
    studies: [study],
  })
  await requests.send(reader, request.id, 'claim', {})
  const { report } = await reports.draft(reader, request.id)
  const saved = await reports.save(reader, report.id, report.revision, {
    indication: 'Céphalée.',
    technique: 'Scanner sans injection.',
    results: 'Pas d’anomalie.',
    conclusion: `Examen normal de ${patient.family}.`,
  })
  await reports.sign(reader, saved.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  await reports.acknowledge(referrer, report.id, { name: 'Dr Demande', role: 'urgentiste' })
  await eventually(`the act of ${patient.family} is over`, async () => {
    const { state } = await requests.view(referrer, request.id)
    return state === 'closed' ? true : undefined
  })
  return { request: request.id, reference: request.reference, study, patient }
}
