import type { FieldFault } from '../errors.js'
import type { DiscStudy } from './rows.js'
import { compareIdentities } from './rules.js'
import type { ImportDecision, ImportPaper } from './view.js'

/** A reason somebody can read later. */
const REASON_MIN_CHARACTERS = 5

/** What is missing from a reason that stays. */
export function reasonFaults(reason: string): FieldFault[] {
  return reason.trim().length < REASON_MIN_CHARACTERS
    ? [{ path: 'reason', message: 'say why, in a few words', fr: 'dites pourquoi, en quelques mots' }]
    : []
}

/**
 * What does not fit in a person's decision, and the studies it is about. Two people on one disc are decided one after the
 * other; an identity that contradicts the disc needs a second look with a reason.
 */
export function decisionFaults(
  decision: ImportDecision,
  studies: readonly DiscStudy[],
  papers: readonly Pick<ImportPaper, 'number' | 'fault'>[],
): { faults: FieldFault[]; chosen: DiscStudy[] } {
  const faults: FieldFault[] = []
  const wanted = new Set(decision.series)
  const chosen = studies.filter(study => study.series.some(series => wanted.has(series.SeriesInstanceUID)))
  const known = new Set(studies.flatMap(study => study.series.map(series => series.SeriesInstanceUID)))
  const wantedPapers = decision.papers ?? []
  if (wanted.size === 0 && wantedPapers.length === 0)
    faults.push({
      path: 'series',
      message: 'at least one series, or a paper',
      fr: 'au moins une série, ou un document',
    })
  faults.push(...paperFaults(decision, chosen, papers))
  for (const uid of wanted)
    if (!known.has(uid))
      faults.push({
        path: 'series',
        message: `no series ${uid} is on this disc`,
        fr: `aucune série ${uid} n’est sur ce disque`,
      })
  const { today, accession } = decision
  if (today !== undefined && !chosen.some(study => study.StudyInstanceUID === today))
    faults.push({
      path: 'today',
      message: 'it is none of the chosen studies',
      fr: 'ce n’est aucun des examens choisis',
    })
  // An order's number in an earlier study would merge the two.
  if (accession !== undefined && today === undefined && chosen.length > 1)
    faults.push({
      path: 'today',
      message: 'which of these studies is the one the number belongs to?',
      fr: 'auquel de ces examens ce numéro appartient-il ?',
    })
  if (decision.candidate === 'keep') return { faults, chosen }

  const { identity } = decision
  if (identity.PatientName.replace(/[\^=\s]/g, '') === '')
    faults.push({ path: 'identity.PatientName', message: 'a name', fr: 'un nom' })
  if (identity.PatientID.trim() === '')
    faults.push({ path: 'identity.PatientID', message: 'a patient number', fr: 'un numéro de patient' })
  if (identity.PatientBirthDate !== '' && !/^\d{8}$/.test(identity.PatientBirthDate))
    faults.push({
      path: 'identity.PatientBirthDate',
      message: 'eight digits, YYYYMMDD',
      fr: 'huit chiffres, AAAAMMJJ',
    })
  const people = new Set(
    chosen.map(
      ({ identity: disc }) =>
        `${disc.IssuerOfPatientID}|${disc.PatientID}|${disc.PatientName}|${disc.PatientBirthDate}`,
    ),
  )
  if (people.size > 1)
    faults.push({
      path: 'series',
      message: 'the chosen series show more than one person: decide for each of them',
      fr: 'les séries choisies montrent plusieurs personnes : décidez pour chacune',
    })
  const contradicted = chosen.some(study => compareIdentities(study.identity, identity).contradicts)
  if (contradicted && (decision.reason ?? '').trim().length < REASON_MIN_CHARACTERS)
    faults.push({
      path: 'reason',
      message: 'the disc contradicts this identity: look again, and say why it is right',
      fr: 'le disque contredit cette identité : regardez de nouveau, et dites pourquoi elle est juste',
    })
  return { faults, chosen }
}

function paperFaults(
  { candidate, papers = [] }: ImportDecision,
  chosen: readonly DiscStudy[],
  known: readonly Pick<ImportPaper, 'number' | 'fault'>[],
): FieldFault[] {
  const faults: FieldFault[] = []
  const say = (message: string, fr: string) => faults.push({ path: 'papers', message, fr })
  if (new Set(papers.map(({ number }) => number)).size < papers.length)
    say('each paper once', 'chaque document une fois')
  for (const { number, StudyInstanceUID } of papers) {
    const paper = known.find(each => each.number === number)
    if (paper === undefined)
      say(
        `file ${number} of this disc is no paper`,
        `le fichier ${number} de ce disque n’est pas un document`,
      )
    else if (paper.fault !== undefined)
      say(
        `file ${number} cannot be taken: ${paper.fault}`,
        `le fichier ${number} ne peut pas être pris : ${paper.fault}`,
      )
    if (StudyInstanceUID === undefined) {
      // Nobody is kept as the disc says where the disc says nothing.
      if (candidate === 'keep')
        say(
          `file ${number} needs a study of the disc, or an identity`,
          `le fichier ${number} demande un examen du disque, ou une identité`,
        )
    } else if (!chosen.some(study => study.StudyInstanceUID === StudyInstanceUID))
      say(
        `file ${number} goes into a study that is not chosen`,
        `le fichier ${number} va dans un examen qui n’est pas choisi`,
      )
  }
  return faults
}
