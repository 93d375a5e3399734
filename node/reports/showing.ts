import type { Kysely } from 'kysely'
import type { Language } from '../accounts/view.js'
import { Failure, fail } from '../errors.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import type { ToShow } from './fhir.js'
import type { Reports } from './reports.js'
import type { ReportRecord, ReportTables } from './schema.js'
import { digestPrefixOf } from './verification-code.js'
import type { Versions } from './versions.js'
import type { VerificationView } from './view.js'
import { isVoid, type Proven } from './views.js'
import { nothingSignedWords } from './words.js'

const FOUND_MAX = 50

type Shown = Pick<Reports, 'verify' | 'signedOne' | 'signedLike'>

/** Signed versions for who is no person at this node: whoever holds a paper, and programs. */
export function openShowing(parts: {
  reading(): Kysely<ReportTables>
  seen(asker: Asker, id: string): Promise<{ report: ReportRecord; request: KnownRequest }>
  known(request: string): Promise<KnownRequest | undefined>
  proven(report: ReportRecord): Promise<Proven[]>
  versions: Pick<Versions, 'pdf'>
}): Shown {
  const { reading, seen, proven, versions, known } = parts

  const shown = async (report: ReportRecord, language: Language): Promise<Proven> =>
    (await proven(report)).at(-1) ?? fail('missing', nothingSignedWords(language))

  return {
    verify: async code => {
      const prefix = digestPrefixOf(code)
      if (prefix === undefined) return undefined
      const row = await reading()
        .selectFrom('report_versions')
        .selectAll()
        .where('digest', '>=', prefix)
        .where('digest', '<', `${prefix}g`)
        .executeTakeFirst()
      const report =
        row === undefined
          ? undefined
          : await reading().selectFrom('reports').selectAll().where('id', '=', row.report).executeTakeFirst()
      if (row === undefined || report === undefined) return undefined
      try {
        const all = await proven(report)
        const last = all.at(-1)
        const one = all.find(({ version }) => version.version === row.version)
        if (last === undefined || one === undefined) return undefined
        const request = await known(report.request)
        const isWithdrawn = report.state === 'withdrawn' || (request !== undefined && isVoid(request))
        return {
          state: stateOf(one, last, isWithdrawn),
          version: row.version,
          newest: last.version.version,
          kind: row.kind,
          signedAt: one.content.signedAt,
          digest: row.digest,
        }
      } catch (thrown) {
        // What was altered is not in force, whatever it says.
        if (thrown instanceof Failure && thrown.code === 'unavailable')
          return { state: 'altered', version: row.version, newest: row.version, digest: row.digest }
        throw thrown
      }
    },
    signedOne: async (asker, id) => {
      const { report, request } = await seen(asker, id)
      const { content, version } = await shown(report, asker.who.account.language)
      const pdf = await versions.pdf(version)
      return { documentUID: report.document_uid, content, isVoid: isVoid(request), pdf }
    },
    signedLike: async (asker, { identifier, basedOn }) => {
      let select = reading().selectFrom('reports').selectAll().where('state', '<>', 'draft')
      if (identifier !== undefined)
        select = select.where(eb =>
          eb.or([
            eb('id', '=', identifier),
            eb('reference', '=', identifier),
            eb('document_uid', '=', identifier),
          ]),
        )
      if (basedOn !== undefined)
        select = select.where(eb => eb.or([eb('request', '=', basedOn), eb('reference', '=', basedOn)]))
      const found: ToShow[] = []
      for (const { id } of await select.orderBy('created_at').limit(FOUND_MAX).execute())
        try {
          const { report, request } = await seen(asker, id)
          const { content } = await shown(report, asker.who.account.language)
          found.push({ documentUID: report.document_uid, content, isVoid: isVoid(request) })
        } catch (thrown) {
          // What is foreign does not exist.
          if (!(thrown instanceof Failure) || thrown.code !== 'missing') throw thrown
        }
      return found
    },
  }
}

function stateOf(one: Proven, last: Proven, isWithdrawn: boolean): VerificationView['state'] {
  if (isWithdrawn) return 'withdrawn'
  if (one.version.version < last.version.version) return 'superseded'
  return one.version.kind === 'preliminary' ? 'preliminary' : 'valid'
}
