/** An instance as a PACS lists it. */
export interface ListedInstance {
  series: string
  uid: string
  sopClass: string
}

/** One C-MOVE or C-GET. */
export interface Step {
  level: 'STUDY' | 'SERIES' | 'IMAGE'
  keys: Record<string, string>
}

/** UIDs in one identifier: more than most PACS are asked for, and far below what fits. */
const UIDS_MAX = 100

/**
 * What is asked for so that everything listed is here, and nothing comes twice: the study where all of it is missing,
 * whole series where all of them are, single images of the others. Nothing listed: the study (or series) as such.
 */
export function stepsFor(wanted: {
  study: string
  /** Empty = the whole study. */
  series: string
  /** undefined: the PACS does not say. */
  listed: readonly ListedInstance[] | undefined
  held: ReadonlySet<string>
}): Step[] {
  const { study, series: only, listed, held } = wanted
  const whole: Step =
    only === ''
      ? { level: 'STUDY', keys: { StudyInstanceUID: study } }
      : { level: 'SERIES', keys: { StudyInstanceUID: study, SeriesInstanceUID: only } }
  if (listed === undefined) return [whole]
  const missing = listed.filter(({ uid }) => !held.has(uid))
  if (missing.length === 0) return []
  if (missing.length === listed.length) return [whole]
  const counts = new Map<string, number>()
  for (const { series } of listed) counts.set(series, (counts.get(series) ?? 0) + 1)
  const bySeries = new Map<string, string[]>()
  for (const { series, uid } of missing) bySeries.set(series, [...(bySeries.get(series) ?? []), uid])
  return [...bySeries].flatMap(([series, uids]): Step[] => {
    const keys = { StudyInstanceUID: study, SeriesInstanceUID: series }
    if (uids.length === counts.get(series)) return [{ level: 'SERIES', keys }]
    const chunks = Array.from({ length: Math.ceil(uids.length / UIDS_MAX) }, (_, index) =>
      uids.slice(index * UIDS_MAX, (index + 1) * UIDS_MAX),
    )
    return chunks.map(chunk => ({ level: 'IMAGE', keys: { ...keys, SOPInstanceUID: chunk.join('\\') } }))
  })
}
