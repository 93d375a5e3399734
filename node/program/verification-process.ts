import { stateChecks } from './state-checks.js'
import { type Told, type VerifyOptions, verifyFile } from './verification.js'

/** Checks the database file named first, with what its parent says of it; tells its parent. */
const [, , file = ''] = process.argv
const tell = (told: Told) => process.send?.(told)
process.once('message', ({ objects, outside = [] }: Pick<VerifyOptions, 'objects' | 'outside'>) => {
  tell({
    result: verifyFile(file, stateChecks, {
      outside,
      ...(objects === undefined ? {} : { objects }),
      onObjects: progress => tell({ progress }),
    }),
  })
  // Node 20 still writes to the channel after a message that came before anybody listened was heard.
  setImmediate(() => process.disconnect())
})
