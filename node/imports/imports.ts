import { setTimeout as pause } from 'node:timers/promises'
import { demand } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail, reasonOf } from '../errors.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import type { Outbox } from '../outbox/outbox.js'
import type { DecisionRows } from './decision-rows.js'
import { type Decisions, TAKING_LANE } from './decisions.js'
import { StudyGathering } from './gathering.js'
import type { InventoryEnd } from './inventory.js'
import { leftOutBy } from './leave-out.js'
import { discIs } from './not-now.js'
import type { Presets } from './presets.js'
import { type Reading, readInventory } from './reading.js'
import type { ImportRecord, ImportRows } from './rows.js'
import type { ImportSender, ImportWhy, PresetInput } from './view.js'
import { whyOf } from './why.js'

/** Who asks and from where. */
export interface Asker {
  who: Acting
  origin: Origin
}

export interface NewImport {
  site: string
  preset: string | null
  name: string
  /** Who sent it where they have no account, and what they wrote with it. */
  sender?: ImportSender
  /** Where the bytes lie, or will lie. */
  path: string
  upload: string | null
  bytesTotal: number
}

export interface Imports extends Decisions {
  rows: ImportRows
  /** Begins to read a disc. `who` is null for a command of this machine. */
  begin(asked: NewImport, by: { name: string; account: string | null; origin: Origin }): Promise<string>
  /** Bytes of an upload have come; `complete` when these are all. */
  grown(upload: string, bytes: number, complete: boolean): Promise<void>
  /** Resolves when the inventory is known, or failed; at once where it already is. */
  inventoried(id: string): Promise<ImportRecord>
  /** Resolves when all that was decided is taken, or could not be; in a command that has no running outbox it is done here. */
  taken(id: string, onProgress: (done: number) => void): Promise<ImportRecord>
  /** Nothing was taken: the disc is forgotten, its bytes go. */
  cancel(asker: Pick<Asker, 'origin'>, id: string, reason?: string): Promise<void>
  /** Its bytes are about to go: of whom nobody has decided on, nothing is taken. */
  lapse(id: string): Promise<void>
  seen(who: Acting, id: string): Promise<ImportRecord>
  /** What a crash interrupted goes on. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Why an import ended that nobody decided on in time. */
export const ABANDONED = 'abandoned'

const LOOK_AGAIN_MS = 200

export function openImports(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  log: Log
  outbox: Outbox
  presets: Presets
  rows: ImportRows
  decisionRows: Pick<DecisionRows, 'judgeHere'>
  decisions: Decisions
  sites: SiteNames
  scratch: string
}): Imports {
  const { db, clock, ids, journal, log, outbox, presets, rows, decisions } = options
  const growths = new Map<string, Promise<void>>()
  const readings = new Map<string, { reading: Reading<InventoryEnd>; ended: Promise<void> }>()

  const ruleOf = async (record: Pick<ImportRecord, 'preset'>): Promise<PresetInput | undefined> =>
    record.preset === null ? undefined : presets.find(record.preset)

  async function read(record: ImportRecord): Promise<void> {
    const { id } = record
    await db.write(tx => rows.forgetFiles(tx, id))
    const rule = await ruleOf(record)
    const studies = new StudyGathering(series =>
      rule === undefined ? undefined : leftOutBy(series, rule.leaveOut),
    )
    let files = 0
    const reading = readInventory(
      { path: record.path, scratch: options.scratch, growing: record.state === 'uploading' },
      async found => {
        for (const file of found) studies.add(file)
        files += found.length
        await db.write(async tx => {
          await rows.addFiles(tx, id, found)
          // What was found so far can be looked at while the rest is on its way.
          await rows.putStudies(tx, id, studies.touched())
          await rows.update(tx, id, { files })
        })
      },
    )
    const ended = reading.ended
      .then(end => inventoried(record, end, studies))
      .catch(thrown => failed(record, thrown))
      .finally(() => readings.delete(id))
    readings.set(id, { reading, ended })
  }

  async function inventoried(
    record: ImportRecord,
    end: InventoryEnd,
    gathered: StudyGathering,
  ): Promise<void> {
    const { id, site } = record
    const here = await options.decisionRows.judgeHere(id, site)
    const { studies, judged } = gathered.end(
      new Set(here.filter(({ verdict }) => verdict === 'rejected').map(({ number }) => number)),
    )
    await db.write(async tx => {
      for (const { number, listed } of end.listed)
        await rows.updateFile(tx, id, number, { listed: listed ? 1 : 0 })
      await rows.judge(tx, id, [...here, ...judged])
      // What was told so far was told before the whole was known.
      await rows.forgetStudies(tx, id)
      await rows.putStudies(tx, id, studies)
    })
    const [fingerprint, verdicts] = [await rows.fingerprint(id), await rows.verdicts(id)]
    const reason = end.broken ?? (studies.length === 0 ? 'There is no image on it that can be read.' : null)
    const why: ImportWhy | null = end.why ?? (reason === null ? null : { code: 'no-image' })
    await db.write(async tx => {
      await rows.update(tx, id, {
        state: 'inventoried',
        // The name of an upload's file is ours and says nothing.
        label: record.upload === null || end.medium === 'iso' ? end.label : '',
        medium: end.medium,
        inventoried_at: clock.now(),
        fingerprint,
        reason,
        why: why === null ? null : JSON.stringify(why),
      })
      await journal.append(
        tx,
        {
          type: 'import-inventoried',
          site,
          ids: { import: id },
          body: {
            label: end.label,
            medium: end.medium,
            fingerprint,
            verdicts,
            ...(end.listedFiles === undefined ? {} : { listedFiles: end.listedFiles }),
            ...(reason === null ? {} : { reason }),
            studies: studies.map(({ StudyInstanceUID, identity, images }) => ({
              StudyInstanceUID,
              identity: { ...identity },
              images,
            })),
          },
        },
        { by: 'system', part: 'imports' },
      )
    })
  }

  async function failed(record: ImportRecord, thrown: unknown): Promise<void> {
    const reason = reasonOf(thrown)
    if (!(thrown instanceof Failure)) log.error('disc-not-read', { reason }, thrown)
    await db.write(async tx => {
      // Somebody cancelled it: that its reading then breaks off is no news.
      if ((await rows.get(record.id)).state === 'cancelled') return
      await rows.update(tx, record.id, {
        state: 'failed',
        reason: reason.slice(0, 1000),
        why: JSON.stringify(whyOf(thrown)),
        finished_at: clock.now(),
      })
      await journal.append(
        tx,
        { type: 'import-failed', site: record.site, ids: { import: record.id }, body: { reason } },
        { by: 'system', part: 'imports' },
      )
    })
  }

  async function grown(upload: string, bytes: number, complete: boolean): Promise<void> {
    const record = await rows.ofUpload(upload)
    if (record === undefined || record.state !== 'uploading') return
    const there = Math.max(record.bytes_there, bytes)
    await db.write(tx =>
      rows.update(tx, record.id, {
        bytes_there: there,
        ...(complete ? { state: 'reading' as const } : {}),
      }),
    )
    if (!readings.has(record.id)) await read({ ...record, state: complete ? 'reading' : 'uploading' })
    readings.get(record.id)?.reading.grown(there, complete)
  }

  const expectState = (record: ImportRecord, ...states: ImportRecord['state'][]) => {
    if (!states.includes(record.state)) fail('conflict', discIs(record.state))
  }

  const begin = async (
    tx: Tx,
    asked: NewImport,
    by: Parameters<Imports['begin']>[1],
  ): Promise<ImportRecord> => {
    const { site, preset, name, path, upload, bytesTotal } = asked
    if (preset !== null) {
      const rule = await presets.find(preset)
      if (rule === undefined || rule.site !== site)
        throw new Failure(
          'invalid',
          { fr: 'Le préréglage ne convient pas.', en: 'The preset does not fit.' },
          [
            {
              path: 'preset',
              message: `no preset of this site is named "${preset}"`,
              fr: `aucun préréglage de ce site ne s’appelle « ${preset} »`,
            },
          ],
        )
    }
    const record: ImportRecord = {
      id: ids.next('imp'),
      site,
      preset,
      state: upload === null ? 'reading' : 'uploading',
      path,
      upload,
      name: name.slice(0, 200),
      label: '',
      medium: null,
      origin: JSON.stringify(by.origin),
      by_name: by.name,
      account: by.account,
      created_at: clock.now(),
      inventoried_at: null,
      finished_at: null,
      bytes_total: bytesTotal,
      bytes_there: upload === null ? bytesTotal : 0,
      files: 0,
      fingerprint: null,
      reason: null,
      why: null,
      sender: asked.sender === undefined ? null : JSON.stringify(asked.sender),
      cleaned: 0,
    }
    await rows.insert(tx, record)
    await journal.append(
      tx,
      {
        type: 'import-created',
        site,
        ids: { import: record.id },
        body: { name, ...(preset === null ? {} : { preset }) },
      },
      by.origin,
    )
    return record
  }

  const cancel: Imports['cancel'] = async ({ origin }, id, reason) => {
    const record = await rows.get(id)
    expectState(record, 'uploading', 'reading', 'inventoried', 'failed')
    readings.get(id)?.reading.stop()
    await db.write(async tx => {
      // Once more inside: another desk may have decided on somebody of it by now.
      expectState(await rows.get(id), 'uploading', 'reading', 'inventoried', 'failed')
      if ((await decisions.people(id)).some(({ state }) => state !== 'to-decide'))
        fail('conflict', {
          fr: 'Une décision est déjà prise sur ce disque : il n’est pas oublié.',
          en: 'Something of this disc was decided already: it is not forgotten.',
        })
      await rows.update(tx, id, {
        state: 'cancelled',
        finished_at: clock.now(),
        ...(reason === undefined ? {} : { reason }),
      })
      await journal.append(
        tx,
        {
          type: 'import-cancelled',
          site: record.site,
          ids: { import: id },
          body: reason === undefined ? {} : { reason },
        },
        origin,
      )
    })
  }

  return {
    ...decisions,
    rows,
    begin: async (asked, by) => {
      const record = await db.write(tx => begin(tx, asked, by))
      await read(record)
      return record.id
    },
    grown: (upload, bytes, complete) => {
      // One after the other: what is said late must not undo that all is there.
      const mine = (growths.get(upload) ?? Promise.resolve())
        .catch(() => undefined) // told to the one who said it
        .then(() => grown(upload, bytes, complete))
        .finally(() => growths.get(upload) === mine && growths.delete(upload))
      growths.set(upload, mine)
      return mine
    },
    inventoried: async id => {
      await readings.get(id)?.ended
      return rows.get(id)
    },
    seen: async (who, id) => {
      const record = await rows.get(id)
      demand(who, 'import.see', { site: record.site }, 'There is no such import.')
      return record
    },
    taken: async (id, onProgress) => {
      const working = outbox.runLane(TAKING_LANE)
      for (;;) {
        if ((await decisions.people(id)).every(({ state }) => state !== 'taking')) {
          await working
          return rows.get(id)
        }
        const outcomes = await rows.outcomes(id)
        onProgress(Object.values(outcomes).reduce((sum, count) => sum + count, 0))
        await pause(LOOK_AGAIN_MS)
      }
    },
    cancel,
    lapse: async id => {
      const origin: Origin = { by: 'system', part: 'imports' }
      const people = await decisions.people(id)
      if (people.every(({ state }) => state === 'to-decide')) {
        await cancel({ origin }, id, ABANDONED)
        return
      }
      for (const person of people.filter(({ state }) => state === 'to-decide'))
        await decisions.leave({ name: 'Relais', origin }, id, person.id, 'nobody decided in time', {
          code: 'undecided',
        })
    },
    start: async () => {
      for (const record of await rows.open(['uploading', 'reading'])) await read(record)
    },
    close: async () => {
      for (const { reading } of readings.values()) reading.stop()
      await Promise.allSettled([...readings.values()].map(({ ended }) => ended))
    },
  }
}
