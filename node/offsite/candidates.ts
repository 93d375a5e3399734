import type { ContractView, RequestKind, Urgency } from '../sites/view.js'

/** What dispatch needs to know of a request. */
export interface Asked {
  site: string
  /** The reading group the requester named, if any. */
  to?: string | undefined
  modality: string
  kind: RequestKind
  urgency: Urgency
}

/** A radiologist of a reading group who may sign in. */
export interface Reader {
  account: string
  name: string
  site: string
  /** The wave of offers that first asks them, from 0; absent = the first. */
  wave?: number
  /** Why they are asked, and why in this wave; without names. */
  why?: Reason[]
}

/** Why a group is asked, or is not: a code and its values, put into words by `explain`. */
export interface Reason {
  code:
    | 'contract-covers'
    | 'named-by-requester'
    | 'no-contract'
    | 'modality-not-covered'
    | 'kind-not-covered'
    | 'urgency-not-covered'
    | 'no-reader'
    | 'not-named'
    | 'several-groups'
  contract?: string
  site?: string
  value?: string
}

export interface Candidates {
  /** The one group to ask; undefined when a coordinator has to choose. */
  group?: { site: string; contract: string; readers: Reader[] }
  why: Reason[]
}

/**
 * Whom a request is offered to: the reading group that one contract names for this site, modality, kind and
 * urgency, with all its radiologists. Several groups, or none, are left to a coordinator. Every group that
 * has a contract with the site is explained, chosen or not.
 */
export function candidates(
  asked: Asked,
  contracts: readonly ContractView[],
  readers: readonly Reader[],
): Candidates {
  const why: Reason[] = []
  const own = contracts.filter(contract => contract.requesting === asked.site)
  const fitting: { site: string; contract: string; readers: Reader[] }[] = []
  for (const contract of own) {
    const against = objection(asked, contract)
    const group = readers.filter(reader => reader.site === contract.reading)
    if (against !== undefined) why.push({ ...against, contract: contract.id, site: contract.reading })
    else if (group.length === 0)
      why.push({ code: 'no-reader', contract: contract.id, site: contract.reading })
    else if (!fitting.some(other => other.site === contract.reading)) {
      fitting.push({ site: contract.reading, contract: contract.id, readers: group })
      why.push({ code: 'contract-covers', contract: contract.id, site: contract.reading })
    }
  }
  const [only, ...others] = fitting
  if (asked.to !== undefined && !own.some(contract => contract.reading === asked.to))
    why.push({ code: 'no-contract', site: asked.to })
  else if (own.length === 0) why.push({ code: 'no-contract' })
  if (only === undefined) return { why }
  if (others.length > 0) return { why: [...why, { code: 'several-groups', value: String(fitting.length) }] }
  if (asked.to !== undefined) why.push({ code: 'named-by-requester', site: only.site })
  return { group: only, why }
}

function objection(asked: Asked, contract: ContractView): Reason | undefined {
  if (asked.to !== undefined && contract.reading !== asked.to) return { code: 'not-named' }
  if (!contract.modalities.includes(asked.modality))
    return { code: 'modality-not-covered', value: asked.modality }
  if (!contract.kinds.includes(asked.kind)) return { code: 'kind-not-covered', value: asked.kind }
  if (!contract.urgencies.includes(asked.urgency))
    return { code: 'urgency-not-covered', value: asked.urgency }
  return undefined
}

/** A reason as a sentence. `nameOf` gives a site's name. */
export function explain(reason: Reason, language: 'fr' | 'en', nameOf: (site: string) => string): string {
  const group = reason.site === undefined ? '' : nameOf(reason.site)
  const value = reason.value ?? ''
  const sentences: Record<Reason['code'], [fr: string, en: string]> = {
    'contract-covers': [
      `${group} : la convention couvre cette demande.`,
      `${group}: the contract covers this request.`,
    ],
    'named-by-requester': [`${group} a été choisi par le demandeur.`, `${group} was named by the requester.`],
    'no-contract':
      group === ''
        ? ['Aucune convention avec un groupe de lecture.', 'No contract with any reading group.']
        : [`Aucune convention avec ${group}.`, `No contract with ${group}.`],
    'modality-not-covered': [
      `${group} : la convention ne couvre pas la modalité ${value}.`,
      `${group}: the contract does not cover the modality ${value}.`,
    ],
    'kind-not-covered': [
      `${group} : la convention ne couvre pas ce type de demande.`,
      `${group}: the contract does not cover this kind of request.`,
    ],
    'urgency-not-covered': [
      `${group} : la convention ne couvre pas ce degré d’urgence.`,
      `${group}: the contract does not cover this urgency.`,
    ],
    'no-reader': [`${group} n’a aucun radiologue actif.`, `${group} has no active radiologist.`],
    'not-named': [`${group} n’est pas le groupe demandé.`, `${group} is not the group that was asked.`],
    'several-groups': [
      `${value} groupes conviennent : un régulateur choisit.`,
      `${value} groups fit: a coordinator chooses.`,
    ],
  }
  return sentences[reason.code][language === 'fr' ? 0 : 1]
}
