import { type Ellipsoid, newRaster, paintEach, paintEllipsoid, type Raster, smoothNoise } from './raster.js'

/** Tissues of the head; a palette gives each its CT number or its MR signal. */
export const HeadTissue = {
  air: 0,
  fat: 1,
  skin: 2,
  bone: 3,
  fluid: 4,
  grey: 5,
  white: 6,
  blood: 7,
  oedema: 8,
  vitreous: 9,
  lens: 10,
  calcification: 11,
  ganglia: 12,
  dura: 13,
  diploe: 14,
  cerebellum: 15,
  brainstem: 16,
  muscle: 17,
  support: 18,
} as const

const T = HeadTissue

export interface HeadFinding {
  /** A haematoma of the left basal ganglia, with oedema and a shift of the midline. */
  haematoma: boolean
  /** A few bright spots in the white matter, as an MR of the elderly shows them. */
  spots: boolean
}

/** Half axes of the inside of the skull, mm: right–left, front–back, foot–head. */
const INSIDE = [66, 86, 79] as const

/** An axial section of the head at height `z` (mm above the middle): u is patient left, v is back (LPS). */
export function headSection(size: number, fieldOfViewMm: number, z: number, finding: HeadFinding): Raster {
  const raster = newRaster(size, fieldOfViewMm)
  paintOutside(raster, z)
  paintBrain(raster, z)
  for (const shape of deepStructures) paintEllipsoid(raster, z, shape, insideBrain)
  if (finding.spots) for (const shape of whiteMatterSpots) paintEllipsoid(raster, z, shape)
  if (finding.haematoma) paintHaematoma(raster, z)
  for (const shape of face) paintEllipsoid(raster, z, shape)
  for (const shape of mastoids) {
    paintEllipsoid(raster, z, shape, (u, v, n) => n < 1 && smoothNoise(u / 2.5, v / 2.5, z / 2.5) > -0.05)
  }
  return raster
}

function insideBrain(_u: number, _v: number, normalised: number, label: number): boolean {
  return normalised < 1 && isSoft(label)
}

/** The skull hardly narrows towards its base: below the middle, heights count less. */
function shellHeight(z: number): number {
  return z < 0 ? z * 0.62 : z
}

function paintOutside(raster: Raster, z: number) {
  const shell = shellHeight(z)
  // The head rest.
  if (z < 60) {
    paintEach(raster, (u, v) => {
      const r = Math.hypot(u, v)
      return r > 112 && r < 115 && v > 55 ? T.support : undefined
    })
  }
  paintEllipsoid(raster, shell, { label: T.skin, at: [0, 0, 0], axes: [79, 99, 92] })
  paintEllipsoid(raster, z, { label: T.skin, at: [0, -48, -70], axes: [58, 52, 62] })
  paintEllipsoid(raster, shell, { label: T.fat, at: [0, 0, 0], axes: [77, 97, 90] })
  paintEllipsoid(raster, z, { label: T.muscle, at: [0, -46, -70], axes: [54, 49, 58] })
  for (const side of [-1, 1]) {
    paintEllipsoid(raster, z, { label: T.muscle, at: [side * 66, -30, -40], axes: [9, 30, 42] })
  }
  paintEllipsoid(raster, shell, { label: T.bone, at: [0, 0, 0], axes: [73, 93, 86] })
  paintEllipsoid(raster, shell, { label: T.diploe, at: [0, 0, 0], axes: [71.2, 91.2, 84.2] }, (u, v, n) => {
    return n < 1 && n > 0.85 && smoothNoise(u / 3, v / 3, z / 3) > -0.3
  })
  paintEllipsoid(raster, shell, { label: T.bone, at: [0, 0, 0], axes: [67.8, 87.8, 80.8] })
}

