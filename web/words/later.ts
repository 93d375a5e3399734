import { catalogue } from './catalogue.js'

/** What happened during a breakdown and is entered afterwards. */
export const laterWords = catalogue({
  fr: {
    check: 'Saisi après panne',
    'check.lead': 'Pour ce qui a été fait sur papier ou par téléphone pendant une panne.',
    at: 'Heure réelle',
    'at.missing': 'Dire quand cela a eu lieu.',
    number: 'Numéro du formulaire',
    'number.hint': 'En haut de la feuille, par exemple N-P0042 ; vide si la feuille n’en a pas.',
    told: 'Compte rendu donné par téléphone pendant la panne',
    recorded: 'saisi après coup le {time}, par {by}',
    asked: 'Demandée pendant une panne le {asked}, saisie le {recorded}.',
  },
  en: {
    check: 'Entered after a breakdown',
    'check.lead': 'For what was done on paper or by telephone during a breakdown.',
    at: 'Real time',
    'at.missing': 'Say when it happened.',
    number: 'Number of the form',
    'number.hint': 'At the top of the sheet, such as N-P0042; empty where the sheet has none.',
    told: 'Report given by telephone during the breakdown',
    recorded: 'entered later, {time}, by {by}',
    asked: 'Asked for during a breakdown on {asked}, entered on {recorded}.',
  },
})
