import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../errors.js'
import { type DemoPacs, type DemoPacsOptions, freePort } from './pacs.js'

const START_MS = 20_000
const STOP_MS = 5_000
const POLL_MS = 100

/** The installed Orthanc's version line; undefined where there is none. */
export function orthancVersion(): string | undefined {
  const tried = spawnSync('Orthanc', ['--version'], { encoding: 'utf8', timeout: 10_000 })
  return tried.status === 0 ? tried.stdout.split('\n')[0]?.trim() : undefined
}

/** An Orthanc of the demonstration's own: its folder, its ports, loopback only. */
export async function openOrthanc(options: DemoPacsOptions & { version: string }): Promise<DemoPacs> {
  const { id, aeTitle, folder, port, node } = options
  mkdirSync(folder, { recursive: true })
  const httpPort = await freePort()
  const file = join(folder, 'orthanc.json')
  writeFileSync(
    file,
    JSON.stringify({
      Name: id,
      StorageDirectory: join(folder, 'storage'),
      IndexDirectory: join(folder, 'storage'),
      HttpPort: httpPort,
      HttpBindAddresses: ['127.0.0.1'],
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      DicomAet: aeTitle,
      DicomPort: port,
      DicomCheckCalledAet: true,
      DicomModalities: { relais: [node.aeTitle, '127.0.0.1', node.port] },
      DicomAlwaysAllowStore: true,
      DicomAlwaysAllowFind: true,
      Plugins: [],
      StorageCompression: false,
    }),
  )
  const child = spawn('Orthanc', [file], { stdio: 'ignore', detached: false })
  const base = `http://127.0.0.1:${httpPort}`
  await answering(base, child)

  return {
    id,
    aeTitle,
    port,
    software: options.version,
    add: async files => {
      for (const file of files) await ask(`${base}/instances`, { method: 'POST', body: new Uint8Array(file) })
    },
    sendToNode: async StudyInstanceUID => {
      const found = (await ask(`${base}/tools/lookup`, { method: 'POST', body: StudyInstanceUID })) as {
        Type: string
        ID: string
      }[]
      const study =
        found.find(one => one.Type === 'Study') ?? fail('missing', 'Orthanc does not have the study.')
      await ask(`${base}/modalities/relais/store`, {
        method: 'POST',
        body: JSON.stringify({ Resources: [study.ID], Synchronous: true }),
      })
    },
    close: () => ended(child),
  }
}

async function ask(url: string, init: RequestInit): Promise<unknown> {
  const answer = await fetch(url, init)
  if (!answer.ok) fail('unavailable', `Orthanc answered ${answer.status} to ${new URL(url).pathname}.`)
  return answer.json()
}

async function answering(base: string, child: ChildProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += POLL_MS) {
    if (child.exitCode !== null) fail('unavailable', `Orthanc ended at its start (${child.exitCode}).`)
    const up = await fetch(`${base}/system`).then(
      answer => answer.ok,
      () => false, // not listening yet
    )
    if (up) return
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  child.kill('SIGKILL')
  fail('unavailable', 'Orthanc did not start in time.')
}

/** Asks it to end, and makes sure. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(kill)
}
