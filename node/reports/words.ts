import type { Language } from '../accounts/view.js'
import type { Said } from '../errors.js'

const pick = (pair: readonly [fr: string, en: string], language: Language) => pair[language === 'fr' ? 0 : 1]

export const missingReportWords = (language: Language) =>
  pick(['Ce compte rendu n’existe pas.', 'There is no such report.'], language)

export const notAuthorWords = (author: string, language: Language) =>
  pick(
    [
      `${author} écrit ce compte rendu : lecture seule.`,
      `${author} writes this report: it can only be read.`,
    ],
    language,
  )

export const ownDraftWords = (author: string, language: Language) =>
  pick(
    [
      `Vous avez commencé votre propre compte rendu : celui de ${author} reste en lecture seule.`,
      `You have begun a report of your own: the one by ${author} can only be read.`,
    ],
    language,
  )

export const otherRevisionWords = (savedAt: string, language: Language) =>
  pick(
    [
      `Une autre fenêtre a enregistré ce compte rendu à ${savedAt.slice(11, 16)} UTC. Le relire avant de continuer.`,
      `Another window saved this report at ${savedAt.slice(11, 16)} UTC. Read it again before you go on.`,
    ],
    language,
  )

export const alreadyFinalWords = (language: Language) =>
  pick(
    [
      'Ce compte rendu est signé : seul un addendum ou une correction peut y ajouter.',
      'This report is signed: only an addendum or a correction can add to it.',
    ],
    language,
  )

export const withdrawnWords = (language: Language) =>
  pick(
    [
      'Ce compte rendu est retiré : seule une correction peut le remplacer.',
      'This report is withdrawn: only a correction can replace it.',
    ],
    language,
  )

export const noPreliminaryWords = (language: Language) =>
  pick(
    ['La convention ne prévoit pas de compte rendu provisoire.', 'The contract knows no preliminary report.'],
    language,
  )

export const emptyReasonWords = (language: Language) =>
  pick(['Le motif est vide.', 'The reason is empty.'], language)

export const unconfirmedWords = (sentences: string, language: Language) =>
  pick(
    [
      `À confirmer avec un motif avant de signer. ${sentences}`,
      `To be confirmed with a reason before signing. ${sentences}`,
    ],
    language,
  )

export const emptyConclusionWords = (language: Language) =>
  pick(['La conclusion est vide.', 'The conclusion is empty.'], language)

export const emptyAddendumWords = (language: Language) =>
  pick(['L’addendum est vide.', 'The addendum is empty.'], language)

export const broken = (version: number): Said => ({
  fr: `La version ${version} ne correspond plus à ce qui a été signé : elle n’est pas affichée. Prévenir l’exploitant.`,
  en: `Version ${version} is no longer what was signed: it is not shown. Tell the operator.`,
})

export const BROKEN_PICTURE: Said = {
  fr: 'Cette image clé ne correspond plus à ce qui a été retenu : elle n’est pas affichée. Prévenir l’exploitant.',
  en: 'This key image is no longer what was kept: it is not shown. Tell the operator.',
}

export const missingTemplateWords = (language: Language) =>
  pick(['Ce modèle n’existe pas.', 'There is no such template.'], language)

export const otherTemplateWords = (language: Language) =>
  pick(
    [
      'Ce modèle a été modifié entre-temps. Le relire avant de l’enregistrer.',
      'This template was changed meanwhile. Read it again before you save it.',
    ],
    language,
  )

export const nothingSignedWords = (language: Language) =>
  pick(['Rien n’est encore signé.', 'Nothing is signed yet.'], language)

export const noImagesWords = (language: Language) =>
  pick(['Ce lien n’ouvre pas d’images.', 'This link opens no images.'], language)

export const noSuchImageWords = (language: Language) =>
  pick(['Cette image n’est pas de cet acte.', 'There is no such image in this act.'], language)

export const manyKeyImagesWords = (max: number, language: Language) =>
  pick(
    [
      `${max} images clés au plus : en retirer une d’abord.`,
      `${max} key images at most: take one away first.`,
    ],
    language,
  )
