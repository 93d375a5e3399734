/** When a second factor, or another proof, is asked for. Times are UTC milliseconds. */

/**
 * Whether marked acts wait for a second factor. Who set one up shows it, whatever the policy, and again when the last
 * time is too long ago; who has none must set one up where the policy requires it and the account is not quite new.
 */
export function factorDue(of: {
  policy: 'required' | 'offered'
  enrolled: boolean
  shownAt: number | null
  accountSince: number
  now: number
  freshMs: number
  graceMs: number
}): boolean {
  if (of.enrolled) return !isFresh(of.shownAt, of.now, of.freshMs)
  return of.policy === 'required' && of.now - of.accountSince >= of.graceMs
}

/** What still has to be given for a signature, beside what the session already proved. */
export function signatureWants(of: {
  enrolled: boolean
  /** When the person last gave the password or a passkey in this session, and a second factor. */
  confirmedAt: number | null
  shownAt: number | null
  now: number
  signatureFreshMs: number
  factorFreshMs: number
}): { confirmation: boolean; factor: boolean } {
  return {
    confirmation: !isFresh(of.confirmedAt, of.now, of.signatureFreshMs),
    factor: of.enrolled && !isFresh(of.shownAt, of.now, of.factorFreshMs),
  }
}

/** Whether something proved at `at` still counts; a clock that went back does not make it count for longer. */
export function isFresh(at: number | null, now: number, forMs: number): boolean {
  return at !== null && Math.abs(now - at) < forMs
}

/** What a typed code can be: the six digits of an authenticator, or a recovery code. */
export function kindOfCode(typed: string): { kind: 'totp' | 'recovery'; code: string } | null {
  const code = typed.toLowerCase().replace(/[\s-]/g, '')
  if (/^\d{6}$/.test(code)) return { kind: 'totp', code }
  return /^[0-9a-z]{10}$/.test(code) ? { kind: 'recovery', code } : null
}

/**
 * Where passkeys belong (WebAuthn §5.1.2): the host name people type, and the origins its pages come from. Null where
 * pages are opened by an address without a name, for which no passkey can exist; on this machine itself, `localhost`.
 */
export function relyingParty(publicUrl: string): { id: string; origins: string[] } | null {
  const { hostname, origin, port, protocol } = new URL(publicUrl)
  if (hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname))
    return { id: 'localhost', origins: [`${protocol}//localhost${port === '' ? '' : `:${port}`}`] }
  if (hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)) return null
  return protocol === 'https:' ? { id: hostname, origins: [origin] } : null
}
