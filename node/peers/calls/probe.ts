import { connect } from 'node:net'
import { encodeDataset } from '../../dicom/format/dataset.js'
import type { Association } from '../../dicom/network/requestor.js'
import { SOPClass } from '../../dicom/uids.js'
import { contextsOf, invoked } from '../service-table.js'
import type { CallAnswer, CallRequest, ProbeStep } from '../wire.js'
import { associate, type CallHouse, failureOf } from './house.js'

type Probe = Extract<CallRequest, { method: 'probe' }>
type Tried = Pick<ProbeStep, 'code' | 'detail'>

/** A study no PACS has: asks whether it would answer, not for anybody's data. */
const NO_STUDY = '2.25.0'

/** Why a PACS does not talk to us: port, association, echo, find, each with its time; the first failure ends it. */
export async function probe(request: Probe, house: CallHouse): Promise<CallAnswer> {
  const steps: ProbeStep[] = []
  const { clock } = house
  let association: Association | undefined
  const step = async (name: ProbeStep['step'], run: () => Promise<Tried>) => {
    if (steps.some(({ outcome }) => outcome === 'failed')) {
      steps.push({ step: name, outcome: 'skipped', ms: 0, code: 'skipped', detail: '' })
      return
    }
    const startedAt = clock.monotonic()
    try {
      const tried = await run()
      steps.push({
        step: name,
        outcome: tried.code === 'ok' ? 'passed' : 'failed',
        ms: clock.monotonic() - startedAt,
        ...tried,
      })
    } catch (thrown) {
      const { code, detail } = failureOf(thrown)
      steps.push({ step: name, outcome: 'failed', ms: clock.monotonic() - startedAt, code, detail })
    }
  }
  await step('tcp', () => tcp(request))
  await step('association', async () => {
    association = await associate(
      request.target,
      [...contextsOf(invoked.echo), ...contextsOf(invoked.find)],
      house,
    )
    const { classUID, versionName } = association.peerImplementation
    return { code: 'ok', detail: versionName ?? classUID }
  })
  await step('echo', async () => {
    const outcome = await (association as Association).echo()
    if (outcome.outcome === 'not-negotiated')
      return { code: 'sop-class-refused', detail: 'C-ECHO is not accepted' }
    if (outcome.outcome === 'unanswered') return { code: 'not-answering', detail: outcome.reason }
    if (outcome.status !== 0) return { code: 'echo-failed', detail: outcome.meaning.meaning }
    return { code: 'ok', detail: `${outcome.durationMs} ms` }
  })
  await step('find', async () => {
    const outcome = await (association as Association).find({
      sopClassUID: SOPClass.StudyRootFind,
      identifier: syntax =>
        encodeDataset({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: NO_STUDY, PatientID: '' }, syntax),
      maximum: 1,
      onMatch: () => {},
    })
    switch (outcome.outcome) {
      case 'complete':
      case 'cut':
        return { code: 'ok', detail: '' }
      case 'not-negotiated':
        return { code: 'sop-class-refused', detail: 'C-FIND (Study Root) is not accepted' }
      case 'unanswered':
        return { code: 'not-answering', detail: outcome.reason }
      default:
        return { code: 'find-refused', detail: outcome.comment ?? outcome.meaning.meaning }
    }
  })
  await association?.release()
  return { method: 'probe', ok: true, steps }
}

function tcp({ target, timeoutMs }: Probe): Promise<Tried> {
  return new Promise(resolve => {
    const socket = connect({ host: target.host, port: target.port, timeout: timeoutMs })
    const end = (tried: Tried) => {
      socket.destroy()
      resolve(tried)
    }
    socket.once('connect', () => end({ code: 'ok', detail: `${socket.remoteAddress}:${socket.remotePort}` }))
    socket.once('timeout', () => end({ code: 'not-reached', detail: `no connection within ${timeoutMs} ms` }))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end({
        code:
          error.code === 'ECONNREFUSED'
            ? 'port-closed'
            : error.code === 'ENOTFOUND'
              ? 'host-unknown'
              : 'unreachable',
        detail: error.message,
      }),
    )
  })
}
