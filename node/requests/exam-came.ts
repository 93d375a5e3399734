import type { Tx } from '../database.js'
import type { RequestRecord } from './schema.js'
import type { Steps } from './steps.js'

/** Decided on, and the exam still to be done as far as anybody has said. */
const waitsForExam = ({ state, exam_done }: RequestRecord) =>
  state === 'awaiting-exam' || (state === 'accepted' && exam_done === 0)

/**
 * Images of the exam a reader waits for: they say that it is done, so that no click of the room stands between an
 * emergency and its reader. Gives the row after it; undefined where nobody waited. What was given and with what, the room
 * says when it comes to it.
 */
export async function examCame(
  tx: Tx,
  { step }: Pick<Steps, 'step'>,
  record: RequestRecord,
  images_at: number | null,
): Promise<RequestRecord | undefined> {
  if (!waitsForExam(record)) return undefined
  return step(tx, record, {
    event: 'exam-done',
    origin: { by: 'system', part: 'requests' },
    given: { as: ['system'] },
    changes: { exam_done: 1, images_at },
    body: { implied: 'images' },
  })
}
