import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ImportView } from '../../node/imports/view.js'
import { deskAt } from '../support/desk.js'
import { makeTar } from '../support/discs.js'
import { PASSWORD } from '../support/people.js'
import { childrenOf, usageOf } from '../support/process-watch.js'
import { makeSlices, writeStudy } from './images.js'
import { firstPicture } from './import-preview.js'
import { type Bench, inFolder, median, rounded, say, secondsOf, table } from './measure.js'
import { applyNetwork, relais, startProgram } from './program.js'
import { NORD } from './receivers.js'

/** A disc of so many images of half a megabyte at this `count`; fewer at a smaller. */
const WHOLE_COUNT = 500
const IMAGES = 1200
const MB = 1_000_000
const SAMPLE_MS = 50
/** Discs that are looked at while they arrive: so many images, and of the upload this share first. */
const LOOKED_IMAGES = 40
const FIRST_SHARE = 0.1
const TECHNICIAN = 'bench.tech@nord.example'

/**
 * A disc from a folder until every image is durable and indexed (`relais import … --identity keep`, through the node that
 * runs), beside what the disk and the digest alone take: `cp`, `sync -f` and `sha256sum` of the same files, which lie in
 * the page cache for both. Who goes first changes from round to round. Beside it, what giving another identity takes, and
 * how soon the first picture of a disc that is on its way can be seen.
 */
export const imports: Bench = options =>
  inFolder('import', options, async house => {
    const images = Math.max(8, Math.round((IMAGES * options.count) / WHOLE_COUNT))
    const data = join(house.folder, 'node')
    const node = await startProgram(house, data)
    await applyNetwork(house, data, { sites: [NORD], presets: [{ id: 'bench', site: NORD.id, to: [] }] })
    const slices = makeSlices()
    const watch = watchMemory(house.teardown, node.pid)
    await relais(
      data,
      [
        ...['account', 'add', '--email', TECHNICIAN, '--name', 'Zoé Mesure', '--role', 'technician'],
        ...['--site', NORD.id, '--language', 'fr', '--password-stdin'],
      ],
      `${PASSWORD}\n`,
    )
    const desk = await deskAt(node.http, TECHNICIAN)
    const small = async (name: string, count: number) => {
      const folder = join(house.folder, name)
      await writeStudy(slices, folder, count)
      await makeTar(folder, `${folder}.tar`, 'pax')
      rmSync(folder, { recursive: true })
      return readFileSync(`${folder}.tar`)
    }
    await makeKnown(desk, await small('known', 1))
    const rounds: Round[] = []
    for (let round = 0; round < options.rounds; round += 1) {
      const disc = join(house.folder, `disc-${round}`)
      const { files, instances } = await writeStudy(slices, disc, images)
      const bytes = instances.reduce(
        (sum, { datasetBytes, datasetOffset }) => sum + datasetBytes + datasetOffset,
        0,
      )
      // Read once, so that neither side is the one that brings it to memory.
      for (const file of files) readFileSync(file)
      const take = () =>
        secondsOf(() => relais(data, ['import', disc, '--preset', 'bench', '--identity', 'keep']))
      const copy = () => secondsOf(async () => copied(house.folder, disc))
      const [first, second] = round % 2 === 0 ? [take, copy] : [copy, take]
      const [one, other] = [await first(), await second()]
      const [ours, theirs] = round % 2 === 0 ? [one, other] : [other, one]
      rmSync(disc, { recursive: true })
      const given = join(house.folder, `given-${round}`)
      const rewritten = await writeStudy(slices, given, images)
      for (const file of rewritten.files) readFileSync(file)
      const rewriting = await secondsOf(() =>
        relais(data, [
          'import',
          given,
          '--preset',
          'bench',
          '--identity',
          `${KNOWN.PatientID}@${NORD.issuer}`,
        ]),
      )
      rmSync(given, { recursive: true })
      const looked = await small(`looked-${round}`, LOOKED_IMAGES)
      const seen = await firstPicture(desk, looked, Math.floor(looked.length * FIRST_SHARE))
      await seen.finish()
      rounds.push({ ours, theirs, rewriting, picture: seen.ms / 1000, bytes })
    }
    const mbOf = (seconds: (round: Round) => number) => (round: Round) => round.bytes / MB / seconds(round)
    say(
      table(
        [
          [`import: ${images} images, ${rounded((rounds[0]?.bytes ?? 0) / MB)} MB`, 's', 'MB/s'],
          [
            'relais import',
            median(rounds.map(each => each.ours)),
            median(rounds.map(mbOf(each => each.ours))),
          ],
          [
            'relais import, with another identity',
            median(rounds.map(each => each.rewriting)),
            median(rounds.map(mbOf(each => each.rewriting))),
          ],
          [
            'cp, sync -f, sha256sum',
            median(rounds.map(each => each.theirs)),
            median(rounds.map(mbOf(each => each.theirs))),
          ],
        ].map(row => row.map(cell => (typeof cell === 'number' ? rounded(cell) : cell))),
      ),
    )
    say(
      `import: the node ${rounded(watch.node())} MiB at most, what reads discs ${rounded(watch.reader())} MiB\n`,
    )
    return [
      {
        what: `a disc of ${images} images / cp, sync -f and sha256sum of it`,
        measured: median(rounds.map(({ ours, theirs }) => ours / theirs)),
        goal: [2, 'at most'],
      },
      {
        what: `first picture of a disc of ${LOOKED_IMAGES} images that is on its way, after its first bytes`,
        measured: median(rounds.map(({ picture }) => picture)),
        goal: [2, 'at most'],
        unit: ' s',
      },
      { what: 'import: what reads a disc', measured: watch.reader(), goal: [200, 'at most'], unit: ' MiB' },
    ]
  })

