import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { encodeDataset, type Values } from '../../node/dicom/format/dataset.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { comparePixels } from '../../node/dicom/format/pixel-digest.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import type { StudyTables } from '../../node/studies/schema.js'
import { arrive } from '../support/arriving.js'
import { eventually } from '../support/children.js'
import { type Program, program } from '../support/dicomweb.js'
import { readMultipart } from '../support/multipart.js'
import { CONTRACTS, openNode, SITES, type TestNode, temporary } from '../support/node.js'
import { person } from '../support/people.js'
import { datasetDigest, type PhantomStudy, studyUid, writePhantom, ZOE } from '../support/phantoms.js'
import { openUndo } from '../support/web-house.js'

interface Scene {
  node: TestNode
  nord: Program
  reader: Program
  /** Nord: a CT head of four images. Sud: another patient under the same UID. Lecture takes part in both. */
  head: PhantomStudy
  knee: PhantomStudy
}
const test = anyTest as TestFn<Scene>
const undo = openUndo()
const SHARED = studyUid('shared')

test.before(async t => {
  const est = { id: 'est', name: 'Clinique Est (fictive)', kind: 'requesting', issuer: 'EST' }
  const node = await openNode(undo, { network: { sites: [...SITES, est], contracts: CONTRACTS } })
  const folder = temporary(undo)
  const head = writePhantom(folder, 'head', { StudyInstanceUID: SHARED, images: 4 })
  const twin = writePhantom(folder, 'twin', {
    StudyInstanceUID: SHARED,
    images: 2,
    patient: { ...ZOE, PatientName: 'TÉMOIN^Luc', PatientSex: 'M', PatientID: '77' },
  })
  const knee = writePhantom(folder, 'knee', { kind: 'mr-knee', images: 3, StudyDate: '20261001' })
  const bytes = (study: PhantomStudy) => study.files.map(({ file }) => readFileSync(file))
  await arrive(node.services, 'nord', bytes(head))
  await arrive(node.services, 'nord', bytes(knee))
  await arrive(node.services, 'sud', bytes(twin))
  for (const { id } of await node.services.studies.byUid(SHARED))
    await node.services.db.write(tx =>
      node.services.studies.link(tx, id, { request: `req_${id}`, sites: ['lecture'], urgency: 'routine' }),
    )
  t.context.node = node
  t.context.head = head
  t.context.knee = knee
  t.context.nord = await program(node, 'technician', 'nord')
  t.context.reader = await program(node, 'radiologist', 'lecture')
})
test.after.always(undo.run)

type Rows = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }>[]
const first = (rows: Rows, tag: string) => rows.map(row => row[tag]?.Value?.[0])

test('a search answers with what the standard asks for at each level, and with what it is asked to add', async t => {
  const { nord, head, knee, node } = t.context
  const studies = await nord.get('/studies')
  t.is(studies.status, 200)
  t.is(studies.headers.get('content-type'), 'application/dicom+json')
  t.is(studies.headers.get('cache-control'), 'no-store')
  t.is(studies.headers.get('warning'), null)
  t.deepEqual(first(studies.json(), '0020000D'), [knee.uid, head.uid], 'the newest arrival first')
  const [row = {}] = (
    await nord.get(`/studies?StudyInstanceUID=${head.uid}&includefield=IssuerOfPatientID`)
  ).json()
  t.deepEqual(row['00100010'], { vr: 'PN', Value: [{ Alphabetic: 'ESSAI^Zoé' }] })
  t.deepEqual(row['00080061'], { vr: 'CS', Value: ['CT'] })
  t.deepEqual(row['00201206'], { vr: 'IS', Value: [1] })
  t.deepEqual(row['00201208'], { vr: 'IS', Value: [4] })
  t.deepEqual(row['00081190'], { vr: 'UR', Value: [`${node.addresses.http}/dicomweb/studies/${head.uid}`] })
  t.deepEqual(row['00100021'], { vr: 'LO', Value: ['NORD'] })
  t.false('00100021' in (studies.json()[0] ?? {}), 'only on request')

  const series = (await nord.get(`/studies/${head.uid}/series`)).json()
  t.deepEqual(first(series, '00080060'), ['CT'])
  t.deepEqual(first(series, '00201209'), [4])
  t.deepEqual(first(series, '00100010'), [undefined], 'what the address names need not be said')
  const instances = (await nord.get(`/studies/${head.uid}/instances?includefield=SliceLocation,KVP`)).json()
  t.deepEqual(
    first(instances, '00080018').sort(),
    head.files.map(({ sopInstanceUID }) => sopInstanceUID).sort(),
  )
  t.deepEqual(first(instances, '00280010'), [64, 64, 64, 64])
  t.true(first(instances, '00180060').every(value => typeof value === 'number'))
  const everywhere = (await nord.get('/instances?Modality=MR')).json()
  t.deepEqual(first(everywhere, '0020000D'), [knee.uid, knee.uid, knee.uid])
  t.deepEqual(first(everywhere, '00100020'), ['10001', '10001', '10001'])
})

