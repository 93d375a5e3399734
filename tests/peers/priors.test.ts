import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test from 'ava'
import type { RetrievalRow, SearchView } from '../../node/exchange/view.js'
import type { PriorsView } from '../../node/priors/view.js'
import type { NewRequest, RequestView } from '../../node/requests/view.js'
import { eventually, freePort } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, temporary } from '../support/node.js'
import { openOrthanc, programs } from '../support/pacs.js'
import { OPERATOR, person } from '../support/people.js'
import { digestsOf, writePhantom, ZOE } from '../support/phantoms.js'

const withOrthanc = programs.orthanc ? test.serial : test.skip

withOrthanc(
  'priors of a request: asked of all its site’s PACS at once, ranked, the best fetched, nobody else’s, going nowhere',
  async t => {
    const ports = { nord: await freePort(), sud: await freePort(), lecture: await freePort() }
    const deaf = createServer(socket => socket.on('error', () => undefined))
    deaf.listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    t.teardown(() => deaf.close())
    const rights = { may: ['echo', 'store', 'find', 'move'] }
    const node = await openNode(t, {
      env: {
        ...OPERATOR,
        RELAIS_RETRIEVAL_PRIORS_MAX: '1',
        // For the one that is silent; the other answers in time on a slow machine too.
        RELAIS_RETRIEVAL_SEARCH_TIMEOUT_MS: '8000',
        RELAIS_CALLS_ASSOCIATE_TIMEOUT_MS: '5000',
      },
      network: {
        sites: SITES,
        contracts: CONTRACTS,
        peers: [
          peerOf('nord-pacs', 'nord', 'NORDPACS', ports.nord, rights),
          peerOf('nord-archive', 'nord', 'ARCHIVE', (deaf.address() as AddressInfo).port, rights),
          peerOf('sud-pacs', 'sud', 'SUDPACS', ports.sud, rights),
          peerOf('lecture-pacs', 'lecture', 'LECTURE', ports.lecture, { may: ['store'] }),
        ],
        routes: [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
      },
    })
    const { dicom } = node.addresses
    const [nord, sud] = await Promise.all([
      openOrthanc(t, { aeTitle: 'NORDPACS', port: ports.nord, node: { port: dicom } }),
      openOrthanc(t, { aeTitle: 'SUDPACS', port: ports.sud, node: { port: dicom } }),
    ])
    const folder = temporary(t)
    const current = writePhantom(folder, 'current', { images: 2 })
    const best = writePhantom(folder, 'best', { kind: 'ct-head-prior', images: 3, StudyDate: '20260110' })
    const older = writePhantom(folder, 'older', { images: 2, StudyDate: '20190101' })
    const knee = writePhantom(folder, 'knee', { kind: 'mr-knee', images: 1, StudyDate: '20260301' })
    // The same number at the other hospital is another person.
    const stranger = writePhantom(folder, 'stranger', {
      images: 2,
      StudyDate: '20260501',
      patient: { ...ZOE, PatientName: 'FICTIF^Autre' },
    })
    for (const { files } of [current, best, older, knee]) await nord.add(files)
    await sud.add(stranger.files)
    const referrer = await person(t, node, 'referrer')
    const reader = await person(t, node, 'first')
    const outsider = await person(t, node, 'stranger')

    // The screen's search fills while a PACS is silent, and only its own person reads it.
    const begun = await reader.post<SearchView>('/api/searches', { site: 'nord', PatientID: ZOE.PatientID })
    t.is(begun.status, 404, 'no part in that hospital yet')
    const search = await referrer.post<SearchView>('/api/searches', {
      site: 'nord',
      PatientID: ZOE.PatientID,
    })
    t.is(search.status, 201)
    t.false(search.body.done)
    const partly = await eventually('one PACS has answered', async () => {
      const { body } = await referrer.get<SearchView>(`/api/searches/${search.body.id}`)
      return body.items.length > 0 ? body : undefined
    })
    t.is(partly.items.length, 4)
    t.false(partly.done)
    t.is((await outsider.get(`/api/searches/${search.body.id}`)).status, 404)
    const whole = await eventually(
      'both have',
      async () => {
        const { body } = await referrer.get<SearchView>(`/api/searches/${search.body.id}`)
        return body.done ? body : undefined
      },
      30_000,
    )
    t.deepEqual(whole.peers.map(({ peer, outcome }) => [peer, outcome]).sort(), [
      ['nord-archive', 'no-answer'],
      ['nord-pacs', 'answered'],
    ])
    t.is(
      (await referrer.post('/api/retrievals', { peer: 'nord-pacs', StudyInstanceUID: best.uid })).status,
      403,
    )

    await nord.send(current.uid)
    await node.received(current.uid, 2)
    const form: NewRequest = {
      kind: 'reading',
      urgency: 'emergency',
      site: 'nord',
      modality: 'CT',
      region: 'Crâne',
      question: 'Hémorragie ?',
      requester: { name: 'Camille Fictif', phone: '+33 1 00 00 00 01' },
      patient: {
        id: ZOE.PatientID,
        issuer: 'NORD',
        family: 'ESSAI',
        given: 'Zoé',
        birthDate: '1970-05-14',
        sex: 'F',
      },
      studies: [current.uid],
      identityCheckedBy: 'Camille Fictif',
      consent: { given: true },
      submit: true,
    }
    const made = await referrer.post<RequestView>('/api/requests', form)
    t.is(made.status, 201, JSON.stringify(made.body))
    const path = `/api/requests/${made.body.id}/priors`
    const priors = await eventually(
      'the best prior is here',
      async () => {
        const { body } = await reader.get<PriorsView>(path)
        return body.items[0]?.here && body.state === 'done' ? body : undefined
      },
      60_000,
    )
    t.deepEqual(
      priors.items.map(item => [item.StudyInstanceUID, item.chosen, item.here, item.why[0]?.code]),
      [
        [best.uid, true, true, 'same-region'],
        [older.uid, false, false, 'same-region'],
      ],
    )
    t.like(priors.items[0]?.retrieval, { state: 'complete', cause: 'prior', peer: 'nord-pacs' })
    t.deepEqual(priors.peers.map(({ peer, outcome }) => [peer, outcome]).sort(), [
      ['nord-archive', 'no-answer'],
      ['nord-pacs', 'answered'],
    ])
    t.deepEqual(await node.digests(best.uid), digestsOf(best.files))
    t.is((await outsider.get(path)).status, 404)
    // Its readers may see it; it follows no route, and what is another person's was not touched.
    await eventually('the reader sees it', async () =>
      (await reader.get(`/api/studies/${best.uid}`)).status === 200 ? true : undefined,
    )
    t.is((await outsider.get(`/api/studies/${best.uid}`)).status, 404)
    await node.services.followers.settled()
    t.is(await node.transfer(best.uid, 'lecture-pacs'), undefined)
    t.truthy(await node.transfer(current.uid, 'lecture-pacs'))
    t.is((await node.services.studies.byUid(stranger.uid)).length, 0)
    t.is((await node.services.studies.byUid(knee.uid)).length, 0)

    // The reader fetches another one, and asks once more: nothing comes twice.
    const more = await reader.post<PriorsView>(`${path}/${older.uid}`, {})
    t.is(more.status, 200, JSON.stringify(more.body))
    await eventually('it is here too', async () =>
      (await reader.get<PriorsView>(path)).body.items.every(({ here }) => here) ? true : undefined,
    )
    await reader.post(path, {})
    await eventually(
      'asked again',
      async () => ((await node.facts('priors-searched')).length === 2 ? true : undefined),
      60_000,
    )
    const rows = (await reader.get<{ items: RetrievalRow[] }>(`/api/retrievals?study=${best.uid}`)).body.items
    t.is(rows.length, 1)
    t.like(rows[0], { instances: { here: 3, completed: 3 } })
  },
)
