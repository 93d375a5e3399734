import { z } from 'zod'
import { purposes } from './addresses.js'
import { flag, KiB, MiB, minute, optional, port, second, secret, text, whole } from './setting-kinds.js'
import { archive } from './settings-archive.js'
import { backup } from './settings-backup.js'
import { conversations, push, telephone, webhooks } from './settings-channels.js'
import { downtime } from './settings-downtime.js'
import { http } from './settings-http.js'
import { links } from './settings-links.js'
import { accounts, admin, sessions } from './settings-people.js'
import { outsideViewers } from './settings-viewers.js'

/**
 * Every setting of the program: its name (with the unit), its bounds, its default and one sentence about it.
 * `config.ts` reads them; `config/relais.yaml` shows them; `config/relais.schema.json` is made of them.
 */
const isTimeZone = (name: string) => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    // RangeError: this machine has no such zone.
    return false
  }
}

const node = z
  .strictObject({
    name: text('Relais', 'What this node is called on screens and in letters.'),
    language: z
      .enum(['fr', 'en'])
      .default('fr')
      .describe('Language of screens and letters where a person has chosen none.'),
    timeZone: z
      .string()
      .trim()
      .min(1)
      .max(64)
      .refine(isTimeZone, { message: 'is no time zone known here, e.g. Europe/Paris' })
      .nullable()
      .default(null)
      .describe(
        'Time zone of the hours in which routes send, e.g. Europe/Paris; not set: the one of this machine.',
      ),
    timeServer: optional(
      'NTP server whose time this machine’s is compared with, each minute and by `relais doctor`, e.g. ntp.example.org or 10.0.0.1:123.',
    ),
    demo: flag(false, 'Marks every screen as a demonstration; set by `relais demo`.'),
  })
  .describe('The node itself.')

const data = z
  .strictObject({
    dir: text(
      'data',
      'Folder of the database, the images and the keys; relative to the folder the program starts in.',
    ),
  })
  .describe('Where everything is kept.')

const dicomweb = z
  .strictObject({
    resultsMax: whole(5000, 1, 100_000, 'Results of one search; the rest is asked for with offset.'),
    renderProcesses: whole(2, 1, 16, 'Pictures drawn at the same time, each in a process of its own.'),
    renderQueueMax: whole(64, 1, 10_000, 'Pictures that may wait for their turn; the next one is refused.'),
    renderTimeoutMs: whole(
      20 * second,
      second,
      5 * minute,
      'Time for a picture; then its process is killed.',
    ),
    renderMemoryMb: whole(1024, 128, 64 * KiB, 'Memory a picture may take; then its process is killed.'),
    renderPixelsMax: whole(50_000_000, 1_000_000, 1_000_000_000, 'Larger images are not drawn.'),
    renderedMax: whole(100, 1, 10_000, 'Pictures in one answer about a series or study.'),
    ...outsideViewers,
  })
  .describe('Images and searches over HTTP (DICOMweb).')

