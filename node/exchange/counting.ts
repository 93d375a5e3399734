import type { Database } from '../database.js'
import type { Handler, NewJob } from '../outbox/job.js'
import { priorities } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { Studies } from '../studies/studies.js'

/** A PACS that does not answer this is not asked for ever: the count then stays unknown, and is shown so. */
const TRIES_MAX = 6
const FIND_TIMEOUT_MS = 30_000

/** Asks the sender how many instances the study has: one question for each settled arrival. */
export function countingJob(ask: { study: string; site: string; peer: string; fact: number }): NewJob {
  return {
    // Its own lane: a question never waits behind a transfer.
    lane: `count:${ask.peer}`,
    kind: 'count-study',
    key: `count:${ask.study}:${ask.fact}`,
    body: { study: ask.study, peer: ask.peer },
    priority: priorities.background,
    site: ask.site,
  }
}

/** Number of Study Related Instances (0020,1208) from the sender's own index (domain.md, "Completeness"). */
export function countingHandler(options: {
  db: Database
  peers: Peers
  studies: Studies
  link: ReceiverLink
}): Handler {
  const { db, peers, studies, link } = options
  return {
    run: async job => {
      const study = await studies.byId(String(job.body['study']))
      const peer = peers.find(String(job.body['peer']))
      if (study === undefined || peer === undefined) return { result: 'done' }
      const answer = await link.call(
        {
          method: 'find',
          target: targetOf(peer),
          timeoutMs: FIND_TIMEOUT_MS,
          level: 'STUDY',
          keys: { StudyInstanceUID: study.uid, NumberOfStudyRelatedInstances: '' },
          maximum: 2,
        },
        { signal: job.signal },
      )
      if (!answer.ok)
        return job.attempt >= TRIES_MAX
          ? { result: 'done' }
          : { result: 'transient', reason: answer.failure.detail }
      peers.seen(peer.id)
      const match =
        answer.method === 'find'
          ? answer.matches.find(one => one['StudyInstanceUID'] === study.uid)
          : undefined
      const expected = Number(match?.['NumberOfStudyRelatedInstances'] ?? '')
      if (!Number.isSafeInteger(expected) || expected <= 0) return { result: 'done' }
      await db.write(tx =>
        studies.expect(
          tx,
          study.id,
          { expected, source: peer.id },
          { by: 'system', part: `asked ${peer.id}` },
        ),
      )
      return { result: 'done' }
    },
  }
}
