import type { CallAnswer, CallRequest } from '../wire.js'
import { commit, report } from './commitment.js'
import { echo } from './echo.js'
import { find } from './find.js'
import { type CallHouse, failureOf } from './house.js'
import { probe } from './probe.js'
import { retrieve } from './retrieve.js'
import { send } from './send.js'

/** Runs one call to a peer; whatever goes wrong becomes an answer. */
export async function runCall(request: CallRequest, house: CallHouse): Promise<CallAnswer> {
  try {
    switch (request.method) {
      case 'echo':
        return await echo(request, house)
      case 'find':
        return await find(request, house)
      case 'probe':
        return await probe(request, house)
      case 'retrieve':
        return await retrieve(request, house)
      case 'send':
        return await send(request, house)
      case 'commit':
        return await commit(request, house)
      case 'report':
        return await report(request, house)
    }
  } catch (thrown) {
    return { method: request.method, ok: false, failure: failureOf(thrown) }
  }
}