test('attributes match by keyword or tag: wildcards, ranges, lists, names without accents', async t => {
  const { nord, head, knee } = t.context
  const both = [knee.uid, head.uid]
  for (const [query, expected] of [
    ['PatientName=essai*', both],
    ['00100010=ESSAI%5EZOE', both],
    ['PatientName=ESSAI', []],
    ['PatientName=E?SAI*', both],
    ['PatientID=10001', both],
    ['PatientID=1000*', both],
    ['StudyDate=20261001', [knee.uid]],
    ['StudyDate=20261001-20261101', [knee.uid]],
    ['StudyDate=20261101-', [head.uid]],
    ['00080020=-20261101', [knee.uid]],
    ['StudyTime=02-03', both],
    ['ModalitiesInStudy=CT', [head.uid]],
    [`StudyInstanceUID=${head.uid},${knee.uid}`, both],
    [`StudyInstanceUID=${head.uid}%5C1.2.3`, [head.uid]],
    ['AccessionNumber=A-head', [head.uid]],
    ['AccessionNumber=a-head', []],
    ['IssuerOfPatientID=NORD', both],
    ['IssuerOfPatientID=SUD', []],
    ['PatientName=*', both],
    ['PatientName=', both],
    ["StudyDescription=' OR 1=1 --", []],
  ] as const) {
    const got = await nord.get(`/studies?${query}`)
    t.is(got.status, 200, query)
    t.deepEqual(first(got.json(), '0020000D'), [...expected], query)
  }
  t.is((await nord.get(`/studies/${knee.uid}/instances?InstanceNumber=2`)).json().length, 1)
  t.deepEqual((await nord.get('/studies?PatientName=NOBODY')).json(), [], '200 and an empty list')
})

test('limit and offset page through a search, and a Warning says how many are left', async t => {
  const { nord, head, knee } = t.context
  const page = await nord.get('/instances?limit=3&offset=0')
  t.is(page.json().length, 3)
  t.regex(page.headers.get('warning') ?? '', /^299 http:\S+\/dicomweb: There are 4 additional results/)
  const seen: unknown[] = []
  for (let offset = 0; offset < 8; offset += 3)
    seen.push(...first((await nord.get(`/instances?limit=3&offset=${offset}`)).json(), '00080018'))
  t.is(new Set(seen).size, 7)
  t.is(seen.length, head.files.length + knee.files.length)
  t.is((await nord.get('/instances?limit=3&offset=4')).headers.get('warning'), null)
  t.deepEqual((await nord.get('/studies?offset=50')).json(), [])
})

test('what a search is asked wrongly is refused; what it cannot do is said and left out', async t => {
  const { nord } = t.context
  for (const query of [
    'limit=-1',
    'limit=x',
    'offset=1e3',
    'limit=1&limit=2',
    'PatientNam=X',
    'StudyDate=2026-10-01',
    'StudyDate=2026100120261001',
    'StudyInstanceUID=1.2.x',
    `StudyInstanceUID=${Array.from({ length: 501 }, (_, n) => `1.${n}`).join(',')}`,
    'PatientID=1&PatientID=2',
    'PatientID=1&00100020=1',
    `PatientID=${'1'.repeat(1025)}`,
    'includefield=Nothing',
  ]) {
    const got = await nord.get(`/studies?${query}`)
    t.is(got.status, 400, query)
    t.is(got.json<{ code: string }>().code, 'invalid')
  }
  for (const [query, words] of [
    ['fuzzymatching=true', /fuzzymatching parameter is not supported/],
    ['emptyvaluematching=true', /emptyvaluematching parameter is not supported/],
    ['PatientAge=030Y', /PatientAge cannot be matched here/],
    ['Modality=CT', /Modality cannot be matched here/],
    ['00400275.00400009=x', /cannot be matched here/],
    ['00091001=x', /00091001 cannot be matched here/],
  ] as const) {
    const got = await nord.get(`/studies?${query}`)
    t.is(got.status, 200, query)
    t.is(got.json().length, 2, query)
    t.regex(got.headers.get('warning') ?? '', words)
  }
  t.is((await nord.get('/studies', { accept: 'application/dicom+xml' })).status, 406)
  t.is(
    (await nord.get('/studies', { accept: 'application/json' })).headers.get('content-type'),
    'application/json',
  )
})

