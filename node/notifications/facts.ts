/**
 * Each names one notice and its account (ids: notice, account, and what it is about). notice-sent: `channel` and
 * `kind`; notice-failed: a letter that will not go out by itself, with the `reason`; notice-opened: the person's own
 * action; notice-delivered: what carries it says that it came; notice-cancelled: no longer needed when its turn came; notice-queued: a letter for which there was no mail server is on its way after all. Addresses stand nowhere,
 * names neither.
 */
export type NotificationFactType =
  | 'notice-sent'
  | 'notice-delivered'
  | 'notice-failed'
  | 'notice-cancelled'
  | 'notice-opened'
  | 'notice-queued'
  /** A letter with a link for an account or an outside clinic has left; ids: letter, link; body: `kind`. */
  | 'link-sent'

/**
 * Each names its alert and request. alert-opened: `kind`, `urgency`, how many `rungs` · alert-escalated: the `rung`
 * (from 0), whom `to`, the `channels`, how many `people`, `early` where the rung before it reached nobody; ids: `call`
 * where a person is to telephone · alert-acknowledged: a named person takes care of it, with a `note` · alert-ended: by
 * the fact that answered it · call-recorded: `outcome`, who was `reached`, `note`.
 */
export type AlertFactType =
  | 'alert-opened'
  | 'alert-escalated'
  | 'alert-acknowledged'
  | 'alert-ended'
  | 'call-recorded'
  | 'reach-changed'
  /** A person rings one of their own channels: `channel`. */
  | 'alarm-tried'

/**
 * Told to who runs the node. channel-lost: down for some minutes, with the `reason` (ids: `channel`) · channel-back: it
 * is there again · escalation-stopped: rungs are `overdue`, the ladders do not climb.
 */
export type ChannelFactType = 'channel-lost' | 'channel-back' | 'escalation-stopped'
