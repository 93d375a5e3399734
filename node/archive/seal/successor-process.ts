import { reasonOf } from '../../errors.js'
import { sayLast } from '../../last-word.js'
import type { Built, LeftOut } from './successors.js'
import { writeSuccessor } from './volume-successor.js'

/** Writes the successor of the volume named first as the file named second; tells its parent. */
const [, , source = '', target = ''] = process.argv
process.once('message', (leftOut: LeftOut) => {
  const tell = (built: Built) => sayLast(built)
  try {
    writeSuccessor(source, target, leftOut)
    tell({ done: true })
  } catch (thrown) {
    tell({ failed: `The successor of ${source} cannot be written: ${reasonOf(thrown)}.` })
  }
})
