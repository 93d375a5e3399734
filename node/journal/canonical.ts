import { Failure } from '../errors.js'

/** What a journal body may hold: JSON without fractions, so that its text is the same on every machine for decades. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/**
 * The canonical text of a value (RFC 8785, JSON Canonicalization Scheme), integers only.
 * Members whose value is undefined are left out. Throws `invalid` on a fraction, an unsafe integer,
 * a lone surrogate (RFC 8785 §3.2.2.2) or a type that is not JSON.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new Failure('invalid', `${value} is not a safe integer.`)
      return String(value === 0 ? 0 : value)
    case 'boolean':
      return String(value)
    case 'object': {
      if (value === null) return 'null'
      // Unlike map, Array.from visits a hole, and a hole is not JSON.
      if (Array.isArray(value)) return `[${Array.from(value, member => canonical(member)).join(',')}]`
      if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) break
      // RFC 8785 §3.2.3 sorts by UTF-16 code units, which is what JavaScript's own order is. Put together by hand: a
      // journal makes this text for every fact.
      const members = value as Record<string, unknown>
      let text = ''
      const keys = Object.keys(members)
      if (keys.length > 1) keys.sort()
      for (const key of keys) {
        const member = members[key]
        if (member === undefined) continue
        text += `${text === '' ? '' : ','}${quoted(key)}:${typeof member === 'string' ? quoted(member) : canonical(member)}`
      }
      return `{${text}}`
    }
  }
  throw new Failure('invalid', `A value of type ${typeof value} has no canonical form.`)
}

/** Most text is plain, and needs no escape but its quotes. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new Failure('invalid', 'Text with a lone surrogate has no canonical form.')
  return JSON.stringify(text)
}
