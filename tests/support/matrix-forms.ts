import { FORM } from './act.js'
import type { Case } from './matrix-calls.js'

/** What changes of a request's form after it was written. */
export const FORMS: Readonly<Record<string, Case>> = {
  'PUT /api/requests/:id': { of: 'request', body: () => ({ ...FORM, revision: 99 }) },
  'POST /api/requests/:id/patient': {
    of: 'request',
    body: () => ({ patient: FORM.patient, reason: 'essai', identityCheckedBy: 'essai' }),
  },
}
