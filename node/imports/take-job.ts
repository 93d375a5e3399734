import { type Clock, dicomDateTime } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { priorityOf } from '../exchange/rules.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Objects } from '../objects/objects.js'
import type { Handler, Outcome } from '../outbox/job.js'
import type { Receive } from '../studies/receive.js'
import { manifestDigest } from '../studies/receive.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { causeOf } from './cause.js'
import type { DecisionRecord, DecisionRows } from './decision-rows.js'
import { chosenOf, type Decisions, decisionIn, uidHere } from './decisions.js'
import { paperFiles } from './paper-files.js'
import type { Presets } from './presets.js'
import { takeFiles } from './reading.js'
import type { TakenAnswer, TakenFile, TakenObject } from './reading-wire.js'
import type { DiscStudy, ImportFileRecord, ImportRecord, ImportRows } from './rows.js'
import { attributesToWrite } from './rules.js'
import type { ImportDecision, ImportWhy, PresetInput, Verdict } from './view.js'
import { whyOf } from './why.js'

/** More than any medium may hold. */
const FILES_MAX = 1_000_000

const STORAGE_FULL = 'The disk has no room for all of it.'

/** Without a preset all that was decided is written. */
const WRITE_ALL: PresetInput['write'] = { issuer: true, accession: 'decided' }

/** What is taken of what a person chose: also what is here already, so that it goes where the preset says. */
const TO_TAKE = new Set<Verdict>(['readable', 'already-here', 'conflict'])

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
  decisionRows: DecisionRows
  decisions: Decisions
  sites: SiteNames
  scratch: string
  prior(tx: Tx, request: string, study: StudyRecord): Promise<void>
  /** It is the exam of the day of that request: the person who brought it said so. */
  linked(tx: Tx, request: string, StudyInstanceUID: string): Promise<void>
  storage: { bucketFiles: number; freeBytesMin: number }
  /** What Modifying System (0400,0563) says. */
  system: string
}

/**
 * Takes what a person decided on: each file is durable, then a row, by the one door for images; then it is owed to the
 * preset's destinations. Interrupted anywhere it begins again, and what is there already is a duplicate.
 */
