/** What a check looks at, in French; its own name is the English. */
const FRENCH: Readonly<Record<string, string>> = {
  'sequence, digests and order of every entry': 'la suite, les empreintes et l’ordre de chaque inscription',
  'commitments to every body': 'l’engagement sur chaque contenu',
  'the Merkle tree over all entries (RFC 9162)': 'l’arbre de Merkle sur toutes les inscriptions (RFC 9162)',
  'the state of every request against its recorded steps':
    'l’état de chaque demande, d’après ses étapes inscrites',
  'the offers of every request against its recorded steps':
    'les propositions de chaque demande, d’après ses étapes inscrites',
  'the images of every received study against the digest written when they came':
    'les images de chaque examen reçu, d’après l’empreinte inscrite à leur arrivée',
  'every corrected image against the decision that accepted it':
    'chaque image corrigée, d’après la décision qui l’a acceptée',
  'every signed report against the entry written when it was signed':
    'chaque compte rendu signé, d’après l’inscription de sa signature',
  'the state of every report against its signed versions':
    'l’état de chaque compte rendu, d’après ses versions signées',
  'every message of the conversations against the entry written when it was sent':
    'chaque message des conversations, d’après l’inscription de son envoi',
  'every attachment of the requests against the entry written when it came':
    'chaque pièce jointe des demandes, d’après l’inscription de son arrivée',
  'the state of every alert and call against its recorded steps':
    'l’état de chaque alerte et appel, d’après ses étapes inscrites',
  'every critical finding against its recorded steps':
    'chaque résultat critique, d’après ses étapes inscrites',
  'the state of every recall against its recorded steps':
    'l’état de chaque rappel, d’après ses étapes inscrites',
  'every sealed record and closed volume of the archive against the entries that seal them':
    'chaque dossier scellé et chaque volume clos de l’archive, d’après les inscriptions qui les scellent',
  'every destruction against its certificate': 'chaque destruction, d’après son certificat',
  'every stored file against the digest it was acknowledged under':
    'chaque fichier conservé, d’après l’empreinte sous laquelle il a été accepté',
}

const SIGNED = /^(\d+) signed checkpoints? and the keys that signed them$/

/** The French of what a check says it looked at; undefined where nobody wrote it. */
export function inFrench(checked: string): string | undefined {
  const heads = SIGNED.exec(checked)?.[1]
  if (heads !== undefined)
    return `${heads} ${Number(heads) > 1 ? 'têtes signées' : 'tête signée'} et les clés qui ont signé`
  return FRENCH[checked]
}

/** What no check can see, as it is said where no head was kept outside. */
export const LIMITS = {
  en: 'Without a witness outside this machine, entries cut off at the end, or a chain rebuilt whole by somebody with full access, cannot be seen. Keep the head of this check elsewhere and compare it.',
  fr: 'Sans témoin hors de cette machine, rien ne dit si la fin a été coupée, ni si quelqu’un qui a tous les accès a refait toute la chaîne. Gardez ailleurs la tête de cette vérification, et comparez-la.',
} as const

const COMPARED =
  /Compared with (\d+) signed heads kept outside, the newest over (\d+) entries\. What was cut off behind those entries, or changed there with all keys at hand, cannot be seen\./

/** The limits of a check in French; what an older data folder lacks keeps its English. */
export function limitsInFrench(limits: string): string {
  return limits
    .replace(LIMITS.en, LIMITS.fr)
    .replace(
      COMPARED,
      'Comparé à $1 têtes signées gardées ailleurs, la plus récente sur $2 inscriptions. Ce qui a été coupé après elles, ou changé après elles avec toutes les clés, ne se voit pas.',
    )
}
