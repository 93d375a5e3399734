import type { CommitmentOutcome } from '../../dicom/network/commitment-scu.js'
import { dimseStatus } from '../../dicom/network/status.js'
import { SOPClass } from '../../dicom/uids.js'
import { contextsOf, invoked } from '../service-table.js'
import type { CallAnswer, CallFailure, CallRequest } from '../wire.js'
import { abortWith, associate, type CallHouse, failureOf } from './house.js'

/**
 * Asks a peer to commit itself (PS3.4 J.3.2), and stays a while: a PACS that can say so at once says it on this very
 * association; others call us later. Either way the node has kept the answer before the peer hears that it was taken.
 */
export async function commit(
  request: Extract<CallRequest, { method: 'commit' }>,
  house: CallHouse,
): Promise<CallAnswer> {
  const { transactionUID, references } = request
  let heard = () => {}
  const answered = new Promise<void>(resolve => {
    heard = resolve
  })
  const service = house.commitments.service(request.peer, { asks: false, answers: true })
  const association = await associate(request.target, contextsOf(invoked.commit), house, {
    commitment: {
      reported: async (context, report) => {
        const result = await service.reported?.(context, report)
        if (report.transactionUID === transactionUID) heard()
        return result ?? { status: dimseStatus.notAuthorised }
      },
    },
  })
  const unhook = abortWith(house.signal, association)
  const deadline = setTimeout(() => association.abort('the request took too long'), request.timeoutMs)
  try {
    const outcome = await association.requestCommitment({ transactionUID, references })
    clearTimeout(deadline)
    if (outcome.outcome !== 'answered' || outcome.meaning.class !== 'success')
      return { method: 'commit', ok: false, failure: failureIn(outcome) }
    await before(request.waitMs, answered, association.end)
    return { method: 'commit', ok: true }
  } finally {
    clearTimeout(deadline)
    unhook()
    await association.release()
  }
}

/**
 * Says what became of a transaction the peer asked for: on an association of ours with the roles turned round
 * (PS3.7 D.3.3.4), else on the one it asked on, where that is still there.
 */
export async function report(
  request: Extract<CallRequest, { method: 'report' }>,
  house: CallHouse,
): Promise<CallAnswer> {
  const called = await onOwn(request, house)
  if (called.outcome === 'answered') return answerOf(called)
  const there = await house.commitments.reportOn(request.association, request.report)
  return answerOf(there ?? called)
}

type Reported = CommitmentOutcome | { outcome: 'unreached'; failure: CallFailure }

async function onOwn(
  request: Extract<CallRequest, { method: 'report' }>,
  house: CallHouse,
): Promise<Reported> {
  const sopClassUID = SOPClass.StorageCommitmentPushModel
  try {
    const roles = [{ sopClassUID, scu: false, scp: true }]
    const association = await associate(request.target, contextsOf(invoked.commit), house, { roles })
    const unhook = abortWith(house.signal, association)
    const deadline = setTimeout(() => association.abort('the report took too long'), request.timeoutMs)
    try {
      // A peer that says nothing of roles is asked all the same: many forget it, and it may still refuse.
      const granted = association.roles.find(role => role.sopClassUID === sopClassUID)
      if (granted?.scp === false) return { outcome: 'not-negotiated' }
      return await association.reportCommitment(request.report)
    } finally {
      clearTimeout(deadline)
      unhook()
      await association.release()
    }
  } catch (thrown) {
    return { outcome: 'unreached', failure: failureOf(thrown) }
  }
}

function answerOf(reported: Reported): CallAnswer {
  if (reported.outcome === 'answered' && reported.meaning.class === 'success')
    return { method: 'report', ok: true }
  return {
    method: 'report',
    ok: false,
    failure: reported.outcome === 'unreached' ? reported.failure : failureIn(reported),
  }
}

function failureIn(outcome: CommitmentOutcome): CallFailure {
  switch (outcome.outcome) {
    case 'answered': {
      const { status, meaning, comment } = outcome
      const code = meaning.class === 'failure-retry' ? 'commitment-failed' : 'commitment-refused'
      const number = status.toString(16).padStart(4, '0').toUpperCase()
      return { step: 'operation', code, detail: `${number} ${comment ?? meaning.meaning}` }
    }
    case 'unanswered':
      return { step: 'operation', code: 'not-answering', detail: outcome.reason }
    case 'not-negotiated':
      return {
        step: 'operation',
        code: 'sop-class-refused',
        detail: 'Storage Commitment is not accepted in this role',
      }
  }
}

/** Resolves when one of them has happened, or so many milliseconds have gone by. */
async function before(milliseconds: number, ...happenings: Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise(resolve => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([...happenings, late])
  clearTimeout(timer)
  // The answer to a report is on its way when it is decided; a release must not overtake it.
  await new Promise(resolve => setImmediate(resolve))
}
