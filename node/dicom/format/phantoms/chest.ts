import { type Ellipsoid, newRaster, paintEach, paintEllipsoid, type Raster, smoothNoise } from './raster.js'

/** Tissues of the chest. */
export const ChestTissue = {
  air: 0,
  fat: 1,
  muscle: 2,
  bone: 3,
  marrow: 4,
  lung: 5,
  vessel: 6,
  heart: 7,
  liver: 8,
  nodule: 9,
  disc: 10,
  support: 11,
} as const

const T = ChestTissue

/** Half axes of the rib cage, mm: right–left, front–back. */
const CAGE = [142, 100] as const

/** An axial section of the chest at height `z` (mm above the middle): u is patient left, v is back (LPS). */
export function chestSection(size: number, fieldOfViewMm: number, z: number): Raster {
  const raster = newRaster(size, fieldOfViewMm)
  paintEach(raster, (u, v) => (v > 128 + u * u * 0.0006 && v < 136 + u * u * 0.0006 ? T.support : undefined))
  paintWall(raster, z)
  paintLungs(raster, z)
  for (const shape of organs) paintEllipsoid(raster, z, shape, withinCage)
  paintTrachea(raster, z)
  paintVessels(raster, z)
  paintSpine(raster, z)
  return raster
}

function withinCage(u: number, v: number, normalised: number): boolean {
  return normalised < 1 && (u / (CAGE[0] - 8)) ** 2 + (v / (CAGE[1] - 8)) ** 2 < 1
}

/** Skin fat, muscle, ribs that slope down towards the front, and what lies inside them. */
function paintWall(raster: Raster, z: number) {
  paintEach(raster, (u, v) => {
    // Flatter in front and behind than an ellipse.
    const across = Math.abs(u) / 172
    const deep = Math.abs(v) / 122
    if (across > 1 || deep > 1) return undefined
    const body = across * across * Math.sqrt(across) + deep * deep * Math.sqrt(deep)
    if (body > 1) return undefined
    if (body > 0.86) return T.fat
    const cage = Math.sqrt((u / CAGE[0]) ** 2 + (v / CAGE[1]) ** 2)
    if (cage > 1.02) return T.muscle
    if (cage < 0.94) return T.fat
    const along = (z - 0.5 * v + 400) / 25
    const rib = along - Math.floor(along)
    if (rib > 0.42 || (Math.abs(u) < 16 && v < 0)) return T.muscle
    return rib > 0.05 && rib < 0.37 && cage > 0.955 && cage < 1.005 ? T.marrow : T.bone
  })
  if (z > -70 && z < 90) {
    paintEllipsoid(raster, 0, { label: T.bone, at: [0, -99, 0], axes: [17, 5.5, 1] })
    paintEllipsoid(raster, 0, { label: T.marrow, at: [0, -99, 0], axes: [15, 3.8, 1] })
  }
  for (const side of [-1, 1]) {
    paintEllipsoid(raster, z, {
      label: T.bone,
      at: [side * 112, 84, 75],
      axes: [4, 34, 62],
      angle: side * 52,
    })
  }
}

/** The lungs rest on the domes of the diaphragm and leave the mediastinum free. */
function paintLungs(raster: Raster, z: number) {
  const apex = Math.max(0, 1 - (Math.max(0, z + 10) / 150) ** 2)
  if (apex === 0) return
  const narrowing = Math.sqrt(apex)
  paintEach(raster, (u, v, label) => {
    if (label !== T.fat && label !== T.muscle) return undefined
    const inside = (u / (CAGE[0] * 0.935)) ** 2 + (v / (CAGE[1] * 0.935)) ** 2
    if (inside > narrowing) return undefined
    // The left dome stands lower; both fall off to the sides and the back.
    const dome = (u < 0 ? -48 : -62) - 0.0065 * ((Math.abs(u) - 62) ** 2 + 0.6 * (v + 15) ** 2)
    if (z < dome) return undefined
    const mediastinum =
      20 + (v > 35 ? (v - 35) * 0.25 : 0) + (v < -30 ? (v + 30) * 0.14 : 0) + (z > 60 ? 6 : 0)
    return Math.abs(u) > mediastinum ? T.lung : undefined
  })
}

