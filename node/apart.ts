import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure } from './errors.js'

export interface ApartCall<Asked> {
  id: number
  asked: Asked
}
export type ApartAnswer<Given> = { id: number } & ({ given: Given } | { failed: string })

/** Work that takes long or eats hostile bytes, in a process of its own: whoever is at a screen waits for none of it. */
export interface Apart<Asked, Given> {
  /** One after the other. Throws `unavailable` where the work failed, hung or took its process with it. */
  ask(asked: Asked): Promise<Given>
  close(): void
}

/** The process stays for the next call this long. */
const IDLE_MS = 30_000

/** One process, started when it is needed, killed when it hangs. `program`: without its ending, beside the module at `of`. */
export function openApart<Asked, Given>({
  of,
  program,
  timeoutMs,
}: {
  of: string
  program: string
  timeoutMs: number
}): Apart<Asked, Given> {
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

  const asking = (asked: Asked) =>
    new Promise<Given>((resolve, reject) => {
      clearTimeout(idle)
      if (closed) return reject(new Failure('unavailable', 'The program is ending.'))
      child ??= startChild(of, program)
      const process = child
      const id = ++lastId
      const settle = (kill: boolean) => {
        clearTimeout(deadline)
        process.off('message', heard).off('close', gone).off('error', gone)
        if (kill && child === process) end()
        else idle = setTimeout(end, IDLE_MS).unref()
      }
      const fails = (reason: string, kill: boolean) => {
        settle(kill)
        reject(new Failure('unavailable', reason))
      }
      const heard = (message: unknown) => {
        const answer = message as ApartAnswer<Given>
        if (answer.id !== id) return
        if ('failed' in answer) return fails(answer.failed, false)
        settle(false)
        resolve(answer.given)
      }
      const gone = () => fails('Its process ended before it had a result.', true)
      const deadline = setTimeout(() => fails(`No result within ${timeoutMs} ms.`, true), timeoutMs)
      process.on('message', heard).once('close', gone).once('error', gone)
      process.send({ id, asked } satisfies ApartCall<Asked>, error => {
        if (error !== null) gone()
      })
    })

  return {
    ask: asked => {
      const answer = turn.then(() => asking(asked))
      turn = answer.catch(() => undefined) // whoever asked has the failure
      return answer
    },
    close: () => {
      closed = true
      end()
    },
  }
}

function startChild(of: string, program: string): ChildProcess {
  const typescript = of.endsWith('.ts')
  const child = fork(fileURLToPath(new URL(`${program}${typescript ? '.ts' : '.js'}`, of)), [], {
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
