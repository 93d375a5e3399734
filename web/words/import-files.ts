import { catalogue } from './catalogue.js'

/** What each file of a disc is, and what became of it. */
export const importFiles = catalogue({
  fr: {
    'file.readable': 'lisible',
    'file.duplicate': 'doublon',
    'file.already-here': 'déjà ici',
    'file.conflict': 'autre contenu ici',
    'file.other-patient': 'autre personne',
    'file.rejected': 'retirée',
    'file.rejection-note': 'avis de retrait',
    'file.directory': 'sommaire',
    'file.not-dicom': 'non DICOM',
    'file.unreadable': 'illisible',
    'file.missing': 'absent du disque',
    'outcome.taken': 'pris',
    'outcome.duplicate': 'déjà ici',
    'outcome.refused': 'refusé',
    'outcome.left-out': 'laissé de côté',
  },
  en: {
    'file.readable': 'readable',
    'file.duplicate': 'duplicate',
    'file.already-here': 'here already',
    'file.conflict': 'other content here',
    'file.other-patient': 'somebody else',
    'file.rejected': 'withdrawn',
    'file.rejection-note': 'rejection note',
    'file.directory': 'directory',
    'file.not-dicom': 'not DICOM',
    'file.unreadable': 'unreadable',
    'file.missing': 'not on the disc',
    'outcome.taken': 'taken',
    'outcome.duplicate': 'here already',
    'outcome.refused': 'refused',
    'outcome.left-out': 'left out',
  },
})
