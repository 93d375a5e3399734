import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Tx } from '../database.js'
import { readHeader } from '../dicom/format/header.js'
import { pictureOf } from '../dicom/rendering/picture.js'
import { Failure, fail } from '../errors.js'
import type { WrittenObject } from '../objects/writer.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import { isListed } from '../studies/leaving.js'
import type { ReportsDeps } from './deps.js'
import { isEditable, type SignedKeyImage } from './report.js'
import type { ReportRecord, ReportTables } from './schema.js'
import type { KeyImageView, ReportView } from './view.js'
import { demandWriter, keyImageView, type Proven } from './views.js'
import { alreadyFinalWords, BROKEN_PICTURE, manyKeyImagesWords, noSuchImageWords } from './words.js'

/** Marked images of one report: what can still be looked through. */
export const KEY_IMAGES_MAX = 40
/** The picture that is signed and printed: the images themselves stay in the PACS. */
const PICTURE = { width: 512, height: 512 }
const QUALITY = 88
const PICTURE_LIMITS = { pixelsMax: 100_000_000, bytesMax: 256 * 1024 * 1024 }

/** An image as its reader saw it when they marked it. */
export interface MarkedImage {
  StudyInstanceUID: string
  SOPInstanceUID: string
  /** From 1, of an object of many frames. */
  frame?: number | undefined
  window?: { center: number; width: number } | undefined
}

/** What is signed of the key images: the content, and the pictures it names by their digests. */
export interface KeyImagesToSign {
  images: SignedKeyImage[]
  pictures: Map<string, Buffer>
  /** Files without a row yet. */
  files: WrittenObject[]
}

export interface KeyImages {
  /** Those of the version being written, in the order of the images. */
  of(report: string): Promise<KeyImageView[]>
  mark(asker: Asker, id: string, image: MarkedImage): Promise<ReportView>
  unmark(asker: Asker, id: string, image: Pick<MarkedImage, 'SOPInstanceUID' | 'frame'>): Promise<ReportView>
  /** Draws what is marked and writes the pictures, files first. */
  toSign(report: string): Promise<KeyImagesToSign>
  /** The same of what was signed before. */
  signedBefore(images: readonly SignedKeyImage[]): Promise<KeyImagesToSign>
  /** Whether what is marked is still what was drawn: asked in the transaction that signs. */
  unchanged(tx: Tx, report: string, images: readonly SignedKeyImage[]): Promise<boolean>
  /** A picture of a signed version, proved by its digest. */
  picture(name: string): Promise<Buffer>
  /** The same for who may read the version that names it. Throws `missing`. */
  given(asker: Asker, id: string, name: string): Promise<Buffer>
}

type Row = ReportTables['report_key_images']

