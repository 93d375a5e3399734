import type { Language } from '../accounts/view.js'
import { writtenDate } from '../paper.js'
import type { RequestStudyView } from '../requests/view.js'
import type { CompletenessView } from '../studies/view.js'

/**
 * One sentence for each study that was not proved complete, or that carries another patient's identity: printed in the
 * report and shown in a band. Empty when the sender's own count says that all is there. It never blocks the reader.
 */
export function gapsOf(
  studies: readonly RequestStudyView[],
  language: Language,
  isStranger: (StudyInstanceUID: string) => boolean,
): string[] {
  if (studies.length === 0)
    return [
      language === 'fr'
        ? 'Aucun examen n’était lié à la demande dans Relais.'
        : 'No study was linked to the request in Relais.',
    ]
  const colon = language === 'fr' ? ' : ' : ': '
  return studies.flatMap(study =>
    [
      isStranger(study.StudyInstanceUID) ? strangerSentence(language) : undefined,
      sentenceFor(study.completeness, language),
    ].flatMap(sentence => (sentence === undefined ? [] : [`${nameOf(study, language)}${colon}${sentence}`])),
  )
}

function strangerSentence(language: Language): string {
  return language === 'fr'
    ? 'l’identité portée par les images diffère de celle de la demande.'
    : 'the identity in the images differs from that of the request.'
}

function nameOf(study: RequestStudyView, language: Language): string {
  const what = study.description === '' ? study.modality : study.description
  if (study.date === '') return what
  return language === 'fr'
    ? `${what} du ${writtenDate(study.date, language)}`
    : `${what} of ${writtenDate(study.date, language)}`
}

function sentenceFor(
  { received, expected, missing, state }: CompletenessView,
  language: Language,
): string | undefined {
  const fr = language === 'fr'
  if (state === 'complete') return undefined
  if (received === 0) return fr ? 'aucune image n’était arrivée.' : 'no image had arrived.'
  if (expected !== undefined && received < expected)
    return fr
      ? `${received} images reçues sur ${expected} annoncées.`
      : `${received} of ${expected} announced images were received.`
  if (missing !== undefined)
    return fr
      ? `${received} images reçues, ${missing} de celles annoncées manquent.`
      : `${received} images were received, ${missing} of those announced are missing.`
  if (state === 'arriving')
    return fr
      ? `${received} images reçues, la réception n’était pas terminée.`
      : `${received} images were received and more were still arriving.`
  return fr
    ? `${received} images reçues, leur nombre total n’a pas pu être vérifié.`
    : `${received} images were received; their total number could not be verified.`
}
