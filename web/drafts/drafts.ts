import { call } from '../api/call.js'
import { ApiProblem } from '../api/problem.js'
import { openChest, type Sealed } from './chest.js'
import { goneOf, thisPage } from './pages.js'

/**
 * What was typed and not sent yet, kept on this machine against a crash, a reload and a session that ended. It lies
 * there encrypted (AES-GCM): the key is the account's, comes from the node for an open session only, and is in memory
 * only, not even readable to the page's own code. Whoever sits here next has another key, or none.
 */
export interface Drafts {
  /** What this page wrote, else the newest that a page now gone has left: that becomes this page's own. */
  read<T>(name: string): T | undefined
  write(name: string, value: unknown): void
  forget(name: string): void
  /** Looks for what pages have left that were still open before. */
  look(): Promise<void>
  /** What else pages now gone have left under this name, the newest first. What an open page writes is its own. */
  left<T>(name: string): Left<T>[]
}

/** A text of a page that is gone. */
export interface Left<T> {
  value: T
  /** When it was written, in ms. */
  at: number
  forget(): void
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
    // As React marks what it has waited for itself: once at hand they are used without a waiting state.
    drafts.then(value => Object.assign(drafts as object, { status: 'fulfilled', value }))
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
  const page = thisPage()
  const before = (of: string | undefined) => (of === undefined ? `${account} ` : `${account} ${of} `)
  const idOf = (name: string) => before(page) + name

  /** Texts of pages that are gone, by the name of each. */
  const found = new Map<string, { id: string; at: number; text: string }[]>()
  const look = async () => {
    if (!chest || !key) return
    await chest.removeBefore(Date.now() - keptMs)
    const known = new Set([...found.values()].flat().map(({ id }) => id))
    const others = (await chest.all(account)).filter(each => each.page !== page && !known.has(each.id))
    const gone = new Set(await goneOf([...new Set(others.map(each => each.page ?? ''))]))
    for (const sealed of others.filter(each => gone.has(each.page ?? ''))) {
      const text = await unsealed(key, sealed)
      // Cut off while it was written, or of a key that is no more: it can help nobody.
      if (text === undefined) {
        await chest.remove(sealed.id)
        continue
      }
      const name = sealed.id.slice(before(sealed.page).length)
      const all = [...(found.get(name) ?? []), { id: sealed.id, at: sealed.at, text }]
      found.set(
        name,
        all.sort((a, b) => b.at - a.at),
      )
    }
  }
  await look()

  /** What is not written down yet, each by its record's id and newest state; one at a time, in their order. */
  const waiting = new Map<string, string | undefined>()
  let writing = false
  const persist = async (id: string, text: string | undefined) => {
    waiting.set(id, text)
    if (writing || !chest || !key) return
    writing = true
    try {
      for (const [next, newest] of waiting) {
        waiting.delete(next)
        if (newest === undefined) await chest.remove(next)
        else await chest.put({ id: next, account, page, at: Date.now(), ...(await seal(key, next, newest)) })
      }
    } finally {
      writing = false
    }
  }
  const drop = (name: string, id: string) => {
    found.set(
      name,
      (found.get(name) ?? []).filter(each => each.id !== id),
    )
    void persist(id, undefined)
  }

  return {
    read: name => {
      const [newest] = found.get(name) ?? []
      if (!texts.has(name) && newest) {
        texts.set(name, newest.text)
        // Written down as this page's before the other goes: cut off between, it is there twice.
        void persist(idOf(name), newest.text)
        drop(name, newest.id)
      }
      const text = texts.get(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    write: (name, value) => {
      const text = JSON.stringify(value)
      texts.set(name, text)
      void persist(idOf(name), text)
    },
    forget: name => {
      if (texts.delete(name)) void persist(idOf(name), undefined)
    },
    look,
    left: name =>
      (found.get(name) ?? []).map(({ id, at, text }) => ({
        value: JSON.parse(text),
        at,
        forget: () => drop(name, id),
      })),
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