export function openKeyImages(
  deps: Pick<ReportsDeps, 'db' | 'clock' | 'journal' | 'objects' | 'studies' | 'renderer'>,
  reports: {
    seen(asker: Asker, id: string): Promise<{ report: ReportRecord; request: KnownRequest }>
    view(asker: Asker, id: string): Promise<ReportView>
    proven(report: ReportRecord): Promise<Proven[]>
  },
): KeyImages {
  const { db, clock, journal, objects, studies, renderer } = deps

  const rows = (report: string, sql = db.sql<ReportTables>()): Promise<Row[]> =>
    sql
      .selectFrom('report_key_images')
      .selectAll()
      .where('report', '=', report)
      .orderBy('series_number')
      .orderBy('series_uid')
      .orderBy('instance_number')
      .orderBy('sop_uid')
      .orderBy('frame')
      .execute()

  async function written(asker: Asker, id: string) {
    const found = await reports.seen(asker, id)
    demandWriter(asker.who, found.report, found.request)
    if (!isEditable(found.report.state)) fail('conflict', alreadyFinalWords(asker.who.account.language))
    return found
  }

  /** Only what who marks may look at: of the request's own studies, or of another one of the same patient there. */
  async function imageOf(
    asker: Asker,
    { report, request }: { report: ReportRecord; request: KnownRequest },
    marked: MarkedImage,
  ) {
    const none = () => fail('missing', noSuchImageWords(asker.who.account.language))
    const study = await studies.seen(marked.StudyInstanceUID, asker.who, 'viewer.open')
    const { patient } = request.form
    const isOfAct =
      request.studies.includes(study.uid) ||
      (study.patient_id === patient.id && study.issuer === patient.issuer)
    if (study.site !== report.site || !isOfAct) return none()
    const [instance] = await studies.instances(study.id, { uid: marked.SOPInstanceUID })
    if (instance === undefined || instance.madeHere || !isListed(instance)) return none()
    if ((marked.frame ?? 1) > instance.frames) return none()
    const series = (await studies.series(study.id)).find(({ uid }) => uid === instance.seriesUID)
    return { study, instance, series }
  }

  const mark: KeyImages['mark'] = async (asker, id, marked) => {
    const found = await written(asker, id)
    const { study, instance, series } = await imageOf(asker, found, marked)
    const { report } = found
    const frame = instance.frames > 1 ? (marked.frame ?? 1) : 0
    await db.write(async tx => {
      const sql = tx.sql<ReportTables>()
      const known = await rows(report.id, sql)
      const before = known.find(row => row.sop_uid === instance.uid && row.frame === frame)
      if (before === undefined && known.length >= KEY_IMAGES_MAX)
        fail('conflict', manyKeyImagesWords(KEY_IMAGES_MAX, asker.who.account.language))
      await sql
        .replaceInto('report_key_images')
        .values({
          report: report.id,
          study_uid: study.uid,
          series_uid: instance.seriesUID,
          sop_uid: instance.uid,
          sop_class: instance.sopClassUID,
          frame,
          series_number: series?.number ?? null,
          series_description: series?.description ?? '',
          instance_number: instance.number,
          window_center: marked.window?.center ?? null,
          window_width: marked.window?.width ?? null,
          at: clock.now(),
          by: asker.who.account.id,
        })
        .execute()
      if (before === undefined)
        await said(tx, asker, report, 'report-key-image-marked', { sop_uid: instance.uid, frame })
    })
    return reports.view(asker, id)
  }

  const unmark: KeyImages['unmark'] = async (asker, id, { SOPInstanceUID, frame }) => {
    const { report } = await written(asker, id)
    await db.write(async tx => {
      const gone = await tx
        .sql<ReportTables>()
        .deleteFrom('report_key_images')
        .where('report', '=', report.id)
        .where('sop_uid', '=', SOPInstanceUID)
        // A whole object stands under 0, however it is asked for.
        .where('frame', 'in', frame === undefined ? [0] : [0, frame])
        .executeTakeFirst()
      if (gone.numDeletedRows > 0n)
        await said(tx, asker, report, 'report-key-image-unmarked', {
          sop_uid: SOPInstanceUID,
          frame: frame ?? 0,
        })
    })
    return reports.view(asker, id)
  }

  const said = (
    tx: Tx,
    asker: Asker,
    report: ReportRecord,
    type: 'report-key-image-marked' | 'report-key-image-unmarked',
    { sop_uid, frame }: Pick<Row, 'sop_uid' | 'frame'>,
  ) =>
    journal.append(
      tx,
      {
        type,
        site: report.site,
        ids: { request: report.request, report: report.id },
        body: { reference: report.reference, SOPInstanceUID: sop_uid, frame },
      },
      asker.origin,
    )

  /** Undefined for an image that cannot be drawn: it is named all the same. */
  async function drawn(site: string, row: Row): Promise<Buffer | undefined> {
    const study = (await studies.byUid(row.study_uid)).find(record => record.site === site)
    const [instance] = study === undefined ? [] : await studies.instances(study.id, { uid: row.sop_uid })
    if (instance === undefined) return undefined
    const file = objects.path({ bucket: instance.bucket, name: instance.object })
    try {
      const header = await readHeader(file, instance)
      const picture = await pictureOf(file, header, Math.max(1, row.frame), PICTURE_LIMITS)
      return await renderer.render(picture, {
        type: 'image/jpeg',
        quality: QUALITY,
        viewport: PICTURE,
        ...(row.window_center === null || row.window_width === null
          ? {}
          : { window: { center: row.window_center, width: row.window_width, shape: 'LINEAR' } }),
      })
    } catch (thrown) {
      if (thrown instanceof Failure && (thrown.code === 'unsupported' || thrown.code === 'invalid'))
        return undefined
      throw thrown
    }
  }

  const picture: KeyImages['picture'] = async name => {
    const stored = await objects.find(name)
    if (stored === undefined)
      fail('unavailable', {
        fr: 'La vue de cette image clé n’est pas conservée ici.',
        en: 'The picture of this key image is not stored.',
      })
    const bytes = await readFile(objects.path(stored))
    if (createHash('sha256').update(bytes).digest('hex') !== name) fail('unavailable', BROKEN_PICTURE)
    return bytes
  }

  return {
    of: async report => (await rows(report)).map(row => keyImageView(contentOf(row))),
    mark,
    unmark,
    toSign: async id => {
      const { site } = await db
        .sql<ReportTables>()
        .selectFrom('reports')
        .select('site')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const toSign: KeyImagesToSign = { images: [], pictures: new Map(), files: [] }
      for (const row of await rows(id)) {
        const bytes = await drawn(site, row)
        if (bytes === undefined) {
          toSign.images.push(contentOf(row))
          continue
        }
        const file = await objects.write(bytes)
        toSign.files.push(file)
        toSign.pictures.set(file.name, bytes)
        toSign.images.push({ ...contentOf(row), picture: file.name })
      }
      return toSign
    },
    signedBefore: async images => {
      const pictures = new Map<string, Buffer>()
      for (const { picture: name } of images) if (name !== undefined) pictures.set(name, await picture(name))
      return { images: [...images], pictures, files: [] }
    },
    unchanged: async (tx, report, images) => {
      const now = (await rows(report, tx.sql<ReportTables>())).map(contentOf)
      const was = images.map(({ picture: _, ...image }) => image)
      return JSON.stringify(now) === JSON.stringify(was)
    },
    picture,
    given: async (asker, id, name) => {
      const { language } = asker.who.account
      const { report } = await reports.seen(asker, id)
      const named = (await reports.proven(report)).some(({ content }) =>
        content.keyImages?.some(image => image.picture === name),
      )
      return named ? picture(name) : fail('missing', noSuchImageWords(language))
    },
  }
}

function contentOf(row: Row): Omit<SignedKeyImage, 'picture'> {
  const { window_center: center, window_width: width } = row
  return {
    StudyInstanceUID: row.study_uid,
    SeriesInstanceUID: row.series_uid,
    SOPInstanceUID: row.sop_uid,
    SOPClassUID: row.sop_class,
    ...(row.frame === 0 ? {} : { frame: row.frame }),
    ...(row.series_number === null ? {} : { seriesNumber: row.series_number }),
    seriesDescription: row.series_description,
    ...(row.instance_number === null ? {} : { instanceNumber: row.instance_number }),
    ...(center === null || width === null ? {} : { window: { center, width } }),
  }
}
