import { meaningOf, type ReasonName } from '../transfers/reason.js'

export type LetterReason = 'mail-none' | 'mail-silent' | 'mail-refused'

const ofLetters: [RegExp, LetterReason][] = [
  [/no mail server is configured/, 'mail-none'],
  [/ECONN|ENOTFOUND|EAI_AGAIN|timed? ?out|Greeting|closed the connection/i, 'mail-silent'],
  [/\b5\d\d\b|not an email address/i, 'mail-refused'],
]

/** What the exact words mean, for a letter and for what goes to a PACS. */
export function causeOf(kind: string, reason: string): LetterReason | ReasonName | undefined {
  return kind === 'mail' ? ofLetters.find(([pattern]) => pattern.test(reason))?.[1] : meaningOf(reason)
}
