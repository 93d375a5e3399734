/** The process of a demonstration PACS made of our own engine: files in a folder, an index in memory. */
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openAddressGuard } from '../../address-guard.js'
import { systemClock } from '../../clock.js'
import { type StudyAttributes, studyAttributes } from '../../dicom/format/attributes.js'
import { encodeDataset } from '../../dicom/format/dataset.js'
import { readHeader } from '../../dicom/format/header.js'
import { fileHeader, readFileHeader } from '../../dicom/format/part10.js'
import { matches } from '../../dicom/matching.js'
import { openAcceptor } from '../../dicom/network/acceptor.js'
import { defaultLimits, defaultTimers } from '../../dicom/network/limits.js'
import type { RetrieveContext } from '../../dicom/network/services.js'
import type { SubOperation } from '../../dicom/network/sub-operations.js'
import { SOPClass, storageSOPClasses } from '../../dicom/uids.js'
import { fail, reasonOf } from '../../errors.js'
import { dicomObjectName } from '../../objects/name.js'
import { type ObjectWriter, openObjectWriter } from '../../objects/writer.js'
import { send as sendInstances } from '../../peers/calls/send.js'
import { keysOf } from '../../peers/identifiers.js'
import type { FromPacs, ToPacs } from './own-pacs.js'
import type { DemoPacsOptions } from './pacs.js'

interface Held {
  path: string
  transferSyntaxUID: string
  datasetOffset: number
  bytes: number
  attributes: StudyAttributes
}

const clock = systemClock()
const held = new Map<string, Held>()
let options: DemoPacsOptions
let writer: ObjectWriter

const tell = (message: FromPacs) => process.send?.(message)

async function index(path: string): Promise<void> {
  const head = readFileSync(path).subarray(0, 64 * 1024)
  const { transferSyntaxUID, datasetOffset } = readFileHeader(head)
  const attributes = studyAttributes(await readHeader(path, { datasetOffset, transferSyntaxUID }))
  held.set(attributes.SOPInstanceUID, {
    path,
    transferSyntaxUID,
    datasetOffset,
    bytes: statSync(path).size,
    attributes,
  })
}

async function keep(dataset: Buffer, identity: Parameters<typeof fileHeader>[0]): Promise<void> {
  const sink = writer.begin(fileHeader(identity))
  sink.write(dataset)
  const { path } = await sink.finish(sha256 => dicomObjectName(sha256, identity.transferSyntaxUID))
  const before = held.get(identity.sopInstanceUID)
  await index(path)
  if (before !== undefined && before.path !== path) unlinkSync(before.path)
}

async function* find(identifier: Buffer, transferSyntaxUID: string): AsyncIterable<Buffer> {
  const keys = keysOf(identifier, transferSyntaxUID)
  const unique = { STUDY: 'StudyInstanceUID', SERIES: 'SeriesInstanceUID', IMAGE: 'SOPInstanceUID' }[
    keys['QueryRetrieveLevel'] ?? ''
  ]
  if (unique === undefined) fail('invalid', 'Only the levels STUDY, SERIES and IMAGE are known.')
  const answered = new Set<string>()
  for (const { attributes } of held.values()) {
    const record = recordOf(attributes)
    const key = record[unique] ?? ''
    if (answered.has(key) || !matches(keys, record)) continue
    answered.add(key)
    yield encodeDataset(
      Object.fromEntries(
        Object.keys(keys).map(keyword => [
          keyword,
          keyword === 'QueryRetrieveLevel' ? keys[keyword] : (record[keyword] ?? ''),
        ]),
      ),
      transferSyntaxUID,
    )
  }
}

async function* give(context: RetrieveContext, chosen: readonly Held[]): AsyncIterable<SubOperation[]> {
  for (const { path, datasetOffset, bytes, transferSyntaxUID, attributes } of chosen) {
    const { SOPClassUID: sopClassUID, SOPInstanceUID: sopInstanceUID } = attributes
    const dataset = { file: path, offset: datasetOffset, length: bytes - datasetOffset }
    const outcome = await context.store({ sopClassUID, sopInstanceUID, transferSyntaxUID, dataset })
    const stored = outcome.outcome === 'answered' && outcome.status === 0
    yield [{ sopInstanceUID, result: stored ? 'completed' : 'failed' }]
  }
}

