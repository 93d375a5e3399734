import test, { type ExecutionContext } from 'ava'
import { SOPClass } from '../../node/dicom/uids.js'
import type { ReportView, SignedView } from '../../node/reports/view.js'
import type { RequestView } from '../../node/requests/view.js'
import type { RejectionView } from '../../node/studies/view.js'
import { asking } from '../support/acceptors.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, temporary } from '../support/node.js'
import { openCommittingPacs } from '../support/pacs-commitment.js'
import { PASSWORD, person } from '../support/people.js'
import { toStore, writePhantom } from '../support/phantoms.js'

const KOS = SOPClass.KeyObjectSelectionDocumentStorage
const SECTIONS = {
  indication: 'Chute.',
  technique: 'Images synthétiques.',
  results: 'Pas de fracture visible.',
  conclusion: 'Pas de fracture visible.',
}
const WAIT_MS = 60_000

/** A preliminary report of a study, filed at the hospital's own PACS because the contract says so. */
async function filed(t: ExecutionContext, takes: (sopClass: string) => boolean) {
  const pacs = await openCommittingPacs(t, { aeTitle: 'NORDPACS', takes })
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS.map(contract => ({ ...contract, preliminary: 'to-pacs' })),
      peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port)],
      routes: [],
    },
  })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
  const association = await asking(node.addresses.dicom, {
    callingAETitle: 'NORDPACS',
    contexts: [...new Set(files.map(file => file.sopClassUID))].map(abstractSyntax => ({
      abstractSyntax,
      transferSyntaxes: ['1.2.840.10008.1.2.1'],
    })),
  })
  for (const file of files) t.like(await association.store(toStore(file)), { outcome: 'answered', status: 0 })
  await association.release()
  await node.received(uid, files.length, 'nord')

  const [referrer, reader, technician] = [
    await person(t, node, 'referrer'),
    await person(t, node, 'first'),
    await person(t, node, 'technician'),
  ]
  const made = await referrer.post<RequestView>('/api/requests', {
    kind: 'reading',
    urgency: 'routine',
    site: 'nord',
    modality: 'CT',
    region: 'Crâne',
    question: 'Fracture ?',
    requester: { name: 'Dr Exemple Nord', phone: '+33 1 00 00 00 01' },
    patient: {
      id: '10001',
      issuer: 'NORD',
      family: 'ESSAI',
      given: 'Zoé',
      birthDate: '1970-05-14',
      sex: 'F',
    },
    studies: [uid],
    identityCheckedBy: 'Camille Fictif',
    consent: { given: true },
    submit: true,
  })
  t.is(made.status, 201, JSON.stringify(made.body))
  t.is((await reader.post(`/api/requests/${made.body.id}/claim`, {})).status, 200)
  const draft = await reader.post<ReportView & { confirm?: string }>(`/api/requests/${made.body.id}/report`)
  t.is(draft.status, 201, JSON.stringify(draft.body))
  const report = `/api/reports/${draft.body.id}`
  const sign = async (as: 'preliminary' | 'final', conclusion: string, more: object = {}) => {
    const { revision } = (await reader.get<ReportView>(report)).body
    const sections = { ...SECTIONS, conclusion }
    t.is((await reader.put(report, { revision, sections })).status, 200)
    const body = { reauthentication: { password: PASSWORD }, as, ...more }
    const signed = await reader.post<SignedView>(`${report}/sign`, body)
    t.is(signed.status, 200, JSON.stringify(signed.body))
    return signed.body.version
  }
  const confirmed = (version: number) =>
    eventually(
      `the PACS has confirmed version ${version}`,
      async () =>
        (await reader.get<ReportView>(report)).body.deliveries.some(
          each => each.channel === 'pacs' && each.version === version && each.state === 'confirmed',
        ) || undefined,
      WAIT_MS,
    )
  const rejections = async () =>
    (await technician.get<{ items: RejectionView[] }>(`/api/studies/${uid}/rejections`)).body.items
  /** What was made here of this study, by who it was withdrawn or not. */
  const papers = async () => {
    const [study] = await node.services.studies.byUid(uid)
    const all = await node.services.studies.instances(study?.id ?? '')
    return all.filter(({ madeHere, isNote }) => madeHere && !isNote)
  }
  await confirmed(await sign('preliminary', 'Pas de fracture visible, à relire.'))
  const preliminary = (await papers()).map(each => each.uid).sort()
  t.is(preliminary.length, 2, 'the report as PDF and as text')
  return { node, pacs, technician, sign, confirmed, rejections, papers, preliminary }
}

test.serial(
  'a preliminary report that was filed is rejected at the PACS by the final one: a note names its objects and no others',
  async t => {
    const { pacs, sign, confirmed, rejections, papers, preliminary } = await filed(t, () => true)
    await eventually(
      'the text is there too',
      async () => preliminary.every(uid => pacs.stored.includes(uid)) || undefined,
      WAIT_MS,
    )
    t.deepEqual(await rejections(), [])
    await confirmed(await sign('final', 'Fracture du rocher.', { difference: 'significant' }))
    const [rejection, ...others] = await eventually(
      'the note is filed',
      async () => {
        const found = await rejections()
        return found[0]?.holders.length === 1 && found[0].holders[0]?.state === 'confirmed'
          ? found
          : undefined
      },
      WAIT_MS,
    )
    t.deepEqual(others, [])
    t.like(rejection, { code: '113001', madeHere: true, instances: 2 })
    t.is(rejection?.holders[0]?.peer, 'nord-pacs')
    const all = await papers()
    t.deepEqual(
      all
        .filter(({ withdrawn }) => withdrawn)
        .map(each => each.uid)
        .sort(),
      preliminary,
    )
    t.is(all.filter(({ withdrawn }) => !withdrawn).length, 2, 'the final one stands')
    // Two objects of each version, and the note that withdraws the first two.
    await eventually('all of it arrived', async () => new Set(pacs.stored).size >= 5 || undefined, WAIT_MS)
    t.is(new Set(pacs.stored).size, 5)
  },
)

test.serial(
  'where the PACS takes no such note, it is listed where the preliminary report remains, until a person says it is done',
  async t => {
    const { technician, sign, confirmed, rejections } = await filed(t, sopClass => sopClass !== KOS)
    await confirmed(await sign('final', 'Pas de fracture.', { difference: 'minor' }))
    const owed = await eventually(
      'a person is asked',
      async () => (await rejections()).find(({ holders }) => holders[0]?.task !== undefined),
      WAIT_MS,
    )
    t.is(owed.holders[0]?.peer, 'nord-pacs')
    t.deepEqual(owed.may, ['done'])
    const done = await technician.post<RejectionView>(`/api/rejections/${owed.id}/done`, {
      peer: 'nord-pacs',
    })
    t.is(done.status, 200)
    t.is(done.body.holders[0]?.task?.doneBy, 'Alex Exemple')
  },
)
