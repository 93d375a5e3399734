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
  /** What is asked of us (PS3.7); where the caller provides the service of storage, what we ask of it. */
  operation: 'C-ECHO' | 'C-STORE' | 'C-FIND' | 'C-MOVE' | 'C-GET' | 'N-ACTION' | 'N-EVENT-REPORT'
  sopClasses: Iterable<string>
  /** `any`: taken and kept as it comes. Else the uncompressed ones, in which identifiers are read. */
  transferSyntaxes: readonly string[] | 'any'
  /** The peer that calls is the service's provider, if it takes that role (PS3.7 D.3.3.4). */
  callerProvides?: true
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
    operation: 'C-ECHO',
    sopClasses: [SOPClass.Verification],
    transferSyntaxes: UNCOMPRESSED,
  },
  {
    right: 'store',
    name: 'Storage',
    operation: 'C-STORE',
    sopClasses: STORAGE,
    transferSyntaxes: 'any',
  },
  {
    right: 'find',
    name: 'Query/Retrieve: Study Root FIND',
    operation: 'C-FIND',
    sopClasses: [SOPClass.StudyRootFind],
    transferSyntaxes: UNCOMPRESSED,
  },
  {
    // Who may store may ask whether it is safe.
    right: 'store',
    name: 'Storage Commitment Push Model: requests',
    operation: 'N-ACTION',
    sopClasses: [SOPClass.StorageCommitmentPushModel],
    transferSyntaxes: UNCOMPRESSED,
  },
  {
    // The provider of the service calls its user (PS3.4 J.3.1), with the roles turned round.
    right: 'commit',
    name: 'Storage Commitment Push Model: answers to our requests',
    operation: 'N-EVENT-REPORT',
    sopClasses: [SOPClass.StorageCommitmentPushModel],
    transferSyntaxes: UNCOMPRESSED,
    callerProvides: true,
  },
  {
    right: 'move',
    name: 'Query/Retrieve: Study Root MOVE',
    operation: 'C-MOVE',
    sopClasses: [SOPClass.StudyRootMove],
    transferSyntaxes: UNCOMPRESSED,
  },
  {
    right: 'get',
    name: 'Query/Retrieve: Study Root GET',
    operation: 'C-GET',
    sopClasses: [SOPClass.StudyRootGet],
    transferSyntaxes: UNCOMPRESSED,
  },
  {
    // What a C-GET gives comes on the same association: it gives no right to store.
    right: 'get',
    name: 'Storage, to who retrieves by C-GET',
    operation: 'C-STORE',
    sopClasses: STORAGE,
    transferSyntaxes: 'any',
    callerProvides: true,
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
  commit: {
    name: 'Storage Commitment Push Model: requests, and our answers with the roles turned round',
    sopClasses: [SOPClass.StorageCommitmentPushModel],
    transferSyntaxes: UNCOMPRESSED,
  },
  move: {
    name: 'Query/Retrieve: Study Root MOVE',
    sopClasses: [SOPClass.StudyRootMove],
    transferSyntaxes: UNCOMPRESSED,
  },
  get: {
    name: 'Query/Retrieve: Study Root GET',
    sopClasses: [SOPClass.StudyRootGet],
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

const byClass = new Map<string, PerformedService[]>()
for (const service of performed)
  for (const uid of service.sopClasses) byClass.set(uid, [...(byClass.get(uid) ?? []), service])

/** What this peer may have accepted of its offer; `privateClasses` are taken like the storage classes of the standard. */
export function acceptableTo(
  peer: Pick<Peer, 'may'>,
  privateClasses: readonly string[] = [],
): {
  abstractSyntaxes(uid: string): boolean
  transferSyntaxes(abstractSyntax: string, transferSyntax: string): boolean
  scuRole(sopClassUID: string): boolean
  scpRole(sopClassUID: string): boolean
} {
  const servicesOf = (uid: string) =>
    byClass.get(privateClasses.includes(uid) ? SOPClass.CTImageStorage : uid) ?? []
  const open = (uid: string) => servicesOf(uid).filter(({ right }) => peer.may.includes(right))
  return {
    abstractSyntaxes: uid => open(uid).length > 0,
    transferSyntaxes: (abstractSyntax, transferSyntax) =>
      open(abstractSyntax).some(
        ({ transferSyntaxes }) => transferSyntaxes === 'any' || transferSyntaxes.includes(transferSyntax),
      ),
    scuRole: uid => open(uid).some(({ callerProvides }) => callerProvides !== true),
    scpRole: uid => open(uid).some(({ callerProvides }) => callerProvides === true),
  }
}
