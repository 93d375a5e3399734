import test, { type ExecutionContext } from 'ava'
import type { StudyAttributes } from '../../node/dicom/format/attributes.js'
import { StatusFailure } from '../../node/dicom/network/status.js'
import { answerQuery } from '../../node/exchange/answering.js'
import { findStudies } from '../../node/exchange/finding.js'
import type { Keys } from '../../node/peers/identifiers.js'
import { openPeers } from '../../node/peers/peers.js'
import { peerOf } from '../support/node.js'
import { studyUid } from '../support/phantoms.js'
import { house, image } from '../support/study-house.js'

const TEST = { by: 'command', user: 'test' } as const

/** A node with a PACS at each of three sites, and studies in it. */
async function archive(t: ExecutionContext) {
  const node = await house(t)
  const { db, clock, journal, studies } = node
  const peers = await openPeers({ db, clock, journal, allowLoopbackPeers: true })
  await db.write(async tx => {
    for (const site of ['nord', 'sud', 'lecture'])
      await peers.put(
        tx,
        { tls: 'none', certificate: null, ...peerOf(`${site}-pacs`, site, 'PACS', 104), may: ['find'] },
        TEST,
      )
  })
  const add = async (name: string, attributes: Partial<StudyAttributes> = {}, site = 'nord') => {
    const StudyInstanceUID = studyUid(name)
    const SeriesInstanceUID = attributes.SeriesInstanceUID ?? `${StudyInstanceUID}.1`
    await node.receive.receive(
      image({ site, attributes: { StudyInstanceUID, SeriesInstanceUID, ...attributes } }),
    )
    clock.advance(1000)
    return StudyInstanceUID
  }
  const pages = async (peer: string, keys: Keys, relational = false) => {
    const all: Keys[][] = []
    const query = {
      id: 1,
      peer,
      callingAETitle: 'PACS',
      address: '127.0.0.1',
      calledAETitle: 'RELAIS',
      keys,
      relational,
    }
    for await (const page of answerQuery(query, { db, peers, studies })) all.push(page)
    return all
  }
  const find = async (peer: string, keys: Keys, relational = false) =>
    (await pages(peer, { QueryRetrieveLevel: 'STUDY', ...keys }, relational)).flat()
  return { ...node, peers, add, find, pages }
}

