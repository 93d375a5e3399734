import type { Language, Role } from '../accounts/view.js'
import type { LaterFault } from './later.js'
import type { Guard, RequestEvent } from './lifecycle.js'
import type { FormFaultCode } from './rules.js'
import type { Mismatch, RequestState } from './view.js'

type Pair = readonly [fr: string, en: string]
const pick = (pair: Pair, language: Language) => pair[language === 'fr' ? 0 : 1]

const FAULTS: Record<FormFaultCode, Pair> = {
  required: ['Ce champ est obligatoire.', 'This field is mandatory.'],
  'laterality-required': [
    'Préciser le côté : cette région est paire.',
    'Say which side: the body has two of this region.',
  ],
  phone: [
    'Un numéro où le radiologue peut rappeler.',
    'A telephone number where the radiologist can call back.',
  ],
  date: ['Cette date n’existe pas.', 'There is no such date.'],
  future: ['Cette date est dans le futur.', 'This date is in the future.'],
  'too-old': ['Cette date est trop ancienne.', 'This date is too long ago.'],
  consent: [
    'Écrire pourquoi le patient n’a pas pu être informé.',
    'Write why the patient could not be informed.',
  ],
  pacemaker: [
    'Avant une IRM : le patient porte-t-il un stimulateur cardiaque ?',
    'Before an MR: does the patient have a pacemaker?',
  ],
  opposition: [
    'Le patient s’oppose : la demande ne part pas. Examiner sur place ou transférer le patient ; ce brouillon garde la trace.',
    'The patient objects: the request is not sent. Examine on site or transfer the patient; this draft keeps the record.',
  ],
  pregnancy: [
    'Avant des rayons : une grossesse est-elle possible ? « Inconnue » est une réponse.',
    'Before X-rays: may the patient be pregnant? "Unknown" is an answer.',
  ],
  'contrast-risk': [
    'Avant un produit de contraste : dire ce qui est connu, ou « inconnu ».',
    'Before a contrast product: say what is known, or "unknown".',
  ],
  'other-patient': [
    'Cet examen porte l’identité d’un autre patient. Vérifier, puis dire pourquoi il est lié quand même.',
    'This study carries another patient’s identity. Check it, then say why it is linked all the same.',
  ],
}

const ROLES: Record<Role, Pair> = {
  referrer: ['médecin demandeur', 'referrer'],
  technician: ['manipulateur', 'technician'],
  radiologist: ['radiologue', 'radiologist'],
  coordinator: ['régulateur', 'coordinator'],
  administrator: ['administrateur', 'administrator'],
  operator: ['exploitant', 'operator'],
  auditor: ['auditeur', 'auditor'],
}

const STATES: Record<RequestState, Pair> = {
  draft: ['un brouillon', 'a draft'],
  submitted: ['envoyée', 'submitted'],
  offered: ['proposée aux radiologues', 'offered to the radiologists'],
  claimed: ['prise en charge', 'claimed'],
  accepted: ['acceptée', 'accepted'],
  'awaiting-exam': ['en attente de l’examen', 'waiting for the exam'],
  reading: ['en lecture', 'being read'],
  reported: ['rendue', 'reported'],
  delivered: ['remise', 'delivered'],
  closed: ['close', 'closed'],
  'info-requested': ['en attente d’une réponse du site', 'waiting for an answer from the site'],
  refused: ['refusée', 'refused'],
  cancelled: ['annulée', 'cancelled'],
  expired: ['expirée', 'expired'],
  'entered-in-error': ['saisie par erreur', 'entered in error'],
}

