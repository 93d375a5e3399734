type Language = 'fr' | 'en'
type Pair = readonly [fr: string, en: string]

const WORDS = {
  request: ['Demande de lecture ou d’avis', 'Request for a reading or an opinion'],
  report: ['Compte rendu donné pendant la panne', 'Report given during the breakdown'],
  duty: ['Liste de garde', 'Duty list'],
  made: ['Établie le', 'Made on'],
  breakdown: ['PANNE : À REMPLIR À LA MAIN', 'BREAKDOWN: FILL IN BY HAND'],
  enter: [
    'À saisir dans Relais dès la reprise : « Nouvelle demande », section « Saisi après panne », avec ce numéro et l’heure réelle.',
    'Enter in Relais once it is back: “New request”, section “Entered after a breakdown”, with this number and the real time.',
  ],
  enterReport: [
    'À saisir dès la reprise par le radiologue, qui signe dans Relais avec l’heure à laquelle il l’a donné.',
    'Entered once it is back by the radiologist, who signs in Relais with the time at which it was given.',
  ],
  number: ['Numéro', 'Number'],
  when: ['Date et heure de la demande', 'Date and time of the request'],
  urgency: ['Urgence', 'Urgency'],
  urgencies: ['☐ urgence vitale    ☐ urgent    ☐ programmé', '☐ emergency    ☐ urgent    ☐ routine'],
  kind: ['Nature', 'Kind'],
  kinds: ['☐ lecture    ☐ avis', '☐ reading    ☐ opinion'],
  patient: [
    'Patient : nom de naissance, nom utilisé, prénoms',
    'Patient: birth name, used name, given names',
  ],
  birth: ['Date de naissance, sexe, IPP', 'Date of birth, sex, patient number'],
  identity: ['Identité vérifiée par, comment', 'Identity checked by, how'],
  exam: ['Examen : modalité, région, côté', 'Exam: modality, region, side'],
  question: ['Question posée', 'Question asked'],
  context: ['Contexte, antécédents', 'Context, history'],
  risks: [
    'Risques : allergie, rein, grossesse, stimulateur, anticoagulant',
    'Risks: allergy, kidney, pregnancy, pacemaker, anticoagulant',
  ],
  consent: [
    '☐ patient informé et d’accord    ☐ impossible, motif :',
    '☐ patient informed and consents    ☐ impossible, why:',
  ],
  requester: ['Demandeur, téléphone de rappel', 'Requester, telephone to call back'],
  called: ['Radiologue appelé, à quelle heure', 'Radiologist called, at what time'],
  answer: [
    'Réponse : ☐ acceptée  ☐ refusée  ☐ question    Heure :',
    'Answer: ☐ accepted  ☐ refused  ☐ question    Time:',
  ],
  given: ['Donné par (radiologue), date et heure', 'Given by (radiologist), date and time'],
  taken: ['Noté par, relu à voix haute à', 'Written down by, read back at'],
  technique: ['Technique', 'Technique'],
  results: ['Résultats', 'Results'],
  conclusion: ['Conclusion', 'Conclusion'],
  critical: ['Résultat critique : dit à, à quelle heure', 'Critical finding: told to, at what time'],
  signature: ['Signature', 'Signature'],
  of: ['Pour', 'For'],
  nobody: ['Personne n’est inscrit pour ces heures.', 'Nobody is on the roster for these hours.'],
  noContract: [
    'Ce site n’a de convention avec aucun groupe de lecture.',
    'This site has a contract with no reading group.',
  ],
  lastRung: ['Si personne ne répond', 'When nobody answers'],
  noTelephone: ['sans téléphone', 'no telephone'],
  everybody: ['Radiologues du groupe', 'Radiologists of the group'],
  'on-site': ['sur place', 'on site'],
  'on-call': ['astreinte', 'on call'],
  'second-line': ['deuxième ligne', 'second line'],
} as const satisfies Record<string, Pair>

export type DowntimeWord = keyof typeof WORDS

/** What is printed, in both languages: who picks up a paper in a breakdown has no menu to choose from. */
export const words =
  (language: Language) =>
  (word: DowntimeWord): string =>
    WORDS[word][language === 'fr' ? 0 : 1]
