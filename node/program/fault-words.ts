type Pair = readonly [english: RegExp, french: string]

/** What a check finds: the whole sentence, or its end after what it is about. Names, numbers and dates go over as they are. */
const WHOLE: readonly Pair[] = [
  // The chain.
  [/^entry (\d+) is missing \(the next one is (\d+)\)$/, 'l’inscription $1 manque (la suivante est la $2)'],
  [
    /^it does not follow the entry before it: that entry, or its place, was changed$/,
    'ne suit pas l’inscription précédente : celle-ci, ou sa place, a été modifiée',
  ],
  [/^its ids are not in canonical form$/, 'ses identifiants ne sont pas en forme canonique'],
  [
    /^its own digests do not fit its content: it has a number that is never written$/,
    'ses empreintes ne correspondent pas à son contenu : il porte un nombre qui ne s’écrit jamais',
  ],
  [/^its own digests do not fit its content$/, 'ses empreintes ne correspondent pas à son contenu'],
  [
    /^its body does not fit its commitments: the body or the salt was changed$/,
    'son contenu ne correspond pas à son engagement : le contenu ou le sel a été modifié',
  ],
  [
    /^its body is gone and no erasure is recorded$/,
    'son contenu n’est plus là, et aucun effacement n’est inscrit',
  ],
  [/^the index of its subjects was changed$/, 'l’index de ses objets a été modifié'],
  [/^a body without its entry \((\d+)\)$/, 'un contenu sans son inscription ($1)'],
  [
    /^its erasure names no entry that records it$/,
    'son effacement ne nomme aucune inscription qui en fasse foi',
  ],
  [/^an entry before the first$/, 'une inscription avant la première'],
  [/^an entry with a number that none is given$/, 'une inscription d’un numéro jamais attribué'],
  [
    /^a subtree \(level (\d+), number (\d+)\) is kept over entries that are not there$/,
    'un sous-arbre (niveau $1, numéro $2) porte sur des inscriptions qui ne sont pas là',
  ],
  [/^the key of checkpoints it records is gone$/, 'la clé des têtes signées qu’elle inscrit n’est plus là'],
  // Outside, and the closed volumes.
  [
    /^(.*) is no signed head of a journal: it was changed$/,
    '$1 n’est pas une tête signée : elle a été modifiée',
  ],
  [
    /^(.*) is of another journal: this one was made anew$/,
    '$1 est d’un autre journal : celui-ci a été refait à neuf',
  ],
  [
    /^the end was cut off: (.*) is a signed head over (\d+) entries, (\d+) are there$/,
    'la fin a été coupée : $1 est une tête signée sur $2 inscriptions, $3 sont là',
  ],
  [
    /^the journal was rebuilt: its first (\d+) entries are not those of (.*)$/,
    'le journal a été refait : ses $1 premières inscriptions ne sont pas celles de $2',
  ],
  [
    /^bodies are said to lie in the volume of (\d+), and entry (\d+) does not say so$/,
    'des contenus seraient dans le volume de $1, et l’inscription $2 ne le dit pas',
  ],
  [
    /^where the bodies of its year lie \((\d+) to (\d+)\) is noted otherwise$/,
    'l’endroit des contenus de son année ($1 à $2) est noté autrement',
  ],
  [
    /^that it closed the volume in which the bodies of its year lie is forgotten$/,
    'la fermeture du volume où sont les contenus de son année est oubliée',
  ],
  [
    /^The archive volume (\d+)\.sqlite, in which the bodies of entries (\d+) to (\d+) lie, is not there\. Bring it back from the backup\.$/,
    'le volume $1.sqlite de l’archive, où sont les contenus des inscriptions $2 à $3, n’est pas là : ramenez-le de la sauvegarde',
  ],
  [
    /^The archive volume (\d+)\.sqlite, in which the bodies of entries (\d+) to (\d+) lie, cannot be read: (.*)\. Bring it back from the backup\.$/,
    'le volume $1.sqlite de l’archive, où sont les contenus des inscriptions $2 à $3, ne se lit pas ($4) : ramenez-le de la sauvegarde',
  ],
  // The archive.
  [/^the sealed record it names is forgotten$/, 'le dossier scellé qu’elle nomme est oublié'],
  [/^the volume of (\d+) is noted otherwise$/, 'le volume de $1 est noté autrement'],
  [/^the volume of (\d+) is gone$/, 'le volume de $1 n’est plus là'],
  [
    /^the volume of (\d+) was changed after it was closed$/,
    'le volume de $1 a été modifié après sa fermeture',
  ],
  [/^the destruction it records is forgotten$/, 'la destruction qu’elle inscrit est oubliée'],
  // What stands in the database against what was recorded.
  [
    /^request (\S+) says "([\w-]+)", its steps lead to "([\w-]+)"$/,
    'la demande $1 dit « $2 », ses étapes mènent à « $3 »',
  ],
  [
    /^the steps of request (\S+) cannot have happened: (.*)$/,
    'les étapes de la demande $1 ne peuvent pas avoir eu lieu : $2',
  ],
  [
    /^the offers of request (\S+) are not those its steps lead to$/,
    'les propositions de la demande $1 ne sont pas celles où mènent ses étapes',
  ],
  [
    /^the images it names are not those that are stored now$/,
    'les images qu’elle nomme ne sont pas celles qui sont conservées',
  ],
  [
    /^the images it accepted are not those that are kept now$/,
    'les images qu’elle a acceptées ne sont pas celles qui sont conservées',
  ],
  [
    /^a corrected image is not the one that was accepted last$/,
    'une image corrigée n’est pas la dernière acceptée',
  ],
  [/^the report it says was signed is gone$/, 'le compte rendu dont elle dit la signature n’est plus là'],
  [/^the message it says was sent is gone$/, 'le message dont elle dit l’envoi n’est plus là'],
  [/^the attachment it says was sent is gone$/, 'la pièce jointe dont elle dit l’envoi n’est plus là'],
  [
    /^an attachment of (\S+) is not what was sent$/,
    'une pièce jointe de $1 n’est pas celle qui a été envoyée',
  ],
  [
    /^a recall of (\S+) says "([\w-]+)", its entries lead to "([\w-]+)"$/,
    'un rappel de $1 dit « $2 », ses inscriptions mènent à « $3 »',
  ],
  [/^the recall it says was opened is gone$/, 'le rappel dont elle dit l’ouverture n’est plus là'],
  [
    /^an alert of (\S+) says "([\w-]+)", its entries lead to "([\w-]+)"$/,
    'une alerte de $1 dit « $2 », ses inscriptions mènent à « $3 »',
  ],
  [
    /^an alert of (\S+) \(([\w-]+)\) is open, and "([\w-]+)" has ended it$/,
    'une alerte de $1 ($2) est ouverte, et « $3 » y a mis fin',
  ],
  [
    /^a call about (\S+) is not what was recorded of it$/,
    'un appel au sujet de $1 n’est pas ce qui en a été inscrit',
  ],
  [
    /^a critical finding of (\S+) is not what was recorded of it$/,
    'un résultat critique de $1 n’est pas ce qui en a été inscrit',
  ],
]

