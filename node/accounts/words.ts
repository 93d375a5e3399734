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
