import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import DKIM from 'nodemailer/lib/dkim'
import { fail } from '../errors.js'
import { privateFolder, readPrivate, readShared, writeWhole } from '../private-files.js'
import type { Settings } from '../settings.js'

/** RFC 8301 §3.2: what a signer should use; what receivers have to take ends at 4096. */
const MODULUS_BITS = 2048
const MODULUS_MAX_BITS = 4096

/** What a domain publishes so that receivers can check its letters. */
export interface DkimRecord {
  /** Of the TXT record: `<selector>._domainkey.<domain>`. */
  name: string
  value: string
}

/** Signs letters for the domain they come from. */
export interface Dkim {
  record: DkimRecord
  /** The letter's bytes with a DKIM-Signature (RFC 6376) in front: RSA with SHA-256, relaxed/relaxed. */
  sign(letter: Buffer): Promise<Buffer>
}

/** The file of a key made here: another selector has another one, so that the old record counts until it is taken away. */
export const dkimKeyFile = (config: Pick<Settings, 'mail'>, keysFolder: string): string =>
  config.mail.dkimKeyFile ?? join(keysFolder, `dkim-${config.mail.dkimSelector}.pem`)

/** Undefined where no domain is named. Makes the key where there is none. Throws `invalid` for a key that is no use. */
export function openDkim(config: Pick<Settings, 'mail'>, keysFolder: string): Dkim | undefined {
  const { dkimDomain: domainName, dkimSelector: keySelector, dkimKeyFile: brought } = config.mail
  if (domainName === null) return undefined
  const file = dkimKeyFile(config, keysFolder)
  if (brought === null && !existsSync(file)) {
    privateFolder(keysFolder)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS })
    writeWhole(file, String(privateKey.export({ type: 'pkcs8', format: 'pem' })), 0o600)
  }
  const privateKey = brought === null ? readPrivate(file) : readShared(file)
  const signer = new DKIM({ domainName, keySelector, privateKey })
  return {
    record: {
      name: `${keySelector}._domainkey.${domainName}`,
      value: `v=DKIM1; k=rsa; p=${publicPart(privateKey, file)}`,
    },
    sign: async letter => {
      const signed = await buffer(signer.sign(letter))
      // Where the key does not fit it leaves the letter as it is, and says nothing.
      if (!signed.subarray(0, 15).equals(Buffer.from('DKIM-Signature:')))
        fail('unavailable', 'The letter could not be signed (mail.dkimKeyFile).')
      return signed
    },
  }
}

/** RFC 6376 §3.6.1: the SubjectPublicKeyInfo, in base64. */
function publicPart(pem: string, file: string): string {
  let key: ReturnType<typeof createPrivateKey>
  try {
    key = createPrivateKey(pem)
  } catch {
    fail('invalid', `${file} is no private key in PEM (mail.dkimKeyFile).`)
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < MODULUS_BITS || bits > MODULUS_MAX_BITS)
    fail(
      'invalid',
      `${file} is not an RSA key of ${MODULUS_BITS} to ${MODULUS_MAX_BITS} bits (mail.dkimKeyFile).`,
    )
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64')
}

/** A TXT record's value as zone files want it: strings of at most 255 octets (RFC 1035 §3.3.14). */
export function zoneLine({ name, value }: DkimRecord): string {
  const strings = (value.match(/.{1,255}/g) ?? []).map(part => `"${part}"`)
  return `${name}. IN TXT ${strings.length === 1 ? strings[0] : `( ${strings.join(' ')} )`}`
}
