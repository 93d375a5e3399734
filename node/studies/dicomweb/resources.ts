import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../clock.js'
import type { Database } from '../../database.js'
import { type Header, readHeader } from '../../dicom/format/header.js'
import { fail } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import type { Origin } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import type { Objects } from '../../objects/objects.js'
import { openLatest } from '../latest.js'
import { isListed, mayLeave } from '../leaving.js'
import type { StoredInstance, Studies, StudyRecord } from '../studies.js'

export const base = '/dicomweb'
const uid = z.string().regex(/^[0-9.]{1,64}$/)
export const studyParams = z.object({ study: uid })
export const seriesParams = studyParams.extend({ series: uid })
export const instanceParams = seriesParams.extend({ instance: uid })
export const framesParams = instanceParams.extend({
  frames: z.string().regex(/^[1-9]\d{0,6}(,[1-9]\d{0,6}){0,999}$/),
})

/** Which instances an address names: those of a study, of one series, or one. */
export interface Address {
  study: string
  series?: string | undefined
  instance?: string | undefined
}

export interface Resources {
  /** The study who asks may see. Throws `missing`. */
  study(uid: string, who: Acting): Promise<StudyRecord>
  /** Its images as they may be given to who asks; that they were opened is a fact. Throws `missing` for none. */
  open(
    address: Address,
    who: Acting,
    origin: Origin,
  ): Promise<{ record: StudyRecord; images: StoredInstance[] }>
  /** What stands before the pixels; read once for the many questions of a viewer. */
  header(image: Stored): Promise<Header>
  file(image: Pick<Stored, 'bucket' | 'object'>): string
}

export type Stored = Pick<StoredInstance, 'bucket' | 'object' | 'datasetOffset' | 'transferSyntaxUID'>

/** Headers kept parsed: a viewer asks for the metadata of a series and then for each of its frames. */
const HEADERS_KEPT = 2000
/** Openings remembered; whoever opens a study again after this time opens it anew. */
const OPENINGS_KEPT = 10_000
const OPENING_MS = 12 * 3_600_000

/** True for who may look at what must not leave: a reader here sees it with its doubt, a program would carry it away. */
export function seesWithheld(who: Acting): boolean {
  return who.token === undefined
}

/** What the addresses of DICOMweb stand for, and who may have it. */
export function openResources(options: {
  studies: Studies
  objects: Objects
  db: Database
  journal: Journal
  clock: Clock
}): Resources {
  const { studies, objects, db, journal, clock } = options
  const headers = openLatest<Promise<Header>>(HEADERS_KEPT)
  const openings = openLatest<Promise<number>>(OPENINGS_KEPT)

  const study: Resources['study'] = (uid, who) => studies.seen(uid, who, 'viewer.open')

  const opened = async (record: StudyRecord, who: Acting, origin: Origin): Promise<void> => {
    const period = Math.floor(clock.now() / OPENING_MS)
    await openings.get(`${who.session.id} ${record.id} ${period}`, () =>
      db.write(tx =>
        journal.append(
          tx,
          {
            type: 'images-opened',
            site: record.site,
            ids: { study: record.id },
            body: { StudyInstanceUID: record.uid },
          },
          origin,
        ),
      ),
    )
  }

  return {
    study,
    open: async ({ study: uid, series, instance }, who, origin) => {
      const record = await study(uid, who)
      const found = await studies.instances(record.id, {
        ...(series === undefined ? {} : { series }),
        ...(instance === undefined ? {} : { uid: instance }),
      })
      // A filed report is read by those who may read reports, at its own address: never as an image.
      const images = found.filter(
        each => !each.madeHere && isListed(each) && (seesWithheld(who) || mayLeave(each)),
      )
      if (images.length === 0) fail('missing', 'There is no such instance.')
      await opened(record, who, origin)
      return { record, images }
    },
    header: image =>
      headers.get(image.object, () =>
        readHeader(objects.path({ bucket: image.bucket, name: image.object }), {
          datasetOffset: image.datasetOffset,
          transferSyntaxUID: image.transferSyntaxUID,
        }),
      ),
    file: image => objects.path({ bucket: image.bucket, name: image.object }),
  }
}

/** Changes when any of these objects does, or what is asked of them. */
export function validatorOf(images: readonly { object: string }[], asked: string): string {
  const digest = createHash('sha256').update(asked)
  for (const { object } of images) digest.update(` ${object}`)
  return digest.digest('base64url').slice(0, 27)
}
