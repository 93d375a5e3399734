import type { Language } from '../accounts/view.js'

type Pair = readonly [fr: string, en: string]
const pick = ([fr, en]: Pair, language: Language) => (language === 'fr' ? fr : en)

const WORDS = {
  nothing: ['Écrire un message, ou joindre un fichier.', 'Write a message, or attach a file.'],
  long: ['Un message a au plus {n} caractères.', 'A message has at most {n} characters.'],
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
