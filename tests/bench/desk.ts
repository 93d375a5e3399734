import { readFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import { arrive } from '../support/arriving.js'
import { openScreens, type Screens } from '../support/browser.js'
import { CONTRACTS, SITES } from '../support/node.js'
import { openOrthanc, programs } from '../support/pacs.js'
import { CAST, PASSWORD } from '../support/people.js'
import { cookieOf } from './asking.js'
import { makeSlices, writeStudy } from './images.js'
import {
  type Bench,
  type Figure,
  inFolder,
  median,
  rounded,
  say,
  type Teardown,
  table,
  underWay,
} from './measure.js'
import { startProgram } from './program.js'
import { withServices } from './services.js'

const COMMAND = { by: 'command', user: 'bench' } as const
const READER = { email: CAST.technician.email, password: PASSWORD }
const GOAL_FIRST = 0.5
const GOAL_WHOLE = 0.8
const WHOLE_MS = 300_000
const FRAME = /^\/dicomweb\/.*\/instances\/([0-9.]+)\/frames\/1$/

/** One address for the browser: the screens are the node's, the images come from whom is measured. */
interface Front {
  url: string
  /** When so many images have been answered to their last byte since now, in `performance.now()` milliseconds. */
  whole(count: number): Promise<number>
}

/** As text: what compiles these sources names functions in a way that a page does not know. */
const FIRST_IMAGE = `new Promise(resolve => {
  const began = performance.now()
  const look = () => {
    const words = document.querySelector('[role=application]')?.textContent ?? ''
    requestAnimationFrame(now => (/Im \\d+ \\/ \\d+/.test(words) ? resolve(now - began) : look()))
  }
  document.querySelector('a[href^="/viewer/"]').click()
  look()
})`

/**
 * The same study, read by the same viewer in the same browser, from this node and from Orthanc's DICOMweb plugin: the first
 * image on the screen, and the whole stack. Both sit behind the same small proxy, so that one page asks either.
 */
export const desk: Bench = async options => {
  if (programs.orthanc === undefined || programs.orthancDicomweb === undefined) {
    say('desk: not measured, orthanc-dicomweb is not installed\n')
    return []
  }
  return inFolder('desk', options, async house => {
    const data = join(house.folder, 'node')
    const { files } = await writeStudy(makeSlices(), join(house.folder, 'study'), options.count)
    const uid = await uidOf(files[0] ?? '')
    await fill(data, files)
    const { http } = await startProgram(house, data)
    const cookie = await cookieOf(http, READER)
    const orthanc = await openOrthanc(house, {
      aeTitle: 'ORTHANC',
      node: { port: 1 },
      dicomweb: { url: http, token: '-' },
    })
    await orthanc.add(files.map(file => ({ file })))
    const ours = await front(house, http, http, '/dicomweb')
    const theirs = await front(house, http, orthanc.http, '/dicom-web')
    const undo = { teardown: (step: () => unknown) => house.teardown(step), run: async () => {} }
    const screens = await openScreens(undo, http)

    const rows = [['round', 'relais first ms', 'Orthanc first ms', 'relais whole s', 'Orthanc whole s']]
    const seen = { ours: [] as Seen[], theirs: [] as Seen[] }
    for (let round = 0; round <= options.rounds; round += 1) {
      // Whoever comes first in one round comes second in the next.
      const order = round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)
      const found: Partial<Record<'ours' | 'theirs', Seen>> = {}
      for (const who of order) {
        const at = who === 'ours' ? ours : theirs
        found[who] = await opened(screens, at, { cookie, uid, count: options.count })
        underWay(`round ${round}, ${who}: ${rounded(found[who].firstMs)} ms`)
      }
      const { ours: own, theirs: other } = found as Record<'ours' | 'theirs', Seen>
      rows.push([
        round === 0 ? 'to warm up' : `${round}`,
        ...[own.firstMs, other.firstMs, own.wholeMs / 1000, other.wholeMs / 1000].map(rounded),
      ])
      if (round === 0) continue
      seen.ours.push(own)
      seen.theirs.push(other)
    }
    say(`desk, one study of ${options.count} images of 0.5 MB in the same viewer:\n${table(rows)}\n`)
    const ratio = (what: keyof Seen) =>
      median(seen.ours.map(one => one[what])) / median(seen.theirs.map(one => one[what]))
    return [
      {
        what: 'desk: first image on the screen, relais / Orthanc',
        measured: ratio('firstMs'),
        goal: [GOAL_FIRST, 'at most'],
      },
      {
        what: 'desk: the whole stack, relais / Orthanc',
        measured: ratio('wholeMs'),
        goal: [GOAL_WHOLE, 'at most'],
      },
    ] satisfies Figure[]
  })
}

