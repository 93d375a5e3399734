import { fileHeader } from '../../dicom/format/part10.js'
import { phantomStudy } from '../../dicom/format/phantom.js'
import type { Origin } from '../../journal/facts.js'
import type { Services } from '../../program/services.js'
import { applyNetwork, networkFile } from '../network-file.js'
import { type DemoStudy, type Person, people, sites, studies } from './cast.js'
import type { DemoPacs } from './pacs.js'

const origin: Origin = { by: 'command', user: 'demo' }
const DAY_MS = 86_400_000

/** Sites, peers at this run's ports, routes, presets and contracts. Applied at every start: only what changed is written. */
export function applyDemoNetwork(services: Services, pacs: readonly DemoPacs[], callUs: string) {
  const file = networkFile.parse({
    sites,
    peers: pacs.map(({ id, aeTitle, port }) => ({
      id,
      site: id.replace('-pacs', ''),
      aeTitles: [aeTitle],
      host: '127.0.0.1',
      port,
      callUs,
      from: ['127.0.0.1/32'],
      tls: 'none',
      certificate: null,
      may: ['echo', 'store', 'find', 'get'],
      associations: 2,
    })),
    routes: ['nord', 'sud'].map(site => ({
      id: `${site}-vers-lecture`,
      when: { site, modality: ['CT', 'MR', 'DX', 'CR'] },
      to: ['lecture-pacs'],
    })),
    presets: ['nord', 'sud'].map(site => ({ id: `cd-${site}`, site, to: [`${site}-pacs`] })),
    contracts: ['nord', 'sud'].map(site => ({
      id: `${site}-lecture`,
      requesting: site,
      reading: 'lecture',
      modalities: ['CT', 'MR', 'CR', 'DX'],
      kinds: ['reading', 'opinion'],
      urgencies: ['emergency', 'urgent', 'routine'],
    })),
  })
  return applyNetwork(services, file, origin)
}

export async function addPeople(services: Services, password: string): Promise<void> {
  for (const person of people) await services.accounts.create(null, accountOf(person, password), origin)
}

function accountOf(person: Person, password: string) {
  return { ...person, password }
}

/** The synthetic images of one study as files, the way its modality would have left them in the PACS. */
export function filesOf(study: DemoStudy, nowMs: number, dateOf: (ms: number) => string): Buffer[] {
  const files: Buffer[] = []
  for (const image of phantomStudy({
    kind: study.kind,
    patient: study.patient,
    StudyInstanceUID: study.uid,
    StudyDate: dateOf(nowMs - study.daysAgo * DAY_MS),
    StudyTime: study.time,
    AccessionNumber: study.accession,
    StudyDescription: study.description,
    ReferringPhysicianName: 'EXEMPLE^Docteur',
    InstitutionName: sites.find(site => site.id === study.site)?.name ?? '',
  }))
    files.push(Buffer.concat([fileHeader(image), image.dataset]))
  return files
}

/** Resolves when the node holds all of the studies that are sent to it. */
export async function arrived(services: Pick<Services, 'studies'>, tries = 600): Promise<void> {
  const wanted = studies.filter(study => study.sentToRelais)
  for (let left = tries; left > 0; left--) {
    const here = await Promise.all(wanted.map(study => services.studies.byUid(study.uid)))
    if (here.every(found => found.some(study => study.arriving === 0))) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('The synthetic studies did not all arrive.')
}
