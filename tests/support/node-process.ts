import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { buildIsCurrent } from '../../node/setup/build.mjs'
import { eventually } from './children.js'
import { root } from './sources.js'

/** What a command said and how it ended. */
export interface Said {
  code: number | null
  stdout: string
  stderr: string
}

/** The program as a process of its own, so that it can be killed. */
export interface NodeProcess {
  pid: number
  http: string
  dicom: number
  dicomTls: number
  stderr(): string
  /** SIGKILL to the node and what it started, as a power cut does it; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and its exit code, or the signal that ended it. */
  stop(): Promise<number | NodeJS.Signals | null>
}

/** The compiled program where it is that of these sources: it starts in a tenth of the time. */
const CLI = buildIsCurrent()
  ? [join(root, 'dist/node/cli.js')]
  : ['--import', 'tsx', join(root, 'node/cli.ts')]
const START_MS = 90_000

function environment(more: Readonly<Record<string, string>>) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('RELAIS_'))
  return { ...Object.fromEntries(own), ...more }
}

function launch(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [...CLI, ...args], {
    cwd: root,
    env: environment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  return { child, closed: once(child, 'close'), stdout: () => stdout, stderr: () => stderr }
}

/** Runs `relais …` to its end. */
export async function relais(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Said> {
  const { child, closed, stdout, stderr } = launch(args, env)
  child.stdin.end(stdin)
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  const [code] = (await closed) as [number | null]
  clearTimeout(timer)
  return { code, stdout: stdout(), stderr: stderr() }
}

/** `relais start`, ready when it says where it listens; killed when the test ends. */
export async function startProcess(
  t: Pick<ExecutionContext, 'teardown'>,
  env: Readonly<Record<string, string>>,
): Promise<NodeProcess> {
  const { child, closed, stdout, stderr } = launch(['start'], { RELAIS_LOG_LEVEL: 'warn', ...env })
  const gone = () => child.exitCode !== null || child.signalCode !== null
  const kill = async () => {
    if (gone()) return
    // The receiver first loses its node, as it does when only the node dies; it then leaves by itself.
    child.kill('SIGKILL')
    await closed
  }
  t.teardown(kill)
  const line = await eventually(
    'the node listens',
    () => {
      if (gone()) throw new Error(`relais start ended (${child.exitCode}): ${stderr()}`)
      return stdout().split('\n').length > 1 ? stdout().split('\n')[0] : undefined
    },
    START_MS,
  )
  const { http, dicom, dicomTls } = JSON.parse(line) as { http: string; dicom: number; dicomTls: number }
  return {
    pid: child.pid as number,
    http,
    dicom,
    dicomTls,
    stderr,
    kill,
    stop: async () => {
      child.kill('SIGTERM')
      await closed
      return child.exitCode ?? child.signalCode
    },
  }
}
