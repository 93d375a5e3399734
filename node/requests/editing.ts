import type { Kysely } from 'kysely'
import { demand } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Json } from '../journal/canonical.js'
import type { Creation } from './creation.js'
import { differences } from './differences.js'
import type { Asker } from './ports.js'
import { about, momentsIn, searchText, timersOf } from './record.js'
import type { KnownRequest, RequestsDeps } from './requests.js'
import { URGENCY_RANK } from './rules.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { Steps } from './steps.js'
import { dueOf } from './timers.js'
import type { EditedRequest, NamedPatient, NewRequest, RequestVersionView } from './view.js'
import { conflictWords, editWords } from './words.js'

export interface Editing {
  /**
   * Another version of the form, before anybody claimed the request. Throws `conflict` once somebody did, or where
   * another version came first.
   */
  edit(asker: Asker, request: KnownRequest, edited: EditedRequest): Promise<void>
  /** Somebody unknown has a name now: the identity alone changes, at any time until the act is void. */
  namePatient(asker: Asker, request: KnownRequest, named: NamedPatient): Promise<void>
}

const EDITABLE: readonly RequestRecord['state'][] = ['draft', 'submitted', 'offered']
const NAMEABLE: readonly RequestRecord['state'][] = [
  'submitted',
  'offered',
  'claimed',
  'accepted',
  'awaiting-exam',
  'reading',
  'info-requested',
  'reported',
  'delivered',
  'closed',
]

/** What changes of a form after it was first written: each version is kept, with who, when and why. */
export function openEditing(deps: RequestsDeps, { byId }: Steps, creation: Creation): Editing {
  const { db, clock, journal, studies } = deps

  async function edit(asker: Asker, request: KnownRequest, edited: EditedRequest): Promise<void> {
    const { who } = asker
    const { language } = who.account
    const { record } = request
    demand(who, 'request.edit', request.standing)
    if (!EDITABLE.includes(record.state))
      fail('conflict', conflictWords(language, 'submit', record.state, record.holder_name ?? undefined))
    const { revision, reason, ...given } = edited
    const { site, studies: uids } = request.form
    const form: NewRequest = { ...given, site, ...(uids === undefined ? {} : { studies: uids }) }
    if (record.state !== 'draft') creation.demandComplete(asker, form)
    const summaries = await studies.summaries(site, request.studies)
    creation.compare(
      asker,
      form,
      request.studies,
      await studies.traits(site, request.studies),
      form.identityDifference,
    )
    const found = record.state === 'draft' ? undefined : await creation.dispatch(form)
    // Those it was offered to would read something else than they were asked: that is another request.
    if (record.state === 'offered' && found?.group?.site !== record.reading_site)
      fail('conflict', editWords('otherGroup', language))

    await db.write(async tx => {
      const after = await write(tx, request, { form, revision, asker })
      await journal.append(
        tx,
        {
          type: 'request-edited',
          site,
          ids: { request: record.id },
          body: {
            ...about(after),
            revision: after.revision,
            reason,
            changed: differences(request.form, form).map(({ field }) => field),
            form: form as unknown as Json,
          },
        },
        asker.origin,
      )
      await version(tx, after, asker, reason)
      if (found === undefined) return
      if (after.state === 'submitted') await creation.offer(tx, after, found)
      const group = found.group === undefined ? [] : [found.group.site]
      await creation.share(tx, after, summaries, group)
    })
  }

  async function namePatient(asker: Asker, request: KnownRequest, named: NamedPatient): Promise<void> {
    const { language } = asker.who.account
    const { record } = request
    demand(asker.who, 'request.edit', request.standing)
    if (!NAMEABLE.includes(record.state))
      fail('conflict', conflictWords(language, 'submit', record.state, undefined))
    const before = request.form.patient
    // A person who was established stays who they are: a request for somebody else is one entered in error.
    if (before.identityStatus === 'validated' || before.identityStatus === 'qualified')
      fail('conflict', editWords('established', language))
    const { patient, reason, identityCheckedBy, identityCheck } = named
    const form: NewRequest = {
      ...request.form,
      patient,
      identityCheckedBy,
      ...(identityCheck === undefined ? {} : { identityCheck }),
    }
    creation.demandComplete(asker, form, 'patient')
    await db.write(async tx => {
      const after = await write(tx, request, { form, revision: record.revision, asker })
      await journal.append(
        tx,
        {
          type: 'request-patient-named',
          site: record.site,
          ids: { request: record.id },
          body: {
            ...about(after),
            revision: after.revision,
            reason,
            identityCheckedBy,
            before: before as unknown as Json,
            patient: patient as unknown as Json,
          },
        },
        asker.origin,
      )
      await version(tx, after, asker, reason)
    })
  }

  /** The row says what the form says now; the next revision, or a conflict. */
  async function write(
    tx: Tx,
    { record }: KnownRequest,
    edit: { form: NewRequest; revision: number; asker: Asker },
  ): Promise<RequestRecord> {
    const { form, revision, asker } = edit
    const now = await byId(tx, record.id)
    const after: RequestRecord = {
      ...now,
      form: JSON.stringify(form),
      revision: revision + 1,
      kind: form.kind,
      urgency: form.urgency,
      urgency_rank: URGENCY_RANK[form.urgency],
      modality: form.modality,
      ...(now.state === 'draft' ? { reading_site: form.to ?? null } : {}),
      // Whoever looks for the name it was written under finds it still.
      search: `${searchText(now.reference, form)}${now.search}`,
    }
    const due = dueOf(after.state, timersOf(after), momentsIn(after))
    const { id: _id, ...columns } = { ...after, due_at: due?.at ?? null, due_for: due?.for ?? null }
    const moved = await tx
      .sql<RequestTables>()
      .updateTable('requests')
      .set(columns)
      .where('id', '=', record.id)
      .where('revision', '=', revision)
      .where('state', '=', record.state)
      .where('claim', record.claim === null ? 'is' : '=', record.claim)
      .executeTakeFirst()
    if (moved.numUpdatedRows === 0n) fail('conflict', editWords('changed', asker.who.account.language))
    return byId(tx, record.id)
  }

  const version = (tx: Tx, after: RequestRecord, { who }: Asker, reason: string | undefined) =>
    tx
      .sql<RequestTables>()
      .insertInto('request_versions')
      .values({
        request: after.id,
        revision: after.revision,
        form: after.form,
        at: clock.now(),
        by: who.account.id,
        name: who.account.name,
        reason: reason ?? null,
      })
      .execute()

  return { edit, namePatient }
}

export type StoredVersion = RequestTables['request_versions']

/** Every version of a form, oldest first. */
export const readVersions = (sql: Kysely<RequestTables>, request: string): Promise<StoredVersion[]> =>
  sql.selectFrom('request_versions').selectAll().where('request', '=', request).orderBy('revision').execute()

/** The versions with what each changed. `nameOf` says who wrote those that carry no name. */
export function versionViews(
  versions: readonly StoredVersion[],
  nameOf: (account: string) => string,
): RequestVersionView[] {
  return versions.map(({ revision, form, at, by, name, reason }, index) => {
    const before = versions[index - 1]
    return {
      revision,
      at: isoAt(at),
      by: name ?? nameOf(by),
      ...(reason === null ? {} : { reason }),
      changes: before === undefined ? [] : differences(JSON.parse(before.form), JSON.parse(form)),
    }
  })
}
