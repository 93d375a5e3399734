import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import type { StudyAttributes } from '../../node/dicom/format/attributes.js'
import { openIds } from '../../node/ids.js'
import { openJournal } from '../../node/journal/journal.js'
import { openObjects } from '../../node/objects/objects.js'
import { migrations } from '../../node/program/migrations.js'
import { openSites } from '../../node/sites/sites.js'
import { type Arrived, openReceive } from '../../node/studies/receive.js'
import { openStudies } from '../../node/studies/studies.js'
import { SITES, temporary } from './node.js'
import { digestOf, studyUid } from './phantoms.js'

/** The door of images on a real file, with objects that need no bytes: they are durable before they come here. */
export async function house(t: ExecutionContext) {
  const folder = temporary(t)
  const clock = manualClock(Date.UTC(2026, 10, 24, 6))
  const db = openDatabase({ file: join(folder, 'db'), migrations, clock })
  t.teardown(() => db.close())
  const journal = openJournal({ db, clock })
  await db.write(tx =>
    openSites({ db, clock, journal }).apply(tx, { sites: SITES }, { by: 'command', user: 'test' }),
  )
  const objects = await openObjects({
    db,
    clock,
    folder: join(folder, 'objects'),
    run: 'test',
    bucketFiles: 100,
    freeBytesMin: 0,
  })
  const receive = openReceive({ db, clock, ids: openIds(clock), journal, objects })
  return { db, clock, journal, receive, studies: openStudies({ db, clock, journal }) }
}

export const STUDY = studyUid('study')

export interface Image {
  uid?: string
  content?: string
  site?: string
  association?: string
  made?: boolean
  attributes?: Partial<StudyAttributes>
}

let count = 0

/** An image at the door, with what differs from the ordinary. */
export function image({
  uid = studyUid(`image ${++count}`),
  content = uid,
  site = 'nord',
  association = 'one',
  made = false,
  attributes = {},
}: Image = {}): Arrived {
  const sha256 = digestOf(Buffer.from(content))
  return {
    object: {
      name: `${sha256}-12345678`,
      bucket: 'test-0001',
      bytes: 1000,
      datasetOffset: 300,
      sha256,
      transferSyntaxUID: '1.2.840.10008.1.2.1',
      mediaType: 'application/dicom',
    },
    sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
    attributes: {
      StudyInstanceUID: STUDY,
      SeriesInstanceUID: `${STUDY}.1`,
      SOPInstanceUID: uid,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      PatientID: '10001',
      PatientName: 'ESSAI^Zoé',
      PatientBirthDate: '19700514',
      PatientSex: 'F',
      Modality: 'CT',
      inexact: [],
      ...attributes,
    },
    source: {
      id: `${site}-pacs`,
      site,
      issuer: site.toUpperCase(),
      madeHere: made,
      association,
      callingAETitle: 'PACS',
      calledAETitle: 'RELAIS',
      address: '192.0.2.1',
    },
  }
}
