import { PduFault, unpadded } from './bytes.js'

/** Command fields of PS3.7 Annex E.1. A response is its request with bit 15 set. */
export const commandField = {
  storeRequest: 0x0001,
  storeResponse: 0x8001,
  getRequest: 0x0010,
  getResponse: 0x8010,
  findRequest: 0x0020,
  findResponse: 0x8020,
  moveRequest: 0x0021,
  moveResponse: 0x8021,
  echoRequest: 0x0030,
  echoResponse: 0x8030,
  eventReportRequest: 0x0100,
  eventReportResponse: 0x8100,
  actionRequest: 0x0130,
  actionResponse: 0x8130,
  cancelRequest: 0x0fff,
} as const

export const responseBit = 0x8000
/** Command Data Set Type (0000,0800) where no data set follows; any other value means that one does. */
const noDataSet = 0x0101
const someDataSet = 0x0001

export const priority = { medium: 0, high: 1, low: 2 } as const

/** A command set (PS3.7 §6.3) with the standard's names. Which elements are there depends on the command field. */
export interface CommandSet {
  CommandField: number
  /** Whether a data set follows (0000,0800). */
  hasDataSet: boolean
  AffectedSOPClassUID?: string
  RequestedSOPClassUID?: string
  MessageID?: number
  MessageIDBeingRespondedTo?: number
  MoveDestination?: string
  Priority?: number
  Status?: number
  OffendingElement?: number[]
  ErrorComment?: string
  ErrorID?: number
  AffectedSOPInstanceUID?: string
  RequestedSOPInstanceUID?: string
  EventTypeID?: number
  AttributeIdentifierList?: number[]
  ActionTypeID?: number
  NumberOfRemainingSuboperations?: number
  NumberOfCompletedSuboperations?: number
  NumberOfFailedSuboperations?: number
  NumberOfWarningSuboperations?: number
  MoveOriginatorApplicationEntityTitle?: string
  MoveOriginatorMessageID?: number
}

type UIDName =
  | 'AffectedSOPClassUID'
  | 'RequestedSOPClassUID'
  | 'AffectedSOPInstanceUID'
  | 'RequestedSOPInstanceUID'
type TextName = 'MoveDestination' | 'ErrorComment' | 'MoveOriginatorApplicationEntityTitle'
type TagsName = 'OffendingElement' | 'AttributeIdentifierList'
type NumberName = Exclude<keyof CommandSet, 'CommandField' | 'hasDataSet' | UIDName | TextName | TagsName>

type Element =
  | { vr: 'UI'; name: UIDName }
  | { vr: 'AE' | 'LO'; name: TextName }
  | { vr: 'US'; name: NumberName }
  | { vr: 'AT'; name: TagsName }

const commandFieldElement = 0x0100
const dataSetTypeElement = 0x0800

/** Elements of group 0000 (PS3.7 E.1) by element number, ascending. */
const dictionary = new Map<number, Element>([
  [0x0002, { vr: 'UI', name: 'AffectedSOPClassUID' }],
  [0x0003, { vr: 'UI', name: 'RequestedSOPClassUID' }],
  [0x0110, { vr: 'US', name: 'MessageID' }],
  [0x0120, { vr: 'US', name: 'MessageIDBeingRespondedTo' }],
  [0x0600, { vr: 'AE', name: 'MoveDestination' }],
  [0x0700, { vr: 'US', name: 'Priority' }],
  [0x0900, { vr: 'US', name: 'Status' }],
  [0x0901, { vr: 'AT', name: 'OffendingElement' }],
  [0x0902, { vr: 'LO', name: 'ErrorComment' }],
  [0x0903, { vr: 'US', name: 'ErrorID' }],
  [0x1000, { vr: 'UI', name: 'AffectedSOPInstanceUID' }],
  [0x1001, { vr: 'UI', name: 'RequestedSOPInstanceUID' }],
  [0x1002, { vr: 'US', name: 'EventTypeID' }],
  [0x1005, { vr: 'AT', name: 'AttributeIdentifierList' }],
  [0x1008, { vr: 'US', name: 'ActionTypeID' }],
  [0x1020, { vr: 'US', name: 'NumberOfRemainingSuboperations' }],
  [0x1021, { vr: 'US', name: 'NumberOfCompletedSuboperations' }],
  [0x1022, { vr: 'US', name: 'NumberOfFailedSuboperations' }],
  [0x1023, { vr: 'US', name: 'NumberOfWarningSuboperations' }],
  [0x1030, { vr: 'AE', name: 'MoveOriginatorApplicationEntityTitle' }],
  [0x1031, { vr: 'US', name: 'MoveOriginatorMessageID' }],
])

