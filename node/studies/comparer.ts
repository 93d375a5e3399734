import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CompareAnswer, CompareCall, ComparedObject, Comparison } from './comparing-process.js'

export interface Comparer {
  /** What differs between two stored objects with the same UID; `failed` where that could not be found out. */
  compare(
    kept: ComparedObject,
    beside: ComparedObject,
  ): Promise<{ comparison: Comparison } | { failed: string }>
  close(): void
}

/** A pair that takes longer is no ordinary one: its process is killed, and the pair waits for a person. */
const PAIR_TIMEOUT_MS = 60_000
/** The process stays for the next pair this long: a study that is sent again has many. */
const IDLE_MS = 30_000

/** One process, one pair at a time; started when it is needed, killed when it hangs. */
export function openComparer(options: { timeoutMs?: number } = {}): Comparer {
  const timeoutMs = options.timeoutMs ?? PAIR_TIMEOUT_MS
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let lastId = 0
  let closed = false

  const end = () => {
    clearTimeout(idle)
    child?.kill('SIGKILL')
    child = undefined
  }

  const ask = (kept: ComparedObject, beside: ComparedObject) =>
    new Promise<{ comparison: Comparison } | { failed: string }>(resolve => {
      clearTimeout(idle)
      if (closed) return resolve({ failed: 'the program is ending' })
      child ??= startChild()
      const process = child
      const id = ++lastId
      const settle = (answer: { comparison: Comparison } | { failed: string }, kill: boolean) => {
        clearTimeout(deadline)
        process.off('message', heard).off('exit', gone).off('error', gone)
        if (kill && child === process) end()
        else {
          idle = setTimeout(end, IDLE_MS)
          idle.unref()
        }
        resolve(answer)
      }
      const heard = (message: unknown) => {
        const answer = message as CompareAnswer
        if (answer.id === id) settle(answer, false)
      }
      const gone = () => settle({ failed: 'the comparison ended before it had a result' }, true)
      const deadline = setTimeout(
        () => settle({ failed: `no result within ${timeoutMs} ms` }, true),
        timeoutMs,
      )
      process.on('message', heard).once('exit', gone).once('error', gone)
      process.send({ id, kept, beside } satisfies CompareCall, error => {
        if (error !== null) gone()
      })
    })

  return {
    compare: (kept, beside) => {
      const answer = turn.then(() => ask(kept, beside))
      turn = answer
      return answer
    },
    close: () => {
      closed = true
      end()
    },
  }
}

function startChild(): ChildProcess {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(typescript ? './comparing-process.ts' : './comparing-process.js', import.meta.url)
  const child = fork(fileURLToPath(program), [], {
    serialization: 'advanced',
    execArgv: typescript ? ['--import', 'tsx'] : [],
    // Nothing of our environment is its business.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // It never keeps the program alive.
  child.unref()
  child.channel?.unref()
  return child
}
