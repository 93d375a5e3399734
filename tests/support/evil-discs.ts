import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { TransferSyntax } from '../../node/dicom/uids.js'
import { type IsoRecord, isoOf, SECTOR } from './iso-bytes.js'
import { type Zipped, zipOf } from './zip-bytes.js'

/** A disc made to hurt: what it is, where it lies, and whether the good image on it can still be had. */
export interface EvilDisc {
  name: string
  write(folder: string): string
  goodComesIn: boolean
}

type Dice = (below: number) => number

const EVIL_NAMES = [
  '../../../../tmp/relais-evil',
  '/tmp/relais-evil',
  '..\\..\\relais-evil',
  'C:\\relais-evil',
  'a/../../relais-evil',
  './././relais-evil',
  'relais\0evil',
  '\u202egpj.live',
  'CON',
  'a'.repeat(5000),
  `${'d/'.repeat(2000)}f`,
  ' ',
]

/** An element in explicit VR little endian, its length as told. */
function element(tag: number, vr: string, value: Buffer, length = value.length): Buffer {
  const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(tag >>> 16, 0)
  head.writeUInt16LE(tag & 0xffff, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(length >>> 0, 8)
  else head.writeUInt16LE(length, 6)
  return Buffer.concat([head, value])
}

const text = (tag: number, vr: string, value: string) =>
  element(
    tag,
    vr,
    Buffer.from(value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`, 'latin1'),
  )

const head = (transferSyntaxUID: string, sopClassUID = '1.2.840.10008.5.1.4.1.1.7') =>
  fileHeader({ sopClassUID, sopInstanceUID: '1.2.3.4', transferSyntaxUID })

const item = (body: Buffer, length = body.length) => {
  const start = Buffer.from('feff00e000000000', 'hex')
  start.writeUInt32LE(length >>> 0, 4)
  return Buffer.concat([start, body])
}

/** A DICOMDIR with these records, each naming a file. */
function directoryOf(paths: readonly string[], nextOffset: number): Buffer {
  const records = paths.map(path =>
    item(
      Buffer.concat([
        element(0x0004_1400, 'UL', le32(nextOffset)),
        element(0x0004_1410, 'US', Buffer.from('ffff', 'hex')),
        element(0x0004_1420, 'UL', le32(nextOffset)),
        text(0x0004_1430, 'CS', 'IMAGE'),
        text(0x0004_1500, 'CS', path),
      ]),
    ),
  )
  return Buffer.concat([
    head(TransferSyntax.ExplicitVRLittleEndian, '1.2.840.10008.1.3.10'),
    element(0x0004_1200, 'UL', le32(nextOffset)),
    element(0x0004_1220, 'SQ', Buffer.concat(records)),
  ])
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

const inZip = (
  name: string,
  entries: readonly Zipped[],
  goodComesIn: boolean,
  end?: Parameters<typeof zipOf>[1],
): EvilDisc => ({
  name: `ZIP: ${name}`,
  goodComesIn,
  write: folder => put(folder, zipOf(entries, end)),
})

const inIso = (name: string, image: () => Buffer, goodComesIn: boolean): EvilDisc => ({
  name: `ISO: ${name}`,
  goodComesIn,
  write: folder => put(folder, image()),
})

/** A folder with the good image and one file that is none. */
const inFolder = (name: string, file: string, content: () => Buffer, good: Buffer): EvilDisc => ({
  name: `folder: ${name}`,
  goodComesIn: true,
  write: folder => {
    const disc = join(folder, 'disc')
    mkdirSync(disc)
    writeFileSync(join(disc, 'GOOD'), good)
    writeFileSync(join(disc, file), content())
    return disc
  },
})

function put(folder: string, bytes: Buffer): string {
  const path = join(folder, 'disc')
  writeFileSync(path, bytes)
  return path
}

/** Two hundred of them; `good` is a whole image. What chance decides, `dice` does. */
export function evilDiscs(good: Buffer, dice: Dice): EvilDisc[] {
  const goodEntry: Zipped = { name: 'GOOD', body: good }
  const goodRecord: IsoRecord = { name: 'GOOD.;1', sector: 40, bytes: good.length }
  const sectors = 42 + Math.ceil(good.length / SECTOR)
  const iso = (records: readonly IsoRecord[], more: Readonly<Record<number, readonly IsoRecord[]>> = {}) =>
    isoOf({ 20: [goodRecord, ...records], ...more }, { 40: good }, sectors)
  const wholeZip = zipOf([goodEntry, { name: 'B', body: good }])
  const wholeIso = iso([{ name: 'B.;1', sector: 40, bytes: good.length }])
  const explicit = TransferSyntax.ExplicitVRLittleEndian
  const blank = Buffer.alloc(64 * 1024 * 1024)

  const discs: EvilDisc[] = [
    ...EVIL_NAMES.map(name =>
      inZip(`the name ${JSON.stringify(name.slice(0, 30))}`, [{ name, body: good }], true),
    ),
    inZip(
      'a link',
      [{ name: 'link', body: Buffer.from('/etc/passwd'), central: [[38, 0xa1ff_0000, 4]] }, goodEntry],
      true,
    ),
    inZip('two entries over each other', [goodEntry, { name: 'again', body: good, over: 0 }], false),
    inZip(
      'a thousand entries over one',
      [
        { name: 'bomb', body: blank },
        ...Array.from({ length: 1000 }, (_, at) => ({ name: `b${at}`, body: blank.subarray(0, 1), over: 0 })),
      ],
      false,
    ),
    inZip('one file that grows a thousandfold', [goodEntry, { name: 'bomb', body: blank }], true),
    inZip('an archive inside', [{ name: 'inner.zip', body: zipOf([goodEntry]) }, goodEntry], true),
    inZip('encrypted', [{ name: 'secret', body: good, central: [[8, 0x0801, 2]] }, goodEntry], true),
    inZip('an unknown method', [{ name: 'odd', body: good, central: [[10, 99, 2]] }, goodEntry], true),
    inZip('a wrong check sum', [{ name: 'wrong', body: good, central: [[16, 0, 4]] }, goodEntry], true),
    inZip(
      'a size that is too small',
      [{ name: 'small', body: good, central: [[24, 10, 4]] }, goodEntry],
      true,
    ),
    inZip(
      'a size that is too large',
      [{ name: 'large', body: good, central: [[24, 0xffff_fff0, 4]] }, goodEntry],
      true,
    ),
    inZip(
      'a place behind the end',
      [{ name: 'far', body: good, central: [[42, 0x7fff_ffff, 4]] }, goodEntry],
      true,
    ),
    inZip('two files of one name', [goodEntry, { name: 'GOOD', body: Buffer.from('x') }], true),
    inZip('more entries than there are', [goodEntry], false, [[10, 60_000, 2]]),
    inZip('a directory behind the end', [goodEntry], false, [[16, 0x7fff_ffff, 4]]),
    inZip(
      'a compressed length of 4 GiB',
      [goodEntry, { name: 'long', body: good, central: [[20, 0xffff_fff0, 4]] }],
      false,
    ),
    ...Array.from(
      { length: 30 },
      (_, at): EvilDisc => ({
        name: `ZIP: cut off, ${at}`,
        goodComesIn: false,
        write: folder => put(folder, wholeZip.subarray(0, 30 + dice(wholeZip.length - 60))),
      }),
    ),
    ...Array.from(
      { length: 20 },
      (_, at): EvilDisc => ({
        name: `ZIP: bytes changed, ${at}`,
        goodComesIn: false,
        write: folder => put(folder, flipped(wholeZip, dice, 20)),
      }),
    ),

    ...EVIL_NAMES.filter(name => name.length < 150).map(name =>
      inIso(`the name ${JSON.stringify(name)}`, () => iso([{ name, sector: 40, bytes: good.length }]), true),
    ),
    inIso(
      'a folder that holds itself',
      () => iso([{ name: 'LOOP', sector: 20, bytes: SECTOR, folder: true }]),
      true,
    ),
    inIso(
      'two folders that hold each other',
      () =>
        iso([{ name: 'A', sector: 21, bytes: SECTOR, folder: true }], {
          21: [{ name: 'B', sector: 22, bytes: SECTOR, folder: true }],
          22: [{ name: 'A', sector: 21, bytes: SECTOR, folder: true }],
        }),
      true,
    ),
    inIso('a file behind the end', () => iso([{ name: 'FAR.;1', sector: 1_000_000, bytes: 1000 }]), true),
    inIso('a file of 4 GiB', () => iso([{ name: 'LONG.;1', sector: 40, bytes: 0xffff_ffff }]), true),
    inIso(
      'a folder behind the end',
      () => iso([{ name: 'FAR', sector: 1_000_000, bytes: SECTOR, folder: true }]),
      true,
    ),
    inIso(
      'a folder of 4 GiB',
      () => iso([{ name: 'LONG', sector: 20, bytes: 0xffff_f800, folder: true }]),
      true,
    ),
    inIso('a root of 4 GiB', () => isoOf({ 20: [goodRecord] }, { 40: good }, sectors, 0xffff_f800), false),
    inIso(
      'a folder whose records are noise',
      () => {
        const image = iso([{ name: 'NOISE', sector: 21, bytes: SECTOR, folder: true }])
        flipped(Buffer.alloc(SECTOR, 0x55), dice, 500).copy(image, 21 * SECTOR)
        return image
      },
      true,
    ),
    inIso('a thousand folders deep', () => deepIso(good), true),
    inIso(
      'names that go on in a circle',
      () => iso([{ name: 'RR.;1', sector: 40, bytes: good.length, system: continuation(21) }]),
      true,
    ),
    inIso(
      'a part that goes on for ever',
      () => iso([{ name: 'PART.;1', sector: 40, bytes: 10, goesOn: true }]),
      true,
    ),
    ...Array.from(
      { length: 30 },
      (_, at): EvilDisc => ({
        name: `ISO: cut off, ${at}`,
        goodComesIn: false,
        write: folder => put(folder, wholeIso.subarray(0, dice(wholeIso.length))),
      }),
    ),
    ...Array.from(
      { length: 20 },
      (_, at): EvilDisc => ({
        name: `ISO: bytes changed, ${at}`,
        goodComesIn: false,
        write: folder => put(folder, flippedIn(wholeIso, dice, 20 * SECTOR, 21 * SECTOR)),
      }),
    ),

    inFolder(
      'a DICOMDIR that points out of the disc',
      'DICOMDIR',
      () => directoryOf(['..\\..\\..\\etc\\passwd', '\\etc\\passwd', 'GOOD'], 400),
      good,
    ),
    inFolder(
      'a DICOMDIR whose records turn in a circle',
      'DICOMDIR',
      () => directoryOf(['GOOD', 'GOOD', 'GONE'], 400),
      good,
    ),
    inFolder(
      'a DICOMDIR of a million records',
      'DICOMDIR',
      () =>
        directoryOf(
          Array.from({ length: 1_000_000 }, () => 'X'),
          0,
        ),
      good,
    ),
    inFolder(
      'a DICOMDIR that says it is 4 GiB long',
      'DICOMDIR',
      () =>
        Buffer.concat([
          head(explicit, '1.2.840.10008.1.3.10'),
          element(0x0004_1220, 'SQ', Buffer.alloc(20), 0xffff_fff0),
        ]),
      good,
    ),
    inFolder(
      'a program before an image',
      'POLYGLOT',
      () => Buffer.concat([Buffer.from('MZ'), Buffer.alloc(126), good.subarray(128)]),
      good,
    ),
    inFolder(
      'a million sequences inside each other',
      'DEEP',
      () =>
        Buffer.concat([
          head(explicit),
          ...Array.from({ length: 200_000 }, () =>
            Buffer.concat([
              element(0x0040_a730, 'SQ', Buffer.alloc(0), 0xffff_ffff),
              item(Buffer.alloc(0), 0xffff_ffff),
            ]),
          ),
        ]),
      good,
    ),
    inFolder(
      'an element of 4 GiB',
      'LONG',
      () => Buffer.concat([head(explicit), element(0x0008_0005, 'UT', Buffer.alloc(8), 0xffff_fffe)]),
      good,
    ),
    inFolder(
      'a data set that inflates a thousandfold',
      'BOMB',
      () =>
        Buffer.concat([
          head(TransferSyntax.DeflatedExplicitVRLittleEndian),
          deflateRawSync(Buffer.concat([text(0x0008_0016, 'UI', '1.2'), element(0x0009_0010, 'UT', blank)])),
        ]),
      good,
    ),
    inFolder('a header that is all there is', 'HEAD', () => head(explicit), good),
    inFolder('nothing', 'EMPTY', () => Buffer.alloc(0), good),
    inFolder(
      'no UIDs',
      'NAMELESS',
      () => Buffer.concat([head(explicit), text(0x0010_0010, 'PN', 'ESSAI^Zoe')]),
      good,
    ),
    inFolder(
      'UIDs that are paths',
      'PATHS',
      () =>
        Buffer.concat([
          head(explicit),
          text(0x0008_0016, 'UI', '../../a'),
          text(0x0008_0018, 'UI', '/tmp/relais-evil'),
          text(0x0020_000d, 'UI', '..'),
          text(0x0020_000e, 'UI', '..'),
        ]),
      good,
    ),
    {
      name: 'folder: links out of the disc and in a circle',
      goodComesIn: true,
      write: folder => {
        const disc = join(folder, 'disc')
        mkdirSync(join(disc, 'a'), { recursive: true })
        writeFileSync(join(disc, 'GOOD'), good)
        symlinkSync('/etc', join(disc, 'etc'))
        symlinkSync('..', join(disc, 'a', 'up'))
        symlinkSync('/etc/passwd', join(disc, 'passwd'))
        return disc
      },
    },
  ]
  while (discs.length < 200) {
    const at = discs.length
    discs.push(inFolder(`an image with changed bytes, ${at}`, 'CHANGED', () => flipped(good, dice, 40), good))
  }
  return discs
}

function continuation(sector: number): Buffer {
  const entry = Buffer.alloc(28)
  entry.write('CE', 0, 'latin1')
  entry[2] = 28
  entry[3] = 1
  entry.writeUInt32LE(sector, 4)
  entry.writeUInt32LE(28, 20)
  return entry
}

function deepIso(good: Buffer): Buffer {
  const folders: Record<number, IsoRecord[]> = {
    20: [
      { name: 'GOOD.;1', sector: 2000, bytes: good.length },
      { name: 'D', sector: 100, bytes: SECTOR, folder: true },
    ],
  }
  for (let at = 100; at < 1100; at += 1)
    folders[at] = [{ name: 'D', sector: at + 1, bytes: SECTOR, folder: true }]
  return isoOf(folders, { 2000: good }, 2002 + Math.ceil(good.length / SECTOR))
}

function flipped(bytes: Buffer, dice: Dice, times: number): Buffer {
  return flippedIn(bytes, dice, 0, bytes.length, times)
}

function flippedIn(bytes: Buffer, dice: Dice, from: number, to: number, times = 20): Buffer {
  const changedBytes = Buffer.from(bytes)
  for (let left = times; left > 0; left -= 1) changedBytes[from + dice(to - from)] = dice(256)
  return changedBytes
}
