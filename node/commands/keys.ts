import { lstatSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import { dkimKeyFile } from '../notifications/dkim.js'
import { rotateOwn } from '../peers/certificates/enrolment.js'
import type { Services } from '../program/services.js'
import type { Command } from './command.js'

const NAMES = ['dicom', 'sessions', 'checkpoints'] as const
type KeyName = (typeof NAMES)[number]

/** Files among the node's keys that no other command speaks of: what each is for, and how it is replaced. */
const MADE_HERE: Readonly<Record<string, readonly [what: string, rotated: string]>> = {
  'vapid.json': [
    'key by which push services know this node (VAPID)',
    'not replaced: every browser that is woken would have to be registered anew; keep it with the backup',
  ],
  'webhooks.key': [
    'key under which the secrets of webhooks are kept in the database',
    'not replaced: every webhook would need a new secret; keep it with the backup',
  ],
}

interface Key {
  name: string
  what: string
  /** When the file was last written. */
  since: string
  until?: string
  fingerprint?: string
  file?: string
  rotated: string
}

/** `relais keys list` */
export const keysList: Command = {
  name: 'keys list',
  usage: '',
  summary: 'What secrets there are, since when, until when, and how each is replaced. Never a secret itself.',
  options: {},
  read: ({ positionals }) => {
    if (positionals.length > 0) fail('invalid', 'It takes no arguments.')
    return {}
  },
  run: async (_input: never, { services }) => ({ keys: await keysOf(services) }),
  print: (answer: never) =>
    (answer as { keys: Key[] }).keys
      .flatMap(({ name, what, since, until, fingerprint, file, rotated }) => [
        `${name.padEnd(11)} ${what}`,
        `            since ${since.slice(0, 10)}${until === undefined ? '' : `, until ${until.slice(0, 10)}`}${file === undefined ? '' : `, ${file}`}`,
        ...(fingerprint === undefined ? [] : [`            SHA-256 ${fingerprint}`]),
        `            → ${rotated}`,
      ])
      .join('\n'),
}

/** `relais keys rotate NAME` */
export const keysRotate: Command = {
  name: 'keys rotate',
  usage: NAMES.join('|'),
  summary:
    'dicom: a new key and certificate for this node (as ca rotate node; peers that pin it must be told).\nsessions: ends every session; everybody signs in again.\ncheckpoints: a new key for the signed heads of the journal; the old one names it in an entry, and is destroyed.',
  options: {},
  read: ({ positionals }): { name: KeyName } => {
    const [name, ...more] = positionals
    const found = NAMES.find(each => each === name)
    if (found === undefined || more.length > 0) fail('invalid', `Say one of ${NAMES.join(', ')}.`)
    return { name: found }
  },
  run: async (input: never, { services, user }) => {
    const { name } = input as { name: KeyName }
    const origin = { by: 'command', user } as const
    if (name === 'dicom') {
      const { fingerprint, until } = await rotateOwn(services, false, origin)
      return { name, fingerprint, until }
    }
    if (name === 'checkpoints')
      return { name, fingerprint: (await services.proof.checkpoints.rotate(origin)).fingerprint }
    return { name, ended: await services.accounts.endEverySession(origin) }
  },
  print: (answer: never) => {
    const { name, fingerprint, until, ended } = answer as {
      name: KeyName
      fingerprint?: string
      until?: string
      ended?: number
    }
    if (name === 'checkpoints')
      return `Checkpoints are signed with a new key from now on.\nSHA-256 ${fingerprint}`
    return name === 'sessions'
      ? `${ended} ${ended === 1 ? 'session' : 'sessions'} ended.`
      : `This node’s new certificate counts until ${until?.slice(0, 10)}.\nSHA-256 ${fingerprint}`
  },
}

async function keysOf({ certificates, config, folder, proof }: Services): Promise<Key[]> {
  const own = certificates.own().facts
  const brought = config.dicom.keyFile
  const file = brought ?? join(folder.keys, 'dicom.pem')
  const written = (path: string) => isoAt(statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? own.from)
  const known: Key[] = [
    {
      name: 'dicom',
      what: 'key of this node’s certificate for DICOM over TLS',
      since: written(file),
      until: isoAt(own.until),
      fingerprint: own.fingerprint,
      file,
      rotated:
        brought === null ? 'relais keys rotate dicom' : 'replace dicom.certificateFile and dicom.keyFile',
    },
  ]
  const { keyFile } = config.http
  if (keyFile !== null)
    known.push({
      name: 'screens',
      what: 'key of the certificate of the screens',
      since: written(keyFile),
      file: keyFile,
      rotated: 'replace http.certificateFile and http.keyFile; they count at once',
    })
  const factors = join(folder.keys, 'second-factors.key')
  known.push({
    name: 'factors',
    what: 'key under which second factors are kept in the database',
    since: written(factors),
    file: factors,
    rotated: 'not replaced: every second factor would have to be set up anew; keep it with the backup',
  })
  const dkim = config.mail.dkimDomain === null ? undefined : dkimKeyFile(config, folder.keys)
  if (dkim !== undefined)
    known.push({
      name: 'dkim',
      what: `key that signs letters of ${config.mail.dkimDomain}`,
      since: written(dkim),
      file: dkim,
      rotated:
        'another mail.dkimSelector (and mail.dkimKeyFile, where it is yours); publish its record, keep the old one a week',
    })
  const checkpoints = join(folder.keys, 'checkpoints.pem')
  const signing = (await proof.checkpoints.keys()).at(-1)
  if (signing !== undefined)
    known.push({
      name: 'checkpoints',
      what: 'key of the signed heads of the journal',
      since: written(checkpoints),
      fingerprint: signing.fingerprint,
      file: checkpoints,
      rotated: 'relais keys rotate checkpoints; keep it with the backup',
    })
  const others = [folder.keys, config.dicom.certsDir]
    .flatMap(place =>
      readdirSync(place, { withFileTypes: true })
        .filter(entry => entry.isFile() && (place === folder.keys || entry.name.endsWith('.key')))
        .map(entry => join(place, entry.name)),
    )
    .filter(path => ![file, keyFile, factors, dkim, checkpoints].includes(path) && lstatSync(path).isFile())
  for (const path of others) {
    const name = basename(path)
    const [what, rotated] = path.startsWith(folder.keys)
      ? (MADE_HERE[name] ?? ['kept with this node’s keys', 'as its part of the node says'])
      : ['key of the authority of relais ca', 'a new authority: dicom.certsDir']
    known.push({
      name: name.replace(/\.(json|key|pem)$/, ''),
      what,
      since: written(path),
      file: path,
      rotated,
    })
  }
  return known
}
