import { z } from 'zod'
import { optional, secret, whole } from './setting-kinds.js'

export const accounts = z
  .strictObject({
    secondFactor: z
      .enum(['required', 'offered'])
      .default('required')
      .describe(
        'required: what the permission table marks (administration, operation, reading the journal and the archive) waits for a second factor; offered: who has set one up is asked for it, nobody must.',
      ),
    secondFactorGraceHours: whole(
      24,
      0,
      720,
      'A new account may work so long before the second factor must be set up.',
    ),
    secondFactorFreshMinutes: whole(
      720,
      1,
      1440,
      'A second factor shown longer ago is asked for again, before a marked act and before a signature.',
    ),
    signatureFreshMinutes: whole(
      0,
      0,
      60,
      'Who proved to be themselves so recently signs without doing it again; 0: each signature asks.',
    ),
    screenCheckDays: whole(
      30,
      1,
      366,
      'A person’s statement that the screen they read at was checked (legal basis, check) holds so long; until then images stand over the sentence that they are not for diagnosis.',
    ),
    breachedPasswordsFile: optional(
      'Sorted list of SHA-1 digests of stolen passwords (the form of Have I Been Pwned, one HASH:count a line), searched in place: no such password is taken, and who has one must change it.',
    ),
  })
  .describe('Passwords and second factors.')

export const sessions = z
  .strictObject({
    idleMinutes: whole(15, 1, 24 * 60, 'A session nobody uses locks after this.'),
    endHours: whole(12, 1, 7 * 24, 'A session ends after this, used or not.'),
    linkHours: whole(72, 1, 30 * 24, 'How long a one-time link (first operator, invitation) can be used.'),
    tokenDays: whole(365, 1, 3650, 'A token for a program ends after this, unless it was made for less.'),
    tokensPerMembershipMax: whole(20, 1, 1000, 'Tokens of one membership that can be used at once.'),
  })
  .describe('People who are signed in.')

export const admin = z
  .strictObject({
    email: optional('Email of the first operator, made at a first start; then no link is printed.'),
    password: secret('Password of that operator, at least 12 characters.'),
  })
  .describe('The first operator, for scripts. Better from the environment than from this file.')
