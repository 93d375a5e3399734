/** What leaves the server about peers and routes. */
export type Service = 'echo' | 'store' | 'find' | 'move' | 'get' | 'commit'

export interface PeerView {
  id: string
  site: string
  siteName: string
  aeTitles: string[]
  host: string
  port: number
  callUs: string
  from: string[]
  tls: 'none' | 'server' | 'mutual'
  certificate: string | null
  may: Service[]
  associations: number
  /** Last time it answered or called, and what is wrong now. */
  lastSeenAt?: string
  health: 'up' | 'down' | 'unknown'
  healthReason?: string
  queued: number
}

/** Body of POST /api/peers and PUT /api/peers/:id. */
export type PeerInput = Omit<PeerView, 'siteName' | 'lastSeenAt' | 'health' | 'healthReason' | 'queued'>

/** POST /api/peers/:id/test */
export interface PeerTestView {
  steps: {
    step: 'tcp' | 'tls' | 'association' | 'echo' | 'find' | 'second-opinion'
    outcome: 'passed' | 'failed' | 'skipped'
    ms: number
    /** Stable code for the screen's words, e.g. port-closed, called-ae-unknown, calling-ae-unknown, not-answering. */
    code: string
    /** The exact technical detail. */
    detail: string
  }[]
  passed: boolean
  /** What to do, and a ready mail to the other side, in the asker's language. */
  advice: string
  letter?: string
}

export interface RouteView {
  id: string
  /** Position: routes are read in this order. */
  position: number
  enabled: boolean
  when: { site?: string; peer?: string; modality?: string[] }
  to: string[]
  transferSyntax: 'keep'
}

export type RouteInput = Omit<RouteView, 'position'>
