import { catalogue } from './catalogue.js'

/** How long discs are kept, how much of them fits, and their certificate as a paper. */
export const keeping = catalogue({
  fr: {
    'up.quota':
      'Les disques de votre site occupent {used} sur les {quota} permis : celui-ci ({size}) n’y tient plus. Rien n’a été envoyé.',
    'up.quota.do':
      'Décidez ou oubliez des disques de la liste, puis reprenez ; ceux qui sont terminés laissent leur place à la date indiquée. Sinon, l’exploitant peut élever le quota du site.',
    'kept.undecided': 'oublié si personne ne décide avant {time}',
    'kept.done': 'disque d’origine gardé jusqu’au {time}',
    'abandoned.text':
      'Personne n’a décidé à temps : ce qui en était arrivé a été effacé, rien n’en a été pris. Apportez-le à nouveau.',
    'cert.pdf': 'PDF',
    'cert.final': 'Version {n, number} définitive, {time}, au journal sous l’empreinte',
  },
  en: {
    'up.quota':
      'Your site’s discs take {used} of the {quota} allowed: this one ({size}) does not fit any more. Nothing was sent.',
    'up.quota.do':
      'Decide on or forget discs of the list, then go on; those that are done leave their room on the day shown. Otherwise the operator can raise the site’s quota.',
    'kept.undecided': 'forgotten if nobody decides before {time}',
    'kept.done': 'original disc kept until {time}',
    'abandoned.text':
      'Nobody decided in time: what had come of it was removed, nothing was taken. Bring it again.',
    'cert.pdf': 'PDF',
    'cert.final': 'Final version {n, number}, {time}, in the journal under the digest',
  },
})
