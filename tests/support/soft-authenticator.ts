import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

/** An authenticator in software (WebAuthn level 2): one ES256 key, attestation "none". */
export interface SoftAuthenticator {
  /** Answers the options of a registration as navigator.credentials.create would. */
  create(options: { challenge: string; rp: { id?: string } }): object
  /** Answers the options of a sign-in as navigator.credentials.get would; the counter goes up by one. */
  get(options: { challenge: string; rpId?: string }, odd?: Odd): { id: string } & Record<string, unknown>
  counter: number
}

/** What a wrong or hostile authenticator does. */
export interface Odd {
  origin?: string
  verified?: boolean
  rpId?: string
  type?: string
}

const PRESENT = 0x01
const VERIFIED = 0x04
const ATTESTED = 0x40

export function softAuthenticator(origin: string): SoftAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  const self = { counter: 0 }
  const data = (rpId: string, flags: number, more = Buffer.alloc(0)) => {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(self.counter)
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags]), counter, more])
  }
  const client = (type: string, challenge: string, from = origin) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }))
  const envelope = (response: Record<string, string>) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response,
  })
  const text = (bytes: Buffer) => bytes.toString('base64url')

  return Object.assign(self, {
    create: ({ challenge, rp }: { challenge: string; rp: { id?: string } }) => {
      const { x, y } = publicKey.export({ format: 'jwk' })
      // COSE_Key (RFC 9053 §7.1): EC2, ES256, P-256.
      const key = map([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(String(x), 'base64url')],
        [-3, Buffer.from(String(y), 'base64url')],
      ])
      const length = Buffer.from([0, id.length])
      const attested = Buffer.concat([Buffer.alloc(16), length, id, key])
      const authData = data(rp.id ?? '', PRESENT | VERIFIED | ATTESTED, attested)
      const attestationObject = map([
        ['fmt', 'none'],
        ['attStmt', new Map<string, string>()],
        ['authData', authData],
      ])
      return envelope({
        clientDataJSON: text(client('webauthn.create', challenge)),
        attestationObject: text(attestationObject),
      })
    },
    get: (options: { challenge: string; rpId?: string }, odd: Odd = {}) => {
      self.counter++
      const { verified = true, rpId = options.rpId ?? '', type = 'webauthn.get' } = odd
      const clientData = client(type, options.challenge, odd.origin)
      const authData = data(rpId, verified ? PRESENT | VERIFIED : PRESENT)
      const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
      return envelope({
        clientDataJSON: text(clientData),
        authenticatorData: text(authData),
        signature: text(createSign('sha256').update(signed).sign(privateKey)),
      })
    },
  })
}

type Cbor = number | string | Buffer | Map<string, string>

/** A CBOR map (RFC 8949) of what is needed here. */
function map(pairs: [number | string, Cbor][]): Buffer {
  return Buffer.concat([head(5, pairs.length), ...pairs.flatMap(([key, value]) => [item(key), item(value)])])
}

function item(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, value.length), Buffer.from(value)])
  if (value instanceof Map) return head(5, 0)
  return Buffer.concat([head(2, value.length), value])
}

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size])
  if (size < 256) return Buffer.from([(major << 5) | 24, size])
  return Buffer.from([(major << 5) | 25, size >> 8, size & 0xff])
}
