import { readFileSync } from 'node:fs'
import test from 'ava'
import type { StudyView, TransferRow } from '../../node/studies/view.js'
import { eventually, freePort } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, temporary } from '../support/node.js'
import { openPacs } from '../support/pacs.js'
import { OPERATOR, type Person, person } from '../support/people.js'
import { digestsOf, writePhantom } from '../support/phantoms.js'

const IMAGES = 20

test('an image: from the hospital’s PACS to a durable file, to the screens, to the reading PACS, confirmed there', async t => {
  const ports = { nord: await freePort(), lecture: await freePort() }
  const node = await openNode(t, {
    env: OPERATOR,
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', ports.nord),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', ports.lecture, { associations: 2 }),
      ],
      routes: [{ id: 'nord-lecture', when: { site: 'nord', modality: ['CT'] }, to: ['lecture-pacs'] }],
    },
  })
  const { dicom } = node.addresses
  const [nord] = await Promise.all([
    openPacs(t, { aeTitle: 'NORDPACS', port: ports.nord, node: { port: dicom } }),
    openPacs(t, { aeTitle: 'LECTURE', port: ports.lecture, node: { port: dicom } }),
  ])
  const [referrer, stranger, reader, auditor] = (await Promise.all([
    person(t, node, 'referrer'),
    person(t, node, 'stranger'),
    person(t, node, 'first'),
    person(t, node, 'auditor'),
  ])) as [Person, Person, Person, Person]
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: IMAGES })

  // Sent, admitted, stored, indexed, journaled; the browser hears of it without asking.
  await nord.add(files)
  await nord.send(uid)
  const id = await referrer.hears('study-arriving')
  t.is(await referrer.hears('study-received'), id)
  t.deepEqual(await node.digests(uid), digestsOf(files))

  // Complete is said only when the sender's own index says how many there are.
  const study = await eventually('the count of the sender is known', async () => {
    const { body } = await referrer.get<StudyView>(`/api/studies/${uid}`)
    return body.completeness.state === 'complete' ? body : undefined
  })
  t.like(study, {
    PatientName: 'ESSAI^Zoé',
    IssuerOfPatientID: 'NORD',
    site: 'nord',
    instances: IMAGES,
    completeness: { received: IMAGES, expected: IMAGES },
    origins: [{ peer: 'nord-pacs', callingAETitle: 'NORDPACS', instances: IMAGES }],
  })

  // It follows its route and counts as delivered when the reading PACS lists it.
  const transfer = await node.transferred(uid, 'lecture-pacs', 'confirmed')
  t.is(await reader.hears('study-sent'), transfer.id)
  const rows = await reader.get<{ items: TransferRow[] }>('/api/transfers')
  t.like(rows.body.items, [
    {
      peer: 'lecture-pacs',
      cause: 'nord-lecture',
      state: 'confirmed',
      instances: { total: IMAGES, sent: IMAGES, failed: 0, confirmed: IMAGES },
    },
  ])

  // The pixels reach the screen as they were sent, for those who may see them, and for nobody else.
  const { seriesList } = study
  const base = `/dicomweb/studies/${uid}/series/${seriesList[0]?.SeriesInstanceUID}`
  const metadata = await referrer.get<Record<string, { Value?: unknown[] }>[]>(`${base}/metadata`)
  t.is(metadata.body.length, IMAGES)
  const [file] = files
  const frame = await referrer.bytes(`${base}/instances/${file?.sopInstanceUID}/frames/1`)
  t.is(frame.status, 200)
  const pixels = readFileSync(file?.file ?? '').subarray(-64 * 64 * 2)
  t.true(frame.bytes.includes(pixels))
  t.is((await stranger.get(`/api/studies/${uid}`)).status, 404)
  t.is((await stranger.get(`${base}/metadata`)).status, 404)
  t.deepEqual(
    stranger.heard.filter(({ kind }) => kind !== 'hello'),
    [],
  )

  // All of it is in the journal, in its order, and the journal proves itself.
  const facts = await node.services.journal.read({ subject: id })
  t.deepEqual(
    facts.map(({ type }) => type).filter(type => type !== 'study-expected'),
    ['study-arriving', 'study-received', 'transfer-queued', 'study-sent', 'images-opened'],
  )
  const verified = await auditor.post<{ ok: boolean }>('/api/journal/verify')
  t.like(verified.body, { ok: true, firstFault: null })
})
