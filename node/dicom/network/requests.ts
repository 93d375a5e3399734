import { type CommandSet, commandField, responseBit } from './command.js'

/** Typed requests and responses of PS3.7 §9.3 and §10.3: each builds the command set its paragraph prescribes. */

export interface MoveOriginator {
  aeTitle: string
  messageId: number
}

export interface StoreRequest {
  sopClassUID: string
  sopInstanceUID: string
  priority: number
  moveOriginator?: MoveOriginator
}

/** C-STORE-RQ, PS3.7 §9.3.1.1. */
export function storeRequest(messageId: number, request: StoreRequest): CommandSet {
  return {
    CommandField: commandField.storeRequest,
    hasDataSet: true,
    AffectedSOPClassUID: request.sopClassUID,
    MessageID: messageId,
    Priority: request.priority,
    AffectedSOPInstanceUID: request.sopInstanceUID,
    MoveOriginatorApplicationEntityTitle: request.moveOriginator?.aeTitle,
    MoveOriginatorMessageID: request.moveOriginator?.messageId,
  }
}

/** C-ECHO-RQ, PS3.7 §9.3.5.1. */
export function echoRequest(messageId: number, sopClassUID: string): CommandSet {
  return {
    CommandField: commandField.echoRequest,
    hasDataSet: false,
    AffectedSOPClassUID: sopClassUID,
    MessageID: messageId,
  }
}

/** C-FIND-RQ, PS3.7 §9.3.2.1. */
export function findRequest(messageId: number, sopClassUID: string, priority: number): CommandSet {
  return { ...queryRequest(commandField.findRequest, messageId, sopClassUID), Priority: priority }
}

/** C-MOVE-RQ, PS3.7 §9.3.4.1. */
export function moveRequest(
  messageId: number,
  sopClassUID: string,
  priority: number,
  destination: string,
): CommandSet {
  return {
    ...queryRequest(commandField.moveRequest, messageId, sopClassUID),
    Priority: priority,
    MoveDestination: destination,
  }
}

/** C-GET-RQ, PS3.7 §9.3.3.1. */
export function getRequest(messageId: number, sopClassUID: string, priority: number): CommandSet {
  return { ...queryRequest(commandField.getRequest, messageId, sopClassUID), Priority: priority }
}

function queryRequest(field: number, messageId: number, sopClassUID: string): CommandSet {
  return { CommandField: field, hasDataSet: true, AffectedSOPClassUID: sopClassUID, MessageID: messageId }
}

/** C-CANCEL-RQ for a find, move or get under way, PS3.7 §9.3.2.3. */
export function cancelRequest(messageId: number): CommandSet {
  return {
    CommandField: commandField.cancelRequest,
    hasDataSet: false,
    MessageIDBeingRespondedTo: messageId,
  }
}

/** N-ACTION-RQ, PS3.7 §10.3.4.1. */
export function actionRequest(
  messageId: number,
  request: { sopClassUID: string; sopInstanceUID: string; actionTypeId: number; hasDataSet: boolean },
): CommandSet {
  return {
    CommandField: commandField.actionRequest,
    hasDataSet: request.hasDataSet,
    RequestedSOPClassUID: request.sopClassUID,
    MessageID: messageId,
    RequestedSOPInstanceUID: request.sopInstanceUID,
    ActionTypeID: request.actionTypeId,
  }
}

/** N-EVENT-REPORT-RQ, PS3.7 §10.3.1.1. */
export function eventReportRequest(
  messageId: number,
  request: { sopClassUID: string; sopInstanceUID: string; eventTypeId: number; hasDataSet: boolean },
): CommandSet {
  return {
    CommandField: commandField.eventReportRequest,
    hasDataSet: request.hasDataSet,
    AffectedSOPClassUID: request.sopClassUID,
    MessageID: messageId,
    AffectedSOPInstanceUID: request.sopInstanceUID,
    EventTypeID: request.eventTypeId,
  }
}

/** The response to any request: its UIDs are echoed (PS3.7 §9.3.1.2 and its siblings). */
export function responseTo(
  request: CommandSet,
  outcome: { status: number; comment?: string; hasDataSet?: boolean },
): CommandSet {
  return {
    CommandField: request.CommandField | responseBit,
    hasDataSet: outcome.hasDataSet ?? false,
    AffectedSOPClassUID: request.AffectedSOPClassUID ?? request.RequestedSOPClassUID,
    MessageIDBeingRespondedTo: request.MessageID ?? 0,
    Status: outcome.status,
    ErrorComment: outcome.comment,
    AffectedSOPInstanceUID: request.AffectedSOPInstanceUID ?? request.RequestedSOPInstanceUID,
    EventTypeID: request.EventTypeID,
    ActionTypeID: request.ActionTypeID,
  }
}