const organs: readonly Ellipsoid[] = [
  { label: T.liver, at: [-52, -5, -122], axes: [92, 84, 78] },
  { label: T.muscle, at: [76, 20, -138], axes: [52, 60, 74] },
  { label: T.air, at: [52, -32, -108], axes: [26, 24, 28] },
  // The heart in its fat, its axis to the left.
  { label: T.fat, at: [24, -34, -48], axes: [66, 47, 50], angle: 28 },
  { label: T.heart, at: [24, -33, -46], axes: [62, 43, 46], angle: 28 },
  { label: T.vessel, at: [36, -30, -48], axes: [28, 17, 28], angle: 28 },
  { label: T.vessel, at: [-10, -42, -42], axes: [22, 16, 28], angle: 28 },
  { label: T.vessel, at: [20, 41, -60], axes: [12, 12, 140] },
  { label: T.vessel, at: [-12, -24, 20], axes: [16, 16, 62] },
  { label: T.vessel, at: [4, 8, 72], axes: [13, 38, 13], angle: -24 },
  { label: T.vessel, at: [17, -30, 14], axes: [14, 15, 26] },
  { label: T.vessel, at: [4, -6, 14], axes: [42, 9, 11], angle: 8 },
  { label: T.vessel, at: [-30, -14, 50], axes: [9, 9, 64] },
  { label: T.muscle, at: [6, 33, 20], axes: [7, 7, 170] },
  { label: T.nodule, at: [-74, -12, 62], axes: [8, 7, 7] },
]

function paintTrachea(raster: Raster, z: number) {
  if (z > 34) return paintEllipsoid(raster, 0, { label: T.air, at: [0, 10, 0], axes: [9, 8.5, 1] })
  if (z < -14) return
  for (const side of [-1, 1]) {
    const apart = (34 - z) * (side < 0 ? 0.75 : 0.95) + 6
    paintEllipsoid(raster, 0, { label: T.air, at: [side * apart, 12, 0], axes: [7, 6, 1] })
  }
}

/** Vessels of the lungs: where two fields of noise cross zero together runs a thread, thicker near the hilum. */
function paintVessels(raster: Raster, z: number) {
  paintEach(raster, (u, v, label) => {
    if (label !== T.lung) return undefined
    const fromHilum = Math.hypot(Math.abs(u) - 32, v - 5, z)
    const width = Math.max(0.022, 0.11 - fromHilum * 0.0009)
    if (Math.abs(smoothNoise(u / 13, v / 13, z / 16)) > width) return undefined
    return Math.abs(smoothNoise(u / 15 + 40, v / 15, z / 19)) < width * 1.2 ? T.vessel : undefined
  })
}

function paintSpine(raster: Raster, z: number) {
  const level = (z + 400) / 24
  const inDisc = level - Math.floor(level) < 0.2
  paintEllipsoid(raster, 0, { label: T.muscle, at: [0, 92, 0], axes: [58, 22, 1] })
  paintEllipsoid(raster, 0, { label: inDisc ? T.disc : T.bone, at: [0, 66, 0], axes: [18, 15, 1] })
  if (!inDisc) paintEllipsoid(raster, 0, { label: T.marrow, at: [0, 66, 0], axes: [16, 13, 1] })
  for (const side of [-1, 1]) {
    if (inDisc) continue
    paintEllipsoid(raster, 0, { label: T.bone, at: [side * 25, 91, 0], axes: [19, 5, 1], angle: side * 22 })
    paintEllipsoid(raster, 0, { label: T.bone, at: [side * 12, 84, 0], axes: [4, 9, 1] })
  }
  paintEllipsoid(raster, 0, { label: T.bone, at: [0, 94, 0], axes: [13, 6, 1] })
  paintEllipsoid(raster, 0, { label: T.bone, at: [0, 106, 0], axes: [3, 10, 1] })
  paintEllipsoid(raster, 0, { label: T.muscle, at: [0, 86, 0], axes: [9, 8, 1] })
}
