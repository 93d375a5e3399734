import type { Language } from '../accounts/view.js'
import type { AttachmentFault } from './attachment.js'

type Pair = readonly [fr: string, en: string]
const pick = ([fr, en]: Pair, language: Language) => (language === 'fr' ? fr : en)

const FAULTS: Record<AttachmentFault, Pair> = {
  empty: ['« {name} » est vide.', '“{name}” is empty.'],
  kind: [
    '« {name} » n’est ni un PDF, ni une image JPEG ou PNG, ni un texte.',
    '“{name}” is no PDF, no JPEG or PNG image and no plain text.',
  ],
  broken: [
    '« {name} » est incomplet ou trop grand pour être vérifié.',
    '“{name}” is cut off, or too large to be checked.',
  ],
  danger: [
    '« {name} » contient autre chose qu’un document à lire (script, fichier joint, mot de passe). L’imprimer en PDF, puis joindre ce PDF.',
    '“{name}” holds more than a document to read (script, embedded file, password). Print it to a PDF, and attach that one.',
  ],
}

export const attachmentFault = (fault: AttachmentFault, name: string, language: Language) =>
  pick(FAULTS[fault], language).replace('{name}', name)

const WORDS = {
  many: ['Au plus {n} fichiers à la fois.', 'At most {n} files at a time.'],
  large: ['Les fichiers pèsent au plus {n} Mo ensemble.', 'The files weigh at most {n} MB together.'],
} as const satisfies Record<string, Pair>

export const attachmentWord = (word: keyof typeof WORDS, language: Language, n: number) =>
  pick(WORDS[word], language).replace('{n}', String(n))
