import { dimseStatus } from './status.js'

/** What we answer as a provider, by service: the statement of conformance and its test read it here. */
export const sentStatuses: Readonly<
  Record<
    'C-ECHO' | 'C-STORE' | 'C-FIND' | 'C-MOVE, C-GET' | 'N-ACTION',
    readonly [status: number, when: string][]
  >
> = {
  'C-ECHO': [
    [dimseStatus.success, 'always, on a context of Verification'],
    [dimseStatus.sopClassNotSupported, 'the operation is none of the SOP class of the presentation context'],
  ],
  'C-STORE': [
    [
      dimseStatus.success,
      'the instance is on disk, synced, and its row is committed; also a duplicate of one that is',
    ],
    [0xb000, 'kept beside another object with the same UID and other content'],
    [
      dimseStatus.outOfResources,
      'no room (free space below the limit), a disk that fails, or the node starting again',
    ],
    [dimseStatus.datasetDoesNotMatch, 'the data set names another SOP class or instance than the command'],
    [dimseStatus.cannotUnderstand, 'the header cannot be read, or the data set is cut off'],
    [dimseStatus.invalidSOPInstance, 'the SOP Instance UID is no UID'],
    [dimseStatus.sopClassNotSupported, 'the SOP class is not that of the presentation context'],
    [dimseStatus.notAuthorised, 'the peer was removed or lost the right meanwhile'],
    [dimseStatus.duplicateInvocation, 'the message ID is in use'],
    [dimseStatus.processingFailure, 'a fault of this program'],
  ],
  'C-FIND': [
    [dimseStatus.pending, 'a match'],
    [dimseStatus.success, 'all matches were given'],
    [dimseStatus.cancelled, 'after C-CANCEL'],
    [dimseStatus.outOfResources, 'the node cannot answer now, or the identifier is longer than allowed'],
    [dimseStatus.cannotUnderstand, 'the identifier cannot be read or asks for what is not possible'],
    [dimseStatus.sopClassNotSupported, 'the operation is none of the SOP class of the presentation context'],
    [dimseStatus.notAuthorised, 'the peer was removed or lost the right meanwhile'],
    [dimseStatus.processingFailure, 'a fault of this program'],
  ],
  'C-MOVE, C-GET': [
    [dimseStatus.pending, 'sub-operations go on'],
    [dimseStatus.success, 'all sub-operations succeeded'],
    [dimseStatus.subOperationsFailed, 'some sub-operations failed or were warned about'],
    [dimseStatus.unableToCalculate, 'the number of matches cannot be said'],
    [dimseStatus.unableToPerform, 'no sub-operation succeeded'],
    [dimseStatus.moveDestinationUnknown, 'the destination is no registered peer (C-MOVE)'],
    [dimseStatus.cancelled, 'after C-CANCEL'],
    [dimseStatus.cannotUnderstand, 'the identifier cannot be read'],
    [dimseStatus.sopClassNotSupported, 'the operation is none of the SOP class of the presentation context'],
    [dimseStatus.notAuthorised, 'the peer was removed or lost the right meanwhile'],
    [dimseStatus.processingFailure, 'a fault of this program'],
  ],
  'N-ACTION': [
    [dimseStatus.success, 'the request is kept; what is safe here is said by N-EVENT-REPORT'],
    [dimseStatus.noSuchSOPClass, 'on a context of another SOP class'],
    [dimseStatus.noSuchAction, 'another Action Type than 1'],
    [dimseStatus.invalidArgument, 'the request cannot be read'],
    [dimseStatus.processingFailure, 'it cannot be kept now'],
  ],
}
