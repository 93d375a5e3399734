/** What a description or a body part says about the region, and whether a side must be named. */

interface Region {
  fr: string
  en: string
  /** In upper case without accents; codes of Body Part Examined (PS3.16 Annex L) and words of descriptions. */
  words: RegExp
  paired?: boolean
}

const regions: Region[] = [
  {
    fr: 'corps entier',
    en: 'whole body',
    words: /\b(WHOLEBODY|CORPS ENTIER|POLYTRAUMA|BODYSCAN|TAP|CHESTABDPELVIS)/,
  },
  { fr: 'polygone de Willis', en: 'circle of Willis', words: /\bWILLIS|ANGIO ?(CRANE|HEAD|BRAIN)|\bTSA\b/ },
  { fr: 'sinus', en: 'sinuses', words: /\bSINUS/ },
  { fr: 'rocher', en: 'petrous bone', words: /\b(ROCHER|PETROUS|IAC|MASTOID)/, paired: true },
  { fr: 'orbite', en: 'orbit', words: /\b(ORBIT)/, paired: true },
  { fr: 'crâne', en: 'head', words: /\b(CRANE|CRANI|CEREBR|ENCEPHAL|CERVEAU|HEAD|BRAIN|SKULL|TETE)/ },
  { fr: 'rachis cervical', en: 'cervical spine', words: /\b(RACHIS CERV|CSPINE|CERVICAL SPINE)/ },
  { fr: 'rachis dorsal', en: 'thoracic spine', words: /\b(RACHIS (DORS|THOR)|TSPINE|THORACIC SPINE)/ },
  { fr: 'rachis lombaire', en: 'lumbar spine', words: /\b(RACHIS LOMB|LOMBAIRE|LSPINE|LUMBAR)/ },
  { fr: 'rachis', en: 'spine', words: /\b(RACHIS|SPINE)/ },
  { fr: 'cou', en: 'neck', words: /\b(COU|NECK|CERVICAL)\b/ },
  { fr: 'coeur', en: 'heart', words: /\b(COEUR|CARDIA|CORONA|HEART)/ },
  { fr: 'épaule', en: 'shoulder', words: /\b(EPAULE|SHOULDER)/, paired: true },
  { fr: 'coude', en: 'elbow', words: /\b(COUDE|ELBOW)/, paired: true },
  { fr: 'poignet', en: 'wrist', words: /\b(POIGNET|WRIST|SCAPHO)/, paired: true },
  { fr: 'main', en: 'hand', words: /\b(MAIN|HAND|DOIGT|FINGER)\b/, paired: true },
  { fr: 'hanche', en: 'hip', words: /\b(HANCHE|HIP)\b/, paired: true },
  { fr: 'genou', en: 'knee', words: /\b(GENOU|KNEE)/, paired: true },
  { fr: 'jambe', en: 'leg', words: /\b(JAMBE|LEG|TIBIA)\b/, paired: true },
  { fr: 'cheville', en: 'ankle', words: /\b(CHEVILLE|ANKLE)/, paired: true },
  { fr: 'pied', en: 'foot', words: /\b(PIED|FOOT)\b/, paired: true },
  { fr: 'sein', en: 'breast', words: /\b(SEIN|BREAST|MAMMO)/, paired: true },
  { fr: 'thorax', en: 'chest', words: /\b(THORAX|THORACI|CHEST|LUNG|POUMON|PULM)/ },
  { fr: 'abdomen et pelvis', en: 'abdomen and pelvis', words: /\b(ABDOMENPELVIS|ABDO\w*.{0,6}PELV)/ },
  { fr: 'abdomen', en: 'abdomen', words: /\b(ABDO|FOIE|LIVER)/ },
  { fr: 'pelvis', en: 'pelvis', words: /\b(PELVI|BASSIN)/ },
]

const plain = (text: string) =>
  text
    .replace(/œ/gi, 'oe')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, ' ')

/** A first proposal for the region out of a study's description; '' when nothing in it is known. */
export function guessRegion(description: string, language: 'fr' | 'en'): string {
  const text = plain(description)
  return regions.find(region => region.words.test(text))?.[language] ?? ''
}

/** A side named in the description. */
export function guessSide(description: string): 'right' | 'left' | 'both' | '' {
  const text = ` ${plain(description)} `
  const right = / (DROITE?|DT|RIGHT|R) /.test(text)
  const left = / (GAUCHE|GCHE|LEFT|L) /.test(text)
  if (/ (BILATERALE?|BILAT|BOTH) /.test(text) || (right && left)) return 'both'
  return right ? 'right' : left ? 'left' : ''
}

/** The body has two of it, so the side must be named. The node decides again, with a longer list. */
export function isPaired(region: string): boolean {
  const text = plain(region)
  return regions.some(
    one => one.paired && (one.words.test(text) || text === plain(one.fr) || text === plain(one.en)),
  )
}

/** Proposals for the field, in the language of the form. */
export function regionNames(language: 'fr' | 'en'): string[] {
  return regions.map(region => region[language]).sort((a, b) => a.localeCompare(b))
}
