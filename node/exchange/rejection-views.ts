import { z } from 'zod'
import { isoAt } from '../clock.js'
import type { Rejection } from '../studies/rejections.js'
import type { RejectionView } from '../studies/view.js'
import { HERE, type HolderOfRejected } from './rejecting.js'

export const rejectionCode = z.enum(['113001', '113037', '113038', '113039'])

export const rejectionAnswer = z.object({
  id: z.string(),
  code: rejectionCode,
  text: z.string(),
  at: z.string(),
  by: z.string(),
  madeHere: z.boolean(),
  instances: z.int(),
  holders: z.array(
    z.object({
      peer: z.string(),
      state: z.enum(['queued', 'moving', 'sent', 'confirmed', 'failed', 'cancelled']),
      task: z
        .object({
          reason: z.string(),
          openedAt: z.string(),
          doneAt: z.string().optional(),
          doneBy: z.string().optional(),
        })
        .optional(),
    }),
  ),
  may: z.array(z.enum(['done'])),
})

/** What was withdrawn, by whom, and where the note about it stands at each holder. */
export function rejectionView(
  rejection: Rejection & { instances: number },
  holders: readonly HolderOfRejected[],
  mayDecide: boolean,
): RejectionView {
  return {
    id: rejection.id,
    code: rejection.code,
    text: rejection.text,
    at: isoAt(rejection.at),
    by: rejection.by_name ?? rejection.source,
    madeHere: rejection.source === HERE,
    instances: rejection.instances,
    holders: holders.map(({ peer, state, task }) => ({
      peer,
      state,
      ...(task === undefined
        ? {}
        : {
            task: {
              reason: task.reason,
              openedAt: isoAt(task.opened_at),
              ...(task.done_at === null ? {} : { doneAt: isoAt(task.done_at) }),
              ...(task.done_by === null ? {} : { doneBy: task.done_by }),
            },
          }),
    })),
    may: mayDecide && holders.some(({ task }) => task?.done_at === null) ? ['done'] : [],
  }
}
