import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '../../node/accounts/view.js'
import { type ManualClock, manualClock } from '../../node/clock.js'
import { type Criticals, openCriticals } from '../../node/criticals/criticals.js'
import { criticalMigrations } from '../../node/criticals/schema.js'
import { type Database, type Migration, openDatabase } from '../../node/database.js'
import { fail } from '../../node/errors.js'
import type { Acting } from '../../node/http/acting.js'
import { openIds } from '../../node/ids.js'
import { type Followers, openFollowers } from '../../node/journal/followers.js'
import { type Journal, openJournal } from '../../node/journal/journal.js'
import { openProof } from '../../node/journal/proof.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { type Links, openLinks } from '../../node/links/links.js'
import { linkMigrations } from '../../node/links/schema.js'
import { type Objects, openObjects } from '../../node/objects/objects.js'
import { objectMigrations } from '../../node/objects/schema.js'
import { plainSituation, type Situation } from '../../node/offsite/situation.js'
import { type Outbox, openOutbox } from '../../node/outbox/outbox.js'
import { outboxMigrations } from '../../node/outbox/schema.js'
import { migrations } from '../../node/program/migrations.js'
import { openReports, type Reports } from '../../node/reports/reports.js'
import { reportMigrations } from '../../node/reports/schema.js'
import type { Asker, PeoplePort, SitePort, StudyPort, StudySummary } from '../../node/requests/ports.js'
import { openRequests, type Requests } from '../../node/requests/requests.js'
import { requestMigrations } from '../../node/requests/schema.js'
import type { NewRequest, Urgency } from '../../node/requests/view.js'

export const START_MS = Date.UTC(2026, 10, 24, 6, 0, 0)

/** A person of the story: acts under one membership from one address. */
export function person(
  id: string,
  name: string,
  role: Role,
  site: string,
  language: 'fr' | 'en' = 'en',
): Asker {
  const account = { id, email: `${id}@example.test`, name, language }
  const who: Acting = {
    account,
    membership: { id: `mem_${id}`, site, role },
    session: { id: `ses_${id}`, endsAt: START_MS + 43_200_000 },
  }
  const origin = {
    by: 'account' as const,
    account: id,
    name,
    role,
    site,
    membership: `mem_${id}`,
    address: '192.0.2.1',
  }
  return { who, origin }
}

export const PEOPLE = {
  referrer: person('acc_ref', 'Dr Exemple', 'referrer', 'nord', 'fr'),
  technician: person('acc_tec', 'M. Manip', 'technician', 'nord'),
  stranger: person('acc_sud', 'Dr Sud', 'referrer', 'sud'),
  first: person('acc_rad1', 'Dr Un', 'radiologist', 'lecture'),
  second: person('acc_rad2', 'Dr Deux', 'radiologist', 'lecture'),
  outsider: person('acc_rad3', 'Dr Trois', 'radiologist', 'autre'),
  coordinator: person('acc_coo', 'Mme Régule', 'coordinator', 'lecture'),
  operator: person('acc_ope', 'Mme Exploite', 'operator', 'lecture'),
}

export const SITES = [
  { id: 'nord', name: 'Hôpital Nord', kind: 'requesting' as const, issuer: 'NORD' },
  { id: 'sud', name: 'Hôpital Sud', kind: 'requesting' as const, issuer: 'SUD' },
  { id: 'lecture', name: 'Groupe de lecture', kind: 'reading' as const },
  { id: 'autre', name: 'Autre groupe', kind: 'reading' as const },
]

export const CONTRACTS = [
  {
    id: 'nord-lecture',
    requesting: 'nord',
    reading: 'lecture',
    modalities: ['CT', 'MR', 'DX'],
    kinds: ['reading' as const, 'opinion' as const],
    urgencies: ['emergency' as const, 'urgent' as const, 'routine' as const],
  },
]

export const NORD_PACS = {
  id: 'nord-pacs',
  site: 'nord',
  aeTitles: ['NORDPACS'],
  host: '127.0.0.1',
  port: 4242,
  callUs: 'RELAIS',
  from: ['127.0.0.1/32'],
  tls: 'none' as const,
  certificate: null,
  may: ['echo' as const, 'store' as const, 'find' as const],
  associations: 4,
}

export const FORM: NewRequest = {
  kind: 'reading',
  urgency: 'routine',
  site: 'nord',
  modality: 'CT',
  region: 'Crâne',
  question: 'Hémorragie ?',
  context: 'Céphalée brutale',
  requester: { name: 'Dr Exemple', phone: '+33 1 00 00 00 00' },
  patient: { id: 'P1', issuer: 'NORD', family: 'ESSAI', given: 'Zoé', birthDate: '1970-03-12', sex: 'F' },
  studies: ['1.2.826.0.1'],
  identityCheckedBy: 'M. Témoin',
  consent: { given: true },
  submit: true,
}

export function study(uid: string, over: Partial<StudySummary> = {}): StudySummary {
  return {
    id: `std_${uid.replaceAll('.', '')}`,
    StudyInstanceUID: uid,
    modality: 'CT',
    description: 'TDM cérébrale',
    date: '2026-11-24',
    completeness: { received: 312, expected: 312, state: 'complete' },
    identity: { PatientID: 'P1', IssuerOfPatientID: 'NORD', birthDate: '1970-03-12' },
    ...over,
  }
}

