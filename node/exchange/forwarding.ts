import type { Handler, Job, Outcome } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import { isListed, mayLeave } from '../studies/leaving.js'
import type { Studies } from '../studies/studies.js'
import type { Retrievals } from './retrievals.js'
import type { Transfers } from './transfers.js'

/** A request may still make the destination's site a party: asked again this often before it is refused. */
const TRIES_MAX = 5

/** Sends on what was fetched because a person asked for that: from one PACS through this node to another. */
export function forwardingHandler(options: {
  peers: Peers
  studies: Studies
  transfers: Transfers
  retrievals: Retrievals
}): Handler {
  const { peers, studies, transfers, retrievals } = options

  async function run(job: Job): Promise<Outcome> {
    const [id, to] = [String(job.body['retrieval']), String(job.body['peer'])]
    const row = await retrievals.get(id)
    const forward = (await retrievals.forwards(id)).find(each => each.peer === to)
    if (row === undefined || forward === undefined || forward.transfer !== null) return { result: 'done' }
    const refused = (refusal: string): Outcome => ({
      result: 'done',
      settle: tx => retrievals.forwarded(tx, id, to, { refusal }),
    })
    const study = (await studies.byUid(row.study_uid)).find(each => each.site === row.site)
    const peer = peers.find(to)
    if (study === undefined || peer === undefined) return refused('unknown')
    const { parties = [] } = await studies.standing(study.id, study.site)
    // Images leave only to sites that are part of the act.
    if (peer.site !== study.site && !parties.includes(peer.site))
      return job.attempt >= TRIES_MAX
        ? refused('no-part')
        : { result: 'transient', reason: `${peer.site} has no part in this study yet.` }
    const instances = (await studies.instances(study.id)).filter(
      instance =>
        mayLeave(instance) &&
        isListed(instance) &&
        (!instance.madeHere || peer.site === study.site) &&
        (row.series_uid === '' || instance.seriesUID === row.series_uid),
    )
    return {
      result: 'done',
      settle: async tx => {
        const owed = await transfers.owe(
          tx,
          {
            study: study.id,
            site: study.site,
            peer: to,
            cause: forward.cause,
            priority: row.priority,
            instances: instances.map(instance => instance.id),
          },
          { by: 'system', part: 'exchange' },
        )
        await retrievals.forwarded(
          tx,
          id,
          to,
          owed.transfer === undefined ? { refusal: owed.because } : { transfer: owed.transfer },
        )
      },
    }
  }

  return {
    run,
    givenUp: (tx, job) =>
      retrievals.forwarded(tx, String(job.body['retrieval']), String(job.body['peer']), {
        refusal: 'given-up',
      }),
  }
}
