/**
 * The one shape of an expected failure. Services throw it with a stable code; edges translate it
 * (`http/failures.ts` to an HTTP status, `dicom/network/status.ts` to a DIMSE status).
 * Anything else that is thrown is a bug: logged whole, shown as "internal error".
 */
export type FailureCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
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
}

export class Failure extends Error {
  readonly code: FailureCode
  readonly fields: readonly FieldFault[]

  constructor(code: FailureCode, detail: string, fields: readonly FieldFault[] = [], cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.code = code
    this.fields = fields
  }
}

/** Throws a {@link Failure}; reads as a statement where the decision is made. */
export function fail(code: FailureCode, detail: string, fields: readonly FieldFault[] = []): never {
  throw new Failure(code, detail, fields)
}

/** The message of whatever was thrown, for a log line or an outcome's reason. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
