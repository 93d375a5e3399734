import { demand } from '../accounts/permissions.js'
import type { Language } from '../accounts/view.js'
import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Fact } from '../journal/facts.js'
import type { Opener } from '../links/links.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import type { ListView } from '../requests/view.js'
import type { Deliveries } from './deliveries.js'
import type { ReportsDeps } from './deps.js'
import type { KeyImages } from './key-images.js'
import type { ReportRecord, ReportTables } from './schema.js'
import type { AnswerImagesView, AnswerView, NewShareView, ShareView } from './view.js'
import type { Proven } from './views.js'
import { versionView } from './views.js'
import { missingReportWords, noImagesWords, nothingSignedWords } from './words.js'

const HOUR_MS = 3_600_000
const OUTSIDE = { by: 'system', part: 'links' } as const

/** Who may open a share, and with what. */
export interface Opened {
  secret: string
  code?: string | undefined
  by: Opener
}

export interface NewShare {
  name: string
  role: string
  hours: number
  /** They may look at the images too. */
  images?: boolean | undefined
  /** The link goes there by letter as well, in this language; the code never does. */
  email?: string | undefined
  language?: Language | undefined
}

/** People without an account, or services, to whom a report goes: by a link that ends, and a code by another channel. */
export interface Shares {
  /** Link and code are in this answer and nowhere afterwards. */
  make(asker: Asker, report: string, to: NewShare): Promise<NewShareView>
  /** All of a report, with who opened them from where. */
  list(asker: Asker, report: string): Promise<ListView<ShareView>>
  revoke(asker: Asker, report: string, share: string): Promise<ListView<ShareView>>
  /** The newest version, for whoever has link and code. Throws as `Links.open` does. */
  open(opened: Opened): Promise<AnswerView>
  pdf(opened: Opened): Promise<{ pdf: Buffer; filename: string }>
  /** For who may look at them: a token a study that reads its images for a while. Throws `missing` for none. */
  images(opened: Opened): Promise<AnswerImagesView>
  /** Whoever reads it says who they are; opening it was no acknowledgement. */
  acknowledge(opened: Opened, by: { name: string; role: string }): Promise<AnswerView>
}

