export interface Page<T> {
  items: T[]
  /** Where the next one begins. */
  next?: string
}

/** Where pages begin, in the order of the list; the first at ''. */
export type Starts = readonly string[]

/** All rows in order, and where the page of each begins. What two pages name has moved: the one read last is right. */
export function joined<T extends { id: string }>(
  pages: readonly { page: Page<T>; at: number }[],
  starts: Starts,
): { items: T[]; pageOf(id: string): string | undefined } {
  const placed = new Map<string, number>()
  for (const [number, { page, at }] of pages.entries())
    for (const { id } of page.items) {
      const other = placed.get(id)
      if (other === undefined || (pages[other]?.at ?? 0) < at) placed.set(id, number)
    }
  const all = pages.flatMap(({ page }) => page.items)
  return {
    items:
      all.length === placed.size
        ? all
        : pages.flatMap(({ page }, number) => page.items.filter(({ id }) => placed.get(id) === number)),
    pageOf: id => {
      const number = placed.get(id)
      return number === undefined ? undefined : (starts[number] ?? '')
    },
  }
}

/** The same, with the places at which a page ended before the next one begins: so many came into it that it became two. */
export function withSplits(starts: Starts, ends: readonly (string | undefined)[]): Starts {
  const split = starts.flatMap((start, at) => {
    const [end, next] = [ends[at], starts[at + 1]]
    return end === undefined || next === undefined || !isBefore(end, next) ? [start] : [start, end]
  })
  return split.length === starts.length ? starts : split
}

/** Places are `urgency.time.id`. */
function isBefore(one: string, other: string): boolean {
  const [a, b] = [one.split('.'), other.split('.')]
  for (const at of [0, 1]) {
    const apart = Number(a[at]) - Number(b[at])
    if (apart !== 0) return apart < 0
  }
  return (a[2] ?? '') < (b[2] ?? '')
}
