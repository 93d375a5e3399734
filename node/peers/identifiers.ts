import { decodeDataset, encodeDataset } from '../dicom/format/dataset.js'
import { attributeOfKeyword } from '../dicom/format/dictionary.js'

/** The identifier of a query (PS3.4 C.4.1.1.3) as keywords with text; several values joined by a backslash, as in DICOM. */
export type Keys = Record<string, string>

export function keysOf(identifier: Buffer, transferSyntaxUID: string): Keys {
  const keys: Keys = {}
  for (const [keyword, value] of Object.entries(decodeDataset(identifier, transferSyntaxUID))) {
    // Private elements have no keyword: nobody here could match or return them.
    if (attributeOfKeyword(keyword) === undefined) continue
    if (typeof value === 'string' || typeof value === 'number') keys[keyword] = String(value)
    else if (Array.isArray(value) && value.every(one => typeof one !== 'object'))
      keys[keyword] = value.join('\\')
    else keys[keyword] = '' // sequences are asked for as a whole: universal
  }
  return keys
}

/**
 * How the answers to this identifier are written: in the asker's own character set where it holds the text. Who names
 * UTF-8 gets it; who names nothing, or Latin 1, gets Latin 1 where that is enough, since older archives read no other.
 */
export function encoderFor(keys: Keys): (answer: Keys, transferSyntaxUID: string) => Buffer {
  const asked = keys['SpecificCharacterSet'] ?? ''
  const preferLatin1 = asked === '' || /\bIR[ _-]?100\b/.test(asked)
  return (answer, transferSyntaxUID) => encodeDataset(answer, transferSyntaxUID, { preferLatin1 })
}
