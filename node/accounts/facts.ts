/** Emails and names stand in bodies only; a chained entry names an account by its id. */
export type AccountFactType =
  | 'account-created'
  | 'account-changed'
  | 'membership-granted'
  | 'membership-ended'
  | 'signed-in'
  /** Body: `reason` unknown-account, wrong-password, not-active or no-membership; the screen says one thing for all. */
  | 'sign-in-refused'
  | 'signed-out'
  | 'membership-switched'
  /** A one-time link was made: for the first operator, or to invite. */
  | 'link-made'
  /** Body: name, rights, expiresAt. The secret is nowhere. */
  | 'token-created'
  | 'token-revoked'
  /** The first refusal a minute from one address. Body: `reason` unknown, revoked, expired or not-active, and address. */
  | 'token-refused'
