import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel says of a process: resident memory in MiB now and at most, and open descriptors. Linux only. */
export function usageOf(pid: number): { rssMb: number; peakMb: number; descriptors: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1024
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM'), descriptors: readdirSync(`/proc/${pid}/fd`).length }
}
