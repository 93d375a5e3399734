import { APPLICATION_CONTEXT } from '../uids.js'
import { hardLimits } from './limits.js'
import type { AssociateRequest, ContextResult, OfferedContext } from './pdu.js'
import type { OperationsWindow, RoleSelection } from './user-information.js'

/** Results of a presentation context (PS3.8 Table 9-18). */
export const contextResult = {
  accepted: 0,
  userRejection: 1,
  noReason: 2,
  abstractSyntaxNotSupported: 3,
  transferSyntaxesNotSupported: 4,
} as const

/** A context both sides agreed on. */
export interface AcceptedContext {
  id: number
  abstractSyntax: string
  transferSyntax: string
}

export interface Acceptable {
  abstractSyntaxes(uid: string): boolean
  transferSyntaxes(abstractSyntax: string, transferSyntax: string): boolean
}

/** One result for each offered context; of the acceptable transfer syntaxes the sender's first wins. */
export function negotiate(offered: readonly OfferedContext[], acceptable: Acceptable): ContextResult[] {
  return offered.map(({ id, abstractSyntax, transferSyntaxes }) => {
    // A transfer syntax is sent even where it means nothing (PS3.8 §9.3.3.2); the first offered one cannot be wrong.
    const first = transferSyntaxes[0] ?? ''
    if (!acceptable.abstractSyntaxes(abstractSyntax))
      return { id, result: contextResult.abstractSyntaxNotSupported, transferSyntax: first }
    const chosen = transferSyntaxes.find(uid => acceptable.transferSyntaxes(abstractSyntax, uid))
    if (chosen === undefined)
      return { id, result: contextResult.transferSyntaxesNotSupported, transferSyntax: first }
    return { id, result: contextResult.accepted, transferSyntax: chosen }
  })
}

/**
 * The accepted contexts by identifier. Results for contexts never offered, or with a transfer syntax never offered, do not
 * count: a peer that answers so cannot be sent anything on them.
 */
export function acceptedContexts(
  offered: readonly OfferedContext[],
  results: readonly ContextResult[],
): Map<number, AcceptedContext> {
  const accepted = new Map<number, AcceptedContext>()
  for (const { id, result, transferSyntax } of results) {
    const offer = offered.find(each => each.id === id)
    if (result !== contextResult.accepted || !offer?.transferSyntaxes.includes(transferSyntax)) continue
    accepted.set(id, { id, abstractSyntax: offer.abstractSyntax, transferSyntax })
  }
  return accepted
}

/**
 * The asynchronous operations window (PS3.7 D.3.3.3) we answer with: never more than either side named, 0 meaning unlimited
 * in the offer. We invoke no operations towards a requestor beyond one at a time. Not offered: not answered, 1 each way.
 */
export function intersectWindow(
  offered: OperationsWindow | undefined,
  ours: number,
): OperationsWindow | undefined {
  if (!offered) return undefined
  return { invoked: smaller(offered.invoked, Math.min(ours, hardLimits.window)), performed: 1 }
}

function smaller(offered: number, ours: number): number {
  return offered === 0 ? ours : Math.min(offered, ours)
}

/** How many operations we may have unanswered, from what we offered and what came back. */
export function grantedWindow(offered: number, answered: OperationsWindow | undefined): number {
  if (!answered) return 1
  return Math.max(1, smaller(answered.invoked, Math.min(offered, hardLimits.window)))
}

/** The answer to a role selection (PS3.7 D.3.3.4): never a role that was not proposed. */
export function negotiateRoles(
  proposed: readonly RoleSelection[],
  acceptable: { scuRole(sopClassUID: string): boolean; scpRole(sopClassUID: string): boolean },
): RoleSelection[] {
  return proposed.map(role => ({
    ...role,
    scu: role.scu && acceptable.scuRole(role.sopClassUID),
    scp: role.scp && acceptable.scpRole(role.sopClassUID),
  }))
}

/** What the requestor may be for a SOP class; where nothing was agreed on it is SCU alone. */
export function requestorRoles(
  agreed: readonly RoleSelection[],
  sopClassUID: string,
): { scu: boolean; scp: boolean } {
  return agreed.find(role => role.sopClassUID === sopClassUID) ?? { scu: true, scp: false }
}

/** What makes an association impossible whoever asks for it, as an A-ASSOCIATE-RJ (PS3.8 Table 9-21). */
export function protocolFault(
  request: AssociateRequest,
): { result: 1; source: 1 | 2; reason: number; cause: string } | undefined {
  if ((request.protocolVersion & 1) === 0)
    return { result: 1, source: 2, reason: 2, cause: 'protocol version not supported' }
  if (request.applicationContextName !== APPLICATION_CONTEXT)
    return { result: 1, source: 1, reason: 2, cause: 'application context name not supported' }
  return undefined
}

const rejections: Record<string, string> = {
  '1/1': 'no reason given',
  '1/2': 'application context name not supported',
  '1/3': 'calling AE title not recognised',
  '1/7': 'called AE title not recognised',
  '2/1': 'no reason given by the upper layer',
  '2/2': 'protocol version not supported',
  '3/1': 'temporary congestion',
  '3/2': 'local limit exceeded',
}

/** An A-ASSOCIATE-RJ in plain words. */
export function rejectionText(rejection: { result: number; source: number; reason: number }): string {
  const duration = rejection.result === 2 ? 'for now' : 'permanently'
  const why = rejections[`${rejection.source}/${rejection.reason}`] ?? 'for an unknown reason'
  return `refused ${duration}: ${why} (${rejection.result}/${rejection.source}/${rejection.reason})`
}
