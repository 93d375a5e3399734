import { createHash } from 'node:crypto'

/**
 * Where a stored object lies. Both parts are made by us from content and order of arrival, never from what a
 * peer said. A bucket takes objects in order of arrival, so that one fsync of it serves a whole batch of renames.
 */
export interface ObjectPlace {
  bucket: string
  name: string
}

/**
 * A DICOM object's name: SHA-256 of its data set as received, and eight digits that stand for its transfer
 * syntax, since the same bytes mean something else under another one.
 */
export function dicomObjectName(datasetSha256: string, transferSyntaxUID: string): string {
  return `${datasetSha256}-${createHash('sha256').update(transferSyntaxUID).digest('hex').slice(0, 8)}`
}

const PLACE = /^[0-9a-z-]{1,80}\/[0-9a-f]{64}(-[0-9a-f]{8})?$/

/** The path below the objects folder; throws on anything we would not have made. */
export function relativePath(place: ObjectPlace): string {
  const path = `${place.bucket}/${place.name}`
  if (!PLACE.test(path)) throw new Error('An object place is not one of ours.')
  return path
}
