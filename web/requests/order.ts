import type { RequestRow } from '../../node/requests/view.js'

export type SortKey = 'due' | 'patient' | 'exam' | 'site' | 'images'

/** `due`, `-due`; several with commas, the first weighs most: `site,-due`. '' = urgency, then the oldest. */
export function parseSort(text: string): { key: SortKey; down: boolean }[] {
  const known: SortKey[] = ['due', 'patient', 'exam', 'site', 'images']
  return text.split(',').flatMap(part => {
    const down = part.startsWith('-')
    const key = known.find(name => name === (down ? part.slice(1) : part))
    return key ? [{ key, down }] : []
  })
}

/** The sort after a heading was pressed: up, down, none; `add` keeps the others. */
export function nextSort(text: string, key: SortKey, add: boolean): string {
  const sorts = parseSort(text)
  const now = sorts.find(sort => sort.key === key)
  const next = !now ? [{ key, down: false }] : now.down ? [] : [{ key, down: true }]
  const kept = add ? sorts.filter(sort => sort.key !== key) : []
  return [...kept, ...next].map(sort => `${sort.down ? '-' : ''}${sort.key}`).join(',')
}

const share = (row: RequestRow) => {
  if (!row.images?.expected) return row.images ? 0.5 : -1
  return row.images.received / row.images.expected
}

const compare: Record<SortKey, (a: RequestRow, b: RequestRow) => number> = {
  due: (a, b) => (a.due?.at ?? '9').localeCompare(b.due?.at ?? '9'),
  patient: (a, b) =>
    a.patient.family.localeCompare(b.patient.family) || a.patient.given.localeCompare(b.patient.given),
  exam: (a, b) => a.modality.localeCompare(b.modality) || a.region.localeCompare(b.region),
  site: (a, b) => a.siteName.localeCompare(b.siteName),
  images: (a, b) => share(a) - share(b),
}

/** Sorted by what was asked; rows equal in all of it keep the node's order. */
export function sorted(rows: RequestRow[], text: string): RequestRow[] {
  const sorts = parseSort(text)
  if (sorts.length === 0) return rows
  return [...rows].sort((a, b) => {
    for (const { key, down } of sorts) {
      const order = compare[key](a, b)
      if (order !== 0) return down ? -order : order
    }
    return 0
  })
}
