/** Emails and names stand in bodies only; a chained entry names an account by its id. */
export type AccountFactType =
  | 'account-created'
  | 'account-changed'
  | 'membership-granted'
  | 'membership-ended'
  | 'membership-changed'
  /** Body: `by` password, passkey, or password with authenticator, passkey or recovery. */
  | 'signed-in'
  /**
   * Body: `reason` unknown-account, wrong-password, not-active, no-membership, wrong-code, unknown-passkey,
   * wrong-passkey or passkey-copied (the same key on two devices); the screen says one thing for all. `at` unlock,
   * proof or signature where somebody was signed in already.
   */
  | 'sign-in-refused'
  /** Body: `factor` authenticator or passkey, and its `name`. */
  | 'second-factor-added'
  | 'second-factor-removed'
  | 'recovery-codes-made'
  | 'recovery-code-used'
  /** The person set another password. */
  | 'password-changed'
  /** One of the person's own, ended from another. */
  | 'session-ended'
  /** Everybody's, by command; body: how many `ended`. */
  | 'sessions-ended'
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
  /** It got another secret. Body: name, overlapHours, oldEndsAt (the earlier ones work until then), expiresAt. */
  | 'token-rotated'
  /** At thirty days, seven and one, each once. Body: name, `days` left, until, `reference` and `urgency` of the notice. */
  | 'token-expiring'
  /**
   * The first refusal a minute from one address. Body: `reason` unknown, revoked, expired, replaced (the overlap of
   * an earlier secret is over) or not-active, and address.
   */
  | 'token-refused'
  /** A person lifted the sentence that images are not for diagnosis, at one browser. Body: `name`, `screen`, `legalBasis`, `check`, `checkedOn`, `until`. */
  | 'screen-validated'
  | 'screen-withdrawn'