function recordOf(attributes: StudyAttributes): Record<string, string> {
  const record: Record<string, string> = {}
  for (const [keyword, value] of Object.entries(attributes))
    if (typeof value === 'string' || typeof value === 'number') record[keyword] = String(value)
  const study = [...held.values()].filter(
    one => one.attributes.StudyInstanceUID === attributes.StudyInstanceUID,
  )
  record['NumberOfStudyRelatedInstances'] = String(study.length)
  record['ModalitiesInStudy'] = [...new Set(study.map(one => one.attributes.Modality ?? ''))].join('\\')
  return record
}

async function open(): Promise<void> {
  const folder = join(options.folder, 'objects')
  mkdirSync(folder, { recursive: true })
  for (const bucket of readdirSync(folder))
    for (const name of readdirSync(join(folder, bucket))) await index(join(folder, bucket, name))
  writer = await openObjectWriter({ folder, run: `${clock.now()}`, bucketFiles: 4096, freeBytesMin: 0 })
  await openAcceptor({
    host: '127.0.0.1',
    port: options.port,
    limits: defaultLimits,
    clock,
    admit: offer =>
      offer.calledAETitle === options.aeTitle
        ? {
            admitted: true,
            peer: offer.callingAETitle,
            abstractSyntaxes: uid =>
              uid === SOPClass.Verification ||
              uid === SOPClass.StudyRootFind ||
              uid === SOPClass.StudyRootGet ||
              storageSOPClasses.has(uid),
            transferSyntaxes: () => true,
            // The images of a C-GET come back on the association that asked for them.
            scpRole: uid => storageSOPClasses.has(uid),
            maxAssociations: 8,
            window: 1,
          }
        : { admitted: false, result: 1, source: 1, reason: 7, cause: 'called AE title' },
    services: {
      store: context => {
        const chunks: Buffer[] = []
        return {
          write: chunk => chunks.push(chunk) > 0,
          drained: async () => {},
          end: async () => {
            await keep(Buffer.concat(chunks), context)
            return { status: 0 }
          },
          abort: () => {},
        }
      },
      find: (_context, identifier, syntax) => find(identifier, syntax),
      retrieve: async (context, identifier, syntax) => {
        const wanted = keysOf(identifier, syntax)
        const chosen = [...held.values()].filter(({ attributes }) => matches(wanted, recordOf(attributes)))
        return { total: chosen.length, results: give(context, chosen) }
      },
    },
    onEvent: () => {},
  })
}

async function send(StudyInstanceUID: string): Promise<void> {
  const instances = [...held.values()]
    .filter(one => one.attributes.StudyInstanceUID === StudyInstanceUID)
    .map((one, at) => ({
      index: at,
      path: one.path,
      datasetOffset: one.datasetOffset,
      datasetBytes: one.bytes - one.datasetOffset,
      sopClassUID: one.attributes.SOPClassUID,
      sopInstanceUID: one.attributes.SOPInstanceUID,
      transferSyntaxUID: one.transferSyntaxUID,
    }))
  let stored = 0
  const answer = await sendInstances(
    {
      method: 'send',
      target: {
        host: '127.0.0.1',
        port: options.node.port,
        tls: 'none',
        certificates: [],
        callingAETitle: options.aeTitle,
        calledAETitle: options.node.aeTitle,
      },
      associations: 1,
      instances,
    },
    {
      clock,
      timers: defaultTimers,
      maxPduBytes: defaultLimits.maxPduBytes,
      security: { caller: () => undefined },
      guard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
      signal: new AbortController().signal,
      onResults: results => {
        stored += results.filter(result => result.outcome === 'stored').length
      },
    },
  )
  if (stored < instances.length)
    fail('unavailable', `${stored} of ${instances.length} were taken (${JSON.stringify(answer)}).`)
}

async function hear(message: ToPacs): Promise<void> {
  if (message.type === 'open') {
    options = message.options
    try {
      await open()
      tell({ type: 'open' })
    } catch (thrown) {
      tell({ type: 'open', failure: reasonOf(thrown) })
    }
    return
  }
  try {
    if (message.type === 'send') await send(message.StudyInstanceUID)
    else {
      const file = Buffer.from(message.file)
      const { datasetOffset, sopClassUID = '', sopInstanceUID = '', transferSyntaxUID } = readFileHeader(file)
      await keep(file.subarray(datasetOffset), { sopClassUID, sopInstanceUID, transferSyntaxUID })
    }
    tell({ type: 'done', id: message.id })
  } catch (thrown) {
    tell({ type: 'done', id: message.id, failure: reasonOf(thrown) })
  }
}

process.on('message', (message: ToPacs) => void hear(message))
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the demonstration ends us
