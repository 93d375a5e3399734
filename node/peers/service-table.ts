import { SOPClass, storageSOPClasses, TransferSyntax } from '../dicom/uids.js'
import type { Peer } from './peer.js'
import type { Service } from './view.js'

/**
 * THE table of DICOM services: what is accepted on an association, what we ask for on ours, and what the conformance
 * statement says are all read from here.
 */
export interface PerformedService {
  /** The right a peer needs (`may`). */
  right: Service
  name: string
  sopClasses: Iterable<string>
  /** `any`: taken and kept as it comes. Else the uncompressed ones, in which identifiers are read. */
  transferSyntaxes: readonly string[] | 'any'
}

export interface InvokedService {
  name: string
  sopClasses: Iterable<string>
  /** In order of preference. `any`: the one the object is kept in. */
  transferSyntaxes: readonly string[] | 'any'
}

const UNCOMPRESSED = [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian]
const STORAGE: Iterable<string> = [...storageSOPClasses.keys()]

/** As SCP, for peers that may. */
export const performed: readonly PerformedService[] = [
  {
    right: 'echo',
    name: 'Verification',
    sopClasses: [SOPClass.Verification],
    transferSyntaxes: UNCOMPRESSED,
  },
  { right: 'store', name: 'Storage', sopClasses: STORAGE, transferSyntaxes: 'any' },
  {
    right: 'find',
    name: 'Query/Retrieve: Study Root FIND',
    sopClasses: [SOPClass.StudyRootFind],
    transferSyntaxes: UNCOMPRESSED,
  },
]

/** As SCU. */
export const invoked = {
  echo: {
    name: 'Verification',
    sopClasses: [SOPClass.Verification],
    transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian],
  },
  store: { name: 'Storage', sopClasses: STORAGE, transferSyntaxes: 'any' },
  find: {
    name: 'Query/Retrieve: Study Root FIND',
    sopClasses: [SOPClass.StudyRootFind],
    transferSyntaxes: UNCOMPRESSED,
  },
} as const satisfies Record<string, InvokedService>

/** The presentation contexts of one of our services with fixed transfer syntaxes. */
export function contextsOf(service: {
  sopClasses: Iterable<string>
  transferSyntaxes: readonly string[]
}): { abstractSyntax: string; transferSyntaxes: string[] }[] {
  return [...service.sopClasses].map(abstractSyntax => ({
    abstractSyntax,
    transferSyntaxes: [...service.transferSyntaxes],
  }))
}

const byClass = new Map(
  performed.flatMap(service => [...service.sopClasses].map(uid => [uid, service] as const)),
)

/** What this peer may have accepted of its offer. */
export function acceptableTo(peer: Pick<Peer, 'may'>): {
  abstractSyntaxes(uid: string): boolean
  transferSyntaxes(abstractSyntax: string, transferSyntax: string): boolean
} {
  return {
    abstractSyntaxes: uid => {
      const service = byClass.get(uid)
      return service !== undefined && peer.may.includes(service.right)
    },
    transferSyntaxes: (abstractSyntax, transferSyntax) => {
      const syntaxes = byClass.get(abstractSyntax)?.transferSyntaxes ?? []
      return syntaxes === 'any' || syntaxes.includes(transferSyntax)
    },
  }
}
