import type { NewRequest, RequestVersionView } from './view.js'

type Change = RequestVersionView['changes'][number]

/** Not of the form's text: who is linked is its own history, and what sends it is no field. */
const PASSED_OVER = new Set(['studies', 'submit', 'identityDifference', 'similarReason'])

/** What one version of the form says otherwise than the one before, field by field in the form's order. */
export function differences(before: NewRequest, after: NewRequest): Change[] {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap(field => {
    const [from, to] = [was.get(field), is.get(field)]
    if (from === to) return []
    return [
      { field, ...(from === undefined ? {} : { before: from }), ...(to === undefined ? {} : { after: to }) },
    ]
  })
}

/** Paths with their values as text; what is empty is absent. */
function flat(form: NewRequest): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (value: unknown, path: string) => {
    if (value === undefined || value === null || value === '') return
    if (typeof value !== 'object') found.set(path, String(value))
    else
      for (const [key, inner] of Object.entries(value)) {
        if (path === '' && PASSED_OVER.has(key)) continue
        walk(inner, path === '' ? key : `${path}.${key}`)
      }
  }
  walk(form, '')
  return found
}
