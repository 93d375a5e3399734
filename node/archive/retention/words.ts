import type { Said } from '../../errors.js'
import type { Stop } from './rules.js'

/** Why nothing may be destroyed yet, as the end of a sentence. */
export const STOP_WORDS: Readonly<Record<Stop, Said>> = {
  claim: { fr: 'plainte', en: 'claim' },
  hold: { fr: 'gel juridique', en: 'legal hold' },
  'open-act': { fr: 'acte non terminé', en: 'act not over' },
  'open-critical': { fr: 'résultat critique ouvert', en: 'critical finding open' },
  'open-recall': { fr: 'rappel en cours', en: 'recall under way' },
  sending: { fr: 'envoi en cours', en: 'sending under way' },
  promised: { fr: 'promis à un PACS', en: 'promised to a PACS' },
  'not-due': { fr: 'pas encore échu', en: 'not due yet' },
  'no-images': { fr: 'aucune image ici', en: 'no image here' },
}
