/** What leaves the server about people. */
export type Role =
  | 'referrer'
  | 'technician'
  | 'radiologist'
  | 'coordinator'
  | 'administrator'
  | 'operator'
  | 'auditor'

export type Language = 'fr' | 'en'

export interface MembershipView {
  id: string
  site: string
  siteName: string
  role: Role
  active: boolean
}

/** GET and POST /api/session. `site` and `role` are those of the active membership. */
export interface SessionView {
  account: {
    id: string
    email: string
    name: string
    role: Role
    site: string
    language: Language
    phone?: string
  }
  memberships: MembershipView[]
  /** Actions the active membership may attempt at all: what the screen offers; the server decides again. */
  actions: string[]
  /** UTC ISO; the session ends then whatever happens. */
  endsAt: string
}

/** GET /api/accounts → {items, next}. */
export interface AccountView {
  id: string
  email: string
  name: string
  language: Language
  phone?: string
  /** Disabled accounts cannot sign in; what they signed stays theirs. */
  state: 'active' | 'invited' | 'disabled'
  memberships: MembershipView[]
  lastSignInAt?: string
  /** Only in the answer that invited them, shown once: where they set their password. */
  invitation?: { path: string; expiresAt: string }
  /** Only in the answer of the administrator who asked for it, shown once: where the person sets a new password. */
  reset?: { path: string; expiresAt: string }
}

/** What a person may attempt; `permissions.ts` says who, on what. Events of a request are `request.<event>`. */
export type Action =
  | 'site.see'
  | 'contract.see'
  | 'contract.change'
  | 'account.see'
  | 'account.create'
  | 'account.change'
  | 'token.create'
  | 'token.revoke'
  | 'peer.see'
  | 'peer.change'
  | 'peer.test'
  | 'route.see'
  | 'route.change'
  | 'request.create'
  | 'request.see'
  | 'request.submit'
  | 'request.offer'
  | 'request.decline'
  | 'request.claim'
  | 'request.accept'
  | 'request.refuse'
  | 'request.release'
  | 'request.start'
  | 'request.ask'
  | 'request.answer'
  | 'request.cancel'
  | 'request.close'
  | 'report.write'
  | 'report.sign'
  | 'report.addendum'
  | 'report.read'
  | 'report.acknowledge'
  | 'study.see'
  | 'study.search'
  | 'study.send'
  | 'study.retrieve'
  | 'study.reject'
  | 'viewer.open'
  | 'conflict.see'
  | 'conflict.decide'
  | 'transfer.see'
  | 'transfer.retry'
  | 'transfer.cancel'
  | 'import.see'
  | 'import.create'
  | 'import.decide'
  | 'preset.see'
  | 'preset.change'
  | 'job.see'
  | 'job.decide'
  | 'journal.read'
  | 'journal.body'
  | 'journal.verify'
  | 'archive.read'
  | 'archive.export'
  | 'node.examine'
  | 'notice.see'
  | 'alert.acknowledge'
  | 'call.record'

export type Relation = 'own' | 'party' | 'former' | 'foreign'

/** One row of GET /api/permissions: the permission table as it is enforced. */
export interface PermissionView {
  action: string
  /** Per role: which relations may act. */
  roles: Partial<Record<Role, Relation[]>>
  /** Whether it can be a right of a token: the acts that bind a person, and those that give rights, cannot. */
  programs: boolean
  /** The calls of the interface that ask it, as `GET /api/requests/:id`. */
  calls: string[]
}

/** GET /api/tokens → {items}: those the person made, and those of the sites whose accounts they keep. */
export interface TokenView {
  id: string
  name: string
  site: string
  siteName: string
  /** Of the membership it was made under: it never may more than that. */
  role: Role
  rights: string[]
  /** The name of who made it. */
  madeBy: string
  mine: boolean
  createdAt: string
  expiresAt: string
  lastUsedAt?: string
  lastUsedFrom?: string
  state: 'active' | 'expired' | 'revoked'
}

/** POST /api/tokens: the only answer that ever holds the secret. */
export interface NewTokenView extends TokenView {
  token: string
}
