import { call } from '../api/call.js'
import { ApiProblem } from '../api/problem.js'
import { openChest, type Sealed } from './chest.js'

/**
 * What was typed and not sent yet, kept on this machine against a crash, a reload and a session that ended. It lies
 * there encrypted (AES-GCM): the key is the account's, comes from the node for an open session only, and is in memory
 * only, not even readable to the page's own code. Whoever sits here next has another key, or none.
 */
export interface Drafts {
  read<T>(name: string): T | undefined
  write(name: string, value: unknown): void
  forget(name: string): void
}

/** Nobody comes back to older ones. */
const keptMs = 3 * 24 * 3_600_000

const opened = new Map<string, Promise<Drafts>>()

/** Those of a person; read once, then at hand. For `use`: the same promise each time. */
export function draftsOf(account: string): Promise<Drafts> {
  let drafts = opened.get(account)
  if (!drafts) {
    drafts = openDrafts(account)
    opened.set(account, drafts)
  }
  return drafts
}

/** At sign-out: nothing of the person stays on this machine. */
export async function eraseDrafts(account: string): Promise<void> {
  opened.delete(account)
  const chest = await openChest()
  for (const { id } of (await chest?.all(account)) ?? []) await chest?.remove(id)
}

async function openDrafts(account: string): Promise<Drafts> {
  const texts = new Map<string, string>()
  const [chest, key] = await Promise.all([openChest(), keyOf()])
  if (chest && key) {
    await chest.removeBefore(Date.now() - keptMs)
    for (const sealed of await chest.all(account)) {
      const text = await unsealed(key, sealed)
      // Cut off while it was written, or of a key that is no more: it can help nobody.
      if (text === undefined) await chest.remove(sealed.id)
      else texts.set(sealed.id.slice(account.length + 1), text)
    }
  }

  /** Names whose newest text is not written down yet; one is written at a time, the newest of it. */
  const waiting = new Set<string>()
  let writing = false
  const persist = async (name: string) => {
    waiting.add(name)
    if (writing || !chest || !key) return
    writing = true
    try {
      for (const next of waiting) {
        waiting.delete(next)
        const id = `${account} ${next}`
        const text = texts.get(next)
        if (text === undefined) await chest.remove(id)
        else await chest.put({ id, account, at: Date.now(), ...(await seal(key, id, text)) })
      }
    } finally {
      writing = false
    }
  }

  return {
    read: name => {
      const text = texts.get(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    write: (name, value) => {
      texts.set(name, JSON.stringify(value))
      void persist(name)
    },
    forget: name => {
      if (texts.delete(name)) void persist(name)
    },
  }
}

/** Undefined where the browser has no such arithmetic (plain HTTP from afar): then drafts live in memory. */
async function keyOf(): Promise<CryptoKey | undefined> {
  if (!('subtle' in crypto)) return undefined
  try {
    const { key } = await call<{ key: string }>({ method: 'GET', path: '/api/session/drafts' })
    const bytes = Uint8Array.from(atob(key), character => character.charCodeAt(0))
    return await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  } catch (problem) {
    if (problem instanceof ApiProblem) return undefined
    throw problem
  }
}

async function seal(key: CryptoKey, id: string, text: string): Promise<Pick<Sealed, 'nonce' | 'bytes'>> {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const additionalData = new TextEncoder().encode(id)
  const bytes = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData },
    key,
    new TextEncoder().encode(text),
  )
  return { nonce, bytes }
}

async function unsealed(key: CryptoKey, { id, nonce, bytes }: Sealed): Promise<string | undefined> {
  const additionalData = new TextEncoder().encode(id)
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, bytes).then(
    plain => new TextDecoder().decode(plain),
    () => undefined,
  )
}
