// Reads the header of one file in a process of its own and says what became of it, what it cost and how much it took:
// node --import tsx tests/support/node-header.ts FILE TRANSFER_SYNTAX
import { readHeader } from '../../node/dicom/format/header.js'
import { Failure } from '../../node/errors.js'

const [, , file = '', transferSyntaxUID = ''] = process.argv
// The peak since the start against what is held now: never less than what the reading took.
const before = { kb: process.memoryUsage.rss() / 1024, cpu: process.cpuUsage() }
const code = await readHeader(file, { datasetOffset: 0, transferSyntaxUID }).then(
  () => 'read',
  thrown => (thrown instanceof Failure ? thrown.code : `bug: ${thrown}`),
)
const { user, system } = process.cpuUsage(before.cpu)
process.stdout.write(
  JSON.stringify({
    code,
    cpuMs: Math.round((user + system) / 1000),
    grownMb: (process.resourceUsage().maxRSS - before.kb) / 1024,
  }),
)