/** Decodes a complete command set, implicit VR little endian (PS3.7 §6.3.1). Throws a PduFault where it is none. */
export function decodeCommand(bytes: Buffer): CommandSet {
  const command: Partial<CommandSet> = {}
  let previous = -1
  for (let offset = 0; offset < bytes.length; ) {
    if (bytes.length - offset < 8) throw new PduFault('a command set that ends inside an element')
    const group = bytes.readUInt16LE(offset)
    const element = bytes.readUInt16LE(offset + 2)
    const length = bytes.readUInt32LE(offset + 4)
    offset += 8
    if (group !== 0) throw new PduFault('a command set with an element outside group 0000')
    if (element <= previous) throw new PduFault('a command set whose elements are not in order')
    if (length > bytes.length - offset) throw new PduFault('a command element longer than its set')
    previous = element
    setElement(command, element, bytes.subarray(offset, offset + length))
    offset += length
  }
  const { CommandField, hasDataSet } = command
  if (CommandField === undefined) throw new PduFault('a command set without command field')
  if (hasDataSet === undefined) throw new PduFault('a command set without data set type')
  const complete: CommandSet = { ...command, CommandField, hasDataSet }
  requireMessageId(complete)
  return complete
}

function setElement(command: Partial<CommandSet>, element: number, value: Buffer): void {
  if (element === commandFieldElement) {
    command.CommandField = us(value)
    return
  }
  if (element === dataSetTypeElement) {
    command.hasDataSet = us(value) !== noDataSet
    return
  }
  const known = dictionary.get(element)
  // The group length and retired elements tell nothing that is needed.
  if (!known) return
  switch (known.vr) {
    case 'US':
      // Some senders write an optional number without a value.
      if (value.length > 0) command[known.name] = us(value)
      return
    case 'AT':
      command[known.name] = tags(value)
      return
    default:
      command[known.name] = unpadded(value.toString('latin1'))
  }
}

function us(value: Buffer): number {
  if (value.length !== 2) throw new PduFault('a number in a command set that is not 2 bytes long')
  return value.readUInt16LE(0)
}

function tags(value: Buffer): number[] {
  const list: number[] = []
  for (let offset = 0; offset + 4 <= value.length; offset += 4)
    list.push(value.readUInt16LE(offset) * 0x10000 + value.readUInt16LE(offset + 2))
  return list
}

/** Without it no answer could be matched, so the message is a fault of the protocol, not of the operation. */
function requireMessageId(command: CommandSet): void {
  const respondsTo =
    command.CommandField >= responseBit || command.CommandField === commandField.cancelRequest
  if (respondsTo && command.MessageIDBeingRespondedTo === undefined)
    throw new PduFault('a response without the message it responds to')
  if (!respondsTo && command.MessageID === undefined) throw new PduFault('a request without message ID')
  if (command.CommandField >= responseBit && command.Status === undefined)
    throw new PduFault('a response without status')
}

/** A command set in implicit VR little endian, elements in order, group length first (PS3.7 §6.3.1). */
export function encodeCommand(command: CommandSet): Buffer {
  const elements: [number, Buffer][] = [
    [commandFieldElement, usValue(command.CommandField)],
    [dataSetTypeElement, usValue(command.hasDataSet ? someDataSet : noDataSet)],
  ]
  for (const [number, element] of dictionary) {
    const value = elementValue(command, element)
    if (value) elements.push([number, value])
  }
  elements.sort(([a], [b]) => a - b)
  const length = elements.reduce((sum, [, value]) => sum + 8 + value.length, 0)
  const bytes = Buffer.alloc(12 + length)
  bytes.writeUInt32LE(4, 4)
  bytes.writeUInt32LE(length, 8)
  let offset = 12
  for (const [number, value] of elements) {
    bytes.writeUInt16LE(number, offset + 2)
    bytes.writeUInt32LE(value.length, offset + 4)
    value.copy(bytes, offset + 8)
    offset += 8 + value.length
  }
  return bytes
}

function elementValue(command: CommandSet, element: Element): Buffer | undefined {
  switch (element.vr) {
    case 'US': {
      const value = command[element.name]
      return value === undefined ? undefined : usValue(value)
    }
    case 'AT': {
      const value = command[element.name]
      return value && Buffer.concat(value.flatMap(tag => [usValue(tag >>> 16), usValue(tag & 0xffff)]))
    }
    default: {
      const value = command[element.name]
      if (value === undefined) return undefined
      const text = element.vr === 'LO' ? comment(value) : value
      return Buffer.from(text.length % 2 === 0 ? text : text + (element.vr === 'UI' ? '\0' : ' '), 'latin1')
    }
  }
}

/** An error comment as the default repertoire and 64 characters allow it (PS3.7 C.1, PS3.5 LO). */
function comment(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^\x20-\x7e]/g, '')
    .replaceAll('\\', '/')
    .slice(0, 64)
}

function usValue(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
