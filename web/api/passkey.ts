import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import { call } from './call.js'

/** Whether this page can use passkeys of that host: a browser shows them to their own pages only. */
export function passkeysHere(host: string | undefined): boolean {
  if (host === undefined || !('PublicKeyCredential' in globalThis)) return false
  return location.hostname === host || location.hostname.endsWith(`.${host}`)
}

/** Before anybody is known: passkeys belong to names, never to bare addresses. */
export function mayHavePasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis && !/^[\d.]+$|^\[/.test(location.hostname)
}

/** Asks the browser for a passkey: of who is signed in, else of whoever sits here. Null: the person gave none. */
export async function showPasskey(
  known?: PublicKeyCredentialRequestOptionsJSON,
): Promise<AuthenticationResponseJSON | null> {
  const { startAuthentication } = await import('@simplewebauthn/browser')
  const optionsJSON =
    known ??
    (await call<PublicKeyCredentialRequestOptionsJSON>({
      method: 'POST',
      path: '/api/session/passkey',
      ungated: true,
    }))
  return orNull(startAuthentication({ optionsJSON }))
}

/** Cancelled, timed out, or no such device: the browser does not say which, and it is no failure of the node. */
export async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name !== 'TypeError') return null
    throw thrown
  }
}
