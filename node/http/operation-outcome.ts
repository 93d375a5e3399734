import type { FailureCode } from '../errors.js'
import type { Problem } from './failures.js'

/** HL7 FHIR R4, value set IssueType. */
const ISSUES: Readonly<Record<FailureCode, string>> = {
  invalid: 'invalid',
  unauthenticated: 'login',
  locked: 'login',
  'second-factor-required': 'login',
  'confirmation-required': 'login',
  'password-change-required': 'login',
  forbidden: 'forbidden',
  missing: 'not-found',
  conflict: 'conflict',
  mismatch: 'conflict',
  'outcome-unknown': 'incomplete',
  'too-large': 'too-long',
  'too-many': 'throttled',
  unavailable: 'transient',
  'storage-full': 'no-store',
  unsupported: 'not-supported',
  timeout: 'timeout',
  internal: 'exception',
}

/** A refusal as programs that speak FHIR read it (R4 3.1.0.1.8): the same words, in their form. */
export function operationOutcome({ code, detail, fields = [] }: Problem): object {
  const issue = { severity: code === 'internal' ? 'fatal' : 'error', code: ISSUES[code] }
  return {
    resourceType: 'OperationOutcome',
    issue: [
      { ...issue, diagnostics: detail },
      ...fields.map(({ path, message }) => ({ ...issue, diagnostics: message, expression: [path] })),
    ],
  }
}
