import {
  addBody,
  addEach,
  addEllipse,
  boneProfile,
  type Capsule,
  newProjection,
  type Projection,
  softProfile,
} from './projection.js'
import { smoothNoise } from './raster.js'

/**
 * A chest radiograph, postero-anterior: the patient's right on the left of the image. An opacity lies in the right
 * lower lobe.
 */
export function chestRadiograph(width: number, height: number): Projection {
  const image = newProjection(width, height, 360)
  const whole = { left: -200, right: 200, top: -260, bottom: 260 }
  addEach(image, whole, (x, y) => {
    const tissue = torso(x, y)
    const inside = lung(x, y)
    if (inside < 0.1) return tissue - 1.15 * inside
    const fromHilum = Math.hypot(Math.abs(x) - 28, y + 10)
    const thread = Math.abs(smoothNoise(x / 9, y / 12, 4)) < Math.max(0.01, 0.1 - fromHilum * 0.0009)
    const haze = 0.05 * smoothNoise(x / 5, y / 5, 11)
    return tissue - 1.15 * inside + haze + (thread ? 0.14 * Math.exp(-fromHilum / 70) : 0)
  })
  addEllipse(image, { x: 24, y: 62, a: 74, b: 52, angle: 32 }, 0.62)
  addEllipse(image, { x: -8, y: 50, a: 44, b: 56 }, 0.3)
  addEllipse(image, { x: 24, y: -66, a: 19, b: 21 }, 0.25)
  addEach(image, { ...whole, left: -30, right: 30 }, mediastinum)
  for (const side of [-1, 1]) {
    for (let level = 0; level < 10; level += 1) addRib(image, side, level)
    const clavicle: Capsule = { from: [side * 14, -158], to: [side * 158, -192], radii: [8, 7] }
    addBody(image, [clavicle], boneProfile(0.2))
  }
  // Opacity of the right lower lobe, and air in the stomach.
  addEach(image, { left: -125, right: -25, top: 0, bottom: 110 }, (x, y) => {
    const blob = Math.exp(-(((x + 74) / 28) ** 2 + ((y - 52) / 24) ** 2))
    return 0.75 * blob * Math.max(0, 0.75 + 0.9 * smoothNoise(x / 7, y / 7, 21))
  })
  addEllipse(image, { x: 62, y: 122, a: 24, b: 15 }, -0.5)
  return image
}

/** Soft tissue: trunk, shoulders and neck, thicker in the middle. */
function torso(x: number, y: number): number {
  const shoulder = y < -150 ? Math.max(64, 178 - (-150 - y) * 1.7) : 178
  const half = y < -150 ? shoulder : 178 - 8 * Math.exp(-(((y + 20) / 45) ** 2))
  const rest = 1 - (x / half) ** 2
  if (rest <= 0) return 0
  return (1.35 + (y > 90 ? 0.35 * Math.min(1, (y - 90) / 60) : 0)) * rest ** 0.4
}

/** How much lung the beam crosses, 0 to 1, soft at the edges. */
function lung(x: number, y: number): number {
  const right = x < 0
  const breadth = 1 - (Math.abs(x) - 72) ** 2 / 62 ** 2 - Math.max(0, -(y + 20)) ** 2 / 150 ** 2
  if (breadth <= 0) return 0
  const dome = (right ? 88 : 100) + 0.0075 * (Math.abs(x) - 66) ** 2
  const above = Math.min(1, Math.max(0, (dome - y) / 5))
  return Math.min(1, Math.sqrt(breadth) * 1.5) * above
}

/** Great vessels, spine with its discs, and the air of the trachea. */
function mediastinum(x: number, y: number): number {
  const vessels = Math.abs(x) < 26 ? 0.26 * Math.sqrt(1 - (x / 26) ** 2) : 0
  const level = (y + 400) / 25
  const inDisc = level - Math.floor(level) < 0.16
  const spine = Math.abs(x) < 18 ? (inDisc ? 0.12 : 0.22) * (1 - (x / 18) ** 2) ** 0.3 : 0
  const trachea = y < -52 && Math.abs(x - 2) < 9 ? -0.32 * Math.sqrt(1 - ((x - 2) / 9) ** 2) : 0
  return vessels + spine + trachea
}

