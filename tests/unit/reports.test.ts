import { generateKeyPairSync } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { fingerprintOf, rawPublicKey, signText } from '../../node/journal/checkpoint.js'
import { writtenDate } from '../../node/paper.js'
import { owedTo, pacsOf } from '../../node/reports/delivery.js'
import { reportDocument } from '../../node/reports/document.js'
import { type Beside, gapsOf } from '../../node/reports/gaps.js'
import {
  afterSigning,
  attestedText,
  digestOf,
  faultAmong,
  faultIn,
  provenContent,
  REPORT_STATES,
  replayReport,
  SIGNING_KINDS,
  type SignedContent,
  type SigningKind,
  signedBytes,
} from '../../node/reports/report.js'
import { withRoom } from '../../node/reports/room.js'
import { codeOf } from '../../node/reports/verification-code.js'
import type { ReportState } from '../../node/reports/view.js'
import type { RequestStudyView } from '../../node/requests/view.js'
import { photograph } from '../support/papers.js'
import { fontsOf, readCode, textOf } from '../support/pdf.js'

const CONTENT: SignedContent = {
  format: 'relais-report/1',
  report: 'rep_1',
  request: 'req_1',
  reference: 'N-0042',
  version: 1,
  kind: 'final',
  language: 'fr',
  sections: {
    indication: 'Céphalée brutale.',
    technique: 'Acquisition hélicoïdale sans injection.',
    results: 'Pas d’hémorragie.\nŒdème discret.',
    conclusion: 'Pas d’argument pour une hémorragie.',
  },
  addenda: [],
  patient: {
    id: 'P1',
    issuer: 'NORD',
    family: 'ESSAI',
    given: 'Zoé',
    birthName: 'MODÈLE',
    birthDate: '1970-03-12',
    sex: 'F',
  },
  exam: {
    modality: 'CT',
    region: 'Genou',
    laterality: 'left',
    question: 'Hémorragie ?',
    date: '2026-11-24',
    accession: 'ACC1',
    studies: [{ StudyInstanceUID: '1.2.3', received: 298, expected: 312 }],
  },
  requester: { name: 'Dr Exemple', phone: '+33 1 00 00 00 00', service: 'Urgences' },
  site: { id: 'nord', name: 'Hôpital Nord' },
  readingSite: { id: 'lecture', name: 'Groupe de lecture' },
  signer: { id: 'acc_1', name: 'Dr Un', role: 'radiologue' },
  signedAt: '2026-11-24T06:10:00.000Z',
  gaps: ['TDM cérébrale du 24/11/2026 : 298 images reçues sur 312 annoncées.'],
  previous: null,
}

test('a report is signed as preliminary, final, then added to, corrected or taken back, and nothing else', t => {
  const expected: Record<ReportState, Partial<Record<SigningKind, ReportState>>> = {
    draft: { preliminary: 'preliminary', final: 'final' },
    preliminary: { final: 'final', withdrawal: 'withdrawn' },
    final: { addendum: 'final', correction: 'final', withdrawal: 'withdrawn' },
    withdrawn: { correction: 'final' },
  }
  for (const state of REPORT_STATES)
    for (const kind of SIGNING_KINDS) {
      const next = expected[state][kind]
      if (next === undefined)
        t.like(
          t.throws(() => afterSigning(state, kind)),
          { code: 'conflict' },
        )
      else t.is(afterSigning(state, kind), next)
    }
})

test('the signed bytes are canonical: the same content in any order of keys gives the same digest', t => {
  const shuffled = Object.fromEntries(Object.entries(CONTENT).reverse()) as unknown as SignedContent
  t.is(signedBytes(shuffled), signedBytes(CONTENT))
  t.is(digestOf(signedBytes(CONTENT)).length, 64)
  t.true(signedBytes(CONTENT).startsWith('{"addenda":[],"exam":{"accession":"ACC1"'))
})

test('whichever byte of a signed report is flipped, it is no longer proven', t => {
  const bytes = signedBytes(CONTENT)
  const digest = digestOf(bytes)
  t.deepEqual(provenContent(bytes, digest), CONTENT)
  const buffer = Buffer.from(bytes)
  fc.assert(
    fc.property(fc.nat(buffer.length - 1), fc.nat(7), (at, bit) => {
      const touched = Buffer.from(buffer)
      touched[at] = (touched[at] as number) ^ (1 << bit)
      t.is(provenContent(touched.toString('utf8'), digest), undefined)
    }),
  )
})