test('each site sees its own study of a shared UID, a reader both once, and nothing crosses over', async t => {
  const { nord, reader, node, head, knee } = t.context
  const sud = await program(node, 'technician', 'sud')
  const names = async (who: Program, query = '') =>
    first((await who.get(`/studies${query}`)).json(), '00100010').map(
      name => (name as { Alphabetic: string }).Alphabetic,
    )
  t.deepEqual(await names(nord), ['ESSAI^Zoé', 'ESSAI^Zoé'])
  t.deepEqual(await names(sud), ['TÉMOIN^Luc'])
  t.deepEqual(await names(sud, '?PatientID=10001'), [])
  t.deepEqual(
    await names(reader, `?StudyInstanceUID=${SHARED}`),
    ['ESSAI^Zoé'],
    'one row a UID: the one that is also retrieved by it',
  )
  t.deepEqual(await names(reader, '?PatientName=T*'), [])
  t.is((await sud.get(`/studies/${SHARED}/instances`)).json().length, 2)
  t.is((await reader.get(`/studies/${SHARED}/instances`)).json().length, 4)
  t.is((await reader.get(`/instances?StudyInstanceUID=${SHARED}`)).json().length, 4)
  t.is((await sud.get(`/instances?SOPInstanceUID=${head.files[3]?.sopInstanceUID}`)).json().length, 0)
  const of = async (who: Program) => {
    const got = await who.get(`/studies/${SHARED}`)
    return readMultipart(got.headers.get('content-type') ?? '', got.bytes).map(({ bytes }) =>
      datasetDigest(bytes),
    )
  }
  t.deepEqual(
    await of(reader),
    head.files.map(({ digest }) => digest),
  )
  t.is((await of(sud)).length, 2)
  // A site the reader takes no part in is as if it were not there.
  t.is((await reader.get(`/studies/${knee.uid}/series`)).status, 404)
})

test('a group from which the request was taken finds and retrieves nothing of it any more', async t => {
  const { node, reader } = t.context
  const { services } = node
  const study = writePhantom(temporary(t), 'taken', { images: 1 })
  await arrive(
    services,
    'est',
    study.files.map(({ file }) => readFileSync(file)),
  )
  const [record] = await services.studies.byUid(study.uid)
  const act = { request: 'req_taken', sites: ['lecture'] }
  await services.db.write(tx => services.studies.link(tx, record?.id ?? '', { ...act, urgency: 'routine' }))
  const one = `StudyInstanceUID=${study.uid}`
  for (const level of ['studies', 'series', 'instances'])
    t.is((await reader.get(`/${level}?${one}`)).json().length, 1)
  t.is((await reader.get(`/studies/${study.uid}/metadata`)).status, 200)
  await services.db.write(tx => services.studies.unlink(tx, act))
  for (const level of ['studies', 'series', 'instances'])
    t.deepEqual((await reader.get(`/${level}?${one}`)).json(), [])
  t.is((await reader.get(`/studies/${study.uid}/metadata`)).status, 404)
})

