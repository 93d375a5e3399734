/** What leaves the server about files that people attach. */
export type AttachmentKind = 'pdf' | 'jpeg' | 'png' | 'text'

export interface AttachmentView {
  id: string
  name: string
  kind: AttachmentKind
  bytes: number
  sha256: string
}
