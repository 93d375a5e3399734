import type { Said } from '../../errors.js'

/** What is said where somebody would end the ladder of a critical finding in another way. */
export const ONLY_READ_BACK: Said = {
  fr: 'Un résultat critique ne se termine que par sa relecture : accusez-en réception là.',
  en: 'A critical finding ends with its read-back: acknowledge it there.',
}

export const TAKEN: Said = {
  fr: 'Quelqu’un s’en est déjà occupé.',
  en: 'Somebody has already taken care of this.',
}
