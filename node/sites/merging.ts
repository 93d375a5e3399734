/** How the network file and the screens live together: pure decisions over one entry of it. */

export type Merged =
  /** The node has it as the file says. */
  | 'same'
  /** The file's is taken. */
  | 'put'
  /** The file says what it said before; a person changed or removed it on screen since, and that stays. */
  | 'kept'
  /** Changed on both sides since the file was last applied: a person decides. */
  | 'both'

/** Keys in order, and nothing that has no value: two alike have one text. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${textOf(each)}`)
    .join(',')}}`
}

/** Key order apart. */
export const alike = (a: object, b: object): boolean => textOf(a) === textOf(b)

/** Of an entry when the file was last applied: what it said, and how the node had it then. */
export interface Remembered {
  said: string
  stood: string
}

/**
 * What becomes of an entry: `file` as it says it now, `before` of the last time (none: undefined), `stands` as the node
 * has it (nothing: undefined). `replace`: the file is right whatever happened since.
 */
export function merged(
  { file, before, stands }: { file: object; before: Remembered | undefined; stands: object | undefined },
  replace = false,
): Merged {
  if (stands !== undefined && alike(file, stands)) return 'same'
  if (replace || before === undefined) return 'put'
  const fileSaysAnother = textOf(file) !== before.said
  const somebodyChangedIt = stands === undefined || textOf(stands) !== before.stood
  if (!somebodyChangedIt) return fileSaysAnother ? 'put' : 'same'
  return fileSaysAnother ? 'both' : 'kept'
}
