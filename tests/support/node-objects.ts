// Writes one object and ends: node --import tsx tests/support/node-objects.ts FOLDER
import { openObjectWriter } from '../../node/objects/writer.js'

const [, , folder = ''] = process.argv
const writer = await openObjectWriter({ folder, run: 'run1', bucketFiles: 10, freeBytesMin: 0 })
const sink = writer.begin()
sink.write(Buffer.from('one object'))
await sink.finish(sha256 => sha256)
