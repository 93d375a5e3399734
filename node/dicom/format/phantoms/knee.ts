import { type Ellipsoid, newRaster, paintEach, paintEllipsoid, type Raster, smoothNoise } from './raster.js'

/** Tissues of the knee, as a proton density image shows them. */
export const KneeTissue = {
  air: 0,
  fat: 1,
  muscle: 2,
  cortex: 3,
  marrow: 4,
  cartilage: 5,
  meniscus: 6,
  tendon: 7,
  fluid: 8,
  vessel: 9,
} as const

const T = KneeTissue

/**
 * A sagittal section of a right knee at `x` (mm, patient left positive: the inner side): u is back, v is down.
 * The inner meniscus is torn at its posterior horn.
 */
export function kneeSection(size: number, fieldOfViewMm: number, x: number): Raster {
  const raster = newRaster(size, fieldOfViewMm)
  paintLimb(raster, x)
  paintBone(raster, x, femur)
  paintBone(raster, x, tibia)
  for (const shape of softTissues)
    paintEllipsoid(raster, x, shape, (_u, _v, n, label) => n < 1 && label !== T.air)
  paintBone(raster, x, patella)
  paintMenisci(raster, x)
  if (Math.abs(x) < 11) for (const shape of cruciates) paintEllipsoid(raster, x, shape)
  return raster
}

/** Skin, fat, and muscle in bundles behind and above. */
function paintLimb(raster: Raster, x: number) {
  const breadth = Math.sqrt(Math.max(0, 1 - (x / 62) ** 2))
  if (breadth === 0) return
  paintEach(raster, (u, v) => {
    const front = -52 * breadth - 6 * Math.exp(-(((v + 22) / 26) ** 2))
    const back = (52 + 0.0011 * (v - 8) ** 2) * breadth
    if (u < front || u > back) return undefined
    if (u < front + 7 || u > back - 8) return T.fat
    const behind = u > 20 + 0.1 * Math.abs(v)
    const thigh = v < -38 && u < -8
    if (!behind && !thigh) return T.fat
    const bundle = smoothNoise((u + v * 0.12) / 7, v / 45, x / 12)
    return Math.abs(bundle) < 0.035 ? T.fat : T.muscle
  })
}

/** Bone: cartilage where it has any, a thin dark cortex, bright marrow. */
function paintBone(raster: Raster, x: number, bone: readonly (Ellipsoid & { cartilage: number })[]) {
  const grown = (shape: Ellipsoid, mm: number, label: number): Ellipsoid => ({
    ...shape,
    label,
    axes: [shape.axes[0] + mm, shape.axes[1] + mm, shape.axes[2] + mm],
  })
  for (const shape of bone) {
    if (shape.cartilage > 0) paintEllipsoid(raster, x, grown(shape, shape.cartilage, T.cartilage))
  }
  for (const shape of bone) paintEllipsoid(raster, x, shape)
  for (const shape of bone) {
    paintEllipsoid(raster, x, grown(shape, -1.6, T.marrow), (u, v, n) => n < 1 && !inGrowthLine(u, v))
  }
}

/** The scar of the growth plate, a thin dark line across femur and tibia. */
function inGrowthLine(u: number, v: number): boolean {
  const wave = 1.5 * Math.sin(u / 6)
  return Math.abs(v + 42 + wave) < 0.5 || Math.abs(v - 32 + wave) < 0.5
}

const femur = [
  { label: T.cortex, at: [-2, -92, 0], axes: [15, 72, 17], cartilage: 0 },
  { label: T.cortex, at: [-2, -42, 0], axes: [23, 26, 38], cartilage: 0 },
  { label: T.cortex, at: [6, -20, 23], axes: [30, 24, 18], cartilage: 3 },
  { label: T.cortex, at: [5, -20, -23], axes: [29, 23, 18], cartilage: 3 },
  { label: T.cortex, at: [-12, -30, 0], axes: [17, 20, 24], cartilage: 3 },
] as const

const tibia = [
  { label: T.cortex, at: [4, 24, 22], axes: [27, 11.5, 19], cartilage: 2.5 },
  { label: T.cortex, at: [4, 24, -22], axes: [26, 11, 19], cartilage: 2.5 },
  { label: T.cortex, at: [3, 32, 0], axes: [26, 16, 36], cartilage: 0 },
  { label: T.cortex, at: [1, 92, 0], axes: [15, 66, 17], cartilage: 0 },
  { label: T.cortex, at: [-15, 50, 0], axes: [9, 12, 10], cartilage: 0 },
  // The fibula, outside.
  { label: T.cortex, at: [26, 62, -38], axes: [7, 34, 7], cartilage: 0 },
] as const

const patella = [{ label: T.cortex, at: [-43, -27, 0], axes: [9.5, 21, 22], cartilage: 2.5 }] as const

const softTissues: readonly Ellipsoid[] = [
  { label: T.fluid, at: [-27, -52, 0], axes: [3, 16, 20], angle: 8 },
  { label: T.fluid, at: [12, 8, 0], axes: [32, 3.5, 40] },
  { label: T.tendon, at: [-38, 18, 0], axes: [3, 34, 14], angle: -22 },
  { label: T.tendon, at: [-39, -74, 0], axes: [3.2, 34, 16], angle: 10 },
  { label: T.vessel, at: [45, -20, -3], axes: [4.5, 90, 5], angle: 3 },
]

const cruciates: readonly Ellipsoid[] = [
  { label: T.fluid, at: [5, -2, 0], axes: [20, 16, 9] },
  { label: T.tendon, at: [1, -2, -4], axes: [3, 22, 6], angle: 42 },
  { label: T.tendon, at: [21, 0, 4], axes: [3.5, 19, 6], angle: -32 },
]

/** Two dark wedges between the joint surfaces; the torn one has a bright line through it. */
function paintMenisci(raster: Raster, x: number) {
  for (const side of [-23, 23]) {
    if (Math.abs(x - side) > 17) continue
    const wedge = (from: number, towards: number) => (u: number, v: number) => {
      const t = (u - from) / towards
      return t > 0 && t < 1 && Math.abs(v - 7.5) < 4.6 * (1 - t)
    }
    const front = wedge(-22, 15)
    const back = wedge(33, -17)
    paintEach(raster, (u, v) => {
      const inBack = back(u, v)
      if (!inBack && !front(u, v)) return undefined
      const torn = side > 0 && inBack && Math.abs(v - 5.5 - (u - 20) * 0.35) < 0.7
      return torn ? T.fluid : T.meniscus
    })
  }
}
