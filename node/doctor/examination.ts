import type { Language } from '../accounts/view.js'
import { reasonOf } from '../errors.js'
import { type Check, type Finding, notChecked, type Patient } from './check.js'
import type { CheckRow, Outcome } from './view.js'

const TIMEOUT_MS = 10_000

/** A finding with the check it is of. */
export interface Examined extends Finding {
  check: Check
  ms: number
}

/**
 * Looks at everything, one check after the other, so that none disturbs what another measures. Never rejects for what a
 * check finds or fails at: that is a row.
 */
export async function examine(
  patient: Patient,
  checks: readonly Check[],
  options: { onLooked?: (rows: readonly Examined[]) => void; signal?: AbortSignal } = {},
): Promise<Examined[]> {
  const all: Examined[] = []
  for (const check of checks) {
    options.signal?.throwIfAborted()
    const began = patient.clock.monotonic()
    const found = await inTime(check, patient, options.signal)
    const ms = patient.clock.monotonic() - began
    const rows = found.map(each => ({ ...each, check, ms }))
    all.push(...rows)
    options.onLooked?.(rows)
  }
  return all
}

async function inTime(check: Check, patient: Patient, signal?: AbortSignal): Promise<readonly Finding[]> {
  const { timeoutMs = TIMEOUT_MS } = check
  const ending = new AbortController()
  const either = AbortSignal.any([ending.signal, ...(signal === undefined ? [] : [signal])])
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding>(resolve => {
    timer = setTimeout(() => {
      const seconds = Math.round(timeoutMs / 1000)
      resolve(
        notChecked(
          [`Pas de réponse en ${seconds} s.`, 'Recommencez quand la machine est moins occupée.'],
          [`No answer within ${seconds} s.`, 'Try again when the machine is less busy.'],
        ),
      )
    }, timeoutMs)
  })
  try {
    const found = await Promise.race([looked(check, patient, either), late])
    return [found].flat() as Finding[]
  } finally {
    clearTimeout(timer)
    ending.abort()
  }
}

async function looked(
  check: Check,
  patient: Patient,
  signal: AbortSignal,
): Promise<Finding | readonly Finding[]> {
  try {
    return await check.look(patient, signal)
  } catch (thrown) {
    const reason = reasonOf(thrown)
    return notChecked([`L’examen lui-même a échoué : ${reason}`], [`The check itself failed: ${reason}`])
  }
}

/** As it leaves the server. */
export function rowOf({ check, outcome, said, subject, ms }: Examined, language: Language): CheckRow {
  const [found, remedy] = said[language]
  return {
    check: check.id,
    group: check.group,
    name: check.name[language],
    ...(subject === undefined ? {} : { subject }),
    outcome,
    found,
    ...(remedy === undefined || remedy === '' ? {} : { remedy }),
    ms,
  }
}

export function countsOf(rows: readonly { outcome: Outcome }[]): Record<Outcome, number> {
  const counts: Record<Outcome, number> = { good: 0, attention: 0, broken: 0, 'not-checked': 0 }
  for (const { outcome } of rows) counts[outcome]++
  return counts
}

/** Of the open data: from the command line as from a screen, that somebody looked is itself a fact. */
export function examinedFact(rows: readonly Examined[]) {
  const { good, attention, broken, 'not-checked': unchecked } = countsOf(rows)
  const found = rows
    .filter(({ outcome }) => outcome === 'broken')
    .map(({ check, subject }) => (subject === undefined ? check.id : `${check.id} ${subject}`))
  return {
    type: 'node-examined',
    site: null,
    ids: {},
    body: { good, attention, broken, unchecked, found },
  }
}
