import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { encodeDataset, type Values } from '../../node/dicom/format/dataset.js'
import { ageAt, type CheckedAgainst, checksOf } from '../../node/reports/checks.js'
import { type ImageFacts, imageFacts } from '../../node/reports/image-facts.js'
import { withRoom } from '../../node/reports/room.js'
import { BLOCKS_EN, STARTERS_EN } from '../../node/reports/templates/starter-en.js'
import { BLOCKS_FR, STARTERS_FR } from '../../node/reports/templates/starter-fr.js'
import {
  doseSentence,
  filled,
  filledSections,
  fitOf,
  knownFields,
} from '../../node/reports/templates/template.js'
import type { Sections } from '../../node/reports/view.js'
import { openFields } from '../../web/reports/draft.js'
import { temporary } from '../support/node.js'
import { explicitVRLittleEndian } from '../support/part10.js'

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
/** Of neither sex, as far as anybody knows: no organ is odd. */
const EITHER = { ...AGAINST.patient, sex: 'U' as const }
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

test('where the request names no side, the text is held against the images, and the conclusion against the findings', t => {
  t.deepEqual(codes({ results: 'Genou droit sans lésion.' }, { imageSides: ['L'] }), ['laterality-images'])
  t.deepEqual(codes({ results: 'Genou droit.' }, { laterality: 'both', imageSides: ['L'] }), [
    'laterality-images',
  ])
  t.deepEqual(codes({ results: 'Genou gauche sans lésion.' }, { imageSides: ['L'] }), [])
  t.deepEqual(codes({ results: 'Genou droit.' }, { imageSides: ['L', 'R'] }), [])
  const hematoma = { results: 'Hématome frontal gauche.', conclusion: 'Hématome frontal droit.' }
  t.deepEqual(codes(hematoma), ['laterality-within'])
  t.deepEqual(codes(hematoma, { laterality: 'both' }), ['laterality-within'])
  t.deepEqual(codes({ ...hematoma, conclusion: 'Hématome frontal.' }), [])
  t.deepEqual(codes({ ...hematoma, conclusion: 'Hématome gauche, rien à droite.' }), [])
  t.deepEqual(codes({ ...hematoma, conclusion: 'Atteinte bilatérale, droite surtout.' }), [])
  for (const { sections } of [...STARTERS_FR, ...STARTERS_EN])
    for (const laterality of ['left', 'right', 'both'] as const) {
      const known = { question: '', laterality, images: undefined }
      const whole = Object.values(filledSections(sections, known, 'fr')).join('')
      if (!/\[/.test(whole))
        t.deepEqual(codes(filledSections(sections, known, 'fr'), { laterality, patient: EITHER }), [], whole)
    }
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

/** What the images say whose data sets these are, a series each; the files are real. */
async function factsOf(t: ExecutionContext, series: (Values & { of?: string })[]): Promise<ImageFacts> {
  const folder = temporary(t)
  const instances = series.map(({ of = '1.2.840.10008.5.1.4.1.1.2', ...values }, index) => {
    const bytes = encodeDataset(values, explicitVRLittleEndian)
    writeFileSync(join(folder, String(index)), bytes)
    return {
      seriesUID: `2.25.${index}`,
      sopClassUID: of,
      bucket: '',
      object: String(index),
      datasetOffset: 0,
      transferSyntaxUID: explicitVRLittleEndian,
      madeHere: false,
      withdrawn: false,
    }
  })
  return imageFacts('std', {
    studies: { instances: async () => instances as never },
    objects: { path: ({ name }) => join(folder, name) },
  })
}

const num = (code: string, value: string, unit: string): Values => ({
  ValueType: 'NUM',
  ConceptNameCodeSequence: [{ CodeValue: code, CodingSchemeDesignator: 'DCM' }],
  MeasuredValueSequence: [
    {
      NumericValue: value,
      MeasurementUnitsCodeSequence: [{ CodeValue: unit, CodingSchemeDesignator: 'UCUM' }],
    },
  ],
})
const doseReport = (...items: Values[]) => ({
  of: '1.2.840.10008.5.1.4.1.1.88.67',
  ContentSequence: [{ ValueType: 'CONTAINER', ContentSequence: items }],
})

test('the dose is read from headers and from dose reports, and each figure knows where it stands', async t => {
  const ct = {
    Manufacturer: 'ACME',
    ManufacturerModelName: 'ACME CT 9',
    CTDIvol: 12.34,
    ImageLaterality: 'L',
  }
  t.like(await factsOf(t, [ct]), {
    equipment: ['ACME CT 9'],
    sides: ['L'],
    ctdiVolMGy: 12.3,
    doseFrom: { ctdiVolMGy: 'headers' },
  })
  const whole = await factsOf(t, [
    ct,
    doseReport(num('113830', '12.34', 'mGy'), num('113813', '812.4', 'mGy.cm')),
  ])
  t.like(whole, {
    ctdiVolMGy: 12.3,
    dlpMGyCm: 812,
    doseFrom: { ctdiVolMGy: 'dose-report', dlpMGyCm: 'dose-report' },
  })
  // Several acquisitions: the largest CTDIvol, whatever comes first.
  t.like(await factsOf(t, [doseReport(num('113830', '9', 'mGy'), num('113830', '31', 'mGy')), ct]), {
    ctdiVolMGy: 31,
    doseFrom: { ctdiVolMGy: 'dose-report' },
  })
  // (0018,115E) is in dGy·cm², a dose report's total in Gy·m².
  const dx = (dap: number) => ({ ImageAndFluoroscopyAreaDoseProduct: String(dap) })
  t.like(await factsOf(t, [dx(0.3), dx(0.4)]), { dapCGyCm2: 7, doseFrom: { dapCGyCm2: 'headers' } })
  t.like(await factsOf(t, [dx(0.3), doseReport(num('113722', '0.0000123', 'Gy.m2'))]), {
    dapCGyCm2: 12.3,
    doseFrom: { dapCGyCm2: 'dose-report' },
  })
  const silent = await factsOf(t, [{ Modality: 'CT' }, doseReport(num('113830', 'x', 'mGy'))])
  t.is(silent.doseFrom, undefined)
  t.is(doseSentence(silent, 'fr'), '')
})

test('each known field says who knows it: the request, the headers, the dose report, the room', t => {
  const images = {
    equipment: ['ACME CT 9'],
    sides: [],
    protocols: [],
    contrast: ['Eau'],
    fieldStrengthT: [],
    ctdiVolMGy: 12.3,
    dlpMGyCm: 812,
    doseFrom: { ctdiVolMGy: 'headers' as const, dlpMGyCm: 'dose-report' as const },
  }
  const told = (given: ImageFacts | undefined, exam?: Parameters<typeof withRoom>[1]) => {
    const { facts, said } = withRoom(given, exam)
    return knownFields({ question: 'Nodule ?', laterality: 'left', images: facts }, said, 'fr').map(
      ({ field, value, sources }) => `${field}: ${value} (${sources.join(', ')})`,
    )
  }
  t.deepEqual(told(images), [
    'question: Nodule ? (request)',
    'side: gauche (request)',
    'equipment: ACME CT 9 (headers)',
    'dose: IDSV 12,3 mGy, PDL 812 mGy·cm (headers, dose-report)',
    'contrast: Eau (headers)',
  ])
  const exam = {
    at: '',
    by: 'M. Manip',
    device: 'Scanner 2',
    dose: { ctdiVol: 11, dlp: 410 },
    contrast: { product: 'Ioméprol 350', lot: 'L-778', volumeMl: 80 },
  }
  t.deepEqual(told(undefined, exam).slice(2), [
    'equipment: Scanner 2 (room)',
    'dose: IDSV 11 mGy, PDL 410 mGy·cm (room)',
    'contrast: Ioméprol 350, lot L-778, 80 ml (room)',
  ])
  t.deepEqual(told(images, exam).slice(2), [
    'equipment: ACME CT 9 (headers)',
    'dose: IDSV 12,3 mGy, PDL 812 mGy·cm (headers, dose-report)',
    'contrast: Ioméprol 350, lot L-778, 80 ml ; Eau (room, headers)',
  ])
  t.deepEqual(told(undefined).slice(2), [], 'what nobody says is no field')
  t.deepEqual(
    knownFields(
      { question: '', laterality: 'none', images: { ...images, fieldStrengthT: [3] } },
      [],
      'en',
    ).map(({ field }) => field),
    ['equipment', 'dose', 'contrast', 'field'],
  )
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
