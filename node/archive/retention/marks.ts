import { type Clock, isoAt } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { fail, refuse } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import type { Ids } from '../../ids.js'
import type { Origin } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import type { RequestTables } from '../../requests/schema.js'
import type { MarkView, PolicyView } from '../view.js'
import { CONTACT_YEARS, type Day, LAW, type Policy, yearsAfter } from './rules.js'
import type { RetentionTables } from './schema.js'

export type Mark = RetentionTables['retention_marks']

export interface NewMark {
  kind: Mark['kind']
  /** Whom it is about: everything of the patient at that site, or that act alone. A death is a patient's. */
  of: 'patient' | 'act'
  /** Of a death. */
  day?: Day | undefined
  reason: string
}

/** An act as far as its keeping goes. */
export interface KeptAct {
  id: string
  reference: string
  site: string
}

export interface Marks {
  /** Records it by name; throws `invalid` for a day that is none, is missing, or lies ahead. */
  record(who: Acting, act: KeptAct, mark: NewMark, origin: Origin): Promise<MarkView>
  /** Lets it go, by name and with a reason; throws `missing`, or `conflict` where somebody has. */
  release(who: Acting, id: string, reason: string, origin: Origin): Promise<MarkView>
  one(id: string): Promise<Mark | undefined>
  /** Newest first; of one site, or of all. */
  list(site?: string): Promise<MarkView[]>
  policies(site?: string): Promise<PolicyView[]>
  setPolicy(
    who: Acting,
    site: string,
    policy: Policy & { reason: string },
    origin: Origin,
  ): Promise<PolicyView>
}

const LIST_MAX = 500

export function openMarks({
  db,
  clock,
  ids,
  journal,
}: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
}): Marks {
  const one = (id: string) =>
    db
      .sql<RetentionTables>()
      .selectFrom('retention_marks')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()

  async function patientOf(act: string): Promise<{ issuer: string; patient: string }> {
    const row = await db
      .sql<RequestTables>()
      .selectFrom('requests')
      .select('form')
      .where('id', '=', act)
      .executeTakeFirstOrThrow()
    const { patient } = JSON.parse(row.form) as { patient: { id: string; issuer: string } }
    return { issuer: patient.issuer, patient: patient.id }
  }

  return {
    one,
    record: async (who, act, { kind, of, day, reason }, origin) => {
      if (kind === 'death' && of !== 'patient')
        refuse(
          'invalid',
          {
            fr: 'Un décès est celui d’un patient, non d’un acte.',
            en: 'A death is a patient’s, not an act’s.',
          },
          'of',
        )
      if (kind === 'death') demandPast(day, isoAt(clock.now()).slice(0, 10))
      const about =
        of === 'act'
          ? { request: act.id, issuer: null, patient: null }
          : { request: null, ...(await patientOf(act.id)) }
      const id = ids.next('ret')
      const row = {
        ...{ id, kind, site: act.site, reference: act.reference, ...about, reason },
        day: kind === 'death' ? (day ?? null) : null,
        ...{ at: clock.now(), by: who.account.id, by_name: who.account.name },
        ...{ released_at: null, released_by: null, released_name: null, released_reason: null },
      }
      const fact = await db.write(async tx => {
        await demandOnly(tx, row)
        const seq = await journal.append(
          tx,
          {
            type: 'retention-marked',
            site: act.site,
            ids: { mark: id, request: act.id },
            body: { kind, of, day: row.day, reason, reference: act.reference },
          },
          origin,
        )
        await tx
          .sql<RetentionTables>()
          .insertInto('retention_marks')
          .values({ ...row, fact: seq })
          .execute()
        return seq
      })
      return viewOf({ ...row, fact })
    },
    release: async (who, id, reason, origin) => {
      const known = (await one(id)) ?? fail('missing', 'There is no such thing.')
      const set = {
        released_at: clock.now(),
        released_by: who.account.id,
        released_name: who.account.name,
        released_reason: reason,
      }
      await db.write(async tx => {
        const { numUpdatedRows } = await tx
          .sql<RetentionTables>()
          .updateTable('retention_marks')
          .set(set)
          .where('id', '=', id)
          .where('released_at', 'is', null)
          .executeTakeFirstOrThrow()
        if (Number(numUpdatedRows) === 0)
          fail('conflict', { fr: 'Quelqu’un a levé cette inscription.', en: 'Somebody has released it.' })
        const { kind, site, reference } = known
        await journal.append(
          tx,
          {
            type: 'retention-released',
            site,
            ids: { mark: id, ...(known.request === null ? {} : { request: known.request }) },
            body: { kind, reference, reason },
          },
          origin,
        )
      })
      return viewOf({ ...known, ...set })
    },
    list: async site => {
      let select = db
        .sql<RetentionTables>()
        .selectFrom('retention_marks')
        .selectAll()
        .orderBy('at', 'desc')
        .limit(LIST_MAX)
      if (site !== undefined) select = select.where('site', '=', site)
      return (await select.execute()).map(viewOf)
    },
    policies: async site => {
      let select = db.sql<RetentionTables>().selectFrom('retention_policies').selectAll().orderBy('site')
      if (site !== undefined) select = select.where('site', '=', site)
      const said = (await select.execute()).map(policyView)
      return site !== undefined && said.length === 0 ? [{ site, ...LAW }] : said
    },
    setPolicy: async (who, site, { recordYears, imageYears, reason }, origin) => {
      if (recordYears < CONTACT_YEARS)
        fail(
          'invalid',
          {
            fr: `La loi demande ${CONTACT_YEARS} ans au moins.`,
            en: `The law asks for ${CONTACT_YEARS} years at least.`,
          },
          [{ path: 'recordYears', message: `≥ ${CONTACT_YEARS}` }],
        )
      if (imageYears > recordYears)
        fail(
          'invalid',
          {
            fr: 'Les images ne sont pas gardées plus longtemps que le dossier qui les explique.',
            en: 'Images are not kept longer than the record that explains them.',
          },
          [{ path: 'imageYears', message: `≤ ${recordYears}` }],
        )
      const row = {
        ...{ record_years: recordYears, image_years: imageYears, reason },
        ...{ at: clock.now(), by_name: who.account.name },
      }
      await db.write(async tx => {
        await tx
          .sql<RetentionTables>()
          .insertInto('retention_policies')
          .values({ site, ...row })
          .onConflict(conflict => conflict.column('site').doUpdateSet(row))
          .execute()
        await journal.append(
          tx,
          { type: 'retention-policy-set', site, ids: {}, body: { recordYears, imageYears, reason } },
          origin,
        )
      })
      return policyView({ site, ...row })
    },
  }
}

