import { catalogue } from './catalogue.js'

export const downtimeWords = catalogue({
  fr: {
    title: 'Papiers de panne',
    intro:
      'À imprimer chaque jour : quand Relais ne répond pas, on écrit sur ces formulaires et on téléphone. Ce qui est saisi ensuite garde le numéro de la feuille et l’heure réelle.',
    folder: 'Les mêmes fichiers sont sur la machine, dans le dossier downtime des données.',
    next: 'Prochains papiers : {time}. Gardés {days, plural, one {# jour} other {# jours}}.',
    make: 'Faire ceux d’aujourd’hui',
    made: 'Papiers du jour prêts',
    'made.at': 'faits le {time}',
    caption: 'Papiers de panne, du plus récent au plus ancien',
    'column.day': 'Jour',
    'column.what': 'Quoi',
    'column.numbers': 'Numéros',
    'column.pages': 'Pages',
    'column.get': 'Télécharger',
    'kind.forms': 'Demandes et comptes rendus vierges',
    'kind.duty': 'Liste de garde avec téléphones, 48 h',
    numbers: '{first} à {last}',
    entered: '{entered, plural, =0 {aucun saisi} one {# saisi} other {# saisis}} sur {count}',
    download: 'PDF, {size}',
    empty: 'Pas encore de papiers',
    'empty.text':
      'Ils sont faits chaque nuit, et peu après qu’un site ou une garde a changé. Un site demandeur peut faire ceux d’aujourd’hui tout de suite.',
    trouble: 'Les papiers de panne n’ont pas pu être lus',
  },
  en: {
    title: 'Downtime papers',
    intro:
      'To be printed each day: when Relais does not answer, write on these forms and telephone. What is entered afterwards keeps the number of the sheet and the real time.',
    folder: 'The same files lie on the machine, in the folder downtime of its data.',
    next: 'Next papers: {time}. Kept {days, plural, one {# day} other {# days}}.',
    make: 'Make today’s',
    made: 'Today’s papers are ready',
    'made.at': 'made on {time}',
    caption: 'Downtime papers, newest first',
    'column.day': 'Day',
    'column.what': 'What',
    'column.numbers': 'Numbers',
    'column.pages': 'Pages',
    'column.get': 'Download',
    'kind.forms': 'Blank requests and reports',
    'kind.duty': 'Duty list with telephones, 48 h',
    numbers: '{first} to {last}',
    entered: '{entered, plural, =0 {none entered} one {# entered} other {# entered}} of {count}',
    download: 'PDF, {size}',
    empty: 'No papers yet',
    'empty.text':
      'They are made each night, and shortly after a site or a duty has changed. A requesting site can have today’s made at once.',
    trouble: 'The downtime papers could not be read',
  },
})
