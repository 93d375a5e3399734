import type { Language } from '../accounts/view.js'
import type { Said } from '../errors.js'

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
    noRole: 'La personne qui la reprendrait n’a pas ce rôle dans le groupe à ces heures.',
    busy: 'La personne qui la reprendrait a déjà une vacation à ces heures.',
    stranger: 'Une vacation s’échange avec un collègue du même groupe.',
    groups: 'Les deux vacations doivent être du même groupe.',
    offered: 'Cette vacation est déjà proposée à quelqu’un.',
  },
  en: {
    answered: 'This swap was answered or withdrawn already.',
    gone: 'This shift is over, or is somebody else’s by now.',
    absent: 'Whoever would take the shift is absent then.',
    noRole: 'Whoever would take the shift has no role in the group then.',
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
    owed: (acts: number, transfers: number) =>
      `Ce qui est dû n’est pas fini : ${[acts === 0 ? '' : `${acts} ${acts === 1 ? 'demande ouverte' : 'demandes ouvertes'}`, transfers === 0 ? '' : `${transfers} ${transfers === 1 ? 'transfert' : 'transferts'} d’images`].filter(Boolean).join(', ')}.`,
    grouped: (site: string, group: string) => `« ${site} » est déjà dans le groupement ${group}.`,
  },
  en: {
    taken: (id: string) => `“${id}” exists already.`,
    issuer: 'Only who runs the node changes the issuer of patient numbers.',
    node: 'The site that runs the node is not closed.',
    running: (contracts: string) =>
      `Contracts still run with this site: ${contracts}. Give them a last day first.`,
    owed: (acts: number, transfers: number) =>
      `What is owed has not ended: ${[acts === 0 ? '' : `${acts} open ${acts === 1 ? 'request' : 'requests'}`, transfers === 0 ? '' : `${transfers} ${transfers === 1 ? 'transfer' : 'transfers'} of images`].filter(Boolean).join(', ')}.`,
    grouped: (site: string, group: string) => `“${site}” is in the group ${group} already.`,
  },
} as const satisfies Record<Language, object>

/** What never was, or is not to be known of. */
export const NO = {
  roster: { fr: 'Ce planning n’existe pas.', en: 'There is no such roster.' },
  shift: { fr: 'Cette vacation n’existe pas.', en: 'There is no such shift.' },
  absence: { fr: 'Cette absence n’existe pas.', en: 'There is no such absence.' },
  swap: { fr: 'Cet échange n’existe pas.', en: 'There is no such swap.' },
  contract: { fr: 'Cette convention n’existe pas.', en: 'There is no such contract.' },
  site: { fr: 'Ce site n’existe pas.', en: 'There is no such site.' },
  group: { fr: 'Ce groupement n’existe pas.', en: 'There is no such group.' },
} as const satisfies Record<string, Said>

/** Why a roster does not become so. Times are those of its wall. */
export const ROSTER_REFUSALS = {
  stranger: {
    fr: 'Seul un radiologue du groupe lit pour lui.',
    en: 'Only a radiologist of the group reads for it.',
  },
  noRole: (from: string, to: string): Said => ({
    fr: `Cette personne n’a pas le rôle de radiologue dans ce groupe du ${from} au ${to}.`,
    en: `This person has no role as a radiologist of this group from ${from} to ${to}.`,
  }),
  absent: (from: string, to: string): Said => ({
    fr: `Cette personne est absente à ce moment-là (${from} – ${to}).`,
    en: `This person is absent then (${from} – ${to}).`,
  }),
  overlap: (from: string, to: string): Said => ({
    fr: `Cette personne a déjà une vacation à ce moment-là (${from} – ${to}).`,
    en: `This person has another shift at that time (${from} – ${to}).`,
  }),
  noDay: {
    fr: 'Aucun de ces jours ne tombe entre les deux dates.',
    en: 'None of these days lies between the two dates.',
  },
  many: (n: number): Said => ({
    fr: `Une vacation se répète ${n} fois au plus.`,
    en: `A shift is repeated at most ${n} times.`,
  }),
  backwards: { fr: 'La fin est avant le début.', en: 'It ends before it begins.' },
  far: {
    fr: 'Vérifiez l’année : un planning va d’un an en arrière à trois ans d’avance.',
    en: 'Look at the year: a roster goes from a year back to three years ahead.',
  },
  span: (days: number): Said => ({
    fr: `Un planning se regarde d’un moment à un autre plus tard, sur ${days} jours au plus.`,
    en: `A roster is looked at from one moment to a later one, over ${days} days at most.`,
  }),
  away: {
    fr: 'Absent pour un jour au plus ; au-delà, inscrivez une absence.',
    en: 'Away for a day at most; for longer, say that you are absent.',
  },
} as const satisfies Record<string, Said | ((...of: never[]) => Said)>

/** Why a shift is not taken for duty. */
export const DUTY_REFUSALS = {
  over: { fr: 'Cette vacation est terminée.', en: 'This shift is over.' },
  early: (hours: number): Said => ({
    fr: `Une garde se prend au plus tôt ${hours} heures avant son début.`,
    en: `This shift can be taken ${hours} hours before it begins.`,
  }),
  untaken: { fr: 'Prenez d’abord la garde.', en: 'Take the shift first.' },
} as const satisfies Record<string, Said | ((...of: never[]) => Said)>

/** Why a contract does not become so. */
export const CONTRACT_REFUSALS = {
  taken: (id: string): Said => ({
    fr: `Une convention nommée « ${id} » existe déjà.`,
    en: `A contract named "${id}" exists already.`,
  }),
  begun: { fr: 'Cette convention a déjà commencé.', en: 'This contract has begun already.' },
  noTelephone: {
    fr: 'Cette convention ne nomme aucun téléphone pour son dernier échelon.',
    en: 'This contract names no telephone for its last rung.',
  },
  backwards: { fr: 'Elle finit avant de commencer.', en: 'It ends before it begins.' },
  noHospital: {
    fr: 'Choisissez un établissement qui demande.',
    en: 'Choose a hospital that asks.',
  },
  noGroup: { fr: 'Choisissez un groupe de lecture.', en: 'Choose a reading group.' },
  closed: (site: string): Said => ({ fr: `${site} est fermé.`, en: `${site} is closed.` }),
  faulty: {
    fr: 'La convention ne peut pas commencer ainsi.',
    en: 'The contract cannot begin like this.',
  },
} as const satisfies Record<string, Said | ((...of: never[]) => Said)>
