#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { systemClock } from './clock.js'
import { passphraseIn } from './commands/backup.js'
import { helpOf, parse } from './commands/command.js'
import { conformance } from './commands/conformance.js'
import { permissions } from './commands/permissions.js'
import { restoreInto } from './commands/restore.js'
import { commands } from './commands/running.js'
import { type ExitCode, isWrongUsage, sayFailure, userName } from './commands/saying.js'
import { printVerification, verify } from './commands/verify.js'
import { type Config, loadConfig } from './config.js'
import { openLog } from './log.js'
import { openDataFolder } from './program/folder.js'
import { askRunningNode } from './program/local-door.js'
import { version } from './program/version.js'

const PROGRESS_AFTER_MS = 2000

const USAGE = `relais ${version}

  relais start                          the node on its configuration
  relais demo                           the node with a demonstration network of real DICOM peers
${usageOf(commands)}
  relais conformance                    the DICOM conformance statement (PS3.2)
  relais permissions                    who may what, as a document
  relais verify [FILE]                  checks the whole journal and what must equal it
  relais restore DIR                    puts a backup into an empty data folder, and verifies it

Every command: --help, --json, --config FILE.
`

function usageOf(some: readonly (typeof commands)[number][]): string {
  return some.map(({ name, usage }) => `  relais ${name} ${usage}`.trimEnd()).join('\n')
}

async function main(args: string[]): Promise<ExitCode> {
  const [first = '', second = ''] = args
  if (first === '' || first === 'help' || first === '--help' || first === '-h') {
    process.stdout.write(USAGE)
    return first === '' ? 2 : 0
  }
  if (first === '--version') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  // Loaded where they are asked for: the whole node takes longer to load than a command that a running one answers.
  if (first === 'start') return (await import('./commands/start.js')).start(args.slice(1))
  if (first === 'demo') return (await import('./commands/demo.js')).demo(args.slice(1))
  if (first === 'conformance') return conformance(args.slice(1))
  if (first === 'permissions') return permissions(args.slice(1))
  if (first === 'verify') return runVerify(args.slice(1))
  if (first === 'restore') return runRestore(args.slice(1))
  const command =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first)
  if (command === undefined) {
    const group = commands.filter(({ name }) => name.startsWith(`${first} `))
    if (group.length > 0 && (second === '--help' || second === '-h')) {
      process.stdout.write(`${usageOf(group)}\n\nEach explains itself: relais ${group[0]?.name} --help\n`)
      return 0
    }
    process.stderr.write(`relais: no command is named "${`${first} ${second}`.trim()}".\n\n${USAGE}`)
    return 2
  }
  return runCommand(command, args.slice(command.name.split(' ').length))
}

async function runCommand(command: (typeof commands)[number], args: string[]): Promise<ExitCode> {
  let typed: ReturnType<typeof parse>
  let input: unknown
  try {
    typed = parse(command, args)
    if (typed.values['help'] === true) {
      process.stdout.write(`${helpOf(command)}\n`)
      return 0
    }
    input = await command.read({
      values: { ...typed.values },
      positionals: typed.positionals,
      cwd: process.cwd(),
    })
  } catch (thrown) {
    sayFailure(thrown)
    return 2
  }
  const config = configured(typed.values['config'])
  const progress = afterAWhile()
  const user = userName()
  const folder = openDataFolder(config.data.dir)
  const asked = await askRunningNode(folder.socket, { command: command.name, input, user }, progress)
  const answer = asked === undefined ? await alone(config, command, input, { user, progress }) : asked.answer
  print(answer, typed.values['json'] === true, () => command.print(answer as never))
  return command.failed?.(answer as never) === true ? 1 : 0
}

/** No node runs: the command opens the data itself, and nothing else may meanwhile. */
async function alone(
  config: Config,
  command: (typeof commands)[number],
  input: unknown,
  { user, progress }: { user: string; progress: (text: string) => void },
): Promise<unknown> {
  let services: Awaited<ReturnType<typeof opened>>
  try {
    services = await opened(config)
  } catch (thrown) {
    if (command.closed === undefined) throw thrown
    return command.closed(config, input as never, thrown)
  }
  try {
    await services.exchange.start()
    return await command.run(input as never, { services, user, serving: false, progress })
  } finally {
    await services.exchange.close()
    services.secondOpinion.close()
    await services.close()
  }
}

