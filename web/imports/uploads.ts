import { useSyncExternalStore } from 'react'
import type { ImportView } from '../../node/imports/view.js'
import { call, freshKey } from '../api/call.js'
import { onForget } from '../api/forget.js'
import { ApiProblem } from '../api/problem.js'
import type { Picked } from './picked.js'

const CHUNK_BYTES = 8 * 1024 * 1024
/** A lost network is waited for; after the last of these a person presses "go on". */
const RETRY_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000]
/** The speed shown is that of the last so many milliseconds. */
const SPEED_OVER_MS = 8_000

/** Where a disc goes: to the desk of a site, or into the inbox of whoever has no account. */
export type UploadTarget =
  | { account: string; site: string; preset: string | null }
  | { endpoint: string; of: string }

/** One disc on its way to the node. */
export interface RunningUpload {
  key: string
  name: string
  files: number
  /** `waiting`: the network is lost and comes again; `stopped`: a person has to look. */
  state: 'preparing' | 'moving' | 'waiting' | 'stopped' | 'done'
  bytes: { sent: number; total: number }
  bytesPerSecond: number
  /** Bytes that were there already when it began. */
  resumedAt: number
  /** The import that reads it, as soon as it has one. */
  import?: string
  problem?: ApiProblem
  /** Where that is the site's quota. */
  quota?: Quota
}

/** What the node says when a disc has no room in what a site may bring. */
export interface Quota {
  bytes: number
  usedBytes: number
  quotaBytes: number
}

interface Work {
  picked: Picked
  target: UploadTarget
  abort: () => void
  times: { at: number; sent: number }[]
}

let shown: readonly RunningUpload[] = []
const works = new Map<string, Work>()
const listeners = new Set<() => void>()

function put(key: string, changes: Partial<RunningUpload>): void {
  shown = shown.map(each => (each.key === key ? { ...each, ...changes } : each))
  for (const told of listeners) told()
}

const isUnder = ({ state }: RunningUpload) => state !== 'done' && state !== 'stopped'

/** The uploads of this tab; they go on while another page of it is looked at. */
export function useUploads(): readonly RunningUpload[] {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
  )
}

addEventListener('beforeunload', event => {
  if (shown.some(isUnder)) event.preventDefault()
})
addEventListener('online', () => {
  for (const { key, state, problem } of shown)
    if (state === 'stopped' && problem?.code === 'network') goOn(key)
})
onForget(() => {
  for (const { abort } of works.values()) abort()
  works.clear()
  shown = []
  for (const told of listeners) told()
})

/** Begins to send; `onBegun` hears of the import when the node has begun to read it. */
export function startUpload(
  picked: Picked,
  target: UploadTarget,
  onBegun: (id: string) => void = () => undefined,
): void {
  // Chosen twice while it is on its way: it is on its way.
  if (shown.some(each => isUnder(each) && works.get(each.key)?.picked.mark === picked.mark)) return
  const key = freshKey()
  works.set(key, { picked, target, abort: () => undefined, times: [] })
  shown = [
    {
      key,
      name: picked.name,
      files: picked.files,
      state: 'preparing',
      bytes: { sent: 0, total: picked.body.size },
      bytesPerSecond: 0,
      resumedAt: 0,
    },
    ...shown,
  ]
  for (const told of listeners) told()
  send(key, onBegun).catch(thrown => stop(key, thrown))
}

/** Tries again what stopped, from where it stopped. */
export function goOn(key: string): void {
  put(key, { state: 'preparing' })
  send(key, () => undefined).catch(thrown => stop(key, thrown))
}

/** Takes it off the list; what the node has of it stays there for a while, and choosing the same files goes on. */
export function dropUpload(key: string): void {
  works.get(key)?.abort()
  works.delete(key)
  shown = shown.filter(each => each.key !== key)
  for (const told of listeners) told()
}

/** What the node said, in the form every failure has here. */
function stop(key: string, thrown: unknown): void {
  works.get(key)?.abort()
  const problem = problemOf(thrown)
  const quota = quotaOf(problem)
  put(key, { state: 'stopped', bytesPerSecond: 0, problem, ...(quota ? { quota } : {}) })
}

function problemOf(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown
  const answer = (
    thrown as { originalResponse?: { getStatus(): number; getBody(): string } | null } | undefined
  )?.originalResponse
  const status = answer?.getStatus() ?? 0
  const said = answer?.getBody() ?? (thrown instanceof Error ? thrown.message : String(thrown))
  const codes: Record<number, ApiProblem['code']> = {
    0: 'network',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'missing',
    413: 'too-large',
    507: 'storage-full',
  }
  // A file that changed or went while it was being sent: the browser can read it no more.
  if (status === 0 && thrown instanceof DOMException && thrown.name === 'NotReadableError')
    return new ApiProblem('invalid', 0, thrown.message)
  return new ApiProblem(codes[status] ?? (status >= 500 ? 'unavailable' : 'invalid'), status, said)
}