test('a query finds by every key what matches it, and only that', async t => {
  const { add, find } = await archive(t)
  const zoe = await add('zoe', {
    PatientName: 'ESSAI^Zoé',
    PatientID: 'P[1]',
    PatientBirthDate: '19700514',
    StudyDate: '20261124',
    StudyTime: '103000',
    AccessionNumber: 'A-77',
    StudyDescription: 'TDM cérébrale',
    StudyID: '7',
    ReferringPhysicianName: 'MARTIN^Luc',
    PatientSex: 'F',
    Modality: 'CT',
  })
  const jean = await add('jean', {
    PatientName: "D'ESSAI^Jean-Pierre",
    PatientID: 'P1',
    PatientBirthDate: '19551231',
    StudyDate: '20250101',
    StudyTime: '080000',
    AccessionNumber: 'B-12',
    StudyDescription: 'IRM du genou',
    Modality: 'MR',
    PatientSex: 'M',
  })
  const nobody = await add('nobody', {
    PatientID: '',
    PatientName: '',
    PatientBirthDate: '',
    PatientSex: '',
    StudyDate: '',
    Modality: 'DX',
  })
  const everything = [nobody, jean, zoe]
  const table: [Keys, string[]][] = [
    [{}, everything],
    [{ PatientID: '' }, everything],
    [{ PatientID: '*' }, everything],
    [{ PatientID: 'P1' }, [jean]],
    [{ PatientID: 'p1' }, []],
    [{ PatientID: 'P[1]' }, [zoe]],
    [{ PatientID: 'P?1?' }, [zoe]],
    [{ PatientID: 'P*' }, [jean, zoe]],
    [{ PatientID: '?*' }, [jean, zoe]], // not the number we gave who has none
    [{ PatientName: 'essai*' }, [zoe]],
    [{ PatientName: '*ESSAI*' }, [jean, zoe]],
    [{ PatientName: 'ESSAI^ZOE' }, [zoe]],
    [{ PatientName: 'd essai^jean pierre' }, [jean]],
    [{ PatientName: 'ESSAI' }, []],
    [{ PatientName: '*TDM*' }, []], // in the description, not in the name
    [{ StudyDate: '20261124' }, [zoe]],
    [{ StudyDate: '2026.11.24' }, [zoe]],
    [{ StudyDate: '20260101-' }, [zoe]],
    [{ StudyDate: '-20251231' }, [jean]],
    [{ StudyDate: '20250101-20261124' }, [jean, zoe]],
    [{ StudyTime: '0800-0900' }, [jean]],
    [{ PatientBirthDate: '19700514' }, [zoe]],
    [{ AccessionNumber: 'B-1?' }, [jean]],
    [{ StudyDescription: 'TDM*' }, [zoe]],
    [{ StudyID: '7' }, [zoe]],
    [{ ReferringPhysicianName: 'martin*' }, [zoe]],
    [{ PatientSex: 'M' }, [jean]],
    [{ ModalitiesInStudy: 'CT' }, [zoe]],
    [{ ModalitiesInStudy: 'CT\\DX' }, [nobody, zoe]],
    [{ ModalitiesInStudy: 'C*' }, [zoe]],
    [{ StudyInstanceUID: zoe }, [zoe]],
    [{ StudyInstanceUID: `${zoe}\\${jean}` }, [jean, zoe]],
    [{ StudyInstanceUID: '1.2.*' }, []],
    [{ StudyInstanceUID: "' OR 1=1 --" }, []],
    [{ IssuerOfPatientID: 'NORD', PatientID: 'P1' }, [jean]],
    [{ IssuerOfPatientID: 'SUD' }, []],
    [{ PatientComments: 'whatever' }, everything], // an optional key nobody keeps here
    [{ PatientID: 'P1', ModalitiesInStudy: 'CT' }, []],
  ]
  for (const [keys, uids] of table)
    t.deepEqual(
      (await find('nord-pacs', { StudyInstanceUID: '', ...keys })).map(each => each['StudyInstanceUID']),
      uids,
      JSON.stringify(keys),
    )
  t.deepEqual(
    await find('nord-pacs', {
      StudyInstanceUID: zoe,
      NumberOfStudyRelatedSeries: '',
      NumberOfStudyRelatedInstances: '',
      PatientComments: '',
    }),
    [
      {
        QueryRetrieveLevel: 'STUDY',
        RetrieveAETitle: 'RELAIS',
        StudyInstanceUID: zoe,
        NumberOfStudyRelatedSeries: '1',
        NumberOfStudyRelatedInstances: '1',
        PatientComments: '',
      },
    ],
  )
})

test('lower levels need the study above them, unless relational queries were agreed on; the rest is A900', async t => {
  const { add, find } = await archive(t)
  const one = await add('one', { PatientID: 'P1' })
  const two = await add('two', { PatientID: 'P2' })
  const series = async (keys: Keys, relational = false) =>
    (
      await find('nord-pacs', { QueryRetrieveLevel: 'SERIES', SeriesInstanceUID: '', ...keys }, relational)
    ).map(each => each['SeriesInstanceUID'])
  t.deepEqual(await series({ StudyInstanceUID: one }), [`${one}.1`])
  t.deepEqual(await series({ StudyInstanceUID: one, Modality: 'MR' }), [])
  t.deepEqual(await series({}, true), [`${two}.1`, `${one}.1`])
  t.deepEqual(await series({ PatientID: 'P1' }, true), [`${one}.1`])
  t.deepEqual(await series({ SeriesInstanceUID: `${two}.1` }, true), [`${two}.1`])
  const images = async (keys: Keys) =>
    (await find('nord-pacs', { QueryRetrieveLevel: 'IMAGE', SOPInstanceUID: '', ...keys }, true)).length
  t.is(await images({}), 2)
  t.is(await images({ StudyInstanceUID: one }), 1)
  t.is(await images({ StudyInstanceUID: one, SOPInstanceUID: '1.2.3' }), 0)
  for (const keys of [
    { QueryRetrieveLevel: 'SERIES' },
    { QueryRetrieveLevel: 'IMAGE', StudyInstanceUID: '' },
    { QueryRetrieveLevel: 'PATIENT' },
    { QueryRetrieveLevel: '' },
  ] as Keys[]) {
    const refused = await t.throwsAsync<StatusFailure>(find('nord-pacs', keys))
    t.true(refused instanceof StatusFailure)
    t.is(refused?.status, 0xa900, JSON.stringify(keys))
  }
})

