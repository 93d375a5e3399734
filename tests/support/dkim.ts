import { createHash, createPublicKey, verify } from 'node:crypto'

/** Relaxed canonical form of one header field, its name included (RFC 6376 §3.4.2). */
function relaxedField(field: string): string {
  const colon = field.indexOf(':')
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`
}

/** Relaxed canonical form of a body (§3.4.4). */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map(line => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  return lines.map(line => `${line}\r\n`).join('')
}

/**
 * What a receiver does with a signed letter (RFC 6376 §6), written anew from the text: the reason why it does not
 * count, or undefined. `txt` gives the TXT record of a name.
 */
export function dkimFault(letter: Buffer, txt: (name: string) => string | undefined): string | undefined {
  const raw = letter.toString('latin1')
  const end = raw.indexOf('\r\n\r\n')
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/)
  const body = raw.slice(end + 4)
  const signature = fields.find(field => /^dkim-signature:/i.test(field))
  if (signature === undefined) return 'no signature'
  const tags = tagsOf(signature.slice(signature.indexOf(':') + 1).replace(/\r\n/g, ''))
  if (tags['v'] !== '1' || tags['a'] !== 'rsa-sha256' || tags['c'] !== 'relaxed/relaxed')
    return 'not read here'
  const record = tagsOf(txt(`${tags['s']}._domainkey.${tags['d']}`) ?? '')
  if (!record['p']) return 'no key'
  const digest = createHash('sha256').update(relaxedBody(body), 'latin1').digest('base64')
  if (digest !== tags['bh']?.replace(/\s/g, '')) return 'another body'
  const names = (tags['h'] ?? '').split(':').map(name => name.trim().toLowerCase())
  if (!names.includes('from')) return 'the sender is not signed'
  // §5.4.2: of fields with one name the last is taken first.
  const left = [...fields].reverse()
  const taken = names.map(name => {
    const at = left.findIndex(field => field.slice(0, field.indexOf(':')).trim().toLowerCase() === name)
    return at === -1 ? '' : `${relaxedField(left.splice(at, 1)[0] ?? '')}\r\n`
  })
  const unsigned = relaxedField(signature.replace(/([;:\s]b\s*=)[^;]*/, '$1'))
  const key = createPublicKey({ key: Buffer.from(record['p'], 'base64'), format: 'der', type: 'spki' })
  const signed = Buffer.from(taken.join('') + unsigned, 'latin1')
  return verify('sha256', signed, key, Buffer.from(tags['b'] ?? '', 'base64')) ? undefined : 'another letter'
}

function tagsOf(list: string): Record<string, string> {
  return Object.fromEntries(
    list.split(';').flatMap(tag => {
      const [name = '', ...value] = tag.split('=')
      return name.trim() === '' ? [] : [[name.trim(), value.join('=').trim()]]
    }),
  )
}
