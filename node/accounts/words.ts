import type { Said } from '../errors.js'
import type { Language } from './view.js'

/** Why a password is not taken, in the language of who sets it. */
export const weakWords: Record<'common' | 'own-name' | 'breached', Record<Language, string>> = {
  common: {
    fr: 'Ce mot de passe est de ceux qu’on essaie en premier. Prenez plutôt une phrase à vous.',
    en: 'This password is one of those that are tried first. Take a sentence of your own instead.',
  },
  'own-name': {
    fr: 'Ce mot de passe n’est fait que de votre nom ou de votre adresse.',
    en: 'This password is made of your name or address only.',
  },
  breached: {
    fr: 'Ce mot de passe figure dans une liste de mots de passe volés. Prenez-en un autre, et changez-le partout où il sert.',
    en: 'This password is on a list of stolen ones. Take another, and change it wherever it is used.',
  },
}

/** Why a membership cannot last so. */
export const VALIDITY_FAULTS: Record<Language, Record<'over' | 'order', string>> = {
  fr: { over: 'Le dernier jour est déjà passé.', order: 'Le dernier jour précède le premier.' },
  en: { over: 'The last day has passed already.', order: 'The last day comes before the first.' },
}

/** Why an account does not become so. */
export const ACCOUNT_REFUSALS = {
  /** One that is kept by others is answered so too: its name is not repeated. */
  noSite: { fr: 'Ce site n’existe pas.', en: 'There is no such site.' },
  closed: (site: string): Said => ({
    fr: `Le site « ${site} » est fermé.`,
    en: `The site "${site}" is closed.`,
  }),
  invited: {
    fr: 'Une personne invitée devient active en choisissant son mot de passe.',
    en: 'An invited person becomes active by setting a password.',
  },
  lastOperator: {
    fr: 'Le nœud n’aurait plus d’exploitant.',
    en: 'The node would have no operator any more.',
  },
  elsewhere: {
    fr: 'Cette personne travaille aussi ailleurs : un exploitant du nœud peut changer son compte.',
    en: 'This person also works elsewhere: an operator of the node can change their account.',
  },
  email: {
    fr: 'Un compte a déjà ce courriel sur ce nœud.',
    en: 'There is already an account with this email on the node.',
  },
  role: {
    fr: 'Cette personne y a déjà cette fonction.',
    en: 'The person already has this role there.',
  },
  disabled: { fr: 'Ce compte est désactivé.', en: 'This account is disabled.' },
  page: {
    fr: 'Cette page n’existe pas : reprenez à la première.',
    en: 'The page asked for does not exist.',
  },
} as const satisfies Record<string, Said | ((...of: never[]) => Said)>

/** Why somebody does not come in, or is asked once more. */
export const SIGN_IN_REFUSALS = {
  again: { fr: 'Reconnectez-vous.', en: 'Sign in again.' },
  wrong: {
    fr: 'Le courriel ou le mot de passe est faux.',
    en: 'The email or the password is not right.',
  },
  factor: {
    fr: 'Le mot de passe est juste. Montrez le second facteur.',
    en: 'The password is right. Show the second factor.',
  },
  late: {
    fr: 'Trop de temps ou trop d’essais. Recommencez par le mot de passe.',
    en: 'This took too long, or too many tries. Begin again with the password.',
  },
  wrongFactor: { fr: 'Le second facteur est faux.', en: 'The second factor is not right.' },
  answered: { fr: 'On y a déjà répondu.', en: 'This was answered already.' },
  strangeKey: { fr: 'Cette clé d’accès n’ouvre rien ici.', en: 'This passkey opens nothing here.' },
  changed: {
    fr: 'Le compte a changé. Demandez un nouveau lien.',
    en: 'The account has changed. Ask for a new link.',
  },
  operator: { fr: 'Le nœud a déjà un exploitant.', en: 'The node has an operator already.' },
  noMembership: {
    fr: 'Le compte n’a plus d’appartenance.',
    en: 'The account has no membership any more.',
  },
  crowded: {
    fr: 'Trop de personnes se connectent en même temps. Réessayez dans quelques secondes.',
    en: 'Too many people are signing in at once. Try again in a few seconds.',
  },
} as const satisfies Record<string, Said>

