import { allows } from '../accounts/permissions.js'
import { type Clock, isoAt } from '../clock.js'
import type { Config } from '../config.js'
import { BYTE_ORDER_MARK, csvLine } from '../csv.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Origin, StoredFact } from '../journal/facts.js'
import type { Journal, JournalQuery } from '../journal/journal.js'
import type { JournalTables } from '../journal/schema.js'
import { openLatest } from '../studies/latest.js'
import { auditOf, NO_NAMES } from './audit/events.js'
import { auditLine } from './audit/message.js'
import { namesOf } from './audit-names.js'

/** Entries of one export: who wants more asks for shorter periods. */
const ENTRIES_MAX = 20_000
const PAGE = 1000
/** Whoever goes back and forth on the screen of the journal has read it once. */
const SAME_READING_MS = 3_600_000
const READINGS_KEPT = 10_000

export type JournalFilter = Pick<JournalQuery, 'types' | 'site' | 'subject' | 'from' | 'to'>

export interface JournalExport {
  /** That the journal is read is a fact in it (DICOM PS3.15 §A.5.3.2, Audit Log Used), first; once an hour a session. */
  reading(who: Acting, filter: JournalFilter, origin: Origin): Promise<void>
  /** The entries as CSV (RFC 4180), oldest first. Throws `too-large` beyond 20,000. That it was made is recorded, first. */
  csv(who: Acting, filter: JournalFilter, origin: Origin): Promise<string>
  /** The same as DICOM audit messages (PS3.15 §A.5), each a line of syslog; entries that are no event of an audit trail are not in it. */
  audit(who: Acting, filter: JournalFilter, origin: Origin): Promise<string>
}

export function openJournalExport(options: {
  db: Database
  clock: Clock
  journal: Journal
  config: Pick<Config, 'node'>
}): JournalExport {
  const { db, clock, journal, config } = options
  const read = openLatest<Promise<void>>(READINGS_KEPT)

  /** Oldest first, up to the entry that is the last one now. */
  async function entries(filter: JournalFilter): Promise<StoredFact[]> {
    const before = (await journal.head()) + 1
    const all: StoredFact[] = []
    for (let more = true; more; ) {
      const facts = await journal.read({ ...filter, after: all.at(-1)?.seq ?? 0, before, limit: PAGE })
      all.push(...facts)
      if (all.length > ENTRIES_MAX)
        fail('too-large', {
          fr: `Plus de ${ENTRIES_MAX} inscriptions : choisissez une période plus courte, ou un seul type de fait.`,
          en: `More than ${ENTRIES_MAX} entries: choose a shorter period, or one type of fact.`,
        })
      more = facts.length === PAGE
    }
    return all
  }

  const record = (
    type: 'journal-read' | 'journal-exported',
    who: Acting,
    filter: JournalFilter,
    origin: Origin,
    more: Record<string, string | number> = {},
  ) => {
    const { types, site, subject, from, to } = filter
    return db.write(async tx => {
      await journal.append(
        tx,
        {
          type,
          site: who.membership.everySite === true ? null : who.membership.site,
          ids: {},
          body: {
            ...(types === undefined ? {} : { types: [...types] }),
            ...(site === undefined ? {} : { of: site }),
            ...(subject === undefined ? {} : { subject }),
            ...(from === undefined ? {} : { from: isoAt(from) }),
            ...(to === undefined ? {} : { to: isoAt(to) }),
            ...more,
          },
        },
        origin,
      )
    })
  }

  /** That they are given is recorded before they are. */
  async function exported(format: 'csv' | 'dicom-audit', who: Acting, filter: JournalFilter, origin: Origin) {
    const facts = await entries(filter)
    await record('journal-exported', who, filter, origin, { format, entries: facts.length })
    const pages = Array.from({ length: Math.ceil(facts.length / PAGE) }, (_, page) =>
      facts.slice(page * PAGE, (page + 1) * PAGE),
    )
    return pages
  }

  const mayRead = (who: Acting, { site }: StoredFact) =>
    allows(who, 'journal.body', { site: site ?? who.membership.site })

  return {
    reading: async (who, filter, origin) => {
      const period = Math.floor(clock.now() / SAME_READING_MS)
      const key = JSON.stringify([who.session.id, period, filter])
      await read.get(key, () => record('journal-read', who, filter, origin))
    },
    csv: async (who, filter, origin) => {
      const separator = who.account.language === 'fr' ? ';' : ','
      let text = BYTE_ORDER_MARK + csvLine(COLUMNS, separator)
      for (const facts of await exported('csv', who, filter, origin)) {
        const places = await placesOf(db, facts)
        for (const fact of facts)
          text += csvLine(cellsOf(fact, places.get(fact.seq)?.digest ?? '', mayRead(who, fact)), separator)
      }
      return text
    },
    audit: async (who, filter, origin) => {
      let text = ''
      for (const facts of await exported('dicom-audit', who, filter, origin)) {
        const places = await placesOf(db, facts)
        const names = await namesOf(
          db,
          facts.filter(fact => mayRead(who, fact)),
        )
        for (const fact of facts) {
          const { digest = '', boot = '', first = false } = places.get(fact.seq) ?? {}
          const open = mayRead(who, fact)
          const shown = { ...fact, body: open ? fact.body : withoutContent(fact), digest, first }
          for (const message of auditOf(shown, open ? names : NO_NAMES, config.node))
            text += auditLine(message, { host: config.node.name, boot })
        }
      }
      return text
    },
  }
}

/** What each entry's place in the chain says. */
async function placesOf(db: Database, facts: readonly StoredFact[]) {
  const rows = await db
    .sql<JournalTables>()
    .selectFrom('journal')
    .leftJoin('journal as before', join => join.on(eb => eb('before.seq', '=', eb('journal.seq', '-', 1))))
    .select(['journal.seq', 'journal.sha256', 'journal.boot', 'before.boot as earlier'])
    .where(
      'journal.seq',
      'in',
      facts.map(fact => fact.seq),
    )
    .execute()
  return new Map(
    rows.map(({ seq, sha256, boot, earlier }) => [
      seq,
      { digest: sha256.toString('hex'), boot, first: boot !== earlier },
    ]),
  )
}

/** Machines and counts; why something failed only where the door was closed: a PACS may say a name there. */
function withoutContent({ type, body }: StoredFact): StoredFact['body'] {
  if (body === null) return null
  const kept = ['address', 'callingAETitle', 'peer', 'source', 'screen', 'instances']
  if (/^(?:sign-in|token|peer|association)-/.test(type)) kept.push('reason')
  return Object.fromEntries(kept.flatMap(key => (body[key] === undefined ? [] : [[key, body[key]]])))
}

const COLUMNS = ['seq', 'at', 'type', 'site', 'by', 'name', 'role', 'address', 'ids', 'body', 'sha256']

function cellsOf(fact: StoredFact, digest: string, open: boolean): (string | number | undefined)[] {
  const { origin } = fact
  const by = { account: '', token: '', peer: '', part: '', user: '', ...origin }
  return [
    fact.seq,
    isoAt(fact.at),
    fact.type,
    fact.site ?? undefined,
    by.account || by.token || by.peer || by.part || by.user,
    origin !== null && 'name' in origin ? origin.name : undefined,
    origin !== null && 'role' in origin ? origin.role : undefined,
    origin !== null && 'address' in origin ? origin.address : undefined,
    Object.entries(fact.ids)
      .map(([kind, id]) => `${kind}=${id}`)
      .join(' '),
    open && fact.body !== null ? JSON.stringify(fact.body) : undefined,
    digest,
  ]
}
