import { readFileSync } from 'node:fs'
import test from 'ava'
import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { type CommandSet, commandField } from '../../node/dicom/network/command.js'
import { pduType } from '../../node/dicom/network/pdu.js'
import { SOPClass, STORAGE_COMMITMENT_INSTANCE, TransferSyntax } from '../../node/dicom/uids.js'
import { services } from '../../node/peers/peer.js'
import { performed } from '../../node/peers/service-table.js'
import type { Service } from '../../node/peers/view.js'
import { arrive } from '../support/arriving.js'
import { CONTRACTS, openNode, peerOf, SITES, temporary } from '../support/node.js'
import { writePhantom } from '../support/phantoms.js'
import { associateRequest, call, type HeardMessage } from '../support/raw-association.js'

type Operation = (typeof performed)[number]['operation']

/** Written down by hand: which right opens which operation on which SOP class. Everything else is refused. */
const OPENS: Record<Service, readonly (readonly [sopClass: string, operation: Operation])[]> = {
  echo: [[SOPClass.Verification, 'C-ECHO']],
  store: [
    [SOPClass.CTImageStorage, 'C-STORE'],
    [SOPClass.StorageCommitmentPushModel, 'N-ACTION'],
  ],
  find: [[SOPClass.StudyRootFind, 'C-FIND']],
  move: [[SOPClass.StudyRootMove, 'C-MOVE']],
  get: [[SOPClass.StudyRootGet, 'C-GET']],
  commit: [[SOPClass.StorageCommitmentPushModel, 'N-EVENT-REPORT']],
}
/** Who gets images by C-GET takes them on a context of storage, on which it may not ask for anything. */
const ALSO_ACCEPTED: Partial<Record<Service, string>> = { get: SOPClass.CTImageStorage }

const OFFERED = [
  SOPClass.Verification,
  SOPClass.CTImageStorage,
  SOPClass.StudyRootFind,
  SOPClass.StudyRootMove,
  SOPClass.StudyRootGet,
  SOPClass.StorageCommitmentPushModel,
  SOPClass.PatientRootFind,
  SOPClass.PatientRootMove,
  SOPClass.PatientRootGet,
  SOPClass.ModalityWorklistFind,
]
const FIELDS: Record<Operation | 'no such operation', number> = {
  'C-ECHO': commandField.echoRequest,
  'C-STORE': commandField.storeRequest,
  'C-FIND': commandField.findRequest,
  'C-MOVE': commandField.moveRequest,
  'C-GET': commandField.getRequest,
  'N-ACTION': commandField.actionRequest,
  'N-EVENT-REPORT': commandField.eventReportRequest,
  'no such operation': 0x0150,
}
/** No such SOP class, SOP class not supported, not authorised, unrecognised operation (PS3.7 Annex C). */
const REFUSED = [0x0118, 0x0122, 0x0124, 0x0211]

test('the table of DICOM services holds what the rights open, operation by operation', t => {
  const rows = performed
    // What a C-GET gives is asked by us of the caller.
    .filter(({ operation, callerProvides }) => !(operation === 'C-STORE' && callerProvides))
    .map(({ right, operation, sopClasses }) => `${right} ${operation} ${[...sopClasses].slice(0, 1)}`)
  const first = [...(performed.find(({ operation }) => operation === 'C-STORE')?.sopClasses ?? [])][0]
  const byHand = services.flatMap(right =>
    OPENS[right].map(
      ([sopClass, operation]) => `${right} ${operation} ${operation === 'C-STORE' ? first : sopClass}`,
    ),
  )
  t.deepEqual(rows.sort(), byHand.sort())
})

test('whatever a peer asks on whatever context it was given: only what its right opens is answered', async t => {
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: services.map(right =>
        peerOf(`nord-${right}`, 'nord', right.toUpperCase(), 104, { may: [right] }),
      ),
    },
  })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 1 })
  await arrive(
    node.services,
    'nord',
    files.map(({ file }) => readFileSync(file)),
  )
  for (const right of services) {
    const peer = await call(t, node.addresses.dicom)
    const offer = associateRequest({
      callingAETitle: right.toUpperCase(),
      contexts: OFFERED.map((abstractSyntax, index) => ({
        id: index * 2 + 1,
        abstractSyntax,
        transferSyntaxes: [TransferSyntax.ExplicitVRLittleEndian],
      })),
      user: {
        maxPduBytes: 16_384,
        implementationClassUID: '1.2.3',
        roles: [SOPClass.CTImageStorage, SOPClass.StorageCommitmentPushModel].map(sopClassUID => ({
          sopClassUID,
          scu: true,
          scp: true,
        })),
        extended: [],
      },
    })
    peer.say(offer)
    const { contexts } = await peer.hears(pduType.associateAccept)
    const opened = OPENS[right].map(([sopClass]) => sopClass)
    const accepted = OFFERED.filter((_, index) =>
      contexts.some(({ id, result }) => id === index * 2 + 1 && result === 0),
    )
    t.deepEqual(
      accepted,
      OFFERED.filter(uid => opened.includes(uid as never) || ALSO_ACCEPTED[right] === uid),
      right,
    )
    let messageId = 0
    for (const sopClass of accepted)
      for (const [operation, field] of Object.entries(FIELDS)) {
        const command: CommandSet = {
          CommandField: field,
          hasDataSet: operation !== 'C-ECHO',
          MessageID: ++messageId,
          ...(operation === 'N-ACTION'
            ? { RequestedSOPClassUID: sopClass, RequestedSOPInstanceUID: STORAGE_COMMITMENT_INSTANCE }
            : { AffectedSOPClassUID: sopClass }),
          ...(operation === 'N-ACTION' ? { ActionTypeID: 1 } : {}),
          ...(operation === 'N-EVENT-REPORT'
            ? { EventTypeID: 1, AffectedSOPInstanceUID: STORAGE_COMMITMENT_INSTANCE }
            : {}),
          ...(operation === 'C-STORE' ? { AffectedSOPInstanceUID: '1.2.3.4' } : {}),
          ...(operation === 'C-MOVE' ? { MoveDestination: 'STORE' } : {}),
        }
        const asked = operation === 'C-FIND' ? uid : '1.2.3.4.5'
        const identifier = encodeDataset(
          operation.startsWith('N-')
            ? {
                TransactionUID: '2.25.7',
                ReferencedSOPSequence: [
                  { ReferencedSOPClassUID: SOPClass.CTImageStorage, ReferencedSOPInstanceUID: '1.2.3.4' },
                ],
              }
            : { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: asked, PatientName: '' },
          TransferSyntax.ExplicitVRLittleEndian,
        )
        peer.message(OFFERED.indexOf(sopClass) * 2 + 1, command, command.hasDataSet ? identifier : undefined)
        const answers: HeardMessage[] = []
        while (answers.length === 0 || answers.at(-1)?.command.Status === 0xff00) {
          const heard = await peer.answer()
          // After a request for commitment the node asks in its turn.
          if (heard.command.MessageIDBeingRespondedTo === messageId) answers.push(heard)
        }
        const cell = `${right}: ${operation} on ${sopClass}`
        const allowed = OPENS[right].some(([uid, what]) => uid === sopClass && what === operation)
        const status = answers.at(-1)?.command.Status ?? -1
        t.is(!REFUSED.includes(status), allowed, `${cell} was answered ${status.toString(16)}`)
        t.is(answers.length, allowed && operation === 'C-FIND' ? 2 : 1, cell)
      }
    peer.socket.destroy()
  }
  t.is((await node.services.studies.byUid(uid)).length, 1)
})
