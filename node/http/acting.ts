import type { Action, Language, Role } from '../accounts/view.js'
import { fail } from '../errors.js'

/**
 * Who acts: a person under one of their memberships, or a program with a token made under one. Made by the injected
 * authenticator, nowhere else.
 */
export interface Acting {
  /** Of a program: the token's own id and name, so that nothing it does bears a person's. */
  account: { id: string; email: string; name: string; language: Language; phone?: string }
  membership: {
    id: string
    site: string
    siteName?: string
    role: Role
    /** True for operators and auditors of the node itself: every site counts as theirs. */
    everySite?: boolean
  }
  session: {
    /** Of a program: the token's id. */
    id: string
    /** UTC milliseconds; it ends then whatever happens. */
    endsAt: number
    /** What must be done before anything else is: unlock it, or set another password. */
    held?: 'locked' | 'password'
    /** True while the acts that ask for a second factor wait for one. */
    factorDue?: boolean
  }
  /** Only of a program: it may what its membership may, as far as these rights go. */
  token?: { id: string; rights: readonly Action[] }
  /** Only of a viewer to which a study was lent: it sees nothing but this one, named by our own id. */
  only?: { study: string }
}

/** Throws `locked` or `password-change-required` for a session that is held, unless the call is one that frees it. */
export function demandFree(who: Acting, even?: 'locked' | 'password'): void {
  const { held } = who.session
  if (held === undefined || even === 'locked' || held === even) return
  if (held === 'locked')
    fail('locked', {
      fr: 'La session est verrouillée. Ouvrez-la avec le mot de passe ou une clé d’accès.',
      en: 'The session is locked. Unlock it with the password or a passkey.',
    })
  fail('password-change-required', {
    fr: 'Ce mot de passe figure dans une liste de mots de passe volés. Prenez-en d’abord un autre.',
    en: 'This password is on a list of stolen ones. Set another one first.',
  })
}
