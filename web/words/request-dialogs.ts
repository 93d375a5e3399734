import { catalogue } from './catalogue.js'

/** What is asked before an event of a request is sent. */
export const requestDialogWords = catalogue({
  fr: {
    'dialog.reason': 'Raison',
    'dialog.refuse.reason': 'Raison médicale',
    'dialog.refuse.hint': 'Le demandeur la lira telle quelle.',
    'dialog.alternative': 'Alternative proposée',
    'dialog.alternative.hint':
      'Un refus s’accompagne d’une proposition : autre examen, autre délai, autre avis.',
    'dialog.decline.hint': 'Seul le régulateur la voit ; la demande reste proposée aux autres.',
    'dialog.release.hint':
      'La demande redevient à prendre ; votre brouillon est gardé en lecture seule. L’horloge totale continue.',
    'dialog.cancel.hint': 'La demande reste dans le journal avec cette raison.',
    'dialog.ask': 'Que manque-t-il ?',
    'dialog.ask.hint':
      'Série, reconstruction, antérieur, résultat biologique, consentement… La demande est mise en pause.',
    'dialog.answer': 'Réponse',
    'dialog.answer.hint':
      'Dites ce qui est joint, ou que ce n’est pas disponible : une question a toujours une réponse.',
    'dialog.protocol': 'Protocole demandé',
    'dialog.protocol.hint': 'L’examen n’est pas encore fait : le site suivra ce protocole.',
    'dialog.missing': 'À remplir pour continuer.',
    'quick.overload': 'Trop de demandes en cours',
    'quick.competence': 'Hors de ma compétence',
    'quick.conflict': 'Conflit d’intérêts',
    'quick.series': 'Série manquante : ',
    'quick.prior': 'Antérieur : ',
    'quick.laboratory': 'Résultat biologique : ',
    'quick.consent': 'Consentement du patient',
    'quick.unavailable': 'Non disponible',
    'quick.sent': 'Envoyé au PACS',
  },
  en: {
    'dialog.reason': 'Reason',
    'dialog.refuse.reason': 'Medical reason',
    'dialog.refuse.hint': 'The requester will read it as it is.',
    'dialog.alternative': 'Alternative',
    'dialog.alternative.hint':
      'A refusal comes with a proposal: another exam, another time, another opinion.',
    'dialog.decline.hint': 'Only the coordinator sees it; the request stays offered to the others.',
    'dialog.release.hint':
      'The request is to be claimed again; your draft is kept read-only. The total clock goes on.',
    'dialog.cancel.hint': 'The request stays in the journal with this reason.',
    'dialog.ask': 'What is missing?',
    'dialog.ask.hint': 'Series, reconstruction, prior, laboratory value, consent… The request is paused.',
    'dialog.answer': 'Answer',
    'dialog.answer.hint':
      'Say what is attached, or that it is not available: a question always has an answer.',
    'dialog.protocol': 'Protocol asked for',
    'dialog.protocol.hint': 'The exam is not done yet: the site will follow this protocol.',
    'dialog.missing': 'Fill this in to go on.',
    'quick.overload': 'Too many requests in hand',
    'quick.competence': 'Outside my competence',
    'quick.conflict': 'Conflict of interest',
    'quick.series': 'Missing series: ',
    'quick.prior': 'Prior: ',
    'quick.laboratory': 'Laboratory value: ',
    'quick.consent': 'Consent of the patient',
    'quick.unavailable': 'Not available',
    'quick.sent': 'Sent to the PACS',
  },
})
