import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Finished {
  code: number | null
  output: string
}

/** Runs a program to its end (killed after `timeoutMs`); standard output and error together. */
export async function run(program: string, args: string[], timeoutMs = 30_000): Promise<Finished> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collected(child)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, output: output() }
}

function collected(child: ChildProcess): () => string {
  const parts: Buffer[] = []
  child.stdout?.on('data', (part: Buffer) => parts.push(part))
  child.stderr?.on('data', (part: Buffer) => parts.push(part))
  return () => Buffer.concat(parts).toString('latin1')
}

export interface Running {
  output(): string
  /** Resolves when it has ended, by itself or stopped. */
  ended: Promise<unknown>
  stop(): Promise<void>
}

/** Starts a program that serves until it is stopped. */
export function serve(program: string, args: string[], cwd?: string): Running {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collected(child)
  const closed = once(child, 'close')
  return {
    output,
    ended: closed,
    stop: async () => {
      child.kill('SIGTERM')
      await closed
    },
  }
}

/**
 * Where ports are chosen from: below those the system hands out itself, to whoever asks for any and to each connection
 * that goes out (32768 on). A port of that range can be somebody else's between the asking and the use.
 */
const PORTS = { from: 20_000, below: 32_000 }
/** A file for each port that was given: test files run beside each other, each in a process of its own. */
const GIVEN = join(tmpdir(), `relais-test-ports-${process.getuid?.() ?? 0}`)
/** Whoever was killed takes back nothing: after this long nobody can be using it any more. */
const OLD_MS = 6 * 3_600_000
const given: string[] = []

/** A port nobody listens on and nobody else is given, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.below)
    if (reserves(port) && (await isFree(port))) return port
  }
}

/** Takes it for this process; false where it is somebody's already, or ours from before. */
function reserves(port: number): boolean {
  const file = join(GIVEN, String(port))
  mkdirSync(GIVEN, { recursive: true })
  const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  if (since !== undefined && Date.now() - since > OLD_MS) rmSync(file, { force: true })
  try {
    writeFileSync(file, '', { flag: 'wx' })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  }
  if (given.push(file) === 1)
    process.once('exit', () => {
      for (const each of given) rmSync(each, { force: true })
    })
  return true
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw thrown
  }
  server.close()
  await once(server, 'close')
  return true
}

/**
 * Asks again and again until the answer is no longer undefined; fails with `what` after `timeoutMs`: what never comes is
 * found all the same, and a machine with much else to do is no reason.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
