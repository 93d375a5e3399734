import { createRequire } from 'node:module'
import PDFDocument from 'pdfkit'
import { dateAt, msOf } from '../clock.js'
import { bannerOf, label, sexWord, sideWord } from './document-words.js'
import { writtenDate } from './gaps.js'
import type { SignedContent } from './report.js'

type Pdf = InstanceType<typeof PDFDocument>

const resolve = createRequire(import.meta.url).resolve
const SANS = resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
const BOLD = resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')

/** Points (1/72 inch) on A4. */
const SIDE = 56
const HEAD = 116
const FOOT = 64
const TEXT = 10.5
const SMALL = 8
const INK = '#111111'
const GREY = '#555555'
const ALARM = '#9a1b00'

/**
 * The printed form of one signed version, made of the signed content alone: the same content gives the same
 * bytes. A4, tagged, embedded fonts (PDF/A-2a); the patient's identity, the banner and "page x of y" are on every page.
 */
export function reportDocument(content: SignedContent, digest: string): Promise<Buffer> {
  const { language, patient } = content
  const title = `${label(content.kind === 'preliminary' ? 'preliminaryTitle' : 'title', language)} ${content.reference}`
  const signedAt = dateAt(msOf(content.signedAt))
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
      Author: content.signer.name,
      Creator: 'Relais',
      Producer: 'Relais',
      CreationDate: signedAt,
      ModDate: signedAt,
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
  const block = (type: string, write: () => void) => root.add(doc.struct(type, {}, write))

  block('H1', () => doc.font('bold').fontSize(15).fillColor(INK).text(title).moveDown(0.6))
  for (const [name, value] of facts(content))
    block('P', () => {
      doc
        .font('bold')
        .fontSize(9)
        .fillColor(GREY)
        .text(`${name}${language === 'fr' ? ' : ' : ': '}`, { continued: true })
      doc.font('sans').fillColor(INK).text(printable(value))
    })
  for (const addendum of [...content.addenda].reverse()) {
    const { date, time } = moment(addendum.signedAt, language)
    section(
      doc,
      block,
      `${label('addendumOf', language)} ${date} ${time} – ${addendum.signer.name}`,
      addendum.text,
    )
  }
  for (const key of ['indication', 'technique', 'results', 'conclusion'] as const)
    if (content.sections[key].trim() !== '')
      section(doc, block, label(key, language), content.sections[key], key === 'conclusion')
  if (content.gaps.length > 0) section(doc, block, label('gaps', language), content.gaps.join('\n'), true)
  signature(doc, block, content, digest)
  root.end()

  const { start, count } = doc.bufferedPageRange()
  for (let index = 0; index < count; index++) {
    doc.switchToPage(start + index)
    // Head and foot stand in the margins: text there must not begin a new page.
    doc.page.margins.bottom = 0
    doc.markContent('Artifact', { type: 'Pagination', attached: ['Top'] })
    head(doc, content)
    doc.endMarkedContent()
    doc.markContent('Artifact', { type: 'Pagination', attached: ['Bottom'] })
    const pages = `${label('page', language)} ${index + 1} ${label('of', language)} ${count}`
    foot(
      doc,
      `${patient.family} – ${content.reference} – ${label('version', language)} ${content.version} – ${digest.slice(0, 16)}`,
      pages,
    )
    doc.endMarkedContent()
  }
  doc.end()
  return done
}

type Block = (type: string, write: () => void) => void

function section(doc: Pdf, block: Block, title: string, text: string, strong = false): void {
  // A heading alone at the foot of a page says nothing.
  if (doc.y > doc.page.height - FOOT - 60) doc.addPage()
  block('H2', () => doc.moveDown(0.9).font('bold').fontSize(11.5).fillColor(INK).text(title).moveDown(0.2))
  for (const paragraph of text.split(/\n+/))
    block('P', () =>
      doc
        .font(strong ? 'bold' : 'sans')
        .fontSize(TEXT)
        .fillColor(INK)
        .text(printable(paragraph), { lineGap: 2 })
        .moveDown(0.15),
    )
}