/** Why what opens an account is not taken, or not yet. */
export const PROOF_REFUSALS = {
  confirm: {
    fr: 'Donnez encore une fois le mot de passe ou une clé d’accès.',
    en: 'Give the password or a passkey once more.',
  },
  factorFirst: {
    fr: 'Montrez d’abord le second facteur que vous avez.',
    en: 'Show the second factor you have first.',
  },
  factor: { fr: 'Ceci demande un second facteur.', en: 'This asks for a second factor.' },
  noPassword: { fr: 'Il faut le mot de passe.', en: 'The password is asked for.' },
  noCode: { fr: 'Il faut le code du second facteur.', en: 'The code of the second factor is asked for.' },
  password: { fr: 'Le mot de passe est faux.', en: 'The password is not right.' },
  code: { fr: 'Le code est faux.', en: 'The code is not right.' },
  passkey: { fr: 'La clé d’accès est fausse.', en: 'The passkey is not right.' },
  recovery: {
    fr: 'Les codes de secours remplacent un second facteur : mettez-en un en place d’abord.',
    en: 'Recovery codes stand in for a second factor: set one up first.',
  },
  none: { fr: 'Cette personne n’a pas de second facteur.', en: 'This person has no second factor.' },
  nowhere: {
    fr: 'Les clés d’accès demandent http.publicUrl : un nom, en HTTPS (ou localhost).',
    en: 'Passkeys need http.publicUrl: a name, over HTTPS (or localhost).',
  },
  manyKeys: (n: number): Said => ({
    fr: `Vous avez ${n} clés d’accès : retirez-en une d’abord.`,
    en: `You have ${n} passkeys: remove one first.`,
  }),
  untaken: (why?: string): Said => ({
    fr: `La clé d’accès n’a pas pu être prise${why === undefined ? '.' : ` : ${why}`}`,
    en: `The passkey could not be taken${why === undefined ? '.' : `: ${why}`}`,
  }),
  knownKey: { fr: 'Cette clé d’accès est déjà connue.', en: 'This passkey is known already.' },
} as const satisfies Record<string, Said | ((...of: never[]) => Said)>

/** Why a token is not made, or its secret not changed. */
export const TOKEN_REFUSALS = {
  rights: {
    fr: 'Un jeton ne peut pas plus que la personne qui le crée.',
    en: 'A token may not more than who makes it.',
  },
  right: (right: string): Said => ({
    fr: `votre fonction ne peut pas donner ${right} à un programme`,
    en: `your role cannot give ${right} to a program`,
  }),
  many: (n: number): Said => ({
    fr: `Vous avez déjà ${n} jetons : révoquez-en un qui ne sert plus.`,
    en: `You have ${n} tokens already: revoke one that is not used any more.`,
  }),
  notMaker: {
    fr: 'Seule la personne qui a créé un jeton, dans la fonction où elle l’a créé, peut lui donner un autre secret.',
    en: 'Only who made a token, in the role they made it in, can give it another secret.',
  },
  ended: { fr: 'Ce jeton a pris fin : créez-en un autre.', en: 'This token has ended: make another.' },
  secrets: (n: number): Said => ({
    fr: `${n} secrets de ce jeton servent déjà : changez-le sans recouvrement, ou quand l’un d’eux aura pris fin.`,
    en: `${n} secrets of this token work already: rotate without an overlap, or when one has ended.`,
  }),
  missing: (action: string): Said => ({
    fr: `Ce jeton n’a pas le droit ${action}.`,
    en: `This token does not have the right ${action}.`,
  }),
} as const satisfies Record<string, Said | ((...of: never[]) => Said)>
