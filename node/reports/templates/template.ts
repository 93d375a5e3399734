import type { Language } from '../../accounts/view.js'
import type { ImageFacts } from '../image-facts.js'
import { SECTION_NAMES } from '../report.js'
import type { SaidByRoom } from '../room.js'
import type { FieldSource, KnownFieldView, Sections } from '../view.js'

/** A text to begin with. `regions`: words that a region of the body may be written by, without accents. */
export interface StarterTemplate {
  id: string
  language: Language
  modalities: readonly string[]
  regions: readonly string[]
  title: string
  sections: Sections
}

/** A sentence that is typed by its short name after a `/`. */
export interface StarterBlock {
  id: string
  language: Language
  shortcut: string
  title: string
  text: string
}

/** What `{{…}}` in a template stands for. */
export const TEMPLATE_FIELDS = ['question', 'side', 'equipment', 'dose', 'contrast', 'field'] as const
export type TemplateField = (typeof TEMPLATE_FIELDS)[number]

/** What is known of a case that a template may say. */
export interface FieldValues {
  question: string
  laterality?: string | undefined
  images: ImageFacts | undefined
}

const SIDES: Readonly<Record<string, readonly [fr: string, en: string]>> = {
  right: ['droit', 'right'],
  left: ['gauche', 'left'],
  both: ['droit et gauche', 'right and left'],
}

/** A decimal number as it is written in the language. */
const written = (value: number, language: Language) =>
  language === 'fr' ? String(value).replace('.', ',') : String(value)

/** The dose in one sentence; empty where the images say none. DLP and CTDIvol of CT, DAP of projections. */
export function doseSentence(images: ImageFacts | undefined, language: Language): string {
  const { ctdiVolMGy, dlpMGyCm, dapCGyCm2 } = images ?? {}
  const fr = language === 'fr'
  const said = [
    ctdiVolMGy === undefined ? '' : `${fr ? 'IDSV' : 'CTDIvol'} ${written(ctdiVolMGy, language)} mGy`,
    dlpMGyCm === undefined ? '' : `${fr ? 'PDL' : 'DLP'} ${written(dlpMGyCm, language)} mGy·cm`,
    dapCGyCm2 === undefined ? '' : `${fr ? 'PDS' : 'DAP'} ${written(dapCGyCm2, language)} cGy·cm²`,
  ]
  return said.filter(part => part !== '').join(', ')
}

/** The value of a field; undefined where only a person can say it. */
function fieldValue(field: string, { question, laterality, images }: FieldValues, language: Language) {
  const fr = language === 'fr'
  switch (field) {
    case 'question':
      return question
    case 'side':
      return SIDES[laterality ?? '']?.[fr ? 0 : 1]
    case 'equipment':
      return images === undefined || images.equipment.length === 0
        ? fr
          ? 'appareil non indiqué dans les images'
          : 'device not named in the images'
        : images.equipment.join(' ; ')
    case 'dose':
      return (
        doseSentence(images, language) ||
        (fr ? 'dose non indiquée dans les images' : 'dose not given in the images')
      )
    case 'contrast':
      return images === undefined || images.contrast.length === 0 ? undefined : images.contrast.join(' ; ')
    case 'field':
      return images?.fieldStrengthT[0] === undefined
        ? undefined
        : `${written(images.fieldStrengthT[0], language)} T`
    default:
      return undefined
  }
}

const OPEN_WORDS: Readonly<Record<TemplateField, readonly [fr: string, en: string]>> = {
  question: ['question', 'question'],
  side: ['côté', 'side'],
  equipment: ['appareil', 'device'],
  dose: ['dose', 'dose'],
  contrast: ['produit de contraste, volume', 'contrast agent, volume'],
  field: ['champ', 'field strength'],
}

/** A text with its fields filled; what nobody knows stays open as `[…]` and is one key away. */
export function filled(text: string, values: FieldValues, language: Language): string {
  return text.replace(/\{\{\s*([a-z]+)\s*\}\}/g, (_, field: string) => {
    const known = fieldValue(field, values, language)
    if (known !== undefined) return known
    const open = OPEN_WORDS[field as TemplateField]?.[language === 'fr' ? 0 : 1] ?? field
    return `[${open}]`
  })
}

/**
 * The fields that this exam answers, as they are written, each with who says so; a field nobody answers is not among
 * them. `said`: what rests on the room's word.
 */
export function knownFields(
  values: FieldValues,
  said: readonly SaidByRoom[],
  language: Language,
): KnownFieldView[] {
  return TEMPLATE_FIELDS.flatMap(field => {
    const sources = sourcesOf(field, values, said)
    const value = sources.length === 0 ? undefined : fieldValue(field, values, language)
    return value === undefined || value === '' ? [] : [{ field, value, sources }]
  })
}

/** Empty where nobody says it. */
function sourcesOf(
  field: TemplateField,
  { images }: FieldValues,
  said: readonly SaidByRoom[],
): FieldSource[] {
  switch (field) {
    case 'question':
    case 'side':
      return ['request']
    case 'dose':
      return said.includes('dose') ? ['room'] : [...new Set(Object.values(images?.doseFrom ?? {}))]
    case 'equipment':
    case 'contrast': {
      const count = images?.[field].length ?? 0
      if (count === 0) return []
      if (!said.includes(field)) return ['headers']
      // The room's product stands first; what the images name besides comes after it.
      return count > 1 ? ['room', 'headers'] : ['room']
    }
    case 'field':
      return images?.fieldStrengthT[0] === undefined ? [] : ['headers']
  }
}

export function filledSections(sections: Sections, values: FieldValues, language: Language): Sections {
  const result = { ...sections }
  for (const section of SECTION_NAMES) result[section] = filled(sections[section], values, language)
  return result
}

const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
const PROJECTIONS = ['CR', 'DX', 'DR', 'RX']

/**
 * How well a template fits an exam: 0 not at all, 1 the modality alone, 2 the region too. Projections have several names.
 */
export function fitOf(
  template: { modalities: readonly string[]; regions: readonly string[] },
  exam: { modality: string; region: string },
): 0 | 1 | 2 {
  const same = (one: string) =>
    one === exam.modality || (PROJECTIONS.includes(one) && PROJECTIONS.includes(exam.modality))
  if (template.modalities.length > 0 && !template.modalities.some(same)) return 0
  const region = folded(exam.region)
  return template.regions.some(word => region.includes(folded(word))) ? 2 : 1
}
