import { dateAt } from '../clock.js'
import {
  banner,
  FOOT,
  GREY,
  HEAD,
  headLines,
  INK,
  openPaper,
  type Paper,
  SIDE,
  writtenDate,
} from '../paper.js'
import { type DowntimeWord, words } from './words.js'

const LINE_POINTS = 19
const LABEL_POINTS = 9

/** Where people write; how many ruled lines. */
const REQUEST: readonly (readonly [label: DowntimeWord, lines: number])[] = [
  ['when', 1],
  ['patient', 1],
  ['birth', 1],
  ['identity', 1],
  ['exam', 1],
  ['question', 3],
  ['context', 3],
  ['risks', 2],
  ['consent', 1],
  ['requester', 1],
  ['called', 1],
  ['answer', 2],
]
const REPORT: readonly (readonly [label: DowntimeWord, lines: number])[] = [
  ['patient', 1],
  ['birth', 1],
  ['exam', 1],
  ['given', 1],
  ['technique', 2],
  ['results', 9],
  ['conclusion', 5],
  ['critical', 1],
  ['taken', 1],
  ['signature', 1],
]

/** For each number two pages, the request and its report, so that they stay together. Gives the bytes and the pages. */
export async function blankForms({
  site,
  day,
  numbers,
  language,
  at,
}: {
  site: string
  day: string
  numbers: readonly string[]
  language: 'fr' | 'en'
  /** UTC milliseconds. */
  at: number
}): Promise<{ bytes: Buffer; pages: number }> {
  const word = words(language)
  const paper = openPaper({
    title: `${word('request')} · ${site} · ${day}`,
    author: site,
    language,
    at: dateAt(at),
  })
  numbers.forEach((number, index) => {
    if (index > 0) paper.doc.addPage()
    heading(paper, word('request'), `${word('number')} ${number}`)
    ruled(paper, word('kind'), word('kinds'))
    ruled(paper, word('urgency'), word('urgencies'))
    for (const [label, lines] of REQUEST) field(paper, word(label), lines)
    paper.small(word('enter'))
    paper.doc.addPage()
    heading(paper, word('report'), `${word('number')} ${number}`)
    for (const [label, lines] of REPORT) field(paper, word(label), lines)
    paper.small(word('enterReport'))
  })
  const pages = paper.doc.bufferedPageRange().count
  const bytes = await paper.finish({
    head: doc => {
      headLines(doc, [site, writtenDate(day, language), 'Relais'])
      banner(doc, word('breakdown'))
    },
    foot: `${site} · ${day}`,
  })
  return { bytes, pages }
}

function heading(paper: Paper, title: string, number: string) {
  paper.doc.y = HEAD
  paper.block('H1', () =>
    paper.doc
      .font('bold')
      .fontSize(14)
      .fillColor(INK)
      .text(title, SIDE, HEAD, { continued: false })
      .fontSize(17)
      .text(number)
      .moveDown(0.3),
  )
}

function ruled(paper: Paper, label: string, choices: string) {
  paper.block('P', () => {
    paper.doc.font('bold').fontSize(LABEL_POINTS).fillColor(GREY).text(`${label}  `, { continued: true })
    paper.doc.font('sans').fontSize(10.5).fillColor(INK).text(choices)
    paper.doc.moveDown(0.3)
  })
}

/** A label, and lines to write on: drawn, so no part of what a reader's voice says. */
function field(paper: Paper, label: string, lines: number) {
  const { doc } = paper
  paper.block('P', () => doc.font('bold').fontSize(LABEL_POINTS).fillColor(GREY).text(label))
  doc.markContent('Artifact', { type: 'Layout' })
  let { y } = doc
  for (let line = 0; line < lines; line++) {
    y += LINE_POINTS
    if (y > doc.page.height - FOOT - 24) break
    doc
      .moveTo(SIDE, y)
      .lineTo(doc.page.width - SIDE, y)
      .lineWidth(0.4)
      .strokeColor(GREY)
      .stroke()
  }
  doc.endMarkedContent()
  doc.y = y + 5
}
