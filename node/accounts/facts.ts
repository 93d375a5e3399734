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
  /** A password was forgotten; `account` where there is an active one, else body `reason`. The screen says the same. */
  | 'password-reset-asked'
  /** An administrator invites again a person who has not come in yet. */
  | 'invitation-renewed'
  /** By the link of a letter; body: `address`, and how many `sessions` ended. */
  | 'password-reset'
  /** Body: name, rights, expiresAt. The secret is nowhere. */
  | 'token-created'
  | 'token-revoked'
  /** The first refusal a minute from one address. Body: `reason` unknown, revoked, expired or not-active, and address. */
  | 'token-refused'
