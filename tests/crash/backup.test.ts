import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { eventually } from '../support/children.js'
import { peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais, startProcess } from '../support/node-process.js'
import { acknowledged, programs, storescu } from '../support/pacs.js'
import { type PhantomFile, writePhantom } from '../support/phantoms.js'
import { lost } from '../support/promised.js'

const SENDERS = ['NORDPACS', 'SUDPACS']
const IMAGES = 8
const PASSPHRASE = 'une phrase assez longue'

const withDcmtk = programs.storescu ? test.serial : test.skip

/** PACS that send one study after the other until they are told to stop, and what they were promised. */
function sending(t: ExecutionContext, port: () => number, name: string) {
  const folder = temporary(t)
  const promised: PhantomFile[] = []
  const unpromised: string[] = []
  let goesOn = true
  const senders = SENDERS.map(async title => {
    for (let study = 0; goesOn; study++) {
      const { files } = writePhantom(folder, `${name}-${title}-${study}`, { images: IMAGES, rows: 128 })
      const sent = await storescu(port(), title, files)
      const done = acknowledged(sent, files)
      promised.push(...done)
      if (done.length < IMAGES) unpromised.push(sent.output)
      for (const { file } of files) rmSync(file)
    }
  })
  return {
    promised,
    unpromised,
    reached: (images: number) =>
      eventually(
        `${images} images are promised`,
        () => (promised.length >= images ? true : undefined),
        120_000,
      ),
    stop: async () => {
      goesOn = false
      await Promise.all(senders)
    },
  }
}

withDcmtk(
  'backups are made while images come in, and the node is lost: the restored one holds all that was promised before, verifies, and takes images at once while it is verified',
  async t => {
    t.timeout(300_000)
    const home = temporary(t)
    const env = settingsFor(join(home, 'data'))
    const network = join(home, 'network.json')
    const phrase = join(home, 'phrase')
    const to = join(home, 'backup')
    writeFileSync(phrase, `${PASSPHRASE}\n`)
    const peers = SENDERS.map((title, at) => peerOf(title.toLowerCase(), 'nord', title, 4242 + at))
    writeFileSync(network, JSON.stringify({ sites: SITES, peers }))
    t.is((await relais(['network', 'apply', network], env)).code, 0)
    const node = await startProcess(t, env)
    const senders = sending(t, () => node.dicom, 'before')

    const backUp = async () => {
      const before = [...senders.promised]
      const said = await relais(['backup', to, '--passphrase-file', phrase], env)
      t.is(said.code, 0, said.stderr)
      return { before, during: senders.promised.length - before.length }
    }
    /** Made again where it was over before anything came. */
    const backUpBeside = async () => {
      let made = await backUp()
      for (let tries = 1; tries < 5 && made.during === 0; tries++) made = await backUp()
      return made
    }
    await senders.reached(3 * SENDERS.length * IMAGES)
    const first = await backUpBeside()
    await senders.reached(senders.promised.length + SENDERS.length * IMAGES)
    const second = await backUpBeside()
    t.true(first.during > 0 && second.during > 0, 'images came in during both')
    t.true(second.before.length > first.before.length)
    await senders.stop()
    t.deepEqual(senders.unpromised, [], 'nobody was refused because of a backup')
    await node.kill()
    rmSync(join(home, 'data'), { recursive: true })

    const there = settingsFor(join(home, 'there'))
    const restored = await relais(['restore', to, '--passphrase-file', phrase], there)
    t.is(restored.code, 0, `${restored.stdout}${restored.stderr}`)
    t.deepEqual(lost(join(home, 'there'), second.before), [])
    t.log(
      `${second.before.length} promised before the second backup, ${first.during} and ${second.during} during the two`,
    )

    // The hospital does not wait for a check: the images of the night go on coming.
    const again = await startProcess(t, there)
    const later = sending(t, () => again.dicom, 'after')
    await later.reached(SENDERS.length * IMAGES)
    const verified = await relais(['verify', '--objects'], there)
    t.is(verified.code, 0, `${verified.stdout}${verified.stderr}`)
    t.regex(verified.stdout, /^All \d+ entries and \d+ files fit/)
    await later.stop()
    t.deepEqual(later.unpromised, [])
    t.is(await again.stop(), 0)
    t.deepEqual(lost(join(home, 'there'), [...second.before, ...later.promised]), [])
    t.true(readdirSync(join(home, 'there', 'objects')).length > 0)
  },
)
