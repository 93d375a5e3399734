import type { Language } from '../accounts/view.js'

/** Why a contract cannot begin, for a person: times are those of its wall. */
export const START_FAULTS = {
  fr: {
    hole: (from: string, to: string) => `personne ne lit du ${from} au ${to}`,
    more: (n: number) => `et ${n} plages de plus`,
    noTelephone: 'aucun numéro pour le dernier échelon',
    untested: 'personne n’a encore essayé ce numéro',
  },
  en: {
    hole: (from: string, to: string) => `nobody reads from ${from} to ${to}`,
    more: (n: number) => `and ${n} times more`,
    noTelephone: 'no telephone number for the last rung',
    untested: 'nobody has tested this telephone number yet',
  },
} as const satisfies Record<Language, object>

/** Why a shift does not change hands, for whoever asks or answers. */
export const SWAP_REFUSALS = {
  fr: {
    answered: 'Cet échange a déjà reçu une réponse, ou a été retiré.',
    gone: 'Cette vacation est terminée, ou appartient maintenant à quelqu’un d’autre.',
    absent: 'La personne qui la reprendrait est absente à ces heures.',
    busy: 'La personne qui la reprendrait a déjà une vacation à ces heures.',
    stranger: 'Une vacation s’échange avec un collègue du même groupe.',
    groups: 'Les deux vacations doivent être du même groupe.',
    offered: 'Cette vacation est déjà proposée à quelqu’un.',
  },
  en: {
    answered: 'This swap was answered or withdrawn already.',
    gone: 'This shift is over, or is somebody else’s by now.',
    absent: 'Whoever would take the shift is absent then.',
    busy: 'Whoever would take the shift has another one at that time.',
    stranger: 'A shift is swapped with a colleague of the group.',
    groups: 'Both shifts are of one group.',
    offered: 'This shift is offered to somebody already.',
  },
} as const satisfies Record<Language, object>