/** Seconds of each, and the bytes of the disc. */
interface Round {
  ours: number
  theirs: number
  rewriting: number
  picture: number
  bytes: number
}

const KNOWN = {
  PatientID: 'BENCH-9',
  IssuerOfPatientID: NORD.issuer,
  PatientName: 'MESURE^Zoé',
  PatientBirthDate: '19700514',
  PatientSex: 'F',
}

/** A patient of the hospital, whose identity other discs are given. */
async function makeKnown(desk: Awaited<ReturnType<typeof deskAt>>, disc: Buffer): Promise<void> {
  const upload = await desk.upload(disc, 'known.tar')
  const begun = await desk.call<ImportView>('POST', '/api/imports', {
    upload,
    preset: 'bench',
    site: NORD.id,
  })
  const { id, studies } = await desk.settled(begun.body.id, 'inventoried')
  const decided = await desk.call('POST', `/api/imports/${id}/decision`, {
    candidate: 'new',
    identity: KNOWN,
    series: studies.flatMap(({ series }) => series.map(each => each.SeriesInstanceUID)),
    reason: 'for a measurement',
  })
  if (decided.status !== 200) throw new Error(`the decision was answered ${decided.status}`)
  await desk.settled(id, 'done')
}

/** The same files, durable and with their digests known, by the tools everybody has. */
function copied(folder: string, disc: string): void {
  const to = join(folder, 'copy')
  mkdirSync(to)
  execFileSync('sh', [
    '-c',
    'cp -r "$1"/. "$2" && sync -f "$2" && sha256sum "$2"/* >/dev/null',
    'sh',
    disc,
    to,
  ])
  rmSync(to, { recursive: true })
}

/** Peak resident memory, MiB: of the node by the kernel, of the processes that read discs as often as looked. */
function watchMemory(teardown: (undo: () => unknown) => void, node: number) {
  let reader = 0
  const timer = setInterval(() => {
    for (const pid of childrenOf(node, /reading-process\.[jt]s/))
      try {
        const { peakMb } = usageOf(pid)
        // One that has just ended has no memory to speak of any more.
        if (!Number.isNaN(peakMb)) reader = Math.max(reader, peakMb)
      } catch (thrown) {
        // It ended between the two looks.
        if (!['ENOENT', 'ESRCH'].includes((thrown as { code?: string }).code ?? '')) throw thrown
      }
  }, SAMPLE_MS)
  teardown(() => clearInterval(timer))
  return { node: () => usageOf(node).peakMb, reader: () => reader }
}