test('a stored version is what was signed only if bytes, digest, place and journal agree', t => {
  const signed = signedBytes(CONTENT)
  const digest = digestOf(signed)
  const stored = { report: 'rep_1', version: 1, signed, digest, pdf: 'p', fact: 7 }
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const raw = rawPublicKey(pem)
  const keys = new Map([[fingerprintOf(raw), raw]])
  const attested = (text: string) => ({
    key: fingerprintOf(raw),
    value: signText(text, pem).toString('hex'),
  })
  const signature = attested(attestedText(CONTENT, digest))
  const recorded = { seq: 7, body: { digest, pdf: 'p', signature } }
  t.is(faultIn(stored, recorded, keys), undefined)
  t.is(faultIn(stored, { seq: 7, body: null }, keys), undefined)
  t.regex(faultIn({ ...stored, digest: 'x' }, recorded, keys) ?? '', /do not fit/)
  t.regex(faultIn({ ...stored, report: 'rep_2' }, recorded, keys) ?? '', /another version/)
  t.regex(faultIn(stored, undefined, keys) ?? '', /no entry/)
  t.regex(faultIn({ ...stored, fact: 8 }, recorded, keys) ?? '', /no entry/)
  t.regex(faultIn(stored, { seq: 7, body: { digest: 'x', pdf: 'p' } }, keys) ?? '', /another digest/)
  t.regex(faultIn({ ...stored, pdf: 'q' }, recorded, keys) ?? '', /another PDF/)
  // The node signs who signed, too; before it did, its journal says nothing of a signature.
  t.is(faultIn(stored, { seq: 7, body: { digest, pdf: 'p' } }, keys), undefined)
  t.regex(faultIn(stored, recorded, new Map()) ?? '', /signature of the node/)
  const other = { ...CONTENT, signer: { ...CONTENT.signer, name: 'Dr Autre' } }
  for (const text of [attestedText(other, digest), attestedText(CONTENT, 'f'.repeat(64)), 'x']) {
    const body = { digest, pdf: 'p', signature: attested(text) }
    t.regex(faultIn(stored, { seq: 7, body }, keys) ?? '', /signature of the node/)
  }
})

test('versions follow one another: an older one put back, one taken out or two exchanged are found', t => {
  const signed = [null, 'a', 'b'].map((previous, index) => ({
    version: index + 1,
    digest: ['a', 'b', 'c'][index] ?? '',
    signed: signedBytes({ ...CONTENT, version: index + 1, previous }),
  }))
  const [one, two, three] = signed as [(typeof signed)[0], (typeof signed)[0], (typeof signed)[0]]
  t.is(faultAmong(signed, 3), undefined)
  t.is(faultAmong([], 0), undefined)
  t.regex(faultAmong([one, two], 3) ?? '', /missing/, 'the newest is gone: an older one would be shown')
  t.regex(faultAmong([one, three], 3) ?? '', /missing/)
  t.regex(faultAmong([one, { ...three, version: 2 }], 2) ?? '', /does not follow/)
  t.is(replayReport(['preliminary', 'final', 'addendum', 'withdrawal', 'correction']), 'final')
  t.throws(() => replayReport(['final', 'preliminary']), { any: true })
})

test('a correction and a withdrawal say so on every page; what was taken back is not printed again', async t => {
  const reason = 'Compte rendu d’un autre patient.'
  for (const [kind, banner] of [
    ['correction', /CORRECTION – remplace/],
    ['withdrawal', /RETIRÉ – ne plus utiliser/],
  ] as const) {
    const text = textOf(
      await reportDocument({ ...CONTENT, version: 2, kind, reason, previous: 'ab' }, 'cd'.repeat(32)),
    )
    if (text === undefined) return t.pass('pdftotext is not installed')
    t.regex(text, banner)
    t.true(text.includes(reason))
    t.is(text.includes('Acquisition hélicoïdale'), kind === 'correction')
  }
})

