import { stateChecks } from './state-checks.js'
import { type Told, verifyFile } from './verification.js'

/** Checks the database file named first, and the objects folder named second if there is one; tells its parent. */
const [, , file = '', objects] = process.argv
const tell = (told: Told) => process.send?.(told)
tell({
  result: verifyFile(file, stateChecks, {
    ...(objects === undefined ? {} : { objects }),
    onObjects: progress => tell({ progress }),
  }),
})
process.disconnect()
