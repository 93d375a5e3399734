import { resolve } from 'node:path'
import { fail } from '../errors.js'
import type { Command } from './command.js'

/** `relais archive export ACT DIR`: the record of one act as a folder. */
export const archiveExport: Command = {
  name: 'archive export',
  usage: 'ACT DIR',
  summary: 'Writes the record of an act (its request id or reference) into a new folder.',
  options: {},
  read: ({ positionals, cwd }) => {
    const [act, dir, ...more] = positionals
    if (act === undefined || dir === undefined || more.length > 0) fail('invalid', 'Say an act and a folder.')
    return { act, dir: resolve(cwd, dir) }
  },
  run: (input: never, { services, user }) => {
    const { act, dir } = input as { act: string; dir: string }
    return services.archive.exportTo(act, dir, { by: 'command', user })
  },
  print: (answer: never) => `The record lies in ${(answer as { dir: string }).dir}.`,
}
