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
