import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readHeader } from '../../node/dicom/format/header.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import type { ImportView } from '../../node/imports/view.js'
import { run } from '../support/children.js'
import { technician } from '../support/desk.js'
import { discPrograms, makeDisc, makeZip } from '../support/discs.js'
import { openNode, peerOf, SITES, temporary } from '../support/node.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { photograph, textPDF } from '../support/papers.js'
import { writePhantom, ZOE } from '../support/phantoms.js'
import { found } from '../support/programs.js'

const tools = {
  ...discPrograms,
  dcmdump: found('dcmdump'),
  dcmj2pnm: found('dcmj2pnm'),
  pdftotext: found('pdftotext'),
}
const withTools = Object.values(tools).every(Boolean) ? test : test.skip
const IDENTITY = {
  PatientID: 'N-42',
  IssuerOfPatientID: 'NORD',
  PatientName: 'ESSAI^Zoé',
  PatientBirthDate: '19700514',
  PatientSex: 'F',
}
const LETTER = textPDF('Compte rendu fictif')
const PHOTO = photograph(400, 300)

withTools(
  'a PDF and a photograph that a person chose lie in the study as objects of the decided patient, and nothing else of the papers does',
  async t => {
    const pacs = await openLyingPacs(t, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true })
    const node = await openNode(t, {
      network: {
        sites: SITES,
        peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port)],
        presets: [{ id: 'cd-nord', site: 'nord', to: ['nord-pacs'] }],
      },
    })
    const desk = await technician(node)
    const stranger = await technician(node, 'sud')
    const scratch = temporary(t)
    const folder = join(scratch, 'disc')
    const { uid, files } = writePhantom(scratch, 'cd', {
      images: 2,
      patient: { ...ZOE, PatientName: 'ESSAI^ZOE', PatientID: 'X-9' },
    })
    await makeDisc(folder, files)
    mkdirSync(join(folder, 'DOCS'))
    writeFileSync(join(folder, 'DOCS', 'Compte_rendu.pdf'), LETTER)
    writeFileSync(
      join(folder, 'DOCS', 'piege.pdf'),
      textPDF('x', { objects: ['<</S/JavaScript/JS(app.alert(1))>>'] }),
    )
    writeFileSync(join(folder, 'DOCS', 'photo.txt'), PHOTO)
    writeFileSync(join(folder, 'DOCS', 'bouton.jpg'), photograph(24, 24))
    await makeZip(folder, join(scratch, 'disc.zip'))
    const upload = await desk.upload(readFileSync(join(scratch, 'disc.zip')), 'disc.zip')
    const { id } = (
      await desk.call<ImportView>('POST', '/api/imports', { upload, preset: 'cd-nord', site: 'nord' })
    ).body
    const known = await desk.settled(id, 'inventoried')
    t.deepEqual(
      known.papers.map(({ title, kind, dangers }) => [title, kind, dangers]),
      [
        ['Compte rendu', 'pdf', []],
        ['photo', 'jpeg', []],
        ['piege', 'pdf', ['script']],
      ],
    )
    const numbers = new Map(known.papers.map(({ title, number }) => [title, number]))
    const letter = numbers.get('Compte rendu') ?? 0
    const photo = numbers.get('photo') ?? 0

    const seen = await desk.bytes(`/api/imports/${id}/files/${letter}/paper`)
    t.is(seen.status, 200)
    t.true(seen.body.equals(LETTER))
    t.is(seen.type, 'application/pdf')
    t.regex(seen.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/)
    t.like(Object.fromEntries(seen.headers), {
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    t.is((await stranger.bytes(`/api/imports/${id}/files/${letter}/paper`)).status, 404)

    const series = known.studies[0]?.series.map(each => each.SeriesInstanceUID) ?? []
    const decide = (papers: object[]) =>
      desk.call<ImportView>('POST', `/api/imports/${id}/decision`, {
        candidate: 'new',
        identity: IDENTITY,
        accession: 'NORD77',
        series,
        papers,
      })
    t.is((await decide([{ number: letter, StudyInstanceUID: '1.2.3' }])).status, 422)
    t.is((await decide([{ number: 9999, StudyInstanceUID: uid }])).status, 422)
    const decided = await decide([
      { number: letter, StudyInstanceUID: uid },
      { number: photo, StudyInstanceUID: uid },
    ])
    t.is(decided.status, 200, JSON.stringify(decided.body))
    const done = await desk.settled(id, 'done')
    t.is(done.taken, 4)
    t.deepEqual(
      done.papers.map(({ title, outcome, StudyInstanceUID }) => [title, outcome, StudyInstanceUID]),
      [
        ['Compte rendu', 'taken', uid],
        ['photo', 'taken', uid],
        ['piege', undefined, undefined],
      ],
    )
    t.deepEqual(
      done.destinations.map(({ confirmed, of }) => [confirmed, of]),
      [[4, 4]],
    )

    const [study] = await node.services.studies.byUid(uid)
    const stored = await node.services.studies.instances(study?.id ?? '')
    const fileOf = (sopClass: string) => {
      const image = stored.find(({ sopClassUID }) => sopClassUID === sopClass)
      return node.services.objects.path({ bucket: image?.bucket ?? '', name: image?.object ?? '' })
    }
    for (const [sopClass, expected] of [
      [
        '1.2.840.10008.5.1.4.1.1.104.1',
        { Modality: 'DOC', DocumentTitle: 'Compte rendu', ConversionType: 'WSD', BurnedInAnnotation: 'YES' },
      ],
      [
        '1.2.840.10008.5.1.4.1.1.7',
        {
          Modality: 'OT',
          SeriesDescription: 'photo',
          ConversionType: 'WSD',
          PhotometricInterpretation: 'YBR_FULL_422',
        },
      ],
    ] as const) {
      const file = fileOf(sopClass)
      const header = await readHeader(file, readFileHeader(readFileSync(file)))
      const shared = { ...IDENTITY, StudyInstanceUID: uid, AccessionNumber: 'NORD77' }
      for (const [keyword, value] of Object.entries({ ...shared, ...expected }))
        t.is(header.text(keyword), value, keyword)
      const dump = await run(tools.dcmdump ?? '', ['+fo', '-Un', file])
      t.is(dump.code, 0, dump.output)
      t.notRegex(dump.output, /[WE]: /)
    }
    const pdf = join(scratch, 'again.pdf')
    const document = fileOf('1.2.840.10008.5.1.4.1.1.104.1')
    const element = (await readHeader(document, readFileHeader(readFileSync(document)))).elements.get(
      '00420011',
    )
    writeFileSync(
      pdf,
      readFileSync(document).subarray(element?.offset, (element?.offset ?? 0) + LETTER.length),
    )
    t.true(readFileSync(pdf).equals(LETTER))
    t.regex((await run(tools.pdftotext ?? '', [pdf, '-'])).output, /Compte rendu fictif/)
    const drawn = await run(tools.dcmj2pnm ?? '', [
      '+op',
      fileOf('1.2.840.10008.5.1.4.1.1.7'),
      join(scratch, 'photo.ppm'),
    ])
    t.is(drawn.code, 0, drawn.output)
    t.is(
      readFileSync(join(scratch, 'photo.ppm')).subarray(0, 14).toString('latin1').includes('400 300'),
      true,
    )
  },
)

