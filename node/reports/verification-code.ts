/** Crockford's base 32: no letter that is taken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 80 bits of the digest: nobody finds another version's by trying. */
const CODE_BYTES = 10

/** The code printed on a signed version: made of its digest, so that it names exactly what was signed. `XXXX-XXXX-XXXX-XXXX` */
export function codeOf(digest: string): string {
  let bits = BigInt(`0x${digest.slice(0, CODE_BYTES * 2)}`)
  let code = ''
  for (let n = 0; n < 16; n++) {
    code = (ALPHABET[Number(bits & 31n)] ?? '') + code
    bits >>= 5n
  }
  return (code.match(/.{4}/g) ?? []).join('-')
}

/** The first bytes of the digest (hex) that a code stands for, as people type it; undefined for what is none. */
export function digestPrefixOf(typed: string): string | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (code.length !== 16) return undefined
  let bits = 0n
  for (const letter of code) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) return undefined
    bits = (bits << 5n) | BigInt(value)
  }
  return bits.toString(16).padStart(CODE_BYTES * 2, '0')
}
