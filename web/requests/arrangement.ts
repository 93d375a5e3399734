/**
 * What a list shows while the truth under it changes: nothing moves under the cursor. Rows that came up wait until the
 * person lets them in, rows that left stay in their place as gone, and values change where they stand.
 */

export interface Arrangement<Row> {
  order: string[]
  rows: Map<string, Row>
  /** Shown, but no longer in the list. */
  gone: Set<string>
  /** In the list, not yet shown, in its order. */
  waiting: Row[]
}

interface Identified {
  id: string
}

/** Everything in the order it came. */
export function arrange<Row extends Identified>(incoming: Row[]): Arrangement<Row> {
  return {
    order: incoming.map(row => row.id),
    rows: new Map(incoming.map(row => [row.id, row])),
    gone: new Set(),
    waiting: [],
  }
}

/**
 * Brings new values in without moving a row. What comes after the last row still there is appended, for that moves
 * nothing. `whole`: `incoming` is the list to its end; otherwise rows that were pushed over its edge are not gone.
 */
export function settle<Row extends Identified>(
  shown: Arrangement<Row>,
  incoming: Row[],
  whole: boolean,
): Arrangement<Row> {
  if (shown.order.length === 0 || isContinued(shown, incoming)) return arrange(incoming)
  const present = new Map(incoming.map(row => [row.id, row]))
  const lastAt = incoming.findLastIndex(row => shown.rows.has(row.id))
  const lastShown = shown.order.findLastIndex(id => present.has(id))

  const rows = new Map(shown.rows)
  for (const row of incoming) if (rows.has(row.id)) rows.set(row.id, row)
  const gone = new Set(
    shown.order.filter((id, at) => !present.has(id) && (whole || at < lastShown || shown.gone.has(id))),
  )
  const order = [...shown.order]
  const waiting: Row[] = []
  incoming.forEach((row, at) => {
    if (rows.has(row.id)) return
    if (at > lastAt && lastAt >= 0) {
      order.push(row.id)
      rows.set(row.id, row)
    } else waiting.push(row)
  })
  return { order, rows, gone, waiting }
}

/** Whether the list is as it is shown and goes on: the next page came, as it does fifty times on the way to the last of ten thousand. */
function isContinued<Row extends Identified>(shown: Arrangement<Row>, incoming: Row[]): boolean {
  if (shown.gone.size > 0 || shown.waiting.length > 0 || shown.order.length > incoming.length) return false
  return shown.order.every((id, at) => {
    const row = incoming[at]
    return row?.id === id && shown.rows.get(id) === row
  })
}
