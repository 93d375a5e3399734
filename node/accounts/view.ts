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
  /** First and last day, YYYY-MM-DD on the wall of the site; open where they are not said. */
  from?: string
  until?: string
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
  /** The session locks after so many seconds in which nobody used it. */
  locksAfterSeconds: number
  secondFactor: {
    /** An authenticator or a passkey is set up. */
    enrolled: boolean
    /** Marked acts wait for it: to be shown, or to be set up. */
    due: boolean
    /** The policy asks everybody for one. */
    required: boolean
  }
  /** What a signature asks for now. */
  signature: { confirmation: boolean; factor: boolean }
  /** The host name passkeys belong to; absent where there can be none. */
  passkeyHost?: string
  /** True: the password is on a list of stolen ones, and nothing else is done before it is changed. */
  changePassword?: boolean
}

/** GET /api/session/lock: who is behind the lock. */
export interface LockView {
  /** Of the account. */
  id: string
  locked: boolean
  name: string
  email: string
  language: Language
  /** Whether a passkey opens it. */
  passkeys: boolean
  passkeyHost?: string
}

/** GET /api/session/factors */
export interface FactorsView {
  /** Since when; absent where there is none. */
  authenticatorSince?: string
  passkeys: PasskeyView[]
  recoveryLeft: number
  passkeyHost?: string
}

export interface PasskeyView {
  id: string
  name: string
  createdAt: string
  usedAt?: string
  /** Kept by the maker of the device too: it survives its loss. */
  backedUp: boolean
}

/** POST /api/session/authenticator: the only answer that holds the secret. */
export interface NewAuthenticatorView {
  /** Base 32. */
  secret: string
  /** otpauth: */
  uri: string
  /** The same as an SVG image of a QR code. */
  qr: string
}

/** When the first factor was set up, or the codes were made again: shown this once. */
export interface RecoveryView {
  codes?: string[]
}

/** GET /api/sessions → {items}: one's own. */
export interface OwnSessionView {
  id: string
  current: boolean
  since: string
  lastUsedAt: string
  endsAt: string
  address?: string
  browser?: string
  system?: string
  role: Role
  siteName: string
  locked: boolean
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
  /** An authenticator or a passkey is set up. */
  secondFactor: boolean
  /** Only in the answer that invited them, shown once: where they set their password. */
  invitation?: { path: string; expiresAt: string }
  /** Only in the answer of the administrator who asked for it, shown once: where the person sets a new password. */
  reset?: { path: string; expiresAt: string }
}

/** What a person may attempt; `permissions.ts` says who, on what. Events of a request are `request.<event>`. */
export type Action =
  | 'site.see'
  | 'site.change'
  | 'site.make'
  | 'group.change'
  | 'contract.see'
  | 'contract.change'
  | 'roster.see'
  | 'roster.change'
  | 'duty.see'
  | 'duty.take'
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
  | 'request.edit'
  | 'request.link'
  | 'request.offer'
  | 'request.decline'
  | 'request.claim'
  | 'request.accept'
  | 'request.refuse'
  | 'request.acknowledge-refusal'
  | 'request.release'
  | 'request.hand-over'
  | 'request.start'
  | 'request.ask'
  | 'request.answer'
  | 'request.cancel'
  | 'request.enter-in-error'
  | 'recall.see'
  | 'recall.settle'
  | 'request.triage'
  | 'request.close'
  | 'conversation.see'
  | 'conversation.write'
  | 'report.write'
  | 'report.sign'
  | 'report.addendum'
  | 'report.read'
  | 'report.acknowledge'
  | 'report.withdraw'
  | 'report.share'
  | 'template.see'
  | 'template.change'
  | 'critical.see'
  | 'critical.raise'
  | 'critical.acknowledge'
  | 'critical.close'
  | 'study.see'
  | 'study.search'
  | 'study.send'
  | 'study.retrieve'
  | 'study.reject'
  | 'viewer.open'
  | 'viewer.lend'
  | 'screen.validate'
  | 'conflict.see'
  | 'conflict.decide'
  | 'transfer.see'
  | 'transfer.retry'
  | 'transfer.cancel'
  | 'import.see'
  | 'import.create'
  | 'import.decide'
  | 'import.withdraw'
  | 'inbox.see'
  | 'inbox.make'
  | 'preset.see'
  | 'preset.change'
  | 'job.see'
  | 'job.decide'
  | 'journal.read'
  | 'journal.body'
  | 'journal.verify'
  | 'archive.read'
  | 'archive.export'
  | 'retention.see'
  | 'retention.mark'
  | 'retention.destroy'
  | 'access.read'
  | 'downtime.see'
  | 'downtime.make'
  | 'node.examine'
  | 'webhook.see'
  | 'webhook.change'
  | 'channel.see'
  | 'channel.check'
  | 'letter.see'
  | 'notice.see'
  | 'alert.acknowledge'
  | 'call.record'
  | 'activity.see'

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
  /** Whether it waits for a second factor, by the node's policy. */
  secondFactor: boolean
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
  /** It ends within 30 days, or within the last third of a shorter life. */
  expiresSoon: boolean
  /** When it got the secret it has. */
  rotatedAt?: string
  /** The earlier secret that still works, and when it was used last since. */
  oldSecret?: { until: string; lastUsedAt?: string }
  state: 'active' | 'expired' | 'revoked'
}

/** POST /api/tokens, POST /api/tokens/:id/rotation: the only answers that ever hold the secret. */
export interface NewTokenView extends TokenView {
  token: string
}

/** GET, PUT and DELETE /api/screens/:device: the screen that the person sits at. */
export interface ScreenView {
  /** How long a statement holds. */
  days: number
  /** Absent: images stand over the sentence that they are not for diagnosis. */
  validated?: {
    by: string
    screen: string
    legalBasis: string
    check: string
    /** YYYY-MM-DD */
    checkedOn: string
    at: string
    until: string
  }
}
