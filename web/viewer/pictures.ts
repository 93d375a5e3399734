/** The series of a study and the pictures of a series, from WADO-RS, each asked for once. */
import type { JsonDataSet } from './dicom-json.js'
import type { Frame } from './frame.js'
import { framesOf } from './frame.js'
import { stacked } from './series.js'

export interface Pictures {
  /**
   * The pictures of a series in reading order. `instances` is how many the server says there are: another number
   * means more have arrived, and they are read again.
   */
  of(SeriesInstanceUID: string, instances: number | undefined): Promise<Frame[]>
}

export const seriesPath = (study: string) => `/dicomweb/studies/${study}/series`

/** `bearer`: who has no session here shows that token instead. */
export function openPictures(StudyInstanceUID: string, bearer?: string): Pictures {
  const asked = new Map<string, { instances: number | undefined; frames: Promise<Frame[]> }>()
  return {
    of(SeriesInstanceUID, instances) {
      const before = asked.get(SeriesInstanceUID)
      if (before && before.instances === instances) return before.frames
      const frames = read(`${seriesPath(StudyInstanceUID)}/${SeriesInstanceUID}`, bearer)
      asked.set(SeriesInstanceUID, { instances, frames })
      frames.catch(() => asked.delete(SeriesInstanceUID))
      return frames
    },
  }
}

async function read(address: string, bearer: string | undefined): Promise<Frame[]> {
  const answer = await fetch(`${address}/metadata`, {
    headers: {
      accept: 'application/dicom+json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    cache: 'no-cache',
    credentials: 'same-origin',
  })
  if (!answer.ok) throw answer
  if (answer.status === 204) return []
  const sets = (await answer.json()) as JsonDataSet[]
  return stacked(sets.flatMap(set => framesOf(set, address)))
}