async function opened(config: Config) {
  const { openServices } = await import('./program/services.js')
  const clock = systemClock()
  return openServices({
    onRead: () => {},
    onPresence: () => {},
    onTrouble: () => {},
    config: { ...config, dicom: { ...config.dicom, port: 0, tlsPort: 0 } },
    clock,
    log: openLog({ level: 'error', clock }),
    publicUrl: () => config.http.publicUrl ?? `http://${config.http.host}:${config.http.port}`,
    onProgress: () => {},
    onArriving: () => {},
    onFlow: () => {},
    isOnline: () => false,
    onJob: () => {},
  })
}

async function runVerify(args: string[]): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
      config: { type: 'string' },
      objects: { type: 'boolean' },
      resume: { type: 'string' },
      witness: { type: 'string', multiple: true },
      language: { type: 'string' },
    },
  })
  const [file, ...more] = positionals
  if (values.help === true) {
    process.stdout.write(
      'relais verify [FILE] [--objects] [--resume FILE] [--witness PATH] [--language fr|en] [--config FILE] [--json]\n\nReads only; works whether a node runs or not. --objects also reads every stored file again. --resume keeps in that file how far it is: a check that was cut off goes on from there. --witness: a signed head that was kept elsewhere, or a folder of them, besides the one of archive.witnessFolder. Exit code 1 when something does not fit.\n',
    )
    return 0
  }
  const { language = 'en' } = values
  if (more.length > 0 || (language !== 'fr' && language !== 'en')) {
    process.stderr.write(
      'relais: Say one database file, or none for the one of the data folder; --language is fr or en.\n',
    )
    return 2
  }
  const config = configured(values.config)
  const path = file ?? openDataFolder(config.data.dir).database
  const kept = file === undefined ? config.archive.witnessFolder : null
  const result = await verify(path, process.cwd(), afterAWhile(), {
    objects: values.objects === true,
    witnesses: [...(kept === null ? [] : [kept]), ...(values.witness ?? [])],
    ...(values.resume === undefined ? {} : { resume: values.resume }),
  })
  print(result, values.json === true, () => printVerification(result, language))
  return result.ok ? 0 : 1
}

async function runRestore(args: string[]): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
      config: { type: 'string' },
      'passphrase-file': { type: 'string' },
      certificates: { type: 'string', multiple: true },
    },
  })
  if (values.help === true) {
    process.stdout.write(
      'relais restore DIR [--passphrase-file FILE] [--certificates DIR] [--config FILE] [--json]\n\nPuts a backup into the data folder of the configuration, which must be empty, and verifies all of it, every stored file included. What certificates of destruction say was destroyed since is destroyed again: those of the backup, of archive.witnessFolder, and of the folders that --certificates names.\n',
    )
    return 0
  }
  const [from, ...more] = positionals
  if (from === undefined || more.length > 0) {
    process.stderr.write('relais: Say the folder of one backup.\n')
    return 2
  }
  const file = values['passphrase-file']
  const config = configured(values.config)
  const { report, destroyed, checked } = await restoreInto(openDataFolder(config.data.dir), {
    from,
    config,
    certificates: values.certificates ?? [],
    passphrase: file === undefined ? null : passphraseIn(file),
    progress: afterAWhile(),
  })
  const again =
    destroyed === 0
      ? ''
      : ` Destroyed again by certificate: ${destroyed === 1 ? '1 record' : `${destroyed} records`}.`
  const words = `The backup of ${report.at} is restored.${again}`
  print(
    { ...report, destroyed, verified: checked },
    values.json === true,
    () => `${words}\n${printVerification(checked)}`,
  )
  return checked.ok ? 0 : 1
}

function configured(file: unknown): Config {
  return loadConfig(typeof file === 'string' ? { file } : {})
}

function print(answer: unknown, json: boolean, words: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(answer) : words()}\n`)
}

/** Progress on stderr, when it takes longer than a person likes to wait. */
function afterAWhile(): (text: string) => void {
  const clock = systemClock()
  const began = clock.monotonic()
  let last = ''
  return text => {
    if (text === last || clock.monotonic() - began <= PROGRESS_AFTER_MS) return
    last = text
    process.stderr.write(`${text}\n`)
  }
}

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  thrown => {
    sayFailure(thrown)
    process.exitCode = isWrongUsage(thrown) ? 2 : 1
  },
)
