import { readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { roles } from '../../node/accounts/permissions.js'
import type { AccountTables } from '../../node/accounts/schema.js'
import { openSessions } from '../../node/accounts/sessions.js'
import type { NewTokenView, Relation, Role } from '../../node/accounts/view.js'
import type { ImportView } from '../../node/imports/view.js'
import type { ReportView } from '../../node/reports/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { FORM } from './act.js'
import { arrive } from './arriving.js'
import { eventually } from './children.js'
import { technician } from './desk.js'
import { CONTRACTS, openNode, peerOf, type TestNode, temporary } from './node.js'
import { OPERATOR, PASSWORD } from './people.js'
import { studyUid, writePhantom } from './phantoms.js'
import { zipOf } from './zip-bytes.js'

const COMMAND = { by: 'command', user: 'test' } as const

/** nord asks; lecture is asked; avant was asked and is no more; sud has nothing to do with it; node runs the node. */
const SITES = [
  { id: 'nord', name: 'Hôpital Nord (fictif)', kind: 'requesting', issuer: 'NORD' },
  { id: 'sud', name: 'Hôpital Sud (fictif)', kind: 'requesting', issuer: 'SUD' },
  { id: 'lecture', name: 'Groupe de lecture (fictif)', kind: 'reading' },
  { id: 'avant', name: 'Groupe d’avant (fictif)', kind: 'reading' },
] as const
export const PLACES = ['nord', 'lecture', 'avant', 'sud', 'node'] as const
export type Place = (typeof PLACES)[number]

export interface Answer {
  status: number
  headers: string[]
  text: string
  ms: number
}

/** Somebody of one role at one place, signed in. */
export interface Persona {
  role: Role
  place: Place
  cookie: string
  account: string
  membership: string
}

/** One thing of nord's: what names it in an address or a body, and the text it is recognised by in a list. */
export interface Thing {
  id: string
  more?: Readonly<Record<string, string>>
}

export type House = Awaited<ReturnType<typeof openHouse>>

export async function openHouse(t: Pick<ExecutionContext, 'teardown'>) {
  const node = await openNode(t, {
    env: { ...OPERATOR, RELAIS_HTTP_ANONYMOUS_PER_MINUTE: '100000' },
    network: {
      sites: SITES,
      contracts: ['lecture', 'avant'].map(reading => ({
        ...CONTRACTS[0],
        id: `nord-${reading}`,
        reading,
      })),
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', 9, { may: ['echo', 'store', 'find', 'move'] }),
        peerOf('lecture-pacs', 'lecture', 'LECTURE', 9),
        peerOf('sud-pacs', 'sud', 'SUDPACS', 9),
      ],
      routes: [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
      presets: [{ id: 'cd-nord', site: 'nord', to: ['nord-pacs'] }],
    },
  })
  const { services } = node
  const { db, clock } = services
  const people = await castOf(node)
  const who = (role: Role, place: Place) =>
    people.find(each => each.role === role && each.place === place) as Persona
  const ask = asking(node)
  const read = <T>(answer: Answer, what: string): T => {
    if (answer.status >= 300) throw new Error(`${what}: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text) as T
  }
  const done = async <T>(
    by: Persona,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => read<T>(await ask(by, method, path, body, headers), `${method} ${path}`)
  const asker = who('referrer', 'nord')
  const reader = who('radiologist', 'lecture')
  const desk = who('technician', 'nord')
  const keeper = who('administrator', 'nord')
  const patient = { ...FORM.patient, id: '10001', birthDate: '1970-05-14' }
  let count = 0
  let atDesk: ReturnType<typeof technician> | undefined

  const request = async (studies: string[] = []): Promise<Thing> => {
    const form = { ...FORM, patient, studies, to: 'avant' }
    const made = await done<RequestView>(asker, 'POST', '/api/requests', form)
    await done(who('radiologist', 'avant'), 'POST', `/api/requests/${made.id}/claim`, {})
    await done(who('coordinator', 'nord'), 'POST', `/api/requests/${made.id}/reroute`, {
      to: 'lecture',
      reason: 'essai',
    })
    await done(reader, 'POST', `/api/requests/${made.id}/claim`, {})
    return { id: made.id }
  }
  const study = async (conflicting = false): Promise<Thing> => {
    const name = `study ${++count}`
    const uid = studyUid(name)
    const { files } = writePhantom(temporary(t), 'ct', { StudyInstanceUID: uid, images: 1, rows: 16 })
    const bytes = files.map(({ file }) => readFileSync(file))
    await arrive(services, 'nord', bytes)
    if (conflicting) await arrive(services, 'nord', bytes.map(repainted))
    const [row] = await services.studies.byUid(uid)
    const series = row === undefined ? undefined : (await services.studies.series(row.id))[0]
    return {
      id: uid,
      more: {
        study: uid,
        series: series?.uid ?? '',
        instance: files[0]?.sopInstanceUID ?? '',
        internal: row?.id ?? '',
      },
    }
  }
  const shared = async (): Promise<Thing> => {
    const thing = await study()
    const link = { request: `req_${thing.id}`, sites: ['lecture'], urgency: 'routine' }
    await db.write(tx => services.studies.link(tx, thing.more?.['internal'] ?? '', link))
    return thing
  }
  const report = async (): Promise<Thing> => {
    const { id } = await request()
    const draft = await done<ReportView>(reader, 'POST', `/api/requests/${id}/report`)
    const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' }
    await done(reader, 'PUT', `/api/reports/${draft.id}`, { revision: 1, sections })
    await done(reader, 'POST', `/api/reports/${draft.id}/sign`, { password: PASSWORD, as: 'final' })
    return { id: draft.id }
  }
  const disc = async (): Promise<Thing> => {
    atDesk ??= technician(node)
    const person = await atDesk
    const { files } = writePhantom(temporary(t), 'cd', { images: 1, rows: 16 })
    const zip = zipOf([{ name: 'IM1', body: readFileSync(files[0]?.file ?? '') }])
    const upload = await person.upload(zip, 'disc.zip')
    const made = await person.call<ImportView>('POST', '/api/imports', { upload, site: 'nord' })
    const known = await person.settled(made.body.id, 'inventoried')
    const series = known.studies[0]?.series[0]
    return {
      id: known.id,
      more: {
        study: known.studies[0]?.StudyInstanceUID ?? '',
        series: series?.SeriesInstanceUID ?? '',
        number: String(series?.sample ?? ''),
      },
    }
  }
  const transferOf = (uid: string) =>
    eventually('a transfer', async () => {
      const found = await node.transfer(uid, 'lecture-pacs')
      return found === undefined ? undefined : { id: found.id }
    })
  const parkedJob = async (): Promise<Thing> => {
    services.outbox.handle('test-gate', {
      run: async () => ({ result: 'permanent', reason: 'no' }),
    })
    const key = `gate ${++count}`
    await db.write(tx =>
      services.outbox.add(tx, { lane: `gate:${count}`, kind: 'test-gate', key, body: {}, site: 'nord' }),
    )
    return eventually('a parked job', async () => {
      const found = await services.outbox.open({ limit: 100, states: ['parked'] })
      const job = found.find(({ lane }) => lane === `gate:${count}`)
      return job === undefined ? undefined : { id: job.id }
    })
  }
  const parkedFact = async (): Promise<Thing> => {
    const seq = (await services.journal.read({ types: ['request-created'], limit: 1 }))[0]?.seq ?? 1
    await db.write(tx =>
      tx
        .sql<{ followers_parked: object }>()
        .insertInto('followers_parked')
        .values({ follower: `test ${++count}`, seq, reason: 'no', at: 1, settled_at: null })
        .execute(),
    )
    const found = (await services.followers.parked()).find(({ follower }) => follower === `test ${count}`)
    return { id: found?.id ?? '' }
  }
  /** A question about the shared act, and the call it ends in. */
  const alert = async (): Promise<Thing> => {
    const id = `alt_${++count}`
    const { id: about } = await request()
    await db.write(tx =>
      tx
        .sql<{ alerts: object }>()
        .insertInto('alerts')
        .values({
          ...{ id, kind: 'dispatch', request: about, urgency: 'urgent', site: 'nord' },
          ...{ reading_site: 'lecture', reference: 'E-1', ladder: '[]', rung: -1, state: 'open' },
          opened_at: clock.now(),
        })
        .execute(),
    )
    return { id }
  }
  const call = async (): Promise<Thing> => {
    const id = `cal_${++count}`
    const { id: about } = await alert()
    await db.write(tx =>
      tx
        .sql<{ call_tasks: object }>()
        .insertInto('call_tasks')
        .values({ id, alert: about, opened_at: clock.now() })
        .execute(),
    )
    return { id }
  }
  const token = async (): Promise<Thing> => {
    const body = { name: `Programme ${++count}`, rights: ['site.see'] }
    const { id, token: secret } = await done<NewTokenView>(desk, 'POST', '/api/tokens', body)
    return { id, more: { secret } }
  }
  const account = async (): Promise<Thing> => {
    const email = `invite${++count}@nord.example`
    const made = await services.accounts.create(
      null,
      { email, name: `Essai ${count}`, role: 'referrer', site: 'nord', language: 'fr' },
      COMMAND,
    )
    return { id: made.id, more: { membership: made.memberships[0]?.id ?? '' } }
  }
  const peer = async (): Promise<Thing> => {
    const id = `nord-${++count}`
    await done(keeper, 'POST', '/api/peers', peerBody(id, `P${count}`))
    return { id }
  }
  const route = async (): Promise<Thing> => {
    const id = `route-${++count}`
    await done(keeper, 'POST', '/api/routes', { id, when: { site: 'nord' }, to: ['nord-pacs'] })
    return { id }
  }
  const preset = async (): Promise<Thing> => {
    const id = `cd-${++count}`
    await done(keeper, 'PUT', `/api/presets/${id}`, { id, site: 'nord', to: ['nord-pacs'] })
    return { id }
  }

  return {
    node,
    people,
    who,
    ask,
    done,
    next: () => ++count,
    make: {
      request,
      study,
      shared,
      report,
      disc,
      transferOf,
      parkedJob,
      parkedFact,
      token,
      account,
      peer,
      route,
      preset,
      alert,
      call,
    },
  }
}

export function peerBody(id: string, title: string) {
  return { ...peerOf(id, 'nord', title, 9), tls: 'none', certificate: null }
}

/** How somebody at a place stands to a thing of nord's whose parties these relations are known for. */
export function relationAt(
  place: Place,
  known: readonly Relation[],
  except: Partial<Record<Place, Relation>> = {},
): Relation {
  const at: Record<Place, Relation> = {
    nord: 'own',
    node: 'own',
    lecture: 'party',
    avant: 'former',
    sud: 'foreign',
    ...except,
  }
  const relation = at[place]
  return known.includes(relation) ? relation : 'foreign'
}

/** One account per role and place; sessions are begun without a password, which would cost half a second each. */
async function castOf(node: TestNode): Promise<Persona[]> {
  const { db, clock, ids, accounts, sites } = node.services
  const policy = {
    secondFactor: 'offered',
    secondFactorGraceHours: 1,
    secondFactorFreshMinutes: 600,
  } as const
  const limits = { idleMinutes: 600, endHours: 12 }
  const sessions = openSessions({ db, clock, ids, sites, limits, policy })
  const cast: Persona[] = []
  for (const place of PLACES)
    for (const role of roles) {
      if ((place === 'node') !== (role === 'operator') && !(place === 'node' && role === 'auditor')) continue
      const signs = role === 'radiologist' && place === 'lecture'
      const made = await accounts.create(
        null,
        {
          ...{ email: `${role}@${place}.example`, name: `${role} ${place}`, role, site: place },
          ...{ language: 'fr', ...(signs ? { password: PASSWORD } : {}) },
        },
        COMMAND,
      )
      const membership = made.memberships[0]?.id ?? ''
      const { secret } = await db.write(async tx => {
        await tx
          .sql<AccountTables>()
          .updateTable('accounts')
          .set({ state: 'active' })
          .where('id', '=', made.id)
          .execute()
        return sessions.begin(tx, {
          ...{ account: made.id, membership, address: '127.0.0.1', userAgent: undefined },
          ...{ changePassword: false, confirmed: true, factor: true },
        })
      })
      cast.push({ role, place, cookie: `relais=${secret}`, account: made.id, membership })
    }
  return cast
}

function asking(node: TestNode) {
  const { http } = node.addresses
  return async (
    by: Persona | { cookie?: string; bearer?: string },
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Answer> => {
    const began = performance.now()
    const answer = await fetch(`${http}${path}`, {
      method,
      headers: {
        origin: http,
        ...(by.cookie === undefined ? {} : { cookie: by.cookie }),
        ...('bearer' in by && by.bearer !== undefined ? { authorization: `Bearer ${by.bearer}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: [...answer.headers.keys()].filter(name => name !== 'content-length').sort(),
      text,
      ms: performance.now() - began,
    }
  }
}

/** Another pixel at the end of the file. */
function repainted(file: Buffer): Buffer {
  const other = Buffer.from(file)
  other.writeUInt16LE(other.readUInt16LE(other.length - 2) ^ 0xff, other.length - 2)
  return other
}
