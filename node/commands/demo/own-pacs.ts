import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../errors.js'
import { ended } from './orthanc.js'
import type { DemoPacs, DemoPacsOptions } from './pacs.js'

/** To the process. */
export type ToPacs =
  | { type: 'open'; options: DemoPacsOptions }
  | { type: 'add'; id: number; file: Buffer }
  | { type: 'send'; id: number; StudyInstanceUID: string }

/** From the process. */
export type FromPacs = { type: 'open'; failure?: string } | { type: 'done'; id: number; failure?: string }

/** A PACS made of our own engine, where Orthanc is not installed: C-ECHO, C-STORE and C-FIND. */
export async function openOwnPacs(options: DemoPacsOptions): Promise<DemoPacs> {
  const typescript = import.meta.url.endsWith('.ts')
  const child = fork(
    fileURLToPath(new URL(typescript ? './own-pacs-process.ts' : './own-pacs-process.js', import.meta.url)),
    [],
    {
      serialization: 'advanced',
      execArgv: typescript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const waiting = new Map<number, { resolve: () => void; reject: (failure: Failure) => void }>()
  let lastId = 0
  const opened = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromPacs) => {
      if (message.type === 'open') {
        if (message.failure === undefined) resolve()
        else reject(new Failure('unavailable', message.failure))
        return
      }
      const asked = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.failure === undefined) asked?.resolve()
      else asked?.reject(new Failure('unavailable', message.failure))
    })
    child.once('exit', () => {
      reject(new Failure('unavailable', `The PACS ${options.id} ended at its start.`))
      for (const asked of waiting.values())
        asked.reject(new Failure('unavailable', `The PACS ${options.id} ended.`))
    })
  })
  const ask = (message: (id: number) => ToPacs) =>
    new Promise<void>((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      child.send(message(id))
    })
  child.send({ type: 'open', options } satisfies ToPacs)
  await opened
  return {
    id: options.id,
    aeTitle: options.aeTitle,
    port: options.port,
    software: 'Relais engine',
    add: async files => {
      for (const file of files) await ask(id => ({ type: 'add', id, file }))
    },
    sendToNode: StudyInstanceUID => ask(id => ({ type: 'send', id, StudyInstanceUID })),
    close: () => ended(child),
  }
}
