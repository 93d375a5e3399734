import type { Language } from '../accounts/view.js'
import { writtenMoment } from '../paper.js'
import type { AskItemKind, Laterality, PatientView } from '../requests/view.js'
import type { SignedContent, SignedCritical, SignedKeyImage, SigningKind } from './report.js'
import type { Difference } from './view.js'

type Pair = readonly [fr: string, en: string]

const LABELS = {
  title: ['Compte rendu d’imagerie médicale', 'Medical imaging report'],
  preliminary: ['PROVISOIRE – un compte rendu définitif suivra', 'PRELIMINARY – a final report will follow'],
  addendum: ['ADDENDUM – complète un compte rendu déjà rendu', 'ADDENDUM – adds to a report given before'],
  correction: [
    'CORRECTION – remplace les versions précédentes de ce compte rendu',
    'CORRECTION – replaces the earlier versions of this report',
  ],
  withdrawal: ['RETIRÉ – ne plus utiliser ce compte rendu', 'WITHDRAWN – do not use this report any more'],
  withdrawalTitle: ['Compte rendu RETIRÉ', 'WITHDRAWN report'],
  reason: ['Motif', 'Reason'],
  differs: ['Par rapport à la version précédente', 'Compared with the version before'],
  criticals: ['Résultats critiques', 'Critical findings'],
  preliminaryTitle: ['Compte rendu PROVISOIRE', 'PRELIMINARY report'],
  born: ['né(e) le', 'born'],
  birthName: ['nom de naissance', 'birth name'],
  patientNumber: ['IPP', 'Patient ID'],
  requester: ['Médecin demandeur', 'Requesting doctor'],
  phone: ['Téléphone', 'Telephone'],
  site: ['Site demandeur', 'Requesting site'],
  readBy: ['Lu par', 'Read by'],
  exam: ['Examen', 'Exam'],
  examDate: ['Date de l’examen', 'Exam date'],
  laterality: ['Côté', 'Side'],
  accession: ['Numéro d’examen', 'Accession number'],
  equipment: ['Appareil', 'Device'],
  dose: ['Dose', 'Dose'],
  contrast: ['Produit de contraste', 'Contrast agent'],
  question: ['Question posée', 'Question'],
  indication: ['Indication', 'Indication'],
  technique: ['Technique', 'Technique'],
  results: ['Résultats', 'Results'],
  conclusion: ['Conclusion', 'Conclusion'],
  viewing: ['Où voir les images', 'Where to view the images'],
  keyImages: ['Images clés', 'Key images'],
  keyImagesReduced: [
    'Reproductions réduites : le diagnostic se fait sur les images du PACS.',
    'Reduced reproductions: diagnosis is made on the images in the PACS.',
  ],
  gaps: ['Réserves au moment de la signature', 'Reservations at the time of signing'],
  addendumOf: ['Addendum du', 'Addendum of'],
  signed: ['Signé électroniquement par', 'Electronically signed by'],
  on: ['le', 'on'],
  version: ['Version', 'Version'],
  verify: ['Vérifier que cette version est en vigueur :', 'Check that this version is in force:'],
  digest: ['Empreinte SHA-256 du contenu signé', 'SHA-256 digest of the signed content'],
  previous: ['Version précédente', 'Version before'],
  request: ['Demande', 'Request'],
} as const satisfies Record<string, Pair>

export type Label = keyof typeof LABELS

export const label = (key: Label, language: Language): string => LABELS[key][language === 'fr' ? 0 : 1]

const SIDES: Record<Laterality, Pair> = {
  right: ['droit', 'right'],
  left: ['gauche', 'left'],
  both: ['droit et gauche', 'both'],
  none: ['sans objet', 'not applicable'],
}

export const sideWord = (side: Laterality, language: Language) => SIDES[side][language === 'fr' ? 0 : 1]

const ASKED: Record<AskItemKind, Pair> = {
  series: ['série', 'series'],
  reconstruction: ['reconstruction', 'reconstruction'],
  prior: ['antériorité', 'prior'],
  laboratory: ['biologie', 'laboratory'],
  consent: ['consentement', 'consent'],
  other: ['autre', 'other'],
}

export const askKindWord = (kind: AskItemKind, language: Language) => ASKED[kind][language === 'fr' ? 0 : 1]

const SEXES: Record<PatientView['sex'], Pair> = {
  F: ['F', 'F'],
  M: ['M', 'M'],
  O: ['autre', 'other'],
  U: ['sexe inconnu', 'sex unknown'],
}

export const sexWord = (sex: PatientView['sex'], language: Language) => SEXES[sex][language === 'fr' ? 0 : 1]

const DIFFERENCES: Record<Difference, Pair> = {
  same: ['sans différence', 'no difference'],
  minor: ['différence mineure', 'minor difference'],
  significant: ['DIFFÉRENCE SIGNIFICATIVE', 'SIGNIFICANT DIFFERENCE'],
}

export const differenceWord = (difference: Difference, language: Language) =>
  DIFFERENCES[difference][language === 'fr' ? 0 : 1]

/** One critical finding as it is printed: what, and who was told when and how. */
export function criticalSentence({ finding, told }: SignedCritical, language: Language): string {
  const fr = language === 'fr'
  if (told === undefined)
    return fr
      ? `${finding} – signalé ; personne ne l’avait encore relu.`
      : `${finding} – raised; nobody had read it back yet.`
  const when = writtenMoment(told.at, language)
  return fr
    ? `${finding} – transmis à ${told.receiver}, ${told.role}, le ${when} (${told.method}), relu.`
    : `${finding} – told to ${told.receiver}, ${told.role}, on ${when} (${told.method}), read back.`
}

/** Where the images can be viewed and for how long, as it is printed. */
export function viewingSentence({ where, years }: NonNullable<SignedContent['viewing']>, language: Language) {
  return language === 'fr'
    ? `${where}, conservées ${years} ans à compter de l’examen`
    : `${where}, kept for ${years} years from the exam`
}

/** The banner of every page of a version that is not simply the final report. */
export function bannerOf(kind: SigningKind, language: Language): string | undefined {
  return kind === 'final' ? undefined : label(kind, language)
}

export function titleOf(kind: SigningKind, language: Language): string {
  return label(
    kind === 'preliminary' ? 'preliminaryTitle' : kind === 'withdrawal' ? 'withdrawalTitle' : 'title',
    language,
  )
}

/** Which image it is, and how it was looked at. */
export function keyImageSentence(image: Omit<SignedKeyImage, 'SOPClassUID'>, language: Language): string {
  const fr = language === 'fr'
  const { seriesNumber, seriesDescription, instanceNumber, frame, window } = image
  const series = [
    seriesNumber === undefined ? '' : `${fr ? 'série' : 'series'} ${seriesNumber}`,
    seriesDescription,
  ]
  return [
    series.filter(part => part !== '').join(' – '),
    instanceNumber === undefined ? '' : `image ${instanceNumber}`,
    frame === undefined ? '' : `${fr ? 'vue' : 'frame'} ${frame}`,
    window === undefined ? '' : `${fr ? 'F' : 'W'} ${window.width} / ${fr ? 'C' : 'L'} ${window.center}`,
  ]
    .filter(part => part !== '')
    .join(', ')
}
