import { Failure } from '../../errors.js'
import { encodeDataset, type Values } from '../format/dataset.js'
import type { DataSet } from '../format/dataset-reading.js'
import { readHeaderSync } from '../format/header.js'
import { isUID, SOPClass, STORAGE_COMMITMENT_INSTANCE } from '../uids.js'
import { type CommandSet, commandField } from './command.js'
import type { AcceptedContext } from './negotiation.js'
import type { CommitmentService, StoreResult } from './services.js'
import { dimseStatus } from './status.js'

/** Storage Commitment Push Model (PS3.4 Annex J): what is said, and what is wrong with it. */

/** Request Storage Commitment (PS3.4 Table J.3-1). */
export const COMMITMENT_ACTION = 1
/** Storage Commitment Request Successful; Complete - Failures Exist (PS3.4 J.3.3). */
export const commitmentEvent = { successful: 1, failuresExist: 2 } as const

/** Failure Reason (0008,1197), PS3.3 C.14.1.1. */
export const failureReason = {
  processingFailure: 0x0110,
  noSuchInstance: 0x0112,
  classInstanceConflict: 0x0119,
  sopClassNotSupported: 0x0122,
  duplicateTransaction: 0x0131,
  resourceLimitation: 0x0213,
} as const

const reasonWords: Record<number, string> = {
  [failureReason.processingFailure]: 'processing failure',
  [failureReason.noSuchInstance]: 'no such object instance',
  [failureReason.classInstanceConflict]: 'class-instance conflict',
  [failureReason.sopClassNotSupported]: 'referenced SOP class not supported',
  [failureReason.duplicateTransaction]: 'duplicate transaction UID',
  [failureReason.resourceLimitation]: 'resource limitation',
}

/** A failure reason for a person: the standard's words and its number. */
export function failureReasonText(reason: number): string {
  const number = reason.toString(16).toUpperCase().padStart(4, '0')
  return `${reasonWords[reason] ?? 'a reason the standard does not know'} (${number})`
}

/** One instance by class and UID (0008,1199). */
export interface Reference {
  sopClassUID: string
  sopInstanceUID: string
}

/** What an N-ACTION asks for: at least one instance, each once. */
export interface CommitmentRequest {
  transactionUID: string
  references: Reference[]
}

/** What an N-EVENT-REPORT says of a transaction. Either list may be empty, not both. */
export interface CommitmentReport {
  transactionUID: string
  committed: Reference[]
  failed: (Reference & { reason: number })[]
}

/** Instances of one transaction: some 150 bytes each on the wire. */
export const REFERENCES_MAX = 20_000
/** The data set of a request or a report, whole in memory. */
export const COMMITMENT_MAX_BYTES = 8 * 1024 * 1024

export function encodeRequest(request: CommitmentRequest, transferSyntaxUID: string): Buffer {
  return encodeDataset(
    { TransactionUID: request.transactionUID, ReferencedSOPSequence: request.references.map(referenceItem) },
    transferSyntaxUID,
  )
}

/** Empty sequences are left out: type 1C each (PS3.4 Table J.3-2). */
export function encodeReport(report: CommitmentReport, transferSyntaxUID: string): Buffer {
  const { transactionUID, committed, failed } = report
  const values: Values = {
    TransactionUID: transactionUID,
    ...(committed.length > 0 ? { ReferencedSOPSequence: committed.map(referenceItem) } : {}),
    ...(failed.length > 0
      ? { FailedSOPSequence: failed.map(each => ({ ...referenceItem(each), FailureReason: each.reason })) }
      : {}),
  }
  return encodeDataset(values, transferSyntaxUID)
}

function referenceItem({ sopClassUID, sopInstanceUID }: Reference): Values {
  return { ReferencedSOPClassUID: sopClassUID, ReferencedSOPInstanceUID: sopInstanceUID }
}

type Read<T> = { read: T } | { refusal: StoreResult }

/** Reads the Action Information; what does not fit is a refusal with its status (PS3.7 Annex C). */
export function readRequest(bytes: Buffer, transferSyntaxUID: string): Read<CommitmentRequest> {
  return reading(bytes, transferSyntaxUID, dataSet => {
    const references = distinct(dataSet.sequence('ReferencedSOPSequence').map(referenceOf))
    if (references.length === 0)
      throw new Refused(dimseStatus.missingAttribute, 'no Referenced SOP Sequence (0008,1199)')
    return { transactionUID: transactionOf(dataSet), references }
  })
}

/** Reads the Event Information. An instance said to be both failed and committed is failed: the worst word counts. */
export function readReport(
  bytes: Buffer,
  transferSyntaxUID: string,
  eventTypeId: number,
): Read<CommitmentReport> {
  return reading(bytes, transferSyntaxUID, dataSet => {
    const failed = distinct(
      dataSet.sequence('FailedSOPSequence').map(item => ({
        ...referenceOf(item),
        reason: item.integer('FailureReason') ?? failureReason.processingFailure,
      })),
    )
    if (eventTypeId === commitmentEvent.successful && failed.length > 0)
      throw new Refused(dimseStatus.invalidArgument, 'failures in a report of success')
    const lost = new Set(failed.map(each => each.sopInstanceUID))
    const committed = distinct(dataSet.sequence('ReferencedSOPSequence').map(referenceOf)).filter(
      each => !lost.has(each.sopInstanceUID),
    )
    if (committed.length + failed.length === 0)
      throw new Refused(dimseStatus.missingAttribute, 'a report of no instance')
    return { transactionUID: transactionOf(dataSet), committed, failed }
  })
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, comment: string) {
    super(comment)
    this.status = status
  }
}

