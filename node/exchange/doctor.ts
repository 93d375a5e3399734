import type { Language } from '../accounts/view.js'
import type { SecondOpinion } from '../dicom/native.js'
import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { PeerTestView } from '../peers/view.js'
import { advice, letter } from './doctor-words.js'

const PROBE_TIMEOUT_MS = 10_000

/**
 * Why a PACS does not answer: port, association, echo and find by our own engine, then echo by an independent
 * implementation, so that both sides know whose fault it is.
 */
export async function testPeer(options: {
  peer: Peer
  link: ReceiverLink
  secondOpinion: SecondOpinion
  language: Language
}): Promise<PeerTestView> {
  const { peer, link, secondOpinion, language } = options
  const target = targetOf(peer)
  const answer = await link.call({ method: 'probe', target, timeoutMs: PROBE_TIMEOUT_MS })
  const steps: PeerTestView['steps'] =
    answer.ok && answer.method === 'probe'
      ? [...answer.steps]
      : [
          {
            step: 'tcp',
            outcome: 'failed',
            ms: 0,
            code: 'failed',
            detail: answer.ok ? '' : answer.failure.detail,
          },
        ]
  const opinion = await secondOpinion.echo({
    host: target.host,
    port: target.port,
    callingAETitle: target.callingAETitle,
    calledAETitle: target.calledAETitle,
    timeoutMs: PROBE_TIMEOUT_MS,
  })
  steps.push({
    step: 'second-opinion',
    outcome: opinion.answered ? 'passed' : 'failed',
    ms: Math.round(opinion.ms),
    code: opinion.answered ? 'ok' : 'not-answering',
    detail: opinion.reason ?? '',
  })
  const failed = steps.find(step => step.outcome === 'failed')
  return {
    steps,
    passed: failed === undefined,
    advice: advice(failed, peer, language),
    ...(failed === undefined ? {} : { letter: letter(failed, peer, language) }),
  }
}
