import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { openTar } from '../../node/imports/media/tar.js'
import { pickedOf } from '../../web/imports/picked.js'
import { packTar } from '../../web/imports/tar.js'
import { temporary } from '../support/node.js'

const LIMITS = { maxFiles: 100, maxDepth: 100, maxFileBytes: 1e9, maxBytes: 1e9, maxRatio: 100 }
const MODIFIED_MS = Date.UTC(2026, 10, 24)

const file = (path: string, content: string | Uint8Array<ArrayBuffer>, modifiedMs = MODIFIED_MS) => ({
  path,
  file: new Blob([content]),
  modifiedMs,
})

async function readBack(t: ExecutionContext, packed: Blob) {
  const path = join(temporary(t), 'packed.tar')
  writeFileSync(path, Buffer.from(await packed.arrayBuffer()))
  const medium = await openTar(path, LIMITS)
  const found: [string, Buffer][] = []
  for await (const each of medium.files()) found.push([each.path, await buffer(await medium.read(each))])
  await medium.close()
  return found
}

test('a folder packed by the browser is read back byte for byte, the DICOMDIR first', async t => {
  const odd = Uint8Array.from({ length: 1537 }, (_, at) => at % 251)
  const long = `${'un dossier assez long/'.repeat(12)}IM000001`
  const packed = packTar([
    file('IMAGES/IM000002', odd),
    file('IMAGES/IM000001', new Uint8Array(512)),
    file('Résultats/été à Noël.dcm', 'é'),
    file(long, 'long'),
    file('VIDE', ''),
    file('DICOMDIR', 'the directory'),
  ])
  const found = await readBack(t, packed)
  t.deepEqual(
    found.map(([path]) => path),
    ['DICOMDIR', 'IMAGES/IM000001', 'IMAGES/IM000002', 'Résultats/été à Noël.dcm', 'VIDE', long],
  )
  t.deepEqual(
    found.map(([, bytes]) => bytes.length),
    [13, 512, 1537, 2, 0, 4],
  )
  t.deepEqual(found[2]?.[1], Buffer.from(odd))
  t.is(packed.size % 512, 0)
})

test('names about the length where pax begins keep every letter', async t => {
  const names = [98, 99, 100, 101, 102, 255, 990, 1000].map(length => 'a'.repeat(length))
  const found = await readBack(t, packTar(names.map(name => file(name, name))))
  t.deepEqual(
    found.map(([path]) => path),
    [...names].sort(),
  )
})

test('a folder is one disc under its own name, each image file another, and the same files have the same mark', t => {
  const files = [
    file('CD 1/DICOMDIR', 'x'),
    file('CD 1/A/IM1', 'y'),
    file('other.ZIP', 'zip'),
    file('loose.dcm', 'd'),
    file('loose2.dcm', 'd'),
  ]
  const picked = pickedOf(files, 'together')
  t.deepEqual(
    picked.map(({ name, files: count }) => [name, count]),
    [
      ['other.ZIP', 1],
      ['CD 1', 2],
      ['together', 2],
    ],
  )
  const again = pickedOf([...files].reverse(), 'together')
  const marks = (some: typeof picked) => some.map(({ mark }) => mark).sort()
  t.deepEqual(marks(again), marks(picked))
  const later = pickedOf([file('CD 1/DICOMDIR', 'x', MODIFIED_MS + 1), file('CD 1/A/IM1', 'y')], 'together')
  t.not(later[0]?.mark, picked.find(({ name }) => name === 'CD 1')?.mark)
})
