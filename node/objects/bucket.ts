import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openFolderSync } from './folder-sync.js'

/**
 * One folder being filled. The same content gets the same name in it, so two arrivals may share one file: it goes
 * only when nobody holds it any more and nobody has kept it.
 */
export class Bucket {
  readonly name: string
  readonly folder: string
  /** fsync of the folder, shared by all that wait for it. */
  readonly sync: () => Promise<void>
  readonly #files = new Map<string, { holders: number; kept: boolean; leaving?: Promise<void> }>()

  constructor(parent: string, name: string) {
    this.name = name
    this.folder = join(parent, name)
    this.sync = openFolderSync(this.folder)
  }

  /** Makes the folder durable in its parent. */
  async make(syncParent: () => Promise<void>): Promise<void> {
    await mkdir(this.folder, { mode: 0o700 })
    await syncParent()
  }

  /** Before a file gets this name: from now on it stays until {@link keep} or {@link drop}. */
  async hold(file: string): Promise<void> {
    for (;;) {
      const known = this.#files.get(file)
      if (known === undefined) {
        this.#files.set(file, { holders: 1, kept: false })
        return
      }
      if (known.leaving === undefined) {
        known.holders++
        return
      }
      await known.leaving
    }
  }

  /** A row names it now. */
  keep(file: string): void {
    const known = this.#files.get(file)
    if (known === undefined) return
    known.holders--
    known.kept = true
  }

  /** This holder does not want it: a duplicate, or refused. */
  async drop(file: string): Promise<void> {
    const known = this.#files.get(file)
    if (known === undefined) return
    known.holders--
    if (known.holders > 0 || known.kept) return
    known.leaving = rm(join(this.folder, file), { force: true }).finally(() => this.#files.delete(file))
    await known.leaving
  }
}
