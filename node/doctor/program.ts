import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openPasswords } from '../accounts/passwords.js'
import { msOf } from '../clock.js'
import { engineVersion } from '../database.js'
import { openSecondOpinion } from '../dicom/native.js'
import { attention, broken, type Check, type Finding, good, notChecked } from './check.js'

/** When a line of Node no longer gets security fixes (nodejs/Release). */
const NODE_ENDS: Readonly<Record<string, string>> = { 20: '2026-04-30', 22: '2027-04-30', 24: '2028-04-30' }
const FILES_MIN = 4096

/** The Node that runs this. */
export const nodeVersion: Check = {
  id: 'node-version',
  group: 'machine',
  name: { fr: 'Version de Node', en: 'Node version' },
  look: ({ clock }) => nodeFinding(process.versions.node, clock.now()),
}

export function nodeFinding(version: string, now: number): Finding {
  const end = NODE_ENDS[version.split('.')[0] ?? '']
  if (end === undefined)
    return attention(
      [`Node ${version} : une version avec laquelle Relais n’est pas essayé.`, 'Installez Node 22 ou 24.'],
      [`Node ${version}: a version Relais is not tried with.`, 'Install Node 22 or 24.'],
    )
  if (now > msOf(`${end}T23:59:59Z`))
    return attention(
      [
        `Node ${version} : plus de corrections de sécurité depuis le ${end}.`,
        'Passez à Node 22 ou 24, puis npm run setup.',
      ],
      [`Node ${version}: no security fixes since ${end}.`, 'Move to Node 22 or 24, then npm run setup.'],
    )
  return good(
    `Node ${version}, corrigé jusqu’au ${end} ; interface native ${process.versions.modules}.`,
    `Node ${version}, with fixes until ${end}; native interface ${process.versions.modules}.`,
  )
}

/** Code compiled for this machine: each is used once, since one that loads may still not work. */
export const addons: Check = {
  id: 'addons',
  group: 'machine',
  name: { fr: 'Modules compilés', en: 'Compiled modules' },
  timeoutMs: 20_000,
  look: async ({ folder, clock }) => [
    loaded('better-sqlite3', `SQLite ${engineVersion()}`),
    await passwordHashing(clock),
    await secondImplementation(folder.scratch, clock),
  ],
}

function loaded(name: string, detail = ''): Finding {
  const abi = `ABI ${process.versions.modules}`
  const about = [`${versionOf(name)}`, detail, abi].filter(text => text !== '').join(', ')
  return good(`Chargé et utilisé : ${about}.`, `Loaded and used: ${about}.`, name)
}

async function passwordHashing(clock: { monotonic(): number }): Promise<Finding> {
  const passwords = openPasswords({ passwordChecksAtOnce: 1, passwordQueueMax: 1 })
  const began = clock.monotonic()
  const hash = await passwords.hash('an examination')
  const ms = clock.monotonic() - began
  return (await passwords.verify(hash, 'an examination'))
    ? loaded('@node-rs/argon2', `${ms} ms`)
    : broken(
        ['Un mot de passe n’est pas reconnu.', 'npm run setup'],
        ['A password is not recognised.', 'npm run setup'],
        '@node-rs/argon2',
      )
}

/** Asked of a port of this machine where nobody listens: that it fails there shows that it works here. */
async function secondImplementation(
  scratch: string,
  clock: Parameters<typeof openSecondOpinion>[0]['clock'],
) {
  const opinion = openSecondOpinion({ folder: scratch, clock })
  try {
    const { outcome, reason } = await opinion.echo({
      host: '127.0.0.1',
      port: 1,
      callingAETitle: 'RELAIS',
      calledAETitle: 'NOBODY',
      timeoutMs: 5000,
    })
    if (outcome !== 'unavailable') return loaded('dicom-dimse-native')
    return attention(
      [
        `Ne se charge pas : ${reason} Les images partent telles qu’elles sont venues, sans autre encodage.`,
        'npm run setup',
      ],
      [`Does not load: ${reason} Images leave as they came, in no other encoding.`, 'npm run setup'],
      'dicom-dimse-native',
    )
  } finally {
    opinion.close()
  }
}

function versionOf(name: string): string {
  // Some packages hide their package.json from require: it lies in the folder that require finds them in.
  let folder = dirname(createRequire(import.meta.url).resolve(name))
  while (folder !== dirname(folder) && !existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

/** What the operating system lets this process do. */
export const confinement: Check = {
  id: 'confinement',
  group: 'machine',
  name: { fr: 'Droits du processus', en: 'Rights of the process' },
  look: () => {
    if (process.getuid?.() === 0)
      return attention(
        [
          'Le programme tourne en root : une faille donnerait toute la machine.',
          'Donnez-lui un compte à lui (config/deploy/relais.service).',
        ],
        [
          'The program runs as root: one flaw would give away the whole machine.',
          'Give it an account of its own (config/deploy/relais.service).',
        ],
      )
    const { NoNewPrivs, Seccomp } = statusOf()
    const confined = NoNewPrivs === '1' && Seccomp === '2'
    return good(
      `Un compte ordinaire${confined ? ', sans nouveaux droits, appels système filtrés' : ' (config/deploy/relais.service le confine davantage)'}.`,
      `An ordinary account${confined ? ', no new rights, system calls filtered' : ' (config/deploy/relais.service confines it further)'}.`,
    )
  },
}

/** /proc/self/status as a map; empty where there is none. */
export function statusOf(): Partial<Record<string, string>> {
  if (!existsSync('/proc/self/status')) return {}
  return Object.fromEntries(
    readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .map(line => line.split(':\t') as [string, string])
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, value.trim()]),
  )
}

/** Each association, each browser, each image being written is an open file. */
export const openFiles: Check = {
  id: 'open-files',
  group: 'machine',
  name: { fr: 'Fichiers ouverts permis', en: 'Open files allowed' },
  look: () => {
    const file = '/proc/self/limits'
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const found = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1]
    if (found === undefined)
      return notChecked(['Cette machine ne le dit pas.'], ['This machine does not say.'])
    if (Number(found) < FILES_MIN)
      return attention(
        [`${found} seulement.`, 'LimitNOFILE=65536 dans le service (ou ulimit -n 65536).'],
        [`Only ${found}.`, 'LimitNOFILE=65536 in the service (or ulimit -n 65536).'],
      )
    return good(`${found}.`, `${found}.`)
  },
}
