import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail, reasonOf } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { ObjectsCheckView } from '../journal/view.js'
import { faultInFrench } from './fault-words.js'
import { verifyApart } from './verification.js'

export interface ObjectVerification {
  view(): ObjectsCheckView
  /** Begins to read everything again; `conflict` while a check is under way. Its result is a fact in the journal. */
  start(origin: Origin): ObjectsCheckView
  /** A check under way ends without a result. */
  close(): void
}

const NOTHING_YET = { files: 0, of: 0, bytes: 0, faults: 0, found: [], foundInFrench: [] }

/** The check that takes hours: one at a time, in a process of its own, its last result kept while the node runs. */
export function openObjectVerification(options: {
  db: Database
  clock: Clock
  journal: Journal
  /** The objects folder. */
  folder: string
  /** Something of it moved. */
  onMoved(): void
}): ObjectVerification {
  const { db, clock, journal, folder, onMoved } = options
  const closing = new AbortController()
  let view: ObjectsCheckView = { state: 'never', ...NOTHING_YET }
  const show = (changes: Partial<ObjectsCheckView>) => {
    view = { ...view, ...changes }
    onMoved()
  }

  async function run(origin: Origin): Promise<void> {
    const result = await verifyApart(db.file, {
      objects: folder,
      signal: closing.signal,
      onObjects: progress => show(progress),
    })
    const { files = 0, bytes = 0 } = result.objects ?? {}
    const { faults } = result
    await db.write(tx =>
      journal.append(
        tx,
        { type: 'objects-verified', site: null, ids: {}, body: { files, bytes, faults } },
        origin,
      ),
    )
    const found = result.list.map(({ seq, what }) => (seq === null ? what : `entry ${seq}: ${what}`))
    const foundInFrench = result.list.map(({ seq, what }) => {
      const said = faultInFrench(what) ?? what
      return seq === null ? said : `inscription ${seq} : ${said}`
    })
    show({ state: 'done', endedAt: isoAt(clock.now()), files, bytes, faults, found, foundInFrench })
  }

  return {
    view: () => view,
    start: origin => {
      if (view.state === 'running')
        fail('conflict', {
          fr: 'Une vérification de tous les fichiers est déjà en cours.',
          en: 'A check of all files is under way already.',
        })
      view = { state: 'running', startedAt: isoAt(clock.now()), ...NOTHING_YET }
      run(origin).catch(thrown => {
        if (!closing.signal.aborted) show({ state: 'failed', reason: reasonOf(thrown) })
      })
      onMoved()
      return view
    },
    close: () => closing.abort(),
  }
}
