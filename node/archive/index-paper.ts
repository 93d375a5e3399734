import { dateAt, msOf } from '../clock.js'
import { GREY, HEAD, openPaper, SIDE, SMALL } from '../paper.js'
import type { ActIndex } from './act.js'
import { indexSections } from './index-sections.js'

const LINE_POINTS = 26

/** The index of the record as PDF/A: each part of it in a few lines, who did what and when, and the digests of what was signed. */
export async function indexPaper(index: ActIndex): Promise<Buffer> {
  const title = `Dossier de l’acte ${index.reference} · Record of the act`
  const paper = openPaper({
    title,
    author: index.site.name,
    language: 'fr',
    at: dateAt(msOf(index.assembledAt)),
  })
  paper.title(title)
  paper.fact('Site', index.site.name)
  paper.fact('Établi le · Assembled at', `${index.assembledAt} (UTC)`)
  paper.fact('État · State', index.state)
  const form = index.versions.at(-1)?.form
  if (form !== undefined) {
    const { family, given, birthDate, id, issuer } = form.patient
    paper.fact('Patient', `${family} ${given}, ${birthDate}, ${id} (${issuer})`)
    paper.fact('Demandeur · Requester', form.requester.name)
    paper.section('Question', form.question)
  }
  for (const { heading, lines } of indexSections(index)) {
    paper.section(heading, lines.length === 0 ? '–' : `${lines.length}`)
    for (const line of lines) {
      paper.room(LINE_POINTS)
      paper.small(line)
    }
  }
  paper.section('Chronologie (UTC) · Timeline (UTC)', `${index.timeline.length}`)
  for (const { seq, at, type, by } of index.timeline) {
    paper.room(LINE_POINTS)
    const who = [by.name, by.role, by.site, by.address].filter(Boolean).join(', ')
    paper.small(`${at}  ${type}  (n° ${seq})\n${who}`)
  }
  return paper.finish({
    head: doc => {
      doc.fontSize(SMALL).fillColor(GREY)
      doc.text(`${index.site.name}  ·  ${index.reference}`, SIDE, HEAD / 2, { lineBreak: false })
    },
    foot: `${index.reference} · ${index.assembledAt} · données de santé · health data`,
  })
}
