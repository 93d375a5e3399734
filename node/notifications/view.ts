/** What leaves the server about notices. GET /api/notices → ListView<NoticeView>: those of the signed-in person. */
export interface NoticeView {
  id: string
  kind:
    | 'request-offered'
    | 'request-claimed'
    | 'report-signed'
    | 'transfer-failed'
    | 'request-changed'
    | 'certificate-expiring'
  urgency: 'emergency' | 'urgent' | 'routine'
  siteName: string
  reference: string
  request?: string
  report?: string
  at: string
  readAt?: string
  channels: {
    channel: 'screen' | 'email'
    state: 'queued' | 'sent' | 'failed' | 'opened'
    at?: string
    reason?: string
  }[]
}

/** Only with captured mail (demo): GET /api/mailbox → ListView<MailView>. */
export interface MailView {
  id: string
  at: string
  to: string
  subject: string
  text: string
  html: string
}

/** A notice as the archive keeps it. */
export interface SentNotice extends Omit<NoticeView, 'siteName' | 'request' | 'report'> {
  account: string
}
