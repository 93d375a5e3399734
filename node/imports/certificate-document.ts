import type { Language } from '../accounts/view.js'
import { dateAt, msOf } from '../clock.js'
import { banner, headLines, openPaper, type Paper, writtenDate, writtenMoment } from '../paper.js'
import { type CertificateContent, isFinal } from './certificate.js'
import { word, wordFor } from './certificate-words.js'
import { VERDICTS } from './verdicts.js'
import type { ImportIdentity } from './view.js'
import { whyWords } from './why-words.js'

export interface CertificateVersion {
  /** 0: nothing final yet, the state of the moment. */
  version: number
  /** ISO, UTC. */
  asOf: string
  digest: string
  previous: string | null
}

/** The printed form of an import's certificate; whom the images show is on every page. */
export function certificateDocument(
  content: CertificateContent,
  { version, asOf, digest, previous }: CertificateVersion,
  language: Language,
): Promise<Buffer> {
  const w = (key: Parameters<typeof word>[0]) => word(key, language)
  const { disc, brought, found, papers, decisions } = content
  const named = disc.label || disc.name || content.import
  const title = `${w('title')} – ${named}`
  const paper = openPaper({ title, author: content.site.name, language, at: dateAt(msOf(asOf)) })
  paper.title(title)
  const size = `${disc.files} ${w('files')}, ${sizeIn(disc.bytes, language)}`
  paper.fact(w('disc'), `${named} – ${disc.medium}, ${size}`)
  if (disc.name !== '' && disc.name !== named) paper.fact(w('name'), disc.name)
  paper.fact(w('fingerprint'), disc.fingerprint ?? w('notYet'))
  paper.fact(
    w('brought'),
    `${brought.by}, ${w('on')} ${writtenMoment(brought.at, language)} – ${content.site.name}`,
  )
  paper.fact(
    w('found'),
    VERDICTS.filter(verdict => (found[verdict] ?? 0) > 0)
      .map(verdict => `${found[verdict]} ${w(`verdict.${verdict}`)}`)
      .join(', '),
  )
  const { taken, duplicate, refused } = content.taken
  paper.fact(
    w('taken'),
    [
      `${taken + duplicate} ${w('images')}`,
      ...(duplicate > 0 ? [`${duplicate} ${w('here')}`] : []),
      ...(refused > 0 ? [`${refused} ${w('refused')}`] : []),
    ].join(', '),
  )
  paper.section(w('who'), decisions.length === 0 ? w('nobody') : '')
  for (const decision of decisions) decided(paper, decision, language)
  for (const { identity, by, at, reason, why } of content.notTaken)
    paper.fact(
      w('notTaken'),
      `${written(identity.PatientName)}, ${personIn(identity, language)} – ${by}, ${w('on')} ${writtenMoment(at, language)} – ${whyWords(why, reason, language)}`,
    )
  if (content.left.length > 0)
    paper.section(
      w('left'),
      content.left
        .map(
          each =>
            `${each.Modality} ${each.SeriesDescription || '–'}, ${each.images} ${w('images')} – ${w(`by.${each.by}`)}`,
        )
        .join('\n'),
    )
  if (papers.length > 0)
    paper.section(
      w('papers'),
      [
        ...papers.map(
          ({ kind, title: name, outcome }) =>
            `${kind.toUpperCase()} ${name} – ${wordFor('outcome', outcome ?? 'left-out', language)}`,
        ),
        ...(content.otherPapers > 0 ? [`+ ${content.otherPapers}`] : []),
      ].join('\n'),
    )
  paper.section(w('faults'), faultsIn(content, language))
  paper.section(w('to'), destinationsIn(content, language), true)
  paper.small(
    `${w('version')} ${version === 0 ? '–' : version} – ${w('asOf')} ${writtenMoment(asOf, language)}`,
  )
  paper.small(`${w('digest')} ${digest}`)
  if (previous !== null) paper.small(`${w('previous')} ${previous}`)
  paper.small(w('limits'))
  const shown = decisions.at(-1)?.studies[0]
  return paper.finish({
    head: doc => {
      headLines(doc, [
        `${content.site.name} – ${content.import}`,
        shown === undefined ? named : written(shown.identity.PatientName),
        shown === undefined ? '' : personIn(shown.identity, language),
      ])
      if (content.state === 'entered-in-error') banner(doc, w('withdrawn'))
      else if (!isFinal(content)) banner(doc, w('interim'))
    },
    foot: `${named} – ${content.import} – ${w('asOf')} ${writtenMoment(asOf, language)} – ${digest.slice(0, 16)}`,
  })
}

