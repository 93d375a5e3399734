import { refusalOf } from '../dicom/network/status.js'
import { reasonOf } from '../errors.js'
import type { ReceiverEars, Retrieved } from './receiver-link.js'
import type { FromReceiver, Query, Refusal, RetrieveQuery, ToReceiver } from './wire.js'

type Question = Extract<FromReceiver, { type: 'query' | 'more' | 'enough' | 'retrieve' | 'retrieved' }>

export interface Questions {
  hear(question: Question): void
  /** The receiver is gone, and with it whoever asked. */
  forget(): void
}

/** One C-FIND being answered: a page goes down when the one before it was taken. */
interface Flow {
  over: boolean
  wake(): void
}

/** What peers ask of the node through the receiver: queries page by page, retrievals once. */
export function openQuestions(options: { tell(message: ToReceiver): void; ears(): ReceiverEars }): Questions {
  const { tell, ears } = options
  let flows = new Map<number, Flow>()
  let retrievals = new Map<number, Retrieved>()

  const refusal = (thrown: unknown): Refusal => {
    const { status, comment, isBug } = refusalOf(thrown)
    if (isBug) ears().trouble(reasonOf(thrown))
    return { status, comment }
  }

  async function answer(query: Query): Promise<void> {
    const { id } = query
    const flow: Flow = { over: false, wake: () => {} }
    flows.set(id, flow)
    // Numbers begin anew with each run of the receiver: this one's pages are no answer to the next one's questions.
    const say = (message: ToReceiver) => {
      if (!flow.over) tell(message)
    }
    try {
      for await (const matches of ears().query(query)) {
        if (flow.over) return
        const taken = new Promise<void>(resolve => {
          flow.wake = resolve
        })
        say({ type: 'matches', id, matches, last: false })
        await taken
        if (flow.over) return
      }
      say({ type: 'matches', id, matches: [], last: true })
    } catch (thrown) {
      say({ type: 'matches', id, matches: [], last: true, refusal: refusal(thrown) })
    } finally {
      if (flows.get(id) === flow) flows.delete(id)
    }
  }

  async function give(query: RetrieveQuery): Promise<void> {
    const { id } = query
    const ofThisRun = retrievals
    try {
      const retrieved = await ears().retrieve(query)
      if (ofThisRun !== retrievals) return
      retrievals.set(id, retrieved)
      tell({ type: 'retrieval', answer: { ...retrieved.answer, id } })
    } catch (thrown) {
      if (ofThisRun === retrievals) tell({ type: 'retrieval', answer: { id, refusal: refusal(thrown) } })
    }
  }

  return {
    hear: question => {
      switch (question.type) {
        case 'query':
          void answer(question.query)
          return
        case 'more':
          flows.get(question.id)?.wake()
          return
        case 'enough': {
          const flow = flows.get(question.id)
          if (flow === undefined) return
          flow.over = true
          flow.wake()
          return
        }
        case 'retrieve':
          void give(question.query)
          return
        case 'retrieved':
          retrievals.get(question.id)?.done(question.counts)
          retrievals.delete(question.id)
      }
    },
    forget: () => {
      for (const flow of flows.values()) {
        flow.over = true
        flow.wake()
      }
      flows = new Map()
      retrievals = new Map()
    },
  }
}
