import { hash, type Options, verify } from '@node-rs/argon2'
import { Failure } from '../errors.js'
import type { Breached } from './breached.js'
import type { Language } from './view.js'
import { weakness } from './weak-passwords.js'
import { SIGN_IN_REFUSALS, weakWords } from './words.js'

export interface Passwords {
  /** Throws `invalid` for one that would be guessed first, that is only the person's name, or that was stolen. */
  hash(password: string, person?: { email: string; name: string; language: Language }): Promise<string>
  /** Whatever it is: what the operator wrote into the configuration. */
  hashAsGiven(password: string): Promise<string>
  /** Whether anybody would try this one: it must be changed. */
  isKnown(password: string): Promise<boolean>
  /** False for a wrong password; `null` for no known hash takes as long as any other and is always false. */
  verify(known: string | null, password: string): Promise<boolean>
}

/** argon2id (RFC 9106). The library's enumeration of algorithms exists in types only: 2 is argon2id. */
const ARGON2ID: Options = { algorithm: 2, memoryCost: 64 * 1024, timeCost: 3, parallelism: 1 }

/** Each check takes 64 MiB and a core: so many at once, so many waiting, the next one is refused. */
export function openPasswords(
  limits: { passwordChecksAtOnce: number; passwordQueueMax: number },
  breached: Breached = { has: async () => false },
): Passwords {
  const waiting: (() => void)[] = []
  let running = 0
  let decoy: Promise<string> | undefined

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= limits.passwordChecksAtOnce) {
      if (waiting.length >= limits.passwordQueueMax) throw new Failure('too-many', SIGN_IN_REFUSALS.crowded)
      await new Promise<void>(resolve => waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next() // the place passes on: `running` stays
    }
  }
  // Two keyboards may write the same accented letter in two ways.
  const bytesOf = (password: string) => password.normalize('NFKC')

  const hashAsGiven = (password: string) => inTurn(() => hash(bytesOf(password), ARGON2ID))

  return {
    hash: async (password, person) => {
      const why = weakness(password, person) ?? ((await breached.has(password)) ? 'breached' : null)
      if (why !== null) {
        const message = weakWords[why][person?.language ?? 'fr']
        throw new Failure('invalid', message, [{ path: 'password', message }])
      }
      return hashAsGiven(password)
    },
    hashAsGiven,
    isKnown: async password => weakness(password) !== null || breached.has(password),
    verify: async (known, password) => {
      if (known !== null) return inTurn(() => verify(known, bytesOf(password)))
      decoy ??= hash('nobody has this password', ARGON2ID)
      const against = await decoy
      await inTurn(() => verify(against, bytesOf(password)))
      return false
    },
  }
}
