import { encode } from 'uqr'
import type { Language } from '../accounts/view.js'
import { dateAt, msOf } from '../clock.js'
import {
  banner,
  GREY,
  headLines,
  INK,
  openPaper,
  type Paper,
  SIDE,
  SMALL,
  TEXT,
  writtenDate,
  writtenMoment,
} from '../paper.js'
import {
  bannerOf,
  criticalSentence,
  differenceWord,
  keyImageSentence,
  label,
  sexWord,
  sideWord,
  titleOf,
  viewingSentence,
} from './document-words.js'
import type { SignedContent, SignedKeyImage } from './report.js'
import { codeOf } from './verification-code.js'

/** Points between two pictures. */
const KEY_GAP = 16
/** Of the code at the foot of a report: about two centimetres, which any telephone reads. */
const QR_POINTS = 58

/**
 * The printed form of one signed version, made of the signed content alone: the same content gives the same
 * bytes. The patient's identity, the banner and "page x of y" are on every page.
 */
export function reportDocument(
  content: SignedContent,
  digest: string,
  /** Where a code is checked, without a slash at the end; without it the code alone is printed. */
  verifyAt?: string,
  /** The pictures that the content names by their digests. */
  pictures: ReadonlyMap<string, Buffer> = new Map(),
): Promise<Buffer> {
  const { language } = content
  const title = `${titleOf(content.kind, language)} ${content.reference}`
  const paper = openPaper({
    title,
    author: content.signer.name,
    language,
    at: dateAt(msOf(content.signedAt)),
  })
  paper.title(title)
  for (const [name, value] of facts(content)) paper.fact(name, value)
  if (content.reason !== undefined) paper.section(label('reason', language), content.reason, true)
  // What was taken back is not printed again.
  if (content.kind === 'withdrawal') return finished(paper, content, digest, verifyAt)
  for (const addendum of [...content.addenda].reverse())
    paper.section(
      `${label('addendumOf', language)} ${writtenMoment(addendum.signedAt, language)} – ${addendum.signer.name}`,
      addendum.text,
    )
  for (const key of ['indication', 'technique', 'results', 'conclusion'] as const)
    if (content.sections[key].trim() !== '')
      paper.section(label(key, language), content.sections[key], key === 'conclusion')
  if (content.criticals !== undefined && content.criticals.length > 0)
    paper.section(
      label('criticals', language),
      content.criticals.map(critical => criticalSentence(critical, language)).join('\n'),
      true,
    )
  if (content.gaps.length > 0) paper.section(label('gaps', language), content.gaps.join('\n'), true)
  if (content.keyImages !== undefined) keyImages(paper, content.keyImages, pictures, language)
  return finished(paper, content, digest, verifyAt)
}

/** Two beside each other, each over its words; what cannot be drawn is named. */
function keyImages(
  paper: Paper,
  images: readonly SignedKeyImage[],
  pictures: ReadonlyMap<string, Buffer>,
  language: Language,
): void {
  const { doc } = paper
  paper.section(label('keyImages', language), label('keyImagesReduced', language))
  const width = (doc.page.width - 2 * SIDE - KEY_GAP) / 2
  const shown = images.flatMap(image => {
    const bytes = image.picture === undefined ? undefined : pictures.get(image.picture)
    return bytes === undefined ? [] : [{ image, bytes }]
  })
  for (let at = 0; at < shown.length; at += 2) {
    paper.room(width + 40)
    const top = doc.y + 6
    let bottom = top
    for (const [column, { image, bytes }] of shown.slice(at, at + 2).entries()) {
      const left = SIDE + column * (width + KEY_GAP)
      const words = keyImageSentence(image, language)
      paper.figure(words, () => doc.image(bytes, left, top, { fit: [width, width], align: 'center' }))
      paper.block('Caption', () =>
        doc
          .font('sans')
          .fontSize(SMALL)
          .fillColor(GREY)
          .text(words, left, top + width + 4, { width }),
      )
      bottom = Math.max(bottom, doc.y)
    }
    doc.x = SIDE
    doc.y = bottom
  }
  for (const image of images)
    if (!shown.some(one => one.image === image)) paper.small(keyImageSentence(image, language))
}

