import type { Language } from '../accounts/view.js'

type Pair = readonly [fr: string, en: string]

const WORDS = {
  title: ['Certificat d’import', 'Import certificate'],
  interim: ['ÉTAT PROVISOIRE – l’import n’est pas terminé', 'INTERIM – the import is not finished'],
  withdrawn: [
    'IMPORTÉ PAR ERREUR – ces images ont été retirées',
    'ENTERED IN ERROR – these images were withdrawn',
  ],
  asOf: ['État au', 'As of'],
  disc: ['Disque', 'Disc'],
  name: ['Nom donné', 'Name given'],
  files: ['fichiers', 'files'],
  fingerprint: ['Empreinte SHA-256 du contenu', 'SHA-256 fingerprint of the content'],
  notYet: ['pas encore connue', 'not known yet'],
  brought: ['Apporté par', 'Brought by'],
  found: ['Trouvé', 'Found'],
  papers: ['Documents du disque', 'Papers of the disc'],
  taken: ['Pris', 'Taken'],
  images: ['images', 'images'],
  here: ['déjà ici', 'here already'],
  refused: ['refusées', 'refused'],
  who: ['Qui, et ce qui a été écrit', 'Who, and what was written'],
  nobody: ['Personne n’a encore décidé.', 'Nobody has decided yet.'],
  decided: ['Décidé par', 'Decided by'],
  on: ['le', 'on'],
  reason: ['Raison', 'Reason'],
  becomes: ['devient', 'becomes'],
  none: ['(rien)', '(nothing)'],
  unchanged: ['Rien n’a été changé dans les images.', 'Nothing was changed in the images.'],
  series: ['séries', 'series'],
  of: ['sur', 'of'],
  left: ['Laissé de côté', 'Left out'],
  faults: ['Ni lu ni pris', 'Neither read nor taken'],
  noFaults: ['Tout ce qui a été choisi a été pris.', 'All that was chosen was taken.'],
  others: ['autres raisons', 'other reasons'],
  forExample: ['par exemple', 'for example'],
  to: ['Où les images sont allées', 'Where the images went'],
  nowhere: ['Nulle part : les images sont dans Relais.', 'Nowhere: the images are in Relais.'],
  confirmed: ['confirmées', 'confirmed'],
  digest: ['Empreinte SHA-256 de ce que dit ce certificat', 'SHA-256 digest of what this certificate says'],
  previous: ['Version précédente', 'Version before'],
  version: ['Version', 'Version'],
  limits: [
    'Établi par le nœud à partir de ses enregistrements. Chaque image est durablement enregistrée avant d’être dite prise ; les valeurs d’origine restent dans chaque objet, l’objet tel qu’il était sur le disque est gardé comme preuve. Les heures sont en temps universel (UTC).',
    'Made by the node of its own records. Each image is durably stored before it is said to be taken; original values stay in each object, the object as it was on the disc is kept as evidence. Times are universal time (UTC).',
  ],
  'verdict.readable': ['images lisibles', 'readable images'],
  'verdict.duplicate': ['doublons', 'duplicates'],
  'verdict.directory': ['sommaires (DICOMDIR)', 'directories (DICOMDIR)'],
  'verdict.not-dicom': ['non DICOM', 'not DICOM'],
  'verdict.unreadable': ['illisibles', 'unreadable'],
  'verdict.missing': ['annoncées mais absentes', 'announced but missing'],
  'fault.unreadable': ['illisible', 'unreadable'],
  'fault.missing': ['absent du disque', 'not on the disc'],
  'fault.refused': ['refusé', 'refused'],
  'from.keep': ['gardée telle que sur le disque', 'kept as on the disc'],
  'from.request': ['celle de la demande', 'that of the request'],
  'from.node': ['celle connue de Relais', 'that known to Relais'],
  'from.pacs': ['celle du PACS de l’hôpital', 'that of the hospital’s PACS'],
  'from.new': ['saisie au poste d’import', 'entered at the import desk'],
  'field.PatientName': ['Nom', 'Name'],
  'field.PatientBirthDate': ['Naissance', 'Birth date'],
  'field.PatientSex': ['Sexe', 'Sex'],
  'field.PatientID': ['Identifiant', 'Patient ID'],
  'field.IssuerOfPatientID': ['Émetteur', 'Issuer'],
  'field.AccessionNumber': ['Numéro d’examen', 'Accession number'],
  'field.StudyDescription': ['Intitulé', 'Description'],
  'by.captures': ['captures d’écran', 'screen captures'],
  'by.presentations': ['états de présentation', 'presentation states'],
  'by.icons': ['vignettes de sommaire', 'directory icons'],
  'by.rule': ['règle du poste', 'rule of the desk'],
  'by.person': ['choix de la personne', 'choice of the person'],
  'outcome.taken': ['pris', 'taken'],
  'outcome.duplicate': ['déjà ici', 'here already'],
  'outcome.refused': ['refusé', 'refused'],
  'outcome.left-out': ['laissé sur le disque', 'left on the disc'],
  'state.queued': ['en attente', 'queued'],
  'state.moving': ['en cours', 'moving'],
  'state.sent': ['envoyé, sans confirmation possible', 'sent, cannot be confirmed'],
  'state.confirmed': ['confirmé', 'confirmed'],
  'state.failed': ['en échec', 'failed'],
  'state.cancelled': ['abandonné', 'given up'],
} as const satisfies Record<string, Pair>

export type CertificateWord = keyof typeof WORDS

export const word = (key: CertificateWord, language: Language): string =>
  WORDS[key][language === 'fr' ? 0 : 1]

/** The word for a code, or the code itself where there is none. */
export function wordFor(prefix: string, code: string, language: Language): string {
  const key = `${prefix}.${code}`
  return key in WORDS ? word(key as CertificateWord, language) : code
}
