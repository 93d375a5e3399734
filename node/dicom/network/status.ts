import { Failure, type FailureCode } from '../../errors.js'

/**
 * What a status asks of whoever receives it. `failure-retry`: the same request may succeed later by itself.
 * `failure-permanent`: it waits for a person.
 */
export type StatusClass =
  | 'success'
  | 'warning'
  | 'pending'
  | 'cancelled'
  | 'failure-retry'
  | 'failure-permanent'

export interface StatusMeaning {
  status: number
  class: StatusClass
  /** The standard's words, in English. */
  meaning: string
}

/** DIMSE statuses we send or name (PS3.7 Annex C, PS3.4 B.2.3 and C.4.1.1.4). */
export const dimseStatus = {
  success: 0x0000,
  pending: 0xff00,
  pendingWithWarning: 0xff01,
  cancelled: 0xfe00,
  processingFailure: 0x0110,
  noSuchSOPInstance: 0x0112,
  noSuchEventType: 0x0113,
  invalidArgument: 0x0115,
  invalidSOPInstance: 0x0117,
  noSuchSOPClass: 0x0118,
  missingAttribute: 0x0120,
  sopClassNotSupported: 0x0122,
  noSuchAction: 0x0123,
  notAuthorised: 0x0124,
  duplicateInvocation: 0x0210,
  unrecognizedOperation: 0x0211,
  resourceLimitation: 0x0213,
  outOfResources: 0xa700,
  /** C-MOVE, C-GET: the number of matches cannot be said. */
  unableToCalculate: 0xa701,
  /** C-MOVE, C-GET: no sub-operation succeeded. */
  unableToPerform: 0xa702,
  moveDestinationUnknown: 0xa801,
  datasetDoesNotMatch: 0xa900,
  /** C-MOVE, C-GET: complete, but some sub-operations failed or were warned about. */
  subOperationsFailed: 0xb000,
  cannotUnderstand: 0xc000,
} as const

/** Statuses common to all services (PS3.7 Annex C). */
const general: Record<number, [StatusClass, string]> = {
  0: ['success', 'success'],
  1: ['failure-permanent', 'requested optional attributes are not supported'],
  261: ['failure-permanent', 'no such attribute'],
  262: ['failure-permanent', 'invalid attribute value'],
  263: ['failure-permanent', 'attribute list error'],
  272: ['failure-retry', 'processing failure'],
  273: ['failure-permanent', 'duplicate SOP instance'],
  274: ['failure-permanent', 'no such SOP instance'],
  275: ['failure-permanent', 'no such event type'],
  276: ['failure-permanent', 'no such argument'],
  277: ['failure-permanent', 'invalid argument value'],
  278: ['failure-permanent', 'attribute value out of range'],
  279: ['failure-permanent', 'invalid SOP instance'],
  280: ['failure-permanent', 'no such SOP class'],
  281: ['failure-permanent', 'class-instance conflict'],
  288: ['failure-permanent', 'missing attribute'],
  289: ['failure-permanent', 'missing attribute value'],
  290: ['failure-permanent', 'SOP class not supported'],
  291: ['failure-permanent', 'no such action'],
  292: ['failure-permanent', 'refused: not authorised'],
  528: ['failure-retry', 'duplicate invocation'],
  529: ['failure-permanent', 'unrecognised operation'],
  530: ['failure-permanent', 'mistyped argument'],
  531: ['failure-retry', 'resource limitation'],
  65024: ['cancelled', 'matching ended by a cancel request'],
  65280: ['pending', 'matches are continuing'],
  65281: ['pending', 'matches are continuing, optional keys not supported'],
}

/** Warnings after which the instance is kept (PS3.4 Table B.2-1). Other warnings are looked at by a person. */
const storedWithWarning: Record<number, string> = {
  45056: 'coercion of data elements',
  45062: 'elements discarded',
  45063: 'data set does not match SOP class',
}

/** The final status of a C-STORE (PS3.4 B.2.3). Only `success` and `warning` mean that the instance is there. */
export function storeStatus(status: number): StatusMeaning {
  const warning = storedWithWarning[status]
  if (warning) return { status, class: 'warning', meaning: warning }
  return classify(status)
}

/** What C-MOVE and C-GET say besides (PS3.4 Tables C.4-2 and C.4-3). */
const retrieval: Record<number, [StatusClass, string]> = {
  42753: ['failure-retry', 'unable to calculate the number of matches'],
  42754: ['failure-retry', 'unable to perform sub-operations'],
  43009: ['failure-permanent', 'move destination unknown'],
  43264: ['failure-permanent', 'identifier does not match SOP class'],
  45056: ['warning', 'complete with failed sub-operations'],
}

/** A status of a C-FIND, C-MOVE, C-GET (PS3.4 C.4), C-ECHO or N-ACTION. */
export function queryStatus(status: number): StatusMeaning {
  const known = retrieval[status]
  return known ? { status, class: known[0], meaning: known[1] } : classify(status)
}

function classify(status: number): StatusMeaning {
  const known = general[status]
  if (known) return { status, class: known[0], meaning: known[1] }
  if (inRange(status, 0xa700, 0xa7ff)) return { status, class: 'failure-retry', meaning: 'out of resources' }
  if (inRange(status, 0xa900, 0xa9ff))
    return { status, class: 'failure-permanent', meaning: 'data set does not match SOP class' }
  if (inRange(status, 0xb000, 0xbfff))
    return { status, class: 'failure-permanent', meaning: 'warning without known meaning' }
  if (inRange(status, 0xc000, 0xcfff))
    return { status, class: 'failure-permanent', meaning: 'cannot understand' }
  return { status, class: 'failure-permanent', meaning: 'unknown status' }
}

function inRange(status: number, low: number, high: number): boolean {
  return status >= low && status <= high
}

/** `A700` for a status number, the way the standard and every log writes it. */
export function statusText(status: number): string {
  return status.toString(16).toUpperCase().padStart(4, '0')
}

/** Our expected failures as the status a peer understands; the remaining ones are bugs and become 0110. */
export function statusOfFailure(code: FailureCode): number {
  switch (code) {
    case 'invalid':
    case 'missing':
    case 'conflict':
    case 'mismatch':
      return dimseStatus.cannotUnderstand
    case 'unauthenticated':
    case 'locked':
    case 'second-factor-required':
    case 'confirmation-required':
    case 'password-change-required':
    case 'forbidden':
      return dimseStatus.notAuthorised
    case 'unsupported':
      return dimseStatus.sopClassNotSupported
    case 'too-large':
    case 'too-many':
    case 'unavailable':
    case 'storage-full':
    case 'timeout':
      return dimseStatus.outOfResources
    case 'outcome-unknown':
    case 'internal':
      return dimseStatus.processingFailure
  }
}

/** A refusal whose status the standard names exactly, whatever its kind of failure is elsewhere. */
export class StatusFailure extends Failure {
  readonly status: number

  constructor(status: number, code: FailureCode, detail: string) {
    super(code, detail)
    this.name = 'StatusFailure'
    this.status = status
  }
}

/** The status and comment for whatever a service threw; `isBug` where nobody expected it and the peer learns nothing more. */
export function refusalOf(thrown: unknown): { status: number; comment: string; isBug: boolean } {
  if (thrown instanceof StatusFailure) return { status: thrown.status, comment: thrown.message, isBug: false }
  if (thrown instanceof Failure)
    return { status: statusOfFailure(thrown.code), comment: thrown.message, isBug: false }
  return { status: dimseStatus.processingFailure, comment: 'internal error', isBug: true }
}
