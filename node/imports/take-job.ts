import { type Clock, dicomDateTime } from '../clock.js'
import type { Database } from '../database.js'
import { priorityOf } from '../exchange/rules.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Objects } from '../objects/objects.js'
import type { Handler, Outcome } from '../outbox/job.js'
import type { Receive } from '../studies/receive.js'
import { manifestDigest } from '../studies/receive.js'
import type { Studies } from '../studies/studies.js'
import { paperFiles } from './paper-files.js'
import type { Presets } from './presets.js'
import { takeFiles } from './reading.js'
import type { TakenAnswer, TakenFile, TakenObject } from './reading-wire.js'
import type { DiscStudy, ImportFileRecord, ImportRecord, ImportRows } from './rows.js'
import { attributesToWrite } from './rules.js'
import type { ImportDecision, PresetInput } from './view.js'

/** More than any medium may hold. */
const FILES_MAX = 1_000_000

/** Without a preset all that was decided is written. */
const WRITE_ALL: PresetInput['write'] = { issuer: true, accession: 'decided' }

export const causeOf = (id: string) => `import:${id}`

interface Options {
  db: Database
  clock: Clock
  journal: Journal
  objects: Objects
  receive: Receive
  studies: Studies
  transfers: Transfers
  presets: Presets
  rows: ImportRows
  sites: SiteNames
  scratch: string
  storage: { bucketFiles: number; freeBytesMin: number }
  /** What Modifying System (0400,0563) says. */
  system: string
}

/**
 * Takes what a person decided on: each file is durable, then a row, by the one door for images; then it is owed to the
 * preset's destinations. Interrupted anywhere it begins again, and what is there already is a duplicate.
 */
