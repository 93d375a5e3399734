import { catalogue } from './catalogue.js'

/** Days of the week, short. */
export const dayWords = {
  fr: {
    'day.mon': 'lun',
    'day.tue': 'mar',
    'day.wed': 'mer',
    'day.thu': 'jeu',
    'day.fri': 'ven',
    'day.sat': 'sam',
    'day.sun': 'dim',
  },
  en: {
    'day.mon': 'Mon',
    'day.tue': 'Tue',
    'day.wed': 'Wed',
    'day.thu': 'Thu',
    'day.fri': 'Fri',
    'day.sat': 'Sat',
    'day.sun': 'Sun',
  },
} as const

/** Hours of a week in a form. */
export const hourWords = catalogue({
  fr: {
    ...dayWords.fr,
    always: 'à toute heure',
    some: 'seulement à certaines heures',
    from: 'De',
    to: 'À',
    days: 'Jours où la plage commence',
    add: 'Ajouter une plage',
    remove: 'Retirer cette plage',
    fault: 'Heures de 00:00 à 23:59.',
  },
  en: {
    ...dayWords.en,
    always: 'at any hour',
    some: 'only at certain hours',
    from: 'From',
    to: 'To',
    days: 'Days on which it begins',
    add: 'Add hours',
    remove: 'Remove these hours',
    fault: 'Times from 00:00 to 23:59.',
  },
})