test('no address of DICOMweb gives anything without the right, and what is foreign is missing', async t => {
  const { nord, node, knee } = t.context
  const { http } = node.addresses
  const document = (await (await fetch(`${http}/api/openapi.json`)).json()) as {
    paths: Record<string, { get?: { 'x-action': string; security: object[] } }>
  }
  const paths = Object.keys(document.paths).filter(path => path.startsWith('/dicomweb'))
  t.is(paths.length, 22)
  const row = (await nord.get(`/studies/${knee.uid}/instances`)).json()[0] ?? {}
  const values: Record<string, string> = {
    study: knee.uid,
    series: String(row['0020000E']?.Value?.[0]),
    instance: String(row['00080018']?.Value?.[0]),
    frames: '1',
    path: '7FE00010',
  }
  const stranger = await program(node, 'technician', 'sud')
  const blind = await program(node, 'technician', 'nord', ['study.see', 'site.see'])
  for (const path of paths) {
    t.is(document.paths[path]?.get?.['x-action'], 'viewer.open', path)
    const address = `${http}${path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')}`
    t.is((await nord.get(address)).status, 200, path)
    t.is((await nord.get(address, {}, 'HEAD')).status, 200, path)
    t.is((await fetch(address)).status, 401, path)
    t.is((await blind.get(address)).status, 403, path)
    const foreign = await stranger.get(address)
    if (path.includes('{study}')) t.is(foreign.status, 404, path)
    else t.notRegex(foreign.bytes.toString(), new RegExp(knee.uid.replaceAll('.', '\\.')))
    t.is((await nord.get(address, {}, 'POST')).status, 405, path)
    const answer = await nord.get(address, { origin: 'https://elsewhere.example' })
    t.is(answer.headers.get('access-control-allow-origin'), null)
    t.is(answer.headers.get('cache-control'), 'no-store')
  }
  for (const [name, wrong] of [
    ['study', '1.2.3'],
    ['series', '1.2.3'],
    ['instance', '1.2.3'],
    ['frames', '2'],
    ['study', 'x%2F..'],
    ['frames', '0'],
    ['path', '00080018.0.00080018'],
  ] as const) {
    const path =
      '/studies/{study}/series/{series}/instances/{instance}' +
      (name === 'path' ? '/bulkdata/{path}' : '/frames/{frames}')
    const address = path.replace(/\{(\w+)\}/g, (_, key: string) =>
      key === name ? wrong : (values[key] ?? ''),
    )
    t.is((await nord.get(address)).status, 404, address)
  }
})

