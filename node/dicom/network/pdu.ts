import { abortReason, ascii, Cursor, encodeItem, PduFault, u16 } from './bytes.js'
import { hardLimits } from './limits.js'
import {
  boundedText,
  decodeUserInformation,
  encodeUserInformation,
  type UserInformation,
  userInformationItem,
} from './user-information.js'

/** PDU types of PS3.8 §9.3. */
export const pduType = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseReply: 0x06,
  abort: 0x07,
} as const

export interface OfferedContext {
  id: number
  abstractSyntax: string
  /** In the requestor's order of preference. */
  transferSyntaxes: string[]
}

/** PS3.8 Table 9-18: 0 accepted, 1 user rejection, 2 no reason, 3 abstract syntax, 4 transfer syntaxes. */
export interface ContextResult {
  id: number
  result: number
  /** Not significant unless `result` is 0. */
  transferSyntax: string
}

export interface AssociateRequest {
  type: typeof pduType.associateRequest
  /** A bit field; bit 0 is version 1. */
  protocolVersion: number
  calledAETitle: string
  callingAETitle: string
  applicationContextName: string
  contexts: OfferedContext[]
  user: UserInformation
}

export interface AssociateAccept {
  type: typeof pduType.associateAccept
  protocolVersion: number
  calledAETitle: string
  callingAETitle: string
  applicationContextName: string
  contexts: ContextResult[]
  user: UserInformation
}

/** PS3.8 Table 9-21. */
export interface AssociateReject {
  type: typeof pduType.associateReject
  result: number
  source: number
  reason: number
}

export interface Abort {
  type: typeof pduType.abort
  source: number
  reason: number
}

export type ReleaseRequest = { type: typeof pduType.releaseRequest }
export type ReleaseReply = { type: typeof pduType.releaseReply }

/** Every PDU but P-DATA-TF, which is streamed and never an object. */
export type Pdu = AssociateRequest | AssociateAccept | AssociateReject | ReleaseRequest | ReleaseReply | Abort

const applicationContextItem = 0x10
const offeredContextItem = 0x20
const contextResultItem = 0x21
const abstractSyntaxItem = 0x30
const transferSyntaxItem = 0x40

/** The variable field of a PDU, complete, to its meaning. Throws a PduFault where it does not follow the standard. */
export function decodePdu(type: number, body: Buffer): Pdu {
  const cursor = new Cursor(body)
  switch (type) {
    case pduType.associateRequest:
      return { type, ...decodeAssociate(cursor, offeredContextItem, decodeOfferedContext) }
    case pduType.associateAccept:
      return { type, ...decodeAssociate(cursor, contextResultItem, decodeContextResult) }
    case pduType.associateReject:
      cursor.skip(1)
      return { type, result: cursor.u8(), source: cursor.u8(), reason: cursor.u8() }
    case pduType.releaseRequest:
    case pduType.releaseReply:
      return { type }
    case pduType.abort:
      cursor.skip(2)
      return { type, source: cursor.u8(), reason: cursor.u8() }
    default:
      throw new PduFault(`PDU type ${type}`, abortReason.unrecognizedPdu)
  }
}

function decodeAssociate<C extends { id: number }>(
  cursor: Cursor,
  contextItem: number,
  decodeContext: (content: Cursor) => C,
) {
  const protocolVersion = cursor.u16()
  cursor.skip(2)
  const calledAETitle = decodeAETitle(cursor)
  const callingAETitle = decodeAETitle(cursor)
  cursor.skip(32)
  let applicationContextName: string | undefined
  let user: UserInformation | undefined
  const contexts = new Map<number, C>()
  while (cursor.left > 0) {
    const { type, content } = cursor.item()
    if (type === applicationContextItem) {
      if (applicationContextName !== undefined) throw twice('application context')
      applicationContextName = boundedText(content, content.left, 64)
    } else if (type === userInformationItem) {
      if (user) throw twice('user information')
      user = decodeUserInformation(content)
    } else if (type === contextItem) {
      const context = decodeContext(content)
      if (context.id % 2 === 0) throw new PduFault('a presentation context with an even identifier')
      if (contexts.has(context.id)) throw twice('presentation context')
      // Identifiers are odd and at most 255, so no list can be longer than the standard's 128.
      contexts.set(context.id, context)
    }
    // Items of other types are ignored (PS3.8 §9.3.1).
  }
  if (applicationContextName === undefined) throw new PduFault('no application context')
  if (!user) throw new PduFault('no user information')
  return {
    protocolVersion,
    calledAETitle,
    callingAETitle,
    applicationContextName,
    contexts: [...contexts.values()],
    user,
  }
}

