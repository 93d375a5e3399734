import { createServer } from 'node:net'

/** A real DICOM peer of the demonstration, in a process of its own. */
export interface DemoPacs {
  id: string
  aeTitle: string
  port: number
  /** What it is, for the screen. */
  software: string
  /** Puts Part 10 files into it, as its own modality would. */
  add(files: readonly Buffer[]): Promise<void>
  /** Makes it send a study to the node by C-STORE. */
  sendToNode(StudyInstanceUID: string): Promise<void>
  close(): Promise<void>
}

export interface DemoPacsOptions {
  id: string
  aeTitle: string
  folder: string
  port: number
  node: { aeTitle: string; port: number }
}

/** A port that is free now, on loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