test('who was told of a critical finding, when and how, is printed', async t => {
  const told = {
    receiver: 'Dr Garde',
    role: 'urgentiste',
    at: '2026-11-24T06:05:00.000Z',
    method: 'téléphone',
  }
  const text = textOf(
    await reportDocument(
      {
        ...CONTENT,
        criticals: [{ class: 1, finding: 'Dissection aortique', foundAt: '2026-11-24T06:00:00.000Z', told }],
        difference: 'significant',
      },
      'cd'.repeat(32),
    ),
  )?.replace(/\s+/g, ' ')
  if (text === undefined) return t.pass('pdftotext is not installed')
  t.regex(
    text,
    /Dissection aortique – transmis à Dr Garde, urgentiste, le 24\/11\/2026 06:05 UTC \(téléphone\), relu/,
  )
  t.regex(text, /DIFFÉRENCE SIGNIFICATIVE/)
})

const study = (completeness: RequestStudyView['completeness']): RequestStudyView => ({
  StudyInstanceUID: '1.2.3',
  modality: 'CT',
  description: 'TDM cérébrale',
  date: '2026-11-24',
  completeness,
})

const own = () => false

test('every study that is not proved complete gets a sentence, a proved one none', t => {
  t.deepEqual(gapsOf([study({ received: 312, expected: 312, state: 'complete' })], 'fr', own), [])
  t.deepEqual(gapsOf([study({ received: 298, expected: 312, state: 'incomplete' })], 'fr', own), [
    'TDM cérébrale du 24/11/2026 : 298 images reçues sur 312 annoncées.',
  ])
  t.deepEqual(gapsOf([study({ received: 312, state: 'quiet' })], 'en', own), [
    'TDM cérébrale of 24 Nov 2026: 312 images were received; their total number could not be verified.',
  ])
  t.regex(gapsOf([study({ received: 0, state: 'arriving' })], 'fr', own)[0] ?? '', /aucune image/)
  t.regex(gapsOf([study({ received: 7, state: 'arriving' })], 'fr', own)[0] ?? '', /pas terminée/)
  t.is(gapsOf([], 'fr', own).length, 1)
  t.deepEqual(
    gapsOf([study({ received: 312, expected: 312, state: 'complete' })], 'fr', () => true),
    ['TDM cérébrale du 24/11/2026 : l’identité portée par les images diffère de celle de la demande.'],
  )
  t.is(writtenDate('', 'fr'), '')
})

test('another side or region, what was asked back in vain and what only the room said are reservations of the report', t => {
  const whole = [study({ received: 312, expected: 312, state: 'complete' })]
  const beside: Beside = {
    asked: 'left',
    differences: [
      { StudyInstanceUID: '1.2.3', what: 'laterality', asked: 'left', found: 'right' },
      { StudyInstanceUID: '9.9.9', what: 'region', asked: 'Crâne', found: 'Genou' },
    ],
    missing: [
      { kind: 'laboratory', text: 'INR', state: 'unavailable' },
      { kind: 'prior', text: 'IRM de 2024', state: 'open' },
    ],
    exam: { at: '', by: 'M. Manip', laterality: 'right', reason: 'plâtre à gauche' },
    said: ['dose', 'contrast'],
  }
  t.deepEqual(gapsOf(whole, 'fr', own, beside), [
    'TDM cérébrale du 24/11/2026 : côté : la demande dit gauche, les images disent droite.',
    'Côté examiné selon la salle : droit ; demandé : gauche (plâtre à gauche).',
    'Demandé, pas disponible – biologie : INR.',
    'Demandé, sans réponse – antériorité : IRM de 2024.',
    'Selon la salle, et non les images : la dose, le produit de contraste.',
  ])
  t.deepEqual(gapsOf(whole, 'en', own, beside), [
    'TDM cérébrale of 24 Nov 2026: side: the request says left, the images say right.',
    'Side examined, as the room said: right; asked: left (plâtre à gauche).',
    'Asked for, not available – laboratory: INR.',
    'Asked for, not answered – prior: IRM de 2024.',
    'From the room, not the images: the dose, the contrast agent.',
  ])
})

