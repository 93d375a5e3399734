/**
 * Facts about what is told to programs of a site; ids: webhook, and `delivery` where there is one. webhook-made,
 * webhook-changed: name, address, kinds, `active` · webhook-rotated: the version of the secret, never the secret ·
 * webhook-tried: a person sends a test · webhook-delivered: taken, with the `status` · webhook-stopped: parked after
 * `giveUpHours`, with the `reason` · webhook-ended: `why` asked or gone (410).
 */
export type WebhookFactType =
  | 'webhook-made'
  | 'webhook-changed'
  | 'webhook-rotated'
  | 'webhook-tried'
  | 'webhook-delivered'
  | 'webhook-stopped'
  | 'webhook-ended'
