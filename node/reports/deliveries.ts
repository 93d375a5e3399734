import type { Tx } from '../database.js'
import type { Origin } from '../journal/facts.js'
import type { Asker } from '../requests/ports.js'
import { roleWord } from '../requests/words.js'
import type { Owed, Recipient } from './delivery.js'
import type { ReportsDeps } from './deps.js'
import type { ReportRecord, ReportTables } from './schema.js'
import { sharedFact } from './shares.js'
import type { DeliveryView } from './view.js'

/** What became of a version at a PACS. `confirmed` = the PACS itself says it has it. */
export interface PacsSettlement {
  report: string
  version: number
  peer: string
  state: 'sent' | 'confirmed' | 'failed'
  reason?: string
}

export interface MailSettlement {
  report: string
  version: number
  account: string
  state: Extract<DeliveryView['state'], 'queued' | 'sent' | 'failed'>
  reason?: string
}

export interface ShareSettlement {
  share: string
  state: 'queued' | 'sent' | 'failed'
  reason?: string
}

export interface Deliveries {
  owe(tx: Tx, report: ReportRecord, version: number, owed: readonly Owed[]): Promise<void>
  of(report: string): Promise<ReportTables['report_deliveries'][]>
  /** Everyone a version was ever owed to. */
  recipients(report: string): Promise<Recipient[]>
  acknowledge(tx: Tx, asker: Asker, report: ReportRecord, by: { name?: string; role?: string }): Promise<void>
  /** What went by link. */
  shared(report: string): Promise<ReportTables['report_deliveries'][]>
  /** False where that link acknowledged this version before. */
  acknowledgedByShare(
    tx: Tx,
    said: { report: string; version: number; share: string; person: string },
  ): Promise<boolean>
  pacsSettled(tx: Tx, settled: PacsSettlement): Promise<void>
  mailSettled(tx: Tx, settled: MailSettlement): Promise<void>
  /** What became of the letter that brings a share its link. */
  shareSettled(tx: Tx, settled: ShareSettlement): Promise<void>
}