/** The bounds of associations others open have the names of `dicom/network/limits.ts`, so that this section is them. */
const dicom = z
  .strictObject({
    host: text('127.0.0.1', 'Address that takes DICOM associations without TLS.'),
    port: port(11_112, 'Port of DICOM without TLS; 0 takes any free one.'),
    tlsPort: port(2762, 'Port of DICOM over TLS; 0 takes any free one.'),
    tlsHost: text('127.0.0.1', 'Address that takes DICOM associations over TLS.'),
    certificateFile: optional(
      'PEM certificate chain for DICOM over TLS; without it one is made and signed by the authority in certsDir.',
    ),
    keyFile: optional('PEM private key of certificateFile.'),
    certsDir: text(
      'certs',
      'Folder of the authorities peers are checked against (*.pem) and of their revocation lists (*.crl); where it holds none, one for development is made.',
    ),
    aeTitle: z
      .string()
      .regex(/^(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )$/, '1 to 16 printable characters, no backslash')
      .default('RELAIS')
      .describe('Our application entity title, where a peer names no other.'),
    privateStorageClasses: z
      .array(
        z
          .string()
          .regex(/^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/, 'a UID')
          .refine(uid => !uid.startsWith('1.2.840.10008.'), 'a UID of the standard is no private one'),
      )
      .max(64)
      .default([])
      .describe(
        'UIDs of private storage SOP classes that are taken and kept like those of the standard, e.g. of a vendor’s own raw data.',
      ),
    maxAssociations: whole(64, 1, 1024, 'Associations at once, over all peers.'),
    maxAssociationsPerPeer: whole(8, 1, 64, 'Associations at once of one peer.'),
    maxPendingConnections: whole(
      128,
      1,
      4096,
      'Connections that are no association yet, over all addresses.',
    ),
    maxPendingPerAddress: whole(16, 1, 1024, 'The same from one address that belongs to a peer.'),
    maxPendingPerUnknownAddress: whole(4, 1, 1024, 'The same from an address nobody registered.'),
    maxFaultsPerAddressPerMinute: whole(
      60,
      1,
      1_000_000,
      'Associations of one address that break the protocol or are refused, a minute, before it must wait.',
    ),
    faultDelayMs: whole(
      2 * second,
      0,
      minute,
      'How long each further connection of that address then waits before it is read.',
    ),
    maxPduBytes: whole(131_072, 4096, 16 * MiB, 'Variable field of a P-DATA-TF PDU, announced and enforced.'),
    maxAssociatePduBytes: whole(65_536, 4096, MiB, 'Variable field of an A-ASSOCIATE PDU.'),
    maxCommandBytes: whole(16_384, KiB, MiB, 'A command set over all its fragments.'),
    maxIdentifierBytes: whole(MiB, KiB, 64 * MiB, 'The identifier of a query over all its fragments.'),
    maxInstanceBytes: whole(8 * KiB * MiB, MiB, 1024 * KiB * MiB, 'The data set of one instance.'),
    artimTimeoutMs: whole(10 * second, second, 5 * minute, 'Time for the whole A-ASSOCIATE-RQ to arrive.'),
    tlsHandshakeTimeoutMs: whole(10 * second, second, 5 * minute, 'Time for a TLS handshake.'),
    closeTimeoutMs: whole(
      5 * second,
      100,
      minute,
      'Time the other side has to close after an abort or release.',
    ),
    idleTimeoutMs: whole(
      minute,
      second,
      60 * minute,
      'An association on which nothing is under way ends then.',
    ),
    minimumBytesPerSecond: whole(4096, 1, 64 * MiB, 'Slower senders are cut off inside a data set.'),
    rateWindowMs: whole(30 * second, second, 10 * minute, 'The window over which that rate is measured.'),
    writeStallTimeoutMs: whole(
      minute,
      second,
      60 * minute,
      'Our bytes are not taken for so long: the association ends.',
    ),
  })
  .describe('DICOM associations that others open with us.')

const calls = z
  .strictObject({
    connectTimeoutMs: whole(10 * second, second, 5 * minute, 'Time for a TCP connection.'),
    tlsHandshakeTimeoutMs: whole(10 * second, second, 5 * minute, 'Time for a TLS handshake.'),
    associateTimeoutMs: whole(20 * second, second, 10 * minute, 'Time for the answer to our A-ASSOCIATE-RQ.'),
    responseTimeoutMs: whole(2 * minute, second, 60 * minute, 'Silence of a peer that owes us a response.'),
    cancelTimeoutMs: whole(10 * second, second, 5 * minute, 'From C-CANCEL to the final response.'),
    releaseTimeoutMs: whole(10 * second, second, 5 * minute, 'Time for the answer to a release.'),
    closeTimeoutMs: whole(5 * second, 100, minute, 'Time the other side has to close.'),
    writeStallTimeoutMs: whole(
      minute,
      second,
      60 * minute,
      'Our bytes are not taken for so long: it is given up.',
    ),
    minimumBytesPerSecond: whole(4096, 1, 64 * MiB, 'Slower peers are cut off inside a data set.'),
    rateWindowMs: whole(30 * second, second, 10 * minute, 'The window over which that rate is measured.'),
  })
  .describe('DICOM associations that we open.')

