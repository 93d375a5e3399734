import { allows } from '../accounts/permissions.js'
import type { SearchKeys } from '../exchange/searching.js'
import type { Acting } from '../http/acting.js'
import type { Requests } from '../requests/requests.js'
import { folded, type PatientIdentity } from '../studies/identity.js'
import type { Patients } from '../studies/patients.js'
import type { StudySearchView } from '../studies/view.js'
import { compareIdentities } from './rules.js'
import type { ImportCandidate, ImportCandidates, ImportIdentity } from './view.js'

const CANDIDATES_MAX = 30

/** Whom a disc may show: the request at hand, people the node knows, and those of the site's PACS, best first. */
export async function candidatesFor(
  disc: ImportIdentity,
  asked: { who: Acting; site: string; issuer: string; request?: string },
  options: {
    requests: Requests
    patients: Patients
    search(who: Acting, site: string, issuer: string, keys: SearchKeys): Promise<StudySearchView>
  },
): Promise<ImportCandidates> {
  const { who, site, issuer } = asked
  const found: Omit<ImportCandidate, 'fields' | 'score' | 'contradicts'>[] = []
  if (asked.request !== undefined) {
    const request = await options.requests.known(asked.request)
    if (request !== undefined && allows(who, 'request.see', request.standing)) {
      const { patient, accession } = request.form
      found.push({
        candidate: 'request',
        from: request.record.reference,
        request: request.record.id,
        identity: {
          PatientID: patient.id,
          IssuerOfPatientID: patient.issuer,
          PatientName: `${patient.family}^${patient.given}`,
          PatientBirthDate: patient.birthDate.replaceAll('-', ''),
          PatientSex: patient.sex,
        },
        ...(accession === undefined ? {} : { accession }),
      })
    }
  }
  for (const identity of await peopleInNode(disc, site, options.patients))
    found.push({ candidate: 'node', from: site, identity })
  const answers = await searchPacs(disc, asked, options.search)
  for (const item of answers.items)
    found.push({
      candidate: 'pacs',
      from: item.peer,
      identity: {
        PatientID: item.PatientID,
        IssuerOfPatientID: item.IssuerOfPatientID || issuer,
        PatientName: item.PatientName,
        PatientBirthDate: item.PatientBirthDate,
        PatientSex: item.PatientSex,
      },
    })

  // One person is one candidate, however many studies the PACS has of them.
  const distinct = new Map<string, ImportCandidate>()
  for (const each of found) {
    if (
      each.candidate !== 'request' &&
      (each.identity.PatientID === '' || each.identity.IssuerOfPatientID.startsWith('?'))
    )
      continue
    const key = `${each.identity.IssuerOfPatientID}|${each.identity.PatientID}|${each.identity.PatientName}`
    if (!distinct.has(key)) distinct.set(key, { ...each, ...compareIdentities(disc, each.identity) })
  }
  const items = [...distinct.values()].sort(
    (a, b) => Number(b.candidate === 'request') - Number(a.candidate === 'request') || b.score - a.score,
  )
  return { items: items.slice(0, CANDIDATES_MAX), peers: answers.peers }
}

/** The node's own patients whose name begins alike. */
export async function peopleInNode(
  disc: ImportIdentity,
  site: string,
  patients: Patients,
): Promise<ImportIdentity[]> {
  const family = folded(disc.PatientName).split(' ')[0] ?? ''
  return family === '' ? [] : (await patients.find(site, { name: family })).map(importIdentity)
}

export function importIdentity({ patientId, issuer, name, birthDate, sex }: PatientIdentity): ImportIdentity {
  return {
    PatientID: patientId,
    IssuerOfPatientID: issuer,
    PatientName: name,
    PatientBirthDate: birthDate,
    PatientSex: sex,
  }
}

/** By birth date where the disc has one: names are spelt in too many ways to be asked for exactly. */
async function searchPacs(
  disc: ImportIdentity,
  { who, site, issuer }: { who: Acting; site: string; issuer: string },
  search: Parameters<typeof candidatesFor>[2]['search'],
): Promise<{ items: StudySearchView['items']; peers: ImportCandidates['peers'] }> {
  const [family = ''] = disc.PatientName.split('^')
  const keys: SearchKeys[] = []
  if (disc.PatientBirthDate !== '') keys.push({ PatientBirthDate: disc.PatientBirthDate })
  if (family.trim() !== '') keys.push({ PatientName: family.trim() })
  const answers = await Promise.all(keys.map(key => search(who, site, issuer, key)))
  const peers = new Map<string, ImportCandidates['peers'][number]>()
  for (const { peer, outcome, reason } of answers.flatMap(answer => answer.peers))
    if (peers.get(peer)?.outcome !== 'answered')
      peers.set(peer, { peer, outcome, ...(reason === undefined ? {} : { reason }) })
  return { items: answers.flatMap(answer => answer.items), peers: [...peers.values()] }
}
