// Runs another program without blocking: its output is kept for the day it fails, and whoever waits sees
// every few seconds that it is still at work.

import { spawn } from 'node:child_process'
import { say, seconds } from './place.mjs'

const progressEveryMs = 5_000
const outputKeptChars = 64_000

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs: number, label?: string, keptChars?: number }} how
 *   `label` starts the progress lines
 * @returns {Promise<{ ok: boolean, code: number | null, timedOut: boolean, output: string }>} never rejects:
 *   a program that cannot be started is one that failed
 */
export function run(
  command,
  args,
  { cwd, env = process.env, timeoutMs, label, keptChars = outputKeptChars },
) {
  return new Promise(resolve => {
    const began = performance.now()
    let output = ''
    let timedOut = false
    // A group of its own: a build that runs out of time leaves no compiler behind.
    const plain = { ...env, NO_COLOR: '1', FORCE_COLOR: '0' }
    const child = spawn(command, args, { cwd, env: plain, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const keep = chunk => {
      output = (output + chunk).slice(-keptChars)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const progress = setInterval(() => {
      if (label) say(`${label}: ${Math.round((performance.now() - began) / 1000)} s${shareDone(output)}`)
    }, progressEveryMs)
    const stopChildren = () => endGroup(child.pid)
    const limit = setTimeout(() => {
      timedOut = true
      stopChildren()
    }, timeoutMs)
    const interrupted = signal => {
      stopChildren()
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    let settled = false
    const settle = code => {
      if (settled) return
      settled = true
      clearInterval(progress)
      clearTimeout(limit)
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      resolve({ ok: code === 0 && !timedOut, code, timedOut, output, took: seconds(began) })
    }
    child.on('error', reason => {
      keep(reason.message)
      settle(null)
    })
    child.on('close', settle)
  })
}

/** The end of what a failed program said, indented, for a person. */
export function lastWords(result, lines = 12) {
  return quote(result, said => said.slice(-lines))
}

/** Its beginning, for programs that give the reason first. */
export function firstWords(result, lines = 12) {
  return quote(result, said => said.slice(0, lines))
}

function quote({ output, timedOut }, choose) {
  const said = choose(output.trim().split('\n'))
  if (timedOut) said.push('(stopped: it ran out of time)')
  return said.map(line => `    ${line}`).join('\n')
}

function shareDone(output) {
  // ninja says [12/345], make under CMake says [ 42%].
  const counts = [...output.matchAll(/\[\s*(\d+)\/(\d+)\]/g)].at(-1)
  if (counts) return `, ${counts[1]} of ${counts[2]} files`
  const percents = [...output.matchAll(/\[\s*(\d+)%\]/g)].at(-1)
  return percents ? `, ${percents[1]} %` : ''
}

function endGroup(pid) {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch (reason) {
    if (reason.code !== 'ESRCH') throw reason
  }
}