const GUARDS: Record<Guard, Pair> = {
  'mandatory-fields': ['Il manque des champs obligatoires.', 'Mandatory fields are missing.'],
  candidates: ['Aucun groupe de lecture ne peut la prendre.', 'No reading group can take it.'],
  reason: ['Donner une raison.', 'Give a reason.'],
  coded: ['Donner une raison.', 'Give a reason.'],
  alternative: ['Proposer une alternative.', 'Propose an alternative.'],
  text: ['Écrire un texte.', 'Write a text.'],
  protocol: [
    'L’examen n’est pas fait : écrire le protocole.',
    'The exam is not done yet: write the protocol.',
  ],
  'before-exam': [
    'L’examen est fait : seul le régulateur ou le radiologue en charge annule, avec une raison.',
    'The exam is done: only the coordinator or the claimer cancels, with a reason.',
  ],
  'not-emergency': [
    'Une urgence n’expire pas : une personne en consigne l’issue.',
    'An emergency does not expire: a person records its outcome.',
  ],
  emergency: ['Ce n’est pas une urgence : annuler la demande.', 'This is no emergency: cancel the request.'],
  'unseen-refusal': [
    'Ce refus n’attend plus d’accusé de réception.',
    'This refusal waits for nobody any more.',
  ],
  outcome: ['Dire ce qu’il est advenu du patient.', 'Say what became of the patient.'],
  colleague: ['Choisir un radiologue du même groupe.', 'Choose a radiologist of the same group.'],
  'nothing-open': ['Quelque chose reste ouvert.', 'Something is still open.'],
  'error-unasked': [
    'Quelqu’un l’a déjà signalée comme saisie par erreur : une seconde personne confirme ou non.',
    'Somebody has already said that it was entered in error: a second person confirms or not.',
  ],
  'error-asked': [
    'Personne ne l’a signalée comme saisie par erreur.',
    'Nobody has said that it was entered in error.',
  ],
  'two-persons': [
    'Il faut deux personnes : un régulateur, et quelqu’un du site demandeur.',
    'It takes two persons: a coordinator, and somebody of the site that asked.',
  ],
}

const EDITS = {
  changed: [
    'Cette demande a changé entre-temps : relisez-la avant de corriger.',
    'This request has changed meanwhile: read it again before you correct it.',
  ],
  otherGroup: [
    'Ainsi corrigée, elle irait à un autre groupe de lecture : annulez-la et demandez de nouveau.',
    'Corrected like this it would go to another reading group: cancel it and ask anew.',
  ],
  established: [
    'L’identité est déjà établie : une demande pour quelqu’un d’autre est une saisie par erreur.',
    'The identity is established already: a request for somebody else is one entered in error.',
  ],
} as const satisfies Record<string, Pair>

const ASKS = {
  say: ['Dire ce qui vient, ou « pas disponible ».', 'Say what comes, or "not available".'],
  missing: ['Il n’y a pas de telle question.', 'There is no such question.'],
  already: ['Cette question a déjà sa réponse.', 'This question has its answer already.'],
  given: ['Donné.', 'Given.'],
  unavailable: ['Pas disponible.', 'Not available.'],
  signed: ['Signé sans attendre la réponse.', 'Signed without waiting for the answer.'],
  priors: [
    '{n} examen(s) antérieur(s) trouvé(s) dans les PACS connus.',
    '{n} earlier study(ies) found in the known PACS.',
  ],
} as const satisfies Record<string, Pair>

export const askWords = (what: keyof typeof ASKS, language: Language) => pick(ASKS[what], language)

const LINKS = {
  stop: [
    'Les images ne disent pas la même chose que la demande. Vérifier, puis confirmer avec une raison, ou s’arrêter.',
    'The images say otherwise than the request. Check, then confirm with a reason, or stop.',
  ],
  missing: ['Il n’y a pas de tel examen.', 'There is no such study.'],
  linked: ['Cet examen est déjà lié.', 'This study is linked already.'],
} as const satisfies Record<string, Pair>

export const linkWords = (what: keyof typeof LINKS, language: Language) => pick(LINKS[what], language)

const SIDES: Readonly<Record<string, Pair>> = { right: ['droite', 'right'], left: ['gauche', 'left'] }
const MISMATCHES: Record<Mismatch['what'], Pair> = {
  identity: FAULTS['other-patient'],
  laterality: [
    'Côté : la demande dit {asked}, les images disent {found}.',
    'Side: the request says {asked}, the images say {found}.',
  ],
  region: [
    'Région : la demande dit « {asked} », les images « {found} ».',
    'Region: the request says “{asked}”, the images “{found}”.',
  ],
}

export function mismatchWords({ what, asked, found }: Mismatch, language: Language): string {
  const value = (text: string) => (SIDES[text] === undefined ? text : pick(SIDES[text], language))
  return pick(MISMATCHES[what], language).replace('{asked}', value(asked)).replace('{found}', value(found))
}

const DOCUMENTS = {
  none: ['Joindre un fichier.', 'Attach a file.'],
  full: ['Une demande a au plus {n} pièces jointes.', 'A request has at most {n} attachments.'],
  missing: ['Il n’y a pas de telle pièce jointe.', 'There is no such attachment.'],
} as const satisfies Record<string, Pair>

