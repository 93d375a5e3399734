import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fail } from '../errors.js'
import { type BackupReport, backUp } from '../program/backup.js'
import type { Command } from './command.js'

const WORDS_MIN = 12

/** The first line of the file that holds a passphrase. */
export function passphraseIn(file: string): string {
  const [line = ''] = readFileSync(file, 'utf8').split('\n')
  if (line.trim().length < WORDS_MIN)
    fail('invalid', `The passphrase in ${file} has less than ${WORDS_MIN} characters.`)
  return line.trim()
}

/** `relais backup DIR` */
export const backup: Command = {
  name: 'backup',
  usage: 'DIR --passphrase-file FILE | --without-keys',
  summary:
    'Copies everything into a folder while the node works: the database, the images, the closed volumes, and the keys under a passphrase.\nThe next backup into the same folder copies only the images that are new.',
  options: {
    'passphrase-file': { type: 'string', help: 'its first line seals the keys' },
    'without-keys': { type: 'boolean', help: 'the keys stay out: they are kept elsewhere' },
  },
  read: ({ values, positionals, cwd }) => {
    const [dir, ...more] = positionals
    if (dir === undefined || more.length > 0) fail('invalid', 'Say one folder.')
    const file = values['passphrase-file']
    if ((typeof file === 'string') === (values['without-keys'] === true))
      fail('invalid', 'Say --passphrase-file FILE, or --without-keys.')
    return {
      dir: resolve(cwd, dir),
      passphrase: typeof file === 'string' ? passphraseIn(resolve(cwd, file)) : null,
    }
  },
  run: (input: never, { services, progress }) => {
    const { dir, passphrase } = input as { dir: string; passphrase: string | null }
    return backUp({ ...services, to: dir, passphrase, progress })
  },
  print: (answer: never) => {
    const { head, objects, keys } = answer as BackupReport
    return `Backed up: ${head?.seq ?? 0} entries of the journal, ${objects} objects${keys ? ', the keys' : ', without the keys'}.`
  },
}
