import type { RecallChannel, RecallOutcome, RecallState } from './view.js'

/** What a person can say came of a recall. */
export const outcomesOf = (channel: RecallChannel): readonly RecallOutcome[] =>
  channel === 'pacs' ? ['removed', 'not-held', 'unreachable'] : ['told', 'unreachable']

/** Nobody is given up without a word of what was tried. */
export const needsNote = (outcome: RecallOutcome): boolean => outcome === 'unreachable'

/** The state each fact leads to; `recall-opened` says its own. */
export function stateAfter(fact: {
  type: string
  body: { [key: string]: unknown } | null
}): RecallState | undefined {
  switch (fact.type) {
    case 'recall-opened':
      return fact.body?.['state'] === 'noted' ? 'noted' : 'open'
    case 'recall-needed':
      return 'open'
    case 'recall-settled':
      return 'done'
    default:
      return undefined
  }
}

/** Images that went to a group's PACS for one act, and that no other act keeps there. */
export interface SentImages {
  peer: string
  /** Of the PACS. */
  site: string
}

/**
 * The PACS that should not have these images any more, where the images themselves are right: those of the groups that
 * were asked for this act, less the ones another act still has asked, and never the site's own.
 */
export function strayImages(
  sent: readonly SentImages[],
  act: { site: string; groups: readonly string[]; stillAsked: readonly string[] },
): SentImages[] {
  return sent.filter(
    ({ site }) => site !== act.site && act.groups.includes(site) && !act.stillAsked.includes(site),
  )
}
