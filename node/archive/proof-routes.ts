import { z } from 'zod'
import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Checkpoint } from '../journal/checkpoints.js'
import type { Proof } from '../journal/proof.js'
import type { JournalTables } from '../journal/schema.js'
import type { CheckpointView, InclusionView } from '../journal/view.js'
import type { WitnessView } from './view.js'
import type { Witnesses } from './witness/witnesses.js'
import type { Witnessing } from './witness/witnessing.js'

const checkpointView = z.object({
  log: z.string(),
  size: z.int(),
  at: z.string(),
  root: z.string(),
  last: z.object({ sha256: z.string(), 'sha3-512': z.string() }),
  key: z.string(),
  publicKey: z.string(),
  signature: z.string(),
}) satisfies z.ZodType<CheckpointView>
const inclusion = z.object({
  seq: z.int(),
  sha256: z.string(),
  'sha3-512': z.string(),
  size: z.int(),
  root: z.string(),
  path: z.array(z.string()),
  checkpoint: checkpointView.nullable(),
}) satisfies z.ZodType<InclusionView>
const witnessView = z.object({
  witness: z.string(),
  size: z.int().optional(),
  at: z.string().optional(),
  skewMs: z.int().optional(),
}) satisfies z.ZodType<WitnessView>
const digits = (chars: number) => z.string().regex(new RegExp(`^[0-9a-f]{${chars}}$`))
const keyLink = z.object({
  publicKey: digits(64),
  follows: digits(64).optional(),
  signature: digits(128).optional(),
})
const PAGE = 50

/** A signed head of the tree, digests in hex. `text` of what was signed: `node/journal/checkpoint.ts`. */
export function checkpointOf(checkpoint: Checkpoint): CheckpointView {
  const { log, size, at, root, sha256, sha3, key, publicKey, signature } = checkpoint
  return {
    log,
    size,
    at: isoAt(at),
    root: root.toString('hex'),
    last: { sha256: sha256.toString('hex'), 'sha3-512': sha3.toString('hex') },
    key,
    publicKey: publicKey.toString('hex'),
    signature: signature.toString('hex'),
  }
}

/** The signed heads of the journal's tree, and the place of one entry in it: digests only, nothing of anybody. */
export function proofRoutes(deps: {
  db: Database
  proof: Proof
  witnesses: Pick<Witnesses, 'view'>
  witnessing: Witnessing
}): Route[] {
  const { db, proof, witnesses, witnessing } = deps
  const { tree, checkpoints } = proof
  return [
    route({
      method: 'GET',
      path: '/api/checkpoints',
      summary: 'Signed heads of the Merkle tree over the journal (RFC 9162, Ed25519), newest first.',
      action: 'journal.verify',
      query: z.object({
        after: z.coerce.number().int().min(1).optional(),
        limit: z.coerce.number().int().min(1).max(PAGE).default(PAGE),
      }),
      answer: listOf(checkpointView),
      run: async ({ query }) => {
        const found = await checkpoints.list(query.after, query.limit + 1)
        const items = found.slice(0, query.limit).map(checkpointOf)
        const last = found.length > query.limit ? items.at(-1) : undefined
        return { items, ...(last === undefined ? {} : { next: String(last.size) }) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/checkpoints',
      summary: 'Signs the head of the tree as it is now, before the next one is due.',
      action: 'journal.verify',
      answer: checkpointView,
      status: 201,
      run: async () =>
        checkpointOf(
          (await checkpoints.sign()) ??
            fail('conflict', { fr: 'Le journal est encore vide.', en: 'The journal is still empty.' }),
        ),
    }),
    route({
      method: 'GET',
      path: '/api/witnesses',
      summary: 'Who outside has which signed head of the journal.',
      action: 'journal.verify',
      answer: z.object({ items: z.array(witnessView) }),
      run: async () => ({ items: await witnesses.view() }),
    }),
    route({
      method: 'POST',
      path: '/api/witness',
      summary:
        'Checks that a signed head of another node continues the one before, and co-signs it (archive.witnessFor).',
      action: 'public',
      body: z.object({
        text: z.string().max(2000),
        signature: digits(128),
        keys: z.array(keyLink).min(1).max(100),
        from: z.int().min(0),
        proof: z.array(digits(64)).max(54),
      }),
      answer: z.object({ keys: z.array(keyLink), at: z.int(), signature: z.string() }),
      run: ({ body }) => witnessing.witness(body),
    }),
    route({
      method: 'GET',
      path: '/api/journal/proof',
      summary:
        'That an entry (the last one of the acting site unless told) stands in the tree: its path, and the first signed head over it.',
      action: 'journal.read',
      query: z.object({ seq: z.coerce.number().int().min(1).optional() }),
      answer: inclusion,
      run: async ({ query, who }) => {
        const { everySite, site } = who.membership
        let select = db
          .sql<JournalTables>()
          .selectFrom('journal')
          .select(['seq', 'sha256', 'sha3'])
          .orderBy('seq', 'desc')
          .limit(1)
        if (query.seq !== undefined) select = select.where('seq', '=', query.seq)
        if (everySite !== true) select = select.where('site', '=', site)
        const entry = (await select.executeTakeFirst()) ?? fail('missing', 'There is no such entry.')
        const checkpoint = await checkpoints.covering(entry.seq)
        const size = checkpoint?.size ?? (await tree.size())
        const path = await tree.inclusion(entry.seq, size)
        return {
          seq: entry.seq,
          sha256: entry.sha256.toString('hex'),
          'sha3-512': entry.sha3.toString('hex'),
          size,
          root: (checkpoint?.root ?? (await tree.root(size))).toString('hex'),
          path: path.map(hash => hash.toString('hex')),
          checkpoint: checkpoint === undefined ? null : checkpointOf(checkpoint),
        }
      },
    }),
  ]
}