test('files, metadata, frames and long values are given as they are stored; who has them is not sent them again', async t => {
  const { nord, head, node } = t.context
  const [file] = head.files
  const bytes = readFileSync(file?.file ?? '')
  const metadata = (await nord.get(`/studies/${SHARED}/metadata`)).json()
  t.is(metadata.length, 4)
  t.deepEqual(metadata[0]?.['00083002']?.Value, ['1.2.840.10008.1.2.1'])
  const series = String(metadata[0]?.['0020000E']?.Value?.[0])
  const instance = `/studies/${SHARED}/series/${series}/instances/${file?.sopInstanceUID}`
  t.is((await nord.get(`/studies/${SHARED}/series/${series}/metadata`)).json().length, 4)
  t.is((await nord.get(`${instance}/metadata`)).json().length, 1)

  const alone = await nord.get(instance, { accept: 'application/dicom' })
  t.is(alone.headers.get('content-type'), 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1')
  t.is(datasetDigest(alone.bytes), file?.digest ?? '')
  t.is(Number(alone.headers.get('content-length')), alone.bytes.length)
  const etag = alone.headers.get('etag') ?? ''
  const again = await nord.get(instance, { accept: 'application/dicom', 'if-none-match': etag })
  t.is(again.status, 304)
  t.is(again.bytes.length, 0)

  const pixels = bytes.subarray(-64 * 64 * 2)
  const parts = async (path: string, accept?: string) => {
    const got = await nord.get(path, accept === undefined ? {} : { accept })
    t.is(got.status, 200, path)
    t.is(Number(got.headers.get('content-length')), got.bytes.length)
    return readMultipart(got.headers.get('content-type') ?? '', got.bytes)
  }
  const [frame] = await parts(
    `${instance}/frames/1`,
    'multipart/related; type=application/octet-stream; transfer-syntax=*',
  )
  t.deepEqual(frame?.bytes, pixels)
  t.is(frame?.headers.get('content-type'), 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1')
  t.is((await parts(`${instance}/frames/1,1,1`)).length, 3)
  const raw = await nord.get(`${instance}/frames/1`, { accept: 'application/octet-stream' })
  t.deepEqual(raw.bytes, pixels)
  t.is((await nord.get(`${instance}/frames/1,1`, { accept: 'application/octet-stream' })).status, 406)
  t.is(
    (await nord.get(`${instance}/frames/1`, { accept: 'multipart/related; type="image/jp2"' })).status,
    406,
  )
  const uri = metadata[0]?.['7FE00010']?.BulkDataURI ?? ''
  t.true(uri.startsWith(node.addresses.http))
  const bulk = await nord.get(uri, { accept: 'application/octet-stream' })
  t.is(bulk.status, 200)
  t.is(bulk.bytes.length, pixels.length)

  t.is(
    (await parts(`/studies/${SHARED}`, 'multipart/related; type="application/dicom"; transfer-syntax=*'))
      .length,
    4,
  )
  t.is((await parts(`/studies/${SHARED}/series/${series}`)).length, 4)
  const other = await nord.get(`/studies/${SHARED}`, {
    accept: 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90',
  })
  t.is(other.status, 406)
  t.regex(other.json<{ detail: string }>().detail, /1\.2\.840\.10008\.1\.2\.1/)
  t.is(
    (await nord.get(`/studies/${SHARED}`, { accept: 'application/dicom' })).status,
    406,
    'one file cannot hold four',
  )
  t.is((await nord.get(`/studies/${SHARED}`, { accept: 'application/zip' })).status, 406)
})

test('another transfer syntax is given where the object can be written in it without loss, proved and gone afterwards', async t => {
  const { nord, knee, node } = t.context
  const { JPEGLSLossless, ImplicitVRLittleEndian, JPEG2000 } = TransferSyntax
  const asked = (syntax: string) => ({
    accept: `multipart/related; type="application/dicom"; transfer-syntax=${syntax}`,
  })
  const got = await nord.get(`/studies/${knee.uid}`, asked(JPEGLSLossless))
  t.is(got.status, 200, got.bytes.subarray(0, 300).toString())
  const parts = readMultipart(got.headers.get('content-type') ?? '', got.bytes)
  t.is(parts.length, 3)
  const folder = temporary(t)
  for (const [at, { headers, bytes }] of parts.entries()) {
    t.is(headers.get('content-type'), `application/dicom; transfer-syntax=${JPEGLSLossless}`)
    const file = join(folder, `${at}.dcm`)
    writeFileSync(file, bytes)
    const { datasetOffset, transferSyntaxUID, sopInstanceUID } = readFileHeader(bytes)
    t.is(transferSyntaxUID, JPEGLSLossless)
    const source = knee.files.find(each => each.sopInstanceUID === sopInstanceUID)
    if (source === undefined) return t.fail()
    const read = async (path: string, how: { datasetOffset: number; transferSyntaxUID: string }) => ({
      file: path,
      datasetOffset: how.datasetOffset,
      header: await readHeader(path, how),
    })
    t.is(
      await comparePixels(
        await read(source.file, source),
        await read(file, { datasetOffset, transferSyntaxUID }),
      ),
      'same',
    )
  }
  const instance = (await nord.get(`/studies/${knee.uid}/instances?limit=1`)).json()[0]?.['00081190']
    ?.Value?.[0]
  const alone = await nord.get(String(instance), {
    accept: `application/dicom; transfer-syntax=${ImplicitVRLittleEndian}`,
  })
  t.is(readFileHeader(alone.bytes).transferSyntaxUID, ImplicitVRLittleEndian)
  t.is(Number(alone.headers.get('content-length')), alone.bytes.length)
  // What is stored goes before what would have to be made; what cannot be made is refused.
  const both = await nord.get(String(instance), {
    accept: `application/dicom; transfer-syntax=${JPEGLSLossless}, application/dicom; transfer-syntax=1.2.840.10008.1.2.1; q=0.5`,
  })
  t.is(readFileHeader(both.bytes).transferSyntaxUID, TransferSyntax.ExplicitVRLittleEndian)
  t.is((await nord.get(String(instance), asked(JPEG2000))).status, 406)
  t.is((await nord.get(String(instance), asked(JPEGLSLossless), 'HEAD')).status, 200)
  await eventually('nothing made for an answer stays', () => {
    const home = join(node.services.folder.scratch, 'dicomweb')
    return existsSync(home) && readdirSync(home).length > 0 ? undefined : true
  })
})

test('that a program opened the images of a study is one fact, under its own name', async t => {
  const { node, knee } = t.context
  const own = await program(node, 'technician', 'nord')
  const opened = async () =>
    (await node.facts('images-opened')).filter(
      ({ origin }) => origin?.by === 'token' && origin.token === own.id,
    )
  await own.get('/studies')
  await own.get(`/studies/${knee.uid}/instances`)
  t.deepEqual(await opened(), [], 'a list is no image')
  await Promise.all(
    ['metadata', 'thumbnail', 'rendered'].map(each => own.get(`/studies/${knee.uid}/${each}`)),
  )
  const facts = await opened()
  t.is(facts.length, 1)
  t.like(facts[0], {
    site: 'nord',
    body: { StudyInstanceUID: knee.uid },
    origin: { by: 'token', token: own.id, site: 'nord', address: '127.0.0.1' },
  })
})

/** Width and height a picture says it has. */
function sizeOf(bytes: Buffer): [width: number, height: number] {
  if (bytes.readUInt32BE(0) === 0x89504e47) return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    if (marker === 0xffc0 || marker === 0xffc2)
      return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    if (marker === 0xffda) break
  }
  throw new Error('no size in this picture')
}

test('pictures are drawn as they are asked for: type, size, region, window, quality', async t => {
  const { nord } = t.context
  const rows = (await nord.get(`/studies/${SHARED}/instances`)).json()
  const at = (n: number) =>
    `/studies/${SHARED}/series/${rows[n]?.['0020000E']?.Value?.[0]}/instances/${rows[n]?.['00080018']?.Value?.[0]}`
  const picture = async (path: string, accept?: string) => {
    const got = await nord.get(path, accept === undefined ? {} : { accept })
    t.is(got.status, 200, `${path} ${got.bytes.subarray(0, 300)}`)
    return { ...got, type: got.headers.get('content-type'), size: sizeOf(got.bytes) }
  }
  t.like(await picture(`${at(1)}/rendered`), { type: 'image/jpeg', size: [64, 64] })
  t.like(await picture(`${at(1)}/rendered`, 'image/webp, image/png;q=0.9, image/jpeg;q=0.1'), {
    type: 'image/png',
  })
  t.like(await picture(`${at(1)}/frames/1/rendered?viewport=200,100`), { size: [100, 100] })
  t.like(await picture(`${at(1)}/rendered?viewport=10,10,0,0,32,64`), { size: [5, 10] })
  t.like(await picture(`${at(1)}/thumbnail`), { type: 'image/jpeg', size: [128, 128] })
  t.like(await picture(`/studies/${SHARED}/thumbnail?viewport=32,32&accept=image/png`), { size: [32, 32] })
  const [fine, coarse] = [
    await picture(`${at(1)}/rendered?quality=100`),
    await picture(`${at(1)}/rendered?quality=10`),
  ]
  t.true(fine.bytes.length > coarse.bytes.length * 2)
  // A window as narrow as possible leaves black and white; turned over left to right, a picture is another one.
  const sharp = await picture(`${at(1)}/rendered?window=40,1,linear&accept=image/png`)
  const plain = await picture(`${at(1)}/rendered?accept=image/png`)
  t.true(sharp.bytes.length < plain.bytes.length / 2)
  const turned = await picture(`${at(1)}/rendered?viewport=64,64,0,0,-64,64&accept=image/png`)
  t.notDeepEqual(turned.bytes, plain.bytes)
  const back = await picture(`${at(1)}/rendered?viewport=64,64,0,0,64,64&accept=image/png`)
  t.deepEqual(back.bytes, plain.bytes)
  const known = await nord.get(`${at(1)}/rendered`, {
    'if-none-match': (await picture(`${at(1)}/rendered`)).headers.get('etag') ?? '',
  })
  t.is(known.status, 304)

  const all = await nord.get(`/studies/${SHARED}/rendered`)
  t.is(readMultipart(all.headers.get('content-type') ?? '', all.bytes).length, 4)
  const one = await nord.get(`${at(0)}/rendered`, { accept: 'multipart/related; type="image/png"' })
  t.is(
    readMultipart(one.headers.get('content-type') ?? '', one.bytes)[0]?.headers.get('content-type'),
    'image/png',
  )
  for (const wrong of [
    'window=40',
    'window=40,0,linear',
    'window=40,80,cubic',
    'viewport=0,10',
    'viewport=10',
    'viewport=9000,10',
    'viewport=9,9,0,0,0,9',
    'quality=0',
    'quality=101',
  ])
    t.is((await nord.get(`${at(1)}/rendered?${wrong}`)).status, 400, wrong)
  t.is((await nord.get(`${at(1)}/rendered`, { accept: 'video/mp4' })).status, 406)
  t.is((await nord.get(`${at(1)}/frames/2/rendered`)).status, 404)
})

test('what is no image says so, and a document is given as what it is', async t => {
  const { node } = t.context
  const est = await program(node, 'technician', 'est')
  const uid = studyUid('documents')
  const pdf = Buffer.from('%PDF-1.4 synthetic')
  const common = { StudyInstanceUID: uid, PatientID: '1', PatientName: 'ESSAI^Zoé' }
  const made = (sopClassUID: string, n: number, values: Values) => {
    const sopInstanceUID = `${uid}.${n}`
    const dataset = encodeDataset(
      {
        ...common,
        SOPClassUID: sopClassUID,
        SOPInstanceUID: sopInstanceUID,
        SeriesInstanceUID: `${uid}.9${n}`,
        ...values,
      },
      TransferSyntax.ExplicitVRLittleEndian,
    )
    return Buffer.concat([
      fileHeader({ sopClassUID, sopInstanceUID, transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian }),
      dataset,
    ])
  }
  await arrive(node.services, 'est', [
    made(SOPClass.BasicTextSRStorage, 1, { Modality: 'SR' }),
    made(SOPClass.EncapsulatedPDFStorage, 2, {
      Modality: 'DOC',
      MIMETypeOfEncapsulatedDocument: 'application/pdf',
      EncapsulatedDocument: pdf,
    }),
  ])
  const [report, paper] = [1, 2].map(n => `/studies/${uid}/series/${uid}.9${n}/instances/${uid}.${n}`)
  for (const path of [
    `${report}/rendered`,
    `${report}/thumbnail`,
    `/studies/${uid}/thumbnail`,
    `${paper}/thumbnail`,
  ]) {
    const got = await est.get(path)
    t.is(got.status, 406, path)
    t.is(got.headers.get('content-type'), 'application/problem+json')
    t.regex(got.json<{ detail: string }>().detail, /no image/)
  }
  t.is((await est.get(`${report}/frames/1`)).status, 404)
  const shown = await est.get(`${paper}/rendered`)
  t.is(shown.headers.get('content-type'), 'application/pdf')
  t.deepEqual(shown.bytes, pdf)
  t.is((await est.get(`${paper}/rendered`, { accept: 'image/jpeg' })).status, 406)
  t.is((await est.get(`/studies/${uid}`)).status, 200)
})

test('a report of ours is no image here, and what must not leave is kept from programs', async t => {
  const { node } = t.context
  const est = await program(node, 'technician', 'est')
  const { services } = node
  const folder = temporary(t)
  const study = writePhantom(folder, 'kept', { images: 2 })
  const [a, b] = study.files.map(({ file }) => readFileSync(file))
  if (a === undefined || b === undefined) return t.fail()
  await arrive(services, 'est', [a])
  await arrive(services, 'est', [b], { madeHere: true })
  t.is((await est.get(`/studies/${study.uid}/instances`)).json().length, 1)
  t.is((await est.get(`/studies/${study.uid}/metadata`)).json().length, 1)
  t.deepEqual(first((await est.get(`/studies?StudyInstanceUID=${study.uid}`)).json(), '00201208'), [1])

  const referrer = await person(t, node, 'eastern')
  const [record] = await services.studies.byUid(study.uid)
  await services.db.write(tx =>
    tx
      .sql<StudyTables>()
      .updateTable('instances')
      .set({ withheld: 1 })
      .where('study', '=', record?.id ?? '')
      .execute(),
  )
  t.is((await est.get(`/studies?StudyInstanceUID=${study.uid}`)).json().length, 0)
  t.is((await est.get(`/studies/${study.uid}/metadata`)).status, 404)
  t.is((await est.get(`/studies/${study.uid}`)).status, 404)
  const seen = await referrer.get<unknown[]>(`/dicomweb/studies/${study.uid}/metadata`)
  t.is(seen.body.length, 1, 'a reader here is shown it')
})
