import type { Action, Language, Role } from '../accounts/view.js'

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
  }
  /** Only of a program: it may what its membership may, as far as these rights go. */
  token?: { id: string; rights: readonly Action[] }
}
