import type { Language } from '../accounts/view.js'
import type { Owed } from './transfer-owing.js'

/** Why a person's sending has nothing to send. */
export function nothingToSend(
  because: Exclude<Owed, { transfer: string }>['because'],
  peer: string,
  language: Language,
): string {
  const words = {
    fr: {
      'came-from-there': `${peer} a lui-même envoyé ces images : elles n’y retournent pas.`,
      'already-there': `Déjà confirmé par ${peer} : rien n’est à renvoyer.`,
      'under-way': `Déjà en route vers ${peer} : voir les transferts.`,
      'given-up': 'Cet envoi a été abandonné.',
      empty: 'Cet examen n’a aucune image à envoyer.',
    },
    en: {
      'came-from-there': `${peer} sent these images itself: they do not go back there.`,
      'already-there': `Already confirmed by ${peer}: there is nothing to send again.`,
      'under-way': `Already on the way to ${peer}: see the transfers.`,
      'given-up': 'This sending was given up.',
      empty: 'This study has no image to send.',
    },
  }
  return words[language][because]
}
