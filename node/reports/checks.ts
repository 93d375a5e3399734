import type { Language } from '../accounts/view.js'
import type { Laterality, PatientView } from '../requests/view.js'
import { SECTION_NAMES } from './report.js'
import type { CheckCode, Sections, SigningCheckView } from './view.js'

/** What a report is compared with before it is signed. */
export interface CheckedAgainst {
  laterality: Laterality | undefined
  patient: PatientView
  /** Sides that the images' headers name, (0020,0060) and (0020,0062). */
  imageSides: readonly ('R' | 'L')[]
  /** YYYY-MM-DD; of the exam, else of today. */
  date: string
  /** Names that may stand in the text: who asks, who signs. */
  persons: readonly string[]
  /** Other people whose cases the same reader has had lately. */
  others: readonly { family: string; given: string }[]
}

/**
 * Fields that a template left open: ⟨…⟩, {{…}} and […]; a number in brackets is a reference and none.
 * One expression for the screen and the node: what is counted there is what is refused here.
 */
export const OPEN_FIELD = /⟨[^⟩\n]*⟩|\{\{[^}\n]*\}\}|\[(?!\s*\d+\s*\])[^\]\n]{0,80}\]/g

/** Without accents and capitals, so that words are found however they are written. */
const folded = (text: string) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase()

const RIGHT = /\b(droite?s?|right)\b/
const LEFT = /\b(gauches?|left)\b/
const BOTH = /\b(bilatera(l|le|ux|les|lly)|des deux cotes|both)\b/

const OF_WOMEN =
  /\b(uterus|uterin(e|s|es)?|ovaires?|ovarien(ne)?s?|ovar(y|ies|ian)|vagin(al|ale)?|endometr\w*|enceinte|grossesse|pregnan\w*|menopaus\w*|patiente|femme|madame|mme|woman|mrs)\b/
const OF_MEN =
  /\b(prostat\w*|testicul\w*|testis|testes|scrot\w*|vesicules? seminales?|seminal vesicles?|penis|penien(ne)?s?|monsieur|homme|mr)\b/

const AGES = [
  /\b(?:homme|femme|patiente?|enfant|garcon|fille|monsieur|madame)\s+(?:agee?\s+)?de\s+(\d{1,3})\s*ans?\b/g,
  /\bagee?s?\s+de\s+(\d{1,3})\s*ans?\b/g,
  /\b(\d{1,3})[\s-]*(?:years?|yrs?)[\s-]*old\b/g,
  /\baged\s+(\d{1,3})\b/g,
]

