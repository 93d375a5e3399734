/**
 * The one shape of an expected failure. Services throw it with a stable code; edges translate it
 * (`http/failures.ts` to an HTTP status, `dicom/network/status.ts` to a DIMSE status).
 * Anything else that is thrown is a bug: logged whole, shown as "internal error".
 */
export type FailureCode =
  | 'invalid'
  | 'unauthenticated'
  /** The session locked because nobody used it: it opens again with the password or a passkey. */
  | 'locked'
  /** A second factor must be shown first, or set up. */
  | 'second-factor-required'
  /** Who asks must prove once more who they are. */
  | 'confirmation-required'
  /** The password is on a list of stolen ones: nothing else is done with the session until it is changed. */
  | 'password-change-required'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  /** Images say otherwise than what was asked: a person looks, and confirms with a reason, or not. */
  | 'mismatch'
  | 'outcome-unknown'
  | 'too-large'
  | 'too-many'
  | 'unavailable'
  | 'storage-full'
  | 'unsupported'
  | 'timeout'
  | 'internal'

/** One field that does not fit: `path` in dotted form, `message` for a person. */
export interface FieldFault {
  path: string
  message: string
  /** In place of the message, for whoever reads French. */
  fr?: string
}

/** One sentence in each language of the screens: the edge says it in that of whoever asks. */
export type Said = Readonly<Record<'fr' | 'en', string>>

export class Failure extends Error {
  readonly code: FailureCode
  readonly fields: readonly FieldFault[]
  /** What the one who is refused needs to go on: extension members of the problem (RFC 9457 §3.2). */
  readonly more: Readonly<Record<string, unknown>>
  /** The same in each language, of the whole and of each of its fields. */
  readonly said: Said | undefined

  constructor(
    code: FailureCode,
    detail: string | Said,
    fields: readonly FieldFault[] = [],
    cause?: unknown,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(typeof detail === 'string' ? detail : detail.en, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.code = code
    this.fields = fields
    this.more = more
    this.said = typeof detail === 'string' ? undefined : detail
  }
}

/** Throws a {@link Failure}; reads as a statement where the decision is made. */
export function fail(code: FailureCode, detail: string | Said, fields: readonly FieldFault[] = []): never {
  throw new Failure(code, detail, fields)
}

/** Throws a {@link Failure} that is said in the language of whoever asks, at its field too where it has one. */
export function refuse(code: FailureCode, said: Said, path?: string): never {
  throw new Failure(code, said, path === undefined ? [] : [{ path, message: said.en }])
}

/** Said where a list is asked to go on from where it never was. */
export const NO_SUCH_PAGE: Said = {
  fr: 'Cette page n’existe pas : reprenez à la première.',
  en: 'This page does not exist: start from the first one.',
}

/** Throws `invalid` for a cursor in `after` that is none of the list's. */
export function noSuchPage(): never {
  return fail('invalid', NO_SUCH_PAGE, [
    { path: 'after', message: 'not a page of this list', fr: 'pas une page de cette liste' },
  ])
}

/** What a role may not do, it may not do whatever is asked of it. */
export const notYourRole = (role: string): Said => ({
  fr: 'Votre fonction ne le permet pas.',
  en: `Your role (${role}) may not do this.`,
})

/** The message of whatever was thrown, for a log line or an outcome's reason. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
