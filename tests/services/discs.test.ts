import { createHash } from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type InventoryEnd, type InventoryFile, takeInventory } from '../../node/imports/inventory.js'
import type { Medium, MediumLimits } from '../../node/imports/media/medium.js'
import { defaultMediumLimits } from '../../node/imports/media/medium.js'
import { openMedium } from '../../node/imports/media/open.js'
import { openTar } from '../../node/imports/media/tar.js'
import { readInventory } from '../../node/imports/reading.js'
import { discPrograms, filesBelow, makeDisc, makeIso, makeTar, makeZip } from '../support/discs.js'
import { isoOf } from '../support/iso-bytes.js'
import { temporary } from '../support/node.js'
import { writePhantom } from '../support/phantoms.js'

const withTools = Object.values(discPrograms).every(Boolean) ? test : test.skip
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Names, in the case and spelling of the medium, with the digest of what is read there. */
async function contentOf(path: string, limits: Partial<MediumLimits> = {}): Promise<Map<string, string>> {
  const medium = await openMedium(path, { limits })
  const content = new Map<string, string>()
  for await (const file of medium.files()) {
    const chunks: Buffer[] = []
    for await (const chunk of await medium.read(file)) chunks.push(chunk as Buffer)
    content.set(file.path, sha256(Buffer.concat(chunks)))
  }
  await medium.close()
  return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function expected(folder: string, name: (path: string) => string = path => path): Map<string, string> {
  const files = filesBelow(folder).map(
    path => [name(path), sha256(readFileSync(join(folder, path)))] as const,
  )
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function inventoryOf(
  medium: Medium,
  scratch: string,
): Promise<{ files: InventoryFile[]; end: InventoryEnd }> {
  const taking = takeInventory(medium, scratch)
  const files: InventoryFile[] = []
  for (;;) {
    const step = await taking.next()
    if (step.done) {
      await medium.close()
      const listed = new Map(step.value.listed.map(each => [each.number, each.listed]))
      return { files: files.map(file => ({ listed: listed.get(file.number), ...file })), end: step.value }
    }
    files.push(step.value)
  }
}

withTools(
  'a disc reads the same from a folder, a ZIP, a TAR and an ISO image, whatever names that has',
  async t => {
    const house = temporary(t)
    const folder = join(house, 'disc')
    const { files } = writePhantom(house, 'ct', { images: 3 })
    await makeDisc(folder, files)
    mkdirSync(join(folder, 'Comptes rendus'))
    writeFileSync(
      join(folder, 'Comptes rendus', 'Échographie de l’épaule, avec un nom bien trop long.pdf'),
      '%PDF-1.7\n',
    )
    const all = expected(folder)
    t.deepEqual(await contentOf(folder), all)

    for (const zip64 of [false, true]) {
      await makeZip(folder, join(house, 'disc.zip'), zip64)
      t.deepEqual(await contentOf(join(house, 'disc.zip')), all, `ZIP64: ${zip64}`)
    }
    for (const format of ['ustar', 'pax', 'gnu'] as const) {
      await makeTar(folder, join(house, 'disc.tar'), format)
      t.deepEqual(await contentOf(join(house, 'disc.tar')), all, format)
    }
    for (const how of ['xorriso', 'genisoimage'] as const) {
      const image = join(house, `${how}.iso`)
      // Rock Ridge wins over Joliet: it says the names as they were.
      await makeIso(folder, image, how, ['-J', '-R'])
      t.deepEqual(await contentOf(image), all, how)
      const medium = await openMedium(image)
      t.is(medium.label, 'RELAIS_TEST')
      await medium.close()
      await makeIso(folder, image, how, ['-J', '-joliet-long'])
      t.deepEqual(await contentOf(image), all, `${how}, Joliet`)
    }
    // Level 1 alone: eight characters and three, capitals; what can still be read is read.
    const plain = join(house, 'plain.iso')
    await makeIso(folder, plain, 'genisoimage', ['-iso-level', '1'])
    const contents = [...(await contentOf(plain))]
    t.deepEqual(contents.map(([, digest]) => digest).sort(), [...all.values()].sort())
    t.true(contents.some(([path]) => path === 'IMAGES/IM000001'))
  },
)

test('a file longer than a record can say lies in several extents and is one (ISO level 3)', async t => {
  const house = temporary(t)
  const parts = [Buffer.alloc(2048, 'a'), Buffer.alloc(4096, 'b'), Buffer.from('the end')]
  const record = (sector: number, part: Buffer | undefined, goesOn: boolean) => ({
    name: 'LONG.DCM;1',
    sector,
    bytes: part?.length ?? 0,
    goesOn,
  })
  const image = isoOf(
    { 20: [record(40, parts[0], true), record(30, parts[1], true), record(50, parts[2], false)] },
    { 40: parts[0] ?? t.fail(), 30: parts[1] ?? t.fail(), 50: parts[2] ?? t.fail() },
    52,
  )
  writeFileSync(join(house, 'long.iso'), image)
  t.deepEqual([...(await contentOf(join(house, 'long.iso')))], [['LONG.DCM', sha256(Buffer.concat(parts))]])
})

withTools('every file of a disc gets its verdict, and a damaged disc gives what is good', async t => {
  const house = temporary(t)
  const folder = join(house, 'disc')
  const { files } = writePhantom(house, 'ct', { images: 6 })
  await makeDisc(folder, files)
  const at = (name: string) => join(folder, name)
  // Cut off; gone; not in the directory; without preamble and with a wrong name; the same again; a hospital's own paper.
  truncateSync(at('IMAGES/IM000002'), 3000)
  rmSync(at('IMAGES/IM000003'))
  const { files: more } = writePhantom(house, 'mr', { kind: 'mr-knee', images: 2 })
  copyFileSync(more[0]?.file ?? '', at('IMAGES/EXTRA.JPG'))
  writeFileSync(at('IMAGES/NOHEAD'), readFileSync(more[1]?.file ?? '').subarray(more[1]?.datasetOffset))
  copyFileSync(at('IMAGES/IM000001'), at('IMAGES/ZAGAIN'))
  writeFileSync(at('ORDO.PDF'), '%PDF-1.4\n%âãÏÓ\n')
  symlinkSync('/etc/passwd', at('LINK'))

  const { files: found, end } = await inventoryOf(await openMedium(folder), temporary(t))
  const verdict = (path: string) => {
    const file = found.find(each => each.path === path)
    return [file?.kind, file?.verdict, file?.listed]
  }
  t.is(found[0]?.path, 'DICOMDIR', 'looked at first')
  t.deepEqual(verdict('DICOMDIR'), ['dicomdir', 'directory', undefined])
  t.deepEqual(verdict('IMAGES/IM000001'), ['dicom', 'readable', true])
  t.deepEqual(verdict('IMAGES/IM000002'), ['dicom', 'unreadable', true])
  t.regex(found.find(file => file.path === 'IMAGES/IM000002')?.reason ?? '', /byte 3000/)
  const whyOf = (path: string) => found.find(file => file.path === path)?.why
  t.deepEqual(whyOf('IMAGES/IM000002'), { code: 'ends', at: 3000 })
  t.deepEqual(whyOf('IMAGES/IM000003'), { code: 'listed-missing' })
  const first = found.find(file => file.path === 'IMAGES/IM000001')?.number ?? 0
  t.deepEqual(whyOf('IMAGES/ZAGAIN'), { code: 'same-object', file: first })
  t.deepEqual(whyOf('LINK'), { code: 'link' })
  t.deepEqual(verdict('IMAGES/IM000003'), ['unknown', 'missing', true])
  t.deepEqual(verdict('IMAGES/EXTRA.JPG'), ['dicom', 'readable', false])
  t.deepEqual(verdict('IMAGES/NOHEAD'), ['dicom', 'readable', false])
  t.deepEqual(verdict('IMAGES/ZAGAIN'), ['dicom', 'duplicate', false])
  t.deepEqual(verdict('ORDO.PDF'), ['pdf', 'not-dicom', undefined])
  t.deepEqual(verdict('VIEWER/viewer.exe'), ['program', 'not-dicom', undefined])
  t.deepEqual(verdict('LISEZMOI.TXT'), ['text', 'not-dicom', undefined])
  t.deepEqual(verdict('LINK'), ['unknown', 'unreadable', undefined])
  t.is(end.listedFiles, 6)
  t.is(end.broken, undefined)
})

withTools('files of an upload are known while later ones are still on their way', async t => {
  const house = temporary(t)
  const folder = join(house, 'disc')
  const { files } = writePhantom(house, 'ct', { images: 4 })
  await makeDisc(folder, files, { dicomdir: false })
  const whole = join(house, 'whole.tar')
  await makeTar(folder, whole, 'pax')
  const bytes = readFileSync(whole)
  const growing = join(house, 'growing.tar')
  writeFileSync(growing, '')
  let there = 0
  let complete = false
  const medium = await openTar(growing, defaultMediumLimits, async () => ({ bytes: there, complete }))
  const grow = (to: number) => {
    appendFileSync(growing, bytes.subarray(there, to))
    there = to
  }
  const taking = takeInventory(medium, temporary(t))
  const paths: string[] = []
  grow(Math.floor(bytes.length / 2))
  for (let step = 0; step < 3; step += 1) paths.push(((await taking.next()).value as InventoryFile).path)
  t.true(paths.length === 3 && there < bytes.length, 'half of it is enough for these')
  grow(bytes.length)
  complete = true
  for (let step = await taking.next(); !step.done; step = await taking.next()) paths.push(step.value.path)
  t.deepEqual(paths.sort(), filesBelow(folder))
  await medium.close()
})

test('what is no disc says so, and what to do instead', async t => {
  const house = temporary(t)
  const at = (name: string, bytes: Buffer | string) => {
    writeFileSync(join(house, name), bytes)
    return openMedium(join(house, name))
  }
  await t.throwsAsync(at('letter.doc', 'Dear colleague'), { message: /no folder, ZIP archive or ISO image/ })
  await t.throwsAsync(openMedium(join(house, 'nothing')), { message: /cannot be read/ })
  await t.throwsAsync(at('broken.zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(600)])), {
    message: /ZIP/,
  })
  const udf = Buffer.alloc(20 * 2048)
  for (const [sector, name] of [
    [16, 'BEA01'],
    [17, 'NSR02'],
    [18, 'TEA01'],
  ] as const)
    udf.write(name, sector * 2048 + 1, 'latin1')
  await t.throwsAsync(at('udf.iso', udf), { message: /UDF/ })
  const raw = Buffer.alloc(40_000)
  Buffer.from('00ffffffffffffffffffff00', 'hex').copy(raw)
  await t.throwsAsync(at('raw.bin', raw), { message: /2352/ })
})

test('a disc of thousands of files is told whole to a node that is busy meanwhile', async t => {
  const folder = temporary(t)
  const { files } = writePhantom(folder, 'many', { images: 1 })
  const [image] = files
  for (let n = 0; n < 3000; n++) copyFileSync(image?.file ?? '', join(folder, 'many', `copy-${n}.dcm`))
  let told = 0
  const busy = setInterval(() => {
    for (const until = Date.now() + 400; Date.now() < until; );
  }, 20)
  t.teardown(() => clearInterval(busy))
  const reading = readInventory(
    { path: join(folder, 'many'), scratch: temporary(t), growing: false },
    async found => {
      told += found.length
    },
  )
  await reading.ended
  t.is(told, 3001)
})
