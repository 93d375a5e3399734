// Two set-ups at once (a test run beside a start, two checkouts sharing one cache) do the work once:
// the second waits, then finds it done.

import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Stop, say } from './place.mjs'

const heartbeatMs = 2_000
const staleAfterMs = 30_000
const lookAgainMs = 250

/**
 * Runs `work` while holding `file`. The holder touches the file; one left by a set-up that died is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(file, work) {
  let told = false
  while (!take(file)) {
    if (abandoned(file)) {
      rmSync(file, { force: true })
      continue
    }
    if (!told) say('another set-up is at work; waiting for it')
    told = true
    await pause(lookAgainMs)
  }
  const heartbeat = setInterval(() => touch(file), heartbeatMs)
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    process.off('exit', release)
    release()
  }
}

function take(file) {
  try {
    const handle = openSync(file, 'wx')
    writeSync(handle, String(process.pid))
    closeSync(handle)
    return true
  } catch (reason) {
    if (reason.code === 'EEXIST') return false
    if (['EACCES', 'EROFS', 'EPERM'].includes(reason.code))
      throw new Stop(`${dirname(file)} cannot be written by this user.`)
    throw reason
  }
}

function touch(file) {
  const now = Date.now() / 1000
  try {
    utimesSync(file, now, now)
  } catch (reason) {
    if (reason.code !== 'ENOENT') throw reason
  }
}

function abandoned(file) {
  try {
    const quietMs = Date.now() - statSync(file).mtimeMs
    return quietMs > staleAfterMs || (quietMs > heartbeatMs * 2 && !alive(Number(readFileSync(file, 'utf8'))))
  } catch (reason) {
    if (reason.code === 'ENOENT') return false
    throw reason
  }
}

function alive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (reason) {
    return reason.code === 'EPERM'
  }
}
