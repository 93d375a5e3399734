import type { Role } from '../accounts/view.js'
import type { Tx } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Origin } from '../journal/facts.js'
import type { ContractView, SiteView } from '../sites/view.js'
import type { StudyTraits } from './matching.js'
import type { StudyIdentity } from './rules.js'
import type { NewRequest, RequestStudyView, Urgency } from './view.js'

/** Who asks and from where; what a route is given already has this shape. */
export interface Asker {
  who: Acting
  origin: Origin
}

/** What a linked study is, as its own site may see it. */
export interface StudySummary extends RequestStudyView {
  /** Our own id of the study, `std_…`: the journal's subject. */
  id: string
  identity: StudyIdentity
}

/** An exam of a patient that the node knows of: here, or listed by a PACS that was asked. */
export interface KnownExam {
  StudyInstanceUID: string
  modality: string
  description: string
  bodyPart: string
  /** YYYY-MM-DD or empty */
  date: string
  here: boolean
}

/** What requests need of studies. See `study-port.ts`. */
export interface StudyPort {
  /**
   * Summaries by UID of those studies the site sent or owns. A study of another site is absent, exactly like
   * one the node has never heard of.
   */
  summaries(site: string, uids: readonly string[]): Promise<ReadonlyMap<string, StudySummary>>
  /** What the headers of the site's own studies say, by UID: only where they are compared. */
  traits(
    site: string,
    uids: readonly string[],
  ): Promise<ReadonlyMap<string, StudyTraits & { accession: string }>>
  /** The site's own studies that may be the one a form asks about: by number, accession, or name and birth date. */
  candidates(
    site: string,
    form: NewRequest,
  ): Promise<(KnownExam & { accession: string; patientName: string })[]>
  /** Exams of this number of this issuer at a site. */
  ofPatient(site: string, patient: { id: string; issuer: string }): Promise<KnownExam[]>
  /** Lays the urgency onto a study (its `std_…`), and makes the asked sites parties to it. */
  link(
    tx: Tx,
    study: string,
    link: { request: string; sites: readonly string[]; urgency: Urgency },
  ): Promise<void>
  /** These sites are no party to its studies (or to one of them) any more, as far as this request made them one. */
  unlink(tx: Tx, ended: { request: string; sites: readonly string[]; study?: string }): Promise<void>
}

/** What requests need of sites. Implemented by `node/sites`. */
export interface SitePort {
  sites(): Promise<readonly SiteView[]>
  contracts(): Promise<readonly ContractView[]>
}

/** What requests need of people. Implemented by `node/accounts`. */
export interface PeoplePort {
  /** Active accounts with this role at one of these sites. */
  members(
    sites: readonly string[],
    role: Role,
  ): Promise<readonly { account: string; name: string; site: string }[]>
}
