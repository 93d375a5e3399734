import type { Language } from '../accounts/view.js'
import type { AttachmentFault } from './attachment.js'

type Pair = readonly [fr: string, en: string]
const pick = ([fr, en]: Pair, language: Language) => (language === 'fr' ? fr : en)

const FAULTS: Record<AttachmentFault, Pair> = {
  empty: ['« {name} » est vide.', '“{name}” is empty.'],
  kind: [
    '« {name} » n’est ni un PDF, ni une image JPEG ou PNG, ni un texte.',
    '“{name}” is no PDF, no JPEG or PNG image and no plain text.',
  ],
  broken: [
    '« {name} » est incomplet ou trop grand pour être vérifié.',
    '“{name}” is cut off, or too large to be checked.',
  ],
  danger: [
    '« {name} » contient autre chose qu’un document à lire (script, fichier joint, mot de passe). L’imprimer en PDF, puis joindre ce PDF.',
    '“{name}” holds more than a document to read (script, embedded file, password). Print it to a PDF, and attach that one.',
  ],
}

export const attachmentFault = (fault: AttachmentFault, name: string, language: Language) =>
  pick(FAULTS[fault], language).replace('{name}', name)

const WORDS = {
  nothing: ['Écrire un message, ou joindre un fichier.', 'Write a message, or attach a file.'],
  long: ['Un message a au plus {n} caractères.', 'A message has at most {n} characters.'],
  many: ['Au plus {n} fichiers par message.', 'At most {n} files a message.'],
  large: [
    'Les fichiers d’un message pèsent au plus {n} Mo ensemble.',
    'The files of a message weigh at most {n} MB together.',
  ],
  full: [
    'Cette conversation a {n} messages, le maximum. Téléphoner.',
    'This conversation has {n} messages, as many as there may be. Telephone.',
  ],
  fast: [
    'Trop de messages en une minute : attendre un peu.',
    'Too many messages in one minute: wait a little.',
  ],
  stranger: [
    'Une personne mentionnée ne participe pas à cette demande.',
    'Somebody who is mentioned takes no part in this request.',
  ],
  draft: [
    'La demande n’est pas encore envoyée : personne ne lirait.',
    'The request is not sent yet: nobody would read it.',
  ],
  other: [
    'Un autre message a déjà été envoyé sous ce nom.',
    'Another message was already sent under this name.',
  ],
  missing: ['Il n’y a pas de tel message.', 'There is no such message.'],
  notYours: [
    'Seul son auteur marque un message comme une erreur.',
    'Only its author marks a message as an error.',
  ],
  already: ['Ce message est déjà marqué comme une erreur.', 'This message is marked as an error already.'],
} as const satisfies Record<string, Pair>

export const talkWord = (word: keyof typeof WORDS, language: Language, n = 0) =>
  pick(WORDS[word], language).replace('{n}', String(n))
