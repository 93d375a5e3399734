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

/** Why a site or a group cannot become so, for a person. */
export const SITE_FAULTS = {
  fr: {
    taken: (id: string) => `« ${id} » existe déjà.`,
    issuer: 'L’émetteur des numéros de patients ne change que par l’exploitant.',
    node: 'Le site qui exploite le nœud ne se ferme pas.',
    running: (contracts: string) =>
      `Des conventions courent encore avec ce site : ${contracts}. Donnez-leur d’abord un dernier jour.`,
    grouped: (site: string, group: string) => `« ${site} » est déjà dans le groupement ${group}.`,
  },
  en: {
    taken: (id: string) => `“${id}” exists already.`,
    issuer: 'Only who runs the node changes the issuer of patient numbers.',
    node: 'The site that runs the node is not closed.',
    running: (contracts: string) =>
      `Contracts still run with this site: ${contracts}. Give them a last day first.`,
    grouped: (site: string, group: string) => `“${site}” is in the group ${group} already.`,
  },
} as const satisfies Record<Language, object>
