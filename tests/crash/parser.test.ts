import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDeflateRaw } from 'node:zlib'
import test from 'ava'
import { TransferSyntax } from '../../node/dicom/uids.js'
import { run } from '../support/children.js'
import { temporary } from '../support/node.js'
import { root } from '../support/sources.js'

const {
  ExplicitVRLittleEndian: explicit,
  ImplicitVRLittleEndian: implicit,
  DeflatedExplicitVRLittleEndian: deflated,
} = TransferSyntax
const CPU_MS_MAX = 1000
const GROWN_MB_MAX = 64

const LEVELS = 1_000_000
const UNDEFINED = 0xffffffff

/** One element's head: tag, VR (absent in implicit ones), length. */
function head(group: number, element: number, vr: string | undefined, length: number): Buffer {
  const bytes = Buffer.alloc(vr === undefined ? 8 : 12)
  bytes.writeUInt16LE(group, 0)
  bytes.writeUInt16LE(element, 2)
  if (vr !== undefined) bytes.write(vr, 4, 'latin1')
  bytes.writeUInt32LE(length, bytes.length - 4)
  return bytes
}
const item = (length: number) => head(0xfffe, 0xe000, undefined, length)

/** `levels` sequences in one another. */
function nested(vr: string | undefined, length: number): Buffer {
  const level = Buffer.concat([head(0x0008, 0x1140, vr, length), item(length)])
  return Buffer.concat(Array.from({ length: LEVELS }, () => level))
}

/** 1 GiB of nothing, which takes 1 MB on the wire. */
async function bomb(): Promise<Buffer> {
  const deflate = createDeflateRaw({ level: 9 })
  const zeros = Buffer.alloc(1024 * 1024)
  const parts: Buffer[] = []
  deflate.on('data', part => parts.push(part))
  const ended = new Promise(resolve => deflate.once('end', resolve))
  deflate.write(head(0x0009, 0x1010, 'OB', 1024 ** 3))
  for (let mb = 0; mb < 1024; mb++)
    if (!deflate.write(zeros)) await new Promise(resolve => deflate.once('drain', resolve))
  deflate.end()
  await ended
  return Buffer.concat(parts)
}

test.serial('parser bombs end within a second of work and 64 MB, with a clear code', async t => {
  const folder = temporary(t)
  const huge = (vr: string | undefined) =>
    Buffer.concat([head(0x0009, 0x1010, vr, 0xfffffffe), Buffer.alloc(1000)])
  const cases: [name: string, bytes: Buffer, syntax: string, codes: string[]][] = [
    ['a million sequences, undefined lengths', nested('SQ', UNDEFINED), explicit, ['too-large']],
    ['a million sequences, implicit VR', nested(undefined, UNDEFINED), implicit, ['too-large', 'invalid']],
    ['a million sequences, lengths of 4 GiB', nested('SQ', 0xfffffffe), explicit, ['too-large', 'invalid']],
    ['4 GiB of bytes announced', huge('OB'), explicit, ['too-large', 'invalid']],
    ['4 GiB of something unknown announced', huge('UN'), explicit, ['too-large', 'invalid']],
    ['4 GiB of text announced, implicit VR', huge(undefined), implicit, ['too-large', 'invalid']],
    [
      'an item of 4 GiB',
      Buffer.concat([head(8, 0x1140, 'SQ', UNDEFINED), item(0xfffffffe)]),
      explicit,
      ['too-large', 'invalid'],
    ],
    [
      'a million empty elements',
      Buffer.concat(Array.from({ length: LEVELS }, () => head(9, 0x1010, 'UN', 0))),
      explicit,
      ['too-large', 'invalid'],
    ],
    ['deflated 1000:1', await bomb(), deflated, ['too-large']],
  ]
  for (const [name, bytes, syntax, codes] of cases) {
    const file = join(folder, 'bomb')
    writeFileSync(file, bytes)
    const reader = join(root, 'tests/support/node-header.ts')
    const { code, output } = await run(process.execPath, ['--import', 'tsx', reader, file, syntax], 60_000)
    t.is(code, 0, `${name}: ${output}`)
    const said = JSON.parse(output) as { code: string; cpuMs: number; grownMb: number }
    t.true(codes.includes(said.code), `${name}: ${said.code}`)
    t.true(said.cpuMs <= CPU_MS_MAX, `${name}: ${said.cpuMs} ms`)
    t.true(said.grownMb <= GROWN_MB_MAX, `${name}: ${said.grownMb} MB`)
    t.log(`${name}: ${said.code}, ${said.cpuMs} ms, ${said.grownMb.toFixed(1)} MB`)
  }
})
