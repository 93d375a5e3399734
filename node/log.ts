import { type DestinationStream, pino } from 'pino'
import type { Clock } from './clock.js'

/**
 * What a line of the log may say: identifiers of ours, counts, codes, addresses of machines. A patient's name,
 * number or text has no field to go into; at run time any other text is withheld as well.
 */
const TEXT_FIELDS = [
  'request',
  'study',
  'report',
  'account',
  'session',
  'membership',
  'site',
  'peer',
  'route',
  'contract',
  'transfer',
  'job',
  'lane',
  'kind',
  'follower',
  'object',
  'fact',
  'code',
  'state',
  'outcome',
  'method',
  'path',
  'host',
  'address',
  'file',
  'signal',
  'part',
  'command',
  'callingAETitle',
  'calledAETitle',
  'abstractSyntax',
  'transferSyntax',
  'version',
  'reason',
] as const
type TextField = (typeof TEXT_FIELDS)[number]

export type LogFields = { readonly [Field in TextField]?: string } & {
  readonly [count: `${string}Ms` | `${string}Bytes` | `${string}Count`]: number
} & { readonly [Field in 'seq' | 'status' | 'port' | 'pid' | 'attempts' | 'of' | 'exitCode']?: number }

export interface Log {
  /** `event` is a kebab-case code, the same for every line of its kind. */
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  /** `thrown` is kept with its stack; values quoted in its message are masked. */
  error(event: string, fields?: LogFields, thrown?: unknown): void
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log
}

const MAX_TEXT = 300
const MAX_STACK_LINES = 20
const texts: ReadonlySet<string> = new Set(TEXT_FIELDS)

/** JSON lines on stderr, or on `destination`. */
export function openLog(options: {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  clock: Clock
  destination?: DestinationStream
}): Log {
  const { level, clock, destination = pino.destination({ fd: 2, sync: true }) } = options
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${clock.isoNow()}"`,
      formatters: { level: label => ({ level: label }) },
      redact: ['*.password', '*.token', '*.authorization', '*.cookie'],
    },
    destination,
  )
  const over = (outer: LogFields): Log => ({
    debug: (event, fields) => lines.debug({ event, ...permitted({ ...outer, ...fields }) }),
    info: (event, fields) => lines.info({ event, ...permitted({ ...outer, ...fields }) }),
    warn: (event, fields) => lines.warn({ event, ...permitted({ ...outer, ...fields }) }),
    error: (event, fields, thrown) =>
      lines.error({
        event,
        ...permitted({ ...outer, ...fields }),
        ...(thrown === undefined ? {} : { error: described(thrown) }),
      }),
    with: fields => over({ ...outer, ...fields }),
  })
  return over({})
}

/** A log nobody reads: for tools and tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
}

/** The last line of defence behind the types: text under another name than those above never gets out. */
function permitted(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return [name, value]
      if (typeof value === 'string' && texts.has(name)) return [name, masked(value)]
      return [name, '[withheld]']
    }),
  )
}

function described(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: masked(String(thrown)) }
  const code = (thrown as { code?: unknown }).code
  const frames = (thrown.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  return {
    name: thrown.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: masked(thrown.message),
    stack: frames.slice(0, MAX_STACK_LINES).map(line => line.trim()),
    ...(thrown.cause === undefined ? {} : { cause: described(thrown.cause) }),
  }
}

/**
 * Messages of parsers and databases quote the value they stumbled on (`Unexpected token in "{\"family\":…"`), and a
 * value may be a patient's: what stands in quotes, DICOM person names and long numbers are replaced.
 */
function masked(text: string): string {
  return text
    .replace(/"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”|«[^»]*»/g, '…')
    .replace(/["`].*$/s, '…')
    .replace(/\S*\^\S*/g, '…')
    .replace(/(?<![\w.])\d{9,}(?![\w.])/g, '…')
    .slice(0, MAX_TEXT)
}
