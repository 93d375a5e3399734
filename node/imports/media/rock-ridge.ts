/** What the System Use fields of a record say of it (IEEE P1282, "Rock Ridge"). */
export interface RockRidge {
  /** Empty where none is given. */
  name: string
  /** A symbolic link: it is never followed. */
  link?: boolean
  /** The record stands for a folder that was moved up, because it lay too deep. */
  moved?: boolean
}

/** Continuation areas a record may have; a chain of them that turns in a circle ends here. */
const MAX_CONTINUATIONS = 16
const MAX_NAME_BYTES = 4096

/**
 * Bytes to leave out at the start of each System Use field, from the `SP` entry of the root's first record (SUSP 5.3);
 * undefined where the disc has no such fields.
 */
export function skippedBytesOf(system: Buffer): number | undefined {
  const isThere =
    system.length >= 7 && system.toString('latin1', 0, 2) === 'SP' && system[4] === 0xbe && system[5] === 0xef
  return isThere ? (system[6] ?? 0) : undefined
}

/** Follows the entries of a record, also where they go on elsewhere; what is broken says nothing. */
export async function rockRidgeOf(
  system: Buffer,
  read: (block: number, offset: number, bytes: number) => Promise<Buffer>,
): Promise<RockRidge> {
  const found: RockRidge = { name: '' }
  const parts: Buffer[] = []
  let area: Buffer | undefined = system
  for (let times = 0; area !== undefined && times <= MAX_CONTINUATIONS; times += 1) {
    let next: [number, number, number] | undefined
    let at = 0
    while (at + 4 <= area.length) {
      const length = area[at + 2] ?? 0
      if (length < 4 || at + length > area.length) break
      const entry: Buffer = area.subarray(at, at + length)
      switch (entry.toString('latin1', 0, 2)) {
        case 'NM':
          parts.push(entry.subarray(5))
          break
        case 'SL':
          found.link = true
          break
        case 'CL':
          found.moved = true
          break
        case 'CE':
          if (length >= 28) next = [entry.readUInt32LE(4), entry.readUInt32LE(12), entry.readUInt32LE(20)]
          break
        case 'ST':
          at = area.length
          continue
      }
      at += length
    }
    area = next === undefined ? undefined : await read(...next)
  }
  found.name = Buffer.concat(parts).subarray(0, MAX_NAME_BYTES).toString('utf8')
  return found
}
