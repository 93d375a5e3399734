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
  /** Of its registration: said back with a change, so that nobody writes over what another has changed meanwhile. */
  revision: string
  /** Its site is closed: it brings nothing and is asked for nothing. */
  stopped?: true
  /** Last time it answered or called, and what is wrong now. */
  lastSeenAt?: string
  health: 'up' | 'down' | 'unknown'
  healthReason?: string
  queued: number
}

/** Body of POST /api/peers and PUT /api/peers/:id. */
export type PeerInput = Omit<
  PeerView,
  'siteName' | 'revision' | 'stopped' | 'lastSeenAt' | 'health' | 'healthReason' | 'queued'
>

/** What a step of the connection test found; the screens and the letter have words for each. */
export type ProbeCode =
  | 'ok'
  | 'skipped'
  | 'failed'
  // Reaching the port.
  | 'port-closed'
  | 'host-unknown'
  | 'not-reached'
  | 'unreachable'
  | 'address-forbidden'
  // TLS.
  | 'tls-not-spoken'
  | 'tls-not-answering'
  | 'tls-versions'
  | 'tls-failed'
  | 'own-certificate-refused'
  | 'certificate-missing'
  | 'certificate-unknown'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-revoked'
  | 'certificate-differs'
  | 'certificate-name'
  // The association.
  | 'tls-expected'
  | 'not-dicom'
  | 'association-not-answering'
  | 'association-cut'
  | 'called-ae-unknown'
  | 'calling-ae-unknown'
  | 'rejected-no-reason'
  | 'peer-busy'
  | 'peer-limit'
  | 'application-context-unknown'
  | 'protocol-version'
  | 'rejected'
  // What is asked on it.
  | 'echo-class-refused'
  | 'echo-syntax-refused'
  | 'echo-failed'
  | 'echo-not-answering'
  | 'echo-cut'
  | 'find-class-refused'
  | 'find-syntax-refused'
  | 'find-not-authorised'
  | 'find-failed'
  | 'find-not-answering'
  | 'find-cut'
  | 'store-class-refused'
  | 'store-syntax-refused'
  | 'store-not-authorised'
  | 'store-full'
  | 'store-failed'
  | 'store-not-answering'
  | 'store-cut'
  // The other implementation.
  | 'second-opinion-fails'
  | 'second-opinion-agrees'
  | 'second-opinion-unavailable'
  | 'second-opinion-without-tls'

/** POST /api/peers/:id/test with `{object?: true}`: then a small synthetic image is stored there, and stays there. */
export interface PeerTestView {
  steps: {
    step: 'tcp' | 'tls' | 'association' | 'echo' | 'find' | 'store' | 'second-opinion'
    outcome: 'passed' | 'failed' | 'skipped'
    ms: number
    code: ProbeCode
    /** The exact technical detail. */
    detail: string
    /** In the asker's language, where it did not pass: what is wrong, and what to do. */
    cause?: string
    remedy?: string
  }[]
  passed: boolean
  /** The test object, where the peer took it: it stays there. */
  left?: { sopInstanceUID: string; patientId: string }
  /** How this node presents itself to the peer: what its people have to enter. */
  ours: {
    aeTitle: string
    /** The address it called from, where it got that far. */
    address?: string
    port: number
    tls: 'none' | 'server' | 'mutual'
    /** SHA-256 of this node's certificate, where TLS is agreed. */
    fingerprint?: string
  }
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
  /** It rests, since the site it is of, or leads to, is closed. */
  stopped?: true
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
  /** In answers: said back with a change. */
  revision?: string
}

export type RouteInput = Omit<RouteView, 'position' | 'revision' | 'stopped'>
