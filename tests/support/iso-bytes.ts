export const SECTOR = 2048

export interface IsoRecord {
  name: string
  sector: number
  bytes: number
  folder?: boolean
  goesOn?: boolean
  system?: Buffer
}

/** An ISO 9660 image written record by record: folders by their sector, content as given. */
export function isoOf(
  folders: Readonly<Record<number, readonly IsoRecord[]>>,
  contents: Readonly<Record<number, Buffer>>,
  sectors: number,
  rootBytes = SECTOR,
): Buffer {
  const image = Buffer.alloc(sectors * SECTOR)
  const primary = image.subarray(16 * SECTOR, 17 * SECTOR)
  primary[0] = 1
  primary.write('CD001\x01', 1, 'latin1')
  primary.write('RELAIS_TEST'.padEnd(32), 40, 'latin1')
  primary.writeUInt16LE(SECTOR, 128)
  recordOf({ name: '\0', sector: 20, bytes: rootBytes, folder: true }).copy(primary, 156)
  image[17 * SECTOR] = 255
  image.write('CD001\x01', 17 * SECTOR + 1, 'latin1')
  for (const [sector, records] of Object.entries(folders)) {
    const self = { name: '\0', sector: Number(sector), bytes: SECTOR, folder: true }
    const all = [self, { ...self, name: '\x01' }, ...records].map(recordOf)
    Buffer.concat(all).copy(image, Number(sector) * SECTOR)
  }
  for (const [sector, content] of Object.entries(contents)) content.copy(image, Number(sector) * SECTOR)
  return image
}

function recordOf({ name, sector, bytes, folder, goesOn, system = Buffer.alloc(0) }: IsoRecord): Buffer {
  const nameBytes = Buffer.from(name, 'latin1')
  const padding = nameBytes.length % 2 === 0 ? 1 : 0
  const length = 33 + nameBytes.length + padding + system.length
  const record = Buffer.alloc(length + (length % 2))
  record[0] = record.length
  record.writeUInt32LE(sector, 2)
  record.writeUInt32BE(sector, 6)
  record.writeUInt32LE(bytes, 10)
  record.writeUInt32BE(bytes, 14)
  record[25] = (folder ? 2 : 0) + (goesOn ? 0x80 : 0)
  record.writeUInt16LE(1, 28)
  record[32] = nameBytes.length
  nameBytes.copy(record, 33)
  system.copy(record, 33 + nameBytes.length + padding)
  return record
}