/** Who got which version, and how far the channel knows. */
export function openDeliveries({ db, clock, journal, requests }: ReportsDeps): Deliveries {
  const newest = async (tx: Tx, report: string): Promise<number> =>
    (
      await tx
        .sql<ReportTables>()
        .selectFrom('report_versions')
        .select(eb => eb.fn.max('version').as('version'))
        .where('report', '=', report)
        .executeTakeFirst()
    )?.version ?? 0

  async function acknowledge(
    tx: Tx,
    { who, origin }: Asker,
    report: ReportRecord,
    by: { name?: string; role?: string },
  ) {
    const sql = tx.sql<ReportTables>()
    const { account, membership } = who
    const now = clock.now()
    const name = by.name ?? account.name
    const role = by.role ?? roleWord(membership.role, account.language)
    const person = `${name}, ${role}`
    const version = await newest(tx, report.id)
    // Pressing twice is no second acknowledgement; each person who reads it gives their own.
    const given = await sql
      .selectFrom('report_deliveries')
      .select('state')
      .where('report', '=', report.id)
      .where('version', '=', version)
      .where('channel', '=', 'screen')
      .where('recipient', '=', account.id)
      .executeTakeFirst()
    if (given?.state === 'acknowledged') return
    await sql
      .updateTable('reports')
      .set({ acknowledged_at: now, acknowledged_by: person, acknowledged_version: version })
      .where('id', '=', report.id)
      .where('acknowledged_at', 'is', null)
      .execute()
    await sql
      .insertInto('report_deliveries')
      .values({
        report: report.id,
        version,
        channel: 'screen',
        recipient: account.id,
        name: account.name,
        state: 'acknowledged',
        at: now,
        acknowledged_by: person,
        reason: null,
      })
      .onConflict(conflict =>
        conflict
          .columns(['report', 'version', 'channel', 'recipient'])
          .doUpdateSet({ state: 'acknowledged', at: now, acknowledged_by: person }),
      )
      .execute()
    await journal.append(
      tx,
      {
        type: 'report-acknowledged',
        site: report.site,
        ids: { request: report.request, report: report.id },
        body: { reference: report.reference, version, name, role },
      },
      origin,
    )
    await requests.acknowledged(tx, origin, report.request)
  }

  async function pacsSettled(tx: Tx, { report, version, peer, state, reason }: PacsSettlement) {
    const sql = tx.sql<ReportTables>()
    const moved = await sql
      .updateTable('report_deliveries')
      .set({ state, at: clock.now(), reason: reason ?? null })
      .where('report', '=', report)
      .where('version', '=', version)
      .where('channel', '=', 'pacs')
      .where('recipient', '=', peer)
      .where('state', '<>', state)
      .executeTakeFirst()
    if (moved.numUpdatedRows === 0n || state !== 'confirmed') return
    const { request, site, reference } = await sql
      .selectFrom('reports')
      .select(['request', 'site', 'reference'])
      .where('id', '=', report)
      .executeTakeFirstOrThrow()
    const origin: Origin = { by: 'system', part: 'exchange' }
    await journal.append(
      tx,
      { type: 'report-delivered', site, ids: { request, report }, body: { reference, version, peer } },
      origin,
    )
    if (version === (await newest(tx, report))) await requests.received(tx, origin, request)
  }

  /** Whoever got the link by letter is written to again: there is a newer version behind it. */
  async function renew(tx: Tx, report: ReportRecord, version: number, id: string) {
    const share = await tx
      .sql<ReportTables>()
      .selectFrom('report_shares')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    if (share.email !== null && share.expires_at > clock.now())
      await journal.append(tx, sharedFact(report, share, version), { by: 'system', part: 'links' })
  }

  return {
    acknowledge,
    pacsSettled,
    shared: report =>
      db
        .sql<ReportTables>()
        .selectFrom('report_deliveries')
        .selectAll()
        .where('report', '=', report)
        .where('channel', '=', 'link')
        .orderBy('version')
        .execute(),
    acknowledgedByShare: async (tx, { report, version, share, person }) => {
      const sql = tx.sql<ReportTables>()
      const now = clock.now()
      const moved = await sql
        .updateTable('report_deliveries')
        .set({ state: 'acknowledged', at: now, acknowledged_by: person })
        .where('report', '=', report)
        .where('version', '=', version)
        .where('channel', '=', 'link')
        .where('recipient', '=', share)
        .where('state', '<>', 'acknowledged')
        .executeTakeFirst()
      if (moved.numUpdatedRows === 0n) return false
      await sql
        .updateTable('reports')
        .set({ acknowledged_at: now, acknowledged_by: person, acknowledged_version: version })
        .where('id', '=', report)
        .where('acknowledged_at', 'is', null)
        .execute()
      return true
    },
    of: report =>
      db
        .sql<ReportTables>()
        .selectFrom('report_deliveries')
        .selectAll()
        .where('report', '=', report)
        .orderBy('version')
        .orderBy('name')
        .orderBy('channel')
        .execute(),
    recipients: async report =>
      (
        await db
          .sql<ReportTables>()
          .selectFrom('report_deliveries')
          .select(['recipient', 'name'])
          .distinct()
          .where('report', '=', report)
          .where('channel', 'in', ['screen', 'email'])
          .execute()
      ).map(({ recipient, name }) => ({ account: recipient, name })),
    owe: async (tx, report, version, owed) => {
      for (const one of owed) {
        await tx
          .sql<ReportTables>()
          .insertInto('report_deliveries')
          .values({
            report: report.id,
            version,
            channel: one.channel,
            recipient: one.channel === 'pacs' ? one.peer : one.channel === 'link' ? one.share : one.account,
            name: one.channel === 'pacs' ? one.peer : one.name,
            // It stands on the screen, and behind its link, from this commit on; the other channels have yet to carry it.
            state: one.channel === 'screen' || one.channel === 'link' ? 'sent' : 'queued',
            at: clock.now(),
            acknowledged_by: null,
            reason: null,
          })
          .execute()
        if (one.channel === 'link') await renew(tx, report, version, one.share)
      }
    },
    shareSettled: async (tx, { share, state, reason }) => {
      await tx
        .sql<ReportTables>()
        .updateTable('report_shares')
        .set({ letter: state, letter_at: clock.now(), letter_reason: reason ?? null })
        .where('id', '=', share)
        .execute()
    },
    mailSettled: async (tx, { report, version, account, state, reason }) => {
      await tx
        .sql<ReportTables>()
        .updateTable('report_deliveries')
        .set({ state, at: clock.now(), reason: reason ?? null })
        .where('report', '=', report)
        .where('version', '=', version)
        .where('channel', '=', 'email')
        .where('recipient', '=', account)
        .execute()
    },
  }
}