export function openShares(
  deps: Pick<
    ReportsDeps,
    'clock' | 'ids' | 'journal' | 'links' | 'requests' | 'studies' | 'lending' | 'publicUrl'
  > & {
    db: Database
    deliveries: Pick<Deliveries, 'shared' | 'acknowledgedByShare'>
    seen(asker: Asker, id: string): Promise<{ report: ReportRecord; request: KnownRequest }>
    proven(report: ReportRecord): Promise<Proven[]>
    pdfOf(one: Proven): Promise<Buffer>
    picture: KeyImages['picture']
  },
): Shares {
  const { db, clock, ids, journal, links, requests } = deps
  const reading = () => db.sql<ReportTables>()
  const of = (share: string) => ({ purpose: 'report' as const, subject: share })

  async function mine(asker: Asker, id: string) {
    const found = await deps.seen(asker, id)
    const { language } = asker.who.account
    demand(asker.who, 'report.share', found.request.standing, missingReportWords(language))
    if (found.report.state === 'draft') fail('conflict', nothingSignedWords(language))
    return found
  }

  const rowsOf = (report: string) =>
    reading()
      .selectFrom('report_shares')
      .selectAll()
      .where('report', '=', report)
      .orderBy('made_at')
      .orderBy('id')
      .execute()

  const list: Shares['list'] = async (asker, id) => {
    await mine(asker, id)
    const items: ShareView[] = []
    for (const row of await rowsOf(id)) {
      const openings = await links.openings(of(row.id))
      items.push({
        id: row.id,
        name: row.name,
        role: row.role,
        madeAt: isoAt(row.made_at),
        madeBy: row.by_name,
        expiresAt: isoAt(row.expires_at),
        ...(row.images === 1 ? { images: true as const } : {}),
        standing: (await links.standing(of(row.id))) ?? 'expired',
        openings: openings.map(({ at, address, userAgent }) => ({ at: isoAt(at), address, userAgent })),
        ...letterOf(row),
      })
    }
    return { items }
  }

  async function opened({ secret, code, by }: Opened) {
    const link = await links.open({
      secret,
      purpose: 'report',
      ...(code === undefined ? {} : { code }),
      by,
    })
    const share = await reading()
      .selectFrom('report_shares')
      .selectAll()
      .where('id', '=', link.subject)
      .executeTakeFirstOrThrow()
    const report = await reading()
      .selectFrom('reports')
      .selectAll()
      .where('id', '=', share.report)
      .executeTakeFirstOrThrow()
    const all = await deps.proven(report)
    const last = all.at(-1) ?? fail('missing', nothingSignedWords('fr'))
    return { share, report, all, last }
  }

  /** Of the studies that the site has, where who holds the share may see them; none of what was taken back. */
  async function imagesOf({ share, report, last }: Awaited<ReturnType<typeof opened>>) {
    if (share.images === 0 || last.version.kind === 'withdrawal') return []
    const request = await requests.known(report.request)
    const studies = await Promise.all((request?.studies ?? []).map(uid => deps.studies.byUid(uid)))
    return studies.flatMap(found => found.filter(({ site }) => site === report.site))
  }

  async function answer({
    share,
    report,
    all,
    last,
  }: Awaited<ReturnType<typeof opened>>): Promise<AnswerView> {
    const { content, version } = last
    const given = (await deps.deliveries.shared(report.id)).find(
      one => one.recipient === share.id && one.version === version.version,
    )
    const pictures: AnswerView['pictures'] = {}
    // Each opening is counted: they come with it, not one by one.
    if (version.kind !== 'withdrawal')
      for (const { picture } of content.keyImages ?? [])
        if (picture !== undefined) pictures[picture] = (await deps.picture(picture)).toString('base64')
    const studies = await imagesOf({ share, report, all, last })
    return {
      reference: report.reference,
      state: report.state,
      language: content.language,
      patient: content.patient,
      exam: content.exam,
      requester: content.requester,
      siteName: content.site.name,
      readingSiteName: content.readingSite.name,
      gaps: content.gaps,
      versions: all.map(versionView),
      pictures,
      ...(studies.length === 0 ? {} : { images: true as const }),
      to: { name: share.name, role: share.role },
      expiresAt: isoAt(share.expires_at),
      ...(given?.state === 'acknowledged' && given.acknowledged_by !== null
        ? { acknowledgedBy: given.acknowledged_by, acknowledgedAt: isoAt(given.at) }
        : {}),
    }
  }

  return {
    list,
    make: async (asker, id, { name, role, hours, images, email, language }) => {
      const { report } = await mine(asker, id)
      const { who, origin } = asker
      const newest = (await deps.proven(report)).length
      const share = ids.next('shr')
      const made = await db.write(async tx => {
        const link = await links.make(
          tx,
          { ...of(share), site: report.site, validMs: hours * HOUR_MS, code: 'new' },
          origin,
        )
        const sql = tx.sql<ReportTables>()
        const row: ReportTables['report_shares'] = {
          id: share,
          report: id,
          name,
          role,
          made_at: clock.now(),
          expires_at: link.expiresAt,
          by: who.account.id,
          by_name: who.account.name,
          email: email ?? null,
          language: email === undefined ? null : (language ?? who.account.language),
          letter: email === undefined ? null : 'queued',
          letter_at: email === undefined ? null : clock.now(),
          letter_reason: null,
          images: images === true ? 1 : 0,
        }
        await sql.insertInto('report_shares').values(row).execute()
        await sql
          .insertInto('report_deliveries')
          .values({
            report: id,
            version: newest,
            channel: 'link',
            recipient: share,
            name: `${name}, ${role}`,
            state: 'sent',
            at: clock.now(),
            acknowledged_by: null,
            reason: null,
          })
          .execute()
        await journal.append(tx, sharedFact(report, row, newest), origin)
        return link
      })
      return {
        id: share,
        link: `${deps.publicUrl()}/answer#token=${made.secret}`,
        code: made.code ?? '',
        expiresAt: isoAt(made.expiresAt),
        ...(email === undefined ? {} : { mailed: true as const }),
      }
    },
    revoke: async (asker, id, share) => {
      await mine(asker, id)
      if (!(await rowsOf(id)).some(row => row.id === share))
        fail('missing', missingReportWords(asker.who.account.language))
      await db.write(tx => links.close(tx, of(share), 'revoked', asker.origin))
      return list(asker, id)
    },
    open: async asked => answer(await opened(asked)),
    pdf: async asked => {
      const { report, last } = await opened(asked)
      return {
        pdf: await deps.pdfOf(last),
        filename: `${report.reference}-v${last.version.version}.pdf`,
      }
    },
    images: async asked => {
      const found = await opened(asked)
      const { share, report } = found
      const studies = await imagesOf(found)
      if (studies.length === 0) fail('missing', noImagesWords('fr'))
      const to = {
        share: share.id,
        site: report.site,
        name: `${share.name}, ${share.role}`,
        expiresAt: share.expires_at,
      }
      return {
        studies: await Promise.all(
          studies.map(async study => {
            const { token, expiresAt } = await deps.lending.toOutsider(study, to, OUTSIDE)
            return { StudyInstanceUID: study.uid, date: study.date, token, expiresAt: isoAt(expiresAt) }
          }),
        ),
      }
    },
    acknowledge: async (asked, { name, role }) => {
      const found = await opened(asked)
      const { report, share, last } = found
      await db.write(async tx => {
        const first = await deps.deliveries.acknowledgedByShare(tx, {
          report: report.id,
          version: last.version.version,
          share: share.id,
          person: `${name}, ${role}`,
        })
        if (!first) return
        await journal.append(
          tx,
          {
            type: 'report-acknowledged',
            site: report.site,
            ids: { request: report.request, report: report.id, share: share.id },
            body: { reference: report.reference, version: last.version.version, name, role, by: 'link' },
          },
          OUTSIDE,
        )
        await requests.acknowledged(tx, OUTSIDE, report.request)
      })
      return answer(found)
    },
  }
}

/** A version went to a share: when it was made, and again with each newer version where its link goes by letter. */
export function sharedFact(
  report: Pick<ReportRecord, 'id' | 'request' | 'reference' | 'site'>,
  share: ReportTables['report_shares'],
  version: number,
): Fact {
  const { name, role, email, language, expires_at: endsAt } = share
  return {
    type: 'report-shared',
    site: report.site,
    ids: { request: report.request, report: report.id, share: share.id },
    body: {
      reference: report.reference,
      version,
      name,
      role,
      endsAt,
      ...(email === null ? {} : { email, language }),
    },
  }
}

function letterOf(row: ReportTables['report_shares']): Pick<ShareView, 'letter'> {
  const { email, letter, letter_at: at, letter_reason: reason } = row
  if (email === null || letter === null || at === null) return {}
  return { letter: { email, state: letter, at: isoAt(at), ...(reason === null ? {} : { reason }) } }
}
