import type { Language } from '../accounts/view.js'
import type { ImportWhy } from './view.js'

type Says = (why: ImportWhy) => readonly [fr: string, en: string]

/** Without a number where several files are told of at once. */
const other = (file: number | undefined) =>
  file === undefined ? ['un autre fichier', 'another file'] : [`le fichier ${file}`, `file ${file}`]
const byte = ({ at }: ImportWhy) =>
  at === undefined || at < 0 ? ['', ''] : [` à l’octet ${at}`, ` at byte ${at}`]

/** For the certificate and the command line; the screens have their own catalogue. */
const SAYS: Record<ImportWhy['code'], Says> = {
  ends: why =>
    why.at === undefined || why.at < 0
      ? ['le fichier s’arrête avant sa fin', 'the file ends before its end']
      : [`le fichier s’arrête${byte(why)[0]}`, `the file ends${byte(why)[1]}`],
  damaged: why => [`abîmé${byte(why)[0]}`, `damaged${byte(why)[1]}`],
  'too-much': why => [`plus que ce qui est lu${byte(why)[0]}`, `more than is read${byte(why)[1]}`],
  'too-large': () => ['plus grand que permis', 'larger than allowed'],
  encrypted: () => ['chiffré dans l’archive', 'encrypted inside the archive'],
  compression: ({ method }) => {
    const [fr, en] = method === undefined ? ['', ''] : [` (méthode ${method})`, ` (method ${method})`]
    return [`compressé d’une façon inconnue${fr}`, `compressed in an unknown way${en}`]
  },
  interleaved: () => ['ses parties sont entrelacées avec d’autres', 'its parts are interleaved with others'],
  link: () => ['c’est un lien, qui n’est pas suivi', 'a link, which is not followed'],
  special: () => ['ce n’est pas un fichier ordinaire', 'no ordinary file'],
  'listed-missing': () => [
    'le sommaire l’annonce, et il n’est pas sur le disque',
    'the directory lists it, and it is not on the disc',
  ],
  'same-object': ({ file }) => [
    `le même objet que ${other(file)[0]}`,
    `the same object as ${other(file)[1]}`,
  ],
  'same-uid': ({ file }) => [
    `même identifiant que ${other(file)[0]}, autre contenu`,
    `the UID of ${other(file)[1]} with other content`,
  ],
  'other-names': ({ named, rest }) =>
    named === undefined || rest === undefined
      ? ['porte un autre nom que le reste de son examen', 'bears another name than the rest of its study']
      : [
          `porte le nom ${named}, le reste de son examen ${rest}`,
          `bears the name ${named}, the rest of its study ${rest}`,
        ],
  'noted-on-disc': ({ file }) => [
    `retiré par l’avis dans ${other(file)[0]}`,
    `withdrawn by the note in ${other(file)[1]}`,
  ],
  notes: ({ count }) => [
    `avis qui retire ${count ?? 'des'} objets : ni eux ni lui ne sont pris`,
    `a note that withdraws ${count ?? 'some'} objects: neither they nor it are taken`,
  ],
  'withdrawn-here': () => ['retiré ici par un avis', 'withdrawn here by a note'],
  'same-here': () => ['le même objet est déjà ici', 'the same object is here already'],
  'other-here': () => [
    'un autre objet de cet identifiant est déjà ici',
    'another object with this UID is here already',
  ],
  beside: () => [
    'un autre objet de cet identifiant est déjà ici : les deux sont comparés',
    'another object with this UID is here already: both are compared',
  ],
  changed: () => ['le fichier a changé depuis sa lecture', 'the file changed since it was read'],
  'no-image': () => ['il n’y a dessus aucune image lisible', 'there is no image on it that can be read'],
  undecided: () => ['personne n’a décidé à temps', 'nobody decided in time'],
  storage: () => ['le disque du nœud est plein', 'the node’s disk is full'],
  other: ({ detail = '' }) => [detail, detail],
}

/** A reason in the reader's language; where it has no code, as the node said it. */
export function whyWords(why: ImportWhy | undefined, reason: string, language: Language): string {
  if (why === undefined) return reason
  return SAYS[why.code](why)[language === 'fr' ? 0 : 1] || reason
}
