/**
 * Measurements, as ratios against DCMTK, Orthanc and the disk in the same run:
 * `npm run bench -- [dicom] [worklist] [activity] [studies] [import] [archive] [live] [scroll] [desk] [--only throughput,distance,memory,start] [--count N] [--rounds N] [--folder DIR] [--kept DIR]`.
 * Never a test: it prints what it saw, with the machine it saw it on. All of it takes less than ten minutes; a smaller
 * count less.
 */
import { parseArgs } from 'node:util'
import { activity } from './activity.js'
import { archive } from './archive.js'
import { desk } from './desk.js'
import { distance } from './distance.js'
import { imports } from './import.js'
import { live } from './live.js'
import { describeMachine, loadNow } from './machine.js'
import { type Bench, type Figure, say, verdict } from './measure.js'
import { memory } from './memory.js'
import { whatIsMeasured } from './program.js'
import { scroll } from './scroll.js'
import { start } from './start.js'
import { studies } from './studies.js'
import { throughput } from './throughput.js'
import { worklist } from './worklist.js'

const benches: Readonly<Record<string, Bench>> = {
  throughput,
  distance,
  memory,
  start,
  worklist,
  activity,
  studies,
  import: imports,
  archive,
  live,
  scroll,
  desk,
}
const groups: Readonly<Record<string, readonly string[]>> = {
  dicom: ['throughput', 'distance', 'memory', 'start'],
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    folder: { type: 'string' },
    kept: { type: 'string' },
  },
})

function refuse(reason: string): never {
  process.stderr.write(`bench: ${reason}\n`)
  process.exit(2)
}

function whole(name: 'count' | 'rounds'): number {
  const value = Number(values[name])
  return Number.isInteger(value) && value >= 1 ? value : refuse(`--${name} takes a whole number from 1`)
}

function known(name: string): string {
  if (benches[name] !== undefined) return name
  return refuse(
    `there is none named "${name}"; there are ${[...Object.keys(groups), ...Object.keys(benches)].join(', ')}`,
  )
}

const options = { count: whole('count'), rounds: whole('rounds'), folder: values.folder, kept: values.kept }
const asked = positionals.length > 0 ? positionals : Object.keys(benches)
const only = values.only?.split(',').map(known)
const names = asked
  .flatMap(name => groups[name] ?? [known(name)])
  .filter(name => only === undefined || only.includes(name))
const began = performance.now()
const figures: Figure[] = []
say(`${describeMachine(options.folder)}\n${whatIsMeasured()}\n`)
for (const name of names) figures.push(...((await benches[name]?.(options)) ?? []))
if (figures.length > 0) say(verdict(figures))
say(`\n${Math.round((performance.now() - began) / 1000)} s, load ${loadNow()} at the end`)
