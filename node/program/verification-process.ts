import { constants, setPriority } from 'node:os'
import { sayLast } from '../last-word.js'
import { stateChecks } from './state-checks.js'
import { type Told, type VerifyOptions, verifyFileInParallel } from './verification.js'

/** Checks the database file named first, with what its parent says of it; tells its parent. */
const [, , file = ''] = process.argv
const tell = (told: Told) => process.send?.(told)
// Screens and images go first: it takes the cores that nobody needs.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
process.once('message', async ({ objects, outside = [] }: Pick<VerifyOptions, 'objects' | 'outside'>) => {
  const result = await verifyFileInParallel(file, stateChecks, {
    outside,
    ...(objects === undefined ? {} : { objects }),
    onObjects: progress => tell({ progress }),
    onProgress: entries => tell({ entries }),
  })
  sayLast({ result } satisfies Told)
})
