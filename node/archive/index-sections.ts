import type { ConsentView, Informed } from '../requests/view.js'
import type { ActIndex, Actor } from './act.js'
import { ladderText } from './ladder-text.js'

/** What the printed index says of each part of the record: heading and lines, French with English beside it. */
export interface Section {
  heading: string
  lines: string[]
}

/** A line of the page is one thing, whatever people typed. */
const oneLine = (value: string) => value.replace(/\s+/g, ' ').trim()
const time = (iso: string) => iso.replace('T', ' ').replace(/\.\d+Z$|Z$/, '')
const named = ({ name, role, site, address }: Actor) =>
  [name, role, site, address].filter(part => part !== undefined && part !== '').join(', ')

const INFORMED: Record<Informed, string> = {
  patient: 'patient',
  guardian: 'représentant légal (guardian)',
  'trusted-person': 'personne de confiance (trusted person)',
}

export function consentText(consent: ConsentView): string {
  const by = consent.by === undefined ? '' : `, par (by) ${oneLine(consent.by)}`
  if ('exception' in consent) return `impossible (exception) : ${oneLine(consent.exception)}${by}`
  if ('opposition' in consent) return `refusé (opposition) : ${oneLine(consent.opposition)}${by}`
  const to = consent.informed === undefined ? '' : `, informé (informed): ${INFORMED[consent.informed]}`
  return `recueilli (given)${to}${by}`
}

export function indexSections(index: ActIndex): Section[] {
  return [
    {
      heading: 'Demande, identité et consentement · Request, identity and consent',
      lines: versionLines(index),
    },
    { heading: 'Pièces jointes · Documents', lines: documentLines(index) },
    { heading: 'Examens · Studies', lines: studyLines(index) },
    { heading: 'Transferts et leur issue · Transfers and their results', lines: transferLines(index) },
    { heading: 'Comptes rendus signés · Signed reports', lines: reportLines(index) },
    { heading: 'Accusés de lecture · Receipts', lines: receiptLines(index) },
    { heading: 'Résultats critiques · Critical findings', lines: criticalLines(index) },
    { heading: 'Échanges · Conversation', lines: talkLines(index) },
    { heading: 'Avis envoyés · Notices', lines: noticeLines(index) },
    { heading: 'Alertes et appels · Alerts and calls', lines: ladderText(index.alerts).split('\n') },
    { heading: 'Incidents techniques · Technical incidents', lines: incidentLines(index) },
    { heading: 'Accès au dossier · Access to the record', lines: accessLines(index) },
  ]
}

function versionLines({ versions }: ActIndex): string[] {
  return versions.flatMap(({ revision, at, by, form }) => [
    `${revision}. ${time(at)}  ${named(by)} : ${oneLine(form.question)}`,
    `    Identité vérifiée par · Identity checked by: ${oneLine(form.identityCheckedBy)}`,
    `    Information et consentement · Information and consent: ${consentText(form.consent)}`,
  ])
}

function documentLines({ documents }: ActIndex): string[] {
  return documents.map(
    ({ at, by, name, bytes, sha256, file }) =>
      `${time(at)}  ${oneLine(name)} (${bytes}), ${by}, SHA-256 ${sha256}${file === null ? ' : perdu (lost)' : ''}`,
  )
}

function studyLines({ studies }: ActIndex): string[] {
  return studies.flatMap(({ StudyInstanceUID, series, instances, expected, arrivals }) => [
    `${StudyInstanceUID} : ${series} séries, ${instances.length} images${expected === null ? '' : ` / ${expected}`}`,
    ...arrivals.map(
      ({ from, source, callingAETitle, address, instances: count }) =>
        `    ${time(from)}  reçues de (from) ${source} (${callingAETitle}, ${address}) : ${count}`,
    ),
  ])
}

function transferLines({ transfers }: ActIndex): string[] {
  return transfers.map(
    ({ queuedAt, settledAt, peer, state, total, sent, confirmed, failed, attempts, reason }) =>
      `${time(queuedAt)}${settledAt === null ? '' : ` – ${time(settledAt)}`}  ${peer} : ${state}, ${sent}/${total} envoyées (sent), ${confirmed} confirmées (confirmed), ${failed} échouées (failed), ${attempts} essais (attempts)${reason === null ? '' : ` : ${oneLine(reason)}`}`,
  )
}

function reportLines({ reports }: ActIndex): string[] {
  return reports.flatMap(({ version, kind, signedAt, signer, digest, intact }) => [
    `${version}. ${kind}, ${named(signer)}, ${time(signedAt)}${intact ? '' : ' : altéré (changed)'}`,
    `    SHA-256 ${digest}`,
  ])
}

function receiptLines({ receipts }: ActIndex): string[] {
  return receipts.map(({ at, version, by }) => `${time(at)}  version ${version} : ${named(by)}`)
}

function criticalLines({ criticals }: ActIndex): string[] {
  return criticals.flatMap(({ class: grade, finding, foundAt, steps }) => [
    `classe (class) ${grade}, ${foundAt === null ? '' : time(foundAt)} : ${finding === null ? 'effacé (erased)' : oneLine(finding)}`,
    ...steps.map(({ at, type, by, body }) => {
      const told = ['receiver', 'role', 'method', 'note'].flatMap(key => {
        const value = body?.[key]
        return typeof value === 'string' && value !== '' ? [oneLine(value)] : []
      })
      const readBack = body?.['readBack'] === true ? ', relu (read back)' : ''
      return `    ${time(at)}  ${type}, ${named(by)}${told.length === 0 ? '' : ` : ${told.join(', ')}`}${readBack}`
    }),
  ])
}

function talkLines({ conversation }: ActIndex): string[] {
  return conversation.flatMap(({ at, by, text, attachments, inError }) => [
    `${time(at)}  ${named(by)} : ${oneLine(text)}${inError === null ? '' : ` (saisi par erreur · entered in error: ${oneLine(inError.reason)})`}`,
    ...attachments.map(({ name, sha256 }) => `    ${oneLine(name)}, SHA-256 ${sha256}`),
  ])
}

function noticeLines({ messages }: ActIndex): string[] {
  return messages.map(({ at, kind, account, channels, readAt }) => {
    const how = channels.map(({ channel, state }) => `${channel} ${state}`).join(', ')
    return `${time(at)}  ${kind}, ${account} : ${how}${readAt === null ? '' : `, lu (read) ${time(readAt)}`}`
  })
}

function incidentLines({ incidents }: ActIndex): string[] {
  return incidents.map(
    ({ at, type, ofTheNode, reason, seq }) =>
      `${time(at)}  ${type}${ofTheNode ? ' (nœud · node)' : ''}${reason === null ? '' : ` : ${oneLine(reason)}`} (n° ${seq})`,
  )
}

function accessLines({ access }: ActIndex): string[] {
  return access.map(({ at, type, screen, by }) => `${time(at)}  ${screen ?? type}, ${named(by)}`)
}
