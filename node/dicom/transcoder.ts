import type { ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { type NativeAnswer, type NativeCall, startNativeChild } from './native.js'
import type { Recompressed, ToRecompress } from './recompression.js'

export type Transcoded = { made: Recompressed } | { failed: string }

export interface Transcoder {
  /**
   * Writes an object anew, without loss, into `folder`, which becomes its own. Never rejects: what fails, or takes
   * too long, or is not proved to be the same, is `failed` with a sentence, and leaves nothing in the folder.
   */
  transcode(source: ToRecompress, to: string, folder: string): Promise<Transcoded>
  close(): void
}

/** An object that takes longer is no ordinary one: its process is killed, and it is sent as it is. */
const OBJECT_TIMEOUT_MS = 60_000
/** The process stays for the next object this long. */
const IDLE_MS = 10_000
/** A native library is trusted with so many objects and then begins anew. */
const OBJECTS_MAX = 200

/** One process, one object at a time; started when it is needed, killed when it hangs. */
export function openTranscoder(options: {
  /** Working folder of the process: the addon writes its `dicom.log` there. It must exist. */
  folder: string
  timeoutMs?: number
}): Transcoder {
  const timeoutMs = options.timeoutMs ?? OBJECT_TIMEOUT_MS
  let child: ChildProcess | undefined
  let done = 0
  let idle: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let closed = false

  const end = () => {
    clearTimeout(idle)
    child?.kill('SIGKILL')
    child = undefined
  }

  const ask = (source: ToRecompress, to: string, folder: string) =>
    new Promise<Transcoded>(resolve => {
      clearTimeout(idle)
      if (closed) return resolve({ failed: 'the program is ending' })
      if (child === undefined) {
        child = startNativeChild(options.folder)
        done = 0
      }
      const process = child
      const settle = (answer: Transcoded, kill: boolean) => {
        clearTimeout(deadline)
        process.off('message', heard).off('close', gone).off('error', gone)
        if ((kill || ++done >= OBJECTS_MAX) && child === process) end()
        else {
          idle = setTimeout(end, IDLE_MS)
          idle.unref()
        }
        resolve(answer)
      }
      const heard = (message: NativeAnswer) => {
        if ('made' in message) settle({ made: message.made }, false)
        else if ('failed' in message) settle({ failed: message.failed }, false)
        else if ('unavailable' in message) settle({ failed: message.unavailable }, true)
      }
      const gone = () => settle({ failed: 'the encoder ended before it had a result' }, true)
      const deadline = setTimeout(
        () => settle({ failed: `the encoder had no result within ${timeoutMs} ms` }, true),
        timeoutMs,
      )
      process.on('message', heard).once('close', gone).once('error', gone)
      process.send({ kind: 'recompress', source, to, into: folder } satisfies NativeCall, error => {
        if (error !== null) gone()
      })
    })

  return {
    transcode: (source, to, folder) => {
      const answer = turn
        .then(() => ask(source, to, folder))
        .then(async transcoded => {
          if ('failed' in transcoded) await rm(folder, { recursive: true, force: true })
          return transcoded
        })
      turn = answer
      return answer
    },
    close: () => {
      closed = true
      end()
    },
  }
}
