import { failureReason } from '../dicom/network/commitment.js'

/** Sent and asked for so often; then a PACS that takes and never commits itself is a person's affair. */
export const COMMITMENT_TRIES_MAX = 3

/** What is done about an instance the destination did not commit itself to. */
export type Remedy = 'send-again' | 'person'

/**
 * What its failure reason (PS3.3 C.14.1.1) asks for. What may pass by itself, or by sending once more, is tried;
 * what lies in the object or in the destination's settings waits for a person.
 */
export function remedyFor(reason: number, failuresBefore: number): Remedy {
  if (failuresBefore + 1 >= COMMITMENT_TRIES_MAX) return 'person'
  switch (reason) {
    case failureReason.processingFailure:
    case failureReason.noSuchInstance:
    case failureReason.resourceLimitation:
    case failureReason.duplicateTransaction:
      return 'send-again'
    default:
      return 'person'
  }
}

/** An instance as a peer asks about it, and what is here under its UID. */
export interface Asked {
  sopClassUID: string
  here:
    | undefined
    | {
        sopClassUID: string
        /** Its bytes lie in their file. */
        durable: boolean
        /** See `studies/leaving.ts`: what is in doubt or withdrawn may not. */
        mayLeave: boolean
        /** Where a route sends it: whether each destination has confirmed it. Empty while no route has fired. */
        destinations: readonly { confirmed: boolean }[]
      }
}

export type Verdict =
  | { verdict: 'committed' }
  | { verdict: 'pending' }
  | { verdict: 'failed'; reason: number }

/**
 * What we answer for one instance. A keeper commits itself to what is durably here; a relay only to what all the
 * destinations of its routes have confirmed, and waits for them. Never a success for what is in doubt.
 */
export function verdictOn({ sopClassUID, here }: Asked, mode: 'relay' | 'keeper'): Verdict {
  if (here === undefined) return failed(failureReason.noSuchInstance)
  if (here.sopClassUID !== sopClassUID) return failed(failureReason.classInstanceConflict)
  if (!here.mayLeave || !here.durable) return failed(failureReason.processingFailure)
  if (mode === 'keeper') return { verdict: 'committed' }
  const { destinations } = here
  return destinations.length > 0 && destinations.every(({ confirmed }) => confirmed)
    ? { verdict: 'committed' }
    : { verdict: 'pending' }
}

function failed(reason: number): Verdict {
  return { verdict: 'failed', reason }
}
