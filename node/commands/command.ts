import { parseArgs } from 'node:util'
import type { Config } from '../config.js'
import type { Services } from '../program/services.js'

/** Options as `node:util` parseArgs takes them, each with its line of help. */
export interface CommandOptions {
  [name: string]: { type: 'string' | 'boolean'; short?: string; multiple?: boolean; help: string }
}

/** What a command is given while it runs. */
export interface Running {
  services: Services
  /** Who typed it, for the journal. */
  user: string
  /** True in the node that serves people; false where the command opened the data itself. */
  serving: boolean
  progress(text: string): void
}

/** One command of the command line, one file each. */
export interface Command {
  name: string
  /** Positional arguments as shown in the usage line, e.g. `PATH… --to PEER`. */
  usage: string
  summary: string
  options: CommandOptions
  /** Turns what was typed into a value; throws a Failure `invalid` for wrong usage (exit code 2). */
  read(typed: { values: Record<string, unknown>; positionals: string[]; cwd: string }): unknown
  /** Does the work, in the running node or in this process. What it gives is printed by {@link print}, or as JSON. */
  run(input: never, running: Running): Promise<unknown>
  /** Does what can be done where the data cannot be opened; without it, the failure is the answer. */
  closed?(config: Config, input: never, thrown: unknown): Promise<unknown>
  /** The answer for a person. */
  print(answer: never): string
  /** True when the answer says that not all was done: exit code 1. */
  failed?(answer: never): boolean
}

/** Parses one command's arguments; unknown options throw. */
export function parse(command: Command, args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        Object.entries(command.options).map(([name, { help, ...option }]) => [name, option]),
      ),
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
      config: { type: 'string' },
    },
  })
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const lines = Object.entries({
    ...command.options,
    config: { type: 'string' as const, help: 'another configuration file' },
    json: { type: 'boolean' as const, help: 'the answer as JSON' },
    help: { type: 'boolean' as const, help: 'this text' },
  }).map(([name, { type, help }]) => `  --${`${name}${type === 'string' ? ' VALUE' : ''}`.padEnd(22)}${help}`)
  return `${`relais ${command.name} ${command.usage}`.trimEnd()}\n\n${command.summary}\n\n${lines.join('\n')}\n`
}
