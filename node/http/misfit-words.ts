import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What schemas say in English of a value of ours, as a French screen says it. */
const FRENCH: Readonly<Record<string, string>> = {
  'a telephone number': 'Un numéro de téléphone : chiffres, espaces, points.',
  'lower-case letters, digits and hyphens, at most 63': 'Minuscules, chiffres et tirets, 63 au plus.',
  'a time zone of the IANA data base, such as Europe/Paris': 'Un fuseau horaire, comme Europe/Paris.',
  'HH:MM, 00:00 to 23:59': 'Une heure, de 00:00 à 23:59.',
  'letters, digits, spaces': 'Lettres, chiffres et espaces.',
}

/** What the library of schemas says where a schema of ours does not say it itself. */
const NOTHING = /^Invalid input: expected \w+, received undefined$/
const NOT_OURS = /^Too (big|small): /

/** Why a value does not fit, for a person; what a schema says in its own words stays so in English. */
export function misfitWords(issue: Issue, language: 'fr' | 'en'): string {
  if (language === 'en') return inEnglish(issue)
  const known = FRENCH[issue.message]
  if (known !== undefined) return known
  if (issue.code === 'too_small')
    return issue.origin === 'string' || issue.origin === 'array'
      ? issue.minimum === 1
        ? 'Ceci est nécessaire.'
        : issue.origin === 'string'
          ? `${issue.minimum} caractères au moins.`
          : `Il en faut au moins ${issue.minimum}.`
      : `Au moins ${issue.minimum}.`
  if (issue.code === 'too_big')
    return issue.origin === 'string' ? `${issue.maximum} caractères au plus.` : `${issue.maximum} au plus.`
  if (NOTHING.test(issue.message)) return 'Ceci est nécessaire.'
  return 'Cette valeur ne convient pas.'
}

function inEnglish(issue: Issue): string {
  if (NOTHING.test(issue.message)) return 'This is needed.'
  if (!NOT_OURS.test(issue.message) || !('origin' in issue)) return issue.message
  const characters = issue.origin === 'string' ? ' characters' : ''
  if (issue.code === 'too_big') return `At most ${issue.maximum}${characters}.`
  if (issue.code !== 'too_small') return issue.message
  const counted = issue.origin === 'string' || issue.origin === 'array'
  return counted && issue.minimum === 1 ? 'This is needed.' : `At least ${issue.minimum}${characters}.`
}
