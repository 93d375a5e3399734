import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isoAt } from '../clock.js'
import { Failure, fail, reasonOf } from '../errors.js'
import { certificatesIn, readCertificate } from '../peers/certificates/certificate.js'
import {
  type EnrolInput,
  type Enrolled,
  enrol,
  NAME,
  revoke,
  rotate,
  rotateOwn,
} from '../peers/certificates/enrolment.js'
import { AE_TITLE } from '../peers/peer.js'
import type { Command } from './command.js'

type Typed = Parameters<Command['read']>[0]

const REASONS = ['unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation'] as const
const DAYS_MAX = 825
/** How `ca rotate` names this node itself. */
const SELF = 'node'
const out = { type: 'string', help: 'folder for the files (enrolled/NAME beside the authority)' } as const
const pin = { type: 'boolean', help: 'registers the fingerprint with the peer of that name' } as const

/** `relais ca enrol NAME` */
export const caEnrol: Command = {
  name: 'ca enrol',
  usage: 'NAME [--host H]… [--ae T]… [--csr FILE]',
  summary:
    'Makes key and certificate for a peer or node, or signs its request; NAME may be a registered peer.',
  options: {
    host: { type: 'string', multiple: true, help: 'host name or address it may stand for' },
    ae: { type: 'string', multiple: true, help: 'AE title it may use' },
    csr: { type: 'string', help: 'signing request (PEM): the key stays where it is' },
    days: { type: 'string', help: `how long it counts, 1 to ${DAYS_MAX} (397)` },
    out,
    pin,
  },
  read: (typed): EnrolInput => {
    const { values, cwd } = typed
    const aeTitles = (values['ae'] ?? []) as string[]
    for (const title of aeTitles) if (!AE_TITLE.test(title)) fail('invalid', `"${title}" is not an AE title.`)
    const hosts = (values['host'] ?? []) as string[]
    for (const host of hosts)
      if (/[\s/@]|^$/.test(host)) fail('invalid', `"${host}" is no host name or address.`)
    return {
      name: oneName(typed),
      hosts,
      aeTitles,
      pin: values['pin'] === true,
      ...daysIn(values['days']),
      ...outIn(typed),
      ...(typeof values['csr'] === 'string' ? { request: textOf(resolve(cwd, values['csr'])) } : {}),
    }
  },
  run: (input: never, { services, user }) => enrol(services, input, { by: 'command', user }),
  print: (answer: never) => printEnrolled(answer),
}

/** `relais ca rotate NAME` */
export const caRotate: Command = {
  name: 'ca rotate',
  usage: `NAME|${SELF}`,
  summary: `A new key and certificate for a name that has one, or for this node (${SELF}); the old one counts on.`,
  options: {
    prepare: { type: 'boolean', help: `with ${SELF}: makes it now, uses it at the next rotation` },
    out,
    pin,
  },
  read: typed => ({
    name: oneName(typed),
    pin: typed.values['pin'] === true,
    prepare: typed.values['prepare'] === true,
    ...outIn(typed),
  }),
  run: (input: never, { services, user }) => {
    const { prepare, ...asked } = input as { name: string; pin: boolean; out?: string; prepare: boolean }
    const origin = { by: 'command', user } as const
    return asked.name === SELF ? rotateOwn(services, prepare, origin) : rotate(services, asked, origin)
  },
  print: (answer: never) => printEnrolled(answer),
}

/** `relais ca revoke WHICH` */
export const caRevoke: Command = {
  name: 'ca revoke',
  usage: 'NAME|NUMBER|FINGERPRINT',
  summary:
    'A certificate counts no more, for those who call us and those we call, from the next connection on.',
  options: { reason: { type: 'string', help: REASONS.join(' ') } },
  read: ({ values, positionals }) => {
    const [which, ...more] = positionals
    if (which === undefined || more.length > 0) fail('invalid', 'Say one name, number or fingerprint.')
    const reason = (values['reason'] ?? 'unspecified') as string
    if (!(REASONS as readonly string[]).includes(reason))
      fail('invalid', `The reason is one of ${REASONS.join(', ')}.`)
    return { which, reason }
  },
  run: (input: never, { services, user }) => revoke(services, input, { by: 'command', user }),
  print: (answer: never) => {
    const { name, serial } = answer as { name: string; serial: string }
    return `The certificate ${serial} of ${name} is revoked.`
  },
}

