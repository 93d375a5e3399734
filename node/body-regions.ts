/** Regions of the body as descriptions and Body Part Examined (PS3.16 Annex L) name them, in French and English. */

/** `area`: regions of one area are worth comparing with each other. */
const regions: { id: string; area: string; words: RegExp }[] = [
  {
    id: 'whole-body',
    area: 'trunk',
    words: /\b(WHOLE ?BODY|CORPS ENTIER|POLYTRAUMA|BODYSCAN|TAP|TEP|PET)\b|CHESTABD/,
  },
  {
    id: 'head',
    area: 'head',
    words:
      /\b(CRANE|CRANI\w*|CEREBR\w*|ENCEPHAL\w*|CERVEAU|HEAD|BRAIN|SKULL|TETE|HYPOPHYS\w*|PITUITARY|WILLIS)\b/,
  },
  {
    id: 'face',
    area: 'head',
    words: /\b(SINUS|ORBITE?S?|ROCHERS?|PETROUS|MASTOID\w*|FACE|FACIAL|MASSIF|MANDIBUL\w*|DENT\w*|IAC)\b/,
  },
  { id: 'neck', area: 'neck', words: /\b(COU|NECK|CERVICAL|LARYNX|THYROID\w*|THYROIDE|TSA|CAROTID\w*)\b/ },
  {
    id: 'cervical-spine',
    area: 'spine',
    words: /\b(RACHIS CERV\w*|C ?SPINE|CSPINE|CERVICAL SPINE|COLONNE CERV\w*)\b/,
  },
  {
    id: 'thoracic-spine',
    area: 'spine',
    words: /\b(RACHIS (DORS|THOR)\w*|T ?SPINE|TSPINE|THORACIC SPINE|DORSAL)\b/,
  },
  {
    id: 'lumbar-spine',
    area: 'spine',
    words: /\b(LOMBAIRE|LOMBO\w*|RACHIS LOMB\w*|L ?SPINE|LSPINE|LUMBAR\w*|SACR\w*)\b/,
  },
  { id: 'spine', area: 'spine', words: /\b(RACHIS|SPINE|MEDULL\w*|MOELLE)\b/ },
  { id: 'heart', area: 'trunk', words: /\b(COEUR|CARDIA\w*|CARDIO\w*|CORONA\w*|HEART)\b/ },
  {
    id: 'chest',
    area: 'trunk',
    words: /\b(THORAX|THORACI\w*|THORACO\w*|CHEST|LUNG|POUMON\w*|PULM\w*|MEDIASTIN\w*|PLEUR\w*)\b/,
  },
  { id: 'breast', area: 'breast', words: /\b(SEINS?|BREAST|MAMMO\w*|MAMMAIRE)\b/ },
  {
    id: 'abdomen',
    area: 'trunk',
    words: /\b(ABDO\w*|FOIE|LIVER|HEPAT\w*|PANCREA\w*|RENAL\w*|REINS?|KIDNEYS?|URO\w*|RATE|SPLEEN|BILI\w*)\b/,
  },
  {
    id: 'pelvis',
    area: 'trunk',
    words: /\b(PELVI\w*|BASSIN|PROSTAT\w*|UTER\w*|VESSIE|BLADDER|RECTUM|RECTAL\w*)\b/,
  },
  { id: 'shoulder', area: 'upper-limb', words: /\b(EPAULES?|SHOULDERS?|CLAVICUL\w*|CLAVICLE|SCAPUL\w*)\b/ },
  { id: 'elbow', area: 'upper-limb', words: /\b(COUDES?|ELBOWS?|HUMER\w*)\b/ },
  {
    id: 'wrist',
    area: 'upper-limb',
    words: /\b(POIGNETS?|WRISTS?|SCAPHO\w*|CARPE|FOREARM|AVANT BRAS|RADIUS)\b/,
  },
  { id: 'hand', area: 'upper-limb', words: /\b(MAINS?|HANDS?|DOIGTS?|FINGERS?|POUCE|THUMB)\b/ },
  { id: 'hip', area: 'lower-limb', words: /\b(HANCHES?|HIPS?|FEMUR\w*|FEMORAL\w*|CUISSE|THIGH)\b/ },
  { id: 'knee', area: 'lower-limb', words: /\b(GENOUX?|KNEES?|ROTUL\w*|PATELL\w*|MENISQ\w*)\b/ },
  { id: 'leg', area: 'lower-limb', words: /\b(JAMBES?|LEGS?|TIBIA\w*|MOLLETS?|CALF)\b/ },
  { id: 'ankle', area: 'lower-limb', words: /\b(CHEVILLES?|ANKLES?|TALUS|CALCAN\w*)\b/ },
  { id: 'foot', area: 'lower-limb', words: /\b(PIEDS?|FOOT|FEET|ORTEILS?|TOES?)\b/ },
]

function plain(text: string): string {
  return text
    .replace(/œ/gi, 'oe')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, ' ')
}

export interface BodyRegion {
  id: string
  area: string
}

/** The regions these words name; none where nothing in them is known. */
export function regionsIn(...words: readonly string[]): BodyRegion[] {
  const text = plain(words.join(' | '))
  const found = regions.filter(region => region.words.test(text))
  // "Rachis cervical" is no neck, and no spine in general.
  const spine = found.some(({ id }) => id.endsWith('-spine'))
  return found
    .filter(({ id }) => !(spine && (id === 'spine' || id === 'neck')))
    .map(({ id, area }) => ({ id, area }))
}

/** A side named in the words; undefined where none is, or both are. */
export function sideIn(...words: readonly string[]): 'right' | 'left' | undefined {
  const text = ` ${plain(words.join(' '))} `
  const right = /\b(DROITE?S?|RIGHT|DT|DTE|RT)\b/.test(text)
  const left = /\b(GAUCHES?|LEFT|GCHE|LT)\b/.test(text)
  return right === left ? undefined : right ? 'right' : 'left'
}
