import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import { isoAt, msOf } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { Bytes, listOf, produces } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Origin, StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { JournalTables } from '../journal/schema.js'
import type { JournalRow, ObjectsCheckView, VerifyingView, VerifyView } from '../journal/view.js'
import type { JournalExport, JournalFilter } from './journal-export.js'

const journalRow = z.object({
  seq: z.int(),
  at: z.string(),
  type: z.string(),
  site: z.string().optional(),
  by: z.string(),
  address: z.string().optional(),
  ids: z.record(z.string(), z.string()),
  body: z.unknown().optional(),
  digest: z.string(),
})
const verified = z.object({
  ok: z.boolean(),
  entries: z.int(),
  ms: z.int(),
  firstFault: z.object({ seq: z.int().nullable(), what: z.string() }).nullable(),
  faults: z.int(),
  list: z.array(z.object({ seq: z.int().nullable(), what: z.string(), inFrench: z.string().optional() })),
  checked: z.array(z.string()),
  checkedInFrench: z.array(z.string()),
  outside: z.boolean(),
  limits: z.string(),
}) satisfies z.ZodType<VerifyView>

const verifying = z.object({
  running: z.boolean(),
  entries: z.int(),
  of: z.int(),
}) satisfies z.ZodType<VerifyingView>

const objectsChecked = z.object({
  state: z.enum(['never', 'running', 'done', 'failed']),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  files: z.int(),
  of: z.int(),
  bytes: z.int(),
  faults: z.int(),
  found: z.array(z.string()),
  foundInFrench: z.array(z.string()),
  reason: z.string().optional(),
}) satisfies z.ZodType<ObjectsCheckView>

const filters = {
  type: z.string().max(100).optional(),
  site: z.string().max(64).optional(),
  subject: z.string().max(64).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
}

function filterOf(
  query: { [Name in keyof typeof filters]?: string | undefined },
  who: Acting,
): JournalFilter {
  const { everySite, site: ownSite } = who.membership
  const site = everySite === true ? query.site : ownSite
  return {
    ...(query.type === undefined ? {} : { types: query.type.split(',') }),
    ...(site === undefined ? {} : { site }),
    ...(query.subject === undefined ? {} : { subject: query.subject }),
    ...(query.from === undefined ? {} : { from: msOf(query.from) }),
    ...(query.to === undefined ? {} : { to: msOf(query.to) }),
  }
}

