import type { ApartAnswer, ApartCall } from './apart.js'
import { reasonOf } from './errors.js'

/** The other side of `apart.ts`: does this work for whoever started the process, and ends with them. */
export function workApart<Asked, Given>(work: (asked: Asked) => Promise<Given>): void {
  const answer = (message: ApartAnswer<Given>) => process.send?.(message)
  process.on('message', ({ id, asked }: ApartCall<Asked>) => {
    work(asked).then(
      given => answer({ id, given }),
      (thrown: unknown) => answer({ id, failed: reasonOf(thrown) }),
    )
  })
  process.on('disconnect', () => process.exit())
}
