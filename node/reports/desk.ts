import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { StudySummary } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import type { RequestTables } from '../requests/schema.js'
import type { NewRequest } from '../requests/view.js'
import { studyView } from '../requests/views.js'
import { type CheckedAgainst, checksOf } from './checks.js'
import type { ReportsDeps } from './deps.js'
import { gapsOf } from './gaps.js'
import { type ImageFacts, imageFacts } from './image-facts.js'
import { type Known, withRoom } from './room.js'
import type { ReportRecord } from './schema.js'
import type { CheckCode, Sections, SigningCheckView } from './view.js'
import { isStranger } from './views.js'
import { unconfirmedWords } from './words.js'

/** Cases of the same reader that a text may have been meant for. */
const OTHERS_MAX = 100

/** What a signer says of a check that asks: that it is right so, and why. */
export interface Confirmed {
  code: CheckCode
  reason: string
}

export interface Desk {
  /** What stands against signing these sections now. */
  checks(
    who: Acting,
    report: ReportRecord,
    request: KnownRequest,
    sections: Sections,
  ): Promise<SigningCheckView[]>
  /**
   * How the exam was done: what the images of the request say, and what the room said. Undefined where none are here and
   * nobody said anything.
   */
  images(report: ReportRecord, request: KnownRequest): Promise<ImageFacts | undefined>
  /** The same, with what of it rests on the room's word alone. */
  known(report: ReportRecord, request: KnownRequest): Promise<Known>
  /** What a report signed now must own up to; see {@link gapsOf}. */
  gaps(
    report: ReportRecord,
    request: KnownRequest,
    summaries: ReadonlyMap<string, StudySummary>,
    language: 'fr' | 'en',
  ): Promise<string[]>
}

/** What the desk knows of a case besides the text: its images, and the other cases of who reads it. */
export function openDesk({ db, clock, objects, studies, requests }: ReportsDeps): Desk {
  const ofImages = async (report: ReportRecord, request: KnownRequest) => {
    // The exam is the first study; another one may be a prior, whose device and dose are not this exam's.
    const [uid] = request.studies
    if (uid === undefined) return undefined
    const study = (await studies.byUid(uid)).find(({ site }) => site === report.site)
    return study === undefined ? undefined : imageFacts(study.id, { studies, objects })
  }

  const known: Desk['known'] = async (report, request) => {
    const { exam } = await requests.evidence(request)
    return withRoom(await ofImages(report, request), exam)
  }

  const gaps: Desk['gaps'] = async (report, request, summaries, language) => {
    const { form, record } = request
    const evidence = await requests.evidence(request)
    // Headers are read where there is something to compare them with.
    const { said } =
      evidence.exam === undefined ? { said: [] } : withRoom(await ofImages(report, request), evidence.exam)
    return gapsOf(
      request.studies.map(uid => studyView(uid, summaries.get(uid), record)),
      language,
      uid => isStranger(form.patient, summaries.get(uid)),
      { ...evidence, asked: form.laterality, said },
    )
  }

  async function others(who: Acting, request: KnownRequest): Promise<CheckedAgainst['others']> {
    const rows = await db
      .sql<RequestTables>()
      .selectFrom('requests')
      .select('form')
      .where('holder', '=', who.account.id)
      .where('id', '<>', request.record.id)
      .orderBy('claimed_at', 'desc')
      .limit(OTHERS_MAX)
      .execute()
    return rows.map(row => {
      const { family, given } = (JSON.parse(row.form) as NewRequest).patient
      return { family, given }
    })
  }

  return {
    images: async (report, request) => (await known(report, request)).facts,
    known,
    gaps,
    checks: async (who, report, request, sections) => {
      const { form } = request
      const read = await ofImages(report, request)
      return checksOf(
        sections,
        {
          laterality: form.laterality,
          patient: form.patient,
          imageSides: read?.sides ?? [],
          date: isoAt(clock.now()).slice(0, 10),
          persons: [form.requester.name, who.account.name],
          others: await others(who, request),
        },
        who.account.language,
      )
    },
  }
}

/**
 * Throws `invalid` where something stands against the signature: with the field of the section that blocks, or with
 * `confirmed.<code>` of what its signer has not confirmed, with a reason.
 */
export function demandChecked(
  checks: readonly SigningCheckView[],
  confirmed: readonly Confirmed[],
  language: 'fr' | 'en',
): void {
  const blocking = checks.filter(({ blocks }) => blocks)
  if (blocking.length > 0)
    fail(
      'invalid',
      blocking[0]?.sentence ?? '',
      blocking.map(({ section, sentence }) => ({ path: `sections.${section}`, message: sentence })),
    )
  const open = checks.filter(
    ({ code }) => !confirmed.some(one => one.code === code && one.reason.trim() !== ''),
  )
  if (open.length > 0)
    fail(
      'invalid',
      unconfirmedWords(open.map(({ sentence }) => sentence).join(' '), language),
      open.map(({ code, sentence }) => ({ path: `confirmed.${code}`, message: sentence })),
    )
}
