/**
 * The child that reads discs: whatever is on them is decoded here, in a process that may die or be killed without taking
 * screens, journal or queue with it. One task, then its end.
 */
import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Broken } from '../dicom/format/broken.js'
import { Failure, reasonOf } from '../errors.js'
import { sayLast } from '../last-word.js'
import { openObjectWriter, type WrittenObject } from '../objects/writer.js'
import { MEMORY_MAX_BYTES } from './file-bytes.js'
import { type InventoryFile, inOrder, takeInventory } from './inventory.js'
import { openLooking } from './looking.js'
import { openMedium } from './media/open.js'
import type { FromReading, ReadingTask, TakenFile, TakenObject, ToReading } from './reading-wire.js'
import { type Taken, take, takePaper } from './taking.js'
import { whyOf } from './why.js'

/** What was found is told together, at most this often. */
const TELL_EVERY_MS = 100
/** Files written at the same time: their syncs are shared. */
const AT_ONCE = 32
/** Of them together in memory: large ones wait for each other. */
const HELD_BYTES_MAX = 64 * 1024 * 1024
/** Taken files without the node's word. */
const UNANSWERED_MAX = 256

/** A file is not what the inventory found any more. */
const CHANGED = { code: 'changed' } as const

const growth = { bytes: 0, complete: false }
const unanswered = new Map<number, Taken>()
let looking: ReturnType<typeof openLooking> | undefined

const tell = (message: FromReading) => {
  if (process.connected) process.send?.(message)
}

function teller<T>(say: (items: T[]) => void) {
  let waiting: T[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const items = waiting
    waiting = []
    if (items.length > 0) say(items)
  }
  return {
    add: (item: T) => {
      waiting.push(item)
      timer ??= setTimeout(flush, TELL_EVERY_MS)
    },
    flush,
  }
}

/** What was received may not be written yet; what is written may not be told yet. */
async function there(path: string): Promise<{ bytes: number; complete: boolean }> {
  const { size } = await stat(path)
  return {
    bytes: Math.min(size, growth.bytes),
    complete: growth.complete && size >= growth.bytes,
  }
}

async function inventory({
  path,
  scratch,
  growing,
}: Extract<ReadingTask, { task: 'inventory' }>): Promise<FromReading> {
  const medium = await openMedium(path, growing ? { growing: () => there(path) } : {})
  const files = teller<InventoryFile>(items => tell({ type: 'files', files: items }))
  const taking = takeInventory(medium, scratch)
  for (let step = await taking.next(); ; step = await taking.next()) {
    if (step.done) {
      files.flush()
      await medium.close()
      return { type: 'end', end: step.value }
    }
    files.add(step.value)
  }
}

async function takeFiles(task: Extract<ReadingTask, { task: 'take' }>): Promise<FromReading> {
  const { path, scratch, modification, renewal } = task
  const writer = await openObjectWriter({
    folder: task.objectsFolder,
    run: task.run,
    bucketFiles: task.bucketFiles,
    freeBytesMin: task.freeBytesMin,
  })
  const medium = await openMedium(path)
  const wanted = new Map(task.files.map(file => [file.number, file]))
  const told = teller<TakenFile>(files => tell({ type: 'taken', files }))
  const running = new Set<Promise<void>>()
  let number = 0
  let heldBytes = 0
  for await (const file of inOrder(medium)) {
    number += 1
    const asked = wanted.get(number)
    if (asked === undefined) continue
    const mine = number
    const held = Math.min(file.bytes, MEMORY_MAX_BYTES)
    while (running.size >= AT_ONCE || (running.size > 0 && heldBytes + held > HELD_BYTES_MAX))
      await Promise.race(running)
    heldBytes += held
    while (unanswered.size >= UNANSWERED_MAX) await pause(1)
    const one = (async () => {
      try {
        const options = {
          ...{ writer, scratch },
          ...(modification === undefined ? {} : { modification }),
          ...(renewal === undefined ? {} : { renewal }),
        }
        const taken =
          'paper' in asked
            ? await takePaper({ medium, file }, asked, asked.paper, options)
            : await take({ medium, file }, asked, options)
        unanswered.set(mine, taken)
        const { object, original, datasetOffset, transferSyntaxUID, attributes } = taken
        told.add({
          number: mine,
          object: objectOf(object, datasetOffset, transferSyntaxUID),
          attributes,
          ...(original === undefined
            ? {}
            : { original: objectOf(original.object, original.datasetOffset, original.transferSyntaxUID) }),
        })
      } catch (thrown) {
        const storageFull = thrown instanceof Failure && thrown.code === 'storage-full'
        const why = thrown instanceof Failure && thrown.code === 'conflict' ? CHANGED : whyOf(thrown)
        told.add({ number: mine, refused: reasonOf(thrown), why, storageFull })
      }
    })().finally(() => {
      heldBytes -= held
      running.delete(one)
    })
    running.add(one)
  }
  await Promise.all(running)
  told.flush()
  while (unanswered.size > 0) await pause(5)
  await medium.close()
  return { type: 'done' }
}

function objectOf(written: WrittenObject, datasetOffset: number, transferSyntaxUID: string): TakenObject {
  const { bucket, name, bytes, sha256 } = written
  return { bucket, name, bytes, datasetOffset, sha256, transferSyntaxUID }
}

function run(task: ReadingTask): void {
  if (task.task === 'look') {
    looking = openLooking(task)
    return
  }
  const doing = task.task === 'inventory' ? inventory(task) : takeFiles(task)
  doing
    .catch(
      (thrown): FromReading => ({
        type: 'failed',
        code: thrown instanceof Failure ? thrown.code : 'internal',
        reason: reasonOf(thrown),
        ...(thrown instanceof Broken ? { broken: { how: thrown.how, at: thrown.at } } : {}),
      }),
    )
    .then(sayLast)
}

// Without its node nobody waits for what it finds.
process.on('disconnect', () => process.exit())
process.on('message', (message: ToReading) => {
  if ('task' in message) run(message)
  else if (message.type === 'grown')
    Object.assign(growth, { bytes: message.bytes, complete: message.complete })
  else if (message.type === 'look') void looking?.(message).then(tell)
  else
    for (const { number, discard, discardOriginal } of message.answers) {
      const taken = unanswered.get(number)
      unanswered.delete(number)
      if (taken === undefined) continue
      settle(taken.object, discard)
      if (taken.original !== undefined) settle(taken.original.object, discardOriginal)
    }
})

function settle(object: WrittenObject, discard: boolean): void {
  if (!discard) object.keep()
  // What is left behind here is swept when this child's run is over.
  else object.drop().catch(thrown => tell({ type: 'failed', code: 'internal', reason: reasonOf(thrown) }))
}