/** What a sentence is about, with an end of its own. */
const SUBJECTS: readonly Pair[] = [
  [/^the subtree over entries (\d+) to (\d+) /, 'le sous-arbre sur les inscriptions $1 à $2 '],
  [/^the key of checkpoints it records /, 'la clé des têtes signées qu’elle inscrit '],
  [/^the checkpoint over (\d+) entries /, 'la tête signée sur $1 inscriptions '],
  [
    /^part (\d+) of the record of (\S+) in the volume of (\d+) /,
    'la partie $1 du dossier de $2, dans le volume de $3, ',
  ],
  [/^certificate (\S+) of (\S+) /, 'le certificat $1 de $2 '],
  [/^a message about (\S+) /, 'un message au sujet de $1 '],
  [/^version (\d+) of the report of (\S+): /, 'la version $1 du compte rendu de $2 : '],
  [/^the report of (\S+): /, 'le compte rendu de $1 : '],
]

/** Said of any of them, whatever its gender. */
const ENDS: readonly Pair[] = [
  [/^is missing$/, 'manque'],
  [/^is gone$/, 'n’est plus là'],
  [/^was changed$/, 'ne se lit plus comme à l’origine'],
  [
    /^does not fit: it, or one of these entries, was changed$/,
    'ne correspond pas : lui, ou une de ces inscriptions, a été modifié',
  ],
  [/^stands in no entry$/, 'ne figure dans aucune inscription'],
  [/^is another than the one of the entry$/, 'n’est pas celle de l’inscription'],
  [/^follows one that is gone$/, 'en suit une qui n’est plus là'],
  [/^was not named by the key before it$/, 'n’a pas été nommée par la clé précédente'],
  [/^is signed with a key nobody recorded$/, 'porte la signature d’une clé qui n’est inscrite nulle part'],
  [/^was changed: its signature does not fit$/, 'a été modifiée : sa signature ne convient pas'],
  [
    /^covers entries that are not there: the end was cut off$/,
    'couvre des inscriptions qui ne sont pas là : la fin a été coupée',
  ],
  [
    /^says otherwise than that entry: the journal was rebuilt$/,
    'dit autre chose que cette inscription : le journal a été refait',
  ],
  [
    /^does not fit the entries before it: one of them was changed, or the journal was rebuilt$/,
    'ne correspond pas aux inscriptions qui la précèdent : l’une a été modifiée, ou le journal a été refait',
  ],
  [/^is noted otherwise than it was sealed$/, 'est notée autrement que scellée'],
  [
    /^waits for the next start, which undoes what was half written$/,
    'attend le prochain démarrage, qui défait ce qui n’est écrit qu’à moitié',
  ],
  [/^cannot be read: (.*)$/, 'ne se lit pas : $1'],
  [/^says otherwise than its entry$/, 'dit autre chose que son inscription'],
  [/^does not name the entries that were erased$/, 'ne nomme pas les inscriptions effacées'],
  [/^names another successor of the volume of (\d+)$/, 'nomme un autre successeur du volume de $1'],
  [/^says that the act was destroyed, and it is here$/, 'dit que l’acte est détruit, et il est là'],
  [/^left files behind$/, 'a laissé des fichiers'],
  [/^left something in the volume of (\d+)$/, 'a laissé quelque chose dans le volume de $1'],
  [/^is not marked as the journal says$/, 'n’est pas marqué comme le dit le journal'],
  [/^has another text than was sent$/, 'n’a pas le texte qui a été envoyé'],
  [/^has other attachments than were sent$/, 'n’a pas les pièces jointes qui ont été envoyées'],
  [/^the signed bytes do not fit their digest$/, 'les octets signés ne correspondent pas à leur empreinte'],
  [/^the signed bytes are those of another version$/, 'les octets signés sont ceux d’une autre version'],
  [
    /^no entry of the journal records this signature$/,
    'aucune inscription du journal ne porte cette signature',
  ],
  [/^the journal recorded another digest$/, 'le journal a inscrit une autre empreinte'],
  [/^the journal recorded another PDF$/, 'le journal a inscrit un autre PDF'],
  [/^the signature of the node is not over this$/, 'la signature du nœud ne porte pas là-dessus'],
  [/^a version is missing$/, 'il manque une version'],
  [/^it does not follow the version before$/, 'une version ne suit pas la précédente'],
  [/^a version that was signed is missing$/, 'il manque une version qui a été signée'],
  [/^it says "([\w-]+)", its versions lead to "([\w-]+)"$/, 'il dit « $1 », ses versions mènent à « $2 »'],
  [/^its versions cannot have happened: (.*)$/, 'ses versions ne peuvent pas avoir eu lieu : $1'],
]

