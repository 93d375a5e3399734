import type { Conformance, ConformanceService } from './conformance.js'

/** The statement as Markdown, in the order of PS3.2 Annex A. */
export function conformanceText(statement: Conformance): string {
  const { product, services, applicationEntity: entity, security, characterSets } = statement
  const provided = services.filter(({ right }) => right !== undefined)
  const used = services.filter(({ right }) => right === undefined)
  return `${[
    `# DICOM Conformance Statement: ${product.name} ${product.version}`,
    'Made by the program itself from the tables it works by, under the configuration it was asked with. Not a certificate.',
    '## 1 Overview',
    `${product.name} is an exchange node between the archives of hospitals and of the groups that read for them. It takes instances, keeps every data set byte for byte as received, sends it on, answers queries and retrievals, and commits itself to what it keeps.`,
    table(
      ['SOP class', 'User (SCU)', 'Provider (SCP)'],
      overview(services).map(({ name, uid, scu, scp }) => [
        `${name} \`${uid}\``,
        scu ? 'yes' : 'no',
        scp ? 'yes' : 'no',
      ]),
    ),
    '## 2 Introduction',
    'Names, units and paragraph numbers are those of the DICOM Standard. A service is open to a peer only where its registration says so.',
    '## 3 Networking',
    '### 3.1 Implementation model',
    'One application entity. One process owns every DICOM socket, in both directions, and the files; another owns the database. An instance is acknowledged after its file is synced and its row is committed.',
    '### 3.2 Application entity specification',
    '#### 3.2.1 Association policies',
    table(
      ['', ''],
      [
        ['Application context', '`1.2.840.10008.3.1.1.1`'],
        ['Implementation class UID', `\`${product.implementationClassUID}\``],
        ['Implementation version name', product.implementationVersionName],
        [
          'Asynchronous operations window',
          `performs up to ${entity.asynchronousOperations.performed}, invokes up to ${entity.asynchronousOperations.invoked}; 1 where the peer does not negotiate it`,
        ],
        ...Object.entries(entity.associations).map(([name, value]) => [name, String(value)]),
        ...Object.entries(entity.timers).map(([name, value]) => [
          `${name} (associations of others)`,
          String(value),
        ]),
        ...Object.entries(entity.calls).map(([name, value]) => [
          `${name} (associations of ours)`,
          String(value),
        ]),
      ],
    ),
    '#### 3.2.2 Associations we open',
    ...used.flatMap(section),
    '#### 3.2.3 Associations others open with us',
    'Calling AE title, called AE title and address (or certificate) must all name one registered peer. An unknown address hears one same refusal (A-ASSOCIATE-RJ 1/1/1); a known one learns which title is wrong (1/1/3, 1/1/7). Too many associations of one peer: 2/3/2; of all: 2/3/1.',
    ...provided.flatMap(section),
    '#### 3.2.4 Extended negotiation',
    table(
      ['SOP class', 'Answered at most'],
      statement.extendedNegotiation.map(({ sopClass, information }) => [
        sopClass.name,
        information.join(' '),
      ]),
    ),
    '#### 3.2.5 Statuses we answer',
    table(
      ['Service', 'Status', 'Meaning', 'When'],
      statement.statuses.map(({ service, status, meaning, when }) => [service, status, meaning, when]),
    ),
    '### 3.3 Transfer syntaxes of stored instances',
    'Instances are taken and kept in any transfer syntax, those below and others; a presentation context is accepted with the first one offered.',
    table(
      ['Name', 'UID'],
      statement.storedTransferSyntaxes.map(({ name, uid }) => [name, `\`${uid}\``]),
    ),
    '### 3.4 Network interfaces',
    'TCP/IP over IPv4 and IPv6.',
    '### 3.5 Configuration',
    table(
      ['', ''],
      [
        ['AE title, where a peer names no other', entity.title],
        ['Port', String(entity.port)],
        ['Port over TLS', String(entity.tlsPort)],
      ],
    ),
    '## 4 Media interchange',
    'No media is written.',
    '## 5 Support of character sets',
    `Read: ${characterSets.read.join(', ')}. Written in what we make ourselves: ${characterSets.written.join(', ')}. What cannot be decoded is kept and flagged.`,
    '## 6 Security',
    '### 6.1 Security profiles',
    `${security.tls.profile}: ${security.tls.versions.join(' and ')}.`,
    table(
      ['Cipher suite'],
      security.tls.suites.map(suite => [`\`${suite}\``]),
    ),
    ...security.peers.map(sentence => `- ${sentence}`),
    '### 6.2 Association level security',
    `Certificates that end are told of ${security.tls.certificateAlarmDays.filter(days => days > 0).join(', ')} days before. Addresses that are called are looked at when they are called.`,
    '## 7 Annexes',
    '### 7.1 Standard extended, specialised and private SOP classes',
    'None.',
    '### 7.2 Private transfer syntaxes',
    'None of our own; GE Private Implicit VR (`1.2.840.113619.5.2`) is kept where it is received.',
    '### 7.3 Private attributes',
    'None are written. Those received are kept as they are.',
  ].join('\n\n')}\n`
}

function section(service: ConformanceService): string[] {
  const { name, right, role, roleSelection, sopClasses, transferSyntaxes } = service
  const uids = sopClasses.map(({ name: title, uid }) => `${title} \`${uid}\``)
  const listed = uids.length > 8 ? `${uids.length} classes, listed in the overview` : uids.join(', ')
  const encodings =
    transferSyntaxes === 'any'
      ? 'any, as received'
      : transferSyntaxes.map(each => `${each.name} \`${each.uid}\``).join(', ')
  return [
    `**${name}** (${role}${right === undefined ? '' : `, right ${right}`}${roleSelection ? ', by SCP/SCU role selection' : ''})`,
    `- SOP classes: ${listed}\n- Transfer syntaxes: ${encodings}`,
  ]
}

function overview(services: readonly ConformanceService[]) {
  const rows = new Map<string, { name: string; uid: string; scu: boolean; scp: boolean }>()
  for (const { role, sopClasses } of services)
    for (const { uid, name } of sopClasses) {
      const row = rows.get(uid) ?? { name, uid, scu: false, scp: false }
      rows.set(uid, { ...row, scu: row.scu || role === 'SCU', scp: row.scp || role === 'SCP' })
    }
  return [...rows.values()]
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
