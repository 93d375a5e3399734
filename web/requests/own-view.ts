import { useCallback, useState } from 'react'

/** Columns a person may show or not; time, patient and the action always are. */
export const columnIds = ['exam', 'images', 'reference', 'sent'] as const
export type ColumnId = (typeof columnIds)[number]

/** A filter somebody named: the address it stands for. */
export interface OwnList {
  name: string
  /** As in the address: `list=to-claim&modality=CT`. */
  query: string
}

export interface OwnView {
  columns: readonly ColumnId[]
  lists: readonly OwnList[]
}

export const usualView: OwnView = { columns: ['exam', 'images'], lists: [] }
export const ownListsMax = 12

const keyOf = (account: string) => `relais.worklist.${account}`

/** What was kept, as far as it can still be read. */
export function viewFrom(text: string | null): OwnView {
  if (text === null) return usualView
  try {
    const kept = JSON.parse(text) as { columns?: unknown; lists?: unknown }
    const columns = Array.isArray(kept.columns)
      ? columnIds.filter(id => (kept.columns as unknown[]).includes(id))
      : usualView.columns
    const lists = (Array.isArray(kept.lists) ? kept.lists : []).flatMap((one: Partial<OwnList> | null) =>
      typeof one?.name === 'string' && typeof one.query === 'string'
        ? [{ name: one.name, query: one.query }]
        : [],
    )
    return { columns, lists: lists.slice(0, ownListsMax) }
  } catch {
    return usualView // written by another version, or by hand
  }
}

/** With a list more; one of the same name is replaced. */
export function withList(view: OwnView, list: OwnList): OwnView {
  return {
    ...view,
    lists: [...view.lists.filter(({ name }) => name !== list.name), list].slice(-ownListsMax),
  }
}

/** How a person has arranged their worklist: kept on this machine, for each account. */
export function useOwnView(account: string): [OwnView, (next: OwnView) => void] {
  const [view, setView] = useState(() => viewFrom(localStorage.getItem(keyOf(account))))
  const keep = useCallback(
    (next: OwnView) => {
      localStorage.setItem(keyOf(account), JSON.stringify(next))
      setView(next)
    },
    [account],
  )
  return [view, keep]
}
