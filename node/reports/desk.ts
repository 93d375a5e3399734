import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { KnownRequest } from '../requests/requests.js'
import type { RequestTables } from '../requests/schema.js'
import type { NewRequest } from '../requests/view.js'
import { type CheckedAgainst, checksOf } from './checks.js'
import { type ImageFacts, imageFacts } from './image-facts.js'
import type { ReportsDeps } from './reports.js'
import type { ReportRecord } from './schema.js'
import type { CheckCode, Sections, SigningCheckView } from './view.js'
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
  /** What the images of the request say of how they were made; undefined where none are here. */
  images(report: ReportRecord, request: KnownRequest): Promise<ImageFacts | undefined>
}

/** What the desk knows of a case besides the text: its images, and the other cases of who reads it. */
export function openDesk({ db, clock, objects, studies }: ReportsDeps): Desk {
  const images: Desk['images'] = async (report, request) => {
    for (const uid of request.studies) {
      const study = (await studies.byUid(uid)).find(({ site }) => site === report.site)
      if (study !== undefined) return imageFacts(study.id, { studies, objects })
    }
    return undefined
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
    images,
    checks: async (who, report, request, sections) => {
      const { form } = request
      const known = await images(report, request)
      return checksOf(
        sections,
        {
          laterality: form.laterality,
          patient: form.patient,
          imageSides: known?.sides ?? [],
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