function finished(
  paper: Paper,
  content: SignedContent,
  digest: string,
  verifyAt: string | undefined,
): Promise<Buffer> {
  const { language, patient } = content
  signature(paper, content, digest, verifyAt)
  return paper.finish({
    head: doc => {
      headLines(doc, headOf(content))
      const words = bannerOf(content.kind, language)
      if (words !== undefined) banner(doc, words)
    },
    foot: `${patient.family} – ${content.reference} – ${label('version', language)} ${content.version} – ${digest.slice(0, 16)}`,
  })
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
    [name('equipment'), exam.equipment],
    [name('dose'), exam.dose],
    [name('contrast'), exam.contrast],
    [name('viewing'), content.viewing === undefined ? undefined : viewingSentence(content.viewing, language)],
    [name('question'), exam.question],
    [
      name('differs'),
      content.difference === undefined ? undefined : differenceWord(content.difference, language),
    ],
    [name('readBy'), `${signer.name}, ${signer.role} – ${content.readingSite.name}`],
  ]
  return known.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '')
}

function signature(
  { doc, block, figure, room }: Paper,
  content: SignedContent,
  digest: string,
  verifyAt: string | undefined,
): void {
  const { language, signer } = content
  const code = codeOf(digest)
  const address = verifyAt === undefined ? undefined : `${verifyAt}/v/${code}`
  room(QR_POINTS + 40)
  block('P', () =>
    doc
      .moveDown(1.2)
      .font('bold')
      .fontSize(TEXT)
      .fillColor(INK)
      .text(
        `${label('signed', language)} ${signer.name}, ${signer.role}, ${label('on', language)} ${writtenMoment(content.signedAt, language)}`,
      ),
  )
  const top = doc.y
  const beside = address === undefined ? {} : { width: doc.page.width - 2 * SIDE - QR_POINTS - 12 }
  block('P', () => {
    doc.moveDown(0.3).font('sans').fontSize(SMALL).fillColor(GREY)
    doc.text(
      `${label('request', language)} ${content.reference} – ${label('version', language)} ${content.version}`,
      beside,
    )
    // As text: a link in a paper that is kept for twenty years leads where the node was then.
    doc.text(`${label('verify', language)} ${address ?? code}`, beside)
    doc.text(label('digest', language), beside).text(digest, beside)
    if (content.previous === null) return
    doc.text(label('previous', language), beside).text(content.previous, beside)
  })
  if (address === undefined) return
  const bottom = doc.y
  figure(`${label('verify', language)} ${address}`, () =>
    squares(doc, address, doc.page.width - SIDE - QR_POINTS, top + 4),
  )
  doc.x = SIDE
  doc.y = Math.max(bottom, top + QR_POINTS + 8)
}

/** The address as a QR code (ISO/IEC 18004), for the telephone of who holds the paper. */
function squares(doc: Paper['doc'], address: string, left: number, top: number): void {
  const { data, size } = encode(address, { border: 0 })
  const side = QR_POINTS / size
  for (const [row, line] of data.entries())
    for (const [column, dark] of line.entries())
      if (dark) doc.rect(left + column * side, top + row * side, side, side)
  doc.fill(INK)
}

function headOf(content: SignedContent): [string, string, string] {
  const { language, patient } = content
  const birthName =
    patient.birthName === undefined ? '' : ` (${label('birthName', language)} ${patient.birthName})`
  const born =
    patient.birthDate === ''
      ? ''
      : `${label('born', language)} ${writtenDate(patient.birthDate, language)} – `
  return [
    `${content.site.name} – ${content.readingSite.name}`,
    `${patient.family} ${patient.given}${birthName}`,
    `${born}${sexWord(patient.sex, language)} – ${label('patientNumber', language)} ${patient.id} (${patient.issuer})`,
  ]
}
