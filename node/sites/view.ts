/** What leaves the server about sites and contracts. */
export interface SiteView {
  id: string
  name: string
  kind: 'requesting' | 'reading' | 'operator'
  /** Used as issuer of patient ids where a data set names none. */
  issuer?: string
}

export type RequestKind = 'reading' | 'opinion'
export type Urgency = 'emergency' | 'urgent' | 'routine'

export interface ContractView {
  id: string
  requesting: string
  reading: string
  modalities: string[]
  kinds: RequestKind[]
  urgencies: Urgency[]
  /** How an offer that nobody claims is rung; what is left out is the default of its urgency. */
  ladder?: { waveMinutes?: number; waves?: number; telephone?: 'first-wave' | 'second-wave' | 'never' }
}
