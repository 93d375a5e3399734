import test from 'ava'
import { ageAt, type CheckedAgainst, checksOf } from '../../node/reports/checks.js'
import { BLOCKS_EN, STARTERS_EN } from '../../node/reports/templates/starter-en.js'
import { BLOCKS_FR, STARTERS_FR } from '../../node/reports/templates/starter-fr.js'
import { doseSentence, filled, filledSections, fitOf } from '../../node/reports/templates/template.js'
import type { Sections } from '../../node/reports/view.js'
import { openFields } from '../../web/reports/draft.js'

const SECTIONS: Sections = {
  indication: 'Douleur.',
  technique: 'Sans injection.',
  results: 'Pas de fracture.',
  conclusion: 'Examen normal.',
}
const AGAINST: CheckedAgainst = {
  laterality: undefined,
  patient: { id: 'P1', issuer: 'NORD', family: 'ESSAI', given: 'Zoé', birthDate: '1970-03-12', sex: 'F' },
  imageSides: [],
  date: '2026-11-24',
  persons: ['Dr Exemple', 'Dr Un'],
  others: [{ family: 'Durand', given: 'Paul' }],
}
const codes = (over: Partial<Sections>, against: Partial<CheckedAgainst> = {}) =>
  checksOf({ ...SECTIONS, ...over }, { ...AGAINST, ...against }, 'fr').map(
    ({ code, blocks }) => `${code}${blocks ? ' blocks' : ''}`,
  )

test('a report that says nothing odd is signed without a question', t => {
  t.deepEqual(codes({}), [])
  t.deepEqual(codes({ conclusion: 'Femme de 56 ans. Voir l’examen [1] et [ 12 ].' }), [])
})

test('an empty conclusion and what a template left open block, wherever they stand', t => {
  t.deepEqual(codes({ conclusion: '  ' }), ['conclusion-empty blocks'])
  for (const open of ['⟨taille⟩', '{{dose}}', '[taille]', '[...]', '[ ]', '[…]'])
    for (const section of ['indication', 'technique', 'results', 'conclusion'] as const) {
      const text = `Nodule de ${open} mm`
      t.deepEqual(codes({ [section]: text }), ['field-open blocks'], open)
      t.deepEqual(
        openFields({ ...SECTIONS, [section]: text }),
        [{ section, text: open, at: 10 }],
        'the screen counts the same',
      )
    }
})

test('a side that is not the one asked for is asked about, in the text and in the images', t => {
  const left = { laterality: 'left' as const }
  t.deepEqual(codes({ results: 'Fracture du radius droit.' }, left), ['laterality'])
  t.deepEqual(codes({ results: 'Fracture of the RIGHT radius.' }, left), ['laterality'])
  t.deepEqual(codes({ results: 'Fracture du radius gauche. Radius droit normal.' }, left), [])
  t.deepEqual(codes({ results: 'Atteinte bilatérale, plus marquée à droite.' }, left), [])
  t.deepEqual(codes({ indication: 'Douleur du poignet droit' }, left), [], 'the question is not the answer')
  t.deepEqual(codes({ results: 'Radius gauche' }, { laterality: 'right' }), ['laterality'])
  t.deepEqual(codes({ results: 'Radius gauche' }, { laterality: 'both' }), [])
  t.deepEqual(codes({}, { ...left, imageSides: ['R'] }), ['laterality-images'])
  t.deepEqual(codes({}, { ...left, imageSides: ['R', 'L'] }), [])
})

