import { join } from 'node:path'
import { type DelayLine, openDelayLine } from '../support/delay-line.js'
import { openOrthanc, openStorescp, programs } from '../support/pacs.js'
import { makeSlices, writeStudy } from './images.js'
import { loadNow } from './machine.js'
import { type Bench, inFolder, median, rounded, say, type Teardown } from './measure.js'
import { applyNetwork, relais, startProgram } from './program.js'
import { AE, NORD, peer, storescu } from './receivers.js'

const ROUND_TRIP_MS = 50
/** What a PACS is asked to take at once; nodes of ours have the window instead. */
const TO_PACS = 8

/**
 * The same images over a line of 50 ms there and back: node to node and node to Orthanc with `relais send`; storescu to
 * storescp and to Orthanc for a tenth as many, since each takes them a round trip and more. The time is that on the line.
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
    const { data, far, storescp, orthanc } = await openBothEnds(house)
    const all: { node: number; storescp: number; pacs: number; orthanc: number }[] = []
    for (let number = 1; number <= rounds; number += 1) {
      const folder = join(house.folder, `round-${number}`)
      await writeStudy(slices, folder, count)
      const { files } = await writeStudy(slices, join(house.folder, `anchor-${number}`), fewer)
      const ours = async (line: DelayLine, to: string) =>
        count / (await line.secondsOf(() => relais(data, ['send', folder, '--to', to])))
      const plain = async (line: DelayLine, name: string) =>
        fewer / (await line.secondsOf(() => storescu({ name, port: line.port }, [files])))
      const round = {
        node: await ours(far, 'far'),
        storescp: await plain(storescp, 'storescp'),
        pacs: orthanc === undefined ? Number.NaN : await ours(orthanc, 'orthanc'),
        orthanc: orthanc === undefined ? Number.NaN : await plain(orthanc, 'Orthanc'),
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

/** A node with its data folder here and, each behind a line of its own, a node, a storescp and an Orthanc. */
async function openBothEnds(house: Teardown) {
  const behindLine = (to: number) => openDelayLine(house, { to, roundTripMs: ROUND_TRIP_MS })
  const farData = join(house.folder, 'far')
  const data = join(house.folder, 'near')
  const far = await behindLine((await startProgram(house, farData)).dicom)
  await applyNetwork(house, farData, {
    sites: [NORD],
    peers: [peer('near', { aeTitles: ['NEAR'], callUs: 'FAR' })],
  })
  const near = await startProgram(house, data)
  const storescp = await behindLine((await openStorescp(house, { aeTitle: AE })).port)
  const orthanc =
    programs.orthanc === undefined
      ? undefined
      : await behindLine((await openOrthanc(house, { aeTitle: AE, node: { port: near.dicom } })).port)
  await applyNetwork(house, data, {
    sites: [NORD],
    peers: [
      peer('far', { aeTitles: ['FAR'], callUs: 'NEAR', port: far.port }),
      ...(orthanc === undefined
        ? []
        : [peer('orthanc', { aeTitles: [AE], callUs: 'NEAR', port: orthanc.port, associations: TO_PACS })]),
    ],
  })
  return { data, far, storescp, orthanc }
}