function reading<T>(bytes: Buffer, transferSyntaxUID: string, read: (dataSet: DataSet) => T): Read<T> {
  try {
    // Two elements and an item for each reference, one more for each failure.
    const limits = { maxElements: REFERENCES_MAX * 4, maxHeaderBytes: COMMITMENT_MAX_BYTES }
    return { read: read(readHeaderSync(bytes, { datasetOffset: 0, transferSyntaxUID, limits })) }
  } catch (thrown) {
    if (thrown instanceof Refused) return { refusal: { status: thrown.status, comment: thrown.message } }
    if (!(thrown instanceof Failure)) throw thrown
    const status = thrown.code === 'too-large' ? dimseStatus.resourceLimitation : dimseStatus.invalidArgument
    return { refusal: { status, comment: thrown.message } }
  }
}

function transactionOf(dataSet: DataSet): string {
  const uid = dataSet.text('TransactionUID')
  if (uid === undefined || uid === '')
    throw new Refused(dimseStatus.missingAttribute, 'no Transaction UID (0008,1195)')
  if (!isUID(uid)) throw new Refused(dimseStatus.invalidArgument, 'Transaction UID (0008,1195) is no UID')
  return uid
}

function referenceOf(item: DataSet): Reference {
  const sopClassUID = item.text('ReferencedSOPClassUID') ?? ''
  const sopInstanceUID = item.text('ReferencedSOPInstanceUID') ?? ''
  if (!isUID(sopClassUID) || !isUID(sopInstanceUID))
    throw new Refused(dimseStatus.invalidArgument, 'a reference that is no UID')
  return { sopClassUID, sopInstanceUID }
}

/** Each instance once: the first word about it counts. */
function distinct<T extends Reference>(references: T[]): T[] {
  if (references.length > REFERENCES_MAX)
    throw new Refused(dimseStatus.resourceLimitation, `more than ${REFERENCES_MAX} instances`)
  const first = new Map<string, T>()
  for (const each of references) if (!first.has(each.sopInstanceUID)) first.set(each.sopInstanceUID, each)
  return [...first.values()]
}

/** What is wrong with an N-ACTION-RQ or N-EVENT-REPORT-RQ before its data set is read (PS3.7 10.1.1, 10.1.4). */
export function commitmentFault(
  context: AcceptedContext,
  command: CommandSet,
  service: CommitmentService | undefined,
): StoreResult | undefined {
  const isAction = command.CommandField === commandField.actionRequest
  const sopClass = isAction ? command.RequestedSOPClassUID : command.AffectedSOPClassUID
  const instance = isAction ? command.RequestedSOPInstanceUID : command.AffectedSOPInstanceUID
  if (context.abstractSyntax !== SOPClass.StorageCommitmentPushModel || sopClass !== context.abstractSyntax)
    return { status: dimseStatus.noSuchSOPClass, comment: 'not the Storage Commitment Push Model' }
  if ((isAction ? service?.requested : service?.reported) === undefined)
    return { status: dimseStatus.unrecognizedOperation }
  if (instance !== STORAGE_COMMITMENT_INSTANCE)
    return { status: dimseStatus.noSuchSOPInstance, comment: 'not the well-known instance' }
  if (isAction && command.ActionTypeID !== COMMITMENT_ACTION)
    return { status: dimseStatus.noSuchAction, comment: 'no such action' }
  if (!isAction && command.EventTypeID !== 1 && command.EventTypeID !== 2)
    return { status: dimseStatus.noSuchEventType, comment: 'no such event type' }
  if (!command.hasDataSet) return { status: dimseStatus.missingAttribute, comment: 'no data set' }
  return undefined
}

/** Hands a complete request or report to the service and gives the status to answer. */
export async function performCommitment(options: {
  service: CommitmentService
  context: Parameters<NonNullable<CommitmentService['requested']>>[0]
  command: CommandSet
  bytes: Buffer
  transferSyntaxUID: string
}): Promise<StoreResult> {
  const { service, context, command, bytes, transferSyntaxUID } = options
  if (command.CommandField === commandField.actionRequest) {
    const answer = readRequest(bytes, transferSyntaxUID)
    if ('refusal' in answer) return answer.refusal
    return (await service.requested?.(context, answer.read)) ?? { status: dimseStatus.unrecognizedOperation }
  }
  const answer = readReport(bytes, transferSyntaxUID, command.EventTypeID ?? 0)
  if ('refusal' in answer) return answer.refusal
  return (await service.reported?.(context, answer.read)) ?? { status: dimseStatus.unrecognizedOperation }
}
