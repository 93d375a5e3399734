import { dateAt, msOf } from '../clock.js'
import type { RosterView } from '../offsite/view.js'
import { GREY, headLines, INK, openPaper, type Paper, printable, SMALL, writtenDate } from '../paper.js'
import { timeOf, wallAt } from '../zone.js'
import { words } from './words.js'

/** A group that reads for the site. */
export interface DutyGroup {
  roster: Pick<RosterView, 'siteName' | 'timeZone' | 'shifts' | 'readers'>
  /** Whom a person telephones when every wave failed. */
  lastRung?: string
}

const LINE_POINTS = 30

/** Who reads for a site in these hours, with the telephones, in the time of each group's wall. */
export async function dutyList({
  site,
  day,
  groups,
  hours,
  language,
  at,
  timeZone,
}: {
  site: string
  day: string
  groups: readonly DutyGroup[]
  hours: number
  language: 'fr' | 'en'
  /** When it is made, UTC milliseconds: a later one takes its place. */
  at: number
  /** IANA: on whose wall that is said. */
  timeZone: string
}): Promise<{ bytes: Buffer; pages: number }> {
  const word = words(language)
  const title = `${word('duty')} · ${site} · ${hours} h`
  const paper = openPaper({ title, author: site, language, at: dateAt(at) })
  const made = wallAt(at, timeZone)
  const madeOn = `${word('made')} ${writtenDate(made.date, language)} ${timeOf(made.minute)}`
  paper.title(title)
  paper.block('P', () => {
    paper.doc.font('sans').fontSize(SMALL).fillColor(GREY).text(printable(madeOn))
  })
  if (groups.length === 0) paper.section(word('of'), word('noContract'))
  for (const { roster, lastRung } of groups) {
    paper.section(
      `${roster.siteName} (${roster.timeZone})`,
      roster.shifts.length === 0 ? word('nobody') : '',
      true,
    )
    for (const { from, to, name, kind, telephone } of roster.shifts) {
      paper.room(LINE_POINTS)
      const wall = (iso: string) => {
        const { date, minute } = wallAt(msOf(iso), roster.timeZone)
        return `${writtenDate(date, language)} ${timeOf(minute)}`
      }
      line(paper, `${wall(from)} – ${wall(to)}`, name, word(kind), telephone ?? word('noTelephone'))
    }
    if (roster.shifts.length === 0)
      for (const { name, telephone } of roster.readers) {
        paper.room(LINE_POINTS)
        line(paper, word('everybody'), name, '', telephone ?? word('noTelephone'))
      }
    if (lastRung === undefined) continue
    paper.room(LINE_POINTS)
    line(paper, word('lastRung'), '', '', lastRung)
  }
  const pages = paper.doc.bufferedPageRange().count
  const bytes = await paper.finish({
    head: doc => headLines(doc, [site, word('duty'), writtenDate(day, language)]),
    foot: `${site} · ${madeOn}`,
  })
  return { bytes, pages }
}

/** Large enough to dial from at arm's length: above small when, below who and the number. */
function line({ doc, block }: Paper, when: string, name: string, kind: string, telephone: string) {
  block('P', () => {
    doc.moveDown(0.4).font('sans').fontSize(SMALL).fillColor(GREY).text(printable(when))
    doc.font('sans').fontSize(12).fillColor(INK)
    const who = [name, kind].filter(Boolean).join(', ')
    if (who !== '') doc.text(`${printable(who)}   `, { continued: true })
    doc.font('bold').text(printable(telephone))
  })
}

/** What a duty list says of who reads and how they are reached: two that say the same are one. */
export function namesOn(groups: readonly DutyGroup[]): string {
  return JSON.stringify(
    groups.map(({ roster: { siteName, timeZone, shifts, readers }, lastRung }) => [
      [siteName, timeZone, lastRung],
      shifts.map(({ from, to, name, kind, telephone }) => [from, to, name, kind, telephone]),
      shifts.length === 0 ? readers.map(({ name, telephone }) => [name, telephone]) : [],
    ]),
  )
}