export function takeHandler(options: Options): Handler {
  const { db, rows, presets } = options
  return {
    run: async job => {
      const record = await rows.get(String(job.body['import']))
      if (record.state !== 'taking' || record.decision === null) return { result: 'done' }
      const decision = JSON.parse(record.decision) as ImportDecision
      const rule = record.preset === null ? undefined : await presets.find(record.preset)
      const wanted = new Set(decision.series)
      const chosen = (await rows.studies(record.id)).filter(study =>
        study.series.some(series => wanted.has(series.SeriesInstanceUID)),
      )
      let full = false
      for (const [at, study] of chosen.entries()) {
        const run = `${options.journal.boot.slice(0, 12)}i${job.attempt}-${record.id.slice(-10)}-${at}`
        full = (await takeStudy(options, { record, decision, rule, study, run })) || full
        await options.objects.sweepRun(run)
      }
      full = (await takePapers({ record, decision, rule, chosen, attempt: job.attempt })) || full
      await options.receive.ended(causeOf(record.id))
      if (full) return storageFull()
      const files = await rows.files(record.id, { limit: FILES_MAX })
      const owed = await owedTo(options, { record, files, rule })
      return {
        result: 'done',
        settle: async tx => {
          const { clock, journal, transfers } = options
          let sending = false
          for (const each of owed) {
            const result = await transfers.owe(tx, each, { by: 'system', part: 'imports' })
            sending ||= result.transfer !== undefined
          }
          const outcomes = await rows.outcomes(record.id)
          await rows.update(tx, record.id, {
            state: sending ? 'sending' : 'done',
            finished_at: sending ? null : clock.now(),
          })
          await journal.append(
            tx,
            {
              type: 'import-taken',
              site: record.site,
              ids: { import: record.id },
              body: {
                outcomes,
                digest: manifestDigest(takenObjects(files)),
                destinations: rule?.to ?? [],
              },
            },
            { by: 'system', part: 'imports' },
          )
        },
      }
    },
    givenUp: async (tx, { body }, reason) => {
      await rows.update(tx, String(body['import']), {
        state: 'failed',
        reason,
        finished_at: options.clock.now(),
      })
    },
  }

  function storageFull(): Outcome {
    return { result: 'transient', reason: 'The disk has no room for all of it.' }
  }

  /** After the images, whose study they are filed in. True where the disk had no room for some of them. */
  async function takePapers(asked: {
    record: ImportRecord
    decision: ImportDecision
    rule: PresetInput | undefined
    chosen: readonly DiscStudy[]
    attempt: number
  }): Promise<boolean> {
    const { record, decision, rule, chosen } = asked
    const wanted = new Set(decision.papers?.map(({ number }) => number))
    const files = (await rows.papers(record.id)).filter(
      file => wanted.has(file.number) && file.outcome === null && file.sha256 !== null,
    )
    if (files.length === 0) return false
    const papers = await paperFiles(files, { record, decision, rule, chosen, studies: options.studies })
    const run = `${options.journal.boot.slice(0, 12)}i${asked.attempt}-${record.id.slice(-10)}-p`
    let full = false
    await takeFiles(
      {
        path: record.path,
        scratch: options.scratch,
        objectsFolder: options.objects.folder,
        run,
        ...options.storage,
        files: papers,
      },
      async taken => {
        full ||= taken.some(file => 'refused' in file && file.storageFull)
        return keep(options, record, decision, taken)
      },
    ).ended
    await options.objects.sweepRun(run)
    return full
  }

  /** True where the disk had no room for some of it. */
  async function takeStudy(
    all: Options,
    {
      record,
      decision,
      rule,
      study,
      run,
    }: {
      record: ImportRecord
      decision: ImportDecision
      rule: PresetInput | undefined
      study: DiscStudy
      run: string
    },
  ): Promise<boolean> {
    const own = study.series.map(series => series.SeriesInstanceUID)
    const wanted = own.filter(uid => decision.series.includes(uid))
    const files = (await rows.files(record.id, { limit: FILES_MAX, series: wanted })).flatMap(file =>
      file.verdict === 'readable' && file.sha256 !== null && file.outcome === null
        ? [{ number: file.number, sha256: file.sha256 }]
        : [],
    )
    // What was begun is finished the same way, whatever the preset says meanwhile.
    const begun = (await rows.written(record.id)).get(study.StudyInstanceUID)
    const attributes =
      begun ??
      attributesToWrite(study.identity, decision.candidate === 'keep' ? study.identity : decision.identity, {
        ...(decision.accession === undefined ? {} : { accession: decision.accession }),
        discAccession: study.AccessionNumber,
        label: rule?.label ?? '',
        description: study.StudyDescription,
        write: rule?.write ?? WRITE_ALL,
      })
    if (begun === undefined)
      await all.db.write(tx => rows.write(tx, record.id, study.StudyInstanceUID, attributes))
    const now = dicomDateTime(all.clock.now())
    const modification =
      Object.keys(attributes).length === 0
        ? undefined
        : {
            attributes,
            at: `${now.date}${now.time}+0000`,
            system: all.system,
            source: record.label || record.name,
            reason: 'COERCE' as const,
          }
    let full = false
    const taking = takeFiles(
      {
        path: record.path,
        scratch: all.scratch,
        objectsFolder: all.objects.folder,
        run,
        ...all.storage,
        files,
        ...(modification === undefined ? {} : { modification }),
      },
      async taken => {
        full ||= taken.some(file => 'refused' in file && file.storageFull)
        return keep(all, record, decision, taken)
      },
    )
    await taking.ended
    return full
  }

  async function keep(
    { receive, objects, sites }: Options,
    record: ImportRecord,
    decision: ImportDecision,
    taken: readonly TakenFile[],
  ): Promise<TakenAnswer[]> {
    const origin = JSON.parse(record.decided_origin ?? record.origin) as Origin
    const results = await Promise.all(
      taken.map(async file => {
        if ('refused' in file) return { file, outcome: 'refused' as const, reason: file.refused }
        const reception = await receive.receive({
          object: { ...file.object, mediaType: 'application/dicom' },
          sopClassUID: file.attributes.SOPClassUID,
          attributes: file.attributes,
          source: {
            id: 'import',
            site: record.site,
            // What a disc calls patient 17 is nobody's patient 17 until a person says so.
            issuer:
              decision.candidate === 'keep'
                ? `?${record.id}`
                : (sites.site(record.site)?.issuer ?? record.site),
            madeHere: false,
            association: causeOf(record.id),
            callingAETitle: '',
            calledAETitle: '',
            address: 'address' in origin ? origin.address : '',
          },
        })
        if (reception.result === 'failed')
          return { file, outcome: 'refused' as const, reason: reception.failure.message }
        const reason =
          reception.result === 'beside'
            ? 'another object with this UID is here already: both are compared'
            : null
        const outcome = reception.result === 'duplicate' ? ('duplicate' as const) : ('taken' as const)
        return { file, outcome, reason, discard: reception.result === 'duplicate' }
      }),
    )
    return db.write(async tx => {
      const answers: TakenAnswer[] = []
      for (const { file, outcome, reason, discard = false } of results) {
        if ('refused' in file) {
          if (!file.storageFull)
            await rows.updateFile(tx, record.id, file.number, { outcome, outcome_reason: reason })
          continue
        }
        const refused = outcome === 'refused'
        const isNew =
          !refused && file.original !== undefined && (await objects.record(tx, asObject(file.original)))
        await rows.updateFile(tx, record.id, file.number, {
          outcome,
          outcome_reason: reason,
          object: refused ? null : file.object.name,
          original: refused || file.original === undefined ? null : file.original.name,
        })
        answers.push({ number: file.number, discard: refused || discard, discardOriginal: !isNew })
      }
      return answers
    })
  }
}

function asObject(object: TakenObject) {
  return { ...object, mediaType: 'application/dicom' }
}

/** What became objects of ours, by UID. */
function takenObjects(files: readonly ImportFileRecord[]): { uid: string; object: string }[] {
  return files
    .flatMap(({ sop_instance: uid, object }) => (uid === null || object === null ? [] : [{ uid, object }]))
    .sort((a, b) => (a.uid < b.uid ? -1 : 1))
}

/** Everything of the chosen studies that this import brought, for each destination. */
async function owedTo(
  { studies }: Options,
  {
    record,
    files,
    rule,
  }: {
    record: ImportRecord
    files: readonly ImportFileRecord[]
    rule: PresetInput | undefined
  },
) {
  const taken = files.filter(file => file.outcome === 'taken' || file.outcome === 'duplicate')
  const uids = new Set(taken.map(file => file.sop_instance))
  const owed = []
  for (const StudyInstanceUID of new Set(taken.map(file => file.study ?? ''))) {
    const study = (await studies.byUid(StudyInstanceUID)).find(each => each.site === record.site)
    if (study === undefined) continue
    const instances = (await studies.instances(study.id))
      .filter(({ uid }) => uids.has(uid))
      .map(({ id }) => id)
    for (const peer of instances.length === 0 ? [] : (rule?.to ?? []))
      owed.push({
        study: study.id,
        site: record.site,
        peer,
        cause: causeOf(record.id),
        priority: priorityOf(study.urgency),
        instances,
      })
  }
  return owed
}
