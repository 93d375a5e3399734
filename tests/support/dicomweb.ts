import type { NewTokenView, Role } from '../../node/accounts/view.js'
import type { TestNode } from './node.js'
import { PASSWORD } from './people.js'

/** What a program gets to a GET. */
export interface Got {
  status: number
  headers: Headers
  bytes: Buffer
  json<T = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }>[]>(): T
}

export interface Program {
  token: string
  id: string
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Got>
}

const COMMAND = { by: 'command', user: 'test' } as const
let programs = 0

/** A program with a token made by somebody of this role at that site. */
export async function program(
  node: TestNode,
  role: Role,
  site: string,
  rights: readonly string[] = ['viewer.open'],
): Promise<Program> {
  const { accounts } = node.services
  const email = `program${++programs}@${site}.example`
  const who = { email, name: `Essai ${programs}`, role, site, language: 'fr', password: PASSWORD } as const
  await accounts.create(null, who, COMMAND)
  const maker = await accounts.signIn({ email, password: PASSWORD, address: '127.0.0.1', replaces: null })
  const made = await fetch(`${node.addresses.http}/api/tokens`, {
    method: 'POST',
    headers: { cookie: `relais=${maker.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `Programme ${programs}`, rights }),
  })
  if (made.status !== 201) throw new Error(await made.text())
  const { token, id } = (await made.json()) as NewTokenView
  return {
    token,
    id,
    get: async (path, headers = {}, method = 'GET') => {
      const answer = await fetch(path.startsWith('http') ? path : `${node.addresses.http}/dicomweb${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      return {
        status: answer.status,
        headers: answer.headers,
        bytes,
        json: () => JSON.parse(bytes.toString('utf8')),
      }
    },
  }
}
