import type { ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import type { Role } from '../../node/accounts/view.js'
import { eventually } from './children.js'
import type { TestNode } from './node.js'

export const PASSWORD = 'un bon mot de passe'
const COMMAND = { by: 'command', user: 'test' } as const

/** Makes the operators' own site, and the first operator without a link. */
export const OPERATOR = { RELAIS_ADMIN_EMAIL: 'exploitation@relais.example', RELAIS_ADMIN_PASSWORD: PASSWORD }

/** The people of the story; `node` is the operators' own site. */
export const CAST = {
  referrer: { email: 'demandeur@nord.example', name: 'Dr Exemple Nord', role: 'referrer', site: 'nord' },
  eastern: { email: 'demandeur@est.example', name: 'Dr Exemple Est', role: 'referrer', site: 'est' },
  stranger: { email: 'demandeur@sud.example', name: 'Dr Exemple Sud', role: 'referrer', site: 'sud' },
  first: {
    email: 'lectrice@lecture.example',
    name: 'Dr Essai Lectrice',
    role: 'radiologist',
    site: 'lecture',
  },
  second: { email: 'lecteur@lecture.example', name: 'Dr Essai Second', role: 'radiologist', site: 'lecture' },
  other: { email: 'lecteur@autre.example', name: 'Dr Essai Autre', role: 'radiologist', site: 'autre' },
  dispatcher: {
    email: 'regulation@lecture.example',
    name: 'Camille Fictive',
    role: 'coordinator',
    site: 'lecture',
  },
  northern: { email: 'bureau@nord.example', name: 'Dominique Fictif', role: 'coordinator', site: 'nord' },
  technician: {
    email: 'manip@nord.example',
    name: 'Alex Exemple',
    role: 'technician',
    site: 'nord',
  },
  auditor: { email: 'audit@relais.example', name: 'Sacha Fictif', role: 'auditor', site: 'node' },
  keeper: { email: 'admin@nord.example', name: 'Noa Fictive', role: 'administrator', site: 'nord' },
  operator: { email: 'astreinte@relais.example', name: 'Lou Fictif', role: 'operator', site: 'node' },
} as const satisfies Record<string, { email: string; name: string; role: Role; site: string }>

export interface Answer<T> {
  status: number
  body: T & { code?: string; detail?: string; fields?: { path: string; message: string }[] }
  headers: Headers
}

/** A browser: keeps its cookie, and what the live connection told it. */
export interface Person {
  get<T = unknown>(path: string): Promise<Answer<T>>
  post<T = unknown>(path: string, body?: unknown): Promise<Answer<T>>
  put<T = unknown>(path: string, body: unknown): Promise<Answer<T>>
  remove<T = unknown>(path: string): Promise<Answer<T>>
  bytes(path: string): Promise<{ status: number; type: string; headers: Headers; bytes: Buffer }>
  /** Facts heard so far, in order, over the one connection opened at sign-in. */
  heard: { seq?: number; kind: string; id?: string }[]
  /** Waits until the live connection has told such a fact; gives the id it is about. */
  hears(kind: string): Promise<string>
}

/** Makes the account by the door of the command line and signs in as a browser does. */
export async function person(
  t: Pick<ExecutionContext, 'teardown'>,
  node: TestNode,
  who: keyof typeof CAST,
  language: 'fr' | 'en' = 'fr',
): Promise<Person> {
  const { email, name, role, site } = CAST[who]
  await node.services.accounts.create(
    null,
    { email, name, role, site, language, phone: '+33 1 00 00 00 01', password: PASSWORD },
    COMMAND,
  )
  const { http } = node.addresses
  let cookie = ''
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${http}${path}`, {
      method,
      headers: {
        cookie,
        origin: http,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = answer.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';')[0] ?? ''
    return answer
  }
  const call = async <T>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
    const answer = await ask(method, path, body)
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
  const signedIn = await call('POST', '/api/session', { email, password: PASSWORD })
  if (signedIn.status !== 200) throw new Error(`${email} could not sign in: ${JSON.stringify(signedIn.body)}`)
  const heard: Person['heard'] = []
  const socket = new WebSocket(`${http.replace('http', 'ws')}/ws`, { headers: { cookie, origin: http } })
  socket.on('message', message => heard.push(JSON.parse(String(message))))
  socket.on('error', () => undefined)
  t.teardown(() => socket.terminate())
  await eventually(`${email} hears the node`, () => (heard.length > 0 ? true : undefined))
  return {
    get: path => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    remove: path => call('DELETE', path),
    bytes: async path => {
      const answer = await ask('GET', path)
      return {
        status: answer.status,
        type: answer.headers.get('content-type') ?? '',
        headers: answer.headers,
        bytes: Buffer.from(await answer.arrayBuffer()),
      }
    },
    heard,
    hears: kind =>
      eventually(`${email} hears of ${kind}`, () => heard.find(fact => fact.kind === kind)?.id, 20_000),
  }
}
