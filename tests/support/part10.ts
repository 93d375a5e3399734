import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2'
export const explicitVRLittleEndian = '1.2.840.10008.1.2.1'

export interface SyntheticFile {
  file: string
  sopClassUID: string
  sopInstanceUID: string
  transferSyntaxUID: string
  /** Where the data set begins in the file. */
  offset: number
  dataset: Buffer
}

/** An element in explicit VR little endian. */
function element(group: number, number: number, vr: string, value: string | Buffer): Buffer {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'latin1')
  const padding = bytes.length % 2 === 0 ? Buffer.alloc(0) : Buffer.from(vr === 'UI' ? '\0' : ' ')
  const long = ['OB', 'OW', 'UN', 'SQ', 'UT'].includes(vr)
  const header = Buffer.alloc(long ? 12 : 8)
  header.writeUInt16LE(group, 0)
  header.writeUInt16LE(number, 2)
  header.write(vr, 4, 'latin1')
  if (long) header.writeUInt32LE(bytes.length + padding.length, 8)
  else header.writeUInt16LE(bytes.length + padding.length, 6)
  return Buffer.concat([header, bytes, padding])
}

function us(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

/** A small CT slice with random pixels of a patient who does not exist, written as a Part 10 file. */
export async function writeSlice(folder: string, index: number, edge = 64): Promise<SyntheticFile> {
  const sopInstanceUID = `1.2.826.0.1.3680043.10.1.${process.pid}.${index}`
  const dataset = Buffer.concat([
    element(0x0008, 0x0016, 'UI', ctImageStorage),
    element(0x0008, 0x0018, 'UI', sopInstanceUID),
    element(0x0008, 0x0060, 'CS', 'CT'),
    element(0x0010, 0x0010, 'PN', 'ESSAI^Zoe'),
    element(0x0010, 0x0020, 'LO', 'ESSAI-1'),
    element(0x0020, 0x000d, 'UI', '1.2.826.0.1.3680043.10.1.1'),
    element(0x0020, 0x000e, 'UI', '1.2.826.0.1.3680043.10.1.2'),
    element(0x0020, 0x0013, 'IS', String(index)),
    element(0x0028, 0x0002, 'US', us(1)),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    element(0x0028, 0x0010, 'US', us(edge)),
    element(0x0028, 0x0011, 'US', us(edge)),
    element(0x0028, 0x0100, 'US', us(16)),
    element(0x0028, 0x0101, 'US', us(12)),
    element(0x0028, 0x0102, 'US', us(11)),
    element(0x0028, 0x0103, 'US', us(0)),
    element(0x7fe0, 0x0010, 'OW', randomBytes(edge * edge * 2)),
  ])
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 0x0002, 'UI', ctImageStorage),
    element(0x0002, 0x0003, 'UI', sopInstanceUID),
    element(0x0002, 0x0010, 'UI', explicitVRLittleEndian),
    element(0x0002, 0x0012, 'UI', '1.2.826.0.1.3680043.10.1'),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const head = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0000, 'UL', length),
    meta,
  ])
  const file = join(folder, `slice-${index}.dcm`)
  await writeFile(file, Buffer.concat([head, dataset]))
  return {
    file,
    sopClassUID: ctImageStorage,
    sopInstanceUID,
    transferSyntaxUID: explicitVRLittleEndian,
    offset: head.length,
    dataset,
  }
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'relais-'))
}