const commitment = z
  .strictObject({
    answerHours: whole(
      24,
      1,
      720,
      'How long a destination that was asked to commit itself may take; then it is asked by C-FIND.',
    ),
    waitMs: whole(
      5 * second,
      0,
      5 * minute,
      'How long the association stays open for an answer on it; later ones come by a call to us.',
    ),
    relayHours: whole(
      24,
      1,
      720,
      'How long a peer’s request waits for the destinations of the routes; what is not confirmed then fails.',
    ),
    reportHours: whole(
      168,
      1,
      2160,
      'How long a peer is called to be told what became of its request, before that is put aside.',
    ),
  })
  .describe('Storage Commitment, asked for and answered.')

const retrieval = z
  .strictObject({
    silenceMs: whole(
      2 * minute,
      second,
      60 * minute,
      'A PACS that was asked for a study and neither sends nor counts for so long has not answered.',
    ),
    waitHours: whole(
      24,
      1,
      720,
      'How long a PACS that does not answer is tried again before it is given up.',
    ),
    atOncePerPeer: whole(1, 1, 8, 'Studies fetched from one PACS at the same time.'),
    searchTimeoutMs: whole(
      15 * second,
      second,
      5 * minute,
      'Time of a PACS to answer a search from the screen.',
    ),
    priorsAutomatic: flag(
      true,
      'Looks for a patient’s earlier studies by itself when a request is submitted and when it is claimed.',
    ),
    priorsMax: whole(4, 0, 50, 'Earlier studies fetched for one request; the others are listed.'),
    priorsYears: whole(10, 1, 100, 'How far back a study is worth comparing.'),
    searchMaximum: whole(200, 1, 5000, 'Studies taken from one PACS in a search; more is said to be cut.'),
  })
  .describe('Studies that we look for and fetch in other PACS.')

const storage = z
  .strictObject({
    freeMbMin: whole(
      1024,
      0,
      100_000_000,
      'MiB that stay free on the disk: below, new images are refused (A700).',
    ),
    imagesKeptYears: whole(
      20,
      1,
      100,
      'Years for which images are kept, as each report says (CSP R.1112-7).',
    ),
    bucketFiles: whole(4096, 16, 100_000, 'Objects in one folder before the next is begun.'),
  })
  .describe('The disk.')

const imports = z
  .strictObject({
    uploadMbMax: whole(16 * 1024, 1, 1024 * 1024, 'MiB of one upload: a disc, or a folder of them.'),
    siteQuotaMb: whole(
      256 * 1024,
      1,
      100 * 1024 * 1024,
      'MiB a site may have in uploads at once: on their way, undecided, and kept after their import.',
    ),
    abandonedHours: whole(
      72,
      1,
      90 * 24,
      'An upload nobody decided on is removed after this; the list of discs says when.',
    ),
    keptDays: whole(
      30,
      0,
      3650,
      'The upload of a finished import is removed after this; originals of rewritten images stay in the store.',
    ),
  })
  .describe('Discs that people bring.')

const mail = z
  .strictObject({
    smtpUrl: secret(
      'smtp:// or smtps:// address of the mail server, with user and password where it asks for them; a password is only said encrypted (?requireTLS=false behind the address allows it in the clear).',
    ),
    from: text('Relais <relais@localhost>', 'Sender of our letters.'),
    captured: flag(
      false,
      'Keeps letters in the node for reading on screen instead of sending them (demonstration).',
    ),
    dkimDomain: z
      .string()
      .regex(
        /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
        'a domain, e.g. example.org',
      )
      .nullable()
      .default(null)
      .describe(
        'Domain for which letters are signed (DKIM, RFC 6376): that of the sender, or one above it; without it they leave unsigned. relais doctor says which DNS record belongs to it.',
      ),
    dkimSelector: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'letters a–z, digits and hyphens')
      .default('relais')
      .describe('Name of the key in the DNS. Another name has another key: that is how it is replaced.'),
    dkimKeyFile: optional(
      'PEM file of the RSA key (2048 to 4096 bits); without it one is made and kept with the keys of this node.',
    ),
  })
  .describe('Letters. They never hold health data.')