test('the same patient number, and even the same study UID, at three sites: no row crosses over, at any level', async t => {
  const { add, find, db, studies, receive } = await archive(t)
  const sites = ['nord', 'sud', 'lecture']
  for (const site of sites) {
    await add('shared', { PatientID: '10001', PatientName: `ESSAI^${site}` }, site)
    await add(`own of ${site}`, { PatientID: '10001', PatientName: `ESSAI^${site}` }, site)
  }
  const shared = studyUid('shared')
  for (const site of sites)
    for (const keys of [
      {},
      { PatientID: '10001' },
      { PatientName: 'ESSAI*' },
      { QueryRetrieveLevel: 'SERIES', StudyInstanceUID: shared },
      { QueryRetrieveLevel: 'IMAGE', StudyInstanceUID: shared },
    ] as Keys[]) {
      const found = await find(`${site}-pacs`, { PatientName: '', ...keys })
      t.is(found.length, 'StudyInstanceUID' in keys ? 1 : 2, `${site} ${JSON.stringify(keys)}`)
      for (const each of found) t.is(each['PatientName'], `ESSAI^${site}`)
    }
  // A reading group that is asked sees that one, and hears whose number it is.
  const [study] = (await studies.byUid(studyUid('own of nord'))).filter(each => each.site === 'nord')
  await db.write(tx =>
    studies.link(tx, study?.id ?? '', { request: 'req_1', sites: ['lecture'], urgency: 'routine' }),
  )
  const read = await find('lecture-pacs', { PatientID: '10001', StudyInstanceUID: '', PatientName: '' })
  t.deepEqual(
    read.map(each => [each['PatientName'], each['IssuerOfPatientID']]),
    [
      ['ESSAI^lecture', undefined],
      ['ESSAI^lecture', undefined],
      ['ESSAI^nord', 'NORD'],
    ],
  )
  // What we made for one site is no image for another.
  await receive.receive(
    image({
      site: 'nord',
      made: true,
      association: 'report',
      attributes: {
        StudyInstanceUID: studyUid('own of nord'),
        SeriesInstanceUID: `${studyUid('own of nord')}.1`,
      },
    }),
  )
  const counts = async (peer: string) => {
    const keys = { StudyInstanceUID: studyUid('own of nord') }
    const [row] = await find(peer, { ...keys, NumberOfStudyRelatedInstances: '' })
    return [
      row?.['NumberOfStudyRelatedInstances'],
      (await find(peer, { ...keys, QueryRetrieveLevel: 'IMAGE' })).length,
    ]
  }
  t.deepEqual(await counts('nord-pacs'), ['2', 2])
  t.deepEqual(await counts('lecture-pacs'), ['1', 1])
})

test('many studies come page by page, each once, and who wants no more reads no more', async t => {
  const { add, find, pages, db } = await archive(t)
  const many = 250
  for (let n = 0; n < many; n += 1) await add(`study ${n}`, { PatientID: String(n) })
  const found = await pages('nord-pacs', { QueryRetrieveLevel: 'STUDY', PatientID: '' })
  t.deepEqual(
    found.map(page => page.length),
    [100, 100, 50],
  )
  t.is(new Set(found.flat().map(each => each['PatientID'])).size, many)
  t.is((await find('nord-pacs', { PatientID: '17?' })).length, 10)
  let read = 0
  for await (const page of findStudies(db, 'nord', {})) {
    read += page.length
    break
  }
  t.is(read, 100)
})
