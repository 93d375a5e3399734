import { catalogue } from './catalogue.js'

/** The people of a disc: decided on one after the other, left, and a reconciliation taken back. */
export const importPeople = catalogue({
  fr: {
    'people.title': 'Ce disque montre plusieurs personnes',
    'people.text':
      'Décidez pour chacune, l’une après l’autre ; ce qui n’est pas pour l’hôpital peut ne pas être pris.',
    'people.list': 'Personnes du disque',
    'people.left': '{n, plural, one {# personne reste à décider} other {# personnes restent à décider}}',
    'person.state.to-decide': 'à décider',
    'person.state.taking': 'import en cours',
    'person.state.sending': 'pris, à confirmer',
    'person.state.done': 'terminé',
    'person.state.not-taken': 'non pris',
    'person.state.failed': 'échec',
    'person.state.entered-in-error': 'retiré : importé par erreur',
    'person.studies': '{n, plural, one {# examen} other {# examens}}',
    'person.again': 'Décider à nouveau',
    'leave.act': 'Ne pas prendre…',
    'leave.title': 'Ne rien prendre de cette personne ?',
    'leave.text':
      'Aucune image de {who} ne sera prise de ce disque. On peut encore changer d’avis tant que le disque est gardé.',
    'leave.reason': 'Pourquoi ?',
    'leave.hint': 'Inscrit au journal et au certificat, avec votre nom.',
    'leave.go': 'Ne pas prendre',
    'leave.keep': 'Revenir',
    'leave.said': 'Rien n’est pris de cette personne',
    'left.text': 'Non pris par {by}, {time} : {reason}',
    'withdraw.act': 'Annuler ce rapprochement…',
    'withdraw.title': 'Annuler ce rapprochement ?',
    'withdraw.text':
      'Les images prises pour {who} sont retirées de Relais : ni montrées, ni listées, ni envoyées. Les originaux et les preuves restent, et le disque peut être décidé à nouveau aussitôt.',
    'withdraw.to.sent':
      'Un avis de retrait part vers {peer} ({n, plural, one {# objet y est} other {# objets y sont}}). S’il ne le prend pas, il restera à les y retirer à la main.',
    'withdraw.to.queued': 'Rien n’est encore arrivé à {peer} : ce qui attend ne part plus.',
    'withdraw.to.none':
      'Ce disque n’a rien envoyé ailleurs ; tout PACS qui aurait pris ces images ici en est averti aussi.',
    'withdraw.reason': 'Pourquoi ?',
    'withdraw.hint': 'Part avec l’avis de retrait, et reste au journal avec votre nom.',
    'withdraw.go': 'Retirer partout',
    'withdraw.keep': 'Garder le rapprochement',
    'withdraw.said': 'Rapprochement annulé',
    'withdrawn.title': 'Rapprochement annulé',
    'withdrawn.line':
      '{n, plural, =0 {Aucune image} one {# image} other {# images}}{papers, plural, =0 {} one { et # document} other { et # documents}}, retrait par {by}, {time}',
    'withdrawn.was': 'Avait été pris pour {who} par {by}',
    'withdrawn.to': 'Rappel',
    'withdrawn.nowhere': 'Aucun PACS n’avait ces images.',
    'withdrawn.again':
      'Repris du même disque, les images portent de nouveaux UID : l’avis de retrait ne frappe pas celles qui sont justes.',
    'withdrawn.bring':
      'Le disque n’est plus gardé ici : apportez-le à nouveau pour décider de qui il s’agit.',
    'today.label': 'L’examen de la demande est-il sur ce disque ?',
    'today.none': 'Non : ce sont des examens antérieurs',
    'today.hint':
      'Le numéro d’examen n’est écrit que dans celui-là. Les autres gardent le leur et se montrent comme antérieurs.',
    'today.is': 'examen du jour',
    'today.prior': 'antérieur',
  },
  en: {
    'people.title': 'This disc shows several people',
    'people.text': 'Decide for each, one after the other; what is not for the hospital need not be taken.',
    'people.list': 'People on the disc',
    'people.left': '{n, plural, one {# person is} other {# people are}} left to decide',
    'person.state.to-decide': 'to decide',
    'person.state.taking': 'being imported',
    'person.state.sending': 'taken, to be confirmed',
    'person.state.done': 'done',
    'person.state.not-taken': 'not taken',
    'person.state.failed': 'failed',
    'person.state.entered-in-error': 'withdrawn: imported in error',
    'person.studies': '{n, plural, one {# study} other {# studies}}',
    'person.again': 'Decide again',
    'leave.act': 'Do not take…',
    'leave.title': 'Take nothing of this person?',
    'leave.text':
      'No image of {who} will be taken from this disc. You can change your mind as long as the disc is kept.',
    'leave.reason': 'Why?',
    'leave.hint': 'Goes into the journal and onto the certificate, with your name.',
    'leave.go': 'Do not take',
    'leave.keep': 'Go back',
    'leave.said': 'Nothing of this person is taken',
    'left.text': 'Not taken by {by}, {time}: {reason}',
    'withdraw.act': 'Undo this reconciliation…',
    'withdraw.title': 'Undo this reconciliation?',
    'withdraw.text':
      'The images taken for {who} are withdrawn from Relais: not shown, listed or sent. The originals and the evidence stay, and the disc can be decided again at once.',
    'withdraw.to.sent':
      'A rejection note goes to {peer} ({n, plural, one {# object is} other {# objects are}} there). Should it not take the note, they are left to be withdrawn there by hand.',
    'withdraw.to.queued': 'Nothing has arrived at {peer} yet: what waits is not sent.',
    'withdraw.to.none': 'This disc sent nothing on; any PACS that fetched these images here is told too.',
    'withdraw.reason': 'Why?',
    'withdraw.hint': 'Goes with the rejection note, and stays in the journal with your name.',
    'withdraw.go': 'Withdraw everywhere',
    'withdraw.keep': 'Keep the reconciliation',
    'withdraw.said': 'Reconciliation undone',
    'withdrawn.title': 'Reconciliation undone',
    'withdrawn.line':
      '{n, plural, =0 {No image} one {# image} other {# images}}{papers, plural, =0 {} one { and # document} other { and # documents}} withdrawn by {by}, {time}',
    'withdrawn.was': 'Had been taken for {who} by {by}',
    'withdrawn.to': 'Recall',
    'withdrawn.nowhere': 'No PACS had these images.',
    'withdrawn.again':
      'Taken again from the same disc, the images have new UIDs: the rejection note does not strike the right ones.',
    'withdrawn.bring': 'The disc is not kept here any more: bring it again to decide who it is.',
    'today.label': 'Is the exam of the request on this disc?',
    'today.none': 'No: these are earlier studies',
    'today.hint':
      'The accession number is written into that one only. The others keep their own and show as earlier ones.',
    'today.is': 'today’s exam',
    'today.prior': 'earlier',
  },
})
