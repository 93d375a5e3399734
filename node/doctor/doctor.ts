import type { Language } from '../accounts/view.js'
import { isoAt } from '../clock.js'
import { fail, reasonOf } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { Services } from '../program/services.js'
import type { Check, Patient } from './check.js'
import { countsOf, type Examined, examine, examinedFact, rowOf } from './examination.js'
import type { DoctorView, TestLetterView } from './view.js'

export interface Doctor {
  view(language: Language): DoctorView
  /** Begins to look at everything; `conflict` while that is under way. That it was done is a fact in the journal. */
  start(language: Language, origin: Origin): DoctorView
  /** Looks at everything and waits for it. */
  examine(origin: Origin, onLooked?: (rows: readonly Examined[]) => void): Promise<Examined[]>
  /** A letter about nothing to the person who asks. */
  sendLetter(to: string, language: Language, origin: Origin): Promise<TestLetterView>
  /** An examination under way ends without a result. */
  close(): void
}

/** One examination at a time, its last result kept while the node runs. */
export function openDoctor(options: {
  services: Services
  checks: readonly Check[]
  /** True in the node that serves people. */
  serving: boolean
  /** Something of an examination under way moved. */
  onMoved(): void
}): Doctor {
  const { services, checks, onMoved } = options
  const { clock, db, journal, config, folder } = services
  const patient: Patient = {
    config,
    folder,
    clock,
    services,
    startedAt: clock.now() - clock.monotonic(),
    serving: options.serving,
  }
  const closing = new AbortController()
  let state: Omit<DoctorView, 'rows' | 'counts' | 'of' | 'checks'> = { state: 'never' }
  let rows: Examined[] = []

  const view = (language: Language): DoctorView => ({
    ...state,
    checks: new Set(rows.map(({ check }) => check)).size,
    of: checks.length,
    rows: rows.map(row => rowOf(row, language)),
    counts: countsOf(rows),
  })

  async function looked(origin: Origin, onLooked: (rows: readonly Examined[]) => void) {
    const found = await examine(patient, checks, { onLooked, signal: closing.signal })
    await db.write(tx => journal.append(tx, examinedFact(found), origin))
    return found
  }

  return {
    view,
    start: (language, origin) => {
      if (state.state === 'running')
        fail('conflict', {
          fr: 'Un examen du nœud est déjà en cours.',
          en: 'An examination is under way already.',
        })
      state = { state: 'running', startedAt: isoAt(clock.now()) }
      rows = []
      const add = (more: readonly Examined[]) => {
        rows.push(...more)
        onMoved()
      }
      const ended = (changes: Partial<DoctorView>) => {
        state = { ...state, ...changes, endedAt: isoAt(clock.now()) }
        onMoved()
      }
      looked(origin, add).then(
        () => ended({ state: 'done' }),
        thrown => {
          if (!closing.signal.aborted) ended({ state: 'failed', reason: reasonOf(thrown) })
        },
      )
      return view(language)
    },
    examine: (origin, onLooked = () => {}) => looked(origin, onLooked),
    sendLetter: async (to, language, origin) => {
      const { smtpUrl, captured } = config.mail
      const posted = await services.notifications.letterbox.trial(to, language)
      const done = posted.result === 'done'
      const outcome = done ? (captured ? 'captured' : 'sent') : smtpUrl === null ? 'not-sent' : 'refused'
      await db.write(async tx => {
        if (posted.result === 'done') await posted.keep(tx)
        await journal.append(tx, { type: 'letter-tried', site: null, ids: {}, body: { outcome } }, origin)
      })
      return { outcome, to, ...(posted.result === 'done' ? {} : { reason: posted.reason }) }
    },
    close: () => closing.abort(),
  }
}
