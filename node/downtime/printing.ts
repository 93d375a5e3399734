import { openApart } from '../apart.js'
import type { PrintCall, Printed } from './printing-process.js'

/** The papers of a night, page after page. */
export interface Printing {
  duty(of: Extract<PrintCall, { duty: unknown }>['duty']): Promise<Printed>
  forms(of: Extract<PrintCall, { forms: unknown }>['forms']): Promise<Printed>
  close(): void
}

/** A hundred forms, or the two days of a group of a thousand, take seconds; what takes longer is tried again. */
const PAPER_TIMEOUT_MS = 120_000

/** Apart: a page takes a twentieth of a second, and each site has a dozen a night. */
export function openPrinting(): Printing {
  const printing = openApart<PrintCall, Printed>({
    of: import.meta.url,
    program: './printing-process',
    timeoutMs: PAPER_TIMEOUT_MS,
  })
  return {
    duty: duty => printing.ask({ duty }),
    forms: forms => printing.ask({ forms }),
    close: printing.close,
  }
}
