import type { Acting } from '../../http/acting.js'
import type { Services } from '../../program/services.js'
import type { NewRequest, RequestView } from '../../requests/view.js'
import { studies, studyUid } from './cast.js'

/** Who acts in the demonstration, signed in like anybody. */
export type Cast = Record<'referrerNord' | 'referrerSud' | 'reader', Acting>

const ADDRESS = '127.0.0.1'

function asker(who: Acting) {
  return {
    who,
    origin: {
      by: 'account' as const,
      account: who.account.id,
      name: who.account.name,
      role: who.membership.role,
      site: who.membership.site,
      membership: who.membership.id,
      address: ADDRESS,
    },
  }
}

function formFor(
  key: string,
  rest: Pick<NewRequest, 'urgency' | 'modality' | 'region' | 'question'> & Partial<NewRequest>,
): NewRequest {
  const study = studies.find(one => one.key === key) as (typeof studies)[number]
  const [family = '', given = ''] = study.patient.PatientName.split('^')
  const { PatientID, IssuerOfPatientID, PatientBirthDate: birth, PatientSex } = study.patient
  return {
    kind: 'reading',
    site: study.site,
    to: 'lecture',
    accession: study.accession,
    requester: {
      name: study.site === 'nord' ? 'Dr Exemple Nord' : 'Dr Exemple Sud',
      phone: study.site === 'nord' ? '+33 1 00 00 00 01' : '+33 1 00 00 00 02',
      service: 'Urgences',
    },
    patient: {
      id: PatientID,
      issuer: IssuerOfPatientID,
      family,
      given,
      birthDate: `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6)}`,
      sex: PatientSex,
      identityStatus: 'qualified',
    },
    studies: [study.uid],
    identityCheckedBy: 'Camille Fictif, manipulatrice',
    consent: { given: true },
    submit: true,
    ...rest,
  }
}

/** Requests in several states, made as people would make them. */
export async function playActs(
  services: Pick<Services, 'requests' | 'reports'>,
  cast: Cast,
  password: string,
): Promise<RequestView[]> {
  const { requests, reports } = services
  const nord = asker(cast.referrerNord)
  const sud = asker(cast.referrerSud)
  const reader = asker(cast.reader)

  const emergency = await requests.create(
    nord,
    formFor('zoe-ct', {
      urgency: 'emergency',
      modality: 'CT',
      region: 'Crâne',
      question: 'Hémiparésie droite 02:40. Hémorragie ? Occlusion ?',
      context: 'Déficit moteur droit brutal au coucher, sous AVK. Glasgow 14.',
      risks: { anticoagulants: 'AVK, INR inconnu', allergy: 'aucune connue', renal: 'créatinine 78 µmol/L' },
      studies: [studyUid('zoe-ct'), studyUid('zoe-prior')],
    }),
  )
  const routine = await requests.create(
    sud,
    formFor('lea-mr', {
      urgency: 'routine',
      modality: 'MR',
      region: 'Crâne',
      question: 'Céphalées récurrentes. Processus expansif ?',
      context: 'Examen neurologique normal.',
      risks: { pacemaker: false, allergy: 'aucune connue' },
    }),
  )
  const begun = await requests.create(
    sud,
    formFor('amadou-dx', {
      urgency: 'urgent',
      modality: 'DX',
      region: 'Poignet',
      laterality: 'left',
      question: 'Chute sur la paume. Fracture ?',
    }),
  )
  await requests.send(reader, begun.id, 'claim', {})
  const { report: draft } = await reports.draft(reader, begun.id)
  await reports.save(reader, draft.id, draft.revision, {
    indication: 'Chute sur la paume, douleur du poignet gauche.',
    technique: 'Radiographie du poignet gauche, incidence de face.',
    results: 'Trait de fracture métaphysaire distal du radius, sans bascule nette. Scaphoïde intact.',
    conclusion: '',
  })

  const done = await requests.create(
    nord,
    formFor('paul-ct', {
      urgency: 'routine',
      modality: 'CT',
      region: 'Thorax',
      question: 'Suivi d’un nodule pulmonaire.',
      context: 'Nodule connu depuis 2025, ancien fumeur.',
      risks: { allergy: 'aucune connue', renal: 'créatinine 84 µmol/L' },
    }),
  )
  await requests.send(reader, done.id, 'claim', {})
  const { report } = await reports.draft(reader, done.id)
  const saved = await reports.save(reader, report.id, report.revision, {
    indication: 'Suivi d’un nodule pulmonaire connu.',
    technique: 'Acquisition hélicoïdale du thorax sans injection, images synthétiques de démonstration.',
    results: 'Nodule inchangé. Pas d’adénopathie, pas d’épanchement.',
    conclusion: 'Stabilité du nodule. Contrôle à douze mois.',
  })
  await reports.sign(reader, saved.id, { reauthentication: { password }, as: 'final' })
  return [emergency, routine, begun, done]
}
