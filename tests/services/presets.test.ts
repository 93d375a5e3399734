import { join } from 'node:path'
import test from 'ava'
import type { PresetInput, PresetTrialView, PresetView } from '../../node/imports/view.js'
import { makeDisc } from '../support/discs.js'
import { CONTRACTS, network, openNode, peerOf, SITES, temporary } from '../support/node.js'
import { person } from '../support/people.js'
import { writePhantom } from '../support/phantoms.js'

const EMPTY = { modalities: [], descriptions: [], kinds: [], keep: [] }
const PRESET: PresetInput = {
  id: 'bureau',
  site: 'nord',
  name: 'Bureau des urgences',
  to: ['nord-pacs'],
  identity: 'ask',
  write: { issuer: true, accession: 'empty' },
  leaveOut: { ...EMPTY, kinds: ['captures'], keep: ['VRT'] },
  label: 'EXT',
  request: { kind: 'opinion', urgency: 'urgent', to: 'lecture' },
}

const house = (t: Parameters<typeof openNode>[0]) =>
  openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [
        peerOf('nord-pacs', 'nord', 'NORDPACS', 104),
        peerOf('nord-scanner', 'nord', 'NORDCT', 105, { may: ['echo', 'find'] }),
        peerOf('sud-pacs', 'sud', 'SUDPACS', 106),
      ],
    },
  })

test('a coordinator keeps the presets of their site, two at once never overwrite each other, and each change is a fact', async t => {
  const node = await house(t)
  const desk = await person(t, node, 'northern')
  const path = '/api/presets/bureau'
  const made = await desk.put<PresetView>(path, { ...PRESET, revision: 0 })
  t.is(made.status, 200, JSON.stringify(made.body))
  t.deepEqual(made.body, { ...PRESET, revision: 1 } as never)
  t.is((await desk.put(path, { ...PRESET, revision: 0 })).status, 409, 'the name is taken')

  const changed = await desk.put<PresetView>(path, { ...PRESET, name: 'Urgences', revision: 1 })
  t.is(changed.body.revision, 2)
  const late = await desk.put(path, { ...PRESET, name: 'Autre', revision: 1 })
  t.is(late.status, 409)
  t.is(late.body.code, 'conflict')
  t.deepEqual(
    (await desk.get<{ items: PresetView[] }>('/api/presets')).body.items.map(each => [
      each.name,
      each.revision,
    ]),
    [['Urgences', 2]],
  )
  for (const [wrong, at] of [
    [{ to: ['nord-scanner'] }, 'to'],
    [{ to: ['sud-pacs'] }, 'to'],
    [{ to: ['nobody'] }, 'to'],
    [{ request: { kind: 'opinion', urgency: 'urgent', to: 'nobody' } }, 'request.to'],
  ] as const) {
    const answer = await desk.put<{ errors?: { path: string }[] }>(path, { ...PRESET, ...wrong, revision: 2 })
    t.is(answer.status, 422, JSON.stringify(wrong))
    t.true(JSON.stringify(answer.body).includes(`"${at}"`), JSON.stringify(answer.body))
  }
  t.is((await desk.put('/api/presets/cd', { ...PRESET, id: 'cd', site: 'sud' })).status, 404)

  // What the network file declares is whole: it needs no revision, and says again what it said for nothing.
  await network(node.services, { presets: [PRESET] })
  await network(node.services, { presets: [PRESET] })
  t.is((await node.services.importing.presets.find('bureau'))?.revision, 3)
  t.is((await desk.remove(`${path}?revision=2`)).status, 409)
  t.is((await desk.remove(`${path}?revision=3`)).status, 204)
  t.is((await desk.remove(`${path}?revision=3`)).status, 404)
  t.deepEqual(
    (await node.facts('preset-changed')).map(({ body }) => [body?.['revision'], body?.['name']]),
    [
      [1, 'Bureau des urgences'],
      [2, 'Urgences'],
      [3, 'Bureau des urgences'],
    ],
  )
  t.is((await node.facts('preset-removed')).length, 1)
  t.is((await (await person(t, node, 'technician')).put(path, PRESET)).status, 403)
})

test('rules are tried on a disc that was read: what would come in, what would be left and why, and nobody is named', async t => {
  const node = await house(t)
  const desk = await person(t, node, 'northern')
  const none = await desk.post<PresetTrialView>('/api/presets/trial', { site: 'nord', leaveOut: EMPTY })
  t.deepEqual(none.body, { discs: [], disc: null, series: [] } as never)

  const scratch = temporary(t)
  const folder = join(scratch, 'ESSAI_ZOE')
  const { files } = writePhantom(scratch, 'cd', { images: 3 })
  await makeDisc(folder, files, { dicomdir: false })
  const id = await node.services.importing.imports.begin(
    { site: 'nord', preset: null, name: 'ESSAI_ZOE', path: folder, upload: null, bytesTotal: 0 },
    { name: 'test', account: null, origin: { by: 'command', user: 'test' } },
  )
  await node.services.importing.imports.inventoried(id)
  const tried = async (leaveOut: Partial<PresetInput['leaveOut']>) =>
    (
      await desk.post<PresetTrialView>('/api/presets/trial', {
        site: 'nord',
        disc: id,
        leaveOut: { ...EMPTY, ...leaveOut },
      })
    ).body
  const all = await tried({})
  t.like(all, { disc: id, discs: [{ id, modalities: ['CT'] }] })
  t.deepEqual(
    all.series.map(({ images, leftOut }) => [images, leftOut]),
    [[3, false]],
  )
  const left = await tried({ modalities: ['CT'] })
  t.like(left.series[0], { leftOut: true, leftOutBy: { rule: 'modality', value: 'CT' } })
  const word = left.series[0]?.SeriesDescription ?? ''
  t.not(word, '')
  t.like((await tried({ modalities: ['CT'], keep: [word] })).series[0], { leftOut: false })
  t.false(JSON.stringify(left).includes('ESSAI'))
  t.is((await desk.post('/api/presets/trial', { site: 'sud', leaveOut: EMPTY })).status, 404)
  t.is((await desk.post('/api/presets/trial', { site: 'nord', disc: 'x', leaveOut: EMPTY })).status, 404)
})
