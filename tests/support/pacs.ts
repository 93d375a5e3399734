import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openOwnPacs } from '../../node/commands/demo/own-pacs.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import { orthancDicomweb } from '../../node/setup/system.mjs'
import { eventually, type Finished, freePort, run } from './children.js'
import { temporary } from './node.js'
import { digestOf, inOrder, type PhantomFile } from './phantoms.js'
import { found } from './programs.js'

type Teardown = Pick<ExecutionContext, 'teardown'>

export const programs = {
  storescu: found('storescu'),
  storescp: found('storescp'),
  findscu: found('findscu'),
  echoscu: found('echoscu'),
  orthanc: found('Orthanc'),
  orthancDicomweb: existsSync(orthancDicomweb) ? orthancDicomweb : undefined,
}

/** Sends files with DCMTK, each on the one association; `aeTitle` calls `called`. */
export function storescu(
  port: number,
  aeTitle: string,
  files: readonly PhantomFile[],
  options: { called?: string; more?: string[] } = {},
): Promise<Finished> {
  return run(programs.storescu ?? '', [
    '-v',
    ...(options.more ?? []),
    ...['-aet', aeTitle, '-aec', options.called ?? 'RELAIS', '127.0.0.1', String(port)],
    ...files.map(({ file }) => file),
  ])
}

/** SOP Instance UIDs for which storescu heard a success, in order: what was promised to the sender. */
export function acknowledged(sent: Finished, files: readonly PhantomFile[]): PhantomFile[] {
  const done: PhantomFile[] = []
  let current: PhantomFile | undefined
  for (const line of sent.output.split('\n')) {
    const sending = /Sending file: (.*)$/.exec(line)?.[1]
    if (sending !== undefined) current = files.find(({ file }) => file === sending)
    if (/Received Store Response \(Success\)/.test(line) && current !== undefined) done.push(current)
  }
  return done
}

/** A place that takes images and can be looked into. */
export interface Archive {
  port: number
  /** Data set digests by SOP Instance UID. */
  holds(): Promise<Map<string, string>>
  stop(): Promise<void>
}

