/**
 * The child process of `native.ts`: one call of dicom-dimse-native, then its end by SIGKILL from the parent (a hung
 * peer blocks even `process.exit`). It writes `dicom.log` into its working folder as it is loaded.
 */
import { createRequire } from 'node:module'
import type { NativeAnswer, NativeCall } from './native.js'

interface Addon {
  echoScu(options: object, callback: (result: unknown) => void): void
  findScu(options: object, callback: (result: unknown) => void): void
}

process.once('message', (call: NativeCall) => {
  try {
    const addon = createRequire(import.meta.url)('dicom-dimse-native') as Addon
    const options = {
      // The addon wants an address of its own side too, though it opens no port.
      source: { aet: call.callingAETitle, ip: '127.0.0.1', port: '104' },
      target: { aet: call.calledAETitle, ip: call.host, port: String(call.port) },
      verbose: false,
    }
    if (call.kind === 'echo') addon.echoScu(options, answer)
    else addon.findScu({ ...options, tags: call.keys }, answer)
  } catch (error) {
    send({ unavailable: error instanceof Error ? error.message : String(error) })
  }
})

/** Callbacks may come several times; the parent takes what it needs and ends us. */
function answer(result: unknown) {
  send({ result: String(result) })
}

function send(message: NativeAnswer) {
  process.send?.(message)
}
