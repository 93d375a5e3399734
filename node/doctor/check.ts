import type { Language } from '../accounts/view.js'
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import type { DataFolder } from '../program/folder.js'
import type { Services } from '../program/services.js'
import type { CheckGroup, Outcome } from './view.js'

/** The same in both languages. */
export type Words<T = string> = Readonly<Record<Language, T>>
/** What was found, and what to do about it (empty: nothing). */
export type Said = Words<readonly [found: string, remedy?: string]>

export interface Finding {
  outcome: Outcome
  said: Said
  /** Which one of several. */
  subject?: string
}

/** What a check may look at. */
export interface Patient {
  config: Config
  folder: DataFolder
  clock: Clock
  /** The wall clock when the monotonic one was at zero, as it stood at the start. */
  startedAt: number
  /** Absent where the data could not be opened: then `trouble` says why. */
  services?: Services
  trouble?: string
  /** True in the node that serves people; false where a command opened the data for the examination alone. */
  serving: boolean
}

/** One thing that is looked at: a file of its own, or a few of a kind in one. */
export interface Check {
  id: string
  group: CheckGroup
  name: Words
  /** 10 s unless told; afterwards it counts as not checked. */
  timeoutMs?: number
  look(
    patient: Patient,
    signal: AbortSignal,
  ): Promise<Finding | readonly Finding[]> | Finding | readonly Finding[]
}

type Line = readonly [found: string, remedy?: string]

export const good = (fr: string, en: string, subject?: string) => finding('good', [fr], [en], subject)
export const attention = (fr: Line, en: Line, subject?: string) => finding('attention', fr, en, subject)
export const broken = (fr: Line, en: Line, subject?: string) => finding('broken', fr, en, subject)
export const notChecked = (fr: Line, en: Line, subject?: string) => finding('not-checked', fr, en, subject)

function finding(outcome: Outcome, fr: Line, en: Line, subject?: string): Finding {
  return { outcome, said: { fr, en }, ...(subject === undefined ? {} : { subject }) }
}

/** For a check that needs the open data. */
export function withoutServices({ trouble = '' }: Patient): Finding {
  return notChecked(
    [`Les données n’ont pas pu être ouvertes : ${trouble}`],
    [`The data could not be opened: ${trouble}`],
  )
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** How long ago or ahead, roughly, as a person says it. */
export function span(ms: number): Words {
  const days = Math.floor(ms / DAY_MS)
  if (days >= 2) return { fr: `${days} jours`, en: `${days} days` }
  const hours = Math.floor(ms / HOUR_MS)
  if (hours >= 2) return { fr: `${hours} heures`, en: `${hours} hours` }
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes >= 2) return { fr: `${minutes} minutes`, en: `${minutes} minutes` }
  const seconds = Math.max(0, Math.round(ms / 1000))
  return { fr: `${seconds} s`, en: `${seconds} s` }
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P']

/** Bytes as a person says them: `1.5 GiB`, in French `1,5 Gio`. */
export function size(bytes: number): Words {
  let unit = 0
  let value = bytes
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const text = value < 10 && unit > 0 ? value.toFixed(1) : String(Math.round(value))
  const prefix = UNITS[unit]
  return unit === 0
    ? { fr: `${text} octets`, en: `${text} bytes` }
    : { fr: `${text.replace('.', ',')} ${prefix}io`, en: `${text} ${prefix}iB` }
}