test('of device and dose the images’ own word stands; product and lot are the room’s', t => {
  const exam = {
    at: '',
    by: 'M. Manip',
    device: 'Scanner 2',
    dose: { ctdiVol: 12.3, dlp: 410 },
    contrast: { product: 'Ioméprol 350', lot: 'L-778', volumeMl: 80 },
  }
  const alone = withRoom(undefined, exam)
  t.deepEqual(alone.said, ['equipment', 'dose', 'contrast'])
  t.like(alone.facts, {
    equipment: ['Scanner 2'],
    contrast: ['Ioméprol 350, lot L-778, 80 ml'],
    ctdiVolMGy: 12.3,
    dlpMGyCm: 410,
  })
  const images = {
    equipment: ['ACME CT 9'],
    sides: [],
    protocols: [],
    contrast: ['IOMÉPROL 350, 85 ml', 'Eau'],
    fieldStrengthT: [],
    dlpMGyCm: 398,
  }
  t.deepEqual(withRoom(images, exam), {
    facts: { ...images, contrast: ['Ioméprol 350, lot L-778, 80 ml', 'Eau'] },
    said: ['contrast'],
  })
  t.deepEqual(withRoom(images, undefined), { facts: images, said: [] })
  // Rooms read Gy·cm², reports print cGy·cm².
  t.is(withRoom(undefined, { at: '', by: '', dose: { dap: 1.234 } }).facts?.dapCGyCm2, 123)
})

test('a version is owed to who asked, to everyone who got an earlier one, and to the PACS unless preliminary', t => {
  const [a, b, c] = ['a', 'b', 'c'].map(id => ({ account: id, name: `Dr ${id}` })) as [
    { account: string; name: string },
    { account: string; name: string },
    { account: string; name: string },
  ]
  const who = (owed: ReturnType<typeof owedTo>) =>
    owed.map(one => `${one.channel}:${'peer' in one ? one.peer : 'share' in one ? one.share : one.account}`)
  t.deepEqual(who(owedTo({ kind: 'final', asker: a, referrers: [a, b], earlier: [c], pacs: ['pacs'] })), [
    'screen:a',
    'email:a',
    'screen:c',
    'email:c',
    'pacs:pacs',
  ])
  t.deepEqual(
    who(owedTo({ kind: 'preliminary', asker: undefined, referrers: [a, b], earlier: [a], pacs: ['pacs'] })),
    ['screen:a', 'email:a', 'screen:b', 'email:b'],
  )
})

test('reports go to what can be asked for them: the site’s own PACS, no modality, no other site', t => {
  const peers = [
    { id: 'nord-pacs', site: 'nord', may: ['echo' as const, 'store' as const, 'find' as const] },
    { id: 'nord-ct', site: 'nord', may: ['echo' as const, 'store' as const] },
    { id: 'sud-pacs', site: 'sud', may: ['find' as const] },
  ]
  t.deepEqual(pacsOf('nord', peers), ['nord-pacs'])
})

test('the printed report is the same for the same content, byte by byte', async t => {
  const digest = digestOf(signedBytes(CONTENT))
  const [first, second] = [await reportDocument(CONTENT, digest), await reportDocument(CONTENT, digest)]
  t.true(first.equals(second))
  t.true(first.subarray(0, 8).toString().startsWith('%PDF-1.7'))
  t.true(first.includes('/MarkInfo') && first.includes('/StructTreeRoot'))
})

test('the code of a version is printed as squares too, where its address is known, and stands in the words beside them', async t => {
  const at = 'https://relais.example.test'
  const [plain, squared] = [
    await reportDocument(CONTENT, 'cd'.repeat(32)),
    await reportDocument(CONTENT, 'cd'.repeat(32), at),
  ]
  // Structure of PDF 1.7 §14.8.4: a figure says in words what it shows.
  const figures = (pdf: Buffer) => pdf.toString('latin1').split('/S /Figure').length - 1
  t.deepEqual([figures(plain), figures(squared)], [0, 1])
  const address = `${at}/v/${codeOf('cd'.repeat(32))}`
  const text = textOf(squared)
  if (text !== undefined) t.true(text.replace(/\s+/g, '').includes(address))
  const seen = readCode(squared)
  if (seen !== undefined) t.is(seen, address)
})

