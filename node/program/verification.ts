import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure } from '../errors.js'
import type { ChainCheck, Fault } from '../journal/verify.js'
import { type ChainState, verifyChain } from '../journal/verify.js'
import type { OutsideHead } from '../journal/verify-outside.js'
import { verifyChainInParallel } from '../journal/verify-parallel.js'
import type { VerifyView } from '../journal/view.js'
import { reading } from './check-reading.js'
import { inFrench, LIMITS } from './checked-words.js'
import { destroyedIn } from './destruction-checks.js'
import { faultInFrench } from './fault-words.js'
import { migrations } from './migrations.js'
import { checkObjects, type ObjectsProgress } from './object-checks.js'

/** A check of one domain against the journal: reads only the file. */
export interface StateCheck {
  /** In words: what it compares. */
  name: string
  run(file: string): Fault[]
}

export interface VerifyOptions {
  /** The folder of stored objects: then every file is read again as well. */
  objects?: string
  onProgress?: (seq: number) => void
  /** Signed heads that witnesses kept. */
  outside?: readonly OutsideHead[]
  /** Where an earlier check was cut off, and where this one says how far it is. */
  from?: ChainState
  onState?: (state: ChainState) => void
  onObjects?: (progress: ObjectsProgress) => void
}

export type Verification = ReturnType<typeof verifyFile>

/** The chain, then every state that must equal what the journal says, then the stored files where they are asked for. */
export function verifyFile(file: string, checks: readonly StateCheck[], options: VerifyOptions = {}) {
  return judged(file, checks, verifyChain(file, options), options)
}

/** The same with all cores where the journal is long. */
export async function verifyFileInParallel(
  file: string,
  checks: readonly StateCheck[],
  options: VerifyOptions = {},
): Promise<Verification> {
  return judged(file, checks, await verifyChainInParallel(file, options), options)
}

function judged(file: string, checks: readonly StateCheck[], chain: ChainCheck, options: VerifyOptions) {
  const faults = [...chain.faults]
  const older = isOlder(file)
  const [looked, left]: [string[], string[]] = [[], chain.hasTree ? [] : [TREE]]
  for (const check of checks) {
    const found = older ? foundIn(check, file) : check.run(file)
    if (found === undefined) left.push(check.name)
    else looked.push(check.name)
    faults.push(...(found ?? []))
  }
  const stored =
    options.objects === undefined ? undefined : checkObjects(file, options.objects, options.onObjects)
  const found = faults.length
  faults.push(...(stored?.faults ?? []))
  faults.sort((a, b) => (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER))
  return {
    ok: faults.length === 0,
    entries: chain.entries,
    erased: chain.erased,
    destroyed: destroyedIn(file),
    checkpoints: chain.checkpoints,
    head: chain.head,
    ...(stored === undefined ? {} : { objects: { files: stored.files, bytes: stored.bytes } }),
    firstFault: faults[0] ?? null,
    faults: chain.faultCount + (found - chain.faults.length) + (stored?.faultCount ?? 0),
    list: faults,
    checked: [
      'sequence, digests and order of every entry',
      'commitments to every body',
      ...(chain.hasTree
        ? [
            TREE,
            `${chain.checkpoints} signed ${chain.checkpoints === 1 ? 'checkpoint' : 'checkpoints'} and the keys that signed them`,
          ]
        : []),
      ...looked,
      ...(stored === undefined ? [] : ['every stored file against the digest it was acknowledged under']),
    ],
    limits: [...(older ? [olderInWords(left)] : []), limitsOf(options.outside ?? [])].join(' '),
  }
}

/** Faults that a screen names; `faults` counts them all. */
const SHOWN_MAX = 20
const COMPARED = 'Compared with '

const TREE = 'the Merkle tree over all entries (RFC 9162)'

/** Whether the file was last used by an earlier version, which had not all tables of this one. */
function isOlder(file: string): boolean {
  return reading(file, db => {
    const applied = new Set(db.prepare('SELECT name FROM migrations').pluck().all())
    return migrations.some(({ name }) => !applied.has(name))
  })
}

/** What a check finds in a file of an earlier version; undefined where the tables it compares are not there yet. */
function foundIn(check: StateCheck, file: string): Fault[] | undefined {
  try {
    return check.run(file)
  } catch (thrown) {
    if (/^no such (table|column)/.test((thrown as Error).message)) return undefined
    throw thrown
  }
}

const olderInWords = (left: readonly string[]) =>
  `This data folder was last used by an older Relais, and was read as it is${
    left.length === 0 ? '' : `; not checked, because it has no such tables yet: ${left.join('; ')}`
  }. The first start of this version brings it up to date.`

function limitsOf(outside: readonly OutsideHead[]): string {
  const newest = Math.max(0, ...outside.map(({ head }) => head?.size ?? 0))
  return newest === 0
    ? LIMITS.en
    : `${COMPARED}${outside.length} signed heads kept outside, the newest over ${newest} entries. What was cut off behind those entries, or changed there with all keys at hand, cannot be seen.`
}

/** As the screens show it. */
export function asView(result: Verification, ms: number): VerifyView {
  const { ok, entries, firstFault, faults, list, checked, limits } = result
  return {
    ...{ ok, entries, ms, firstFault, faults, checked, limits },
    list: list.slice(0, SHOWN_MAX).map(withFrench),
    checkedInFrench: checked.map(each => inFrench(each) ?? each),
    outside: limits.startsWith(COMPARED),
  }
}

function withFrench({ seq, what }: Fault): VerifyView['list'][number] {
  const inFrench = faultInFrench(what)
  return { seq, what, ...(inFrench === undefined ? {} : { inFrench }) }
}

/** What the process of a check tells its parent. */
export type Told = { progress: ObjectsProgress } | { entries: number } | { result: Verification }

/** In a process of its own: a million entries take a while, and the screens stay quick meanwhile. */
export function verifyApart(
  file: string,
  options: Pick<VerifyOptions, 'objects' | 'onObjects' | 'onProgress' | 'outside'> & {
    signal?: AbortSignal
  } = {},
): Promise<Verification> {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(
    typescript ? './verification-process.ts' : './verification-process.js',
    import.meta.url,
  )
  const { objects, outside, onObjects, onProgress, signal } = options
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(program), [file], {
      serialization: 'advanced',
      execArgv: typescript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
    })
    child.send({ objects, outside } satisfies Pick<VerifyOptions, 'outside'> & {
      objects: string | undefined
    })
    child.on('message', message => {
      const told = message as Told
      if ('progress' in told) onObjects?.(told.progress)
      else if ('entries' in told) onProgress?.(told.entries)
      else resolve(told.result)
    })
    child.once('error', reject)
    child.once('close', code => reject(new Failure('internal', `The verification ended early (${code}).`)))
  })
}
