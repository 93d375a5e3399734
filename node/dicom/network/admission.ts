import { APPLICATION_CONTEXT, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../uids.js'
import { negotiateExtended } from './extended.js'
import { acceptedContexts, intersectWindow, negotiate, negotiateRoles, protocolFault } from './negotiation.js'
import { type AssociateAccept, type AssociateReject, type AssociateRequest, pduType } from './pdu.js'

/** What is known of a caller when it asks for an association. */
export interface AssociationOffer {
  callingAETitle: string
  calledAETitle: string
  /** Without the IPv4-in-IPv6 prefix. */
  address: string
  port: number
  /** Whether it came over TLS. */
  tls: boolean
  /** SHA-256, lower-case hexadecimal without colons; only of a certificate that the TLS layer verified or asked for. */
  certificateFingerprint?: string
  request: AssociateRequest
}

export interface Admitted {
  admitted: true
  peer: string
  abstractSyntaxes: (uid: string) => boolean
  transferSyntaxes: (abstractSyntax: string, transferSyntax: string) => boolean
  /** Of this peer, at once. */
  maxAssociations: number
  /** Operations it may have unanswered on one association. */
  window: number
  /** SOP classes for which the caller may be SCU where it asks for roles; all of them where left out. */
  scuRole?: (sopClassUID: string) => boolean
  /** SOP classes for which the caller may be SCP (PS3.7 D.3.3.4); none where left out. */
  scpRole?: (sopClassUID: string) => boolean
}

/** An A-ASSOCIATE-RJ (PS3.8 Table 9-21) and, for the journal only, the true cause. */
export interface Refused {
  admitted: false
  result: 1 | 2
  source: 1 | 2 | 3
  reason: number
  cause: string
}

export type Admission = Admitted | Refused

/** How full the house is. */
export interface Occupancy {
  associations: number
  maxAssociations: number
  associationsOfPeer: number
}

/**
 * What stands against an admitted caller: the protocol, then the limits (PS3.8 Table 9-21: 2/3/2 for those of its own,
 * 2/3/1 where the whole node is busy).
 */
export function hindrance(
  request: AssociateRequest,
  admission: Admitted,
  occupancy: Occupancy,
): Refused | undefined {
  const fault = protocolFault(request)
  if (fault) return { admitted: false, ...fault }
  if (occupancy.associationsOfPeer >= admission.maxAssociations)
    return {
      admitted: false,
      result: 2,
      source: 3,
      reason: 2,
      cause: `${occupancy.associationsOfPeer} associations of this peer are open`,
    }
  if (occupancy.associations >= occupancy.maxAssociations)
    return {
      admitted: false,
      result: 2,
      source: 3,
      reason: 1,
      cause: `${occupancy.associations} associations are open in all`,
    }
  return undefined
}

export function rejectPdu(refused: Refused): AssociateReject {
  return {
    type: pduType.associateReject,
    result: refused.result,
    source: refused.source,
    reason: refused.reason,
  }
}

export function acceptPdu(
  request: AssociateRequest,
  admission: Admitted,
  maxPduBytes: number,
): AssociateAccept {
  const contexts = negotiate(request.contexts, admission)
  const accepted = acceptedContexts(request.contexts, contexts)
  const isAccepted = (uid: string) => [...accepted.values()].some(each => each.abstractSyntax === uid)
  return {
    type: pduType.associateAccept,
    protocolVersion: 1,
    calledAETitle: request.calledAETitle,
    callingAETitle: request.callingAETitle,
    applicationContextName: APPLICATION_CONTEXT,
    contexts,
    user: {
      maxPduBytes,
      implementationClassUID: IMPLEMENTATION_CLASS_UID,
      implementationVersionName: IMPLEMENTATION_VERSION_NAME,
      window: intersectWindow(request.user.window, admission.window),
      roles: negotiateRoles(request.user.roles, {
        scuRole: admission.scuRole ?? (() => true),
        scpRole: admission.scpRole ?? (() => false),
      }),
      extended: negotiateExtended(request.user.extended, isAccepted),
    },
  }
}
