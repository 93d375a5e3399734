import type { Language } from '../accounts/view.js'
import { composed, type Letter, oneLine } from './letters.js'
import type { LinkLetterRow } from './schema.js'

/** Everything such a letter is made of: nothing anybody typed about a patient, nor why an outside clinic is asked. */
export interface LinkLetterFacts {
  kind: LinkLetterRow['kind']
  language: Language
  nodeName: string
  /** The hospital it comes from, where it comes from one. */
  siteName: string | undefined
  /** Absent: there is nothing to open. */
  link?: string
  /** UTC milliseconds of its end, in words of the node's time zone. */
  until?: string
}

type Pair = readonly [fr: string, en: string]

const SUBJECT: Record<LinkLetterRow['kind'], Pair> = {
  invitation: ['Votre accès', 'Your access'],
  'password-reset': ['Nouveau mot de passe', 'New password'],
  'password-changed': ['Mot de passe changé', 'Password changed'],
  inbox: ['Dépôt d’images demandé', 'Images asked for'],
  report: ['Un document vous attend', 'A document is waiting for you'],
}

/** Every kind of letter that brings a link, or says what one did. */
export const LINK_LETTER_KINDS = Object.keys(SUBJECT) as readonly LinkLetterRow['kind'][]

const SENTENCES: Record<LinkLetterRow['kind'], readonly Pair[]> = {
  invitation: [
    [
      'Un accès a été ouvert pour vous. Choisissez votre mot de passe pour entrer.',
      'An access has been opened for you. Choose your password to come in.',
    ],
  ],
  'password-reset': [
    [
      'Un nouveau mot de passe a été demandé pour votre compte. Choisissez-le par ce lien.',
      'A new password was asked for your account. Choose it by this link.',
    ],
    [
      'Si vous n’avez rien demandé, ne faites rien : votre mot de passe reste le même.',
      'If you did not ask for it, do nothing: your password stays as it is.',
    ],
  ],
  'password-changed': [
    [
      'Le mot de passe de votre compte vient d’être changé et toutes ses sessions sont fermées.',
      'The password of your account has just been changed and all its sessions are closed.',
    ],
    [
      'Si ce n’était pas vous, prévenez tout de suite ceux qui tiennent les comptes de votre site.',
      'If it was not you, tell those who keep the accounts of your site at once.',
    ],
  ],
  inbox: [
    [
      'Cet établissement vous demande de déposer des images par un lien protégé. Aucun compte n’est nécessaire.',
      'This hospital asks you to hand over images by a protected link. You need no account.',
    ],
    [
      'Le lien sert une seule fois. En cas de doute, appelez l’établissement avant d’envoyer quoi que ce soit.',
      'The link can be used once. If in doubt, call the hospital before you send anything.',
    ],
  ],
  report: [
    [
      'Cet établissement vous transmet un document par un lien protégé. Aucun compte n’est nécessaire.',
      'This hospital gives you a document by a protected link. You need no account.',
    ],
    [
      'Un code est demandé pour l’ouvrir : il vous est donné par téléphone, jamais dans une lettre.',
      'A code is asked for to open it: it is given to you on the telephone, never in a letter.',
    ],
  ],
}

const OPEN: Record<LinkLetterRow['kind'], Pair> = {
  invitation: ['Choisir mon mot de passe', 'Choose my password'],
  'password-reset': ['Choisir un nouveau mot de passe', 'Choose a new password'],
  'password-changed': ['', ''],
  inbox: ['Déposer les images', 'Hand over the images'],
  report: ['Ouvrir le document', 'Open the document'],
}

const LABELS = {
  site: ['Établissement', 'Hospital'],
  until: ['Valable jusqu’au', 'Valid until'],
  sentBy: [
    'Message automatique de {node}. Il ne contient aucune donnée de santé.',
    'Automatic message from {node}. It holds no health data.',
  ],
} as const satisfies Record<string, Pair>

export function linkLetterOf(facts: LinkLetterFacts): Letter {
  const { kind, language, siteName, link, until } = facts
  const pick = (pair: Pair) => pair[language === 'fr' ? 0 : 1]
  const node = oneLine(facts.nodeName)
  const site = siteName === undefined ? undefined : oneLine(siteName)
  return composed({
    language,
    subject: `${pick(SUBJECT[kind])} · ${site ?? node}`,
    title: pick(SUBJECT[kind]),
    sentences: SENTENCES[kind].map(pick),
    rows: [
      ...(site === undefined ? [] : [[pick(LABELS.site), site] as const]),
      ...(until === undefined ? [] : [[pick(LABELS.until), until] as const]),
    ],
    ...(link === undefined ? {} : { link }),
    open: pick(OPEN[kind]),
    footer: pick(LABELS.sentBy).replace('{node}', node),
  })
}
