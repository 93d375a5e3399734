import test from 'ava'
import { completenessOfStudy } from '../../node/studies/views.js'
import { asking } from '../support/acceptors.js'
import { eventually, freePort } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openOrthanc, openStorescp, programs } from '../support/pacs.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { type PhantomFile, toStore, writePhantom } from '../support/phantoms.js'

const withOrthanc = programs.orthanc ? test.serial : test.skip
const withDcmtk = programs.storescp ? test.serial : test.skip

async function send(
  port: number,
  callingAETitle: string,
  calledAETitle: string,
  files: readonly PhantomFile[],
) {
  const association = await asking(port, {
    callingAETitle,
    calledAETitle,
    contexts: [...new Set(files.map(file => file.sopClassUID))].map(abstractSyntax => ({
      abstractSyntax,
      transferSyntaxes: ['1.2.840.10008.1.2.1'],
    })),
  })
  for (const file of files) await association.store(toStore(file))
  await association.release()
}

const network = (port: number) => ({
  sites: SITES,
  contracts: CONTRACTS,
  peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', port)],
})

const completeness = async (node: TestNode, uid: string) => {
  const { studies, clock } = node.services
  const [study] = await studies.byUid(uid)
  return study === undefined ? undefined : completenessOfStudy(study, clock.now())
}

const shows = (node: TestNode, uid: string, state: string, more: (view: object) => boolean = () => true) =>
  eventually(`the study is ${state}`, async () => {
    const view = await completeness(node, uid)
    return view?.state === state && more(view) ? view : undefined
  })

test.serial(
  'what the sender’s PACS lists and did not send is named; what comes later is counted again',
  async t => {
    const pacs = await openLyingPacs(t, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true })
    const node = await openNode(t, { network: network(pacs.port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 8 })
    await send(pacs.port, 'MODALITY', 'NORDPACS', files.slice(0, 6))
    await send(node.addresses.dicom, 'NORDPACS', 'RELAIS', files.slice(0, 4))
    t.like(await shows(node, uid, 'incomplete'), { received: 4, expected: 6, missing: 2, proof: 'list' })
    const [study] = await node.services.studies.byUid(uid)
    const [gap, ...more] = await node.services.studies.gaps(study?.id ?? '')
    t.deepEqual(more, [])
    t.like(gap, { number: 1, modality: 'CT', expected: 6 })
    t.deepEqual(
      gap?.missing.map(({ uid: instance, number }) => [instance, number]).sort(),
      files
        .slice(4, 6)
        .map((file, n) => [file.sopInstanceUID, n + 5])
        .sort(),
    )
    // The exam went on: the PACS has more, and sends more.
    await send(pacs.port, 'MODALITY', 'NORDPACS', files.slice(6))
    await send(node.addresses.dicom, 'NORDPACS', 'RELAIS', files.slice(4, 7))
    t.like(await shows(node, uid, 'incomplete', view => 'expected' in view && view.expected === 8), {
      received: 7,
      missing: 1,
    })
    await send(node.addresses.dicom, 'NORDPACS', 'RELAIS', files.slice(7))
    t.like(await shows(node, uid, 'complete'), { received: 8, expected: 8, proof: 'list' })
    t.deepEqual(await node.services.studies.gaps(study?.id ?? ''), [])
  },
)

withOrthanc('Orthanc’s own lists prove a study complete', async t => {
  const port = await freePort()
  const node = await openNode(t, { network: network(port) })
  const pacs = await openOrthanc(t, { aeTitle: 'NORDPACS', port, node: { port: node.addresses.dicom } })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 5 })
  await send(port, 'RELAIS', 'NORDPACS', files)
  t.is((await pacs.holds()).size, 5)
  await send(node.addresses.dicom, 'NORDPACS', 'RELAIS', files)
  t.like(await shows(node, uid, 'complete'), { received: 5, expected: 5, proof: 'list' })
})

withDcmtk('a sender that answers no C-FIND leaves the count unproven, and that is said', async t => {
  const pacs = await openStorescp(t, { aeTitle: 'NORDPACS' })
  const node = await openNode(t, { network: network(pacs.port) })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
  await send(node.addresses.dicom, 'NORDPACS', 'RELAIS', files)
  t.like(await shows(node, uid, 'quiet', view => 'unknown' in view && view.unknown === 'no-answer'), {
    received: 2,
  })
})
