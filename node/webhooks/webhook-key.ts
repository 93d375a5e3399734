import { createHmac, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../errors.js'
import { privateFolder, readPrivate, writeWhole } from '../private-files.js'

const FILE = 'webhooks.key'
const KEY_BYTES = 32

/**
 * Secrets of webhooks follow from one key in the keys folder: the database holds their versions only. Throws `invalid`
 * where others may read the key.
 */
export function openWebhookKey(keysFolder: string): (webhook: string, version: number) => string {
  const path = join(privateFolder(keysFolder), FILE)
  if (!existsSync(path)) writeWhole(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, 0o600)
  const master = Buffer.from(readPrivate(path).trim(), 'base64')
  if (master.length !== KEY_BYTES) fail('invalid', `${path} does not hold a key of ${KEY_BYTES} bytes.`)
  return (webhook, version) =>
    `whsec_${createHmac('sha256', master).update(`${webhook} ${version}`).digest('base64url')}`
}
