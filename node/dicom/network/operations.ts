import { SOPClass } from '../uids.js'
import { commandField } from './command.js'
import { dimseStatus } from './status.js'

/**
 * Which operations a SOP class is made of (the annex of each service in PS3.4). A presentation context was accepted
 * for the sake of its SOP class: it carries the operations of that class and no others, so that who may echo cannot
 * ask for studies on the context of an echo. Every class that is not named here is one of storage (Annex B).
 */
const OPERATIONS: ReadonlyMap<string, readonly number[]> = new Map([
  [SOPClass.Verification, [commandField.echoRequest]],
  [SOPClass.StorageCommitmentPushModel, [commandField.actionRequest, commandField.eventReportRequest]],
  [SOPClass.ModalityWorklistFind, [commandField.findRequest]],
  [SOPClass.PatientRootFind, [commandField.findRequest]],
  [SOPClass.StudyRootFind, [commandField.findRequest]],
  [SOPClass.PatientRootMove, [commandField.moveRequest]],
  [SOPClass.StudyRootMove, [commandField.moveRequest]],
  [SOPClass.PatientRootGet, [commandField.getRequest]],
  [SOPClass.StudyRootGet, [commandField.getRequest]],
])
const STORAGE: readonly number[] = [commandField.storeRequest]

const known: ReadonlySet<number> = new Set([...STORAGE, ...[...OPERATIONS.values()].flat()])
const normalized: readonly number[] = [commandField.actionRequest, commandField.eventReportRequest]

/** The status that refuses a request which is no operation of the context's SOP class; undefined where it is one. */
export function operationFault(abstractSyntax: string, operation: number): number | undefined {
  if ((OPERATIONS.get(abstractSyntax) ?? STORAGE).includes(operation)) return undefined
  if (!known.has(operation)) return dimseStatus.unrecognizedOperation
  return normalized.includes(operation) ? dimseStatus.noSuchSOPClass : dimseStatus.sopClassNotSupported
}
