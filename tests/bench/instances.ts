import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import { withServices } from './services.js'

const COMMAND = { by: 'command', user: 'bench' } as const
/** Of one study that came through the door of all images, unless told; the rest are copies of its rows. */
const IMAGES = 500
/** Rows of a study, by table, and what tells a copy from its original: `:k` is the number of the copy. */
const tablesOf = (
  images: number,
): readonly (readonly [table: string, own: Readonly<Record<string, string>>])[] => [
  ['studies', { id: "id || '-' || :k", uid: "uid || '.' || :k" }],
  ['arrivals', { id: "id || '-' || :k", study: "study || '-' || :k" }],
  ['series', { id: 'id + :k', study: "study || '-' || :k" }],
  ['objects', { name: "printf('%08x', :k) || substr(name, 9)" }],
  [
    'instances',
    {
      id: `id + :k * ${images}`,
      study: "study || '-' || :k",
      series: 'series + :k',
      object: "printf('%08x', :k) || substr(object, 9)",
      arrival: "arrival || '-' || :k",
    },
  ],
]

/** A data folder whose database holds so many instances, in studies of so many images. Their files are not there. */
export async function fillWithInstances(folder: string, count: number, images = IMAGES): Promise<void> {
  await withServices(folder, async services => {
    await applyNetwork(
      services,
      networkFile.parse({
        sites: [{ id: 'nord', name: 'Hôpital Nord (fictif)', kind: 'requesting', issuer: 'NORD' }],
      }),
      COMMAND,
    )
    const taken = await Promise.all(
      Array.from({ length: images }, (_, index) => services.receive.receive(arrived(index))),
    )
    if (taken.some(({ result }) => result !== 'stored')) throw new Error('an instance was not taken')
    await services.receive.ended('bench')
  })
  copyStudy(join(folder, 'relais.sqlite'), images, Math.ceil(count / images) - 1)
}

function arrived(index: number) {
  const name = index.toString(16).padStart(64, '0')
  return {
    object: {
      name: `${name}-00000000`,
      bucket: 'bench-0001',
      bytes: 526_000,
      datasetOffset: 352,
      sha256: name,
      transferSyntaxUID: '1.2.840.10008.1.2.1',
      mediaType: 'application/dicom',
    },
    sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
    attributes: {
      StudyInstanceUID: '2.25.1',
      SeriesInstanceUID: '2.25.2',
      SOPInstanceUID: `2.25.3.${index}`,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      PatientID: '10001',
      PatientName: 'ESSAI^Zoé',
      StudyDate: '20261124',
      Modality: 'CT',
      SeriesNumber: 1,
      InstanceNumber: index + 1,
      inexact: [],
    },
    source: {
      id: 'bench',
      site: 'nord',
      issuer: 'NORD',
      madeHere: false,
      association: 'bench',
      callingAETitle: 'BENCH',
      calledAETitle: 'RELAIS',
      address: '127.0.0.1',
    },
  }
}

/** Whole rows, whatever columns they have by now. */
function copyStudy(file: string, images: number, copies: number): void {
  const db = new Sqlite(file)
  try {
    db.pragma('synchronous = OFF')
    const statements = tablesOf(images).map(([table, own]) => {
      const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
      const values = columns.map(name => own[name] ?? name).join(', ')
      const { last } = db.prepare(`SELECT max(rowid) AS last FROM ${table}`).get() as { last: number }
      return db.prepare(
        `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values} FROM ${table} WHERE rowid <= ${last}`,
      )
    })
    db.transaction(() => {
      for (let k = 1; k <= copies; k += 1) for (const statement of statements) statement.run({ k })
      // One a minute, each of another patient by name, as lists and searches meet them.
      db.exec(
        `UPDATE studies SET first_at = first_at - rowid * 60000, search = printf('essai %x zoe %d', rowid * 7919, 10000 + rowid);
         DELETE FROM visible_studies;
         INSERT INTO visible_studies SELECT site, first_at, id, site, 0, search, modalities FROM studies`,
      )
    })()
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
