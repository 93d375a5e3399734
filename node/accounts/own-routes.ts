import { z } from 'zod'
import type { Acting } from '../http/acting.js'
import { listOf, nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Settings } from '../settings.js'
import { language, password, personName, role } from './account.js'
import type { Accounts } from './accounts.js'
import type { WithCookie } from './own.js'
import type { PasskeyAnswer } from './passkeys.js'
import { openSessionAnswers, sessionView } from './session-answer.js'
import type {
  FactorsView,
  LockView,
  NewAuthenticatorView,
  OwnSessionView,
  PasskeyView,
  RecoveryView,
} from './view.js'

const BODY_MAX_BYTES = 16 * 1024
const PASSWORD_MAX_CHARACTERS = 1000
const CODE_MAX_CHARACTERS = 20

const base64url = z.string().max(8192)
/** What a browser gives of a passkey (WebAuthn §5.1, JSON form); the rest is examined by the one who reads it. */
export const passkeyAnswer = z.looseObject({
  id: z.string().max(2048),
  rawId: z.string().max(2048),
  type: z.literal('public-key'),
  response: z.looseObject({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: z.string().max(200).nullish(),
  }),
}) as unknown as z.ZodType<PasskeyAnswer>
const newPasskey = z.looseObject({
  id: z.string().max(2048),
  rawId: z.string().max(2048),
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: base64url, attestationObject: base64url }),
}) as unknown as z.ZodType<Parameters<Accounts['addPasskey']>[1]['answer']>
/** Options of the browser's own interface: passed on as they are. */
const forBrowser = z.looseObject({ challenge: z.string() })

const passkeyView = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  usedAt: z.iso.datetime().optional(),
  backedUp: z.boolean(),
}) satisfies z.ZodType<PasskeyView>
const factorsView = z
  .object({
    authenticatorSince: z.iso.datetime().optional(),
    passkeys: z.array(passkeyView),
    recoveryLeft: z.int(),
    passkeyHost: z.string().optional(),
  })
  .meta({ id: 'SecondFactors' }) satisfies z.ZodType<FactorsView>
const recoveryView = z.object({ codes: z.array(z.string()).optional() }) satisfies z.ZodType<RecoveryView>
const newAuthenticatorView = z.object({
  secret: z.string(),
  uri: z.string(),
  qr: z.string(),
}) satisfies z.ZodType<NewAuthenticatorView>
const lockView = z.object({
  id: z.string(),
  locked: z.boolean(),
  name: z.string(),
  email: z.string(),
  language,
  passkeys: z.boolean(),
  passkeyHost: z.string().optional(),
}) satisfies z.ZodType<LockView>
const ownSessionView = z
  .object({
    id: z.string(),
    current: z.boolean(),
    since: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    address: z.string().optional(),
    browser: z.string().optional(),
    system: z.string().optional(),
    role,
    siteName: z.string(),
    locked: z.boolean(),
  })
  .meta({ id: 'OwnSession' }) satisfies z.ZodType<OwnSessionView>

const proof = {
  password: z.string().max(PASSWORD_MAX_CHARACTERS).optional(),
  code: z.string().max(CODE_MAX_CHARACTERS).optional(),
  passkey: passkeyAnswer.optional(),
}
const params = z.object({ id: z.string().max(64) })
/** A program's token is no session that could be replaced. */
export const replacedBy = (who: Acting | null): Acting | null => (who?.token === undefined ? who : null)

