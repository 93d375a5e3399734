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