interface Seen {
  firstMs: number
  wholeMs: number
}

/** From the study's page, with the viewer loaded as it is for whoever looked at a list, into the images. */
async function opened(
  screens: Screens,
  at: Front,
  { cookie, uid, count }: { cookie: string; uid: string; count: number },
): Promise<Seen> {
  const { page, context } = await screens.visit()
  try {
    const [name = '', value = ''] = cookie.split('=')
    await context.addCookies([{ name, value, url: at.url }])
    await page.goto(`${at.url}/studies/${uid}`)
    await page.locator('a[href^="/viewer/"]').first().waitFor()
    // The viewer is loaded while nothing else is to be done.
    await page.waitForLoadState('networkidle')
    const began = performance.now()
    const whole = at.whole(count)
    const firstMs = (await page.evaluate(FIRST_IMAGE)) as number
    return { firstMs, wholeMs: (await whole) - began }
  } finally {
    await context.close()
  }
}

async function fill(data: string, files: readonly string[]): Promise<void> {
  await withServices(data, async services => {
    const network = { sites: SITES, contracts: CONTRACTS.map(contract => ({ ...contract })) }
    await applyNetwork(services, networkFile.parse(network), COMMAND)
    const who = { ...CAST.technician, language: 'fr', password: PASSWORD } as const
    await services.accounts.create(null, who, COMMAND)
    for (const file of files) await arrive(services, 'nord', [readFileSync(file)])
  })
}

async function uidOf(file: string): Promise<string> {
  const bytes = readFileSync(file)
  const { datasetOffset, transferSyntaxUID } = readFileHeader(bytes)
  const header = await readHeader(bytes.subarray(datasetOffset), { datasetOffset: 0, transferSyntaxUID })
  return header.text('StudyInstanceUID') ?? ''
}

async function front(house: Teardown, node: string, images: string, base: string): Promise<Front> {
  const agent = new Agent({ keepAlive: true })
  const waiting = new Set<(uid: string) => void>()
  const server = createServer((asked, answer) => {
    const path = asked.url ?? '/'
    const ofImages = path.startsWith('/dicomweb/')
    const target = new URL(ofImages ? images : node)
    const headers = { ...asked.headers, host: target.host }
    const onward = ofImages ? `${base}${path.slice('/dicomweb'.length)}` : path
    const passed = request(
      { agent, host: target.hostname, port: target.port, path: onward, method: asked.method, headers },
      given => {
        answer.writeHead(given.statusCode ?? 502, given.headers)
        given.pipe(answer)
      },
    )
    passed.once('error', () => answer.destroy())
    asked.pipe(passed)
    const [, uid] = FRAME.exec(path.split('?')[0] ?? '') ?? []
    if (uid !== undefined)
      answer.once('finish', () => {
        if (answer.statusCode === 200) for (const told of waiting) told(uid)
      })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  house.teardown(() => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    whole: count =>
      new Promise((resolve, reject) => {
        const here = new Set<string>()
        const limit = setTimeout(
          () => reject(new Error(`${here.size} of ${count} images after ${WHOLE_MS} ms`)),
          WHOLE_MS,
        )
        const told = (uid: string) => {
          here.add(uid)
          if (here.size < count) return
          clearTimeout(limit)
          waiting.delete(told)
          resolve(performance.now())
        }
        waiting.add(told)
      }),
  }
}
