/**
 * The facts of requests. Each carries `reference`, `urgency` and `requestedBy`; those of the lifecycle also
 * `from` and `state`. `request-offered`, `-rerouted`, `-released` begin a `round` of offers: the `readers`, each with
 * `why`; `request-wave-opened`: those of the next `wave`; `request-waves-ended`: every wave failed, and the `cause`;
 * `request-offer-seen`: by the `account`. A signed report is `report-signed`.
 */
export type RequestFactType =
  | 'request-created'
  | 'request-edited'
  | 'request-patient-named'
  | 'request-document-attached'
  | 'request-linked'
  | 'request-submitted'
  | 'request-offered'
  | 'request-wave-opened'
  | 'request-waves-ended'
  | 'request-offer-seen'
  | 'request-declined'
  | 'request-claimed'
  | 'request-accepted'
  | 'request-refused'
  | 'request-refusal-acknowledged'
  | 'request-released'
  | 'request-handed-over'
  | 'request-taken-over'
  | 'request-holder-silent'
  | 'request-rerouted'
  | 'request-info-requested'
  | 'request-answered'
  | 'request-awaiting-exam'
  | 'request-exam-done'
  | 'request-started'
  | 'request-delivered'
  | 'request-closed'
  | 'request-cancelled'
  | 'request-outcome-recorded'
  | 'request-expired'
  | 'request-entered-in-error'