/** DCMTK's storescp; what it gets lies in a folder, unchanged. It knows no C-FIND. */
export async function openStorescp(
  t: Teardown,
  options: { aeTitle: string; port?: number; folder?: string },
): Promise<Archive & { writes(): number }> {
  const port = options.port ?? (await freePort())
  const folder = options.folder ?? temporary(t, 'relais-storescp-')
  const child = spawn(
    programs.storescp ?? '',
    ['-v', '-B', '+xa', '-aet', options.aeTitle, '-od', folder, String(port)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('latin1').on('data', text => {
      output += text
    })
  const stop = ender(child)
  t.teardown(stop)
  await listens(port, 'storescp')
  return {
    port,
    stop,
    writes: () => output.match(/storing DICOM file/g)?.length ?? 0,
    holds: async () =>
      inOrder(
        readdirSync(folder).map(name => {
          const file = readFileSync(join(folder, name))
          const { sopInstanceUID = '', datasetOffset } = readFileHeader(file)
          return [sopInstanceUID, digestOf(file.subarray(datasetOffset))] as const
        }),
      ),
  }
}

export interface Orthanc extends Archive {
  /** Where it answers over HTTP; its DICOMweb is below `/dicom-web`. */
  http: string
  /** Puts files into it as its own modality would. */
  add(files: readonly Pick<PhantomFile, 'file'>[]): Promise<void>
  /** C-STORE of one study to the node; rejects when Orthanc says that it failed. */
  send(StudyInstanceUID: string): Promise<void>
  /** C-FIND at study level with the node. */
  query(keys: Record<string, string>): Promise<{
    count: number
    /** C-MOVE of all that was found to this AE title; rejects when Orthanc says that it failed. */
    retrieve(TargetAet: string): Promise<void>
  }>
  /** Calls the node through its DICOMweb plugin: `qido`, `retrieve` and others, with what they take. */
  dicomweb<T>(operation: string, body: object): Promise<T>
  /** Asks the node to commit itself to these instances, and waits for the node's answer. */
  askToCommit(
    references: readonly { sopClassUID: string; sopInstanceUID: string }[],
  ): Promise<{ Status: string; Success: object[]; Failures: { FailureReason: number }[] }>
}

/** A real Orthanc on ports and a folder of its own; `node` is where it sends. */
export async function openOrthanc(
  t: Teardown,
  options: {
    aeTitle: string
    node: { port: number; aeTitle?: string }
    port?: number
    folder?: string
    /** Loads its DICOMweb plugin, which knows the node by this address and token. */
    dicomweb?: { url: string; token: string }
  },
): Promise<Orthanc> {
  const port = options.port ?? (await freePort())
  const http = await freePort()
  const folder = options.folder ?? temporary(t, 'relais-orthanc-')
  mkdirSync(join(folder, 'storage'), { recursive: true })
  const settings = join(folder, 'orthanc.json')
  writeFileSync(
    settings,
    JSON.stringify({
      Name: options.aeTitle,
      StorageDirectory: join(folder, 'storage'),
      IndexDirectory: join(folder, 'storage'),
      HttpPort: http,
      HttpBindAddresses: ['127.0.0.1'],
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      DicomAet: options.aeTitle,
      DicomPort: port,
      DicomCheckCalledAet: true,
      DicomModalities: { relais: [options.node.aeTitle ?? 'RELAIS', '127.0.0.1', options.node.port] },
      DicomAlwaysAllowStore: true,
      DicomAlwaysAllowFind: true,
      Plugins: options.dicomweb === undefined ? [] : [programs.orthancDicomweb],
      DicomWeb: {
        Enable: true,
        Servers:
          options.dicomweb === undefined
            ? {}
            : {
                relais: {
                  Url: options.dicomweb.url,
                  HttpHeaders: { Authorization: `Bearer ${options.dicomweb.token}` },
                },
              },
      },
    }),
  )
  const child = spawn(programs.orthanc ?? '', [settings], { stdio: 'ignore' })
  const stop = ender(child)
  t.teardown(stop)
  const base = `http://127.0.0.1:${http}`
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${base}${path}`, init)
    if (!answer.ok) throw new Error(`Orthanc answered ${answer.status} to ${path}: ${await answer.text()}`)
    return answer
  }
  const json = async <T>(path: string, init?: RequestInit) => (await (await ask(path, init)).json()) as T
  await eventually(
    'Orthanc answers',
    () =>
      ask('/system').then(
        () => true,
        () => undefined, // not listening yet
      ),
    60_000,
  )
  await listens(port, 'Orthanc')
  return {
    port,
    http: base,
    stop,
    dicomweb: (operation, body) =>
      json(`/dicom-web/servers/relais/${operation}`, { method: 'POST', body: JSON.stringify(body) }),
    holds: async () => {
      const digests = new Map<string, string>()
      for (const id of await json<string[]>('/instances')) {
        const file = Buffer.from(await (await ask(`/instances/${id}/file`)).arrayBuffer())
        const { sopInstanceUID = '', datasetOffset } = readFileHeader(file)
        digests.set(sopInstanceUID, digestOf(file.subarray(datasetOffset)))
      }
      return inOrder(digests)
    },
    add: async files => {
      for (const { file } of files)
        await ask('/instances', { method: 'POST', body: new Uint8Array(readFileSync(file)) })
    },
    query: async Query => {
      const { Path } = await json<{ Path: string }>('/modalities/relais/query', {
        method: 'POST',
        body: JSON.stringify({ Level: 'Study', Query }),
      })
      return {
        count: (await json<string[]>(`${Path}/answers`)).length,
        retrieve: async TargetAet => {
          await ask(`${Path}/retrieve`, {
            method: 'POST',
            body: JSON.stringify({ TargetAet, Synchronous: true }),
          })
        },
      }
    },
    askToCommit: async references => {
      const { ID } = await json<{ ID: string }>('/modalities/relais/storage-commitment', {
        method: 'POST',
        body: JSON.stringify({
          DicomInstances: references.map(({ sopClassUID, sopInstanceUID }) => ({
            SOPClassUID: sopClassUID,
            SOPInstanceUID: sopInstanceUID,
          })),
        }),
      })
      return eventually(
        'the node’s answer to Orthanc',
        async () => {
          const report = await json<Awaited<ReturnType<Orthanc['askToCommit']>>>(`/storage-commitment/${ID}`)
          return report.Status === 'Pending' ? undefined : report
        },
        30_000,
      )
    },
    send: async StudyInstanceUID => {
      const known = await json<{ Type: string; ID: string }[]>('/tools/lookup', {
        method: 'POST',
        body: StudyInstanceUID,
      })
      const study = known.find(each => each.Type === 'Study')
      if (study === undefined) throw new Error('Orthanc does not have the study')
      await ask('/modalities/relais/store', {
        method: 'POST',
        body: JSON.stringify({ Resources: [study.ID], Synchronous: true }),
      })
    },
  }
}

function ender(child: ReturnType<typeof spawn>): () => Promise<void> {
  const closed = once(child, 'close')
  return async () => {
    child.kill('SIGKILL')
    await closed
  }
}

/** Waits until somebody accepts connections there. */
async function listens(port: number, who: string): Promise<void> {
  await eventually(
    `${who} listens`,
    () =>
      new Promise<true | undefined>(resolve => {
        const socket = connect(port, '127.0.0.1')
        socket.once('connect', () => {
          socket.destroy()
          resolve(true)
        })
        socket.once('error', () => resolve(undefined))
      }),
    20_000,
  )
}

/** Orthanc where it is installed, else a PACS of our own engine in its own process: both answer C-FIND. */
export async function openPacs(
  t: Teardown,
  options: { aeTitle: string; node: { port: number }; port: number },
): Promise<Pick<Orthanc, 'add' | 'send'>> {
  if (programs.orthanc !== undefined) return openOrthanc(t, options)
  const { aeTitle, port, node } = options
  const pacs = await openOwnPacs({
    id: aeTitle.toLowerCase(),
    aeTitle,
    port,
    folder: temporary(t, 'relais-pacs-'),
    node: { aeTitle: 'RELAIS', port: node.port },
  })
  t.teardown(pacs.close)
  return { add: files => pacs.add(files.map(({ file }) => readFileSync(file))), send: pacs.sendToNode }
}