const TITLED =
  /(?:^|[\s(,;:])(?:M\.|Mr\.?|Mme|Mlle|Monsieur|Madame|Mrs\.?|Ms\.?|Miss)\s+((?:\p{Lu}[\p{L}'’-]+\s?){1,3})/gu

/** Whole years between a birth date and a day, both YYYY-MM-DD; undefined where the birth date is not known whole. */
export function ageAt(birthDate: string, day: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return undefined
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years
}

/**
 * What stands against signing these sections. An empty conclusion and open fields block; a side, a sex, an age or a name
 * that does not fit is asked about, since a text may have its reason. Nothing here reads more than it is given.
 */
export function checksOf(
  sections: Sections,
  against: CheckedAgainst,
  language: Language,
): SigningCheckView[] {
  const fr = language === 'fr'
  const checks: SigningCheckView[] = []
  const found = (
    code: CheckCode,
    blocks: boolean,
    sentence: readonly [fr: string, en: string],
    section?: keyof Sections,
  ) =>
    checks.push({
      code,
      blocks,
      sentence: sentence[fr ? 0 : 1],
      ...(section === undefined ? {} : { section }),
    })

  if (sections.conclusion.trim() === '')
    found('conclusion-empty', true, ['La conclusion est vide.', 'The conclusion is empty.'], 'conclusion')
  for (const section of SECTION_NAMES)
    for (const [field] of sections[section].matchAll(OPEN_FIELD))
      found(
        'field-open',
        true,
        [`Il reste à préciser : ${field}`, `Still to be filled in: ${field}`],
        section,
      )

  sideCheck(sections, against, found)

  const whole = folded(SECTION_NAMES.map(section => sections[section]).join('\n'))
  const { sex } = against.patient
  const odd = sex === 'M' ? OF_WOMEN.exec(whole) : sex === 'F' ? OF_MEN.exec(whole) : null
  if (odd !== null)
    found('sex', false, [
      `Le texte dit « ${odd[0]} » ; le patient est de sexe ${sex === 'M' ? 'masculin' : 'féminin'}.`,
      `The text says “${odd[0]}”; the patient is ${sex === 'M' ? 'male' : 'female'}.`,
    ])

  const age = ageAt(against.patient.birthDate, against.date)
  const saidAges = AGES.flatMap(pattern => [...whole.matchAll(pattern)].map(match => Number(match[1])))
  const wrong = age === undefined ? undefined : saidAges.find(one => Math.abs(one - age) > 1)
  if (wrong !== undefined)
    found('age', false, [
      `Le texte dit ${wrong} ans ; le patient en a ${age}.`,
      `The text says ${wrong} years; the patient is ${age}.`,
    ])

  const name = foreignName(sections, whole, against)
  if (name !== undefined)
    found('other-patient', false, [
      `Le texte nomme « ${name} », qui n’est pas le patient.`,
      `The text names “${name}”, who is not the patient.`,
    ])
  return checks
}

type Side = 'left' | 'right'
const SIDE_WORDS: Readonly<Record<Side, readonly [fr: string, en: string]>> = {
  left: ['gauche', 'left'],
  right: ['droit', 'right'],
}
const otherOf = (side: Side): Side => (side === 'left' ? 'right' : 'left')

/** The one side a text names; undefined where it names none, or both. */
function onlySide(text: string): Side | undefined {
  if (BOTH.test(text) || LEFT.test(text) === RIGHT.test(text)) return undefined
  return LEFT.test(text) ? 'left' : 'right'
}

function sideCheck(
  sections: Sections,
  { laterality, imageSides }: CheckedAgainst,
  found: (code: CheckCode, blocks: boolean, sentence: readonly [string, string]) => void,
): void {
  // The indication repeats the question: what is asked is not what is answered.
  const said = onlySide(folded([sections.technique, sections.results, sections.conclusion].join('\n')))
  const [shown, ...more] = imageSides
  const imaged: Side | undefined =
    shown === undefined || more.length > 0 ? undefined : shown === 'L' ? 'left' : 'right'
  if (laterality === 'left' || laterality === 'right') {
    const [fr, en] = SIDE_WORDS[laterality]
    const other = otherOf(laterality)
    if (said === other)
      found('laterality', false, [
        `La demande porte sur le côté ${fr} ; le texte ne nomme que l’autre.`,
        `The request is about the ${en} side; the text names only the other.`,
      ])
    if (imaged === other)
      found('laterality-images', false, [
        `La demande porte sur le côté ${fr} ; les images disent l’autre.`,
        `The request is about the ${en} side; the images say the other.`,
      ])
  } else if (imaged !== undefined && said === otherOf(imaged)) {
    const [fr, en] = SIDE_WORDS[imaged]
    found('laterality-images', false, [
      `Les images sont du côté ${fr} ; le texte ne nomme que l’autre.`,
      `The images are of the ${en} side; the text names only the other.`,
    ])
  }
  const [seen, concluded] = [onlySide(folded(sections.results)), onlySide(folded(sections.conclusion))]
  if (seen !== undefined && concluded === otherOf(seen))
    found('laterality-within', false, [
      `Les résultats ne nomment que le côté ${SIDE_WORDS[seen][0]}, la conclusion que l’autre.`,
      `The findings name only the ${SIDE_WORDS[seen][1]} side, the conclusion only the other.`,
    ])
}

/** A person the text names who is neither the patient nor anybody of the act. */
function foreignName(sections: Sections, whole: string, against: CheckedAgainst): string | undefined {
  const { patient, persons, others } = against
  const own = new Set(
    [patient.family, patient.given, patient.birthName ?? '', ...persons].flatMap(name =>
      folded(name)
        .split(/[^a-z0-9]+/)
        .filter(word => word.length > 1),
    ),
  )
  for (const section of SECTION_NAMES)
    for (const [, name = ''] of sections[section].matchAll(TITLED)) {
      const words = folded(name)
        .split(/[^a-z0-9]+/)
        .filter(word => word.length > 1)
      if (words.length > 0 && !words.some(word => own.has(word))) return name.trim()
    }
  for (const { family, given } of others) {
    const [last, first] = [folded(family).trim(), folded(given).trim()]
    if (last.length < 2 || first.length < 2 || (own.has(last) && own.has(first))) continue
    if (whole.includes(`${last} ${first}`) || whole.includes(`${first} ${last}`)) return `${family} ${given}`
  }
  return undefined
}
