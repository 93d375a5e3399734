import type { Language } from '../accounts/view.js'
import type { Clock } from '../clock.js'
import { TEST_PATIENT_ID, testObject } from '../dicom/format/test-object.js'
import type { Opinion, SecondOpinion } from '../dicom/native.js'
import type { Certificates } from '../peers/certificates/keeper.js'
import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { PeerTestView } from '../peers/view.js'
import type { Target } from '../peers/wire.js'
import { advice, letter, wordsFor } from './doctor-words.js'

type Step = PeerTestView['steps'][number]

const PROBE_TIMEOUT_MS = 10_000

/**
 * Why a PACS does not answer: port, TLS, association, echo, find, and where the person allows it a small object, by our
 * own engine; then echo and find by an independent implementation, so that both sides know whose fault it is.
 */
export async function testPeer(options: {
  peer: Peer
  link: ReceiverLink
  secondOpinion: SecondOpinion
  certificates: Certificates
  clock: Clock
  language: Language
  /** Store a test object there, which stays. */
  object: boolean
  timeoutMs?: number
}): Promise<PeerTestView> {
  const { peer, link, secondOpinion, certificates, clock, language, timeoutMs = PROBE_TIMEOUT_MS } = options
  const target = targetOf(peer)
  const object = options.object ? testObject(clock.now()) : undefined
  const answer = await link.call({
    method: 'probe',
    target,
    timeoutMs,
    ...(object === undefined ? {} : { object }),
  })
  const probed = answer.ok && answer.method === 'probe' ? answer : undefined
  const steps: Step[] = [...(probed?.steps ?? [broken(answer.ok ? '' : answer.failure.detail)])]
  const failed = steps.find(step => step.outcome === 'failed')
  // What its name led to when we called it, and was looked at then.
  steps.push(await opinionOn(secondOpinion, { ...target, host: probed?.to ?? target.host }, steps, timeoutMs))
  const ours: PeerTestView['ours'] = {
    aeTitle: peer.callUs,
    ...(probed?.from === undefined ? {} : { address: probed.from }),
    port: peer.tls === 'none' ? link.ports().port : link.ports().tlsPort,
    tls: peer.tls,
    ...(peer.tls === 'none' ? {} : { fingerprint: certificates.own().facts.fingerprint }),
  }
  return {
    steps: steps.map(step => {
      const said = wordsFor(step, peer, language)
      return said === undefined ? step : { ...step, cause: said[0], remedy: said[1] }
    }),
    passed: failed === undefined,
    ...(probed?.stored === true && object !== undefined
      ? { left: { sopInstanceUID: object.sopInstanceUID, patientId: TEST_PATIENT_ID } }
      : {}),
    ours,
    advice: advice(failed, peer, language),
    ...(failed === undefined ? {} : { letter: letter(failed, peer, ours, language) }),
  }
}

/** The same echo, and the same find where ours was answered, by DCMTK. It decides nothing: it is a remark. */
async function opinionOn(
  secondOpinion: SecondOpinion,
  target: Target,
  steps: readonly Step[],
  timeoutMs: number,
): Promise<Step> {
  const remark = (outcome: Step['outcome'], code: Step['code'], ms = 0, detail = ''): Step => ({
    step: 'second-opinion',
    outcome,
    ms: Math.round(ms),
    code,
    detail,
  })
  if (target.tls !== 'none') return remark('skipped', 'second-opinion-without-tls')
  // Where nobody is reached, or may be called, there is nothing to ask.
  if (steps[0]?.outcome !== 'passed') return remark('skipped', 'skipped')
  const failed = steps.some(({ outcome }) => outcome === 'failed')
  const { host, port, callingAETitle, calledAETitle } = target
  const peer = { host, port, callingAETitle, calledAETitle, timeoutMs }
  try {
    let opinion: Opinion = await secondOpinion.echo(peer)
    let ms = opinion.ms
    const found = steps.some(({ step, outcome }) => step === 'find' && outcome === 'passed')
    if (opinion.answered && found) {
      opinion = await secondOpinion.find(peer, { StudyInstanceUID: '2.25.0' })
      ms += opinion.ms
    }
    if (opinion.outcome === 'unavailable')
      return remark('skipped', 'second-opinion-unavailable', ms, opinion.reason)
    return opinion.answered
      ? remark('passed', 'ok', ms)
      : remark('failed', failed ? 'second-opinion-agrees' : 'second-opinion-fails', ms, opinion.reason)
  } catch (thrown) {
    // It takes IPv4 addresses and short names only, and few calls at once.
    return remark('skipped', 'second-opinion-unavailable', 0, (thrown as Error).message)
  }
}

function broken(detail: string): Step {
  return { step: 'tcp', outcome: 'failed', ms: 0, code: 'failed', detail }
}
