import { mkdirSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import { allows } from '../accounts/permissions.js'
import { Failure, reasonOf } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Log } from '../log.js'

export const UPLOADS_PATH = '/api/uploads'

/** Somebody who brings a disc; what they bring is theirs alone. */
export interface Bringer {
  /** Their account, or what they were let in by. */
  owner: string
  site: string
  bytesMax: number
}

export interface HeldUpload {
  path: string
  /** What there shall be, and what there is. */
  bytes: number
  there: number
  name: string
}

/** What is done about uploads at one address, before anything is answered. What it throws is the answer. */
export interface UploadHooks {
  /** A bringer begins another one. */
  began?(bringer: Bringer, upload: string): Promise<void>
  /** Bytes of it are about to come. */
  coming?(bringer: Bringer, upload: string): Promise<void>
  /** Bytes of it have come; `complete` when these are all. */
  grown(upload: string, bytes: number, complete: boolean): Promise<void>
}

/** One request of the tus 1.0 protocol. */
export type HandleUpload = (
  request: IncomingMessage,
  response: ServerResponse,
  bringer: Bringer,
) => Promise<void>

export interface Uploads {
  /** One request at {@link UPLOADS_PATH}, by somebody who may bring discs. */
  handle(request: IncomingMessage, response: ServerResponse, who: Acting): Promise<void>
  /** The same at another address, for others. */
  servedAt(path: string, hooks: UploadHooks): HandleUpload
  /** What is known of an upload. Undefined where there is none of this person. */
  find(id: string, who: Acting): Promise<HeldUpload | undefined>
  /** The same for whoever brings it. */
  held(id: string, owner: string): Promise<HeldUpload | undefined>
  remove(id: string): Promise<void>
  /** Removes uploads not written to since then, of which no import ever began. */
  removeForgotten(beforeMs: number, isImport: (upload: string) => Promise<boolean>): Promise<void>
}

/** Names of files are ours; of what a browser says only these are kept. */
const NAME_MAX_CHARACTERS = 200
const OURS = /^upl_[0-9a-z]{26}$/