export function takeHandler(options: Options): Handler {
  const { db, rows, decisionRows, decisions, presets } = options
  /** A job made before each person was decided on alone names the disc only. */
  const standingOf = async (body: Readonly<Record<string, unknown>>): Promise<DecisionRecord | undefined> =>
    body['decision'] === undefined
      ? (await decisionRows.of(String(body['import']))).find(({ state }) => state === 'taking')
      : decisionRows.find(String(body['decision']))
  return {
    run: async job => {
      const standing = await standingOf(job.body)
      const said = standing === undefined ? undefined : decisionIn(standing)
      if (standing?.state !== 'taking' || said === undefined) return { result: 'done' }
      const record = await rows.get(standing.import)
      const rule = record.preset === null ? undefined : await presets.find(record.preset)
      const chosen = chosenOf(said, await rows.studies(record.id))
      const uids =
        standing.renewal === null
          ? undefined
          : allUIDs(await rows.files(record.id, { limit: FILES_MAX, series: said.series }))
      let full = false
      for (const [at, study] of chosen.entries()) {
        const run = `${options.journal.boot.slice(0, 12)}i${job.attempt}-${standing.id.slice(-10)}-${at}`
        const taking = { record, standing, decision: said, rule, study, uids, run }
        full = (await takeStudy(options, taking)) || full
        await options.objects.sweepRun(run)
      }
      full =
        (await takePapers({ record, standing, decision: said, rule, chosen, attempt: job.attempt })) || full
      await options.receive.ended(causeOf(record.id))
      if (full) return storageFull()
      const taken = new Set(await decisions.discStudiesOf(record.id, said))
      const files = (await rows.files(record.id, { limit: FILES_MAX })).filter(({ study }) =>
        taken.has(study ?? ''),
      )
      const here = await decisions.studiesOf(record, standing)
      const owed = await owedTo(options, { record, standing, files, here, rule })
      return {
        result: 'done',
        settle: async tx => {
          const { clock, journal, transfers } = options
          let sending = false
          for (const each of owed) {
            const result = await transfers.owe(tx, each, { by: 'system', part: 'imports' })
            sending ||= result.transfer !== undefined
          }
          const today = said.today === undefined ? undefined : uidHere(standing, said.today)
          if (said.request !== undefined)
            for (const study of here.filter(({ uid }) => uid !== today))
              await options.prior(tx, said.request, study)
          if (said.request !== undefined && today !== undefined && here.some(({ uid }) => uid === today))
            await options.linked(tx, said.request, today)
          await decisionRows.update(tx, standing.id, {
            state: sending ? 'sending' : 'done',
            finished_at: sending ? null : clock.now(),
          })
          await decisions.restate(tx, record.id, new Map([[standing.person, sending ? 'sending' : 'done']]))
          await journal.append(
            tx,
            {
              type: 'import-taken',
              site: record.site,
              ids: { import: record.id, decision: standing.id },
              body: {
                outcomes: countedBy(files),
                digest: manifestDigest(takenObjects(files, standing)),
                destinations: rule?.to ?? [],
              },
            },
            { by: 'system', part: 'imports' },
          )
        },
      }
    },
    givenUp: async (tx, { body }, reason) => {
      const standing = await standingOf(body)
      if (standing === undefined) return
      await decisionRows.update(tx, standing.id, {
        state: 'failed',
        reason,
        why: JSON.stringify(
          reason === STORAGE_FULL ? { code: 'storage' } : { code: 'other', detail: reason },
        ),
        finished_at: options.clock.now(),
      })
      await decisions.restate(tx, standing.import, new Map([[standing.person, 'failed']]))
    },
  }

  function storageFull(): Outcome {
    return { result: 'transient', reason: STORAGE_FULL }
  }

  /** After the images, whose study they are filed in. True where the disk had no room for some of them. */
  async function takePapers(asked: {
    record: ImportRecord
    standing: DecisionRecord
    decision: ImportDecision
    rule: PresetInput | undefined
    chosen: readonly DiscStudy[]
    attempt: number
  }): Promise<boolean> {
    const { record, standing, decision, rule, chosen } = asked
    const wanted = new Set(decision.papers?.map(({ number }) => number))
    const files = (await rows.papers(record.id)).filter(
      file => wanted.has(file.number) && file.outcome === null && file.sha256 !== null,
    )
    if (files.length === 0) return false
    const papers = await paperFiles(files, {
      record,
      standing,
      decision,
      rule,
      chosen,
      studies: options.studies,
    })
    const run = `${options.journal.boot.slice(0, 12)}i${asked.attempt}-${standing.id.slice(-10)}-p`
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
        return keep(options, record, standing, decision, taken)
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
      standing,
      decision,
      rule,
      study,
      uids,
      run,
    }: {
      record: ImportRecord
      standing: DecisionRecord
      decision: ImportDecision
      rule: PresetInput | undefined
      study: DiscStudy
      uids: ReadonlySet<string> | undefined
      run: string
    },
  ): Promise<boolean> {
    const own = study.series.map(series => series.SeriesInstanceUID)
    const wanted = own.filter(uid => decision.series.includes(uid))
    const files = (await rows.files(record.id, { limit: FILES_MAX, series: wanted })).flatMap(file =>
      TO_TAKE.has(file.verdict) && file.dataset_sha256 !== null && file.outcome === null
        ? [{ number: file.number, datasetSha256: file.dataset_sha256 }]
        : [],
    )
    // What was begun is finished the same way, whatever the preset says meanwhile.
    const begun = (await rows.written(record.id)).get(study.StudyInstanceUID)
    const attributes =
      begun ??
      attributesToWrite(study.identity, decision.candidate === 'keep' ? study.identity : decision.identity, {
        // Of the order at hand: an earlier study keeps its own.
        ...(decision.accession === undefined ||
        (decision.today ?? study.StudyInstanceUID) !== study.StudyInstanceUID
          ? {}
          : { accession: decision.accession }),
        discAccession: study.AccessionNumber,
        label: rule?.label ?? '',
        description: study.StudyDescription,
        write: rule?.write ?? WRITE_ALL,
      })
    if (begun === undefined)
      await all.db.write(tx => rows.write(tx, record.id, study.StudyInstanceUID, attributes))
    // Of the decision: taken again after a crash, an object is the same, byte for byte.
    const now = dicomDateTime(standing.decided_at)
    const modification =
      Object.keys(attributes).length === 0 && uids === undefined
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
        ...(uids === undefined || standing.renewal === null
          ? {}
          : { renewal: { seed: standing.renewal, uids } }),
      },
      async taken => {
        full ||= taken.some(file => 'refused' in file && file.storageFull)
        return keep(all, record, standing, decision, taken)
      },
    )
    await taking.ended
    return full
  }

  async function keep(
    { receive, objects, sites }: Options,
    record: ImportRecord,
    standing: DecisionRecord,
    decision: ImportDecision,
    taken: readonly TakenFile[],
  ): Promise<TakenAnswer[]> {
    const origin = JSON.parse(standing.decided_origin) as Origin
    const results = await Promise.all(
      taken.map(async file => {
        if ('refused' in file)
          return { file, outcome: 'refused' as const, reason: file.refused, why: file.why }
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
          return {
            file,
            outcome: 'refused' as const,
            reason: reception.failure.message,
            why: whyOf(reception.failure),
          }
        const reason =
          reception.result === 'beside'
            ? 'another object with this UID is here already: both are compared'
            : null
        const outcome = reception.result === 'duplicate' ? ('duplicate' as const) : ('taken' as const)
        const why = reason === null ? null : ({ code: 'beside' } satisfies ImportWhy)
        return { file, outcome, reason, why, discard: reception.result === 'duplicate' }
      }),
    )
    return db.write(async tx => {
      const answers: TakenAnswer[] = []
      for (const { file, outcome, reason, why, discard = false } of results) {
        const told = {
          outcome,
          outcome_reason: reason,
          outcome_why: why === null ? null : JSON.stringify(why),
        }
        if ('refused' in file) {
          if (!file.storageFull) await rows.updateFile(tx, record.id, file.number, told)
          continue
        }
        const refused = outcome === 'refused'
        const isNew =
          !refused && file.original !== undefined && (await objects.record(tx, asObject(file.original)))
        await rows.updateFile(tx, record.id, file.number, {
          ...told,
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

/** What became objects of ours, by the UID they have here. */
function takenObjects(
  files: readonly ImportFileRecord[],
  standing: DecisionRecord,
): { uid: string; object: string }[] {
  return files
    .flatMap(({ sop_instance: uid, object }) =>
      uid === null || object === null ? [] : [{ uid: uidHere(standing, uid), object }],
    )
    .sort((a, b) => (a.uid < b.uid ? -1 : 1))
}

function countedBy(files: readonly ImportFileRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of files) if (outcome !== null) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** Every UID that stands for one of the objects, of their series and studies. */
function allUIDs(files: readonly ImportFileRecord[]): ReadonlySet<string> {
  return new Set(
    files.flatMap(({ study, series, sop_instance: uid }) =>
      [study, series, uid].flatMap(each => (each === null ? [] : [each])),
    ),
  )
}

/** Everything of the chosen studies that this import brought, for each destination. */
async function owedTo(
  { studies }: Options,
  {
    record,
    standing,
    files,
    here,
    rule,
  }: {
    record: ImportRecord
    standing: DecisionRecord
    files: readonly ImportFileRecord[]
    here: readonly StudyRecord[]
    rule: PresetInput | undefined
  },
) {
  const uids = new Set(
    files.flatMap(({ outcome, sop_instance: uid }) =>
      uid !== null && (outcome === 'taken' || outcome === 'duplicate') ? [uidHere(standing, uid)] : [],
    ),
  )
  const owed = []
  for (const study of here) {
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
