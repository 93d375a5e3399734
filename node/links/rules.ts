/** What a link is for: it opens that and nothing else. */
export type LinkPurpose =
  | 'first-operator'
  | 'invitation'
  | 'password-reset'
  | 'inbox'
  | 'notice'
  | 'report'
  | 'viewer'

/** Why a link opens nothing any more, other than by its time. */
export type Closing = 'used' | 'revoked' | 'guessed' | 'replaced'

export type Standing = 'open' | 'expired' | Closing

export function standingOf(link: { expires_at: number; closed: Closing | null }, now: number): Standing {
  return link.closed ?? (link.expires_at <= now ? 'expired' : 'open')
}

/** By what the journal names what a link is for; nothing for the first operator. */
const NAMED: Readonly<Record<LinkPurpose, string | undefined>> = {
  'first-operator': undefined,
  invitation: 'account',
  'password-reset': 'account',
  inbox: 'inbox',
  notice: 'notice',
  report: 'share',
  viewer: 'loan',
}

/** The ids of a fact about a link. */
export function idsOf(link: { id: string; purpose: LinkPurpose; subject: string }): Record<string, string> {
  const named = NAMED[link.purpose]
  return { link: link.id, ...(named === undefined ? {} : { [named]: link.subject }) }
}

export const USER_AGENT_MAX_CHARACTERS = 160

/** What a browser calls itself is whatever its sender wrote: one line, cut. */
export function agentOf(header: string | undefined): string {
  return (header ?? '').slice(0, USER_AGENT_MAX_CHARACTERS).replace(/[^ -~]/g, ' ')
}

/** One person reading twice is one opening: so long, from the same machine and browser. */
export const SAME_OPENING_MS = 10 * 60_000
