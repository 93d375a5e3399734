import type { Urgency } from '../sites/view.js'

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
  /** SHA-256 fingerprint, `AB:12:…`. */
  certificate: string | null
  /** The one it will change to: both are taken until it first calls with this one. */
  nextCertificate?: string | null
  may: Service[]
  associations: number
  /**
   * What our word is worth when it asks us to commit ourselves to its images: `keeper` keeps them for good, `relay`
   * (also where absent) answers when the destinations of the routes have them.
   */
  commitment?: 'relay' | 'keeper'
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

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

/** All that are given must hold; without any, every study meets them. */
export interface RouteConditions {
  site?: string
  peer?: string
  /** One of them is in the study. */
  modality?: string[]
  /** Body Part Examined (0018,0015): one of them is in the study. */
  bodyPart?: string[]
  /** Each entry is words, or beginnings of words; all of one entry stand in the description of the study or its series. */
  description?: string[]
  /** What a request laid onto the study; a study without a request has none. */
  urgency?: Urgency[]
  /** A request asks for the study: any (`{}`), one under this contract, one put to this reading site. */
  request?: { contract?: string; reading?: string }
}

/** When a route sends, in the node's own time zone; `to` at or before `from` is on the next day. */
export interface RouteHours {
  /** Days on which it begins; every day when absent. */
  days?: Weekday[]
  /** HH:MM */
  from: string
  to: string
}

/**
 * How the bytes go: as they were received, or encoded anew without loss. Encodings with loss are not offered: they
 * make another instance (PS3.3 C.7.6.1.1.5), whose new UID would differ at each try.
 */
export type RouteSyntax =
  | 'keep'
  | 'explicit-little-endian'
  | 'jpeg-ls-lossless'
  | 'jpeg-lossless'
  | 'rle-lossless'

/** GET /api/certificates: what the exchange depends on; the first to end first. */
export interface CertificateView {
  holder: 'node' | 'screens' | 'authority' | 'peer'
  peer?: string
  subject: string
  /** SHA-256, `AB:12:…`. */
  fingerprint: string
  until: string
  /** Whole days left; negative when it is over. */
  days: number
  state: 'good' | 'near' | 'over'
}

export interface RouteView {
  id: string
  /** Position: routes are read in this order. */
  position: number
  enabled: boolean
  when: RouteConditions
  to: string[]
  transferSyntax: RouteSyntax
  /**
   * What to do where the destination takes the object but not its encoding: between uncompressed ones only (also
   * when absent), decompress what is compressed, or nothing.
   */
  whenRefused?: 'uncompressed' | 'decompress' | 'nothing'
  /** Only then; always when absent. Emergencies ignore it. */
  hours?: RouteHours[]
  /** Before or after the other transfers of the same urgency to a destination. */
  priority?: 'high' | 'normal' | 'low'
}

export type RouteInput = Omit<RouteView, 'position'>
