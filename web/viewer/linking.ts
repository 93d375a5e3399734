/**
 * Two stacks that scroll together: by their place in the patient where both say it, otherwise by the number of pictures
 * between them when they were linked. Between two exams the patient lay elsewhere: what a reader shifted one against the
 * other before linking them stays the shift, in millimetres.
 */
import { text } from './dicom-json.js'
import type { Frame } from './frame.js'

export type Link =
  | { by: 'position'; normal: number[]; shiftMm: number }
  /** `shift`: the second stack's picture less the first one's. */
  | { by: 'number'; shift: number }

type Placed = Pick<Frame, 'orientation' | 'position' | 'metadata'>

/** How parallel two planes must be, as the cosine between their normals: within 6 degrees. */
const PARALLEL = 0.995

/** `fresh`: nobody has shifted one against the other yet. */
export function linkOf(
  first: readonly Placed[],
  at: number,
  second: readonly Placed[],
  there: number,
  fresh: boolean,
): Link {
  const normal = normalOf(first[at])
  const other = normalOf(second[there])
  const byNumber: Link = { by: 'number', shift: there - at }
  if (!normal || !other || Math.abs(dot(normal, other)) < PARALLEL) return byNumber
  const places = [placesOf(first, normal), placesOf(second, normal)] as const
  if (!places[0] || !places[1]) return byNumber
  const same =
    frameOfReference(first[at]) !== undefined &&
    frameOfReference(first[at]) === frameOfReference(second[there])
  const shifted = (places[1][there] ?? 0) - (places[0][at] ?? 0)
  const isNear = fresh && overlap(places[0], places[1])
  return { by: 'position', normal, shiftMm: same || isNear ? 0 : shifted }
}

/** Where the second stack goes when the first is at `at`; the other way round with `back`. */
export function followed(
  link: Link,
  from: readonly Placed[],
  at: number,
  to: readonly Placed[],
  back = false,
): number {
  const inside = (index: number) => Math.min(Math.max(0, index), to.length - 1)
  const sign = back ? -1 : 1
  if (link.by === 'number') return inside(at + sign * link.shift)
  const places = placesOf(to, link.normal)
  const here = from[at]?.position
  if (!places || !here) return inside(at)
  const wanted = dot(here, link.normal) + sign * link.shiftMm
  let best = 0
  for (const [index, place] of places.entries())
    if (Math.abs(place - wanted) < Math.abs((places[best] ?? 0) - wanted)) best = index
  return best
}

function normalOf(frame: Placed | undefined): number[] | undefined {
  const { orientation } = frame ?? {}
  if (!orientation) return undefined
  const [rx = 0, ry = 0, rz = 0, cx = 0, cy = 0, cz = 0] = orientation
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx]
  return Math.hypot(...normal) > 0.5 ? normal : undefined
}

/** Along the normal, mm; undefined where one picture does not say its place, or all lie at the same one. */
function placesOf(frames: readonly Placed[], normal: number[]): number[] | undefined {
  const places: number[] = []
  for (const { position } of frames) {
    if (!position) return undefined
    places.push(dot(position, normal))
  }
  return places.length < 2 || Math.max(...places) - Math.min(...places) > 0 ? places : undefined
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  return Math.min(...a) <= Math.max(...b) && Math.min(...b) <= Math.max(...a)
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

const frameOfReference = (frame: Placed | undefined) => text(frame?.metadata, '00200052')
