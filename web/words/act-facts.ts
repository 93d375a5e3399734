/** Facts of a request's offers, as the journal and the timeline name them. */
export const actFacts = {
  fr: {
    'fact.request-wave-opened': 'Vague suivante de propositions',
    'fact.request-waves-ended': 'Personne n’a pris la demande',
    'fact.request-offer-seen': 'Proposition vue par un radiologue',
  },
  en: {
    'fact.request-wave-opened': 'Next wave of offers',
    'fact.request-waves-ended': 'Nobody took the request',
    'fact.request-offer-seen': 'Offer seen by a radiologist',
  },
} as const
