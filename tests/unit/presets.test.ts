import test from 'ava'
import { groupedFaults } from '../../node/imports/certificate.js'
import { kindOf, leftOutBy } from '../../node/imports/leave-out.js'
import { presetOf } from '../../node/imports/preset.js'
import { attributesToWrite } from '../../node/imports/rules.js'
import type { ImportSeries, PresetInput } from '../../node/imports/view.js'

const CAPTURE = '1.2.840.10008.5.1.4.1.1.7'
const CT = '1.2.840.10008.5.1.4.1.1.2'
const NM = '1.2.840.10008.5.1.4.1.1.20'
const PRESENTATION = '1.2.840.10008.5.1.4.1.1.11.1'

test('what a viewer added is told from what a scanner made, small scanner images too', t => {
  for (const [SOPClassUID, size, kind] of [
    [CT, 512, undefined],
    [CT, 64, undefined],
    [NM, 64, undefined],
    [CAPTURE, 512, 'captures'],
    [CAPTURE, 128, 'icons'],
    [CAPTURE, 0, 'captures'],
    [`${CAPTURE}.4`, 1024, 'captures'],
    // Another class that begins alike: Digital X-Ray for mammography is no capture.
    [`${CAPTURE}7`, 512, undefined],
    [PRESENTATION, 0, 'presentations'],
  ] as const)
    t.is(kindOf({ SOPClassUID, ...(size === 0 ? {} : { Rows: size, Columns: size }) }), kind, SOPClassUID)
})

test('a preset leaves out by kind, modality or words, says by which, and keeps a reconstruction all the same', t => {
  const rules: PresetInput['leaveOut'] = {
    modalities: ['SR'],
    descriptions: ['dose report'],
    kinds: ['captures', 'presentations'],
    keep: ['VRT', 'mip'],
  }
  const series = (SeriesDescription: string, more: Partial<ImportSeries> = {}) =>
    leftOutBy({ Modality: 'CT', SeriesDescription, ...more }, rules)
  t.is(series('Thorax 1mm'), undefined)
  t.deepEqual(series('Ecran', { kind: 'captures' }), { rule: 'kind', value: 'captures' })
  t.is(series('VRT coeur', { kind: 'captures' }), undefined)
  t.is(series('MIP-axial', { kind: 'captures' }), undefined)
  t.deepEqual(series('mipmap', { kind: 'captures' }), { rule: 'kind', value: 'captures' }, 'whole words only')
  t.is(series('vignettes', { kind: 'icons' }), undefined, 'a kind that is not named comes in')
  t.deepEqual(series('', { Modality: 'SR' }), { rule: 'modality', value: 'SR' })
  t.deepEqual(series('Dose-Report du jour'), { rule: 'description', value: 'dose report' })
  const empty = { modalities: [], descriptions: [], kinds: [], keep: [] }
  t.is(leftOutBy({ Modality: 'SR', SeriesDescription: '', kind: 'captures' }, empty), undefined)
})

test('a preset writes what it says of the issuer and of another hospital’s accession number', t => {
  const disc = {
    PatientID: 'X-9',
    IssuerOfPatientID: '',
    PatientName: 'ESSAI^ZOE',
    PatientBirthDate: '19700514',
    PatientSex: 'F',
  }
  const decided = { ...disc, PatientID: 'N-42', IssuerOfPatientID: 'NORD' }
  const written = (write: PresetInput['write'], accession?: string) =>
    attributesToWrite(disc, decided, {
      ...(accession === undefined ? {} : { accession }),
      discAccession: 'CLINIC1',
      label: '',
      description: 'CT',
      write,
    })
  const person = { PatientID: 'N-42', IssuerOfPatientID: 'NORD' }
  t.deepEqual(written({ issuer: true, accession: 'decided' }), person)
  t.deepEqual(written({ issuer: true, accession: 'decided' }, 'A77'), { ...person, AccessionNumber: 'A77' })
  t.deepEqual(written({ issuer: false, accession: 'keep' }, 'A77'), { PatientID: 'N-42' })
  t.deepEqual(written({ issuer: true, accession: 'empty' }), { ...person, AccessionNumber: '' })
  t.deepEqual(written({ issuer: true, accession: 'empty' }, 'A77'), { ...person, AccessionNumber: 'A77' })
})

test('a preset written before it could say more asks for what it always did', t => {
  const old = { id: 'cd', site: 'nord', to: ['nord-pacs'], identity: 'ask', label: '' }
  t.deepEqual(presetOf(JSON.stringify({ ...old, leaveOut: { modalities: ['PR'], descriptions: [] } })), {
    ...old,
    identity: 'ask',
    name: '',
    write: { issuer: true, accession: 'decided' },
    leaveOut: { modalities: ['PR'], descriptions: [], kinds: [], keep: [] },
    request: null,
  })
})

test('faults of a disc are told by their reasons, the most frequent first, and never in more lines than can be read', t => {
  const cut = (path: string, at: number) => ({
    what: 'unreadable' as const,
    reason: `the file ends at byte ${at}`,
    path,
  })
  t.deepEqual(groupedFaults([]), [])
  t.deepEqual(groupedFaults([cut('A', 12)]), [
    { what: 'unreadable', reason: 'the file ends at byte 12', files: 1, paths: ['A'] },
  ])
  const [most, ...rest] = groupedFaults([
    { what: 'missing', reason: 'not there', path: 'Z' },
    ...['A', 'B', 'C', 'D'].map((path, at) => cut(path, at)),
  ])
  t.deepEqual(most, {
    what: 'unreadable',
    reason: 'the file ends at byte …',
    files: 4,
    paths: ['A', 'B', 'C'],
  })
  t.is(rest.length, 1)
  const noted = (path: string, file: number) => ({
    what: 'rejected' as const,
    reason: `the rejection note in file ${file} withdraws it`,
    why: { code: 'noted-on-disc' as const, file },
    path,
  })
  t.deepEqual(groupedFaults([noted('A', 7)])[0]?.why, { code: 'noted-on-disc', file: 7 })
  t.deepEqual(groupedFaults([noted('A', 7), noted('B', 8)])[0]?.why, { code: 'noted-on-disc' })
  const many = groupedFaults(
    Array.from({ length: 400 }, (_, at) => ({
      what: 'refused' as const,
      reason: `reason ${String.fromCharCode(97 + (at % 26))}`,
      path: `F${at}`,
    })),
  )
  t.is(many.length, 13)
  t.is(
    many.reduce((sum, { files }) => sum + files, 0),
    400,
  )
})
