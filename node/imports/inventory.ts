import type { ListedFile } from '../dicom/format/dicomdir.js'
import { Failure, reasonOf } from '../errors.js'
import { type Inspection, inspect } from './inspection.js'
import type { Medium, MediumFile } from './media/medium.js'
import type { ImportWhy, Verdict } from './view.js'
import { whyOf } from './why.js'

export interface InventoryFile {
  /** From 1, in the order of the medium; what only the DICOMDIR knows comes after all others. */
  number: number
  path: string
  bytes: number
  kind: Inspection['kind'] | 'unknown'
  verdict: Verdict
  /** Why, in a sentence. */
  reason?: string
  why?: ImportWhy
  sha256?: string
  dicom?: Inspection['dicom']
  paper?: Inspection['paper']
  /** Whether the DICOMDIR names it; absent on a disc without one, and for what no DICOMDIR would name. */
  listed?: boolean
}

export interface InventoryEnd {
  label: string
  medium: Medium['kind']
  /** Files a DICOMDIR lists; undefined where there is none. */
  listedFiles: number | undefined
  /** Files by number whose `listed` is now known. */
  listed: { number: number; listed: boolean }[]
  /** Why the medium could not be read to its end; what came before is good. */
  broken?: string
  why?: ImportWhy
}

/**
 * Reads a medium to its end: each file as it is known, then what only the whole tells. The DICOMDIR is looked at first where
 * the medium lets us, and never believed: what it does not list is found all the same.
 */
export async function* takeInventory(
  medium: Medium,
  scratch: string,
): AsyncGenerator<InventoryFile, InventoryEnd, void> {
  const listed: ListedFile[] = []
  let directories = 0
  let broken: Pick<InventoryEnd, 'broken' | 'why'> = {}
  const places = new Map<string, number>()
  const objects = new Map<string, { number: number; sha256: string }>()
  const dicom = new Set<number>()
  let number = 0

  const look = ({ file, inspection }: Inspected): InventoryFile => {
    number += 1
    places.set(placeOf(file.path), number)
    const told = { number, path: file.path, bytes: file.bytes }
    if (inspection === undefined)
      return {
        ...told,
        kind: 'unknown',
        verdict: 'unreadable',
        reason: file.unreadable ?? '',
        ...(file.why === undefined ? {} : { why: file.why }),
      }
    if (inspection.listed !== undefined) {
      directories += 1
      listed.push(...inspection.listed)
    }
    if (inspection.kind === 'dicom') dicom.add(number)
    return { ...told, ...judged(inspection, number, objects) }
  }

  try {
    // Held back until the directory has been seen: it is among the first files of any disc written in order.
    for await (const inspected of inspections(medium, scratch)) yield look(inspected)
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    broken = { broken: thrown.message, why: whyOf(thrown) }
  }
  const end: InventoryEnd = {
    label: medium.label,
    medium: medium.kind,
    listedFiles: directories === 0 ? undefined : listed.length,
    listed: [],
    ...broken,
  }
  if (directories === 0) return end
  const named = new Set<number>()
  for (const { path } of listed) {
    const at = places.get(placeOf(path))
    if (at !== undefined) {
      named.add(at)
      continue
    }
    number += 1
    // Listed twice is missing once.
    places.set(placeOf(path), number)
    const reason = 'the DICOMDIR lists it, and it is not on the disc'
    const why = { code: 'listed-missing' } as const
    yield { number, path, bytes: 0, kind: 'unknown', verdict: 'missing', reason, why, listed: true }
  }
  end.listed = [...dicom].map(at => ({ number: at, listed: named.has(at) }))
  return end
}

/** Files looked into at the same time; beyond so many bytes of them, no further one is begun. */
const AHEAD_MAX = 4
const AHEAD_BYTES_MAX = 4 * 1024 * 1024

/** Real discs write `IMAGES/IM1`, list `IMAGES\IM0001` in capitals, and end names in `.` or `;1` (PS3.12 F). */
function placeOf(path: string): string {
  return path
    .toLowerCase()
    .split(/[/\\]+/)
    .filter(Boolean)
    .map(part => part.replace(/;\d+$/, '').replace(/\.$/, ''))
    .join('/')
}

