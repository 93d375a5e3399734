import type { Kysely } from 'kysely'
import { mismatches } from './matching.js'
import type { StudyPort } from './ports.js'
import type { KnownRequest } from './requests.js'
import type { RequestTables } from './schema.js'
import type { AskItemKind, ExamView, Mismatch } from './view.js'
import { readExam } from './views.js'

/** What stands beside the form when a report is written: what a reader must see and a report must say. */
export interface RequestEvidence {
  /** How the exam was done, as the room said it. */
  exam?: ExamView
  /** Where linked images say otherwise than the request: their side, their region. */
  differences: (Mismatch & { StudyInstanceUID: string })[]
  /** Asked back, and not come: it cannot be had, or nobody has answered yet. */
  missing: { kind: AskItemKind; text: string; state: 'open' | 'unavailable' }[]
}

export interface Evidence {
  evidence(request: KnownRequest): Promise<RequestEvidence>
}

export function openEvidence(reading: () => Kysely<RequestTables>, studies: StudyPort): Evidence {
  return {
    evidence: async request => {
      const { id, site } = request.record
      const traits = await studies.traits(site, request.studies)
      const items = await reading()
        .selectFrom('request_ask_items')
        .select(['kind', 'text', 'state'])
        .where('request', '=', id)
        .where('state', '<>', 'answered')
        .orderBy('id')
        .execute()
      return {
        ...(await readExam(reading(), id)),
        differences: request.studies.flatMap(StudyInstanceUID => {
          const study = traits.get(StudyInstanceUID)
          if (study === undefined) return []
          return mismatches(request.form, study)
            .filter(({ what }) => what !== 'identity')
            .map(one => ({ StudyInstanceUID, ...one }))
        }),
        missing: items.flatMap(({ state, ...item }) => (state === 'answered' ? [] : [{ ...item, state }])),
      }
    },
  }
}
