import { fileHeader } from '../../dicom/format/part10.js'
import { phantomStudy } from '../../dicom/format/phantom.js'
import type { Origin } from '../../journal/facts.js'
import type { Services } from '../../program/services.js'
import { dateAfter, WEEK, wallAt } from '../../zone.js'
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
      preliminary: 'allowed',
      lastRung: { telephone: '+33 1 00 00 00 09' },
    })),
    groups: [{ id: 'ght-demo', name: 'Groupement de démonstration', sites: ['nord', 'sud'] }],
  })
  return applyNetwork(services, file, origin)
}

export async function addPeople(services: Services, password: string): Promise<void> {
  for (const person of people) await services.accounts.create(null, accountOf(person, password), origin)
}

/** A year in which somebody is always there: by day on site, by night on call; both, so that two can want one case. */
export async function addRoster(services: Pick<Services, 'accounts' | 'clock' | 'offsite'>): Promise<void> {
  const { accounts, clock, offsite } = services
  const { date } = wallAt(clock.now(), await offsite.timeZoneOf('lecture'))
  // Since last week: the calendar has a past, and the night that runs has begun.
  const first = dateAfter(date, -7)
  const repeat = { days: [...WEEK], until: dateAfter(date, 350) }
  for (const { account } of await accounts.members(['lecture'], 'radiologist')) {
    const shift = { site: 'lecture', account, date: first, repeat }
    await offsite.rosters.add({ ...shift, kind: 'on-site', from: '08:00', to: '20:00' }, origin)
    await offsite.rosters.add({ ...shift, kind: 'on-call', from: '20:00', to: '08:00' }, origin)
    await offsite.rosters.describe(
      { site: 'lecture', account, competences: ['neuro', 'urgences'], languages: [] },
      origin,
    )
  }
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
