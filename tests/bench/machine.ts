import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, tmpdir, totalmem } from 'node:os'

/** One line about what the figures were taken on; without it they mean nothing. */
export function describeMachine(folder = tmpdir()): string {
  const cores = cpus()
  const load = loadavg()
    .map(value => value.toFixed(1))
    .join(' ')
  return [
    `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown CPU'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${platform()} ${release()} ${arch()}`,
    `${realpathSync(folder)} on ${diskOf(folder)}`,
    `Node ${process.versions.node}`,
    `load ${load}`,
  ].join(' · ')
}

/** The load just now: a busy machine makes a poor figure, and only ratios of one round remain comparable. */
export function loadNow(): string {
  return (loadavg()[0] ?? 0).toFixed(1)
}

/**
 * How long the main thread of a process was ready to run and had no core, since it began: the machine's other work.
 * 0 where the kernel does not say.
 */
export function waitedForCoreMs(pid = process.pid): number {
  const file = `/proc/${pid}/task/${pid}/schedstat`
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0
}

/** Device and file system under a folder, from the kernel's list of mounts. */
function diskOf(folder: string): string {
  if (!existsSync('/proc/self/mounts')) return 'an unnamed disk'
  const path = realpathSync(folder)
  const under = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, mount = '-']) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
    .sort(([, a = ''], [, b = '']) => a.length - b.length)
    .at(-1)
  return `${under?.[0] ?? '?'} (${under?.[2] ?? '?'})`
}