const FILES = /^(study|report|conversation)( \S+)? of (\S+): (.*); the first is (\S+)$/
const OWNERS: Readonly<Record<string, string>> = {
  study: 'examen',
  report: 'compte rendu',
  conversation: 'conversation',
}
const COUNT = /^(\d+) files? (?:is|are) (missing|truncated|altered|unreadable)$/
const TROUBLES: Readonly<Record<string, string>> = {
  missing: 'manquant',
  truncated: 'tronqué',
  altered: 'altéré',
  unreadable: 'illisible',
}

/** The French of what a check found; undefined where nobody wrote it. */
export function faultInFrench(what: string): string | undefined {
  const whole = said(WHOLE, what)
  if (whole !== undefined) return whole
  for (const [english, french] of SUBJECTS) {
    const subject = english.exec(what)?.[0]
    const end = subject === undefined ? undefined : said(ENDS, what.slice(subject.length))
    if (subject !== undefined && end !== undefined) return subject.replace(english, french) + end
  }
  return filesInFrench(what)
}

function said(pairs: readonly Pair[], what: string): string | undefined {
  const pair = pairs.find(([english]) => english.test(what))
  return pair === undefined ? undefined : what.replace(...pair)
}

/** Whose files are not what they were, and how many of them. */
function filesInFrench(what: string): string | undefined {
  const [, owner = '', uid = '', of, counts = '', first] = FILES.exec(what) ?? []
  const words = counts.split(', ').map(count => {
    const [, n, trouble = ''] = COUNT.exec(count) ?? []
    const many = Number(n) > 1 ? 's' : ''
    return n === undefined ? undefined : `${n} fichier${many} ${TROUBLES[trouble]}${many}`
  })
  return words.includes(undefined)
    ? undefined
    : `${OWNERS[owner]}${uid} de ${of} : ${words.join(', ')} ; le premier est ${first}`
}
