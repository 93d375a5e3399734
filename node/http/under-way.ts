import type { ServerResponse } from 'node:http'
import type { Acting } from './acting.js'

/** What programs are being answered: a token that ends takes the answer under way with it. */
export interface UnderWay {
  begin(who: Acting | null, response: ServerResponse): void
  /** Breaks off what the token's program is being answered. */
  end(token: string): void
}

export function openUnderWay(): UnderWay {
  const answers = new Map<string, Set<ServerResponse>>()
  return {
    begin: (who, response) => {
      // A person who signs out must hear that they did.
      const token = who?.token?.id
      if (token === undefined || response.closed) return
      const own = answers.get(token) ?? new Set()
      answers.set(token, own.add(response))
      response.once('close', () => {
        own.delete(response)
        if (own.size === 0 && answers.get(token) === own) answers.delete(token)
      })
    },
    end: token => {
      for (const response of answers.get(token) ?? []) response.destroy()
    },
  }
}