test('key images are printed two beside each other over their words; one that cannot be drawn is named', async t => {
  const bytes = photograph(64, 48)
  const image = {
    StudyInstanceUID: '2.25.1',
    SeriesInstanceUID: '2.25.2',
    SOPClassUID: '2.25.9',
    seriesDescription: 'Sans IV',
  }
  const keyed: SignedContent = {
    ...CONTENT,
    keyImages: [
      {
        ...image,
        SOPInstanceUID: '2.25.3',
        seriesNumber: 2,
        instanceNumber: 34,
        window: { center: 40, width: 80 },
        picture: 'a',
      },
      { ...image, SOPInstanceUID: '2.25.4', frame: 7, picture: 'a' },
      { ...image, SOPInstanceUID: '2.25.5', instanceNumber: 36 },
    ],
  }
  const draw = () => reportDocument(keyed, 'cd'.repeat(32), undefined, new Map([['a', bytes]]))
  const [first, second] = [await draw(), await draw()]
  t.true(first.equals(second), 'the same content and pictures give the same bytes')
  t.true(first.length > (await reportDocument(CONTENT, 'cd'.repeat(32))).length + bytes.length)
  t.is(first.toString('latin1').match(/\/S \/Figure/g)?.length, 2)
  const text = textOf(first)
  if (text === undefined) return t.pass('pdftotext is not installed')
  for (const words of [
    'Images clés',
    'série 2 – Sans IV, image 34, F 80 / C 40',
    'Sans IV, vue 7',
    'Sans IV, image 36',
  ])
    t.true(text.replace(/\s+/g, ' ').includes(words), words)
})

test('what was signed before there were key images is signed as it was', t => {
  t.false(signedBytes(CONTENT).includes('keyImages'))
})

test('the printed report says who, what, when and how proved, on every page', async t => {
  const long: SignedContent = {
    ...CONTENT,
    kind: 'preliminary',
    sections: { ...CONTENT.sections, results: 'Œdème, sans hémorragie visible.\n'.repeat(120) },
  }
  const text = textOf(await reportDocument(long, 'cd'.repeat(32)))
  if (text === undefined) return t.pass('pdftotext is not installed')
  const pages = text.split('\f').filter(page => page.trim() !== '')
  t.true(pages.length > 2)
  for (const [index, page] of pages.entries()) {
    t.regex(page, /ESSAI Zoé \(nom de naissance MODÈLE\)/)
    t.regex(page, /né\(e\) le 12\/03\/1970 – F – IPP P1 \(NORD\)/)
    t.regex(page, /PROVISOIRE/)
    t.regex(page, new RegExp(`page ${index + 1} sur ${pages.length}`))
  }
  for (const mention of [
    'Dr Exemple, Urgences',
    '+33 1 00 00 00 00',
    'Hôpital Nord',
    'CT – Genou',
    'gauche',
    '24/11/2026',
    'Indication',
    'Technique',
    'Résultats',
    'Conclusion',
    '298 images reçues sur 312',
    'Signé électroniquement par Dr Un, radiologue, le 24/11/2026 06:10 UTC',
    'cd'.repeat(32),
  ])
    t.true(text.includes(mention), mention)
})

