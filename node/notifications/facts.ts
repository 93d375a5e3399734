/**
 * Each names one notice and its account (ids: notice, account, and what it is about). notice-sent: `channel` and
 * `kind`; notice-failed: a letter that will not go out by itself, with the `reason`; notice-opened: the person's own
 * action; notice-queued: a letter for which there was no mail server is on its way after all. Addresses stand nowhere,
 * names neither.
 */
export type NotificationFactType =
  | 'notice-sent'
  | 'notice-failed'
  | 'notice-opened'
  | 'notice-queued'
  /** A letter with a link for an account or an outside clinic has left; ids: letter, link; body: `kind`. */
  | 'link-sent'
