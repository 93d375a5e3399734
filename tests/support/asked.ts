import type { RequestView } from '../../node/requests/view.js'
import { FORM } from './act.js'
import type { NodeProcess } from './node-process.js'
import { PASSWORD } from './people.js'

type Where = Pick<NodeProcess, 'http'>

const post = ({ http }: Where, path: string, body: object, cookie = '') =>
  fetch(`${http}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: http, cookie },
    body: JSON.stringify(body),
  })

/** Signs in at whatever port the program has now; what it gives holds after the next start too. */
export async function cookieOf(node: Where, email: string): Promise<string> {
  const session = await post(node, '/api/session', { email, password: PASSWORD })
  if (session.status !== 200) throw new Error(await session.text())
  return session.headers.get('set-cookie')?.split(';')[0] ?? ''
}

/** Sends a request as whoever the cookie is of. */
export async function ask(node: Where, cookie: string, form: object): Promise<RequestView> {
  const made = await post(node, '/api/requests', { ...FORM, studies: [], submit: true, ...form }, cookie)
  const request = (await made.json()) as RequestView
  if (made.status !== 201) throw new Error(JSON.stringify(request))
  return request
}