/** Cortex folded by noise: dark furrows near the surface, grey matter along them, white matter inside. */
function paintBrain(raster: Raster, z: number) {
  const floor = anteriorFloor(z)
  const inside: Ellipsoid = { label: 0, at: [0, 0, 0], axes: INSIDE }
  const bySurface = (u: number, v: number, n: number): number => {
    if (floor > -100) {
      // The middle fossae reach further forward on the sides.
      const edge = floor - 22 * Math.min(1, (Math.abs(u) / 52) ** 2) + 6 * smoothNoise(u / 12, z / 12, 5)
      if (v < edge) return v < edge - 4 ? T.muscle : T.bone
    }
    const depth = Math.sqrt(n)
    const midline = Math.abs(u) > 4 ? 4 : Math.abs(u + 1.5 * smoothNoise(v / 25, z / 25, 3))
    if (midline < 0.8 && depth > 0.42 && z > -35) return T.dura
    if (depth > 0.98 || (midline < 2 && depth > 0.5 && z > -35)) return T.fluid
    if (depth < 0.42) return T.white
    const fold = Math.abs(smoothNoise(u / 11, v / 11, z / 11) + 0.35 * smoothNoise(u / 5, v / 5, z / 5 + 9))
    if (depth > 0.62 && fold < 0.13 * (depth - 0.55)) return T.fluid
    return fold < 0.24 * (depth - 0.4) || depth > 0.92 ? T.grey : T.white
  }
  const { size, mmPerPixel, labels } = raster
  const middle = (size - 1) / 2
  const across = (shellHeight(z) / inside.axes[2]) ** 2
  if (across >= 1) return
  const rows = (inside.axes[1] * Math.sqrt(1 - across)) / mmPerPixel
  for (let row = Math.ceil(middle - rows); row <= middle + rows; row += 1) {
    const v = (row - middle) * mmPerPixel
    const rest = 1 - across - (v / inside.axes[1]) ** 2
    const columns = rest <= 0 ? -1 : (inside.axes[0] * Math.sqrt(rest)) / mmPerPixel
    for (let column = Math.ceil(middle - columns); column <= middle + columns; column += 1) {
      const u = (column - middle) * mmPerPixel
      const n = across + (u / inside.axes[0]) ** 2 + (v / inside.axes[1]) ** 2
      labels[row * size + column] = bySurface(u, v, n)
    }
  }
  paintEllipsoid(raster, z, { label: T.fluid, at: [0, 12, -46], axes: [25, 20, 15] }, insideBrain)
  const cerebellum: Ellipsoid = { label: T.cerebellum, at: [0, 47, -50], axes: [47, 33, 25] }
  paintEllipsoid(raster, z, { ...cerebellum, label: T.fluid, axes: [49, 35, 27] }, insideBrain)
  paintEllipsoid(raster, z, cerebellum, (u, v, n, label) => {
    const leaf = Math.sin(0.95 * Math.hypot(u * 0.7, v - 15) + 4 * smoothNoise(u / 9, v / 9, z / 9))
    return n < 1 && isSoft(label) && (leaf > -0.9 || n < 0.25)
  })
  paintEllipsoid(raster, z, { label: T.brainstem, at: [0, 13, -55], axes: [15, 13, 36] }, insideBrain)
}

/** The floor of the anterior fossa slopes: low sections show the face in front of the brain. */
function anteriorFloor(z: number): number {
  return z > -18 ? Number.NEGATIVE_INFINITY : -84 + (-18 - z) * 1.55
}

/** The mirror image on the patient's right of shapes given for the left. */
function bothSides(shapes: readonly Ellipsoid[]): Ellipsoid[] {
  return shapes.flatMap(shape => [
    shape,
    { ...shape, at: [-shape.at[0], shape.at[1], shape.at[2]] as const, angle: -(shape.angle ?? 0) },
  ])
}

const deepStructures: readonly Ellipsoid[] = [
  ...bothSides([
    { label: T.fluid, at: [46, -14, -8], axes: [14, 3.2, 12], angle: 25 },
    { label: T.ganglia, at: [25, -3, 4], axes: [7, 17, 11], angle: -12 },
    { label: T.ganglia, at: [11, 9, 6], axes: [9, 15, 10], angle: 18 },
    { label: T.fluid, at: [11, 0, 24], axes: [6.5, 33, 8], angle: -6 },
    { label: T.fluid, at: [11, -25, 13], axes: [5.5, 14, 10], angle: -22 },
    { label: T.fluid, at: [22, 36, 10], axes: [6.5, 19, 8], angle: -24 },
    { label: T.ganglia, at: [15, -21, 12], axes: [4, 9, 8], angle: -20 },
    { label: T.calcification, at: [19, 30, 9], axes: [2.4, 4, 3] },
  ]),
  { label: T.fluid, at: [0, 3, 2], axes: [2.2, 13, 11] },
  { label: T.calcification, at: [0, 23, 4], axes: [2.2, 2.2, 2.5] },
  { label: T.fluid, at: [0, 29, -46], axes: [6, 5, 9] },
]

