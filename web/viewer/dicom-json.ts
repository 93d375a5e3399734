/**
 * Reading the DICOM JSON Model (PS3.18 Annex F): small typed getters, so that the rest of the viewer never
 * touches a tag's raw shape. A value that is absent or of another kind is `undefined`, never an exception:
 * one odd attribute must not cost a reader the image.
 */
export interface JsonAttribute {
  vr?: string
  Value?: unknown[]
  BulkDataURI?: string
  InlineBinary?: string
}

export type JsonDataSet = Record<string, JsonAttribute | undefined>

export function text(set: JsonDataSet | undefined, tag: string, index = 0): string | undefined {
  const value = set?.[tag]?.Value?.[index]
  if (typeof value === 'string') return value.trim() || undefined
  return typeof value === 'number' ? String(value) : undefined
}

export function texts(set: JsonDataSet | undefined, tag: string): string[] {
  const values = set?.[tag]?.Value
  if (!Array.isArray(values)) return []
  return values.map(value => (value === null || value === undefined ? '' : String(value).trim()))
}

/** DS and IS may come as JSON numbers or as strings (PS3.18 F.2.3.1). */
export function number(set: JsonDataSet | undefined, tag: string, index = 0): number | undefined {
  return finite(set?.[tag]?.Value?.[index])
}

export function numbers(set: JsonDataSet | undefined, tag: string): number[] | undefined {
  const values = set?.[tag]?.Value
  if (!Array.isArray(values)) return undefined
  const out = values.map(finite)
  return out.every(value => value !== undefined) ? (out as number[]) : undefined
}

/** A person name's alphabetic group, e.g. "ESSAI^Zoé". */
export function personName(set: JsonDataSet | undefined, tag: string): string | undefined {
  const value = set?.[tag]?.Value?.[0]
  if (typeof value === 'string') return value.trim() || undefined
  if (typeof value !== 'object' || value === null) return undefined
  const { Alphabetic } = value as { Alphabetic?: unknown }
  return typeof Alphabetic === 'string' ? Alphabetic.trim() || undefined : undefined
}

export function items(set: JsonDataSet | undefined, tag: string): JsonDataSet[] {
  const values = set?.[tag]?.Value
  if (!Array.isArray(values)) return []
  return values.filter((value): value is JsonDataSet => typeof value === 'object' && value !== null)
}

function finite(value: unknown): number | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const parsed = typeof value === 'number' ? value : Number(value)
  return Number.isFinite(parsed) ? parsed : undefined
}
