import { catalogue } from './catalogue.js'

/** Words of the palette and the shortcut sheet. */
export const partWords = catalogue({
  fr: {
    'palette.title': 'Toutes les actions',
    'palette.placeholder': 'Que voulez-vous faire ?',
    'palette.nothing': 'Aucune action de ce nom ici.',
    'sheet.title': 'Raccourcis clavier',
    'sheet.palette': 'Toutes les actions',
    'sheet.sheet': 'Cette liste',
    'sheet.everywhere': 'Partout',
    'sheet.characters': 'Raccourcis d’une seule lettre (à couper si vous dictez à l’ordinateur)',
  },
  en: {
    'palette.title': 'All actions',
    'palette.placeholder': 'What do you want to do?',
    'palette.nothing': 'No action of that name here.',
    'sheet.title': 'Keyboard shortcuts',
    'sheet.palette': 'All actions',
    'sheet.sheet': 'This list',
    'sheet.everywhere': 'Everywhere',
    'sheet.characters': 'Single-letter shortcuts (switch off if you dictate to the computer)',
  },
})