function addRib(image: Projection, side: number, level: number) {
  const start = -148 + level * 25
  // As wide as the lungs are at the rib's own height.
  const reach = 76 + 58 * Math.sqrt(Math.max(0, 1 - (Math.min(0, start + 40) / 150) ** 2))
  const band = (y: number, middle: number, half: number, density: number) => {
    const distance = Math.abs(y - middle) / half
    return distance < 1 ? density * (0.55 + 0.45 * distance ** 4) : 0
  }
  const box = side < 0 ? { left: -reach, right: -18 } : { left: 18, right: reach }
  addEach(image, { ...box, top: start - 40, bottom: start + 130 }, (x, y) => {
    const out = (Math.abs(x) - 18) / (reach - 18)
    const back = start - 16 * Math.sin(out * 2.2) + 62 * out ** 3
    const front = start + 62 + 46 * (1 - out) - 30 * (1 - out) ** 3
    const posterior = band(y, back, 7, 0.16 * (1 + 0.9 * out ** 6))
    const anterior = out > 0.35 && level < 7 ? band(y, front, 6.5, 0.085) : 0
    return posterior + anterior
  })
}

/**
 * A left wrist, back of the hand towards the viewer: the thumb on the right of the image. The radius is broken just
 * above the joint.
 */
export function wristRadiograph(width: number, height: number): Projection {
  const image = newProjection(width, height, 190)
  addBody(image, softRods, softProfile(0.3))
  for (const bone of bones) addBody(image, bone, boneProfile(0.5))
  addBody(image, radius, (fromEdge, half, x, y) => {
    const fromBreak = Math.abs(y - 40 + 0.32 * (x - 12) - 1.2 * Math.sin(x / 2.2))
    const gap = fromBreak < 0.9 ? 0.35 : fromBreak < 2.2 ? 1.12 : 1
    return boneProfile(0.5)(fromEdge, half) * gap * (1 + 0.25 * smoothNoise(x / 1.6, y / 1.6, 2))
  })
  for (const [x, y, a, b, angle] of carpals) addCarpal(image, x, y, a, b, angle)
  return image
}

function addCarpal(image: Projection, x: number, y: number, a: number, b: number, angle: number) {
  addEllipse(image, { x, y, a, b, angle }, 0.36)
  addEllipse(image, { x, y, a: a - 1.1, b: b - 1.1, angle }, -0.16)
}

const radius: readonly Capsule[] = [
  { from: [11, 150], to: [12, 60], radii: [8, 8.5] },
  { from: [12, 60], to: [13, 32], radii: [8.5, 13] },
  { from: [6, 31], to: [19, 29], radii: [10, 10] },
]

/** The other forearm bone, the bones of the palm, and the first bones of the fingers. */
const bones: readonly (readonly Capsule[])[] = [
  [
    { from: [-20, 150], to: [-19, 34], radii: [7, 5.5] },
    { from: [-19, 36], to: [-19, 28], radii: [6, 8.5] },
  ],
  ...(
    [
      [-25, -38, -35, -88],
      [-13, -42, -18, -100],
      [-1, -44, 0, -105],
      [12, -41, 18, -103],
      [31, -20, 54, -58],
    ] as const
  ).flatMap(([x0, y0, x1, y1]) => {
    const along = (share: number) => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share] as const
    return [longBone(along(0), along(1), 6.4), longBone(along(1.27), along(1.85), 5.8)]
  }),
]

/** Two heads and a waist. */
function longBone(from: Capsule['from'], to: Capsule['to'], head: number): Capsule[] {
  const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] as const
  return [
    { from, to: middle, radii: [head, head * 0.62] },
    { from: middle, to, radii: [head * 0.62, head] },
  ]
}

const softRods: readonly Capsule[] = [
  { from: [-4, 160], to: [-4, 40], radii: [42, 34] },
  { from: [-4, 40], to: [-6, -28], radii: [34, 40] },
  { from: [-27, -30], to: [-50, -160], radii: [15, 10] },
  { from: [-14, -35], to: [-25, -165], radii: [15, 11] },
  { from: [0, -35], to: [1, -170], radii: [16, 11] },
  { from: [13, -30], to: [27, -165], radii: [16, 11] },
  { from: [22, 0], to: [76, -94], radii: [20, 11] },
]

/** Scaphoid, lunate, triquetrum, pisiform, trapezium, trapezoid, capitate, hamate: middle, half axes, angle. */
const carpals: readonly (readonly [number, number, number, number, number])[] = [
  [20, 8, 8.5, 12, 28],
  [4, 11, 8.5, 8, 0],
  [-11, 6, 8, 9, -20],
  [-14, 9, 5, 5.5, 0],
  [27, -10, 8.5, 8, 20],
  [14, -17, 7, 7.5, 0],
  [1, -14, 8, 14, 0],
  [-13, -16, 9, 11.5, -12],
]
