import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildIsCurrent } from '../../node/setup/build.mjs'
import { root } from '../support/sources.js'
import { say, type Teardown } from './measure.js'

/** A node in its own process, as `relais start` runs it. */
export interface Program {
  pid: number
  http: string
  dicom: number
  /** From the spawn to the line that says where it listens, in milliseconds. */
  startedInMs: number
  stop(): Promise<void>
}

const START_MS = 60_000
const STOP_MS = 15_000

/** The compiled program where it is that of these sources; `npm run bench` sees to it that it is. */
const compiled = buildIsCurrent()
const command = compiled ? [join(root, 'dist/node/cli.js')] : ['--import', 'tsx', join(root, 'node/cli.ts')]

export function whatIsMeasured(): string {
  return compiled
    ? 'the compiled program (dist/), as `npm start` runs it'
    : 'the sources through tsx: dist/ is not built from them (npm run setup builds it); a start takes longer so'
}

function environment(data: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('RELAIS_'))
  return {
    ...Object.fromEntries(others),
    RELAIS_DATA_DIR: data,
    RELAIS_HTTP_PORT: '0',
    RELAIS_DICOM_PORT: '0',
    RELAIS_DICOM_TLS_PORT: '0',
    RELAIS_DICOM_CERTS_DIR: join(data, 'certs'),
    RELAIS_ALLOW_LOOPBACK_PEERS: 'true',
    RELAIS_MAIL_CAPTURED: 'true',
    RELAIS_LOG_LEVEL: 'warn',
  }
}

/** Starts a node on a data folder. Everything not about ports and peers of this machine is the standard setting. */
export async function startProgram(house: Teardown, data: string): Promise<Program> {
  const began = performance.now()
  const child = spawn(process.execPath, [...command, 'start'], {
    cwd: root,
    env: environment(data),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const gone = () => child.exitCode !== null || child.signalCode !== null
  let stopping = false
  const stop = async () => {
    if (gone()) return
    stopping = true
    child.kill('SIGTERM')
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await closed
    clearTimeout(hard)
  }
  house.teardown(stop)
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    complaints = (complaints + text).slice(-4000)
  })
  const line = await new Promise<string>((resolve, reject) => {
    let said = ''
    const fail = () => reject(new Error(`relais start does not listen: ${complaints}`))
    const limit = setTimeout(fail, START_MS)
    child.once('close', fail)
    child.stdout.setEncoding('utf8').on('data', text => {
      said += text
      if (!said.includes('\n')) return
      clearTimeout(limit)
      resolve(said.slice(0, said.indexOf('\n')))
    })
  })
  const startedInMs = performance.now() - began
  // What asks it would only see that nobody answers.
  void closed.then(([code, signal]) => {
    if (!stopping) say(`the program ended by itself (${code ?? signal}): ${complaints}`)
  })
  const { http, dicom } = JSON.parse(line) as { http: string; dicom: number }
  return { pid: child.pid as number, http, dicom, startedInMs, stop }
}

/** Applies a network, to the node that runs on this folder. */
export async function applyNetwork(house: Teardown, data: string, network: object): Promise<void> {
  const file = join(house.folder, 'network.json')
  writeFileSync(file, JSON.stringify(network))
  await relais(data, ['network', 'apply', file])
}

/** Runs `relais …` beside the node on this folder; throws unless all of it succeeded. */
export async function relais(data: string, args: readonly string[], typed = ''): Promise<void> {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    env: environment(data),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(typed)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      said = (said + text).slice(-4000)
    })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`relais ${args.join(' ').slice(0, 200)} ended with ${code}: ${said}`)
}
