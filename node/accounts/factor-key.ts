import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../errors.js'
import { privateFolder, readPrivate, writeWhole } from '../private-files.js'

/** What only this node can read or make, with the key that lies in its keys folder and not in the database. */
export interface FactorKey {
  /** Encrypts a secret for its owner (AES-256-GCM); it opens for nobody else. */
  seal(secret: Buffer, owner: string): Buffer
  /** Throws `internal` when the bytes were not sealed with this key for this owner. */
  open(sealed: Buffer, owner: string): Buffer
  /** A keyed digest (HMAC-SHA-256): a list of them tells nothing without the key. */
  digest(purpose: string, text: string): Buffer
}

const FILE = 'second-factors.key'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Reads the key, or makes it at a first start. Throws `invalid` where others may read it. */
export function openFactorKey(keysFolder: string): FactorKey {
  const path = join(privateFolder(keysFolder), FILE)
  if (!existsSync(path)) writeWhole(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, 0o600)
  const master = Buffer.from(readPrivate(path).trim(), 'base64')
  if (master.length !== KEY_BYTES) fail('invalid', `${path} does not hold a key of ${KEY_BYTES} bytes.`)
  const keyFor = (use: string) => Buffer.from(hkdfSync('sha256', master, '', `relais ${use}`, KEY_BYTES))
  const [sealing, digesting] = [keyFor('seal'), keyFor('digest')]
  return {
    seal: (secret, owner) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(owner))
      const body = Buffer.concat([cipher.update(secret), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body])
    },
    open: (sealed, owner) => {
      const decipher = createDecipheriv('aes-256-gcm', sealing, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(owner))
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
      } catch {
        return fail('internal', 'A second factor was kept with another key: was the keys folder replaced?')
      }
    },
    digest: (purpose, text) => createHmac('sha256', digesting).update(`${purpose}\n${text}`).digest(),
  }
}
