import type { Tx } from '../database.js'

type Settled = { state: 'queued' | 'sent' | 'failed'; reason?: string }

/** Told what became of letters about a report; `node/reports` keeps it with the delivery. */
export interface ReportMail {
  mailSettled(tx: Tx, settled: { report: string; version: number; account: string } & Settled): Promise<void>
  /** Of a letter that brings the link of a share. */
  shareSettled(tx: Tx, settled: { share: string } & Settled): Promise<void>
}
