import { existsSync, readdirSync } from 'node:fs'
import test from 'ava'
import { eventually, run } from '../support/children.js'
import { openNode, peerOf, SITES, temporary } from '../support/node.js'
import { acknowledged, openOrthanc, openStorescp, programs, storescu } from '../support/pacs.js'
import { writePhantom } from '../support/phantoms.js'

const withDcmtk = programs.storescu && programs.storescp ? test : test.skip
const withOrthanc = programs.orthanc ? test : test.skip

const NORD = { sites: SITES, peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', 4242)] }

withDcmtk('what storescu sends is stored byte for byte, and a second sending changes nothing', async t => {
  const node = await openNode(t, { network: NORD })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 12 })
  const sent = await storescu(node.addresses.dicom, 'NORDPACS', files)
  t.is(sent.code, 0, sent.output)
  t.is(acknowledged(sent, files).length, 12)
  await node.received(uid, 12)
  const expected = new Map(files.map(file => [file.sopInstanceUID, file.digest]))
  t.deepEqual(await node.digests(uid), expected)
  const again = await storescu(node.addresses.dicom, 'NORDPACS', files)
  t.is(acknowledged(again, files).length, 12)
  await node.received(uid, 12)
  t.deepEqual(await node.digests(uid), expected)
})
