import { catalogue } from './catalogue.js'

/** What is known of an exam before a word is written, and who says so. */
export const knownFieldWords = catalogue({
  fr: {
    title: 'Connu de cet examen',
    from: 'Source : {source}',
    insert: 'Écrire dans la technique : {sentence}',
    sentence: '{label} : {value}.',
    'field.equipment': 'Appareil',
    'field.dose': 'Dose',
    'field.contrast': 'Contraste',
    'field.field': 'Champ',
    'source.request': 'demande',
    'source.headers': 'en-têtes des images',
    'source.dose-report': 'rapport de dose',
    'source.room': 'saisi en salle',
  },
  en: {
    title: 'Known of this exam',
    from: 'Source: {source}',
    insert: 'Write into the technique: {sentence}',
    sentence: '{label}: {value}.',
    'field.equipment': 'Device',
    'field.dose': 'Dose',
    'field.contrast': 'Contrast',
    'field.field': 'Field',
    'source.request': 'request',
    'source.headers': 'image headers',
    'source.dose-report': 'dose report',
    'source.room': 'entered in the room',
  },
})
