import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fail } from '../errors.js'
import type { StoredFact } from '../journal/facts.js'
import type { ReportsDeps } from './deps.js'
import { faultAmong, faultIn } from './report.js'
import type { ReportTables, ReportVersion } from './schema.js'
import type { Proven } from './views.js'
import { broken } from './words.js'

export interface Versions {
  /** All signed versions, oldest first. Throws `unavailable` when one is not what was signed. */
  proven(report: string): Promise<Proven[]>
  /** The stored PDF, proved by its digest. */
  pdf(version: ReportVersion): Promise<Buffer>
}

/** Signed versions as they are read back: never without proof. */
export function openVersions({ db, journal, checkpoints, objects }: ReportsDeps): Versions {
  const rows = () => db.sql<ReportTables>().selectFrom('report_versions').selectAll()

  /** What the journal recorded of the versions of a report, by version. */
  async function recorded(report: string): Promise<Map<number, StoredFact>> {
    const facts = await journal.read({ subject: report, types: ['report-signed'], limit: 1000 })
    return new Map(facts.map(fact => [Number(fact.body?.['version']), fact]))
  }

  async function pdf(version: ReportVersion): Promise<Buffer> {
    const stored = await objects.find(version.pdf)
    if (stored === undefined)
      fail('unavailable', {
        fr: 'Le PDF de cette version n’est pas conservé ici.',
        en: 'The PDF of this version is not stored.',
      })
    const bytes = await readFile(objects.path(stored))
    if (createHash('sha256').update(bytes).digest('hex') !== stored.sha256 || stored.sha256 !== version.pdf)
      fail('unavailable', broken(version.version))
    return bytes
  }

  return {
    proven: async report => {
      const stored = await rows().where('report', '=', report).orderBy('version').execute()
      const facts = await recorded(report)
      const keys = new Map(
        (await checkpoints.keys()).map(({ fingerprint, publicKey }) => [fingerprint, publicKey]),
      )
      const among = faultAmong(stored, facts.size)
      if (among !== undefined) fail('unavailable', broken(stored.length))
      return stored.map(version => {
        if (faultIn(version, facts.get(version.version), keys) !== undefined)
          fail('unavailable', broken(version.version))
        return { version, content: JSON.parse(version.signed) }
      })
    },
    pdf,
  }
}
