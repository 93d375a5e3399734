import { readFileSync } from 'node:fs'
import test from 'ava'
import { api } from 'dicomweb-client'
import { arrive } from '../support/arriving.js'
import { program } from '../support/dicomweb.js'
import { openNode, temporary } from '../support/node.js'
import { openOrthanc, programs } from '../support/pacs.js'
import { datasetDigest, digestsOf, inOrder, writePhantom } from '../support/phantoms.js'
import { provideXMLHttpRequest } from '../support/xhr.js'

const ours = programs.orthanc !== undefined && programs.orthancDicomweb !== undefined ? test : test.skip

interface Json {
  [tag: string]: { Value?: unknown[]; BulkDataURI?: string } | undefined
}

ours('Orthanc’s DICOMweb plugin finds a study here with a token, and retrieves it byte for byte', async t => {
  const node = await openNode(t)
  const study = writePhantom(temporary(t), 'web', { images: 5 })
  const bytes = study.files.map(({ file }) => readFileSync(file))
  await arrive(node.services, 'nord', bytes)
  const { token } = await program(node, 'technician', 'nord')
  const orthanc = await openOrthanc(t, {
    aeTitle: 'WEBPACS',
    node: { port: node.addresses.dicom },
    dicomweb: { url: `${node.addresses.http}/dicomweb`, token },
  })

  const qido = (Uri: string, Arguments: Record<string, string>) =>
    orthanc.dicomweb<Record<string, { Value: unknown }>[]>('qido', { Uri, Arguments })
  const found = await qido('/studies', { PatientName: 'ESSAI*', StudyDate: '20261124' })
  t.deepEqual(
    found.map(row => row['0020000D']?.Value),
    [study.uid],
  )
  t.is((await qido(`/studies/${study.uid}/instances`, { limit: '3' })).length, 3)
  t.deepEqual(await qido('/studies', { PatientID: 'nobody' }), [])

  await orthanc.dicomweb('retrieve', { Resources: [{ Study: study.uid }], Synchronous: true })
  t.deepEqual(await orthanc.holds(), digestsOf(study.files))

  const stranger = await program(node, 'technician', 'sud')
  const elsewhere = await openOrthanc(t, {
    aeTitle: 'SUDPACS',
    node: { port: node.addresses.dicom },
    dicomweb: { url: `${node.addresses.http}/dicomweb`, token: stranger.token },
  })
  await t.throwsAsync(
    elsewhere.dicomweb('retrieve', { Resources: [{ Study: study.uid }], Synchronous: true }),
  )
  t.is((await elsewhere.holds()).size, 0)
})

test('dicomweb-client searches, retrieves, and draws here', async t => {
  provideXMLHttpRequest()
  const node = await openNode(t)
  const study = writePhantom(temporary(t), 'client', { kind: 'mr-knee', images: 3 })
  await arrive(
    node.services,
    'nord',
    study.files.map(({ file }) => readFileSync(file)),
  )
  const { token } = await program(node, 'technician', 'nord')
  // Its own types ask for what its own code leaves optional.
  const client = new api.DICOMwebClient({
    url: `${node.addresses.http}/dicomweb`,
    headers: { Authorization: `Bearer ${token}` },
    singlepart: false,
  }) as unknown as Record<string, (asked: object) => Promise<never>>
  const ask = async <T>(name: string, asked: object): Promise<T> => client[name]?.(asked) as Promise<never>
  const studyInstanceUID = study.uid
  const [row] = await ask<Json[]>('searchForStudies', { queryParams: { PatientID: '10001' } })
  t.is(row?.['0020000D']?.Value?.[0], studyInstanceUID)
  t.deepEqual(await ask<Json[]>('searchForStudies', { queryParams: { PatientID: 'nobody' } }), [])
  const [series] = await ask<Json[]>('searchForSeries', { studyInstanceUID })
  const seriesInstanceUID = String(series?.['0020000E']?.Value?.[0])
  const instances = await ask<Json[]>('searchForInstances', { studyInstanceUID, seriesInstanceUID })
  t.is(instances.length, 3)
  const metadata = await ask<Json[]>('retrieveSeriesMetadata', {
    studyInstanceUID,
    seriesInstanceUID,
  })
  t.is(metadata.length, 3)
  const [first] = study.files
  const one = { studyInstanceUID, seriesInstanceUID, sopInstanceUID: first?.sopInstanceUID ?? '' }

  const file = Buffer.from(await ask<ArrayBuffer>('retrieveInstance', one))
  t.is(datasetDigest(file), first?.digest ?? '')
  const all = await ask<ArrayBuffer[]>('retrieveStudy', { studyInstanceUID })
  t.deepEqual(
    inOrder(
      all.map(
        (each, at) => [study.files[at]?.sopInstanceUID ?? '', datasetDigest(Buffer.from(each))] as const,
      ),
    ),
    digestsOf(study.files),
  )
  const [frame] = await ask<ArrayBuffer[]>('retrieveInstanceFrames', { ...one, frameNumbers: [1] })
  t.deepEqual(Buffer.from(frame as ArrayBuffer), readFileSync(first?.file ?? '').subarray(-64 * 64 * 2))
  const uri = metadata[0]?.['7FE00010']?.BulkDataURI ?? ''
  const [pixels] = await ask<ArrayBuffer[]>('retrieveBulkData', { BulkDataURI: uri })
  t.is(pixels?.byteLength, 64 * 64 * 2)
  const [picture] = await ask<ArrayBuffer[]>('retrieveInstanceRendered', {
    ...one,
    mediaTypes: [{ mediaType: 'image/png' }],
  })
  t.is(Buffer.from(picture as ArrayBuffer).readUInt32BE(0), 0x89504e47)
})
