import type { Language } from '../accounts/view.js'
import type { DkimRecord } from './dkim.js'
import { trialLetter } from './letters.js'
import type { Greeting } from './mail.js'
import type { NotificationsDeps } from './notifications.js'
import { type Posted, type Postman, TIMEOUT_MS } from './postman.js'

/** The mail server as those see it who look after the node. */
export interface Letterbox {
  /** What the domain has to publish; undefined where letters are not signed. */
  readonly dkim: DkimRecord | undefined
  /** Whether it serves us; nothing is sent. */
  greet(signal: AbortSignal): Promise<Greeting>
  /** Sends one letter about nothing, at once and once: the answer is for the person who waits for it. */
  trial(email: string, language: Language): Promise<Posted>
}

export function openLetterbox(
  { config, clock, ids }: Pick<NotificationsDeps, 'config' | 'clock' | 'ids'>,
  postman: Postman,
): Letterbox {
  return {
    dkim: postman.dkim,
    greet: postman.greet,
    trial: (email, language) =>
      postman.post({
        id: ids.next('ntc'),
        email,
        letter: trialLetter(language, config.node.name),
        atMs: clock.now(),
        signal: AbortSignal.timeout(2 * TIMEOUT_MS),
      }),
  }
}
