/** Why a group or a reader is asked, or is not: a code and its values, put into words by {@link explain}. */
export interface Reason {
  code: keyof typeof SENTENCES
  contract?: string
  /** A reading group. */
  site?: string
  value?: string
  /** The name of one who is not asked. */
  reader?: string
}

interface Said {
  group: string
  value: string
  reader: string
}
type Sentence = (said: Said) => [fr: string, en: string]

const SENTENCES = {
  // Of a group.
  'contract-covers': ({ group }) => [
    `${group} : la convention couvre cette demande.`,
    `${group}: the contract covers this request.`,
  ],
  'named-by-requester': ({ group }) => [
    `${group} a été choisi par le demandeur.`,
    `${group} was named by the requester.`,
  ],
  'no-contract': ({ group }) =>
    group === ''
      ? ['Aucune convention avec un groupe de lecture.', 'No contract with any reading group.']
      : [`Aucune convention avec ${group}.`, `No contract with ${group}.`],
  'modality-not-covered': ({ group, value }) => [
    `${group} : la convention ne couvre pas la modalité ${value}.`,
    `${group}: the contract does not cover the modality ${value}.`,
  ],
  'kind-not-covered': ({ group }) => [
    `${group} : la convention ne couvre pas ce type de demande.`,
    `${group}: the contract does not cover this kind of request.`,
  ],
  'urgency-not-covered': ({ group }) => [
    `${group} : la convention ne couvre pas ce degré d’urgence.`,
    `${group}: the contract does not cover this urgency.`,
  ],
  'region-not-covered': ({ group, value }) => [
    `${group} : la convention ne couvre pas la région « ${value} ».`,
    `${group}: the contract does not cover the region “${value}”.`,
  ],
  'not-started': ({ group }) => [
    `${group} : la convention est prête mais n’a pas commencé.`,
    `${group}: the contract is prepared and has not begun.`,
  ],
  'begins-later': ({ group, value }) => [
    `${group} : la convention commence le ${day(value, 'fr')}.`,
    `${group}: the contract begins on ${day(value, 'en')}.`,
  ],
  ended: ({ group, value }) => [
    `${group} : la convention a pris fin le ${day(value, 'fr')}.`,
    `${group}: the contract ended on ${day(value, 'en')}.`,
  ],
  'outside-hours': ({ group, value }) =>
    value === ''
      ? [`${group} : en dehors des heures de la convention.`, `${group}: outside the hours of the contract.`]
      : [
          `${group} : en dehors des heures de la convention, qui reprennent ${moment(value, 'fr')}.`,
          `${group}: outside the hours of the contract, which begin again ${moment(value, 'en')}.`,
        ],
  'no-reader': ({ group }) => [`${group} n’a aucun radiologue actif.`, `${group} has no active radiologist.`],
  'no-language': ({ group, value }) => [
    `${group} n’a aucun radiologue qui écrive la langue de la convention (${value}).`,
    `${group} has no radiologist who writes the language of the contract (${value}).`,
  ],
  'no-competence': ({ group, value }) => [
    `${group} n’a aucun radiologue de la compétence « ${value} ».`,
    `${group} has no radiologist with the competence “${value}”.`,
  ],
  'everybody-absent': ({ group }) => [
    `${group} : tous les radiologues sont absents.`,
    `${group}: every radiologist is absent.`,
  ],
  'not-named': ({ group }) => [
    `${group} n’est pas le groupe demandé.`,
    `${group} is not the group that was asked.`,
  ],
  'several-groups': ({ value }) => [
    `${value} groupes conviennent : un régulateur choisit.`,
    `${value} groups fit: a coordinator chooses.`,
  ],
  'chosen-on-duty': ({ group }) => [
    `${group} a quelqu’un de garde en ce moment.`,
    `${group} has somebody on duty now.`,
  ],
  'chosen-local': ({ group }) => [
    `${group} est du même groupement d’établissements.`,
    `${group} is of the same group of sites.`,
  ],
  'chosen-load': ({ group, value }) => [
    `${group} a le moins de demandes en cours (${value} par radiologue).`,
    `${group} has the fewest requests in hand (${value} a radiologist).`,
  ],
  // Of the readers: what a row says of one does not name them.
  'no-roster': ({ group }) => [
    `${group} n’a pas de planning : tous ses radiologues sont prévenus.`,
    `${group} has no roster: all its radiologists are told.`,
  ],
  'nobody-on-duty': ({ group }) => [
    `${group} : personne n’est de garde, tous les radiologues sont prévenus.`,
    `${group}: nobody is on duty, all radiologists are told.`,
  ],
  'on-site': ({ value }) => [`En vacation jusqu’à ${hour(value)}.`, `On shift until ${hour(value)}.`],
  'on-call': ({ value }) => [`D’astreinte jusqu’à ${hour(value)}.`, `On call until ${hour(value)}.`],
  'second-line': ({ value }) => [
    `En deuxième ligne jusqu’à ${hour(value)}.`,
    `Second line until ${hour(value)}.`,
  ],
  'next-duty': ({ value }) => [
    `Prochaine vacation ${moment(value, 'fr')}.`,
    `Next shift ${moment(value, 'en')}.`,
  ],
  'off-duty': () => ['Pas de garde : en dernier.', 'Not on duty: last.'],
  away: () => ['Momentanément absent : après les autres.', 'Away for now: after the others.'],
  absent: ({ reader }) => [`${reader} est absent.`, `${reader} is absent.`],
  'not-competent': ({ reader, value }) => [
    `${reader} n’a pas la compétence « ${value} ».`,
    `${reader} does not have the competence “${value}”.`,
  ],
  'nobody-competent': ({ group, value }) => [
    `${group} : personne n’a la compétence « ${value} », l’urgence passe avant.`,
    `${group}: nobody has the competence “${value}”, the emergency comes first.`,
  ],
  'other-language': ({ reader, value }) => [
    `${reader} n’écrit pas en ${value}.`,
    `${reader} does not write in ${value}.`,
  ],
  // Of an offer, wave by wave.
  named: () => ['Choisi par le régulateur.', 'Named by the coordinator.'],
  'had-it': () => ['L’avait en charge : sollicité après les autres.', 'Had it: asked after the others.'],
  'nobody-claimed': ({ value }) => [
    `Personne n’a répondu jusqu’à la vague ${value}.`,
    `Nobody answered up to wave ${value}.`,
  ],
  load: ({ value }) =>
    value === '0'
      ? ['Aucune demande en cours.', 'No request in hand.']
      : value === '1'
        ? ['Une demande en cours.', 'One request in hand.']
        : [`${value} demandes en cours.`, `${value} requests in hand.`],
} satisfies Record<string, Sentence>

/** A reason as a sentence. `nameOf` gives a site's name. */
export function explain(reason: Reason, language: 'fr' | 'en', nameOf: (site: string) => string): string {
  const sentence: Sentence = SENTENCES[reason.code]
  const said = sentence({
    group: reason.site === undefined ? '' : nameOf(reason.site),
    value: reason.value ?? '',
    reader: reason.reader ?? '',
  })
  return said[language === 'fr' ? 0 : 1]
}

/** Values that are times stand as the wall of the reading group said them: `YYYY-MM-DD HH:MM`. */
function hour(value: string): string {
  return value.slice(11)
}

function day(value: string, language: 'fr' | 'en'): string {
  const [year, month, date] = value.slice(0, 10).split('-')
  return language === 'fr' ? `${date}/${month}/${year}` : `${year}-${month}-${date}`
}

function moment(value: string, language: 'fr' | 'en'): string {
  return language === 'fr'
    ? `le ${day(value, language)} à ${hour(value)}`
    : `on ${day(value, language)} at ${hour(value)}`
}
