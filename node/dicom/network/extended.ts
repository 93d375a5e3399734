import { SOPClass } from '../uids.js'
import type { ExtendedNegotiation } from './user-information.js'

/**
 * What of the extended negotiation of query and retrieve we do, a byte for each option in the order of PS3.4 C.5.1.1.1
 * (find: relational queries, combined date-time, fuzzy matching of names, time zone adjustment, enhanced multi-frame) and
 * C.5.2.1.1 (move and get: relational retrieval, enhanced multi-frame).
 */
export const offeredExtended: ReadonlyMap<string, readonly number[]> = new Map([
  [SOPClass.StudyRootFind, [1, 0, 0, 0, 0]],
  [SOPClass.StudyRootMove, [1, 0]],
  [SOPClass.StudyRootGet, [1, 0]],
])

/** The answer to each offer that concerns an accepted SOP class of ours: never more than was asked for. */
export function negotiateExtended(
  asked: readonly ExtendedNegotiation[],
  isAccepted: (sopClassUID: string) => boolean,
): ExtendedNegotiation[] {
  return asked.flatMap(({ sopClassUID, information }) => {
    const ours = offeredExtended.get(sopClassUID)
    if (!ours || !isAccepted(sopClassUID)) return []
    const agreed = [...information].slice(0, ours.length).map((byte, index) => byte & (ours[index] ?? 0))
    return [{ sopClassUID, information: Buffer.from(agreed) }]
  })
}

/** Whether keys of a lower level may come without the unique keys above them (PS3.4 C.4.1.2.2.1 against C.4.1.3.2.2). */
export function isRelational(agreed: readonly ExtendedNegotiation[], sopClassUID: string): boolean {
  return agreed.some(each => each.sopClassUID === sopClassUID && each.information[0] === 1)
}
