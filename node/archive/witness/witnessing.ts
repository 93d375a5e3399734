import type { Clock } from '../../clock.js'
import type { Database } from '../../database.js'
import { Failure, fail } from '../../errors.js'
import { fingerprintOf } from '../../journal/checkpoint.js'
import type { Journal } from '../../journal/journal.js'
import { isConsistent } from '../../journal/merkle.js'
import type { Proof } from '../../journal/proof.js'
import type { ArchiveTables } from '../schema.js'
import { coSignatureText, currentKey, type KeyLink, readHead } from './statement.js'

export interface Submitted {
  text: string
  signature: string
  keys: KeyLink[]
  /** Entries of the head that is believed to be known here; 0: none. */
  from: number
  /** That the tree of `from` entries is the beginning of this one (hex). */
  proof: string[]
}

export interface CoSignature {
  keys: KeyLink[]
  at: number
  signature: string
}

/** This node as a witness of others: it remembers the heads they showed, and signs only what continues them. */
export interface Witnessing {
  /** Throws `missing` for a journal nobody asked us to watch, `conflict` with `known` where the proof begins elsewhere, and where there is none. */
  witness(submitted: Submitted): Promise<CoSignature>
}

const SYSTEM = { by: 'system', part: 'archive' } as const

export function openWitnessing(deps: {
  db: Database
  clock: Clock
  journal: Journal
  proof: Proof
  /** Names of the journals that are watched. */
  watched: readonly string[]
}): Witnessing {
  const { db, clock, journal, proof, watched } = deps

  const lastOf = (log: string) =>
    db
      .sql<ArchiveTables>()
      .selectFrom('witnessed_heads')
      .selectAll()
      .where('log', '=', log)
      .orderBy('size', 'desc')
      .limit(1)
      .executeTakeFirst()

  /** Somebody shows another past than before: that is what a witness is for. */
  async function refuse(log: string, size: number, before: number): Promise<never> {
    await db.write(tx =>
      journal.append(
        tx,
        { type: 'witness-contradicted', site: null, ids: { key: log }, body: { size, before } },
        SYSTEM,
      ),
    )
    return fail('conflict', `It does not continue the head over ${before} entries that was witnessed here.`)
  }

  return {
    witness: async ({ text, signature, keys, from, proof: path }) => {
      const publicKey = keys.at(-1)?.publicKey ?? ''
      const head = readHead({ text, publicKey, signature })
      if (head === undefined || !watched.includes(head.log)) fail('missing', 'There is no such journal.')
      if (currentKey(head.log, keys) === undefined)
        fail('invalid', 'Its keys do not lead from its name to the one it is signed with.')
      const last = await lastOf(head.log)
      if (last !== undefined && last.size > head.size)
        throw new Failure('conflict', 'A later head is known.', [], undefined, { known: last.size })
      if (last !== undefined && last.size === head.size) {
        if (!last.root.equals(head.root)) return refuse(head.log, head.size, last.size)
      } else if (last !== undefined) {
        if (from !== last.size)
          throw new Failure('conflict', 'The proof begins elsewhere.', [], undefined, { known: last.size })
        const hashes = path.map(hash => Buffer.from(hash, 'hex'))
        if (!isConsistent(last, head, hashes)) return refuse(head.log, head.size, last.size)
      }
      const witness = (await proof.checkpoints.log()) ?? (await proof.checkpoints.sign())?.log
      if (witness === undefined) fail('unavailable', 'This node has no journal of its own yet.')
      const at = clock.now()
      await db.write(tx =>
        tx
          .sql<ArchiveTables>()
          .insertInto('witnessed_heads')
          .values({
            log: head.log,
            size: head.size,
            root: head.root,
            text,
            public_key: Buffer.from(publicKey, 'hex'),
            signature: Buffer.from(signature, 'hex'),
            at,
          })
          .onConflict(conflict => conflict.doNothing())
          .execute(),
      )
      const statement = coSignatureText({ witness, head: fingerprintOf(Buffer.from(text)), at })
      return {
        keys: await proof.checkpoints.keyChain(),
        at,
        signature: (await proof.checkpoints.attest(statement)).toString('hex'),
      }
    },
  }
}
