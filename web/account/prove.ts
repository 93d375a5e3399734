import type { SessionView } from '../../node/accounts/view.js'
import { call } from '../api/call.js'

/** What a person shows: the password, a code, or what the browser gave of a passkey. */
export interface Shown {
  password?: string
  code?: string
  passkey?: object
}

/** Shows it to the node; the answer is the session as it stands then. Throws `ApiProblem`. */
export function prove(shown: Shown): Promise<SessionView> {
  return call<SessionView>({ method: 'POST', path: '/api/session/proof', body: shown, ungated: true })
}