const face: readonly Ellipsoid[] = [
  ...bothSides([
    { label: T.bone, at: [31, -70, -42], axes: [21, 25, 19] },
    { label: T.fat, at: [31, -71, -42], axes: [19, 25, 17] },
    { label: T.muscle, at: [31, -60, -42], axes: [2.5, 20, 2.5], angle: 18 },
    { label: T.vitreous, at: [32, -79, -42], axes: [12, 12, 12] },
    { label: T.lens, at: [32, -89.5, -42], axes: [4.5, 2.2, 4.5] },
    { label: T.bone, at: [27, -62, -72], axes: [18, 20, 17] },
    { label: T.air, at: [27, -62, -72], axes: [16, 18, 15] },
    { label: T.bone, at: [36, 16, -60], axes: [24, 8, 10], angle: -32 },
  ]),
  { label: T.bone, at: [0, -66, -62], axes: [9.5, 21, 24] },
  { label: T.air, at: [4.5, -67, -62], axes: [3.6, 19, 22] },
  { label: T.air, at: [-4.5, -67, -62], axes: [3.6, 19, 22] },
  { label: T.air, at: [0, -88, -14], axes: [14, 3, 9] },
]

const mastoids: readonly Ellipsoid[] = bothSides([{ label: T.air, at: [57, 32, -60], axes: [8, 11, 12] }])

const whiteMatterSpots: readonly Ellipsoid[] = [
  { label: T.oedema, at: [27, -22, 26], axes: [2.6, 3.4, 3] },
  { label: T.oedema, at: [-30, 12, 28], axes: [2.2, 3, 3] },
  { label: T.oedema, at: [24, 26, 30], axes: [3.4, 2.6, 3] },
  { label: T.oedema, at: [-23, -30, 22], axes: [2.4, 2.4, 3] },
  { label: T.oedema, at: [33, 4, 34], axes: [2, 2.8, 3] },
]

function paintHaematoma(raster: Raster, z: number) {
  shiftMidline(raster, z)
  const rough = (u: number, v: number) => 0.9 * smoothNoise(u / 8, v / 8, z / 8)
  const core: Ellipsoid = { label: T.blood, at: [28, -1, 10], axes: [15, 22, 16], angle: -10 }
  paintEllipsoid(
    raster,
    z,
    { ...core, label: T.oedema, axes: [19, 26, 20] },
    (u, v, n) => n + rough(u, v) < 1,
  )
  paintEllipsoid(raster, z, core, (u, v, n) => n + rough(u, v) < 1)
  // Blood that has settled at the back of the left ventricle, the patient lying.
  paintEllipsoid(raster, z, { label: T.blood, at: [25, 45, 10], axes: [5, 7, 7], angle: -24 }, (_, v, n) => {
    return n < 1 && v > 42
  })
}

/** What the haematoma pushes to the right: up to 9 mm at the midline, at its own height. */
function shiftMidline(raster: Raster, z: number) {
  const { size, mmPerPixel, labels } = raster
  const strength = 9 * Math.exp(-(((z - 12) / 30) ** 2))
  if (strength < 0.2) return
  const middle = (size - 1) / 2
  const source = labels.slice()
  for (let row = 0; row < size; row += 1) {
    const v = (row - middle) * mmPerPixel
    const byRow = strength * Math.exp(-((v / 42) ** 2))
    for (let column = 0; column < size; column += 1) {
      const index = row * size + column
      const u = (column - middle) * mmPerPixel
      if (Math.abs(u) > 50 || !isSoft(source[index] as number)) continue
      const from = index + Math.round((byRow * Math.exp(-(((u - 4) / 24) ** 2))) / mmPerPixel)
      if (isSoft(source[from] as number)) labels[index] = source[from] as number
    }
  }
}

function isSoft(label: number): boolean {
  return label !== T.air && label !== T.bone && label !== T.diploe && label !== T.skin && label !== T.fat
}