/** Uploads that go on after a lost network or a closed tab (tus 1.0.0: creation, expiration left to the imports). */
export function openUploads(options: {
  folder: string
  ids: Ids
  log: Log
  maxBytes: number
  /** Bytes a site may have in uploads: those on their way, undecided, and kept after their import. */
  quotaBytes: number
  onGrown(upload: string, bytes: number, complete: boolean): Promise<void>
}): Uploads {
  const { folder, ids, log, maxBytes } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const store = new FileStore({ directory: folder })
  /** Accepted and not in the folder yet: two that begin at once share what is left. */
  const beginning = new Map<object, { site: string; bytes: number }>()
  /** Declared bytes, whether an import began of them or not: all of it may come. */
  const usedBytes = async (site: string): Promise<number> => {
    let used = 0
    for (const each of beginning.values()) if (each.site === site) used += each.bytes
    for (const name of await readdir(folder)) {
      if (!OURS.test(name)) continue
      // Removed between the two looks: it uses nothing.
      const upload = await store.getUpload(name).catch(() => undefined)
      if (upload?.metadata?.['site'] === site) used += upload.size ?? maxBytes
    }
    return used
  }
  const servedAt: Uploads['servedAt'] = (path, hooks) => {
    const bringers = new WeakMap<object, Bringer>()
    const bringerOf = (request: unknown): Bringer => bringers.get(nodeRequestOf(request)) ?? notOurs()
    const server = new Server({
      path,
      datastore: store,
      maxSize: request => bringerOf(request).bytesMax,
      relativeLocation: true,
      respectForwardedHeaders: false,
      namingFunction: () => ids.next('upl'),
      onUploadCreate: async (request, upload) => {
        const bringer = bringerOf(request)
        const size = upload.size ?? bringer.bytesMax
        const { site } = bringer
        const quota = { bytes: size, usedBytes: await usedBytes(site), quotaBytes: options.quotaBytes }
        // The words are the screen's; a program reads the same numbers.
        if (quota.usedBytes + size > quota.quotaBytes)
          throw { status_code: 413, body: JSON.stringify({ code: 'too-large', quota }) }
        beginning.set(nodeRequestOf(request), { site, bytes: size })
        await hooks.began?.(bringer, upload.id)
        return {
          metadata: {
            account: bringer.owner,
            site: bringer.site,
            name: (upload.metadata?.['name'] ?? '').slice(0, NAME_MAX_CHARACTERS),
          },
        }
      },
      onIncomingRequest: async (request, id) => {
        if (request.method === 'POST') return
        // Another person's upload is missing, like one that never was.
        const upload = await store.getUpload(id).catch(() => undefined)
        const bringer = bringerOf(request)
        if (upload?.metadata?.['account'] !== bringer.owner)
          throw { status_code: 404, body: 'There is no such upload.' }
        if (request.method === 'PATCH') await hooks.coming?.(bringer, id)
      },
      // Only when this has been noted is the last chunk answered.
      onUploadFinish: async (_request, upload) => {
        await hooks.grown(upload.id, upload.size ?? upload.offset, true)
        return {}
      },
      postReceiveInterval: 250,
      onResponseError: (_request, thrown) => {
        if (thrown instanceof Error) log.warn('upload-failed', { reason: reasonOf(thrown) })
        return undefined
      },
    })
    const grown = (id: string, bytes: number) =>
      void hooks
        .grown(id, bytes, false)
        .catch(thrown => log.error('upload-not-noted', { reason: reasonOf(thrown) }, thrown))
    server.on('POST_RECEIVE', (_request, upload) => {
      grown(upload.id, upload.offset)
    })
    return async (request, response, bringer) => {
      bringers.set(request, bringer)
      try {
        await server.handle(request, response)
      } finally {
        beginning.delete(request)
      }
      // A piece that came faster than its progress is told is told when it is whole.
      const offset = Number(response.getHeader('upload-offset'))
      const upload = request.url?.split('?')[0]?.split('/').at(-1) ?? ''
      if (request.method === 'PATCH' && response.statusCode === 204 && OURS.test(upload) && offset > 0)
        grown(upload, offset)
    }
  }
  const atTheDesk = servedAt(UPLOADS_PATH, { grown: options.onGrown })

  const held = async (id: string, owner: string) => {
    if (!OURS.test(id)) return undefined
    const upload = await store.getUpload(id).catch(() => undefined)
    if (upload === undefined || upload.metadata?.['account'] !== owner) return undefined
    const { site = '', name = '' } = upload.metadata as { site?: string; name?: string }
    return { path: join(folder, id), bytes: upload.size ?? 0, there: upload.offset, name: name ?? '', site }
  }

  const remove: Uploads['remove'] = async id => {
    if (!OURS.test(id))
      throw new Failure('invalid', {
        fr: 'Ce n’est pas un de nos téléversements.',
        en: 'This is no upload of ours.',
      })
    await Promise.all([
      rm(join(folder, id), { force: true }),
      rm(join(folder, `${id}.json`), { force: true }),
    ])
  }

  return {
    handle: (request, response, who) =>
      atTheDesk(request, response, {
        owner: who.account.id,
        site: who.membership.site,
        bytesMax: maxBytes,
      }),
    servedAt,
    held,
    find: async (id, who) => {
      const upload = await held(id, who.account.id)
      return upload !== undefined && allows(who, 'import.create', { site: upload.site }) ? upload : undefined
    },
    remove,
    removeForgotten: async (beforeMs, isImport) => {
      for (const name of await readdir(folder)) {
        const id = name.replace(/\.json$/, '')
        if (!OURS.test(id) || (await stat(join(folder, name))).mtimeMs >= beforeMs || (await isImport(id)))
          continue
        await remove(id)
      }
    },
  }
}

function notOurs(): never {
  throw { status_code: 401, body: 'Sign in first.' }
}

/** The server wraps Node's request; who sent it is known by that one. */
function nodeRequestOf(request: unknown): object {
  const { node, runtime } = request as { node?: { req?: object }; runtime?: { node?: { req?: object } } }
  return node?.req ?? runtime?.node?.req ?? {}
}
