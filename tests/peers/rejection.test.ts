import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { decodeDataset, encodeDataset } from '../../node/dicom/format/dataset.js'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { type RejectionCode, rejectionNote } from '../../node/dicom/format/rejection-note.js'
import { SOPClass } from '../../node/dicom/uids.js'
import type { RejectionView, StudyView } from '../../node/studies/view.js'
import { asking } from '../support/acceptors.js'
import { freePort, eventually as waiting } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openOrthanc, programs } from '../support/pacs.js'
import { openCommittingPacs } from '../support/pacs-commitment.js'
import { person } from '../support/people.js'
import {
  digestOf,
  digestsOf,
  type PhantomFile,
  studyUid,
  toStore,
  writePhantom,
} from '../support/phantoms.js'
import { found } from '../support/programs.js'

const withOrthanc = programs.orthanc && found('dsrdump') ? test.serial : test.skip

const eventually: typeof waiting = (what, look, timeoutMs = 45_000) => waiting(what, look, timeoutMs)
const KOS = SOPClass.KeyObjectSelectionDocumentStorage
const nowhere = 4242

function routed(port: number, more: { nord?: object; routes?: object[] } = {}) {
  return {
    sites: SITES,
    contracts: CONTRACTS,
    peers: [
      peerOf('nord-pacs', 'nord', 'NORDPACS', nowhere, more.nord),
      peerOf('sud-pacs', 'sud', 'SUDPACS', nowhere),
      peerOf('lecture-pacs', 'lecture', 'LECTURE', port),
    ],
    routes: more.routes ?? [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
  }
}

async function sendAs(aeTitle: string, node: TestNode, files: readonly PhantomFile[]) {
  const association = await asking(node.addresses.dicom, {
    callingAETitle: aeTitle,
    contexts: [...new Set(files.map(file => file.sopClassUID))].map(abstractSyntax => ({
      abstractSyntax,
      transferSyntaxes: ['1.2.840.10008.1.2.1'],
    })),
  })
  const statuses = []
  for (const file of files) {
    const outcome = await association.store(toStore(file))
    statuses.push(outcome.outcome === 'answered' ? outcome.status : outcome)
  }
  await association.release()
  return statuses
}

/** A rejection note of the site's own PACS, as a file. */
function writeNote(
  t: ExecutionContext,
  code: RejectionCode,
  uid: string,
  rejected: readonly PhantomFile[],
): PhantomFile {
  const name = `note ${code} ${uid} ${rejected.map(({ sopInstanceUID }) => sopInstanceUID).join()}`
  const made = rejectionNote({
    code,
    text: 'Mauvais côté',
    references: rejected.map(({ sopClassUID, sopInstanceUID }) => ({
      StudyInstanceUID: uid,
      SeriesInstanceUID: '2.25.1',
      sopClassUID,
      sopInstanceUID,
    })),
    patient: { PatientName: 'ESSAI^Zoé', PatientID: '10001', PatientBirthDate: '', PatientSex: 'F' },
    study: {
      StudyInstanceUID: uid,
      StudyDate: '20261124',
      StudyTime: '',
      StudyID: '',
      AccessionNumber: '',
      ReferringPhysicianName: '',
      StudyDescription: '',
    },
    observer: 'EXEMPLE^Alex',
    institutionName: 'Hôpital Nord (fictif)',
    contentDate: '20261124',
    contentTime: '090000',
    uids: { SOPInstanceUID: studyUid(name), SeriesInstanceUID: studyUid(`${name} series`) },
  })
  const head = fileHeader(made)
  const file = join(temporary(t), 'note.dcm')
  writeFileSync(file, Buffer.concat([head, made.dataset]))
  return {
    ...made,
    file,
    digest: digestOf(made.dataset),
    datasetOffset: head.length,
    bytes: head.length + made.dataset.length,
  }
}

/** SOP Instance UIDs the node lists to a peer. */
async function listedTo(aeTitle: string, node: TestNode, study: string): Promise<string[]> {
  const association = await asking(node.addresses.dicom, { callingAETitle: aeTitle })
  const listed: string[] = []
  const outcome = await association.find({
    sopClassUID: SOPClass.StudyRootFind,
    identifier: syntax =>
      encodeDataset(
        { QueryRetrieveLevel: 'IMAGE', StudyInstanceUID: study, SeriesInstanceUID: '', SOPInstanceUID: '' },
        syntax,
      ),
    maximum: 100,
    onMatch: (identifier, syntax) => listed.push(String(decodeDataset(identifier, syntax)['SOPInstanceUID'])),
  })
  await association.release()
  if (outcome.outcome !== 'complete') throw new Error(JSON.stringify(outcome))
  return listed.sort()
}

const uidsOf = (files: readonly PhantomFile[]) => files.map(({ sopInstanceUID }) => sopInstanceUID).sort()

test.serial(
  'a note of the site withdraws its images everywhere: not listed, not given, not shown, kept; and goes to who holds them',
  async t => {
    const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE' })
    const node = await openNode(t, { network: routed(pacs.port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 4 })
    await sendAs('NORDPACS', node, files)
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.deepEqual(await listedTo('NORDPACS', node, uid), uidsOf(files))

    const [first, second, ...rest] = files as [PhantomFile, PhantomFile, ...PhantomFile[]]
    const note = writeNote(t, '113001', uid, [first, second])
    t.deepEqual(await sendAs('NORDPACS', node, [note]), [0])
    // At once: the PACS has heard that the note was taken.
    t.deepEqual(await listedTo('NORDPACS', node, uid), uidsOf(rest))
    await eventually('the holder has the note', () =>
      pacs.stored.includes(note.sopInstanceUID) ? true : undefined,
    )
    t.deepEqual([...new Set(pacs.stored)].length, 5, 'and nothing else')

    const [fact] = await node.facts('instances-withdrawn')
    t.like(fact?.body, { code: '113001', reason: 'Mauvais côté', instances: 2, notHere: 0 })
    t.like(fact?.origin, { by: 'peer', peer: 'nord-pacs' })
    // Evidence: every byte is where it was.
    t.deepEqual(await node.digests(uid), await digestsWith(node, uid, files, note))
    const [study] = await node.services.studies.byUid(uid)
    const stored = await node.services.studies.instances(study?.id ?? '')
    t.deepEqual(
      stored
        .filter(({ withdrawn }) => withdrawn)
        .map(each => each.uid)
        .sort(),
      uidsOf([first, second]),
    )
    t.deepEqual(
      stored.filter(({ isNote }) => isNote).map(each => each.uid),
      [note.sopInstanceUID],
    )

    // On screen: not in the viewer, told on the study's page.
    const technician = await person(t, node, 'technician')
    const shown = await technician.get<Record<string, { Value: string[] }>[]>(
      `/dicomweb/studies/${uid}/metadata`,
    )
    t.deepEqual(shown.body.map(each => each['00080018']?.Value[0]).sort(), uidsOf(rest) as never)
    const page = await technician.get<StudyView>(`/api/studies/${uid}`)
    t.is(
      page.body.seriesList.reduce((sum, series) => sum + series.withdrawn, 0),
      2,
    )
    const told = await eventually('the note is confirmed there', async () => {
      const { body } = await technician.get<{ items: RejectionView[] }>(`/api/studies/${uid}/rejections`)
      return body.items[0]?.holders[0]?.state === 'confirmed' ? body.items : undefined
    })
    t.like(told[0], { code: '113001', text: 'Mauvais côté', by: 'nord-pacs', madeHere: false, instances: 2 })
    t.is((await node.services.exchange.transfers.progressOf(study?.id ?? ''))?.state, 'confirmed')

    // Sent again with the same UID it stays withdrawn, and is given to nobody.
    t.deepEqual(await sendAs('NORDPACS', node, [first]), [0])
    t.deepEqual(await listedTo('NORDPACS', node, uid), uidsOf(rest))
    // And the note once more says nothing new.
    t.deepEqual(await sendAs('NORDPACS', node, [note]), [0])
    t.is((await node.facts('instances-withdrawn')).length, 1)
  },
)

async function digestsWith(
  node: TestNode,
  uid: string,
  files: readonly PhantomFile[],
  note: PhantomFile,
): Promise<Map<string, string>> {
  await node.received(uid, files.length + 1)
  return digestsOf([...files, note])
}

test.serial(
  'what waited for a destination that is down is not sent any more once it is withdrawn',
  async t => {
    const port = await freePort()
    const node = await openNode(t, { network: routed(port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
    await sendAs('NORDPACS', node, files)
    await eventually(
      'it was tried',
      async () => (await node.transfer(uid, 'lecture-pacs'))?.retry_at ?? undefined,
    )
    const [keep, ...away] = files as [PhantomFile, ...PhantomFile[]]
    await sendAs('NORDPACS', node, [writeNote(t, '113037', uid, away)])
    const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE', port })
    t.like(await node.transferred(uid, 'lecture-pacs', 'confirmed'), { total: 1, confirmed: 1 })
    t.deepEqual(
      pacs.stored,
      [keep.sopInstanceUID],
      'no image that was withdrawn, and no note on what it never had',
    )
    // All of it withdrawn: nothing is owed any more.
    const more = writePhantom(temporary(t), 'more', { images: 1 })
    await pacs.stop()
    await sendAs('NORDPACS', node, more.files)
    await eventually('it is owed', () => node.transfer(more.uid, 'lecture-pacs'))
    await sendAs('NORDPACS', node, [writeNote(t, '113038', more.uid, more.files)])
    const ended = await node.transferred(more.uid, 'lecture-pacs', 'cancelled')
    t.regex(ended.reason ?? '', /withdrawn/)
  },
)

test.serial(
  'only the site whose images they are withdraws them; who lies about a class withdraws nothing',
  async t => {
    const node = await openNode(t, { network: routed(nowhere, { routes: [] }) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
    await sendAs('NORDPACS', node, files)
    await sendAs('SUDPACS', node, [writeNote(t, '113037', uid, files)])
    t.deepEqual(await listedTo('NORDPACS', node, uid), uidsOf(files))
    const [first] = files as [PhantomFile]
    await sendAs('NORDPACS', node, [
      writeNote(t, '113037', uid, [{ ...first, sopClassUID: SOPClass.MRImageStorage }]),
    ])
    t.deepEqual(
      (await listedTo('NORDPACS', node, uid)).filter(each => uidsOf(files).includes(each)),
      uidsOf(files),
    )
    const [ignored] = await node.facts('rejection-ignored')
    t.like(ignored?.body, { code: '113037', mistaken: 1, foreign: 0 })
  },
)

test.serial(
  'a note that comes before its images withdraws them as they come; after an expired retention they may come anew',
  async t => {
    const node = await openNode(t, { network: routed(nowhere, { routes: [] }) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
    const [first, second] = files as [PhantomFile, PhantomFile]
    await sendAs('NORDPACS', node, [writeNote(t, '113038', uid, [first])])
    t.deepEqual(await sendAs('NORDPACS', node, files), [0, 0])
    t.deepEqual(await listedTo('NORDPACS', node, uid), [second.sopInstanceUID])
    await sendAs('NORDPACS', node, [writeNote(t, '113039', uid, [second])])
    t.deepEqual(await listedTo('NORDPACS', node, uid), [])
    t.deepEqual(await sendAs('NORDPACS', node, files), [0, 0])
    t.deepEqual(await listedTo('NORDPACS', node, uid), [second.sopInstanceUID])
    t.is((await node.facts('instances-restored')).length, 1)
  },
)

withOrthanc(
  'a person withdraws a study: the note is made here, read by DCMTK, and filed in the PACS it came from and the one it went to',
  async t => {
    const [north, reading] = [await freePort(), await freePort()]
    const node = await openNode(t, { network: routed(reading, { nord: { port: north } }) })
    const own = await openOrthanc(t, {
      aeTitle: 'NORDPACS',
      port: north,
      node: { port: node.addresses.dicom },
    })
    const theirs = await openOrthanc(t, {
      aeTitle: 'LECTURE',
      port: reading,
      node: { port: node.addresses.dicom },
    })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
    await own.add(files)
    await own.send(uid)
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
    const technician = await person(t, node, 'technician')
    const body = { code: '113037', text: 'Autre patient que celui de la demande' }
    // Who only reads may not.
    const reader = await person(t, node, 'first')
    t.is((await reader.post(`/api/studies/${uid}/rejections`, body)).status, 403)
    t.is((await technician.post(`/api/studies/${uid}/rejections`, { code: '113037' })).status, 422)
    const made = await technician.post<RejectionView>(`/api/studies/${uid}/rejections`, body)
    t.is(made.status, 201)
    t.like(made.body, { code: '113037', text: body.text, by: 'Alex Exemple', madeHere: true, instances: 3 })
    t.deepEqual(await listedTo('NORDPACS', node, uid), [])
    t.is((await technician.post(`/api/studies/${uid}/rejections`, body)).status, 409)

    const done = await eventually('both have the note', async () => {
      const { body: list } = await technician.get<{ items: RejectionView[] }>(
        `/api/studies/${uid}/rejections`,
      )
      return list.items[0]?.holders.every(({ state }) => state === 'confirmed') &&
        list.items[0].holders.length === 2
        ? list.items[0]
        : undefined
    })
    t.deepEqual(
      done.holders.map(({ peer }) => peer),
      ['lecture-pacs', 'nord-pacs'],
    )
    t.is((await theirs.holds()).size, 4)
    t.is((await own.holds()).size, 4)

    // Made here: no image of the study, whatever is counted.
    const { body: page } = await technician.get<StudyView>(`/api/studies/${uid}`)
    t.is(page.completeness.received, 3)
    t.false(page.ModalitiesInStudy.includes('KO'))
    const [study] = await node.services.studies.byUid(uid)
    const note = (await node.services.studies.instances(study?.id ?? '')).find(({ isNote }) => isNote)
    const path = node.services.objects.path({ bucket: note?.bucket ?? '', name: note?.object ?? '' })
    const dumped = execFileSync(found('dsrdump') ?? '', ['+Pc', '+Pl', path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    t.regex(dumped, /Key Object Selection Document/)
    t.regex(dumped, /113037.*Rejected for Patient Safety Reasons/)
    t.regex(dumped, /Autre patient que celui de la demande/)
    t.is(dumped.match(/contains IMAGE/g)?.length, 3)

    // The PACS sends all of it again, our own note too: nothing comes back to life, and nothing goes round.
    await own.send(uid)
    await node.services.followers.settled()
    t.deepEqual(await listedTo('NORDPACS', node, uid), [])
    t.is((await node.facts('instances-withdrawn')).length, 1)
  },
)

test.serial(
  'a PACS that does not take notes is a task for a person, until somebody says that it is done',
  async t => {
    const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE', takes: sopClass => sopClass !== KOS })
    const node = await openNode(t, { network: routed(pacs.port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
    await sendAs('NORDPACS', node, files)
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
    await sendAs('NORDPACS', node, [writeNote(t, '113037', uid, files)])
    const technician = await person(t, node, 'technician')
    const rejection = async () =>
      (await technician.get<{ items: RejectionView[] }>(`/api/studies/${uid}/rejections`)).body.items[0]
    const owed = await eventually('a person is asked', async () => {
      const found = await rejection()
      return found?.holders[0]?.task === undefined ? undefined : found
    })
    t.deepEqual(owed.may, ['done'])
    t.regex(owed.holders[0]?.task?.reason ?? '', /does not take this kind of object/)
    const done = await technician.post<RejectionView>(`/api/rejections/${owed.id}/done`, {
      peer: 'lecture-pacs',
    })
    t.is(done.status, 200)
    t.is(done.body.holders[0]?.task?.doneBy, 'Alex Exemple')
    t.deepEqual(done.body.may, [])
    t.is((await technician.post(`/api/rejections/${owed.id}/done`, { peer: 'lecture-pacs' })).status, 409)
    t.is((await node.facts('rejection-task-done')).length, 1)
  },
)