/** The journal's viewer. Bodies hold health data: only an auditor is shown them. */
export function journalRoutes(options: {
  db: Database
  journal: Journal
  verify(): Promise<VerifyView>
  /** How far the check that was begun last is. */
  verifying(): VerifyingView
  /** The check of all stored files. */
  objects: { view(): ObjectsCheckView; start(origin: Origin): ObjectsCheckView }
  exports: JournalExport
}): Route[] {
  const { db, journal, verify, verifying: howFar, objects, exports } = options
  /** It speaks of every site's studies. */
  const ofTheNode = (who: Acting) => {
    if (who.membership.everySite !== true)
      fail('forbidden', {
        fr: 'Seuls les exploitants et les auditeurs du nœud lui-même vérifient tous les fichiers.',
        en: 'Only the operators and auditors of the node itself check all files.',
      })
  }
  return [
    route({
      method: 'GET',
      path: '/api/journal',
      summary: 'Entries of the journal, newest first.',
      action: 'journal.read',
      also: ['journal.body'],
      query: z.object({
        ...filters,
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.coerce.number().int().min(1).optional(),
      }),
      answer: listOf(journalRow),
      run: async ({ query, who, origin }) => {
        const filter = filterOf(query, who)
        await exports.reading(who, filter, origin)
        const facts = await journal.read({
          ...filter,
          newestFirst: true,
          limit: query.limit + 1,
          ...(query.after === undefined ? {} : { before: query.after }),
        })
        const shown = facts.slice(0, query.limit)
        const last = facts.length > query.limit ? shown.at(-1) : undefined
        const digests = await digestsOf(db, shown)
        return {
          items: shown.map(fact => rowOf(fact, digests.get(fact.seq) ?? '', who)),
          ...(last === undefined ? {} : { next: String(last.seq) }),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/journal.csv',
      summary: 'The entries as CSV, oldest first, up to 20,000; contents for auditors alone. It is recorded.',
      action: 'journal.read',
      also: ['journal.body'],
      query: z.object(filters),
      answer: produces('text/csv; charset=utf-8'),
      run: async ({ query, who, origin }) =>
        new Bytes({
          type: 'text/csv; charset=utf-8',
          body: await exports.csv(who, filterOf(query, who), origin),
          filename: 'relais-journal.csv',
        }),
    }),
    route({
      method: 'GET',
      path: '/api/journal/audit',
      summary:
        'The entries as DICOM audit messages (PS3.15 A.5), one line of RFC 5424 syslog each, up to 20,000; patients for auditors alone. It is recorded.',
      action: 'journal.read',
      also: ['journal.body'],
      query: z.object(filters),
      answer: produces('text/plain; charset=utf-8'),
      run: async ({ query, who, origin }) =>
        new Bytes({
          type: 'text/plain; charset=utf-8',
          body: await exports.audit(who, filterOf(query, who), origin),
          filename: 'relais-audit.log',
        }),
    }),
    route({
      method: 'GET',
      path: '/api/journal/types',
      summary: 'The types of facts the journal holds.',
      action: 'journal.read',
      answer: z.object({ items: z.array(z.string()) }),
      run: async () => {
        const rows = await db
          .sql<JournalTables>()
          .selectFrom('journal')
          .select('type')
          .distinct()
          .orderBy('type')
          .execute()
        return { items: rows.map(row => row.type) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/journal/verify',
      summary: 'Recomputes the whole chain and says what does not fit.',
      action: 'journal.verify',
      answer: verified,
      run: () => verify(),
    }),
    route({
      method: 'GET',
      path: '/api/journal/verify',
      summary: 'How far a check of the chain is.',
      action: 'journal.verify',
      answer: verifying,
      run: () => howFar(),
    }),
    route({
      method: 'GET',
      path: '/api/journal/verify/objects',
      summary: 'How far the check of every stored file is, and what it found.',
      action: 'journal.verify',
      answer: objectsChecked,
      run: ({ who }) => {
        ofTheNode(who)
        return objects.view()
      },
    }),
    route({
      method: 'POST',
      path: '/api/journal/verify/objects',
      summary: 'Begins to read every stored file again and compare it; 409 while that is under way.',
      action: 'journal.verify',
      answer: objectsChecked,
      status: 202,
      run: ({ who, origin }) => {
        ofTheNode(who)
        return objects.start(origin)
      },
    }),
  ]
}

function rowOf(fact: StoredFact, digest: string, who: Acting): JournalRow {
  const shown = fact.body !== null && allows(who, 'journal.body', { site: fact.site ?? who.membership.site })
  return {
    seq: fact.seq,
    at: isoAt(fact.at),
    type: fact.type,
    ...(fact.site === null ? {} : { site: fact.site }),
    by: words(fact.origin),
    ...(fact.origin !== null && 'address' in fact.origin ? { address: fact.origin.address } : {}),
    ids: fact.ids,
    ...(shown ? { body: fact.body } : {}),
    digest,
  }
}

/** Who did it, in words; erased with the body. */
function words(origin: Origin | null): string {
  switch (origin?.by) {
    case 'account':
      return `${origin.name} (${origin.role}, ${origin.site})`
    case 'token':
      return `${origin.name} (token, ${origin.site})`
    case 'peer':
      return `${origin.peer} (${origin.callingAETitle})`
    case 'system':
      return origin.part
    case 'command':
      return `relais (${origin.user})`
    default:
      return ''
  }
}

async function digestsOf(db: Database, facts: readonly StoredFact[]): Promise<Map<number, string>> {
  if (facts.length === 0) return new Map()
  const rows = await db
    .sql<JournalTables>()
    .selectFrom('journal')
    .select(['seq', 'sha256'])
    .where(
      'seq',
      'in',
      facts.map(fact => fact.seq),
    )
    .execute()
  return new Map(rows.map(row => [row.seq, row.sha256.toString('hex')]))
}
