import { isoAt } from '../clock.js'
import type { HolderOfRejected } from '../exchange/rejecting.js'
import { rejectionView } from '../exchange/rejection-views.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Rejections } from '../studies/rejections.js'
import type { Studies } from '../studies/studies.js'
import type { Certificates } from './certificates.js'
import type { DecisionRecord, DecisionRows } from './decision-rows.js'
import { type Decisions, decisionIn, type PersonOnDisc, uidHere } from './decisions.js'
import { destinationsOf } from './follow.js'
import type { ImportLimits } from './importing.js'
import { ABANDONED } from './imports.js'
import { paperView } from './paper-view.js'
import { may } from './people.js'
import type { ImportFileRecord, ImportRecord, ImportRows } from './rows.js'
import type {
  ImportFileView,
  ImportPerson,
  ImportRow,
  ImportSender,
  ImportView,
  ImportWithdrawal,
} from './view.js'
import { whyIn } from './why.js'

/** What whoever looks may do with discs of the site. */
export interface MayWithDiscs {
  decide: boolean
  withdraw: boolean
  /** Say that a recall was done by hand. */
  reject: boolean
}

export interface ImportViews {
  row(record: ImportRecord, allowed: MayWithDiscs): Promise<ImportRow>
  view(record: ImportRecord, allowed: MayWithDiscs): Promise<ImportView>
}

export const NOTHING: MayWithDiscs = { decide: false, withdraw: false, reject: false }

export function openImportViews(options: {
  rows: ImportRows
  decisionRows: DecisionRows
  decisions: Decisions
  studies: Studies
  transfers: Transfers
  rejecting: {
    rejections: Pick<Rejections, 'ofStudy'>
    holders(id: string): Promise<HolderOfRejected[]>
  }
  sites: SiteNames
  certificates: Pick<Certificates, 'last'>
  limits: Pick<ImportLimits, 'abandonedMs' | 'keptMs'>
}): ImportViews {
  const { rows, decisionRows, decisions, studies, rejecting, sites } = options

  async function rowOf(
    record: ImportRecord,
    people: readonly PersonOnDisc[],
    allowed: MayWithDiscs,
  ): Promise<ImportRow> {
    const outcomes = await rows.outcomes(record.id)
    const latest = latestOf(people)
    const state = record.state
    const isDecidable = people.some(person => may('decide', person.state)) && record.cleaned === 0
    const isUntouched = people.every(person => person.state === 'to-decide')
    const why = whyIn(record.why)
    const failedTo = await failedDestinations(record, people)
    return {
      id: record.id,
      state,
      site: record.site,
      siteName: sites.site(record.site)?.name ?? record.site,
      preset: record.preset,
      name: record.name,
      label: record.label,
      medium: record.medium as ImportRow['medium'],
      by: record.by_name,
      ...(record.sender === null ? {} : { sender: JSON.parse(record.sender) as ImportSender }),
      createdAt: isoAt(record.created_at),
      ...(latest === undefined ? {} : { decidedAt: isoAt(latest.decided_at), decidedBy: latest.decided_by }),
      ...(record.finished_at === null ? {} : { finishedAt: isoAt(record.finished_at) }),
      bytes: { total: record.bytes_total, there: record.bytes_there },
      files: record.files,
      ...(record.reason === null || record.reason === ABANDONED ? {} : { reason: record.reason }),
      ...(record.reason === ABANDONED ? { abandoned: true as const } : {}),
      ...(failedTo.length === 0 ? {} : { failedTo }),
      ...keptUntil(record, options.limits),
      ...(why === undefined ? {} : { why }),
      taken: (outcomes['taken'] ?? 0) + (outcomes['duplicate'] ?? 0),
      refused: outcomes['refused'] ?? 0,
      may: [
        ...(allowed.decide && isDecidable && hasInventory(state) ? (['decide'] as const) : []),
        ...(allowed.decide && isUntouched && ['uploading', 'reading', 'inventoried', 'failed'].includes(state)
          ? (['cancel'] as const)
          : []),
      ],
    }
  }

  /** Only what is on its way can wait for a person there. */
  async function failedDestinations(
    record: ImportRecord,
    people: readonly PersonOnDisc[],
  ): Promise<string[]> {
    const failed = new Set<string>()
    for (const { standing } of people)
      if (standing?.state === 'sending')
        for (const { peer, state } of await destinationsOf(record, standing, options))
          if (state === 'failed') failed.add(peer)
    return [...failed]
  }

  async function personView(
    record: ImportRecord,
    person: PersonOnDisc,
    outcomes: Awaited<ReturnType<ImportRows['outcomesByStudy']>>,
    allowed: MayWithDiscs,
  ): Promise<ImportPerson> {
    const { standing, state } = person
    const decision = standing === undefined ? undefined : decisionIn(standing)
    const own = new Set([
      ...person.studies.map(study => study.StudyInstanceUID),
      ...(decision === undefined ? [] : await decisions.discStudiesOf(record.id, decision)),
    ])
    const count = (...wanted: string[]) =>
      outcomes
        .filter(({ study, outcome }) => own.has(study) && wanted.includes(outcome))
        .reduce((sum, each) => sum + each.count, 0)
    const why = whyIn(standing?.why ?? null)
    const isKept = record.cleaned === 0 && hasInventory(record.state)
    return {
      id: person.id,
      identity: person.identity,
      studies: person.studies.map(study => study.StudyInstanceUID),
      state,
      ...(decision === undefined ? {} : { decision }),
      ...(standing?.reason == null ? {} : { reason: standing.reason }),
      ...(why === undefined ? {} : { why }),
      ...(standing === undefined
        ? {}
        : { decidedAt: isoAt(standing.decided_at), decidedBy: standing.decided_by }),
      ...(standing?.finished_at == null ? {} : { finishedAt: isoAt(standing.finished_at) }),
      taken: count('taken', 'duplicate'),
      refused: count('refused'),
      destinations:
        standing === undefined
          ? []
          : (await destinationsOf(record, standing, options)).map(({ at: _at, ...to }) => to),
      withdrawals: await Promise.all(person.former.map(former => withdrawalView(former, allowed))),
      may: [
        ...(allowed.decide && isKept && may('decide', state) ? (['decide'] as const) : []),
        ...(allowed.decide && isKept && may('leave', state) ? (['leave'] as const) : []),
        ...(allowed.withdraw && may('withdraw', state) ? (['withdraw'] as const) : []),
      ],
    }
  }

  async function withdrawalView(former: DecisionRecord, allowed: MayWithDiscs): Promise<ImportWithdrawal> {
    const recalls = await Promise.all(
      (await decisionRows.rejections(former.id)).map(async ({ study, rejection }) => {
        const found = (await rejecting.rejections.ofStudy(study)).find(({ id }) => id === rejection)
        return found === undefined
          ? []
          : [rejectionView(found, await rejecting.holders(rejection), allowed.reject)]
      }),
    )
    const decision = JSON.parse(former.decision ?? 'null') as ImportWithdrawal['decision']
    const papers = await decisionRows.withdrawnPapers(
      former.id,
      decision.papers?.map(({ number }) => number) ?? [],
    )
    return {
      decision,
      decidedBy: former.decided_by,
      at: isoAt(former.withdrawn_at ?? former.decided_at),
      by: former.withdrawn_by ?? '',
      reason: former.withdrawn_reason ?? '',
      images: recalls.flat().reduce((sum, { instances }) => sum + instances, 0) - papers,
      papers,
      recalls: recalls.flat(),
    }
  }

  return {
    row: async (record, allowed) => rowOf(record, await decisions.people(record.id), allowed),
    view: async (record, allowed) => {
      const people = await decisions.people(record.id)
      const outcomes = await rows.outcomesByStudy(record.id)
      const papers = (await rows.papers(record.id)).map(paperView)
      const certified = await options.certificates.last(record.id)
      const views = await Promise.all(people.map(each => personView(record, each, outcomes, allowed)))
      const latest = latestOf(people)
      const decision = latest === undefined ? undefined : decisionIn(latest)
      return {
        ...(await rowOf(record, people, allowed)),
        verdicts: await rows.verdicts(record.id),
        read: await rows.digested(record.id),
        ...(record.fingerprint === null ? {} : { fingerprint: record.fingerprint }),
        ...(decision === undefined ? {} : { decision }),
        papers,
        studies: await Promise.all(
          people.flatMap(person =>
            person.studies.map(async study => {
              const hereAs = uidHere(person.standing, study.StudyInstanceUID)
              const known = (await studies.byUid(hereAs)).find(({ site }) => site === record.site)
              const held = known === undefined ? [] : await studies.instances(known.id)
              return { ...study, here: held.filter(each => !each.withdrawn && !each.madeHere).length, hereAs }
            }),
          ),
        ),
        people: views,
        destinations: views.flatMap(({ destinations }) => destinations),
        ...(certified === undefined
          ? {}
          : {
              certificate: {
                version: certified.version,
                at: isoAt(certified.at),
                digest: certified.digest,
              },
            }),
      }
    },
  }
}