export const documentWords = (what: keyof typeof DOCUMENTS, language: Language, n = 0) =>
  pick(DOCUMENTS[what], language).replace('{n}', String(n))

const LATER: Record<LaterFault | 'number-unknown' | 'number-used', Pair> = {
  'later-event': ['Ceci ne se saisit pas après coup.', 'This is not entered later.'],
  'later-future': ['Cette heure est dans le futur.', 'This time is in the future.'],
  'later-too-old': [
    'C’est trop ancien pour une saisie après panne.',
    'This is too long ago to be entered after a breakdown.',
  ],
  'later-before': [
    'Ce n’est pas possible avant ce qui avait déjà eu lieu.',
    'It cannot have been before what had happened already.',
  ],
  'number-unknown': [
    'Aucun formulaire imprimé de ce site ne porte ce numéro.',
    'No printed form of this site has this number.',
  ],
  'number-used': [
    'Le formulaire qui porte ce numéro a déjà été saisi.',
    'The form with this number has been entered already.',
  ],
}

export const laterWords = (fault: keyof typeof LATER, language: Language) => pick(LATER[fault], language)
export const editWords = (what: keyof typeof EDITS, language: Language) => pick(EDITS[what], language)
export const faultWords = (code: FormFaultCode, language: Language) => pick(FAULTS[code], language)
export const roleWord = (role: Role, language: Language) => pick(ROLES[role], language)
/** What acts with a token instead of a person. */
export const programWord = (language: Language) => pick(['programme', 'program'], language)
export const guardWords = (guard: Guard, language: Language) => pick(GUARDS[guard], language)

/** Why an event does not go through in this state; names the holder where there is one. */
export function conflictWords(
  language: Language,
  event: RequestEvent,
  state: RequestState,
  holder: string | undefined,
): string {
  const where = pick(STATES[state], language)
  if (holder !== undefined && event === 'claim')
    return pick(
      [`Cette demande est prise en charge par ${holder}.`, `${holder} holds this request.`],
      language,
    )
  const by = holder === undefined ? '' : pick([` par ${holder}`, ` by ${holder}`], language)
  const held = ['claimed', 'accepted', 'reading'].includes(state) ? by : ''
  return pick(
    [
      `Impossible maintenant : cette demande est ${where}${held}.`,
      `Not now: this request is ${where}${held}.`,
    ],
    language,
  )
}

/** Said to a radiologist who acts on what a colleague holds. */
export const heldByWords = (holder: string, language: Language) =>
  pick([`${holder} a cette demande en charge.`, `${holder} holds this request.`], language)

export const notYoursWords = (language: Language) =>
  pick(['Ce n’est pas à vous de le faire.', 'This is not for you to do.'], language)

export const notHandedWords = (language: Language) =>
  pick(
    ['Cette demande ne vous est pas transmise.', 'This request is not being handed over to you.'],
    language,
  )

export const notOfferedWords = (language: Language) =>
  pick(['Cette demande ne vous est pas proposée.', 'This request is not offered to you.'], language)

const TRIAGES = {
  future: ['Cette heure est dans le futur.', 'This time is in the future.'],
  over: ['Cette demande n’attend plus de lecture.', 'This request waits for no reading any more.'],
  later: ['Un avis plus récent est déjà connu.', 'A later hint is known already.'],
  many: ['Trop d’avis sur cette demande.', 'Too many hints about this request.'],
} as const satisfies Record<string, Pair>

export const triageWords = (what: keyof typeof TRIAGES, language: Language) => pick(TRIAGES[what], language)

export const imagesNotYoursWords = (language: Language) =>
  pick(
    [
      'Retirer aussi les images : un manipulateur ou un régulateur du site le demande.',
      'Withdrawing the images too is asked for by a technician or a coordinator of the site.',
    ],
    language,
  )

export const unknownCodeWords = (language: Language) =>
  pick(['Cette raison codée ne s’emploie pas ici.', 'This coded reason is not one of these.'], language)

export const missingWords = (language: Language) =>
  pick(['Cette demande n’existe pas.', 'There is no such request.'], language)

export const closedSiteWords = (language: Language) =>
  pick(['Ce site est fermé.', 'This site is closed.'], language)

export const unknownSiteWords = (language: Language) => pick(['Site inconnu.', 'Unknown site.'], language)
