/**
 * Measurements, as ratios against DCMTK and Orthanc in the same run:
 * `npm run bench -- [dicom] [worklist] [start] [--count N] [--rounds N] [--associations N] [--folder DIR]`.
 * Never a test: it prints what it saw, with the machine it saw it on.
 */
import { parseArgs } from 'node:util'
import { dicom } from './dicom.js'
import { describeMachine } from './machine.js'
import { type Bench, say } from './measure.js'
import { whatIsMeasured } from './program.js'
import { start } from './start.js'
import { worklist } from './worklist.js'

const benches: Readonly<Record<string, Bench>> = { dicom, worklist, start }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    associations: { type: 'string', default: '1' },
    folder: { type: 'string' },
  },
})
const whole = (name: 'count' | 'rounds' | 'associations'): number => {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= 1) return value
  process.stderr.write(`bench: --${name} takes a whole number from 1\n`)
  process.exit(2)
}
const options = {
  count: whole('count'),
  rounds: whole('rounds'),
  associations: whole('associations'),
  folder: values.folder,
}
const names = positionals.length > 0 ? positionals : Object.keys(benches)
const unknown = names.find(name => benches[name] === undefined)
if (unknown !== undefined) {
  process.stderr.write(
    `bench: there is none named "${unknown}"; there are ${Object.keys(benches).join(', ')}\n`,
  )
  process.exit(2)
}
say(`${describeMachine(options.folder)}\n${whatIsMeasured()}\n`)
for (const name of names) await benches[name]?.(options)
