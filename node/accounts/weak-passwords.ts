import { dictionary } from '@zxcvbn-ts/language-common'

/** The 49,000 commonest of the passwords that were stolen anywhere, in lower case. */
const STOLEN: ReadonlySet<string> = new Set(dictionary['passwords-common'])

/**
 * What the list has in common, for a node without internet. Of twelve characters and more, nearly all are one word
 * everybody thinks of with figures or signs around it, a row of keys, or something short said again; here also in
 * French and of this trade. The operator's own list (`breached.ts`) knows the rest.
 */
const WORDS = `
  password passwort passw motdepasse motdepass mdp secret secrete administrator administrateur admin root user
  utilisateur guest invite welcome bienvenue bonjour bonsoir hello login letmein changeme changezmoi default
  azerty azertyuiop qsdfghjklm wxcvbn qwerty qwertyuiop qwertz asdfghjkl zxcvbnm qazwsx qazwsxedc aqwzsx
  iloveyou jetaime jetaimetoi doudou loulou chouchou princess princesse sunshine soleil football baseball monkey
  dragon superman batman starwars pokemon computer ordinateur internet michael nicolas marseille paris france
  trustno whatever freedom liberte master shadow jesus google facebook samsung liverpool chelsea hopital hospital
  clinique radiologie radiology radiologue medecin docteur doctor sante health imagerie scanner pacs dicom relais
  test testtest temporary temporaire nopassword sanspassword mypassword monmotdepasse lemotdepasse thisispassword
`
  .trim()
  .split(/\s+/)

/** A shorter piece before figures says nothing: `kj7` begins many a good one. */
const WORD_MIN_CHARS = 5

const COMMON: ReadonlySet<string> = new Set(WORDS)
/** Rows of keys, in the order fingers go; read in both directions. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'azertyuiopqsdfghjklmwxcvbn',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn',
  '1aqwxsz2edcvfr3tgbnhy',
]
const SUBSTITUTES: Readonly<Record<string, string>> = {
  '@': 'a',
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  $: 's',
  '7': 't',
  '!': 'i',
}

/** Why a password would be guessed among the first; null when it would not. */
export function weakness(
  password: string,
  person: { email: string; name: string } | null = null,
): 'common' | 'own-name' | null {
  const typed = plain(password)
  if (isRow(typed) || isRepeated(typed) || STOLEN.has(typed)) return 'common'
  // What stands behind the word (1234, !) are signs; inside it they stand for letters.
  const word = typed.replace(/[^a-z]+$/, '')
  if (word.length >= WORD_MIN_CHARS && STOLEN.has(word)) return 'common'
  for (const reading of [typed, spelled(typed), spelled(word)]) {
    const letters = reading.replace(/[^a-z]/g, '')
    if (isCommon(letters)) return 'common'
    if (person !== null && isOwn(letters, person)) return 'own-name'
  }
  return null
}

/** With the letters that figures and signs stand for. */
function spelled(text: string): string {
  return [...text].map(one => SUBSTITUTES[one] ?? one).join('')
}

/** Without case and accents. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** One of the words, also said more than once. */
function isCommon(letters: string): boolean {
  return COMMON.has(letters) || COMMON.has(period(letters)) || (letters.length >= 6 && isRow(letters))
}

/** Nothing but what everybody who knows the address knows too. */
function isOwn(letters: string, { email, name }: { email: string; name: string }): boolean {
  const known = [email, name]
    .flatMap(text => plain(text).split(/[^a-z]+/))
    .filter(part => part.length >= 3)
    .sort((a, b) => b.length - a.length)
  if (known.length === 0) return false
  let rest = letters
  for (const part of known) rest = rest.replaceAll(part, '')
  return rest.length < letters.length && rest.length < 4
}

/** Three characters or fewer said over and over, figures alone included. */
function isRepeated(text: string): boolean {
  return period(text).length <= Math.min(4, text.length / 2)
}

function isRow(text: string): boolean {
  const backwards = [...text].reverse().join('')
  const rounds = Math.ceil(text.length / 20) + 1
  return ROWS.some(row => {
    const long = row.repeat(rounds)
    return long.includes(text) || long.includes(backwards)
  })
}

/** The shortest beginning whose repetition gives the text (the last one may be cut). */
function period(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    const part = text.slice(0, length)
    if (part.repeat(Math.ceil(text.length / length)).startsWith(text)) return part
  }
  return text
}
