import test from 'ava'
import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { type CommandSet, commandField } from '../../node/dicom/network/command.js'
import {
  type CommitmentReport,
  commitmentFault,
  encodeReport,
  encodeRequest,
  failureReasonText,
  REFERENCES_MAX,
  readReport,
  readRequest,
} from '../../node/dicom/network/commitment.js'
import type { AcceptedContext } from '../../node/dicom/network/negotiation.js'
import { pduType } from '../../node/dicom/network/pdu.js'
import { actionRequest, eventReportRequest } from '../../node/dicom/network/requests.js'
import type { CommitmentContext } from '../../node/dicom/network/services.js'
import { SOPClass, STORAGE_COMMITMENT_INSTANCE, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'
import { asking, everything, listen } from '../support/acceptors.js'
import { eventually } from '../support/children.js'
import { associated, listener } from '../support/raw-association.js'

const IMPLICIT = TransferSyntax.ImplicitVRLittleEndian
const EXPLICIT = TransferSyntax.ExplicitVRLittleEndian
const sopClassUID = SOPClass.CTImageStorage
const reference = (number: number) => ({ sopClassUID, sopInstanceUID: `1.2.3.${number}` })
const item = (number: number | string) => ({
  ReferencedSOPClassUID: sopClassUID,
  ReferencedSOPInstanceUID: typeof number === 'string' ? number : `1.2.3.${number}`,
})
const REQUEST = { transactionUID: '2.25.1', references: [reference(1), reference(2)] }
const REPORT: CommitmentReport = {
  transactionUID: '2.25.1',
  committed: [reference(1)],
  failed: [{ ...reference(2), reason: 0x0112 }],
}
const contexts = [{ abstractSyntax: SOPClass.StorageCommitmentPushModel, transferSyntaxes: [EXPLICIT] }]

for (const [name, syntax] of [
  ['implicit', IMPLICIT],
  ['explicit', EXPLICIT],
] as const)
  test(`a request and a report read back as they were written: ${name} VR`, t => {
    t.deepEqual(readRequest(encodeRequest(REQUEST, syntax), syntax), { read: REQUEST })
    t.deepEqual(readReport(encodeReport(REPORT, syntax), syntax, 2), { read: REPORT })
    const all = { transactionUID: '2.25.1', committed: [reference(1)], failed: [] }
    t.deepEqual(readReport(encodeReport(all, syntax), syntax, 1), { read: all })
    const none = { transactionUID: '2.25.1', committed: [], failed: REPORT.failed }
    t.deepEqual(readReport(encodeReport(none, syntax), syntax, 2), { read: none })
  })

const requestOf = (values: Parameters<typeof encodeDataset>[0]) =>
  readRequest(encodeDataset(values, EXPLICIT), EXPLICIT)
const reportOf = (values: Parameters<typeof encodeDataset>[0], event = 2) =>
  readReport(encodeDataset(values, EXPLICIT), EXPLICIT, event)

test('what a request lacks or says wrongly is refused with the status of PS3.7 Annex C', t => {
  const status = (values: Parameters<typeof encodeDataset>[0]) => {
    const answer = requestOf(values)
    return 'refusal' in answer ? answer.refusal.status : 0
  }
  const ReferencedSOPSequence = [item(1)]
  t.is(status({ TransactionUID: '2.25.1', ReferencedSOPSequence }), 0)
  t.is(status({ ReferencedSOPSequence }), 0x0120)
  t.is(status({ TransactionUID: '', ReferencedSOPSequence }), 0x0120)
  t.is(status({ TransactionUID: '2.25.1' }), 0x0120)
  t.is(status({ TransactionUID: '2.25.1', ReferencedSOPSequence: [] }), 0x0120)
  t.is(
    status({ TransactionUID: '2.25.1', ReferencedSOPSequence: [{ ReferencedSOPClassUID: '1.2' }] }),
    0x0115,
  )
  t.is(status({ TransactionUID: '2.25.1', ReferencedSOPSequence: [item(1), item('')] }), 0x0115)
  t.like(readRequest(Buffer.from('no data set at all, but long enough'), EXPLICIT), {
    refusal: { status: 0x0115 },
  })
  const many = Array.from({ length: REFERENCES_MAX + 1 }, (_, number) => item(number))
  t.is(status({ TransactionUID: '2.25.1', ReferencedSOPSequence: many }), 0x0213)
  t.is(status({ TransactionUID: '2.25.1', ReferencedSOPSequence: many.slice(1) }), 0)
})

test('an instance named twice counts once, and one that is both committed and failed is failed', t => {
  t.deepEqual(requestOf({ TransactionUID: '2.25.1', ReferencedSOPSequence: [item(1), item(2), item(1)] }), {
    read: REQUEST,
  })
  t.deepEqual(
    reportOf({
      TransactionUID: '2.25.1',
      ReferencedSOPSequence: [item(1), item(2)],
      FailedSOPSequence: [{ ...item(2), FailureReason: 0x0112 }],
    }),
    { read: REPORT },
  )
  // A failure without its reason is a processing failure.
  t.like(reportOf({ TransactionUID: '2.25.1', FailedSOPSequence: [item(2)] }), {
    read: { failed: [{ reason: 0x0110 }] },
  })
})

test('a report of success that tells of failures, or of nothing, is refused', t => {
  const FailedSOPSequence = [{ ...item(2), FailureReason: 0x0112 }]
  t.like(reportOf({ TransactionUID: '2.25.1', ReferencedSOPSequence: [item(1)], FailedSOPSequence }, 1), {
    refusal: { status: 0x0115 },
  })
  t.like(reportOf({ TransactionUID: '2.25.1' }, 1), { refusal: { status: 0x0120 } })
  t.like(reportOf({ ReferencedSOPSequence: [item(1)] }, 1), { refusal: { status: 0x0120 } })
})

test('each failure reason has the words of the standard', t => {
  t.is(failureReasonText(0x0112), 'no such object instance (0112)')
  t.is(failureReasonText(0x0131), 'duplicate transaction UID (0131)')
  t.is(failureReasonText(0xabc), 'a reason the standard does not know (0ABC)')
})

test('a command for another class, instance, action or event is refused before its data set is read', t => {
  const service = {
    requested: () => Promise.resolve({ status: 0 }),
    reported: () => Promise.resolve({ status: 0 }),
  }
  const context: AcceptedContext = {
    id: 1,
    abstractSyntax: SOPClass.StorageCommitmentPushModel,
    transferSyntax: EXPLICIT,
  }
  const named = {
    sopClassUID: SOPClass.StorageCommitmentPushModel,
    sopInstanceUID: STORAGE_COMMITMENT_INSTANCE,
    hasDataSet: true,
  }
  const action = actionRequest(1, { ...named, actionTypeId: 1 })
  const event = eventReportRequest(1, { ...named, eventTypeId: 2 })
  const status = (
    command: CommandSet,
    given = service as Parameters<typeof commitmentFault>[2],
    on = context,
  ) => commitmentFault(on, command, given)?.status ?? 0
  t.is(status(action), 0)
  t.is(status(event), 0)
  t.is(status({ ...action, RequestedSOPClassUID: SOPClass.Verification }), 0x0118)
  t.is(status(action, service, { ...context, abstractSyntax: SOPClass.Verification }), 0x0118)
  t.is(status({ ...action, RequestedSOPInstanceUID: '1.2.3' }), 0x0112)
  t.is(status({ ...action, ActionTypeID: 2 }), 0x0123)
  t.is(status({ ...event, EventTypeID: 3 }), 0x0113)
  t.is(status({ ...event, hasDataSet: false }), 0x0120)
  t.is(commitmentFault(context, action, undefined)?.status, 0x0211)
  t.is(status(event, { requested: service.requested }), 0x0211)
})

test('who is asked answers on the same association, or later on one of its own with the roles turned round', async t => {
  const reports: CommitmentReport[] = []
  const here = {
    reported: (_context: CommitmentContext, report: CommitmentReport) => {
      reports.push(report)
      return Promise.resolve({ status: 0 })
    },
  }
  const asked: CommitmentContext[] = []
  const pacs = await listen(t, {
    services: {
      commitment: {
        requested: (context, request) => {
          asked.push(context)
          t.deepEqual(request, REQUEST)
          return Promise.resolve({ status: 0 })
        },
      },
    },
  })
  const association = await asking(pacs.port, { contexts, commitment: here })
  t.like(await association.requestCommitment(REQUEST), { outcome: 'answered', status: 0 })
  const [context] = asked as [CommitmentContext]
  t.true(context.open)
  t.like(await context.report(REPORT), { outcome: 'answered', status: 0 })
  t.deepEqual(reports, [REPORT])
  await association.release()
  await eventually('the association is over', () => (context.open ? undefined : true))
  t.like(await context.report(REPORT), { outcome: 'unanswered' })

  const node = await listen(t, {
    admit: () => ({ ...everything, scpRole: uid => uid === SOPClass.StorageCommitmentPushModel }),
    services: { commitment: here },
  })
  const roles = [{ sopClassUID: SOPClass.StorageCommitmentPushModel, scu: false, scp: true }]
  const later = await asking(node.port, { contexts, roles })
  t.deepEqual(later.roles, roles)
  t.like(await later.reportCommitment(REPORT), { outcome: 'answered', status: 0 })
  t.is(reports.length, 2)
  // The other direction is not offered there.
  t.like(await later.requestCommitment(REQUEST), { outcome: 'answered', status: 0x0211 })
  await later.release()
  const shy = await listen(t, { services: {} })
  t.deepEqual((await asking(shy.port, { contexts, roles })).roles, [{ ...roles[0], scp: false }])
})

test('a failure of the service is a processing failure, told without its inside; a peer that hangs up is unanswered', async t => {
  const thrown: unknown[] = [new Failure('conflict', 'asked before'), new Error('inside')]
  const node = await listen(t, {
    services: { commitment: { requested: () => Promise.reject(thrown.shift()) } },
  })
  const association = await asking(node.port, { contexts })
  t.like(await association.requestCommitment(REQUEST), { status: 0x0110, comment: 'asked before' })
  t.like(await association.requestCommitment(REQUEST), { status: 0x0110, comment: 'internal error' })
  t.is(node.events.filter(event => event.type === 'fault').length, 1)
  await association.release()

  const pacs = await listener(t)
  const opening = asking(pacs.port, { contexts })
  const raw = await pacs.next()
  await raw.hears(pduType.associateRequest)
  raw.say({
    type: pduType.associateAccept,
    protocolVersion: 1,
    calledAETitle: 'RELAIS',
    callingAETitle: 'SENDER',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    contexts: [{ id: 1, result: 0, transferSyntax: EXPLICIT }],
    user: { maxPduBytes: 16_384, implementationClassUID: '1.2.3', roles: [], extended: [] },
  })
  const asked = (await opening).requestCommitment(REQUEST)
  t.like((await raw.answer()).command, { CommandField: commandField.actionRequest, ActionTypeID: 1 })
  raw.socket.destroy()
  t.like(await asked, { outcome: 'unanswered' })
})

test('where no context was accepted nothing is sent, and a data set beyond the limit is refused whole', async t => {
  const node = await listen(t, {
    services: { commitment: { requested: () => Promise.resolve({ status: 0 }) } },
  })
  const other = await asking(node.port)
  t.deepEqual(await other.requestCommitment(REQUEST), { outcome: 'not-negotiated' })
  t.deepEqual(await other.reportCommitment(REPORT), { outcome: 'not-negotiated' })
  await other.release()
  const raw = await associated(t, node.port, { contexts: [{ id: 1, ...contexts[0] }] as never })
  const command = actionRequest(1, {
    sopClassUID: SOPClass.StorageCommitmentPushModel,
    sopInstanceUID: STORAGE_COMMITMENT_INSTANCE,
    actionTypeId: 1,
    hasDataSet: true,
  })
  raw.message(1, command, Buffer.alloc(9 * 1024 * 1024))
  t.like((await raw.answer()).command, { CommandField: commandField.actionResponse, Status: 0x0213 })
})
