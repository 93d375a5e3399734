import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { fromBER, Integer, OctetString } from 'asn1js'
import {
  AlgorithmIdentifier,
  Certificate,
  ContentInfo,
  CryptoEngine,
  MessageImprint,
  SignedData,
  setEngine,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from 'pkijs'
import { fail } from '../../errors.js'

setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto as never }))

const SHA256 = '2.16.840.1.101.3.4.2.1'
const GRANTED_MAX = 1
const PEM = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/g

export interface Stamp {
  /** The authority's time, UTC milliseconds. */
  at: number
  /** The TimeStampToken (RFC 3161 §2.4.2), DER. */
  token: Buffer
}

/** The question to a time-stamp authority about a text (RFC 3161 §2.4.1), DER; and what its answer must repeat. */
export function stampQuestion(text: string) {
  const digest = createHash('sha256').update(text).digest()
  const nonce = randomBytes(8)
  nonce[0] = (nonce[0] as number) & 0x7f // a positive INTEGER
  const question = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256 }),
      hashedMessage: new OctetString({ valueHex: new Uint8Array(digest) }),
    }),
    nonce: new Integer({ valueHex: new Uint8Array(nonce) }),
    certReq: true,
  })
  return { der: Buffer.from(question.toSchema().toBER()), nonce }
}

/**
 * The answer of the authority (§2.4.2): granted, about this text and this question, signed by a certificate that one of
 * `trusted` (PEM) answers for. Throws `invalid` for anything else.
 */
export async function readStamp(
  answer: Buffer,
  { text, nonce, trusted }: { text: string; nonce?: Buffer; trusted: string },
): Promise<Stamp> {
  const parsed = fromBER(new Uint8Array(answer))
  if (parsed.offset === -1) fail('invalid', 'The time-stamp authority did not answer in its own form.')
  const response = new TimeStampResp({ schema: parsed.result })
  if (response.status.status > GRANTED_MAX || response.timeStampToken === undefined)
    fail('invalid', `The time-stamp authority refused (status ${response.status.status}).`)
  return readToken(Buffer.from(response.timeStampToken.toSchema().toBER()), {
    text,
    trusted,
    ...(nonce === undefined ? {} : { nonce }),
  })
}

/** The same of the token alone. */
export async function readToken(
  token: Buffer,
  { text, nonce, trusted }: { text: string; nonce?: Buffer; trusted: string },
): Promise<Stamp> {
  const content = new ContentInfo({ schema: fromBER(new Uint8Array(token)).result })
  const signed = new SignedData({ schema: content.content })
  const inside = signed.encapContentInfo.eContent
  if (inside === undefined) fail('invalid', 'The time stamp is empty.')
  const info = new TSTInfo({ schema: fromBER(inside.getValue()).result })
  const stamped = Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView)
  const bytes = Buffer.from(text)
  if (!stamped.equals(createHash('sha256').update(bytes).digest()))
    fail('invalid', 'The time stamp is about something else.')
  if (nonce !== undefined && !sameNumber(info.nonce?.valueBlock.valueHexView, nonce))
    fail('invalid', 'The time stamp answers another question.')
  const verified = await signed
    .verify({
      signer: 0,
      data: new Uint8Array(bytes).buffer,
      trustedCerts: certificatesIn(trusted),
      checkChain: true,
      checkDate: info.genTime,
      extendedMode: true,
    })
    .catch((thrown: { message?: string }) => ({ signatureVerified: false, message: thrown.message }))
  if (verified.signatureVerified !== true)
    fail(
      'invalid',
      `The time stamp is not signed by an authority that is believed (${verified.message ?? ''}).`,
    )
  return { at: info.genTime.getTime(), token }
}

const sameNumber = (a: Uint8Array | undefined, b: Buffer) =>
  a !== undefined && BigInt(`0x${Buffer.from(a).toString('hex')}`) === BigInt(`0x${b.toString('hex')}`)

function certificatesIn(pem: string): Certificate[] {
  return [...pem.matchAll(PEM)].map(
    ([, base64 = '']) =>
      new Certificate({ schema: fromBER(new Uint8Array(Buffer.from(base64, 'base64'))).result }),
  )
}
