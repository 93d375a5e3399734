import { chmodSync, closeSync, constants, copyFileSync, fsyncSync, openSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { LeftOut } from './successors.js'
import { SCHEMA } from './volume.js'

const WORDS =
  'This file took the place of an earlier one of the same year: the same rows but for what was lawfully destroyed. The digests of both are in an entry bodies-erased of the journal, with who destroyed what and why.'

/** Writes the file and reads it again beside the old one; durable when it returns. Throws what does not fit. */
export function writeSuccessor(source: string, target: string, leftOut: LeftOut): void {
  copyFileSync(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  chmodSync(target, 0o600)
  rewrite(target, leftOut)
  compare(source, target, leftOut)
  chmodSync(target, 0o400)
  const descriptor = openSync(target, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function rewrite(file: string, { bodies, acts }: LeftOut): void {
  const db = new Sqlite(file)
  try {
    db.pragma('journal_mode = DELETE')
    db.pragma('secure_delete = ON')
    db.transaction(() => {
      db.exec(`${SCHEMA} DROP TRIGGER bodies_do_not_go; DROP TRIGGER acts_do_not_go;`)
      const body = db.prepare('DELETE FROM bodies WHERE seq = ?')
      for (const seq of bodies) body.run(seq)
      const act = db.prepare('DELETE FROM acts WHERE request = ?')
      for (const request of acts) act.run(request)
      db.exec(SCHEMA)
      db.prepare(
        "INSERT INTO description SELECT 'successor', ? WHERE NOT EXISTS (SELECT 1 FROM description WHERE name = 'successor')",
      ).run(WORDS)
    })()
    // Pages that held what is gone do not stay in the file.
    db.exec('VACUUM')
    if (db.pragma('integrity_check', { simple: true }) !== 'ok') throw new Error('it is not sound')
  } finally {
    db.close()
  }
}

interface Table {
  columns: string
  order: string
  isGone(row: unknown[]): boolean
}

/** Row by row: nothing is there that was destroyed, and everything else is there unchanged. */
function compare(source: string, successor: string, leftOut: LeftOut): void {
  const [bodies, acts] = [new Set(leftOut.bodies), new Set(leftOut.acts)]
  const tables: Record<string, Table> = {
    bodies: { columns: 'seq, salt, body', order: 'seq', isGone: ([seq]) => bodies.has(seq as number) },
    acts: {
      columns: 'request, part, reference, sealed_at, manifest, sha256, bundle',
      order: 'request, part',
      isGone: ([request]) => acts.has(request as string),
    },
    heads: { columns: 'text, public_key, signature', order: 'text', isGone: () => false },
  }
  const [before, after] = [new Sqlite(source, { readonly: true }), new Sqlite(successor, { readonly: true })]
  try {
    for (const [name, { columns, order, isGone }] of Object.entries(tables)) {
      const rows = (db: Sqlite.Database) =>
        db.prepare(`SELECT ${columns} FROM ${name} ORDER BY ${order}`).raw().iterate() as IterableIterator<
          unknown[]
        >
      const there = rows(after)
      try {
        // A volume from before bodies were moved has no such table.
        for (const row of has(before, name) ? rows(before) : []) {
          if (isGone(row)) continue
          const next = there.next()
          if (next.done === true || !isSame(row, next.value)) throw new Error(`a row of ${name} was lost`)
        }
        if (there.next().done !== true) throw new Error(`a row of ${name} should not be there`)
      } finally {
        there.return?.()
      }
    }
  } finally {
    before.close()
    after.close()
  }
}

const has = (db: Sqlite.Database, table: string) =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined

const isSame = (one: readonly unknown[], other: readonly unknown[]) =>
  one.every((value, at) => {
    const beside = other[at]
    return Buffer.isBuffer(value) ? Buffer.isBuffer(beside) && value.equals(beside) : value === beside
  })
