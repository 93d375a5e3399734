import type { Language, Role } from '../accounts/view.js'

/** Who acts: a person, under one of their memberships. Made by the injected authenticator, nowhere else. */
export interface Acting {
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
    id: string
    /** UTC milliseconds; it ends then whatever happens. */
    endsAt: number
  }
}