const peers = z
  .strictObject({
    allowLoopback: flag(false, 'Lets peers have addresses of this machine: demonstrations and tests only.'),
  })
  .describe('Other DICOM nodes.')

const outgoing = z
  .strictObject({
    privateAddresses: z
      .array(z.enum(purposes))
      .default(['peer', 'mail', 'telephone'])
      .describe(
        'For what addresses of private networks (10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7) may be called: peer, mail, telephone, webhook, witness, push. This node itself, link-local and metadata addresses are called for nothing.',
      ),
  })
  .describe('Addresses that people name and this node calls.')

const log = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('The least grave line that is written (JSON lines on stderr, without patient data).'),
  })
  .describe('The log for those who run the machine. The legal trail is the journal.')

export const settingsSchema = z.strictObject({
  node: node.prefault({}),
  data: data.prefault({}),
  http: http.prefault({}),
  dicomweb: dicomweb.prefault({}),
  dicom: dicom.prefault({}),
  calls: calls.prefault({}),
  commitment: commitment.prefault({}),
  retrieval: retrieval.prefault({}),
  storage: storage.prefault({}),
  imports: imports.prefault({}),
  mail: mail.prefault({}),
  push: push.prefault({}),
  telephone: telephone.prefault({}),
  conversations: conversations.prefault({}),
  webhooks: webhooks.prefault({}),
  accounts: accounts.prefault({}),
  sessions: sessions.prefault({}),
  links: links.prefault({}),
  admin: admin.prefault({}),
  peers: peers.prefault({}),
  archive: archive.prefault({}),
  backup: backup.prefault({}),
  downtime: downtime.prefault({}),
  outgoing: outgoing.prefault({}),
  log: log.prefault({}),
})

export type Settings = z.output<typeof settingsSchema>

export interface Setting {
  /** `section.key` */
  path: string
  /** Name in the environment: `RELAIS_<SECTION>_<KEY>`. */
  variable: string
  description: string
  type: 'string' | 'integer' | 'boolean' | 'array'
  standard: unknown
  secret: boolean
}

interface JsonSchema {
  type?: string
  description?: string
  default?: unknown
  writeOnly?: boolean
  properties?: Record<string, JsonSchema>
  anyOf?: JsonSchema[]
}

/** The schema as a JSON Schema document, for editors of `config/relais.yaml`. */
export function settingsJsonSchema(): object {
  return { title: 'Relais configuration', ...z.toJSONSchema(settingsSchema, { io: 'input' }) }
}

/** Every setting with its sentence, in the order of the file. */
export function settings(): Setting[] {
  const { properties = {} } = settingsJsonSchema() as JsonSchema
  return Object.entries(properties).flatMap(([section, { properties: keys = {} }]) =>
    Object.entries(keys).map(([key, schema]) => ({
      path: `${section}.${key}`,
      variable: variableOf(section, key),
      description: schema.description ?? '',
      type: typeOf(schema),
      standard: schema.default,
      secret: schema.writeOnly === true,
    })),
  )
}

function typeOf(schema: JsonSchema): Setting['type'] {
  const type = schema.type ?? schema.anyOf?.find(one => one.type !== 'null')?.type ?? 'string'
  return type as Setting['type']
}

function variableOf(section: string, key: string): string {
  return `RELAIS_${section}_${key.replace(/[A-Z]/g, capital => `_${capital}`)}`.toUpperCase()
}
