/** A file that waits to be sent. */
export interface Waiting {
  name: string
  type: string
  bytes: number
  /** Base 64. */
  content: string
}

/** What people may attach; the node tells by the content. */
export const ATTACHABLE = '.pdf,.jpg,.jpeg,.png,.txt,application/pdf,image/jpeg,image/png,text/plain'

export async function waitingOf(file: File): Promise<Waiting> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return { name: file.name, type: file.type, bytes: file.size, content: btoa(text) }
}
