import type { Receipt, ReceiptAnswer } from './wire.js'

export interface ReceiptDesk {
  /** Hands a durable object to the node; resolves with its word after the commit. */
  hand(receipt: Omit<Receipt, 'id'>): Promise<ReceiptAnswer>
  answered(answers: readonly ReceiptAnswer[]): void
}

/** Numbers the receipts and sends those of one turn of the loop together. */
export function openReceiptDesk(send: (batch: Receipt[]) => void): ReceiptDesk {
  const waiting = new Map<number, (answer: ReceiptAnswer) => void>()
  let batch: Receipt[] = []
  let lastId = 0
  return {
    hand: receipt =>
      new Promise(resolve => {
        const id = ++lastId
        waiting.set(id, resolve)
        batch.push({ ...receipt, id })
        if (batch.length > 1) return
        setImmediate(() => {
          const full = batch
          batch = []
          send(full)
        })
      }),
    answered: answers => {
      for (const answer of answers) {
        waiting.get(answer.id)?.(answer)
        waiting.delete(answer.id)
      }
    },
  }
}
