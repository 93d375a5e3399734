import { catalogue } from './catalogue.js'

export const mailbox = catalogue({
  fr: {
    title: 'Courrier de démonstration',
    intro: 'Dans la démonstration, aucun courriel ne part : le nœud les garde ici pour qu’on les lise.',
    list: 'Courriels, le plus récent d’abord',
    letter: 'Courriel',
    to: 'À {to}',
    view: 'Affichage',
    'view.html': 'Mis en forme',
    'view.text': 'Texte seul',
    frame: 'Courriel « {subject} »',
    'empty.title': 'Aucun courriel',
    'empty.text':
      'Les avis apparaissent ici dès qu’une demande est proposée ou qu’un compte rendu est signé.',
    'absent.title': 'Pas de courrier gardé ici',
    'absent.text': 'Ce nœud envoie réellement ses courriels ; seule la démonstration les garde.',
    choose: 'Choisissez un courriel à lire.',
    more: 'Plus anciens',
  },
  en: {
    title: 'Demonstration mail',
    intro: 'In the demonstration no email leaves: the node keeps them here to be read.',
    list: 'Emails, newest first',
    letter: 'Email',
    to: 'To {to}',
    view: 'View',
    'view.html': 'Formatted',
    'view.text': 'Text only',
    frame: 'Email “{subject}”',
    'empty.title': 'No email',
    'empty.text': 'Notices appear here as soon as a request is offered or a report is signed.',
    'absent.title': 'No mail kept here',
    'absent.text': 'This node really sends its emails; only the demonstration keeps them.',
    choose: 'Choose an email to read.',
    more: 'Older',
  },
})
