import type { Context } from 'koa'
import { MEDIA_TYPE } from '../objects/attachment.js'
import type { AttachmentKind } from '../objects/view.js'
import { type Bytes, stream } from './answer.js'

/** A file that somebody sent, to be read: nothing in it runs or loads anything here, whatever a browser takes it for. */
export function sentFile(
  ctx: Context,
  { name, kind, sha256 }: { name: string; kind: AttachmentKind; sha256: string },
  bytes: Buffer,
): Bytes {
  ctx.set('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
  const options = { type: MEDIA_TYPE[kind], body: bytes, length: bytes.length, etag: sha256 }
  if (kind === 'pdf' || kind === 'text') return stream({ ...options, filename: name })
  ctx.attachment(name, { type: 'inline' })
  return stream(options)
}