withTools('papers alone become a study of the patient somebody names', async t => {
  const node = await openNode(t, { network: { sites: SITES } })
  const desk = await technician(node)
  const scratch = temporary(t)
  const folder = join(scratch, 'papers')
  mkdirSync(folder)
  writeFileSync(join(folder, 'lettre.pdf'), LETTER)
  await makeZip(folder, join(scratch, 'papers.zip'))
  const upload = await desk.upload(readFileSync(join(scratch, 'papers.zip')), 'papers.zip')
  const { id } = (await desk.call<ImportView>('POST', '/api/imports', { upload, preset: null, site: 'nord' }))
    .body
  const known = await desk.settled(id, 'inventoried')
  const papers = [{ number: known.papers[0]?.number }]
  const decide = (candidate: string) =>
    desk.call<ImportView>('POST', `/api/imports/${id}/decision`, {
      candidate,
      identity: IDENTITY,
      series: [],
      papers,
    })
  t.is((await decide('keep')).status, 422, 'the disc says of nobody')
  t.is((await decide('new')).status, 200)
  const done = await desk.settled(id, 'done')
  t.is(done.taken, 1)
  const [study] = await node.services.studies.byUid(done.papers[0]?.StudyInstanceUID ?? '')
  t.like(study, { name: 'ESSAI^Zoé', patient_id: 'N-42', issuer: 'NORD' })
})
