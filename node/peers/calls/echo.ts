import { contextsOf, invoked } from '../service-table.js'
import type { CallAnswer, CallRequest } from '../wire.js'
import { associate, type CallHouse } from './house.js'

/** C-ECHO (PS3.4 Annex A). */
export async function echo(
  request: Extract<CallRequest, { method: 'echo' }>,
  house: CallHouse,
): Promise<CallAnswer> {
  const association = await associate(request.target, contextsOf(invoked.echo), house)
  const outcome = await association.echo()
  await association.release()
  if (outcome.outcome === 'answered')
    return { method: 'echo', ok: true, status: outcome.status, ms: outcome.durationMs }
  return {
    method: 'echo',
    ok: false,
    failure: {
      step: 'operation',
      code: outcome.outcome === 'unanswered' ? 'not-answering' : 'sop-class-refused',
      detail: outcome.outcome === 'unanswered' ? outcome.reason : 'C-ECHO is not accepted',
    },
  }
}
