import type { Said } from '../errors.js'
import type { ImportState, PersonState } from './view.js'

const DISC_STATES: Readonly<Record<ImportState, string>> = {
  uploading: 'il arrive encore',
  reading: 'il est en lecture',
  inventoried: 'il attend une décision',
  taking: 'son import est en cours',
  sending: 'ses images sont prises, à confirmer',
  done: 'il est terminé',
  cancelled: 'il est oublié',
  failed: 'il est illisible',
  'entered-in-error': 'il a été importé par erreur',
}

const PERSON_STATES: Readonly<Record<PersonState, string>> = {
  'to-decide': 'elles attendent une décision',
  taking: 'leur import est en cours',
  sending: 'elles sont prises, à confirmer',
  done: 'elles sont importées',
  'not-taken': 'il est décidé de n’en rien prendre',
  failed: 'leur import a échoué',
  'entered-in-error': 'elles sont retirées : importées par erreur',
}

/** Why nothing of the kind can be done to a disc in this state. */
export const discIs = (state: ImportState): Said => ({
  fr: `Impossible maintenant pour ce disque : ${DISC_STATES[state]}.`,
  en: `This disc is ${state}: that is not possible now.`,
})

/** The same of the images of one person on it. */
export const personIs = (state: PersonState): Said => ({
  fr: `Impossible maintenant pour les images de cette personne : ${PERSON_STATES[state]}.`,
  en: `The images of this person are ${state}: that is not possible now.`,
})
