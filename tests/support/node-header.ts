// Reads the header of one file in a process of its own and says what became of it, what it cost and how much it took:
// node --import tsx tests/support/node-header.ts FILE TRANSFER_SYNTAX
import { readFileSync, writeFileSync } from 'node:fs'
import { readHeader } from '../../node/dicom/format/header.js'
import { Failure } from '../../node/errors.js'

const [, , file = '', transferSyntaxUID = ''] = process.argv
const inMemory = (field: 'VmRSS' | 'VmHWM') =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
// From here on the peak is counted anew (proc(5), clear_refs): the start of the program took more than any reading.
writeFileSync('/proc/self/clear_refs', '5')
const before = { kb: inMemory('VmRSS'), cpu: process.cpuUsage() }
const code = await readHeader(file, { datasetOffset: 0, transferSyntaxUID }).then(
  () => 'read',
  thrown => (thrown instanceof Failure ? thrown.code : `bug: ${thrown}`),
)
const { user, system } = process.cpuUsage(before.cpu)
process.stdout.write(
  JSON.stringify({
    code,
    cpuMs: Math.round((user + system) / 1000),
    grownMb: (inMemory('VmHWM') - before.kb) / 1024,
  }),
)