test('everything a report must say by law stands on its paper, in both languages', async t => {
  const told: SignedContent = {
    ...CONTENT,
    exam: {
      ...CONTENT.exam,
      equipment: 'Siemens SOMATOM (Hôpital Nord)',
      dose: 'CTDIvol 38,2 mGy ; PDL 812 mGy·cm',
      contrast: 'Iomeprol 400, lot A1234, 80 mL',
    },
    viewing: { where: 'PACS Hôpital Nord, https://relais.example.test', years: 20 },
  }
  // Arrêté of 22 September 2006 and the guide of the ANS for teleradiology, one line a mention.
  const mentions = (fr: boolean): [what: string, words: RegExp][] => [
    ['patient', /ESSAI Zoé .*MODÈLE/],
    ['birth date', fr ? /né\(e\) le 12\/03\/1970/ : /born 12 Mar 1970/],
    ['identifier', /P1 \(NORD\)/],
    ['exam date', fr ? /Date de l’examen : 24\/11\/2026/ : /Exam date: 24 Nov 2026/],
    ['reader, name and function', fr ? /Lu par : Dr Un, radiologue/ : /Read by: Dr Un, radiologue/],
    ['requesting doctor', fr ? /Médecin demandeur : Dr Exemple/ : /Requesting doctor: Dr Exemple/],
    ['indication', /Indication.*Céphalée brutale/],
    ['technique', /Technique.*Acquisition hélicoïdale/],
    ['results', fr ? /Résultats.*Œdème discret/ : /Results.*Œdème discret/],
    ['conclusion', /Conclusion.*Pas d’argument/],
    ['equipment', fr ? /Appareil : Siemens SOMATOM/ : /Device: Siemens SOMATOM/],
    ['dose', /Dose ?: CTDIvol 38,2 mGy ; PDL 812 mGy·cm/],
    ['contrast and lot', /Iomeprol 400, lot A1234/],
    ['where to view the images', /PACS Hôpital Nord, https:\/\/relais\.example\.test/],
    ['for how long', fr ? /conservées 20 ans/ : /kept for 20 years/],
  ]
  for (const language of ['fr', 'en'] as const) {
    const text = textOf(await reportDocument({ ...told, language }, 'cd'.repeat(32)))
    if (text === undefined) return t.pass('pdftotext is not installed')
    const line = text.replace(/\s+/g, ' ')
    for (const [what, words] of mentions(language === 'fr')) t.regex(line, words, `${language}, ${what}`)
  }
})

test('the paper has the structure of PDF/A-2a: it says so, carries its fonts and colours, and runs nothing', async t => {
  const bytes = photograph(64, 48)
  const keyed: SignedContent = {
    ...CONTENT,
    keyImages: [
      {
        ...{ StudyInstanceUID: '2.25.1', SeriesInstanceUID: '2.25.2', SOPInstanceUID: '2.25.3' },
        ...{ SOPClassUID: '2.25.9', seriesDescription: 'Sans IV', picture: 'a' },
      },
    ],
  }
  const pdf = await reportDocument(keyed, 'cd'.repeat(32), 'https://relais.test', new Map([['a', bytes]]))
  const text = pdf.toString('latin1')
  // ISO 19005-2 §6.6.4: in metadata that are not compressed.
  t.regex(text, /<pdfaid:part>2<\/pdfaid:part>/)
  t.regex(text, /<pdfaid:conformance>A<\/pdfaid:conformance>/)
  t.regex(text, /\/OutputIntents \[/)
  t.regex(text, /\/S \/GTS_PDFA1/)
  t.regex(text, /\/DestOutputProfile \d+ 0 R/)
  t.regex(text, /\/Lang \(fr-FR\)/)
  t.regex(text, /\/MarkInfo/)
  t.regex(text, /\/StructTreeRoot/)
  t.regex(text, /\/ID \[/)
  for (const forbidden of [
    /\/Encrypt\b/,
    /\/(JavaScript|JS)\b/,
    /\/(Launch|OpenAction|AA|EmbeddedFiles|RichMedia|XFA)\b/,
    /\/(SMask|Transparency)\b/,
    /\/LZWDecode\b/,
  ])
    t.notRegex(text, forbidden)
  const fonts = fontsOf(pdf)
  if (fonts === undefined) return t.pass('pdffonts is not installed')
  t.true(fonts.length >= 2)
  t.deepEqual(
    fonts.filter(font => !font.embedded || !font.unicode),
    [],
  )
})

test('an addendum stands first, under its banner, and the report it adds to follows unchanged', async t => {
  const added: SignedContent = {
    ...CONTENT,
    version: 2,
    kind: 'addendum',
    language: 'en',
    addenda: [
      {
        version: 2,
        text: 'Prior of 2024 compared.',
        signer: { name: 'Dr Un', role: 'radiologist' },
        signedAt: '2026-11-25T08:00:00.000Z',
      },
    ],
    previous: 'ab'.repeat(32),
  }
  const text = textOf(await reportDocument(added, 'cd'.repeat(32)))
  if (text === undefined) return t.pass('pdftotext is not installed')
  t.regex(text, /ADDENDUM – adds to a report given before/)
  t.true(text.indexOf('Prior of 2024 compared.') < text.indexOf('Acquisition hélicoïdale'))
  t.true(text.includes('ab'.repeat(32)))
  t.regex(text, /Addendum of 25 Nov 2026 08:00 UTC – Dr Un/)
})
