import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { receiverOf, usageOf } from '../support/process-watch.js'
import { LARGEST_PIXELS_BYTES, storeVastImage } from '../support/vast-image.js'
import { type Bench, inFolder, rounded, say, secondsOf } from './measure.js'
import { applyNetwork, startProgram } from './program.js'
import { AE, NORD, peer } from './receivers.js'

const MB = 1_000_000
/** The largest object and so many of half a gigabyte, at this `count`; fewer and smaller ones at a smaller. */
const WHOLE_COUNT = 500
const AT_ONCE = 32
/** A node takes eight associations from one peer unless told otherwise. */
const PEERS = 4

/** What the receiver holds of an object as large as DICOM allows, and of many large ones that come at once. */
export const memory: Bench = options =>
  inFolder('memory', options, async house => {
    const share = Math.min(1, options.count / WHOLE_COUNT)
    const largest = 2 * Math.floor((LARGEST_PIXELS_BYTES * share) / 2)
    const large = 2 * Math.floor((WHOLE_COUNT * MB * share) / 2)
    const needed = largest + AT_ONCE * large + 5_000 * MB
    const { bavail, bsize } = await statfs(house.folder)
    if (bavail * bsize < needed) {
      say(`memory: left out, ${rounded(needed / MB)} MB of disk are needed; a smaller --count needs less.\n`)
      return []
    }
    const data = join(house.folder, 'node')
    const node = await startProgram(house, data)
    const titles = Array.from({ length: PEERS }, (_, index) => `BENCH${index + 1}`)
    await applyNetwork(house, data, {
      sites: [NORD],
      peers: titles.map(title => peer(title.toLowerCase(), { aeTitles: [title], callUs: AE })),
    })
    const receiver = receiverOf(node.pid)
    const idle = usageOf(receiver).peakMb
    const title = (index: number) => titles[index % PEERS] as string
    const alone = await secondsOf(() => storeVastImage(node.dicom, title(0), largest))
    const peakAlone = usageOf(receiver).peakMb
    const together = await secondsOf(() =>
      Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => storeVastImage(node.dicom, title(index), large)),
      ),
    )
    const { peakMb } = usageOf(receiver)
    say(
      [
        `memory: ${rounded(idle)} MiB when it listens`,
        `${rounded(peakAlone)} MiB at most with one object of ${rounded(largest / MB)} MB (${rounded(largest / MB / alone)} MB/s)`,
        `${rounded(peakMb)} MiB at most with ${AT_ONCE} of ${rounded(large / MB)} MB at once (${rounded((AT_ONCE * large) / MB / together)} MB/s)\n`,
      ].join('; '),
    )
    return [
      {
        what: `receiver, one object of ${rounded(largest / MB)} MB and ${AT_ONCE} of ${rounded(large / MB)} MB at once`,
        measured: peakMb,
        goal: [200, 'at most'],
        unit: ' MiB',
      },
    ]
  })
