import { createRequire } from 'node:module'
import PDFDocument from 'pdfkit'

export type Pdf = InstanceType<typeof PDFDocument>

const resolve = createRequire(import.meta.url).resolve
const SANS = resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
const BOLD = resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')

/** Points (1/72 inch) on A4. */
export const SIDE = 56
export const HEAD = 116
export const FOOT = 64
export const TEXT = 10.5
export const SMALL = 8
export const INK = '#111111'
export const GREY = '#555555'
export const ALARM = '#9a1b00'

type Language = 'fr' | 'en'

export interface Paper {
  doc: Pdf
  /** One element of the document's structure (PDF 1.7 §14.8): H1, H2, P … */
  block(type: string, write: () => void): void
  /** A picture, with the words that stand for it where it cannot be seen. */
  figure(alt: string, draw: () => void): void
  title(text: string): void
  /** `Name: value` on a line. */
  fact(name: string, value: string): void
  section(title: string, text: string, strong?: boolean): void
  small(text: string): void
  /** Before what should not stand alone at the foot of a page: a new one where fewer points are left. */
  room(points: number): void
  /** Head and foot of each page, which stand in its margins; then the bytes: the same content gives the same ones. */
  finish(page: { head(doc: Pdf): void; foot: string }): Promise<Buffer>
}

/** A printed form of ours: A4, tagged, embedded fonts (PDF/A-2a), "page x of y". `at`: what it was made of is of then. */
export function openPaper({
  title,
  author,
  language,
  at,
}: {
  title: string
  author: string
  language: Language
  at: Date
}): Paper {
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: HEAD, bottom: FOOT, left: SIDE, right: SIDE },
    bufferPages: true,
    pdfVersion: '1.7',
    subset: 'PDF/A-2a',
    tagged: true,
    displayTitle: true,
    lang: language === 'fr' ? 'fr-FR' : 'en-GB',
    font: SANS,
    info: {
      Title: title,
      Author: author,
      Creator: 'Relais',
      Producer: 'Relais',
      CreationDate: at,
      ModDate: at,
    },
  })
  const chunks: Buffer[] = []
  const done = new Promise<Buffer>((resolved, rejected) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('end', () => resolved(Buffer.concat(chunks)))
    doc.on('error', rejected)
  })
  doc.registerFont('sans', SANS).registerFont('bold', BOLD)
  const root = doc.struct('Document', { title })
  doc.addStructure(root)

  const block: Paper['block'] = (type, write) => {
    root.add(doc.struct(type, {}, write))
  }
  const room: Paper['room'] = points => {
    if (doc.y > doc.page.height - FOOT - points) doc.addPage()
  }
  return {
    doc,
    block,
    figure: (alt, draw) => {
      root.add(doc.struct('Figure', { alt }, draw))
    },
    room,
    title: text => block('H1', () => doc.font('bold').fontSize(15).fillColor(INK).text(text).moveDown(0.6)),
    fact: (name, value) =>
      block('P', () => {
        doc
          .font('bold')
          .fontSize(9)
          .fillColor(GREY)
          .text(`${name}${language === 'fr' ? ' : ' : ': '}`, { continued: true })
        doc.font('sans').fillColor(INK).text(printable(value))
      }),
    section: (heading, text, strong = false) => {
      // A heading alone at the foot of a page says nothing.
      room(60)
      block('H2', () =>
        doc.moveDown(0.9).font('bold').fontSize(11.5).fillColor(INK).text(heading).moveDown(0.2),
      )
      for (const paragraph of text.split(/\n+/))
        block('P', () =>
          doc
            .font(strong ? 'bold' : 'sans')
            .fontSize(TEXT)
            .fillColor(INK)
            .text(printable(paragraph), { lineGap: 2 })
            .moveDown(0.15),
        )
    },
    small: text =>
      block('P', () => doc.moveDown(0.3).font('sans').fontSize(SMALL).fillColor(GREY).text(printable(text))),
    finish: ({ head, foot }) => {
      root.end()
      const { start, count } = doc.bufferedPageRange()
      for (let index = 0; index < count; index++) {
        doc.switchToPage(start + index)
        // Head and foot stand in the margins: text there must not begin a new page.
        doc.page.margins.bottom = 0
        doc.markContent('Artifact', { type: 'Pagination', attached: ['Top'] })
        head(doc)
        doc
          .moveTo(SIDE, 101)
          .lineTo(doc.page.width - SIDE, 101)
          .lineWidth(0.5)
          .strokeColor(GREY)
          .stroke()
        doc.endMarkedContent()
        doc.markContent('Artifact', { type: 'Pagination', attached: ['Bottom'] })
        footOf(doc, foot, `page ${index + 1} ${language === 'fr' ? 'sur' : 'of'} ${count}`)
        doc.endMarkedContent()
      }
      doc.end()
      return done
    },
  }
}

/** Three lines in the head of a page: small, the strong one, and one below. */
export function headLines(doc: Pdf, [small, strong, below]: readonly [string, string, string]): void {
  const line = { width: doc.page.width - 2 * SIDE, lineBreak: false, ellipsis: true, height: 14 }
  doc.font('sans').fontSize(SMALL).fillColor(GREY).text(printable(small), SIDE, 30, line)
  doc.font('bold').fontSize(12).fillColor(INK).text(printable(strong), SIDE, 43, line)
  doc.font('sans').fontSize(9).fillColor(INK).text(printable(below), SIDE, 60, line)
}

/** Below the head: what nobody may miss. */
export function banner(doc: Pdf, text: string): void {
  const width = doc.page.width - 2 * SIDE
  doc.rect(SIDE, 77, width, 18).fill(ALARM)
  doc
    .font('bold')
    .fontSize(10)
    .fillColor('#ffffff')
    .text(text, SIDE, 81, { width, align: 'center', lineBreak: false })
}

function footOf(doc: Pdf, left: string, right: string): void {
  const y = doc.page.height - 40
  const width = doc.page.width - 2 * SIDE
  doc.font('sans').fontSize(SMALL).fillColor(GREY)
  doc.text(printable(left), SIDE, y, { width: width - 90, lineBreak: false, ellipsis: true, height: 12 })
  doc.text(right, doc.page.width - SIDE - 90, y, { width: 90, align: 'right', lineBreak: false })
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A date YYYY-MM-DD as it is written in the language; other text as it is. */
export function writtenDate(date: string, language: Language): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  if (match === null) return date
  const [, year, month, day] = match
  return language === 'fr' ? `${day}/${month}/${year}` : `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`
}

/** A moment as it is written: always in UTC and saying so, since papers travel between zones. */
export function writtenMoment(iso: string, language: Language): string {
  return `${writtenDate(iso.slice(0, 10), language)} ${iso.slice(11, 16)} UTC`
}

/** Without control characters, which no font shows. */
export function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/\p{Cc}/gu, '')
}
