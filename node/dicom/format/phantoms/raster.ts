/** A slice being drawn: a tissue label in every pixel. Coordinates are in mm from the middle, u to the right, v down. */
export interface Raster {
  size: number
  mmPerPixel: number
  labels: Uint8Array
}

/** An ellipsoid in the slice's own axes (u, v) and across them (w), turned by `angle` degrees inside the slice. */
export interface Ellipsoid {
  label: number
  at: readonly [u: number, v: number, w: number]
  /** Semi-axes in mm. */
  axes: readonly [u: number, v: number, w: number]
  angle?: number
}

export function newRaster(size: number, fieldOfViewMm: number): Raster {
  return { size, mmPerPixel: fieldOfViewMm / size, labels: new Uint8Array(size * size) }
}

/** Draws an ellipsoid's section at `w`; `where` may spare pixels, or roughen the edge by moving the limit of 1. */
export function paintEllipsoid(
  raster: Raster,
  w: number,
  { label, at, axes, angle = 0 }: Ellipsoid,
  where?: (u: number, v: number, normalised: number, label: number) => boolean,
) {
  const across = ((w - at[2]) / axes[2]) ** 2
  // A roughened edge may reach a little beyond the ellipsoid.
  const reach = where === undefined ? 1 : 1.3
  if (across >= reach) return
  const turned = (angle * Math.PI) / 180
  const [cos, sin] = [Math.cos(turned), Math.sin(turned)]
  const extentU = Math.hypot(axes[0] * cos, axes[1] * sin) * Math.sqrt(reach)
  const extentV = Math.hypot(axes[0] * sin, axes[1] * cos) * Math.sqrt(reach)
  const { size, mmPerPixel, labels } = raster
  const middle = (size - 1) / 2
  const from = (centre: number, extent: number) =>
    Math.max(0, Math.ceil((centre - extent) / mmPerPixel + middle))
  const to = (centre: number, extent: number) =>
    Math.min(size - 1, Math.floor((centre + extent) / mmPerPixel + middle))
  const lastRow = to(at[1], extentV)
  const firstColumn = from(at[0], extentU)
  const lastColumn = to(at[0], extentU)
  for (let row = from(at[1], extentV); row <= lastRow; row += 1) {
    const v = (row - middle) * mmPerPixel
    if (where === undefined && angle === 0) {
      // Upright and unbroken: the row's span is known.
      const rest = 1 - across - ((v - at[1]) / axes[1]) ** 2
      if (rest <= 0) continue
      const half = axes[0] * Math.sqrt(rest)
      labels.fill(label, row * size + from(at[0], half), row * size + to(at[0], half) + 1)
      continue
    }
    for (let column = firstColumn; column <= lastColumn; column += 1) {
      const u = (column - middle) * mmPerPixel
      const index = row * size + column
      const du = u - at[0]
      const dv = v - at[1]
      const normalised =
        across + ((du * cos + dv * sin) / axes[0]) ** 2 + ((dv * cos - du * sin) / axes[1]) ** 2
      if (
        where === undefined
          ? normalised < 1
          : normalised < reach && where(u, v, normalised, labels[index] as number)
      ) {
        labels[index] = label
      }
    }
  }
}

/** Gives every pixel the label `labelAt` names; undefined leaves it. */
export function paintEach(
  raster: Raster,
  labelAt: (u: number, v: number, label: number) => number | undefined,
) {
  const { size, mmPerPixel, labels } = raster
  const middle = (size - 1) / 2
  for (let row = 0, index = 0; row < size; row += 1) {
    const v = (row - middle) * mmPerPixel
    for (let column = 0; column < size; column += 1, index += 1) {
      const label = labelAt((column - middle) * mmPerPixel, v, labels[index] as number)
      if (label !== undefined) labels[index] = label
    }
  }
}

/** Numbers that look like chance and are the same every time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

const LATTICE = 32
const lattice = (() => {
  const random = seeded(20_240_117)
  return Float32Array.from({ length: LATTICE ** 3 }, random)
})()

/** Smooth noise in space, −0.5 to 0.5, one lattice step per unit: neighbouring slices go over into each other. */
export function smoothNoise(x: number, y: number, z: number): number {
  const ix = Math.floor(x)
  const iy = Math.floor(y)
  const iz = Math.floor(z)
  const fx = ease(x - ix)
  const fy = ease(y - iy)
  const x0 = ix & (LATTICE - 1)
  const x1 = (ix + 1) & (LATTICE - 1)
  const y0 = (iy & (LATTICE - 1)) * LATTICE
  const y1 = ((iy + 1) & (LATTICE - 1)) * LATTICE
  const z0 = (iz & (LATTICE - 1)) * LATTICE * LATTICE
  const z1 = ((iz + 1) & (LATTICE - 1)) * LATTICE * LATTICE
  const near = mix(alongX(z0 + y0, x0, x1, fx), alongX(z0 + y1, x0, x1, fx), fy)
  const far = mix(alongX(z1 + y0, x0, x1, fx), alongX(z1 + y1, x0, x1, fx), fy)
  return mix(near, far, ease(z - iz)) - 0.5
}

function alongX(start: number, x0: number, x1: number, t: number): number {
  return mix(lattice[start + x0] as number, lattice[start + x1] as number, t)
}

function ease(t: number): number {
  return t * t * (3 - 2 * t)
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t
}

/** Normal noise of standard deviation 1, drawn once: a slice takes it from an offset of its own. */
const NOISE_LENGTH = 1 << 18
const noiseTable = (() => {
  const random = seeded(7_919)
  return Float32Array.from({ length: NOISE_LENGTH }, () => {
    // The sum of six uniform numbers, scaled to a deviation of 1, is normal enough for an image.
    let sum = 0
    for (let draw = 0; draw < 6; draw += 1) sum += random()
    return (sum - 3) * Math.SQRT2
  })
})()

/** A slice in numbers: each label's value, edges softened as a scanner does, noise of the given deviation. */
export function develop(
  raster: Raster,
  palette: readonly number[],
  options: { noise: number; seed: number },
): Float32Array {
  const { size, labels } = raster
  const values = new Float32Array(labels.length)
  for (let index = 0; index < labels.length; index += 1) values[index] = palette[labels[index] as number] ?? 0
  soften(values, size)
  addNoise(values, options.noise, options.seed)
  return values
}

export function addNoise(values: Float32Array, deviation: number, seed: number) {
  const offset = Math.imul(seed, 40_503) & (NOISE_LENGTH - 1)
  for (let index = 0; index < values.length; index += 1) {
    values[index] =
      (values[index] as number) +
      (noiseTable[(offset + index * 5) & (NOISE_LENGTH - 1)] as number) * deviation
  }
}

/** A separable 1-2-1 filter. */
export function soften(values: Float32Array, width: number) {
  const height = values.length / width
  const line = new Float32Array(Math.max(width, height))
  const pass = (start: number, step: number, count: number) => {
    for (let n = 0; n < count; n += 1) line[n] = values[start + n * step] as number
    for (let n = 1; n < count - 1; n += 1) {
      values[start + n * step] =
        ((line[n - 1] as number) + 2 * (line[n] as number) + (line[n + 1] as number)) / 4
    }
  }
  for (let row = 0; row < height; row += 1) pass(row * width, 1, width)
  for (let column = 0; column < width; column += 1) pass(column, width, height)
}