function quotaOf({ code, detail }: ApiProblem): Quota | undefined {
  if (code !== 'too-large' || !detail.startsWith('{')) return undefined
  return (JSON.parse(detail) as { quota?: Quota }).quota
}

/** Which import reads the upload of these files, kept beside the upload's own address. */
const keptName = (mark: string) => `relais.import ${mark}`

async function send(key: string, onBegun: (id: string) => void): Promise<void> {
  const work = works.get(key)
  if (!work) return
  const { picked, target } = work
  const { Upload } = await import('tus-js-client')
  const desk = 'endpoint' in target ? undefined : target
  const whose = 'endpoint' in target ? target.of : `${target.account} ${target.site}`
  const mark = `${whose} ${picked.mark}`
  let begun = desk === undefined ? null : localStorage.getItem(keptName(mark))
  let beginning: Promise<void> | undefined

  const begin = async (upload: string, { preset, site }: NonNullable<typeof desk>) => {
    const made = await call<ImportView>({
      method: 'POST',
      path: '/api/imports',
      idempotencyKey: freshKey(),
      body: { upload, preset, site, name: picked.name },
    })
    localStorage.setItem(keptName(mark), made.id)
    begun = made.id
    put(key, { import: made.id })
    onBegun(made.id)
  }

  const sending = new Upload(picked.body as File, {
    endpoint: 'endpoint' in target ? target.endpoint : '/api/uploads',
    metadata: { name: picked.name },
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    fingerprint: async () => `relais ${mark}`,
    onShouldRetry: error => {
      const status = error.originalResponse?.getStatus() ?? 0
      const again = status === 0 || status >= 500 || status === 409 || status === 423 || status === 429
      if (again) put(key, { state: 'waiting', bytesPerSecond: 0 })
      return again && status !== 507
    },
    onProgress: (sent, total) => progressed(key, sent, total),
    onUploadUrlAvailable: () => {
      if (desk === undefined || begun !== null || beginning) return
      beginning = begin(sending.url?.split('/').at(-1) ?? '', desk)
      beginning.catch(thrown => stop(key, thrown))
    },
    onError: thrown => stop(key, thrown),
    onSuccess: () => {
      const finish = async () => {
        await beginning
        localStorage.removeItem(keptName(mark))
        const sent = picked.body.size
        put(key, { state: 'done', bytes: { sent, total: sent }, bytesPerSecond: 0 })
      }
      finish().catch(thrown => stop(key, thrown))
    },
  })
  work.abort = () => {
    sending.abort().catch(thrown => console.warn('the upload could not be halted', thrown))
  }

  const [before] = await sending.findPreviousUploads()
  const reading = begun === null ? undefined : await importStill(begun)
  if (begun !== null && reading !== 'uploading') {
    // Decided, cancelled or forgotten since: these bytes are a new disc.
    localStorage.removeItem(keptName(mark))
    begun = null
    if (before) await sending.options.urlStorage?.removeUpload(before.urlStorageKey)
  } else if (before) {
    sending.resumeFromPreviousUpload(before)
    if (begun !== null) put(key, { import: begun })
  } else begun = null
  if (!works.has(key)) return
  if (begun !== null) onBegun(begun)
  sending.start()
}

async function importStill(id: string): Promise<string | undefined> {
  try {
    return (await call<ImportView>({ method: 'GET', path: `/api/imports/${id}` })).state
  } catch (thrown) {
    if (thrown instanceof ApiProblem && (thrown.code === 'missing' || thrown.code === 'forbidden'))
      return undefined
    throw thrown
  }
}

function progressed(key: string, sent: number, total: number): void {
  const work = works.get(key)
  if (!work) return
  const at = performance.now()
  const first = work.times.length === 0
  work.times = [...work.times.filter(time => at - time.at < SPEED_OVER_MS), { at, sent }]
  const [oldest] = work.times
  const over = oldest ? at - oldest.at : 0
  put(key, {
    state: 'moving',
    bytes: { sent, total },
    bytesPerSecond: oldest && over > 500 ? Math.max(0, ((sent - oldest.sent) / over) * 1000) : 0,
    ...(first ? { resumedAt: sent } : {}),
  })
}
