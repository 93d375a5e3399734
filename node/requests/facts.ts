/**
 * The facts of requests. Each carries `reference`, `urgency` and `requestedBy`; those of the lifecycle also
 * `from` and `state`. `request-offered`: the `readers` and `why`. A signed report is `report-signed`.
 */
export type RequestFactType =
  | 'request-created'
  | 'request-edited'
  | 'request-patient-named'
  | 'request-linked'
  | 'request-submitted'
  | 'request-offered'
  | 'request-declined'
  | 'request-claimed'
  | 'request-accepted'
  | 'request-refused'
  | 'request-released'
  | 'request-rerouted'
  | 'request-info-requested'
  | 'request-answered'
  | 'request-awaiting-exam'
  | 'request-exam-done'
  | 'request-started'
  | 'request-delivered'
  | 'request-closed'
  | 'request-cancelled'
  | 'request-expired'
  | 'request-entered-in-error'