/** Until when the disc as it was brought lies here; what is not ours (a folder of this machine) is kept by others. */
function keptUntil(
  { upload, cleaned, state, created_at, finished_at }: ImportRecord,
  { abandonedMs, keptMs }: Pick<ImportLimits, 'abandonedMs' | 'keptMs'>,
): Pick<ImportRow, 'keptUntil'> {
  if (upload === null || cleaned === 1 || state === 'cancelled') return {}
  if (['uploading', 'reading', 'inventoried', 'failed'].includes(state))
    return { keptUntil: isoAt(created_at + abandonedMs) }
  return finished_at === null ? {} : { keptUntil: isoAt(finished_at + keptMs) }
}

/** The last decision that stands and by which something was taken. */
function latestOf(people: readonly PersonOnDisc[]): DecisionRecord | undefined {
  return people
    .flatMap(({ standing }) => (standing === undefined || standing.decision === null ? [] : [standing]))
    .sort((a, b) => b.decided_at - a.decided_at)[0]
}

function hasInventory(state: ImportRecord['state']): boolean {
  return !['uploading', 'reading', 'cancelled'].includes(state)
}

export function fileView(file: ImportFileRecord): ImportFileView {
  const [why, outcomeWhy] = [whyIn(file.why), whyIn(file.outcome_why)]
  return {
    number: file.number,
    path: file.path,
    bytes: file.bytes,
    kind: file.kind,
    verdict: file.verdict,
    ...(file.reason === null ? {} : { reason: file.reason }),
    ...(file.listed === null ? {} : { listed: file.listed === 1 }),
    ...(file.sop_instance === null ? {} : { SOPInstanceUID: file.sop_instance }),
    ...(file.outcome === null ? {} : { outcome: file.outcome }),
    ...(file.outcome_reason === null ? {} : { outcomeReason: file.outcome_reason }),
    ...(why === undefined ? {} : { why }),
    ...(outcomeWhy === undefined ? {} : { outcomeWhy }),
  }
}