/** What people do with their own session and account. */
export function ownRoutes({
  accounts,
  config,
}: {
  accounts: Accounts
  config: Pick<Settings, 'http' | 'sessions'>
}): Route[] {
  const { begun, setCookie } = openSessionAnswers({ accounts, config })
  const kept = <T>(
    ctx: Parameters<typeof setCookie>[0],
    { cookie, ...rest }: WithCookie<T>,
  ): Omit<T, 'cookie'> => {
    setCookie(ctx, cookie)
    return rest as Omit<T, 'cookie'>
  }
  return [
    route({
      method: 'POST',
      path: '/api/session/factor',
      summary: 'Answers the challenge of a sign-in with the second factor: a code, or a passkey.',
      action: 'public',
      body: z.object({ challenge: z.string().max(100), code: proof.code, passkey: proof.passkey }),
      answer: sessionView,
      bodyMaxBytes: BODY_MAX_BYTES,
      run: async ({ body: { challenge, ...shown }, address, who, headers, ctx }) =>
        begun(
          ctx,
          await accounts.showFactor({
            challenge,
            proof: shown,
            address,
            userAgent: headers['user-agent'],
            replaces: replacedBy(who),
          }),
        ),
    }),
    route({
      method: 'POST',
      path: '/api/session/passkey',
      summary: 'What the browser needs to show a passkey: of who is signed in, else of whoever sits there.',
      action: 'public',
      answer: forBrowser,
      run: ({ who }) => accounts.passkeys.ask(replacedBy(who)?.account.id ?? null) as never,
    }),
    route({
      method: 'POST',
      path: '/api/session/passkey/sign-in',
      summary: 'Signs in by a passkey alone: the device has verified its owner.',
      action: 'public',
      body: z.object({ passkey: passkeyAnswer }),
      answer: sessionView,
      bodyMaxBytes: BODY_MAX_BYTES,
      run: async ({ body, address, who, headers, ctx }) =>
        begun(
          ctx,
          await accounts.signInByPasskey({
            passkey: body.passkey,
            address,
            userAgent: headers['user-agent'],
            replaces: replacedBy(who),
          }),
        ),
    }),
    route({
      method: 'POST',
      path: '/api/session/proof',
      summary: 'Shows once more who one is, or a second factor; what waited for it may be done then.',
      action: 'session',
      body: z.object(proof),
      answer: sessionView,
      bodyMaxBytes: BODY_MAX_BYTES,
      run: async ({ who, body, address, ctx }) => begun(ctx, await accounts.prove(who, body, address)),
    }),
    route({
      method: 'GET',
      path: '/api/session/lock',
      summary: 'Whether the session is locked, and whose it is.',
      action: 'session',
      even: 'locked',
      answer: lockView,
      run: ({ who }) => accounts.lockView(who),
    }),
    route({
      method: 'POST',
      path: '/api/session/lock',
      summary: 'Locks the session: it only unlocks, or ends.',
      action: 'session',
      even: 'locked',
      answer: nothing,
      run: async ({ who }) => {
        await accounts.lock(who)
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/unlock',
      summary: 'Opens a locked session with the password or a passkey of the person it belongs to.',
      action: 'session',
      even: 'locked',
      body: z.object({ password: proof.password, passkey: proof.passkey }),
      answer: sessionView,
      bodyMaxBytes: BODY_MAX_BYTES,
      run: async ({ who, body, address, ctx }) => begun(ctx, await accounts.unlock(who, body, address)),
    }),
    route({
      method: 'POST',
      path: '/api/session/activity',
      summary: 'Says that somebody is at the screen, where nothing else is asked of the node meanwhile.',
      action: 'session',
      answer: nothing,
      run: () => undefined,
    }),
    route({
      method: 'GET',
      path: '/api/session/drafts',
      summary: 'The key with which the person’s browser encrypts what they typed and did not send yet.',
      action: 'session',
      answer: z.object({ key: z.string() }),
      run: ({ who }) => ({ key: accounts.draftKey(who) }),
    }),
    route({
      method: 'PUT',
      path: '/api/session/password',
      summary: 'Sets another password; all other sessions of the person end.',
      action: 'session',
      even: 'password',
      body: z.object({ now: z.string().max(PASSWORD_MAX_CHARACTERS), password }),
      answer: sessionView,
      bodyMaxBytes: BODY_MAX_BYTES,
      run: async ({ who, body, address, origin, ctx }) =>
        begun(ctx, await accounts.setPassword(who, { now: body.now, next: body.password }, address, origin)),
    }),
    route({
      method: 'GET',
      path: '/api/session/factors',
      summary: 'The person’s second factors.',
      action: 'session',
      answer: factorsView,
      run: ({ who }) => accounts.factors(who),
    }),
    route({
      method: 'POST',
      path: '/api/session/authenticator',
      summary: 'A secret for an authenticator application; it counts once a code of it was shown.',
      action: 'session',
      answer: newAuthenticatorView,
      secret: true,
      run: ({ who }) => accounts.proposeAuthenticator(who),
    }),
    route({
      method: 'PUT',
      path: '/api/session/authenticator',
      summary:
        'Takes the proposed authenticator by a code of it; with a first factor come recovery codes, once.',
      action: 'session',
      body: z.object({ code: z.string().max(CODE_MAX_CHARACTERS) }),
      answer: recoveryView,
      run: async ({ who, body, origin, ctx }) =>
        kept(ctx, await accounts.beginAuthenticator(who, body.code, origin)),
    }),
    route({
      method: 'DELETE',
      path: '/api/session/authenticator',
      summary: 'Removes the authenticator.',
      action: 'session',
      answer: nothing,
      run: async ({ who, origin, ctx }) => {
        kept(ctx, await accounts.removeAuthenticator(who, origin))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/passkeys/offer',
      summary: 'What the browser needs to make a passkey for the person.',
      action: 'session',
      answer: forBrowser,
      run: ({ who }) => accounts.offerPasskey(who) as never,
    }),
    route({
      method: 'POST',
      path: '/api/session/passkeys',
      summary: 'Takes the passkey the browser made; with a first factor come recovery codes, once.',
      action: 'session',
      body: z.object({ name: personName, answer: newPasskey }),
      answer: recoveryView,
      status: 201,
      secret: true,
      bodyMaxBytes: 64 * 1024,
      run: async ({ who, body, origin, ctx }) => kept(ctx, await accounts.addPasskey(who, body, origin)),
    }),
    route({
      method: 'DELETE',
      path: '/api/session/passkeys/:id',
      summary: 'Removes a passkey of the person.',
      action: 'session',
      params,
      answer: nothing,
      run: async ({ who, params, origin, ctx }) => {
        kept(ctx, await accounts.removePasskey(who, params.id, origin))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/recovery',
      summary: 'Makes the recovery codes anew, shown once; the old ones are void.',
      action: 'session',
      answer: recoveryView,
      secret: true,
      run: ({ who, origin }) => accounts.makeRecovery(who, origin),
    }),
    route({
      method: 'GET',
      path: '/api/sessions',
      summary: 'The person’s own sessions: where from, since when, last used.',
      action: 'session',
      answer: listOf(ownSessionView),
      run: async ({ who }) => ({ items: await accounts.sessionsOf(who) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/sessions',
      summary: 'Ends all other sessions of the person, with their live connections.',
      action: 'session',
      answer: nothing,
      run: async ({ who, origin }) => {
        await accounts.endOthers(who, origin)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/sessions/:id',
      summary: 'Ends one of the person’s own sessions, with its live connections.',
      action: 'session',
      params,
      answer: nothing,
      run: async ({ who, params, origin }) => {
        await accounts.endSession(who, params.id, origin)
        return undefined
      },
    }),
  ]
}
