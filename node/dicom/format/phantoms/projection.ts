/** A radiograph being drawn: what the beam lost in each pixel. Millimetres from the middle, x right, y down. */
export interface Projection {
  width: number
  height: number
  mmPerPixel: number
  loss: Float32Array
}

export function newProjection(width: number, height: number, widthMm: number): Projection {
  return { width, height, mmPerPixel: widthMm / width, loss: new Float32Array(width * height) }
}

/** Adds what `lossAt` says, inside a rectangle in mm. */
export function addEach(
  projection: Projection,
  box: { left: number; right: number; top: number; bottom: number },
  lossAt: (x: number, y: number) => number,
) {
  const { width, height, mmPerPixel, loss } = projection
  const column = (x: number) => Math.round(x / mmPerPixel + (width - 1) / 2)
  const row = (y: number) => Math.round(y / mmPerPixel + (height - 1) / 2)
  const lastRow = Math.min(height - 1, row(box.bottom))
  const lastColumn = Math.min(width - 1, column(box.right))
  for (let r = Math.max(0, row(box.top)); r <= lastRow; r += 1) {
    const y = (r - (height - 1) / 2) * mmPerPixel
    for (let c = Math.max(0, column(box.left)); c <= lastColumn; c += 1) {
      const index = r * width + c
      loss[index] = (loss[index] as number) + lossAt((c - (width - 1) / 2) * mmPerPixel, y)
    }
  }
}

/** An ellipsoid of even density: the loss follows the chord. Negative for air inside tissue. */
export function addEllipse(
  projection: Projection,
  shape: { x: number; y: number; a: number; b: number; angle?: number },
  density: number,
) {
  const { x, y, a, b } = shape
  const turned = ((shape.angle ?? 0) * Math.PI) / 180
  const cos = Math.cos(turned)
  const sin = Math.sin(turned)
  const reach = Math.max(a, b)
  addEach(projection, { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach }, (px, py) => {
    const dx = px - x
    const dy = py - y
    const rest = 1 - ((dx * cos + dy * sin) / a) ** 2 - ((dy * cos - dx * sin) / b) ** 2
    return rest > 0 ? density * Math.sqrt(rest) : 0
  })
}

export interface Capsule {
  from: readonly [x: number, y: number]
  to: readonly [x: number, y: number]
  /** Half breadths at both ends, mm. */
  radii: readonly [from: number, to: number]
}

/**
 * One body made of rods that run into each other, without seams: `profile` gives the loss by the distance from the
 * nearest edge and the half breadth there, both in mm.
 */
export function addBody(
  projection: Projection,
  rods: readonly Capsule[],
  profile: (fromEdge: number, radius: number, x: number, y: number) => number,
) {
  const corners = rods.flatMap(({ from, to, radii }) => {
    const reach = Math.max(...radii)
    return [from, to].map(([x, y]) => ({
      left: x - reach,
      right: x + reach,
      top: y - reach,
      bottom: y + reach,
    }))
  })
  const box = {
    left: Math.min(...corners.map(corner => corner.left)),
    right: Math.max(...corners.map(corner => corner.right)),
    top: Math.min(...corners.map(corner => corner.top)),
    bottom: Math.max(...corners.map(corner => corner.bottom)),
  }
  addEach(projection, box, (x, y) => {
    let deepest = 0
    let breadth = 1
    for (const rod of rods) {
      const alongX = rod.to[0] - rod.from[0]
      const alongY = rod.to[1] - rod.from[1]
      const projected = (x - rod.from[0]) * alongX + (y - rod.from[1]) * alongY
      const t = Math.min(1, Math.max(0, projected / (alongX * alongX + alongY * alongY)))
      const radius = rod.radii[0] + (rod.radii[1] - rod.radii[0]) * t
      const fromEdge = radius - Math.hypot(x - rod.from[0] - t * alongX, y - rod.from[1] - t * alongY)
      if (fromEdge <= deepest) continue
      deepest = fromEdge
      breadth = radius
    }
    return deepest > 0 ? profile(deepest, breadth, x, y) : 0
  })
}

/** Bone: a dense shell of about a millimetre around a spongy inside. */
export function boneProfile(density: number): (fromEdge: number, radius: number) => number {
  return (fromEdge, radius) =>
    density * (0.5 * chord(fromEdge, radius) + 0.75 * Math.exp(-((fromEdge - 0.8) ** 2) / 1.1))
}

/** Soft tissue: round and even. */
export function softProfile(density: number): (fromEdge: number, radius: number) => number {
  return (fromEdge, radius) => density * chord(fromEdge, radius)
}

/** The length of the beam's way through a round rod, 1 in its middle. */
function chord(fromEdge: number, radius: number): number {
  const distance = 1 - fromEdge / radius
  return Math.sqrt(Math.max(0, 1 - distance * distance))
}
