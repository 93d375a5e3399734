import { useData } from '../api/data.js'

/** GET /api/node, public. */
export interface NodeView {
  name: string
  version: string
  demo: boolean
  mailbox: boolean
  notForDiagnosis: boolean
  serverTime: string
}

export function useNode(): NodeView | undefined {
  return useData<NodeView>(['node'], '/api/node', { staleTimeMs: 300_000 }).data
}
