import { catalogue } from './catalogue.js'

/** How a person arranges their worklist. */
export const worklistWords = catalogue({
  fr: {
    settings: 'Colonnes et listes à moi',
    columns: 'Colonnes',
    'column.exam': 'Examen et site',
    'column.images': 'Images',
    'column.reference': 'Référence',
    'column.sent': 'Envoyée',
    own: 'Enregistrées',
    'save.name': 'Garder cette liste sous le nom',
    save: 'Garder',
    forget: 'Oublier la liste {name}',
    kept: 'Gardé sur ce poste, pour votre compte.',
  },
  en: {
    settings: 'Columns and lists of mine',
    columns: 'Columns',
    'column.exam': 'Exam and site',
    'column.images': 'Images',
    'column.reference': 'Reference',
    'column.sent': 'Sent',
    own: 'Saved',
    'save.name': 'Keep this list under the name',
    save: 'Keep',
    forget: 'Forget the list {name}',
    kept: 'Kept on this machine, for your account.',
  },
})