/** A real database file with the services of an act, on a clock that moves only when told. */
export interface Act {
  db: Database
  clock: ManualClock
  journal: Journal
  followers: Followers
  outbox: Outbox
  links: Links
  requests: Requests
  criticals: Criticals
  reports: Reports
  objects: Objects
  people: PeoplePort
  sites: SitePort
  studies: StudyPort
  ids: ReturnType<typeof openIds>
  /** What the node has of studies, by owning site and UID. */
  here: Map<string, StudySummary>
  shared: { study: string; sites: readonly string[]; urgency: Urgency }[]
  folder: string
  /** Who reads now; nobody said anything of it where absent. */
  situation?: Situation
  close(): Promise<void>
}

/** The password of everybody in the story. */
export const PASSWORD = 'le bon mot de passe'

const OF_EVERY_ACT = [
  ...journalMigrations,
  ...objectMigrations,
  ...linkMigrations,
  ...outboxMigrations,
  ...requestMigrations,
  ...criticalMigrations,
  ...reportMigrations,
]

/** All other tables of the program, for what touches everything of an act. */
export const EVERY_OTHER_TABLE = migrations.filter(
  each => !OF_EVERY_ACT.some(({ name }) => name === each.name),
)

export async function openAct(more: readonly Migration[] = []): Promise<Act> {
  const folder = mkdtempSync(join(tmpdir(), 'relais-act-'))
  const clock = manualClock(START_MS)
  const ids = openIds(clock)
  const db = openDatabase({
    file: join(folder, 'relais.db'),
    migrations: [...OF_EVERY_ACT, ...more],
    clock,
  })
  const journal = openJournal({ db, clock })
  const onTrouble = (trouble: unknown) => {
    throw new Error(`trouble: ${JSON.stringify(trouble)}`)
  }
  const followers = openFollowers({ db, journal, clock, onTrouble })
  const outbox = openOutbox({ db, clock, ids, journal, onTrouble: () => {} })
  const links = openLinks({ db, clock, ids, journal, codeTriesMax: 5 })
  const here = new Map<string, StudySummary>()
  const shared: Act['shared'] = []
  const studies: StudyPort = {
    summaries: async (site, uids) =>
      new Map(
        uids.flatMap(uid =>
          here.has(`${site}/${uid}`) ? [[uid, here.get(`${site}/${uid}`) as StudySummary]] : [],
        ),
      ),
    traits: async (site, uids) =>
      new Map(
        uids.flatMap(uid => {
          const known = here.get(`${site}/${uid}`)
          if (known === undefined) return []
          const { identity, description, accession = '' } = known
          return [[uid, { identity, accession, words: [description], lateralities: [] }]]
        }),
      ),
    candidates: async (site, { patient, accession }) =>
      [...here].flatMap(([key, { identity, ...summary }]) =>
        key.startsWith(`${site}/`) &&
        (identity.PatientID === patient.id || (accession ?? '-') === summary.accession)
          ? [{ accession: '', ...summary, bodyPart: '', here: true, patientName: '' }]
          : [],
      ),
    ofPatient: async (site, patient) =>
      [...here].flatMap(([key, { identity, ...summary }]) =>
        key.startsWith(`${site}/`) && identity.PatientID === patient.id
          ? [{ ...summary, bodyPart: '', here: true }]
          : [],
      ),
    link: async (_tx, linked, { sites, urgency }) => {
      shared.push({ study: linked, sites, urgency })
    },
    unlink: async (_tx, { sites }) => {
      shared.push({ study: '', sites, urgency: 'routine' })
    },
  }
  const sites: SitePort = { sites: async () => SITES, contracts: async () => CONTRACTS }
  const people: PeoplePort = {
    members: async (asked, role) =>
      Object.values(PEOPLE)
        .filter(({ who }) => asked.includes(who.membership.site) && who.membership.role === role)
        .map(({ who }) => ({ account: who.account.id, name: who.account.name, site: who.membership.site })),
  }
  here.set('nord/1.2.826.0.1', study('1.2.826.0.1'))
  const objects = await openObjects({
    db,
    clock,
    folder: join(folder, 'objects'),
    run: 'test',
    bucketFiles: 100,
    freeBytesMin: 0,
  })
  const attachments = { attachmentsMax: 3, attachmentsMbMax: 1 }
  const requests = openRequests({
    db,
    clock,
    ids,
    journal,
    studies,
    sites,
    people,
    situation: async () => act.situation ?? plainSituation(clock.now(), 'UTC'),
    outbox,
    objects,
    attachments,
    enteredLaterDaysMax: 14,
  })
  for (const [kind, handler] of Object.entries(requests.handlers)) outbox.handle(kind, handler)
  const criticals = openCriticals({ db, clock, ids, journal, requests })
  const log = { error: () => undefined }
  const { checkpoints } = await openProof({ db, clock, journal, keysFolder: join(folder, 'keys'), log })
  const reports = openReports({
    db,
    clock,
    ids,
    journal,
    checkpoints,
    objects,
    outbox,
    requests,
    criticals,
    accounts: {
      members: people.members as never,
      reauthenticate: async (_who, { password }) => {
        if (password !== PASSWORD) fail('invalid', 'The password is not right.')
      },
    },
    peers: { list: () => [NORD_PACS] },
    studies: {
      byUid: async () => [],
      instances: async () => [],
      series: async () => [],
      seen: async () => fail('missing', 'There is no such study.'),
    },
    renderer: { render: async () => fail('unsupported', 'Nothing is drawn here.') },
    lending: { toOutsider: async () => fail('missing', 'Nothing is lent here.') },
    imagesKeptYears: 20,
    sites,
    links,
    publicUrl: () => 'https://relais.test',
  })
  const act: Act = {
    db,
    clock,
    journal,
    followers,
    outbox,
    links,
    requests,
    criticals,
    reports,
    objects,
    people,
    sites,
    studies,
    ids,
    here,
    shared,
    folder,
    close: async () => {
      await followers.close()
      await outbox.close()
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return act
}