function demandPast(day: Day | undefined, today: Day): void {
  try {
    if (day !== undefined && yearsAfter(day, 0) <= today) return
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
  }
  refuse(
    'invalid',
    {
      fr: 'Il faut le jour du décès ; il n’est pas à venir.',
      en: 'The day of the death is asked for; it does not lie ahead.',
    },
    'day',
  )
}

/** A patient dies once: another day is said by releasing the first. */
async function demandOnly(
  tx: Tx,
  { kind, site, issuer, patient }: Pick<Mark, 'kind' | 'site' | 'issuer' | 'patient'>,
): Promise<void> {
  if (kind !== 'death') return
  const standing = await tx
    .sql<RetentionTables>()
    .selectFrom('retention_marks')
    .select('id')
    .where('kind', '=', 'death')
    .where('site', '=', site)
    .where('issuer', '=', issuer)
    .where('patient', '=', patient)
    .where('released_at', 'is', null)
    .executeTakeFirst()
  if (standing !== undefined)
    fail('conflict', {
      fr: 'Le décès de ce patient est déjà inscrit : levez d’abord cette inscription.',
      en: 'A death of this patient is recorded: release it first.',
    })
}

export function viewOf(mark: Mark): MarkView {
  return {
    id: mark.id,
    kind: mark.kind,
    of: mark.request === null ? 'patient' : 'act',
    site: mark.site,
    reference: mark.reference,
    ...(mark.day === null ? {} : { day: mark.day }),
    reason: mark.reason,
    at: isoAt(mark.at),
    by: mark.by_name,
    ...(mark.released_at === null
      ? {}
      : {
          released: {
            at: isoAt(mark.released_at),
            by: mark.released_name ?? '',
            reason: mark.released_reason ?? '',
          },
        }),
  }
}

const policyView = (row: RetentionTables['retention_policies']): PolicyView => ({
  site: row.site,
  recordYears: row.record_years,
  imageYears: row.image_years,
  reason: row.reason,
  at: isoAt(row.at),
  by: row.by_name,
})
