import { reasonOf } from '../errors.js'
import { snapshotOf } from './verify.js'
import type { PartAnswer } from './verify-parallel.js'
import { type Part, type PartCheck, partChecker } from './verify-part.js'
import { readsMoved } from './volume-bodies.js'

/** Looks at the parts its parent asks for, of the database file named first, until the parent is done or gone. */
const [, , file = ''] = process.argv
const tell = (answer: PartAnswer) => process.send?.(answer)
let check: ((part: Part) => PartCheck) | undefined

function opened(): (part: Part) => PartCheck {
  const db = snapshotOf(file)
  return partChecker(db, readsMoved(db, file))
}

process.on('message', part => {
  try {
    check ??= opened()
    tell({ found: check(part as Part) })
  } catch (thrown) {
    tell({ failed: reasonOf(thrown) })
  }
})
process.once('disconnect', () => process.exit())