test('an organ, a word or an age that is not this patient’s is asked about', t => {
  t.deepEqual(codes({ results: 'Prostate de volume normal.' }), ['sex'])
  t.deepEqual(codes({ results: 'Utérus antéversé.' }), [])
  const man = { patient: { ...AGAINST.patient, sex: 'M' as const } }
  t.deepEqual(codes({ results: 'Utérus antéversé.' }, man), ['sex'])
  t.deepEqual(codes({ results: 'Patiente de 56 ans.' }, man), ['sex'])
  t.deepEqual(codes({ results: 'Utérus.' }, { patient: { ...AGAINST.patient, sex: 'U' as const } }), [])
  t.deepEqual(codes({ indication: 'Patiente de 31 ans.' }), ['age'])
  t.deepEqual(codes({ indication: '31-year-old woman' }), ['age'])
  t.deepEqual(codes({ indication: 'Suivi depuis 31 ans.' }), [])
  t.is(ageAt('1970-03-12', '2026-03-11'), 55)
  t.is(ageAt('1970', '2026-03-11'), undefined)
})

test('a name that is not the patient’s is asked about, the doctors’ are not', t => {
  t.deepEqual(codes({ conclusion: 'Mme ESSAI est prévenue. Appelé Dr Exemple.' }), [])
  t.deepEqual(codes({ conclusion: 'Mme Martin est prévenue.' }), ['other-patient'])
  t.deepEqual(codes({ results: 'Comparaison avec DURAND Paul.' }), ['other-patient'])
  t.deepEqual(codes({ results: 'Maladie de Durand.' }), [])
})

test('templates of both languages are whole, each of its own name, and leave no unknown field', t => {
  for (const [starters, blocks] of [
    [STARTERS_FR, BLOCKS_FR],
    [STARTERS_EN, BLOCKS_EN],
  ] as const) {
    t.true(starters.length >= 12 && blocks.length >= 12)
    t.is(new Set([...starters, ...blocks].map(({ id }) => id)).size, starters.length + blocks.length)
    for (const { id, sections, language } of starters) {
      t.true(
        Object.values(sections).every(text => text.trim() !== ''),
        id,
      )
      const known = {
        question: 'Q',
        laterality: 'left',
        images: {
          equipment: ['X'],
          sides: [],
          protocols: [],
          contrast: ['C'],
          fieldStrengthT: [3],
          dlpMGyCm: 5,
        },
      }
      const text = JSON.stringify(filledSections(sections, known, language))
      t.notRegex(text, /\{\{|\[[^\]]*\]/, `${id}: ${text}`)
    }
  }
  t.is(STARTERS_FR.length, STARTERS_EN.length)
})

test('fields are filled with what the images and the request say; what only a person knows stays open', t => {
  const values = {
    question: 'Fracture ?',
    laterality: 'left',
    images: {
      equipment: ['GE Revolution'],
      sides: [],
      protocols: [],
      contrast: [],
      fieldStrengthT: [],
      ctdiVolMGy: 12.5,
      dlpMGyCm: 430,
    },
  }
  t.is(
    filled('{{side}} / {{ question }} / {{equipment}}', values, 'fr'),
    'gauche / Fracture ? / GE Revolution',
  )
  t.is(filled('{{dose}}', values, 'fr'), 'IDSV 12,5 mGy, PDL 430 mGy·cm')
  t.is(filled('{{dose}}', values, 'en'), 'CTDIvol 12.5 mGy, DLP 430 mGy·cm')
  t.is(filled('{{contrast}}', values, 'en'), '[contrast agent, volume]')
  t.is(filled('{{unknown}}', values, 'en'), '[unknown]')
  t.is(doseSentence(undefined, 'fr'), '')
  t.regex(filled('{{dose}}', { question: '', images: undefined }, 'fr'), /non indiquée/)
})

test('the template of the modality and the region comes first', t => {
  const best = (modality: string, region: string) =>
    STARTERS_FR.filter(one => fitOf(one, { modality, region }) === 2).map(({ id }) => id)[0]
  t.is(best('CT', 'Crâne'), 'modele-tdm-crane')
  t.is(best('CR', 'Poignet'), 'modele-rx-membre')
  t.is(best('MR', 'Genou'), 'modele-irm-genou')
  t.is(fitOf({ modalities: ['CT'], regions: [] }, { modality: 'MR', region: 'Crâne' }), 0)
  t.is(fitOf({ modalities: [], regions: [] }, { modality: 'MR', region: 'Crâne' }), 1)
})
