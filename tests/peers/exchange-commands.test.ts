import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parse, stringify } from 'yaml'
import { freePort } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { digestsOf, writePhantom } from '../support/phantoms.js'

const routes = [{ id: 'nord-lecture', when: { site: 'nord', modality: ['CT'] }, to: ['lecture-pacs'] }]

function networkFile(folder: string, network: object): string {
  const file = join(folder, 'network.yaml')
  writeFileSync(file, stringify(network))
  return file
}

test.serial(
  'network apply, account add and send go through the running node; what is exported can be applied again',
  async t => {
    const pacs = await openLyingPacs(t, {
      aeTitle: 'LECTURE',
      finds: true,
      lie: number => (number === 3 ? 'never' : undefined),
    })
    const node = await openNode(t, { network: {} })
    const env = settingsFor(node.folder)
    const folder = temporary(t)
    const network = {
      sites: SITES,
      contracts: CONTRACTS.map(contract => ({ ...contract, ladder: { waveMinutes: 5, waves: 2 } })),
      peers: [peerOf('lecture-pacs', 'lecture', 'LECTURE', pacs.port)],
      routes,
    }
    const file = networkFile(folder, network)
    const applied = await relais(['network', 'apply', file, '--json'], env)
    t.deepEqual(
      [applied.code, JSON.parse(applied.stdout)],
      [
        0,
        {
          sites: 3,
          peers: 1,
          routes: 1,
          presets: 0,
          contracts: 2,
          groups: 0,
          kept: [],
          replaced: [],
          closed: [],
        },
      ],
    )
    t.is(node.services.peers.get('lecture-pacs').port, pacs.port, 'the running node knows it at once')
    const head = await node.services.journal.head()

    const exported = await relais(['network', 'export'], env)
    t.is(exported.code, 0)
    t.like(parse(exported.stdout), { peers: [{ id: 'lecture-pacs' }], routes: [{ id: 'nord-lecture' }] })
    t.is((await relais(['network', 'apply', networkFile(folder, parse(exported.stdout))], env)).code, 0)
    t.deepEqual(await node.doneSince(head), [], 'nothing changed, so nothing is journaled')

    const account = [
      'account',
      'add',
      '--email',
      'nouveau@nord.example',
      '--name',
      'Dr Nouveau',
      '--role',
      'referrer',
      '--site',
      'nord',
    ]
    const added = await relais([...account, '--password-stdin', '--json'], env, 'un bon mot de passe\n')
    t.is(added.code, 0, added.stderr)
    t.like(JSON.parse(added.stdout), {
      email: 'nouveau@nord.example',
      memberships: [{ site: 'nord', role: 'referrer' }],
    })
    t.false(added.stdout.includes('mot de passe'))
    const twice = await relais(account, env)
    t.is(twice.code, 1)
    t.regex(twice.stderr, /^relais: \S.*\n$/)

    const { files } = writePhantom(folder, 'ct', { images: 5 })
    mkdirSync(join(folder, 'ct', 'deeper'))
    writeFileSync(join(folder, 'ct', 'deeper', 'notes.txt'), 'no DICOM file at all')
    const sent = await relais(['send', join(folder, 'ct'), '--to', 'lecture-pacs', '--json'], env)
    t.is(sent.code, 1, 'not all of it was taken')
    const { failed, ...rest } = JSON.parse(sent.stdout) as { failed: { path: string; reason: string }[] }
    t.deepEqual(rest, { peer: 'lecture-pacs', sent: 4 } as object)
    t.deepEqual(failed.map(({ path }) => path.split('/').at(-1)).sort(), ['0003.dcm', 'notes.txt'])
    t.true(failed.every(({ reason }) => reason !== ''))
    const again = await relais(['send', ...files.map(each => each.file), '--to', 'lecture-pacs'], env)
    t.deepEqual([again.code, again.stdout], [0, '5 sent to lecture-pacs, 0 failed.\n'])
    t.deepEqual(pacs.holds(), digestsOf(files))
  },
)

test.serial('the same commands without a node open the data themselves; verify only reads', async t => {
  const pacs = await openLyingPacs(t, { aeTitle: 'LECTURE', finds: true, lie: () => undefined })
  const folder = temporary(t)
  const env = settingsFor(join(folder, 'data'))
  const file = networkFile(folder, {
    sites: SITES,
    peers: [
      peerOf('lecture-pacs', 'lecture', 'LECTURE', pacs.port),
      peerOf('down', 'lecture', 'DOWN', await freePort()),
    ],
  })
  const none = await relais(['verify'], env)
  t.is(none.code, 1)
  t.regex(none.stderr, /^relais: There is no database at /)
  const applied = await relais(['network', 'apply', file], env)
  t.deepEqual(
    [applied.code, applied.stdout],
    [0, '3 sites, 2 peers, 0 routes and 0 contracts are as the file says.\n'],
  )
  const { files } = writePhantom(folder, 'ct', { images: 3 })
  const sent = await relais(['send', join(folder, 'ct'), '--to', 'lecture-pacs', '--json'], env)
  t.deepEqual([sent.code, JSON.parse(sent.stdout)], [0, { peer: 'lecture-pacs', sent: 3, failed: [] }])
  t.deepEqual(pacs.holds(), digestsOf(files))
  const down = await relais(['send', join(folder, 'ct'), '--to', 'down', '--json'], env)
  const answer = JSON.parse(down.stdout) as { sent: number; failed: { reason: string }[] }
  t.deepEqual([down.code, answer.sent, answer.failed.length], [1, 0, 3])
  t.true(answer.failed.every(({ reason }) => reason.includes('ECONNREFUSED')))
  const verified = await relais(['verify', '--json'], env)
  t.is(verified.code, 0, verified.stderr)
  t.like(JSON.parse(verified.stdout), { ok: true, faults: 0 })
})

test.serial(
  'a network that does not fit is refused with every fault at its place, and nothing of it is kept',
  async t => {
    const node = await openNode(t, { network: { sites: SITES } })
    const env = settingsFor(node.folder)
    const folder = temporary(t)
    const wrong = networkFile(folder, {
      peers: [{ ...peerOf('lecture-pacs', 'lecture', 'LECTURE', 0), aeTitles: [] }],
      rotues: [],
    })
    const misread = await relais(['network', 'apply', wrong], env)
    t.is(misread.code, 2)
    t.regex(misread.stderr, /^relais: The network file does not fit\.\n/)
    t.true(misread.stderr.includes('rotues') && misread.stderr.includes('peers.0.aeTitles'), misread.stderr)
    const refused = networkFile(folder, {
      sites: [{ id: 'est', name: 'Hôpital Est (fictif)', kind: 'requesting' }],
      peers: [
        peerOf('good', 'lecture', 'GOOD', 4242),
        peerOf('bad', 'lecture', 'BAD', 99_999, { from: ['everywhere'], host: '169.254.169.254' }),
        peerOf('stray', 'ouest', 'STRAY', 4242),
      ],
      routes: [{ ...routes[0], to: ['good', 'nobody'] }],
    })
    const { code, stderr } = await relais(['network', 'apply', refused], env)
    t.is(code, 1)
    for (const word of ['peers.1.port', 'peers.1.from', 'peers.1.host', 'peers.2.site', 'routes.0'])
      t.true(stderr.includes(word), stderr)
    t.deepEqual(node.services.peers.list(), [])
    t.false((await node.services.sites.sites()).some(({ id }) => id === 'est'))
  },
)
