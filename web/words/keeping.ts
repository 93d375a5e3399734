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
    'taken.sum':
      '{n, plural, =0 {Aucune image} one {# image} other {# images}}{papers, plural, =0 {} one { et # document} other { et # documents}}',
    'sending.failed': 'envoi en échec',
    'sending.failed.to': 'tout n’est pas arrivé à {peers} : à renvoyer ou à abandonner',
    'sending.failed.text': 'Tout n’y est pas arrivé : à renvoyer ou à abandonner dans',
    'sending.failed.see': 'Transferts',
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
    'taken.sum':
      '{n, plural, =0 {No image} one {# image} other {# images}}{papers, plural, =0 {} one { and # document} other { and # documents}}',
    'sending.failed': 'sending failed',
    'sending.failed.to': 'not all of it arrived at {peers}: to be sent again or given up',
    'sending.failed.text': 'Not all of it arrived there: send it again or give it up in',
    'sending.failed.see': 'Transfers',
    'cert.pdf': 'PDF',
    'cert.final': 'Final version {n, number}, {time}, in the journal under the digest',
  },
})
