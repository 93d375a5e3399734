import type { Language } from '../accounts/view.js'

const pick = (pair: readonly [fr: string, en: string], language: Language) => pair[language === 'fr' ? 0 : 1]

export const missingCriticalWords = (language: Language) =>
  pick(['Ce résultat critique n’existe pas.', 'There is no such critical finding.'], language)

export const readBackAlready = (language: Language) =>
  pick(['Déjà accusé, avec relecture.', 'Already acknowledged, with read-back.'], language)

export const notReadBack = (language: Language) =>
  pick(
    [
      'Personne n’a encore accusé réception avec relecture : un résultat critique ne se ferme pas avant.',
      'Nobody has acknowledged with read-back yet: a critical finding is not closed before.',
    ],
    language,
  )

export const futureWords = (language: Language) =>
  pick(['Cette heure n’est pas encore passée.', 'This time has not come yet.'], language)

export const notAskedWords = (language: Language) =>
  pick(
    [
      'Cette demande n’a pas été posée ou a été inscrite par erreur.',
      'This request was not submitted, or was entered in error.',
    ],
    language,
  )
