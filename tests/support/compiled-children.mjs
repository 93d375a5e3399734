// Loaded before each test file. The processes that the program starts beside itself, its receiver above all, come from
// dist/ where that is made of these very sources, as `relais start` runs them: they are ready in a third of the time,
// and hundreds are started in a whole run. Where dist/ is older they come from the sources.

import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { join, relative, sep } from 'node:path'
import { buildIsCurrent } from '../../node/setup/build.mjs'
import { root } from '../../node/setup/place.mjs'

const sources = join(root, 'node') + sep
const { fork } = childProcess

/** The answer is sought at the first such process: most tests start none. */
let isCurrent

childProcess.fork = (file, args, options) => {
  if (!String(file).startsWith(sources) || !file.endsWith('.ts')) return fork(file, args, options)
  isCurrent ??= buildIsCurrent()
  if (!isCurrent) return fork(file, args, options)
  const compiled = join(root, 'dist', relative(root, file)).replace(/\.ts$/, '.js')
  return fork(compiled, args, { ...options, execArgv: withoutLoader(options.execArgv) })
}
syncBuiltinESMExports()

/** Without what reads TypeScript: `--import` and the name or the address of it. */
function withoutLoader(execArgv = []) {
  const at = execArgv.indexOf('--import')
  return at < 0 ? execArgv : execArgv.toSpliced(at, 2)
}
