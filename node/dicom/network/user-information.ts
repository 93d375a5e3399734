import { abortReason, ascii, type Cursor, counted, encodeItem, PduFault, u16, u32 } from './bytes.js'
import { hardLimits } from './limits.js'

/** PS3.7 D.3.3.4: the roles of the association requestor for one SOP class. */
export interface RoleSelection {
  sopClassUID: string
  scu: boolean
  scp: boolean
}

/** PS3.7 D.3.3.3; 0 means unlimited. */
export interface OperationsWindow {
  invoked: number
  performed: number
}

/** PS3.7 D.3.3.5: what a service makes of the bytes is its own affair. */
export interface ExtendedNegotiation {
  sopClassUID: string
  information: Buffer
}

/** PS3.7 D.3.3.7.1. Fields hold secrets: they are never logged. */
export interface UserIdentity {
  type: number
  responseRequested: boolean
  primary: Buffer
  secondary: Buffer
}

/** The user information item (PS3.7 D.3.3), the same in A-ASSOCIATE-RQ and -AC. */
export interface UserInformation {
  /** Largest P-DATA-TF variable field the sender of this item wants to receive; 0 = no limit (PS3.8 D.1). */
  maxPduBytes: number
  implementationClassUID: string
  implementationVersionName?: string
  window?: OperationsWindow
  roles: RoleSelection[]
  extended: ExtendedNegotiation[]
  identity?: UserIdentity
  /** The server's response to a user identity, in an A-ASSOCIATE-AC (PS3.7 D.3.3.7.2). */
  identityResponse?: Buffer
}

export const userInformationItem = 0x50
const maximumLengthItem = 0x51
const implementationClassItem = 0x52
const windowItem = 0x53
const roleItem = 0x54
const implementationVersionItem = 0x55
const extendedItem = 0x56
const identityItem = 0x58
const identityResponseItem = 0x59

export function decodeUserInformation(cursor: Cursor): UserInformation {
  const information: UserInformation = { maxPduBytes: 0, implementationClassUID: '', roles: [], extended: [] }
  const seen = new Set<number>()
  for (let count = 1; cursor.left > 0; count += 1) {
    if (count > hardLimits.userInformationItems) throw new PduFault('too many user information sub-items')
    const { type, content } = cursor.item()
    if (type !== roleItem && type !== extendedItem && isKnown(type)) {
      if (seen.has(type))
        throw new PduFault('a user information sub-item twice', abortReason.unexpectedParameter)
      seen.add(type)
    }
    decodeSubItem(information, type, content)
  }
  return information
}

function isKnown(type: number): boolean {
  return type >= maximumLengthItem && type <= identityResponseItem && type !== 0x57
}

function decodeSubItem(information: UserInformation, type: number, content: Cursor): void {
  switch (type) {
    case maximumLengthItem:
      information.maxPduBytes = content.u32()
      return
    case implementationClassItem:
      information.implementationClassUID = boundedText(content, content.left, 64)
      return
    case implementationVersionItem:
      information.implementationVersionName = boundedText(content, content.left, 16)
      return
    case windowItem:
      information.window = { invoked: content.u16(), performed: content.u16() }
      return
    case roleItem:
      information.roles.push({
        sopClassUID: boundedText(content, content.u16(), 64),
        scu: content.u8() === 1,
        scp: content.u8() === 1,
      })
      return
    case extendedItem:
      information.extended.push({
        sopClassUID: boundedText(content, content.u16(), 64),
        information: Buffer.from(content.take(content.left)),
      })
      return
    case identityItem:
      information.identity = {
        type: content.u8(),
        responseRequested: content.u8() === 1,
        primary: Buffer.from(content.take(content.u16())),
        secondary: Buffer.from(content.take(content.u16())),
      }
      return
    case identityResponseItem:
      information.identityResponse = Buffer.from(content.take(content.u16()))
      return
    default:
      // Unrecognised sub-items are ignored, not refused (PS3.8 §9.3.1).
      return
  }
}

/** Text no longer than the standard allows for it; what is longer is a fault, not cut. */
export function boundedText(cursor: Cursor, length: number, maximum: number): string {
  const text = cursor.text(length)
  if (text.length > maximum)
    throw new PduFault(`a text of ${text.length} characters where ${maximum} are allowed`)
  return text
}

export function encodeUserInformation(information: UserInformation): Buffer {
  const items = [
    encodeItem(maximumLengthItem, u32(information.maxPduBytes)),
    encodeItem(implementationClassItem, ascii(information.implementationClassUID)),
  ]
  const { window, implementationVersionName, identity, identityResponse } = information
  if (window) items.push(encodeItem(windowItem, u16(window.invoked), u16(window.performed)))
  for (const role of information.roles)
    items.push(
      encodeItem(
        roleItem,
        counted(ascii(role.sopClassUID)),
        Buffer.from([Number(role.scu), Number(role.scp)]),
      ),
    )
  if (implementationVersionName !== undefined)
    items.push(encodeItem(implementationVersionItem, ascii(implementationVersionName)))
  for (const each of information.extended)
    items.push(encodeItem(extendedItem, counted(ascii(each.sopClassUID)), each.information))
  if (identity)
    items.push(
      encodeItem(
        identityItem,
        Buffer.from([identity.type, Number(identity.responseRequested)]),
        counted(identity.primary),
        counted(identity.secondary),
      ),
    )
  if (identityResponse) items.push(encodeItem(identityResponseItem, counted(identityResponse)))
  return encodeItem(userInformationItem, ...items)
}
