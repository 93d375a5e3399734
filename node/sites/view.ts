import type { RouteHours } from '../peers/view.js'

/** What leaves the server about sites and contracts. */
export interface SiteView {
  id: string
  name: string
  kind: 'requesting' | 'reading' | 'operator'
  /** Used as issuer of patient ids where a data set names none. */
  issuer?: string
  /** IANA: in which its shifts and hours are read; the node's own where it is not said. */
  timeZone?: string
  /** Where somebody answers there, and who: the switchboard, the department at night. */
  telephones?: { label: string; number: string }[]
  /** Nothing new begins there; what refers to it stays. */
  closed?: true
}

/** Sites that work together (in France, a GHT): their own readers are asked first. */
export interface GroupView {
  id: string
  name: string
  sites: string[]
  /** They do not work together any more. */
  closed?: true
}

export type RequestKind = 'reading' | 'opinion'
export type Urgency = 'emergency' | 'urgent' | 'routine'

/** A competence is a word that both the contracts and the readers use: `neuro`, `paediatrics`. */
export interface NeededCompetence {
  /** Needed for these modalities and regions; what is left out is every one. */
  modalities?: string[]
  regions?: string[]
  competence: string
}

/** Minutes promised; what is left out is the usual time of the class. */
export interface PromisedMinutes {
  claim?: number
  /** To decide and to write the protocol; something urgent is also opened within it. */
  decision?: number
  /** From the images at hand. */
  read?: number
  acknowledge?: number
  /** The final report after a preliminary one. */
  final?: number
  /** For a coordinator to find somebody after the last wave; an emergency never expires. */
  expire?: number
}

/** By urgency; `opinion`: of one that can wait. */
export interface ContractTimers {
  emergency?: Omit<PromisedMinutes, 'expire'>
  /** Of an emergency that is a stroke or a major trauma. */
  timeCritical?: Pick<PromisedMinutes, 'read'>
  urgent?: PromisedMinutes
  routine?: PromisedMinutes
  opinion?: PromisedMinutes
}

export interface ContractView {
  id: string
  requesting: string
  reading: string
  modalities: string[]
  kinds: RequestKind[]
  urgencies: Urgency[]
  /** How an offer that nobody claims is rung; what is left out is the default of its urgency. */
  ladder?: { waveMinutes?: number; waves?: number; telephone?: 'first-wave' | 'second-wave' | 'never' }
  timers?: ContractTimers
  /** Agreed and not yet begun: it covers nothing until somebody starts it. */
  prepared?: true
  /** First and last day, YYYY-MM-DD in its time zone; open where they are not said. */
  from?: string
  until?: string
  /** IANA; else the one of the reading group. */
  timeZone?: string
  /** What emergencies and urgent requests are read in; at all times where there are none. */
  hours?: RouteHours[]
  /** Public holidays, YYYY-MM-DD: they count as Sundays. */
  holidays?: string[]
  /** Regions of the body, as people write them; none: every one. */
  regions?: string[]
  /** In which a reader has to be able to write. */
  languages?: ('fr' | 'en')[]
  competences?: NeededCompetence[]
  /** Whether a preliminary report may be given, and whether it goes to a PACS. */
  preliminary?: 'never' | 'allowed' | 'to-pacs'
  /** Whom a person telephones when every wave failed. */
  lastRung?: {
    telephone: string
    /** When somebody last answered there (UTC, ISO 8601), and who. */
    testedAt?: string
    answeredBy?: string
  }
}

/** What a contract may be made with: the times that hold where it says nothing, and the groups that can read. */
export interface ContractTermsView {
  /** In minutes; complete. */
  usual: ContractTimers
  waves: Record<Exclude<keyof ContractTimers, 'timeCritical'>, { waves: number; waveMinutes: number }>
  /** For who may agree one. */
  readingGroups: { id: string; name: string }[]
}
