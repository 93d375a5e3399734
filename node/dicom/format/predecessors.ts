import type { Values } from './dataset.js'

/** Another document of ours that this one comes after (PS3.3 Table C.17-3). */
export interface Predecessor {
  StudyInstanceUID: string
  SeriesInstanceUID: string
  sopClassUID: string
  sopInstanceUID: string
}

/** Study by study, series by series. */
export function predecessorItems(predecessors: readonly Predecessor[]): Values[] {
  const bySeries = new Map<string, Predecessor[]>()
  for (const one of predecessors) {
    const key = `${one.StudyInstanceUID} ${one.SeriesInstanceUID}`
    bySeries.set(key, [...(bySeries.get(key) ?? []), one])
  }
  const byStudy = new Map<string, Values[]>()
  for (const group of bySeries.values()) {
    const [first] = group as [Predecessor]
    const series: Values = {
      SeriesInstanceUID: first.SeriesInstanceUID,
      ReferencedSOPSequence: group.map(({ sopClassUID, sopInstanceUID }) => ({
        ReferencedSOPClassUID: sopClassUID,
        ReferencedSOPInstanceUID: sopInstanceUID,
      })),
    }
    byStudy.set(first.StudyInstanceUID, [...(byStudy.get(first.StudyInstanceUID) ?? []), series])
  }
  return [...byStudy].map(([StudyInstanceUID, ReferencedSeriesSequence]) => ({
    StudyInstanceUID,
    ReferencedSeriesSequence,
  }))
}