/** The order in which files are numbered: the same at each reading of a medium that did not change. */
export async function* inOrder(medium: Medium): AsyncIterable<MediumFile> {
  // While the rest of an upload is on its way, nothing waits for it.
  if (medium.kind === 'tar') {
    yield* medium.files()
    return
  }
  const held: MediumFile[] = []
  let failure: unknown
  try {
    for await (const file of medium.files())
      if (/(^|\/)dicomdir[.;\d]*$/i.test(file.path)) yield file
      else held.push(file)
  } catch (thrown) {
    failure = thrown
  }
  yield* held
  if (failure !== undefined) throw failure
}

interface Inspected {
  file: MediumFile
  /** Absent where the medium says already that it cannot be read. */
  inspection?: Inspection
}

/** Files in their order, the next ones looked into meanwhile; one by one where they come in a stream, or are large. */
async function* inspections(medium: Medium, scratch: string): AsyncIterable<Inspected> {
  const ahead: Promise<Inspected>[] = []
  let failure: unknown
  let heldBytes = 0
  const files = inOrder(medium)[Symbol.asyncIterator]()
  const most = medium.kind === 'tar' ? 1 : AHEAD_MAX
  for (let ended = false; !ended || ahead.length > 0; ) {
    while (!ended && ahead.length < most && heldBytes <= AHEAD_BYTES_MAX) {
      const next = await files.next().catch(thrown => {
        failure = thrown
        return { done: true as const, value: undefined }
      })
      if (next.done) {
        ended = true
        break
      }
      const file = next.value
      const one = (async (): Promise<Inspected> =>
        file.unreadable === undefined
          ? { file, inspection: await inspectAt(medium, file, scratch) }
          : { file })()
      // Whoever waits for it hears of its failure; until then it is nobody's.
      one.catch(() => undefined)
      ahead.push(one)
      heldBytes += file.bytes
    }
    const first = await ahead.shift()
    if (first === undefined) continue
    heldBytes -= first.file.bytes
    yield first
  }
  if (failure !== undefined) throw failure
}

async function inspectAt(medium: Medium, file: MediumFile, scratch: string): Promise<Inspection> {
  try {
    return await inspect({ medium, file }, scratch)
  } catch (thrown) {
    // The bytes could not even be begun: this file alone.
    if (thrown instanceof Failure)
      return { kind: 'other', bytes: 0, sha256: '', unreadable: reasonOf(thrown), why: whyOf(thrown) }
    throw thrown
  }
}

function judged(
  inspection: Inspection,
  number: number,
  objects: Map<string, { number: number; sha256: string }>,
): Omit<InventoryFile, 'number' | 'path'> {
  const { kind, bytes, sha256, dicom, unreadable, why } = inspection
  const told = { kind, bytes, ...(sha256 === '' ? {} : { sha256 }) }
  if (unreadable !== undefined)
    return { ...told, verdict: 'unreadable', reason: unreadable, ...(why === undefined ? {} : { why }) }
  if (dicom === undefined)
    return {
      ...told,
      verdict: kind === 'dicomdir' ? 'directory' : 'not-dicom',
      ...(inspection.paper === undefined ? {} : { paper: inspection.paper }),
    }
  const { SOPInstanceUID } = dicom.attributes
  const first = objects.get(SOPInstanceUID)
  if (first === undefined) objects.set(SOPInstanceUID, { number, sha256: dicom.datasetSha256 })
  else if (first.sha256 === dicom.datasetSha256)
    return {
      ...told,
      verdict: 'duplicate',
      reason: `the same object as file ${first.number}`,
      why: { code: 'same-object', file: first.number },
      dicom,
    }
  if (dicom.rejects !== undefined)
    return {
      ...told,
      verdict: 'rejection-note',
      reason: `it withdraws ${dicom.rejects.length} objects; they are not taken, nor is it`,
      why: { code: 'notes', count: dicom.rejects.length },
      dicom,
    }
  if (first === undefined) return { ...told, verdict: 'readable', dicom }
  return {
    ...told,
    verdict: 'readable',
    dicom,
    reason: `file ${first.number} has the same UID and other content`,
    why: { code: 'same-uid', file: first.number },
  }
}
