import { join } from 'node:path'
import { openDelayLine } from '../support/delay-line.js'
import { openOrthanc, openStorescp, programs } from '../support/pacs.js'
import { makeSlices, writeStudy } from './images.js'
import { loadNow } from './machine.js'
import { type Bench, inFolder, median, rounded, say, secondsOf, type Teardown } from './measure.js'
import { applyNetwork, relais, startProgram } from './program.js'
import { AE, NORD, peer, storescu } from './receivers.js'

const ROUND_TRIP_MS = 50
/** What a PACS is asked to take at once; nodes of ours have the window instead. */
const TO_PACS = 8

/**
 * The same images over a line of 50 ms there and back: node to node and node to Orthanc with `relais send`, its start
 * included; storescu to storescp and to Orthanc for a tenth as many, since each takes them more than two round trips.
 */
export const distance: Bench = options =>
  inFolder('distance', options, async house => {
    const { count, rounds } = options
    if (programs.storescu === undefined || programs.storescp === undefined) {
      say('distance: storescu and storescp (DCMTK) are not installed; nothing to compare with.\n')
      return []
    }
    const fewer = Math.max(1, Math.ceil(count / 10))
    say(`distance: ${count} CT slices, ${ROUND_TRIP_MS} ms there and back, ${rounds} rounds\n`)
    const slices = makeSlices()
    const { data, storescp, orthanc } = await openBothEnds(house)
    const all: { node: number; storescp: number; pacs: number; orthanc: number }[] = []
    for (let number = 1; number <= rounds; number += 1) {
      const folder = join(house.folder, `round-${number}`)
      await writeStudy(slices, folder, count)
      const { files } = await writeStudy(slices, join(house.folder, `anchor-${number}`), fewer)
      const rate = async (images: number, work: () => Promise<void>) => images / (await secondsOf(work))
      const plain = (name: string, port: number) => rate(fewer, () => storescu({ name, port }, [files]))
      const round = {
        node: await rate(count, () => relais(data, ['send', folder, '--to', 'far'])),
        storescp: await plain('storescp', storescp),
        pacs: Number.NaN,
        orthanc: Number.NaN,
      }
      if (orthanc !== undefined) {
        round.pacs = await rate(count, () => relais(data, ['send', folder, '--to', 'orthanc']))
        round.orthanc = await plain('Orthanc', orthanc)
      }
      all.push(round)
      say(
        `  round ${number}, load ${loadNow()}: node → node ${rounded(round.node)}/s, storescu → storescp ${rounded(round.storescp)}/s, node → Orthanc ${rounded(round.pacs)}/s, storescu → Orthanc ${rounded(round.orthanc)}/s`,
      )
    }
    say('')
    return [
      {
        what: `${ROUND_TRIP_MS} ms: node → node / storescu → storescp`,
        measured: median(all.map(round => round.node / round.storescp)),
        goal: [10, 'at least'],
      },
      {
        what: `${ROUND_TRIP_MS} ms: node → Orthanc, ${TO_PACS} associations / storescu → Orthanc`,
        measured: median(all.map(round => round.pacs / round.orthanc)),
        goal: [6, 'at least'],
      },
    ]
  })

/** A node here and, each behind a line of its own, a node, a storescp and an Orthanc; the ports are those of the lines. */
async function openBothEnds(house: Teardown) {
  const behindLine = async (to: number) =>
    (await openDelayLine(house, { to, roundTripMs: ROUND_TRIP_MS })).port
  const far = join(house.folder, 'far')
  const near = join(house.folder, 'near')
  const farNode = await startProgram(house, far)
  await applyNetwork(house, far, {
    sites: [NORD],
    peers: [peer('near', { aeTitles: ['NEAR'], callUs: 'FAR' })],
  })
  const nearNode = await startProgram(house, near)
  const storescp = await behindLine((await openStorescp(house, { aeTitle: AE })).port)
  const orthanc =
    programs.orthanc === undefined
      ? undefined
      : await behindLine((await openOrthanc(house, { aeTitle: AE, node: { port: nearNode.dicom } })).port)
  await applyNetwork(house, near, {
    sites: [NORD],
    peers: [
      peer('far', { aeTitles: ['FAR'], callUs: 'NEAR', port: await behindLine(farNode.dicom) }),
      ...(orthanc === undefined
        ? []
        : [peer('orthanc', { aeTitles: [AE], callUs: 'NEAR', port: orthanc, associations: TO_PACS })]),
    ],
  })
  return { data: near, storescp, orthanc }
}