function facts(content: SignedContent): [string, string][] {
  const { language, exam, requester, signer } = content
  const name = (key: Parameters<typeof label>[0]) => label(key, language)
  const service = requester.service === undefined ? '' : `, ${requester.service}`
  const known: [string, string | undefined][] = [
    [name('requester'), `${requester.name}${service}`],
    [name('phone'), requester.phone],
    [name('site'), content.site.name],
    [name('exam'), `${exam.modality} – ${exam.region}`],
    [
      name('laterality'),
      exam.laterality === undefined ? undefined : sideWord(exam.laterality as never, language),
    ],
    [name('examDate'), exam.date === undefined ? undefined : writtenDate(exam.date, language)],
    [name('accession'), exam.accession],
    [name('question'), exam.question],
    [name('readBy'), `${signer.name}, ${signer.role} – ${content.readingSite.name}`],
  ]
  return known.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '')
}

function signature(doc: Pdf, block: Block, content: SignedContent, digest: string): void {
  const { language, signer } = content
  const { date, time } = moment(content.signedAt, language)
  if (doc.y > doc.page.height - FOOT - 90) doc.addPage()
  block('P', () =>
    doc
      .moveDown(1.2)
      .font('bold')
      .fontSize(TEXT)
      .fillColor(INK)
      .text(
        `${label('signed', language)} ${signer.name}, ${signer.role}, ${label('on', language)} ${date} ${time}`,
      ),
  )
  block('P', () => {
    doc.moveDown(0.3).font('sans').fontSize(SMALL).fillColor(GREY)
    doc.text(
      `${label('request', language)} ${content.reference} – ${label('version', language)} ${content.version}`,
    )
    doc.text(label('digest', language)).text(digest)
    if (content.previous === null) return
    doc.text(label('previous', language)).text(content.previous)
  })
}

function head(doc: Pdf, content: SignedContent): void {
  const { language, patient } = content
  const width = doc.page.width - 2 * SIDE
  const line = { width, lineBreak: false, ellipsis: true, height: 14 }
  const birthName =
    patient.birthName === undefined ? '' : ` (${label('birthName', language)} ${patient.birthName})`
  const born =
    patient.birthDate === ''
      ? ''
      : `${label('born', language)} ${writtenDate(patient.birthDate, language)} – `
  doc.font('sans').fontSize(SMALL).fillColor(GREY)
  doc.text(printable(`${content.site.name} – ${content.readingSite.name}`), SIDE, 30, line)
  doc.font('bold').fontSize(12).fillColor(INK)
  doc.text(printable(`${patient.family} ${patient.given}${birthName}`), SIDE, 43, line)
  doc.font('sans').fontSize(9).fillColor(INK)
  doc.text(
    printable(
      `${born}${sexWord(patient.sex, language)} – ${label('patientNumber', language)} ${patient.id} (${patient.issuer})`,
    ),
    SIDE,
    60,
    line,
  )
  const banner = bannerOf(content.kind, language)
  if (banner !== undefined) {
    doc.rect(SIDE, 77, width, 18).fill(ALARM)
    doc
      .font('bold')
      .fontSize(10)
      .fillColor('#ffffff')
      .text(banner, SIDE, 81, { width, align: 'center', lineBreak: false })
  }
  doc
    .moveTo(SIDE, 101)
    .lineTo(doc.page.width - SIDE, 101)
    .lineWidth(0.5)
    .strokeColor(GREY)
    .stroke()
}

function foot(doc: Pdf, left: string, right: string): void {
  const y = doc.page.height - 40
  const width = doc.page.width - 2 * SIDE
  doc.font('sans').fontSize(SMALL).fillColor(GREY)
  doc.text(printable(left), SIDE, y, { width: width - 90, lineBreak: false, ellipsis: true, height: 12 })
  doc.text(right, doc.page.width - SIDE - 90, y, { width: 90, align: 'right', lineBreak: false })
}

/** A moment as it is written: always in UTC and saying so, since a report travels between zones. */
function moment(iso: string, language: SignedContent['language']): { date: string; time: string } {
  return { date: writtenDate(iso.slice(0, 10), language), time: `${iso.slice(11, 16)} UTC` }
}

/** Without control characters, which no font shows. */
function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/\p{Cc}/gu, '')
}
