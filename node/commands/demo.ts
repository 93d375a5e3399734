import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dicomDateTime, systemClock } from '../clock.js'
import { type Config, loadConfig } from '../config.js'
import { reasonOf } from '../errors.js'
import { openIds } from '../ids.js'
import { type RunningNode, startNode } from '../main.js'
import { playActs } from './demo/acts.js'
import { operator, people, studies } from './demo/cast.js'
import { openOrthanc, orthancVersion } from './demo/orthanc.js'
import { openOwnPacs } from './demo/own-pacs.js'
import { type DemoPacs, freePort } from './demo/pacs.js'
import { addPeople, addRoster, applyDemoNetwork, arrived, filesOf } from './demo/seed.js'
import { sayListening, stopAsked } from './start.js'

/** What a demonstration remembers between its runs. */
interface Remembered {
  password: string
  ports: Record<string, number>
  software: 'orthanc' | 'own'
  /** True once the whole story was played. */
  seeded: boolean
}

const PACS = [
  { id: 'nord-pacs', aeTitle: 'NORDPACS' },
  { id: 'sud-pacs', aeTitle: 'SUDPACS' },
  { id: 'lecture-pacs', aeTitle: 'LECTURE' },
]

/** `relais demo`: the node on its embedded default with a network of real DICOM peers, and people and acts to look at. */
export async function demo(args: string[]): Promise<0 | 1 | 2> {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      config: { type: 'string' },
      fresh: { type: 'boolean' },
      'own-pacs': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  if (values.help === true) {
    process.stdout.write(
      'relais demo [--fresh] [--own-pacs]\n\n  --fresh      forgets the demonstration of last time\n  --own-pacs   uses our own engine as PACS even where Orthanc is installed\n',
    )
    return 0
  }
  const config = demoConfig(values.config)
  const folder = config.data.dir
  if (values.fresh === true) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const orthanc = values['own-pacs'] === true ? undefined : orthancVersion()
  const memory = await remembered(folder, orthanc === undefined ? 'own' : 'orthanc')
  const stopping = stopAsked()
  const pacs: DemoPacs[] = []
  let node: RunningNode | undefined
  try {
    node = await startNode({
      config: {
        ...config,
        dicom: { ...config.dicom, port: memory.ports['node'] ?? 0, tlsPort: memory.ports['node-tls'] ?? 0 },
        admin: { email: operator, password: memory.password },
      },
    })
    const { dicom } = node.addresses
    // Their ports are remembered, so that a second start listens before they do.
    if (memory.seeded) sayListening(node)
    const opened = await Promise.allSettled(
      PACS.map(async ({ id, aeTitle }) => {
        const options = {
          id,
          aeTitle,
          folder: join(folder, `pacs-${memory.software}`, id),
          port: memory.ports[id] as number,
          node: { aeTitle: config.dicom.aeTitle, port: dicom },
        }
        pacs.push(
          orthanc === undefined
            ? await openOwnPacs(options)
            : await openOrthanc({ ...options, version: orthanc }),
        )
      }),
    )
    for (const one of opened) if (one.status === 'rejected') throw one.reason
    await applyDemoNetwork(node.services, pacs, config.dicom.aeTitle)
    if (!memory.seeded) {
      const story = seed(node, pacs, memory.password)
      story.catch(() => undefined) // it is awaited here, unless it is being stopped
      if ((await Promise.race([story, stopping.then(() => 'stopped' as const)])) === 'stopped') return 0
      memory.seeded = true
      remember(folder, memory)
      sayListening(node)
    }
    process.stdout.write(welcome(node, pacs, memory.password))
    await stopping
    return 0
  } catch (thrown) {
    process.stderr.write(`relais demo: ${reasonOf(thrown)}\n`)
    return 1
  } finally {
    await Promise.all(pacs.map(one => one.close()))
    await node?.close()
  }
}

/** The embedded default: SQLite and files in the data folder, mail kept for reading on screen. */
function demoConfig(file: string | undefined): Config {
  const config = loadConfig(file === undefined ? {} : { file })
  return {
    ...config,
    data: { ...config.data, dir: join(config.data.dir, 'demo') },
    node: { ...config.node, demo: true },
    mail: { ...config.mail, captured: true, smtpUrl: null },
    // A walk by clicking: whoever wants one sets it up, nobody must.
    accounts: { ...config.accounts, secondFactor: 'offered' },
    peers: { ...config.peers, allowLoopback: true },
    storage: { ...config.storage, freeMbMin: Math.min(config.storage.freeMbMin, 200) },
    log: { level: config.log.level === 'info' ? 'error' : config.log.level },
  }
}

async function remembered(folder: string, software: Remembered['software']): Promise<Remembered> {
  const file = join(folder, 'demo.json')
  if (existsSync(file)) {
    const memory = JSON.parse(readFileSync(file, 'utf8')) as Remembered
    if (memory.seeded && memory.software === software) return memory
    // Half a story, or one whose PACS are of the other kind, cannot be continued.
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  const ports: Record<string, number> = { node: await freePort(), 'node-tls': await freePort() }
  for (const { id } of PACS) ports[id] = await freePort()
  const password = `demo-${openIds(systemClock())
    .secret(6)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, 'x')}`
  const memory: Remembered = { password, ports, software, seeded: false }
  remember(folder, memory)
  return memory
}

function remember(folder: string, memory: Remembered): void {
  writeFileSync(join(folder, 'demo.json'), `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 })
}

async function seed(node: RunningNode, pacs: readonly DemoPacs[], password: string): Promise<void> {
  const { services } = node
  const say = (text: string) => process.stderr.write(`demo: ${text}\n`)
  await addPeople(services, password)
  await addRoster(services)
  const now = systemClock().now()
  for (const study of studies) {
    const home = pacs.find(one => one.id === `${study.site}-pacs`) as DemoPacs
    const files = filesOf(study, now, ms => dicomDateTime(ms).date)
    say(
      `${files.length} synthetic ${files.length === 1 ? 'image' : 'images'} of ${study.patient.PatientName.replace('^', ' ')} → ${home.id}`,
    )
    await home.add(files)
    if (!study.sentToRelais) continue
    await home.sendToNode(study.uid)
  }
  await arrived(services)
  say('requests and reports')
  const signedIn = async (email: string) =>
    (await services.accounts.signIn({ email, password, address: '127.0.0.1', replaces: null })).who
  await playActs(
    services,
    {
      referrerNord: await signedIn('demandeur@nord.example'),
      referrerSud: await signedIn('demandeur@sud.example'),
      reader: await signedIn('radiologue@lecture.example'),
    },
    password,
  )
}

function welcome(node: RunningNode, pacs: readonly DemoPacs[], password: string): string {
  const width = Math.max(...people.map(person => person.email.length), operator.length)
  const lines = [
    ...people.map(({ email, role, site }) => `  ${email.padEnd(width)}  ${role}, ${site}`),
    `  ${operator.padEnd(width)}  operator, node`,
  ]
  return `
Relais, demonstration: synthetic patients only.

  Open       ${node.addresses.http}
  Password   ${password}   (the same for everybody below)

${lines.join('\n')}

  PACS       ${pacs.map(({ aeTitle, port, software }) => `${aeTitle} on port ${port} (${software})`).join('\n             ')}
  Relais     ${node.services.config.dicom.aeTitle} on port ${node.addresses.dicom}
  Mail       is captured: ${node.addresses.http}/mailbox

Ctrl-C stops everything.
`
}
