import { reasonOf } from '../../errors.js'
import type { Built, LeftOut } from './successors.js'
import { writeSuccessor } from './volume-successor.js'

/** Writes the successor of the volume named first as the file named second; tells its parent. */
const [, , source = '', target = ''] = process.argv
process.once('message', (leftOut: LeftOut) => {
  const tell = (built: Built) => process.send?.(built)
  try {
    writeSuccessor(source, target, leftOut)
    tell({ done: true })
  } catch (thrown) {
    tell({ failed: `The successor of ${source} cannot be written: ${reasonOf(thrown)}.` })
  }
  // Node 20 still writes to the channel after a message that came before anybody listened was heard.
  setImmediate(() => process.disconnect())
})
