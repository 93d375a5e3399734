import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ImportPicture, ImportView } from '../../node/imports/view.js'
import { firstPicture } from '../bench/import-preview.js'
import { technician } from '../support/desk.js'
import { discPrograms, makeDisc, makeIso, makeTar, makeZip } from '../support/discs.js'
import { openNode, SITES, temporary } from '../support/node.js'
import { writePhantom } from '../support/phantoms.js'

const withTools = Object.values(discPrograms).every(Boolean) ? test : test.skip
const JPEG = Buffer.from('ffd8ff', 'hex')

withTools(
  'a disc can be looked at while it arrives: a picture of the first series is there before the upload has ended',
  async t => {
    const node = await openNode(t, { network: { sites: SITES } })
    const desk = await technician(node)
    const stranger = await technician(node, 'sud')
    const scratch = temporary(t)
    const folder = join(scratch, 'disc')
    const { files } = writePhantom(scratch, 'cd', { images: 12, rows: 256 })
    const [first] = files
    await makeDisc(folder, files)
    writeFileSync(join(folder, 'IMAGES', 'IM000013'), withoutPixels(readFileSync(first?.file ?? '')))
    await makeTar(folder, join(scratch, 'disc.tar'), 'pax')
    const tar = readFileSync(join(scratch, 'disc.tar'))

    const seen = await firstPicture(desk, tar, Math.floor(tar.length / 2))
    t.log(`first picture ${Math.round(seen.ms)} ms after the first bytes`)
    t.is(seen.disc.state, 'uploading')
    t.true(seen.picture.subarray(0, 3).equals(JPEG))
    const { id } = seen.disc
    const series = seen.disc.studies[0]?.series[0]
    const picture = `/api/imports/${id}/files/${series?.sample}/picture`
    const large = await desk.bytes(`${picture}?size=large`)
    t.deepEqual(
      [large.status, large.type, large.headers.get('cache-control')],
      [200, 'image/jpeg', 'no-store'],
    )
    t.is((await stranger.bytes(picture)).status, 404)

    await seen.finish()
    const known = await desk.settled(id, 'inventoried')
    t.is(known.studies[0]?.images, 13)
    const listed = await desk.call<{ items: ImportPicture[] }>(
      'GET',
      `/api/imports/${id}/series/${series?.SeriesInstanceUID}/pictures`,
    )
    const numbers = listed.body.items.map(({ number }) => number)
    t.is(numbers.length, 13)
    t.is(known.studies[0]?.series[0]?.sample, numbers[6], 'the middle image stands for its series')
    t.is(
      (await stranger.call('GET', `/api/imports/${id}/series/${series?.SeriesInstanceUID}/pictures`)).status,
      404,
    )
    const answers = await Promise.all(
      numbers.map(number => desk.bytes(`/api/imports/${id}/files/${number}/picture`)),
    )
    t.deepEqual(answers.map(({ status }) => status).sort(), [...Array(12).fill(200), 415])
    const unseen = answers.find(({ status }) => status === 415)
    t.is((JSON.parse(unseen?.body.toString() ?? '') as { code: string }).code, 'unsupported')
    t.is((await desk.bytes(`${picture}?frame=2`)).status, 404, 'it has one frame')
    t.is((await desk.bytes(`/api/imports/${id}/files/9999/picture`)).status, 404)
  },
)

withTools('an image inside a ZIP archive and an ISO image is looked at in its place', async t => {
  const node = await openNode(t, { network: { sites: SITES } })
  const desk = await technician(node)
  const scratch = temporary(t)
  const folder = join(scratch, 'disc')
  await makeDisc(folder, writePhantom(scratch, 'cd', { images: 3 }).files)
  await makeZip(folder, join(scratch, 'disc.zip'))
  await makeIso(folder, join(scratch, 'disc.iso'), 'genisoimage', ['-r'])
  for (const name of ['disc.zip', 'disc.iso']) {
    const upload = await desk.upload(readFileSync(join(scratch, name)), name)
    const { body } = await desk.call<ImportView>('POST', '/api/imports', {
      upload,
      preset: null,
      site: 'nord',
    })
    const known = await desk.settled(body.id, 'inventoried')
    const sample = known.studies[0]?.series[0]?.sample
    const { status, body: picture } = await desk.bytes(`/api/imports/${body.id}/files/${sample}/picture`)
    t.is(status, 200, picture.toString())
    t.true(picture.subarray(0, 3).equals(JPEG))
    t.is((await desk.call('POST', `/api/imports/${body.id}/cancel`)).status, 200)
  }
})

/** The same object without its image: a real thing, and nothing to look at. */
function withoutPixels(file: Buffer): Buffer {
  return file.subarray(0, file.indexOf('e07f1000', 0, 'hex'))
}
