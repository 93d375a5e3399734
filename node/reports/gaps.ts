import type { Language } from '../accounts/view.js'
import { writtenDate } from '../paper.js'
import type { RequestEvidence } from '../requests/evidence.js'
import type { Laterality, RequestStudyView } from '../requests/view.js'
import { mismatchWords } from '../requests/words.js'
import type { CompletenessView } from '../studies/view.js'
import { askKindWord, sideWord } from './document-words.js'
import type { SaidByRoom } from './room.js'

/**
 * One sentence for each study that was not proved complete, or that carries another patient's identity, side or region;
 * then what was asked back in vain, and what rests on the room's word: printed in the report and shown in a band. Empty
 * when the sender's own count says that all is there, and nothing else is open. It never blocks the reader.
 */
export function gapsOf(
  studies: readonly RequestStudyView[],
  language: Language,
  isStranger: (StudyInstanceUID: string) => boolean,
  beside: Beside = { differences: [], missing: [], said: [] },
): string[] {
  return [...ofStudies(studies, language, isStranger, beside), ...ofRequest(beside, language)]
}

/** What stands beside the images, and the side that was asked for. */
export interface Beside extends RequestEvidence {
  asked?: Laterality | undefined
  said: readonly SaidByRoom[]
}

function ofStudies(
  studies: readonly RequestStudyView[],
  language: Language,
  isStranger: (StudyInstanceUID: string) => boolean,
  { differences }: Beside,
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
      ...differences
        .filter(one => one.StudyInstanceUID === study.StudyInstanceUID)
        .map(one => lowered(mismatchWords(one, language))),
      sentenceFor(study.completeness, language),
    ].flatMap(sentence => (sentence === undefined ? [] : [`${nameOf(study, language)}${colon}${sentence}`])),
  )
}

function ofRequest({ exam, asked, missing, said }: Beside, language: Language): string[] {
  const fr = language === 'fr'
  const sentences: string[] = []
  const done = exam?.laterality
  if (done !== undefined && asked !== undefined && done !== asked) {
    const why = exam?.reason === undefined ? '' : ` (${exam.reason})`
    const [made, wanted] = [sideWord(done, language), sideWord(asked, language)]
    sentences.push(
      fr
        ? `Côté examiné selon la salle : ${made} ; demandé : ${wanted}${why}.`
        : `Side examined, as the room said: ${made}; asked: ${wanted}${why}.`,
    )
  }
  for (const { kind, text, state } of missing) {
    const what = `${askKindWord(kind, language)}${fr ? ' : ' : ': '}${text}`
    if (state === 'open')
      sentences.push(fr ? `Demandé, sans réponse – ${what}.` : `Asked for, not answered – ${what}.`)
    else sentences.push(fr ? `Demandé, pas disponible – ${what}.` : `Asked for, not available – ${what}.`)
  }
  if (said.length > 0) {
    const what = said.map(one => ROOM[one][fr ? 0 : 1]).join(', ')
    sentences.push(
      fr ? `Selon la salle, et non les images : ${what}.` : `From the room, not the images: ${what}.`,
    )
  }
  return sentences
}

const ROOM: Record<SaidByRoom, readonly [fr: string, en: string]> = {
  equipment: ['l’appareil', 'the device'],
  dose: ['la dose', 'the dose'],
  contrast: ['le produit de contraste', 'the contrast agent'],
}

/** A sentence that goes on after the study's name. */
const lowered = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1)

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
