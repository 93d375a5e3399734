/** A series as the viewer stacks it. */
import type { SeriesView } from '../../node/studies/view.js'
import type { JsonDataSet } from './dicom-json.js'
import { number, text } from './dicom-json.js'
import type { Frame } from './frame.js'

export interface Series {
  SeriesInstanceUID: string
  number?: number
  description?: string
  modality?: string
  bodyPart?: string
  /** What the server says it has; frames may be more. */
  instances?: number
}

/** Series of these modalities carry no pictures to read. */
const withoutPixels = new Set(['SR', 'PR', 'KO', 'DOC', 'AU', 'REG', 'RTSTRUCT', 'RTPLAN', 'PLAN', 'FID'])

export function seriesOf(set: JsonDataSet): Series | null {
  const uid = text(set, '0020000E')
  if (!uid) return null
  return {
    SeriesInstanceUID: uid,
    number: number(set, '00200011'),
    description: text(set, '0008103E'),
    modality: text(set, '00080060'),
    bodyPart: text(set, '00180015'),
    instances: number(set, '00201209'),
  }
}

/** The same from GET /api/studies/:uid. */
export function seriesOfView(view: SeriesView): Series {
  const number = Number.parseInt(view.SeriesNumber, 10)
  return {
    SeriesInstanceUID: view.SeriesInstanceUID,
    number: Number.isNaN(number) ? undefined : number,
    description: view.SeriesDescription || undefined,
    modality: view.Modality || undefined,
    bodyPart: view.BodyPartExamined || undefined,
    instances: view.instances,
  }
}

export function hasPictures(series: Series): boolean {
  return !withoutPixels.has(series.modality ?? '')
}

export function inReadingOrder(series: Series[]): Series[] {
  return [...series].sort(
    (a, b) =>
      (a.number ?? Number.MAX_SAFE_INTEGER) - (b.number ?? Number.MAX_SAFE_INTEGER) ||
      a.SeriesInstanceUID.localeCompare(b.SeriesInstanceUID),
  )
}

/**
 * Puts pictures in the order a reader scrolls them. Where all share one plane orientation and no two lie at the
 * same place, space decides (PS3.3 C.7.6.2.1.1: position projected on the normal of the plane), in the direction
 * the instance numbers mostly run; otherwise instance and frame numbers do: several phases or echoes at one
 * place must not be interleaved.
 */
export function stacked(frames: Frame[]): Frame[] {
  const byNumber = [...frames].sort(
    (a, b) =>
      (a.InstanceNumber ?? 0) - (b.InstanceNumber ?? 0) ||
      a.SOPInstanceUID.localeCompare(b.SOPInstanceUID) ||
      a.frame - b.frame,
  )
  const places = alongNormal(byNumber)
  if (!places) return byNumber
  const first = places[0] ?? 0
  const last = places[places.length - 1] ?? 0
  const direction = last >= first ? 1 : -1
  return byNumber
    .map((frame, i) => ({ frame, place: places[i] ?? 0 }))
    .sort((a, b) => direction * (a.place - b.place))
    .map(entry => entry.frame)
}

/** Where the first look falls: the middle of a stack through a body, the first of everything else. */
export function openingIndex(frames: Frame[]): number {
  return frames.length > 8 && alongNormal(frames) ? Math.floor(frames.length / 2) : 0
}

/** Distance of each picture along the common normal, mm; null when they share none or two coincide. */
function alongNormal(frames: Frame[]): number[] | null {
  const reference = frames[0]?.orientation
  if (!reference || frames.length < 2) return null
  const [rx = 0, ry = 0, rz = 0, cx = 0, cy = 0, cz = 0] = reference
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx]
  const places: number[] = []
  for (const { orientation, position } of frames) {
    if (!orientation || !position) return null
    if (orientation.some((cosine, i) => Math.abs(cosine - (reference[i] ?? 0)) > 1e-3)) return null
    places.push(position.reduce((sum, coordinate, i) => sum + coordinate * (normal[i] ?? 0), 0))
  }
  const distinct = new Set(places.map(place => Math.round(place * 100)))
  return distinct.size === places.length ? places : null
}

/** The series of another exam that shows most nearly the same: what it is called, how it was made, what it shows. */
export function alike(series: Series[], like: Series): Series | undefined {
  const folded = (words: string | undefined) =>
    words
      ?.toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  const score = (each: Series) =>
    (each.description !== undefined && folded(each.description) === folded(like.description) ? 4 : 0) +
    (each.modality === like.modality ? 2 : 0) +
    (each.bodyPart !== undefined && each.bodyPart === like.bodyPart ? 1 : 0) +
    ((each.instances ?? 0) > 3 === (like.instances ?? 0) > 3 ? 2 : 0)
  return [...series].sort((a, b) => score(b) - score(a))[0]
}

/** What opens first: the first series that is more than a localizer's two or three pictures, else the first. */
export function openingSeries(series: Series[]): Series | undefined {
  return series.find(each => (each.instances ?? 0) > 3) ?? series[0]
}
