import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure } from '../errors.js'
import type { ChainCheck, Fault } from '../journal/verify.js'
import { verifyChain } from '../journal/verify.js'
import type { VerifyView } from '../journal/view.js'

/** A check of one domain against the journal: reads only the file. */
export interface StateCheck {
  /** In words: what it compares. */
  name: string
  run(file: string): Fault[]
}

const LIMITS =
  'Without a witness outside this machine, entries cut off at the end, or a chain rebuilt whole by somebody with full access, cannot be seen. Keep the head of this check elsewhere and compare it.'

/** The chain, then every state that must equal what the journal says. */
export function verifyFile(file: string, checks: readonly StateCheck[], onProgress?: (seq: number) => void) {
  const chain: ChainCheck = verifyChain(file, onProgress)
  const faults = [...chain.faults]
  for (const check of checks) faults.push(...check.run(file))
  faults.sort((a, b) => (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER))
  return {
    ok: faults.length === 0,
    entries: chain.entries,
    erased: chain.erased,
    head: chain.head,
    firstFault: faults[0] ?? null,
    faults: chain.faultCount + (faults.length - chain.faults.length),
    list: faults,
    checked: [
      'sequence, digests and order of every entry',
      'commitments to every body',
      ...checks.map(({ name }) => name),
    ],
    limits: LIMITS,
  }
}

/** As the screens show it. */
export function asView(result: ReturnType<typeof verifyFile>, ms: number): VerifyView {
  const { ok, entries, firstFault, faults, checked, limits } = result
  return { ok, entries, ms, firstFault, faults, checked, limits }
}

/** In a process of its own: a million entries take a while, and the screens stay quick meanwhile. */
export function verifyApart(file: string): Promise<ReturnType<typeof verifyFile>> {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(
    typescript ? './verification-process.ts' : './verification-process.js',
    import.meta.url,
  )
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(program), [file], {
      serialization: 'advanced',
      execArgv: typescript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.once('message', message => resolve(message as ReturnType<typeof verifyFile>))
    child.once('error', reject)
    child.once('exit', code => reject(new Failure('internal', `The verification ended early (${code}).`)))
  })
}
