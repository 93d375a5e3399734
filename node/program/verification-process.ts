/** Checks the database file named as its argument and tells its parent the result. */
import { stateChecks } from './state-checks.js'
import { verifyFile } from './verification.js'

process.send?.(verifyFile(process.argv[2] ?? '', stateChecks))
process.disconnect()
