import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../errors.js'
import { privateFolder, readNamed, readPrivate, writeWhole } from '../../private-files.js'
import type { Authority, Issue } from './authority.js'
import { type OwnCertificate, paired } from './pair.js'
import type { Made } from './x509.js'

/** A certificate that has to be exchanged by hand each year is looked at each year. */
const OWN_DAYS = 397

/** The files of this node's certificate: those the configuration names, else one in the keys folder made by us. */
export interface OwnFiles {
  /** Files that are watched. */
  readonly paths: readonly string[]
  /** The first start makes it. */
  make(): Promise<void>
  read(): OwnCertificate
  /** The certificate that will be used next, where one is prepared. */
  next(): OwnCertificate | null
  /** Prepares the next certificate, whose fingerprint peers can be told before it is used. */
  prepare(): Promise<OwnCertificate>
  /** Uses the prepared certificate, or a new one where none is. Throws `conflict` where the configuration names files. */
  rotate(): Promise<OwnCertificate>
}

export function openOwnFiles(options: {
  keysFolder: string
  configured: { certificateFile: string | null; keyFile: string | null }
  authority: Authority
  wanted: Omit<Issue, 'days'>
}): OwnFiles {
  const { authority, wanted } = options
  const { certificateFile, keyFile } = options.configured
  const folder = privateFolder(options.keysFolder)
  const file = join(folder, 'dicom.pem')
  const nextFile = join(folder, 'dicom-next.pem')
  const brought = certificateFile !== null && keyFile !== null

  /** Key and certificate in one file: they change together or not at all. */
  async function write(path: string): Promise<OwnCertificate> {
    if (brought)
      fail(
        'conflict',
        'The configuration names the certificate (dicom.certificateFile): replace those files.',
      )
    const made: Made = await authority.issue({ ...wanted, days: OWN_DAYS })
    writeWhole(path, `${made.certificate}${authority.pem}${made.key}`, 0o600)
    return readOne(path)
  }

  function readOne(path: string): OwnCertificate {
    const text = readPrivate(path)
    return paired(path, text, text)
  }

  return {
    paths: brought ? [certificateFile, keyFile] : [file],
    make: async () => {
      if (!brought && !existsSync(file)) await write(file)
    },
    read: () =>
      brought ? paired(certificateFile, readNamed(certificateFile), readPrivate(keyFile)) : readOne(file),
    next: () => (existsSync(nextFile) ? readOne(nextFile) : null),
    prepare: () => write(nextFile),
    rotate: async () => {
      if (!existsSync(nextFile) || brought) return write(file)
      const prepared = readOne(nextFile)
      writeWhole(file, readPrivate(nextFile), 0o600)
      rmSync(nextFile)
      return prepared
    },
  }
}
