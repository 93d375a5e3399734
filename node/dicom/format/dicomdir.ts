import type { DataSet } from './dataset-reading.js'

/** A file the directory of a disc names (PS3.3 F.3, Directory Record). */
export interface ListedFile {
  /** Referenced File ID (0004,1500), its components joined by `/`, as written. */
  path: string
  /** Directory Record Type (0004,1430): IMAGE, SR DOCUMENT, ENCAP DOC … */
  type: string
  sopInstanceUID: string | undefined
  sopClassUID: string | undefined
}

/** Media Storage Directory Storage: the SOP class of a DICOMDIR. */
export const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10'

/**
 * What a DICOMDIR lists, in the order of its records. They are read one after the other and the offsets between them left
 * aside: whatever circle these turn in, this ends, and a record nobody points at is still found.
 */
export function listedFiles(directory: DataSet): ListedFile[] {
  return directory.sequence('DirectoryRecordSequence').flatMap(record => {
    const path = record.texts('ReferencedFileID').filter(Boolean).join('/')
    if (path === '') return []
    return [
      {
        path,
        type: record.text('DirectoryRecordType') ?? '',
        sopInstanceUID: record.text('ReferencedSOPInstanceUIDInFile'),
        sopClassUID: record.text('ReferencedSOPClassUIDInFile'),
      },
    ]
  })
}
