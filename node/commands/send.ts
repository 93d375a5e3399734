import { open, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FILE_HEADER_MAX_BYTES, readFileHeader } from '../dicom/format/part10.js'
import { storeStatus } from '../dicom/network/status.js'
import { fail, reasonOf } from '../errors.js'
import { targetOf } from '../peers/target.js'
import type { InstanceResult, InstanceToSend } from '../peers/wire.js'
import type { Command } from './command.js'

interface SendInput {
  paths: string[]
  to: string
}

interface SendAnswer {
  peer: string
  sent: number
  failed: { path: string; reason: string }[]
}

const MAX_FILES = 200_000
const MAX_DEPTH = 32

/** `relais send PATH… --to PEER`: files as they are, straight to a registered peer, each with its own status. */
export const send: Command = {
  name: 'send',
  usage: 'PATH… --to PEER',
  summary: 'Sends DICOM files, or all of a folder, to a registered peer.',
  options: { to: { type: 'string', help: 'name of the peer' } },
  read: ({ values, positionals, cwd }): SendInput => {
    if (positionals.length === 0) fail('invalid', 'Say at least one file or folder.')
    if (typeof values['to'] !== 'string') fail('invalid', 'Say where to: --to PEER.')
    return { paths: positionals.map(path => resolve(cwd, path)), to: values['to'] }
  },
  run: async (input: never, { services, progress }): Promise<SendAnswer> => {
    const { paths, to } = input as SendInput
    const peer = services.peers.get(to)
    const failed: SendAnswer['failed'] = []
    const instances: InstanceToSend[] = []
    for (const path of await filesIn(paths)) {
      try {
        instances.push(await instanceIn(path, instances.length))
      } catch (thrown) {
        failed.push({ path, reason: reasonOf(thrown) })
      }
    }
    let done = 0
    const results = new Map<number, InstanceResult>()
    const answer = await services.exchange.link.call(
      { method: 'send', target: targetOf(peer), associations: peer.associations, instances },
      {
        onSent: batch => {
          done += batch.length
          for (const result of batch) results.set(result.index, result)
          progress(`${done} of ${instances.length}`)
        },
      },
    )
    const failure = answer.ok ? (answer.method === 'send' ? answer.failure : undefined) : answer.failure
    let sent = 0
    for (const instance of instances) {
      const result = results.get(instance.index)
      if (result?.outcome === 'stored' || result?.outcome === 'warning') sent++
      else failed.push({ path: instance.path, reason: reasonFor(result) ?? failure?.detail ?? 'not sent' })
    }
    if (sent > 0) services.peers.seen(peer.id)
    return { peer: peer.id, sent, failed }
  },
  failed: (answer: never) => (answer as SendAnswer).failed.length > 0,
  print: (answer: never) => {
    const { peer, sent, failed } = answer as SendAnswer
    return [
      `${sent} sent to ${peer}, ${failed.length} failed.`,
      ...failed.map(({ path, reason }) => `  ${path}: ${reason}`),
    ].join('\n')
  },
}

function reasonFor(result: InstanceResult | undefined): string | undefined {
  if (result === undefined) return undefined
  return result.reason ?? (result.status === undefined ? undefined : storeStatus(result.status).meaning)
}

async function filesIn(paths: readonly string[], depth = 0): Promise<string[]> {
  if (depth > MAX_DEPTH) fail('invalid', `Folders are nested deeper than ${MAX_DEPTH}.`)
  const files: string[] = []
  for (const path of paths) {
    const found = await stat(path).catch(thrown =>
      fail('missing', `${path} cannot be read: ${reasonOf(thrown)}.`),
    )
    if (found.isFile()) files.push(path)
    else if (found.isDirectory())
      files.push(
        ...(await filesIn(
          (await readdir(path)).sort().map(name => join(path, name)),
          depth + 1,
        )),
      )
    if (files.length > MAX_FILES) fail('too-many', `More than ${MAX_FILES} files.`)
  }
  return files
}

async function instanceIn(path: string, index: number): Promise<InstanceToSend> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const head = Buffer.alloc(Math.min(FILE_HEADER_MAX_BYTES, size))
    await file.read(head, 0, head.length, 0)
    const { sopClassUID, sopInstanceUID, transferSyntaxUID, datasetOffset } = readFileHeader(head)
    if (sopClassUID === undefined || sopInstanceUID === undefined)
      fail('invalid', 'The file does not say what it is (no file meta information).')
    return {
      index,
      path,
      datasetOffset,
      datasetBytes: size - datasetOffset,
      sopClassUID,
      sopInstanceUID,
      transferSyntaxUID,
    }
  } finally {
    await file.close()
  }
}
