/** Facts of a request's offers, as the journal and the timeline name them. */
export const actFacts = {
  fr: {
    'fact.request-wave-opened': 'Vague suivante de propositions',
    'fact.request-waves-ended': 'Personne n’a pris la demande',
    'fact.request-offer-seen': 'Proposition vue par un radiologue',
    'fact.request-refusal-acknowledged': 'Refus lu et confirmé par le site',
    'fact.request-handed-over': 'Transmise à un collègue',
    'fact.request-taken-over': 'Reprise par un collègue',
    'fact.request-holder-silent': 'Le radiologue en charge ne répond pas',
    'fact.request-outcome-recorded': 'Issue de l’urgence consignée',
    'fact.recall-opened': 'À rappeler',
    'fact.recall-needed': 'Rappel : la note n’est pas prise, une personne doit agir',
    'fact.recall-settled': 'Rappel réglé',
  },
  en: {
    'fact.request-wave-opened': 'Next wave of offers',
    'fact.request-waves-ended': 'Nobody took the request',
    'fact.request-offer-seen': 'Offer seen by a radiologist',
    'fact.request-refusal-acknowledged': 'Refusal read and confirmed by the site',
    'fact.request-handed-over': 'Handed over to a colleague',
    'fact.request-taken-over': 'Taken over by a colleague',
    'fact.request-holder-silent': 'Whoever holds it does not answer',
    'fact.request-outcome-recorded': 'Outcome of the emergency recorded',
    'fact.recall-opened': 'To recall',
    'fact.recall-needed': 'Recall: the note is not taken, a person must act',
    'fact.recall-settled': 'Recall settled',
  },
} as const
