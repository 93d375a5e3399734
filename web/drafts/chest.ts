/** One encrypted text in the browser's own database. */
export interface Sealed {
  id: string
  account: string
  /** The page that wrote it; none in what an earlier version wrote. */
  page?: string
  /** When it was written, in ms. */
  at: number
  nonce: Uint8Array<ArrayBuffer>
  bytes: ArrayBuffer
}

export interface Chest {
  all(account: string): Promise<Sealed[]>
  put(sealed: Sealed): Promise<void>
  remove(id: string): Promise<void>
  removeBefore(at: number): Promise<void>
}

const database = 'relais'
const store = 'drafts'

let chest: Promise<Chest | undefined> | undefined

/** Undefined where the browser keeps nothing (a private window of some): then drafts live in memory. */
export function openChest(): Promise<Chest | undefined> {
  chest ??= opened()
  return chest
}

async function opened(): Promise<Chest | undefined> {
  if (!('indexedDB' in globalThis)) return undefined
  const asking = indexedDB.open(database, 1)
  asking.onupgradeneeded = () => {
    const made = asking.result.createObjectStore(store, { keyPath: 'id' })
    made.createIndex('account', 'account')
    made.createIndex('at', 'at')
  }
  const db = await done(asking).catch(() => undefined) // refused by the browser
  if (!db) return undefined
  const inStore = (mode: IDBTransactionMode) => db.transaction(store, mode).objectStore(store)
  return {
    all: account => done<Sealed[]>(inStore('readonly').index('account').getAll(account)),
    put: async sealed => {
      await done(inStore('readwrite').put(sealed))
    },
    remove: async id => {
      await done(inStore('readwrite').delete(id))
    },
    removeBefore: async at => {
      const drafts = inStore('readwrite')
      for (const key of await done(drafts.index('at').getAllKeys(IDBKeyRange.upperBound(at))))
        await done(inStore('readwrite').delete(key))
    },
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
