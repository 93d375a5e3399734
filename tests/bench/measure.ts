import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface BenchOptions {
  /** Instances of one round. */
  count: number
  rounds: number
  /** Where everything is written; the temporary folder unless told. */
  folder: string | undefined
  /** Where what takes minutes to fill is kept for the next run; filled there when it is not. */
  kept: string | undefined
}

/** Says what it saw as it goes, and gives what there is a goal for. */
export type Bench = (options: BenchOptions) => Promise<Figure[]>

/** One figure that was promised. */
export interface Figure {
  what: string
  measured: number
  /** `[1, 'at least']`: what was promised, in the same unit. */
  goal: readonly [number, 'at least' | 'at most']
  unit?: string
}

/** What a bench started and made goes with it, whatever happens. */
export interface Teardown {
  readonly folder: string
  teardown(undo: () => unknown): void
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** How far something long has come: beside the figures, not among them. */
export function underWay(text: string): void {
  process.stderr.write(`… ${text}\n`)
}

/** Runs the work in a folder of its own; afterwards everything it opened is closed, the last first. An interrupt too ends so. */
export async function inFolder<T>(
  name: string,
  { folder }: Pick<BenchOptions, 'folder'>,
  work: (house: Teardown) => Promise<T>,
): Promise<T> {
  const own = mkdtempSync(join(folder ?? tmpdir(), `relais-bench-${name}-`))
  const undos: (() => unknown)[] = [() => rmSync(own, { recursive: true, force: true })]
  const undo = async () => {
    for (let last = undos.pop(); last !== undefined; last = undos.pop()) await last()
  }
  const interrupted = (signal: NodeJS.Signals) => {
    void undo().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    return await work({ folder: own, teardown: step => undos.push(step) })
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await undo()
  }
}

/** A data folder that `fill` fills; with `kept` it is filled once, and that it is whole is said by its name. */
export async function filledFolder(
  name: string,
  { kept }: Pick<BenchOptions, 'kept'>,
  house: Teardown,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  if (kept === undefined) {
    const folder = join(house.folder, 'node')
    await fill(folder)
    return folder
  }
  const folder = join(kept, name)
  if (existsSync(folder)) return folder
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  await fill(part)
  renameSync(part, folder)
  return folder
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

/** The value below which a share of the values lie; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Three significant digits are more than any of this is worth. */
export function rounded(value: number): string {
  return Number.isNaN(value) ? '–' : value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)
}

/** Columns under their heads: the first to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What was promised beside what was measured. */
export function verdict(figures: readonly Figure[]): string {
  return table([
    ['figure', 'measured', 'promised', ''],
    ...figures.map(({ what, measured, goal: [goal, side], unit = '' }) => {
      const kept = side === 'at least' ? measured >= goal : measured <= goal
      return [
        what,
        `${rounded(measured)}${unit}`,
        `${side === 'at least' ? '≥' : '≤'} ${rounded(goal)}${unit}`,
        Number.isNaN(measured) ? 'not measured' : kept ? 'kept' : 'NOT KEPT',
      ]
    }),
  ])
}
