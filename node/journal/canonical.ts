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
      return objectText(value as Record<string, unknown>)
    }
  }
  throw new Failure('invalid', `A value of type ${typeof value} has no canonical form.`)
}

/** The canonical text of an object and one more member, of which its own canonical text is at hand. */
export function canonicalWith(members: Record<string, unknown>, name: string, text: string): string {
  return objectText(members, { name, text })
}

/**
 * RFC 8785 §3.2.3 sorts by UTF-16 code units, which is what JavaScript's own order is. Put together by hand: a journal makes
 * this text for every fact.
 */
function objectText(members: Record<string, unknown>, more?: { name: string; text: string }): string {
  let text = ''
  const keys = Object.keys(members)
  if (more !== undefined && !keys.includes(more.name)) keys.push(more.name)
  if (keys.length > 1) keys.sort()
  for (const key of keys) {
    const member = members[key]
    const told = key === more?.name ? more.text : member === undefined ? undefined : textOf(member)
    if (told !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${told}`
  }
  return `{${text}}`
}

const textOf = (member: unknown) => (typeof member === 'string' ? quoted(member) : canonical(member))

/** Most text is plain, and needs no escape but its quotes. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new Failure('invalid', 'Text with a lone surrogate has no canonical form.')
  return JSON.stringify(text)
}
