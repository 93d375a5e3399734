import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Said } from '../errors.js'
import type { Acting } from './acting.js'
import { TooMany } from './failures.js'

export interface SignInLimiter {
  /** Counts one attempt; throws `too-many` with the seconds to wait when there were enough. */
  attempt(account: string, address: string): Promise<void>
  /** The attempt was right: it does not count, and neither do the slips before it. */
  succeeded(account: string, address: string): Promise<void>
}

const MINUTE_SECONDS = 60

/**
 * Bounds guessing: so many attempts a minute for one account from one address, and so many failures from one address
 * over all accounts. An attempt is counted before the password is looked at, so that many at once are bounded too; an
 * account is never locked for its owner by somebody who guesses from elsewhere.
 */
export function openSignInLimiter(limits: {
  signInsPerMinute: number
  signInsPerAddressPerMinute: number
}): SignInLimiter {
  const pairs = new RateLimiterMemory({ points: limits.signInsPerMinute, duration: MINUTE_SECONDS })
  const addresses = new RateLimiterMemory({
    points: limits.signInsPerAddressPerMinute,
    duration: MINUTE_SECONDS,
  })
  const pair = (account: string, address: string) => `${account.toLowerCase()} ${address}`
  return {
    attempt: async (account, address) => {
      try {
        await pairs.consume(pair(account, address))
        await addresses.consume(address)
      } catch (thrown) {
        throw tooMany(thrown)
      }
    },
    succeeded: async (account, address) => {
      await pairs.delete(pair(account, address))
      await addresses.reward(address)
    },
  }
}

/**
 * Counts failures of one address, so many a minute: what is right is never held up by what somebody else got wrong.
 * `failed` gives the count within the minute; it throws `too-many` with the seconds to wait beyond the limit.
 */
export function openFailureLimiter(perMinute: number): { failed(address: string): Promise<number> } {
  const addresses = new RateLimiterMemory({ points: perMinute, duration: MINUTE_SECONDS })
  return {
    failed: async address => {
      try {
        return (await addresses.consume(address)).consumedPoints
      } catch (thrown) {
        throw tooMany(thrown)
      }
    },
  }
}

/** Counts calls: of each session, each token, and each address from which nobody is signed in. */
export function openRequestLimiter(limits: {
  anonymousPerMinute: number
  sessionPerMinute: number
  tokenPerMinute: number
}): {
  /** Throws `too-many` with the seconds to wait. */
  asked(who: Acting | null, address: string): Promise<void>
} {
  const of = (points: number) => new RateLimiterMemory({ points, duration: MINUTE_SECONDS })
  const [anonymous, sessions, tokens] = [
    limits.anonymousPerMinute,
    limits.sessionPerMinute,
    limits.tokenPerMinute,
  ].map(of) as [RateLimiterMemory, RateLimiterMemory, RateLimiterMemory]
  return {
    asked: async (who, address) => {
      try {
        if (who === null) await anonymous.consume(address)
        else if (who.token !== undefined) await tokens.consume(who.token.id)
        else await sessions.consume(who.session.id)
      } catch (thrown) {
        throw tooMany(thrown, CALLS)
      }
    },
  }
}

/**
 * Bounds tries at one thing from wherever they come: so many in so many minutes. What is right is counted before it is
 * looked at, so that guessing cannot go on behind it; `succeeded` forgets the slips before it.
 */
export function openTries(limits: { tries: number; minutes: number }): {
  attempt(key: string): Promise<void>
  succeeded(key: string): Promise<void>
} {
  const tries = new RateLimiterMemory({ points: limits.tries, duration: limits.minutes * MINUTE_SECONDS })
  return {
    attempt: async key => {
      try {
        await tries.consume(key)
      } catch (thrown) {
        throw tooMany(thrown)
      }
    },
    succeeded: async key => {
      await tries.delete(key)
    },
  }
}

const ATTEMPTS = { fr: 'Trop d’essais', en: 'Too many attempts' }
const CALLS = { fr: 'Trop d’appels', en: 'Too many calls' }

function tooMany(thrown: unknown, what: Said = ATTEMPTS): unknown {
  if (!(thrown instanceof RateLimiterRes)) return thrown
  const seconds = Math.max(1, Math.ceil(thrown.msBeforeNext / 1000))
  return new TooMany(
    { fr: `${what.fr}. Réessayez dans ${seconds} s.`, en: `${what.en}. Try again in ${seconds} s.` },
    seconds,
  )
}
