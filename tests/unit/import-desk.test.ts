import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { pngOf } from '../../node/dicom/rendering/png.js'
import { openTar } from '../../node/imports/media/tar.js'
import { type Paper, paperOf, paperTitle } from '../../node/objects/paper.js'
import { pickedOf } from '../../web/imports/picked.js'
import { packTar } from '../../web/imports/tar.js'
import { temporary } from '../support/node.js'
import { photograph, textPDF } from '../support/papers.js'

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

const PHOTOGRAPH = photograph(400, 300)
const PAPERS: readonly [string, 'pdf' | 'jpeg' | 'png', Buffer, Partial<Paper>][] = [
  ['a letter', 'pdf', textPDF('Lettre'), { dangers: [] }],
  [
    'a script',
    'pdf',
    textPDF('x', { objects: ['<</S/JavaScript/JS(app.alert(1))>>'] }),
    { dangers: ['script'] },
  ],
  [
    'a script whose name is spelled out',
    'pdf',
    textPDF('x', { objects: ['<</S/Java#53cript/JS(1)>>'] }),
    { dangers: ['script'] },
  ],
  [
    'a program, in an object stream',
    'pdf',
    textPDF('x', { objects: [objectStream('<</S/Launch/F(calc.exe)>>')] }),
    { dangers: ['launch'] },
  ],
  [
    'an object stream nobody can look into',
    'pdf',
    textPDF('x', { objects: ['<</Type/ObjStm/Filter/LZWDecode/Length 4>>\nstream\nabcd\nendstream'] }),
    { dangers: ['hidden'] },
  ],
  ['a password', 'pdf', textPDF('x', { catalog: '/Encrypt 6 0 R' }), { dangers: ['locked'] }],
  [
    'a file in the file',
    'pdf',
    textPDF('x', { catalog: '/Names<</EmbeddedFiles 6 0 R>>' }),
    { dangers: ['attachment'] },
  ],
  ['cut off', 'pdf', textPDF('Lettre').subarray(0, 300), { fault: 'broken' }],
  [
    'a photograph',
    'jpeg',
    PHOTOGRAPH,
    {
      dangers: [],
      picture: { rows: 300, columns: 400, photometric: 'YBR_FULL_422', bytes: PHOTOGRAPH.length },
    },
  ],
  ['a button', 'jpeg', photograph(32, 32), { fault: 'small' }],
  ['a photograph cut off', 'jpeg', PHOTOGRAPH.subarray(0, 2000), { fault: 'broken' }],
  ['a progressive photograph', 'jpeg', withFrame(0xc2), { fault: 'progressive' }],
  [
    'a photograph with something behind it',
    'jpeg',
    Buffer.concat([PHOTOGRAPH, Buffer.from('<script>')]),
    {
      dangers: [],
      picture: { rows: 300, columns: 400, photometric: 'YBR_FULL_422', bytes: PHOTOGRAPH.length },
    },
  ],
  ['a PNG', 'png', pngOf({ width: 300, height: 300, data: new Uint8Array(300 * 300 * 4) }), { fault: 'png' }],
]
for (const [name, kind, bytes, expected] of PAPERS)
  test(`a paper is what its bytes say: ${name}`, t => t.like(paperOf(kind, bytes), expected))

test('a paper is called by the name of its file', t => {
  const names = ['DOCS/Compte_rendu 2026.PDF', 'a.pdf;1', '..\\x\\..\\LETTRE.PDF', '\u202e.pdf', 'été=1.jpeg']
  t.deepEqual(names.map(paperTitle), ['Compte rendu 2026', 'a', 'LETTRE', 'Document', 'été 1'])
})

function objectStream(objects: string): Buffer {
  const packed = deflateSync(Buffer.from(`6 0 ${objects}`))
  return Buffer.concat([
    Buffer.from(`<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length ${packed.length}>>\nstream\n`),
    packed,
    Buffer.from('\nendstream'),
  ])
}

function withFrame(marker: number): Buffer {
  const copy = Buffer.from(PHOTOGRAPH)
  copy[copy.indexOf('ffc0', 0, 'hex') + 1] = marker
  return copy
}
