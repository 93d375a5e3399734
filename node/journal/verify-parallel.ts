import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Failure } from '../errors.js'
import { type ChainCheck, type ChainOptions, snapshotOf } from './verify.js'
import { joining } from './verify-join.js'
import { type Part, type PartCheck, partChecker } from './verify-part.js'
import { readsMoved } from './volume-bodies.js'

/** What a process that looks at parts answers. */
export type PartAnswer = { found: PartCheck } | { failed: string }

/** Below so many entries a process more costs longer than it saves. */
const WORTH_ENTRIES = 50_000
const PROCESSES_MAX = 8

/**
 * The same as `verifyChain`, in as many processes as there are cores: each looks at one part after the other, and they are
 * put together in their order. They see at least what this one sees: entries do not change, and it asks for none after.
 */
export async function verifyChainInParallel(
  file: string,
  options: ChainOptions & { processes?: number } = {},
): Promise<ChainCheck> {
  const db = snapshotOf(file)
  const moved = readsMoved(db, file)
  const children: ChildProcess[] = []
  try {
    const chain = joining(db, options)
    const parts = chain.parts()
    const { processes = chain.left < WORTH_ENTRIES ? 1 : Math.min(availableParallelism(), PROCESSES_MAX) } =
      options
    if (processes < 2) {
      const check = partChecker(db, moved)
      for (const part of parts) chain.join(check(part))
      return chain.end()
    }
    const waiting: { found?: PartCheck }[] = []
    const work = async (child: ChildProcess) => {
      for (let next = parts.next(); next.done !== true; next = parts.next()) {
        const place: { found?: PartCheck } = {}
        waiting.push(place)
        place.found = await ask(child, next.value)
        for (let found = waiting[0]?.found; found !== undefined; found = waiting[0]?.found) {
          chain.join(found)
          waiting.shift()
        }
      }
    }
    for (let nth = 0; nth < processes; nth++) children.push(started(file))
    await Promise.all(children.map(work))
    return chain.end()
  } finally {
    for (const child of children) child.kill('SIGKILL')
    moved.close()
    db.close()
  }
}

function started(file: string): ChildProcess {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(
    typescript ? './verify-part-process.ts' : './verify-part-process.js',
    import.meta.url,
  )
  return fork(fileURLToPath(program), [file], {
    serialization: 'advanced',
    execArgv: typescript ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

function ask(child: ChildProcess, part: Part): Promise<PartCheck> {
  return new Promise((resolve, reject) => {
    const ended = (code: unknown) =>
      reject(new Failure('internal', `The verification of a part ended early (${code}).`))
    child.once('close', ended)
    child.once('error', reject)
    child.once('message', message => {
      child.off('close', ended)
      child.off('error', reject)
      const answer = message as PartAnswer
      if ('found' in answer) resolve(answer.found)
      else reject(new Error(answer.failed))
    })
    child.send(part)
  })
}