/** `relais ca list` */
export const caList: Command = {
  name: 'ca list',
  usage: '',
  summary: 'The authority, this node’s certificate, and all that was issued, with fingerprints.',
  options: {},
  read: () => ({}),
  run: async (_input: never, { services: { certificates, clock } }) => {
    const { authority, files } = certificates
    const next = files.next()
    return {
      authority: authority.certificate === null ? null : shown(authority.certificate),
      own: shown(certificates.own().facts),
      next: next === null ? null : shown(next.facts),
      issued: (await authority.issued()).map(each => ({
        ...shown(each),
        state: each.revoked !== null ? 'revoked' : clock.now() >= each.until ? 'expired' : 'in-use',
        revoked: each.revoked === null ? null : { ...each.revoked, at: isoAt(each.revoked.at) },
      })),
      troubles: certificates.troubles(),
    }
  },
  print: (answer: never) => {
    const { authority, own, next, issued, troubles } = answer as {
      authority: Shown | null
      own: Shown
      next: Shown | null
      issued: (Shown & { state: string })[]
      troubles: string[]
    }
    const line = (what: string, { name, serial, until, fingerprint }: Shown) =>
      `${what.padEnd(10)} ${name}, until ${until.slice(0, 10)}, number ${serial}\n           SHA-256 ${fingerprint}`
    return [
      authority === null ? 'authority  none of ours: it signs nothing' : line('authority', authority),
      line('this node', own),
      ...(next === null ? [] : [line('next', next)]),
      ...issued.map(each => line(each.state.replace('-', ' '), each)),
      ...troubles.map(trouble => `trouble    ${trouble}`),
    ].join('\n')
  },
}

/** `relais ca fingerprint [FILE]` */
export const caFingerprint: Command = {
  name: 'ca fingerprint',
  usage: '[FILE]',
  summary:
    'The SHA-256 fingerprint of a certificate (PEM), as a peer’s registration takes it; of this node’s without FILE.',
  options: {},
  read: ({ positionals, cwd }) => {
    if (positionals.length > 1) fail('invalid', 'Say one file.')
    const [file] = positionals
    if (file === undefined) return {}
    const [certificate] = certificatesIn(textOf(resolve(cwd, file)))
    return { certificate: certificate ?? fail('invalid', `${file} holds no certificate.`) }
  },
  run: async (input: never, { services: { certificates } }) => {
    const { certificate } = input as { certificate?: string }
    return shown(certificate === undefined ? certificates.own().facts : readCertificate(certificate))
  },
  print: (answer: never) => (answer as Shown).fingerprint,
}

interface Shown {
  name: string
  serial: string
  fingerprint: string
  from: string
  until: string
  names: string[]
}

function shown({ name, serial, fingerprint, from, until, names }: ReturnType<typeof readCertificate>): Shown {
  return { name, serial, fingerprint, from: isoAt(from), until: isoAt(until), names }
}

function printEnrolled(answer: Enrolled): string {
  const { name, serial, fingerprint, until, files, pinned } = answer
  return [
    `${name}, until ${until.slice(0, 10)}, number ${serial}`,
    `SHA-256 ${fingerprint}`,
    ...files,
    ...(pinned === null ? [] : [`The peer ${pinned} is known by it.`]),
  ].join('\n')
}

function oneName({ positionals }: Typed): string {
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0 || !NAME.test(name))
    fail('invalid', 'Say one name: letters, digits, dots, hyphens, at most 64.')
  return name
}

function daysIn(given: unknown): { days?: number } {
  if (given === undefined) return {}
  const days = Number(given)
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) fail('invalid', `--days is 1 to ${DAYS_MAX}.`)
  return { days }
}

function outIn({ values, cwd }: Typed): { out?: string } {
  return typeof values['out'] === 'string' ? { out: resolve(cwd, values['out']) } : {}
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    throw new Failure('invalid', `${path} cannot be read: ${reasonOf(thrown)}.`)
  }
}
