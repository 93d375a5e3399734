import { encodeDataset } from '../../dicom/format/dataset.js'
import type { FindOutcome } from '../../dicom/network/requestor.js'
import { SOPClass } from '../../dicom/uids.js'
import { keysOf } from '../identifiers.js'
import { contextsOf, invoked } from '../service-table.js'
import type { CallAnswer, CallFailure, CallRequest } from '../wire.js'
import { abortWith, associate, type CallHouse } from './house.js'

type FindRequest = Extract<CallRequest, { method: 'find' }>

/** C-FIND, Study Root (PS3.4 C.6.2). "Nothing there" is an answer, "refused" and "did not answer" are failures. */
export async function find(request: FindRequest, house: CallHouse): Promise<CallAnswer> {
  const startedAt = house.clock.monotonic()
  const association = await associate(request.target, contextsOf(invoked.find), house)
  const unhook = abortWith(house.signal, association)
  const matches: Record<string, string>[] = []
  const deadline = setTimeout(() => association.abort('the query took too long'), request.timeoutMs)
  try {
    const outcome = await association.find({
      sopClassUID: SOPClass.StudyRootFind,
      identifier: syntax => encodeDataset({ QueryRetrieveLevel: request.level, ...request.keys }, syntax),
      maximum: request.maximum,
      onMatch: (identifier, syntax) => matches.push(keysOf(identifier, syntax)),
    })
    if (outcome.outcome === 'complete' || outcome.outcome === 'cut')
      return {
        method: 'find',
        ok: true,
        matches,
        complete: outcome.outcome === 'complete',
        status: 0,
        ms: house.clock.monotonic() - startedAt,
      }
    return { method: 'find', ok: false, failure: findFailure(outcome) }
  } finally {
    clearTimeout(deadline)
    unhook()
    await association.release()
  }
}

function findFailure(outcome: Exclude<FindOutcome, { outcome: 'complete' | 'cut' }>): CallFailure {
  switch (outcome.outcome) {
    case 'refused':
    case 'failed':
      return {
        step: 'operation',
        code: outcome.outcome === 'refused' ? 'find-refused' : 'find-failed',
        detail: `${outcome.status.toString(16).padStart(4, '0').toUpperCase()} ${outcome.comment ?? outcome.meaning.meaning}`,
      }
    case 'unanswered':
      return { step: 'operation', code: 'not-answering', detail: outcome.reason }
    case 'not-negotiated':
      return { step: 'operation', code: 'sop-class-refused', detail: 'C-FIND (Study Root) is not accepted' }
  }
}
