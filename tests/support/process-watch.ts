import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel says of a process: resident memory in MiB now and at most, and open descriptors. Linux only. */
export function usageOf(pid: number): { rssMb: number; peakMb: number; descriptors: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1024
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM'), descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

/** The kernel's clock tick, which /proc counts in, on every Linux of ours. */
const TICK_MS = 10

/** Processor time a process has used so far, its own and the kernel's for it. Linux only. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name stands in parentheses and may hold anything; fields 14 and 15 are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Children of a process whose command line says so; those that end meanwhile are not among them. Linux only. */
export function childrenOf(pid: number, command: RegExp): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.map(Number).filter(child => {
    try {
      return command.test(readFileSync(`/proc/${child}/cmdline`, 'utf8'))
    } catch (thrown) {
      if (['ENOENT', 'ESRCH'].includes((thrown as { code?: string }).code ?? '')) return false
      throw thrown
    }
  })
}

/** The process at the network, a child of the node. Linux only. */
export function receiverOf(node: number): number {
  const [receiver] = childrenOf(node, /receiver\.[jt]s/)
  if (receiver === undefined) throw new Error('the node has no receiver')
  return receiver
}