function decided(
  paper: Paper,
  { by, at, candidate, reason, withdrawn, studies }: CertificateContent['decisions'][number],
  language: Language,
): void {
  const w = (key: Parameters<typeof word>[0]) => word(key, language)
  paper.fact(
    w('decided'),
    `${by}, ${w('on')} ${writtenMoment(at, language)} – ${wordFor('from', candidate, language)}`,
  )
  if (reason !== null) paper.fact(w('reason'), reason)
  if (withdrawn !== null)
    paper.fact(
      w('takenBack'),
      `${withdrawn.by}, ${w('on')} ${writtenMoment(withdrawn.at, language)} – ${withdrawn.reason}`,
    )
  for (const study of studies) {
    const when = study.StudyDate === '' ? '' : ` ${dayIn(study.StudyDate, language)}`
    const series = `${study.series} ${w('series')} ${w('of')} ${study.ofSeries}`
    paper.fact(
      `${study.Modalities.join(' ')} ${study.StudyDescription}${when}`.trim(),
      `${study.images} ${w('images')}, ${series} – ${written(study.identity.PatientName)}, ${personIn(study.identity, language)}`,
    )
    if (study.changes.length === 0 && withdrawn === null) paper.small(w('unchanged'))
    for (const { field, from, to } of study.changes)
      paper.fact(
        `   ${w(`field.${field}`)}`,
        `${valueIn(field, from, language)} ${w('becomes')} ${valueIn(field, to, language)}`,
      )
  }
}

function faultsIn({ faults }: CertificateContent, language: Language): string {
  const w = (key: Parameters<typeof word>[0]) => word(key, language)
  if (faults.length === 0) return w('noFaults')
  return faults
    .map(({ what, reason, why, files, paths }) => {
      const where =
        paths.length === 0 ? '' : ` (${files > 1 ? `${w('forExample')} ` : ''}${paths.join(', ')})`
      return `${files} × ${w(`fault.${what}`)} – ${whyWords(why, reason, language) || w('others')}${where}`
    })
    .join('\n')
}

function destinationsIn({ destinations }: CertificateContent, language: Language): string {
  if (destinations.length === 0) return word('nowhere', language)
  return destinations
    .map(({ peer, state, confirmed, of, at }) => {
      const when = at === null ? '' : ` ${word('on', language)} ${writtenMoment(at, language)}`
      return `${peer} – ${wordFor('state', state, language)}${when} – ${confirmed} / ${of} ${word('confirmed', language)}`
    })
    .join('\n')
}

/** DICOM person name: family and given, without its delimiters. */
function written(name: string): string {
  return (name.split('=')[0] ?? '').split('^').filter(Boolean).join(' ') || '–'
}

function personIn(identity: ImportIdentity, language: Language): string {
  const number = [identity.PatientID || '–', identity.IssuerOfPatientID].filter(Boolean).join(' @ ')
  return [dayIn(identity.PatientBirthDate, language), identity.PatientSex, number].filter(Boolean).join(' – ')
}

function dayIn(day: string, language: Language): string {
  return writtenDate(day.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'), language)
}

function valueIn(field: string, value: string, language: Language): string {
  if (value === '') return word('none', language)
  return field === 'PatientBirthDate' ? dayIn(value, language) : value
}

function sizeIn(bytes: number, language: Language): string {
  const megabytes = (bytes / 1_000_000).toFixed(1)
  return language === 'fr' ? `${megabytes.replace('.', ',')} Mo` : `${megabytes} MB`
}