function twice(what: string): PduFault {
  return new PduFault(`the same ${what} twice`, abortReason.unexpectedParameter)
}

/** 16 bytes of the default repertoire without backslash and control characters (PS3.5 §6.2, AE); may be empty. */
function decodeAETitle(cursor: Cursor): string {
  const title = cursor.text(16)
  if (!isAEText(title)) throw new PduFault('an AE title with characters that are not allowed')
  return title
}

function isAEText(text: string): boolean {
  return /^[\x20-\x5b\x5d-\x7e]*$/.test(text)
}

/** 1–16 printable ASCII characters, no backslash, not only spaces. */
export function isAETitle(text: string): boolean {
  return text.length <= 16 && text.trim() !== '' && isAEText(text)
}

function decodeOfferedContext(content: Cursor): OfferedContext {
  const id = content.u8()
  content.skip(3)
  let abstractSyntax: string | undefined
  const transferSyntaxes: string[] = []
  while (content.left > 0) {
    const item = content.item()
    if (item.type === abstractSyntaxItem) {
      if (abstractSyntax !== undefined) throw twice('abstract syntax in a context')
      abstractSyntax = boundedText(item.content, item.content.left, 64)
    } else if (item.type === transferSyntaxItem) {
      if (transferSyntaxes.length === hardLimits.transferSyntaxesPerContext)
        throw new PduFault('too many transfer syntaxes in a presentation context')
      transferSyntaxes.push(boundedText(item.content, item.content.left, 64))
    }
  }
  if (abstractSyntax === undefined) throw new PduFault('a presentation context without abstract syntax')
  if (transferSyntaxes.length === 0) throw new PduFault('a presentation context without transfer syntax')
  return { id, abstractSyntax, transferSyntaxes }
}

function decodeContextResult(content: Cursor): ContextResult {
  const id = content.u8()
  content.skip(1)
  const result = content.u8()
  content.skip(1)
  let transferSyntax = ''
  while (content.left > 0) {
    const item = content.item()
    if (item.type === transferSyntaxItem) transferSyntax = boundedText(item.content, item.content.left, 64)
  }
  return { id, result, transferSyntax }
}

/** A whole PDU, header included. */
export function encodePdu(pdu: Pdu): Buffer {
  switch (pdu.type) {
    case pduType.associateRequest:
      return encodeAssociate(
        pdu,
        pdu.contexts.map(context =>
          encodeItem(
            offeredContextItem,
            Buffer.from([context.id, 0, 0, 0]),
            encodeItem(abstractSyntaxItem, ascii(context.abstractSyntax)),
            ...context.transferSyntaxes.map(uid => encodeItem(transferSyntaxItem, ascii(uid))),
          ),
        ),
      )
    case pduType.associateAccept:
      return encodeAssociate(
        pdu,
        pdu.contexts.map(context =>
          encodeItem(
            contextResultItem,
            Buffer.from([context.id, 0, context.result, 0]),
            encodeItem(transferSyntaxItem, ascii(context.transferSyntax)),
          ),
        ),
      )
    case pduType.associateReject:
      return framed(pdu.type, Buffer.from([0, pdu.result, pdu.source, pdu.reason]))
    case pduType.releaseRequest:
    case pduType.releaseReply:
      return framed(pdu.type, Buffer.alloc(4))
    case pduType.abort:
      return framed(pdu.type, Buffer.from([0, 0, pdu.source, pdu.reason]))
  }
}

function encodeAssociate(pdu: AssociateRequest | AssociateAccept, contexts: Buffer[]): Buffer {
  return framed(
    pdu.type,
    Buffer.concat([
      u16(pdu.protocolVersion),
      u16(0),
      ascii(pdu.calledAETitle.padEnd(16).slice(0, 16)),
      ascii(pdu.callingAETitle.padEnd(16).slice(0, 16)),
      Buffer.alloc(32),
      encodeItem(applicationContextItem, ascii(pdu.applicationContextName)),
      ...contexts,
      encodeUserInformation(pdu.user),
    ]),
  )
}

function framed(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(6)
  header[0] = type
  header.writeUInt32BE(body.length, 2)
  return Buffer.concat([header, body])
}
