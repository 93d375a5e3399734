/**
 * The child process of `native.ts` and `transcoder.ts`: calls of dicom-dimse-native, then its end by SIGKILL from the
 * parent (a hung peer blocks even `process.exit`). It writes `dicom.log` into its working folder as it is loaded.
 */
import { createRequire } from 'node:module'
import { reasonOf } from '../errors.js'
import type { NativeAnswer, NativeCall } from './native.js'

interface Addon {
  echoScu(options: object, callback: (result: unknown) => void): void
  findScu(options: object, callback: (result: unknown) => void): void
  recompress(options: object, callback: (result: unknown) => void): void
}

process.on('message', (call: NativeCall) => {
  try {
    const addon = createRequire(import.meta.url)('dicom-dimse-native') as Addon
    if (call.kind === 'recompress') {
      rewrite(call, addon).then(send, (thrown: unknown) => send({ failed: reasonOf(thrown) }))
      return
    }
    const options = {
      // The addon wants an address of its own side too, though it opens no port.
      source: { aet: call.callingAETitle, ip: '127.0.0.1', port: '104' },
      target: { aet: call.calledAETitle, ip: call.host, port: String(call.port) },
      verbose: false,
    }
    if (call.kind === 'echo') addon.echoScu(options, answer)
    else addon.findScu({ ...options, tags: call.keys }, answer)
  } catch (error) {
    send({ unavailable: reasonOf(error) })
  }
})

async function rewrite(
  { source, to, into }: Extract<NativeCall, { kind: 'recompress' }>,
  addon: Addon,
): Promise<NativeAnswer> {
  // Only where images are written anew are their readers and decoders loaded.
  const { recompress } = await import('./recompression.js')
  const made = await recompress(
    source,
    to,
    into,
    (sourcePath, storagePath, writeTransfer) =>
      new Promise(resolve => {
        const options = { sourcePath, storagePath, writeTransfer, enableRecompression: true, verbose: false }
        addon.recompress(options, resolve)
      }),
  )
  return { made }
}

/** Callbacks may come several times; the parent takes what it needs and ends us. */
function answer(result: unknown) {
  send({ result: String(result) })
}

function send(message: NativeAnswer) {
  process.send?.(message)
}
