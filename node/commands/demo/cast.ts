import type { Role } from '../../accounts/view.js'
import { derivedUID } from '../../dicom/format/derived-uid.js'
import type { PhantomKind } from '../../dicom/format/phantom.js'

/** The people, sites and patients of the demonstration: all invented, and called so. */

export const sites = [
  { id: 'nord', name: 'Hôpital Nord (fictif)', kind: 'requesting' as const, issuer: 'NORD' },
  { id: 'sud', name: 'Hôpital Sud (fictif)', kind: 'requesting' as const, issuer: 'SUD' },
  {
    id: 'lecture',
    name: 'Groupe de lecture (fictif)',
    kind: 'reading' as const,
    timeZone: 'Europe/Paris',
  },
]

export interface Person {
  email: string
  name: string
  role: Role
  site: string
  language: 'fr' | 'en'
  phone?: string
}

/** One account a role, and a second radiologist so that two can want the same case. `node` is the operators' own site. */
export const people: readonly Person[] = [
  {
    email: 'demandeur@nord.example',
    name: 'Dr Exemple Nord',
    role: 'referrer',
    site: 'nord',
    language: 'fr',
    phone: '+33 1 00 00 00 01',
  },
  {
    email: 'demandeur@sud.example',
    name: 'Dr Exemple Sud',
    role: 'referrer',
    site: 'sud',
    language: 'fr',
    phone: '+33 1 00 00 00 02',
  },
  { email: 'manip@nord.example', name: 'Camille Fictif', role: 'technician', site: 'nord', language: 'fr' },
  {
    email: 'radiologue@lecture.example',
    name: 'Dr Essai Lectrice',
    role: 'radiologist',
    site: 'lecture',
    language: 'fr',
    phone: '+33 1 00 00 00 03',
  },
  {
    email: 'radiologist@lecture.example',
    name: 'Dr Sample Reader',
    role: 'radiologist',
    site: 'lecture',
    language: 'en',
    phone: '+33 1 00 00 00 04',
  },
  {
    email: 'regulation@lecture.example',
    name: 'Dominique Fictif',
    role: 'coordinator',
    site: 'lecture',
    language: 'fr',
  },
  {
    email: 'administration@nord.example',
    name: 'Alex Fictif',
    role: 'administrator',
    site: 'nord',
    language: 'fr',
  },
  { email: 'audit@relais.example', name: 'Sacha Fictif', role: 'auditor', site: 'node', language: 'fr' },
]
export const operator = 'exploitation@relais.example'

export interface DemoStudy {
  key: string
  site: string
  kind: PhantomKind
  uid: string
  patient: {
    PatientName: string
    PatientID: string
    PatientBirthDate: string
    PatientSex: 'M' | 'F'
    IssuerOfPatientID: string
  }
  accession: string
  description: string
  /** Days before today. */
  daysAgo: number
  time: string
  /** False: it stays in the hospital's PACS, to be found there by a search. */
  sentToRelais: boolean
}

const zoe = {
  PatientName: 'ESSAI^Zoé',
  PatientID: '10001',
  PatientBirthDate: '19700514',
  PatientSex: 'F' as const,
  IssuerOfPatientID: 'NORD',
}
const amadou = {
  PatientName: 'FICTIF^Amadou',
  PatientID: '10002',
  PatientBirthDate: '19920312',
  PatientSex: 'M' as const,
  IssuerOfPatientID: 'SUD',
}
const lea = {
  PatientName: 'DÉMO^Léa',
  PatientID: '10003',
  PatientBirthDate: '20170821',
  PatientSex: 'F' as const,
  IssuerOfPatientID: 'SUD',
}
const paul = {
  PatientName: 'MODÈLE^Paul',
  PatientID: '10004',
  PatientBirthDate: '19550702',
  PatientSex: 'M' as const,
  IssuerOfPatientID: 'NORD',
}
const remi = {
  PatientName: 'EXEMPLE^Rémi',
  PatientID: '10005',
  PatientBirthDate: '19830130',
  PatientSex: 'M' as const,
  IssuerOfPatientID: 'NORD',
}

const uid = (key: string) => derivedUID('relais-demo', key)

/** The same patient number at two sites would be two patients; here each has their own. */
export const studies: readonly DemoStudy[] = [
  {
    key: 'zoe-prior',
    site: 'nord',
    kind: 'ct-head-prior',
    uid: uid('zoe-prior'),
    patient: zoe,
    accession: 'N25-0311',
    description: 'TDM cranio-encéphalique',
    daysAgo: 610,
    time: '103000',
    sentToRelais: true,
  },
  {
    key: 'zoe-ct',
    site: 'nord',
    kind: 'ct-head',
    uid: uid('zoe-ct'),
    patient: zoe,
    accession: 'N26-4471',
    description: 'TDM cranio-encéphalique',
    daysAgo: 0,
    time: '025800',
    sentToRelais: true,
  },
  {
    key: 'amadou-dx',
    site: 'sud',
    kind: 'dx-wrist',
    uid: uid('amadou-dx'),
    patient: amadou,
    accession: 'S26-0102',
    description: 'Poignet gauche face',
    daysAgo: 0,
    time: '011500',
    sentToRelais: true,
  },
  {
    key: 'lea-mr',
    site: 'sud',
    kind: 'mr-brain',
    uid: uid('lea-mr'),
    patient: lea,
    accession: 'S26-0077',
    description: 'IRM cérébrale',
    daysAgo: 1,
    time: '164000',
    sentToRelais: true,
  },
  {
    key: 'paul-ct',
    site: 'nord',
    kind: 'ct-chest',
    uid: uid('paul-ct'),
    patient: paul,
    accession: 'N26-4460',
    description: 'TDM thoracique',
    daysAgo: 1,
    time: '140500',
    sentToRelais: true,
  },
  {
    key: 'remi-ct',
    site: 'nord',
    kind: 'ct-head',
    uid: uid('remi-ct'),
    patient: remi,
    accession: 'N26-4475',
    description: 'TDM cranio-encéphalique',
    daysAgo: 0,
    time: '031000',
    sentToRelais: false,
  },
]

export function studyUid(key: string): string {
  return uid(key)
}
