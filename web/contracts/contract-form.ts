import type { ContractView } from '../../node/sites/view.js'

/** A contract as a form holds it: lists as people type them. */
export interface ContractDraft {
  modalities: string
  kinds: ContractView['kinds']
  urgencies: ContractView['urgencies']
  regions: string
  preliminary: NonNullable<ContractView['preliminary']> | 'none'
  from: string
  until: string
  timeZone: string
  hours: { key: number; days: Day[]; from: string; to: string }[]
  holidays: string
  languages: ('fr' | 'en')[]
  competences: string
  telephone: string
}

type Day = NonNullable<NonNullable<ContractView['hours']>[number]['days']>[number]
export const days: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
export const kinds = ['reading', 'opinion'] as const
export const urgencies = ['emergency', 'urgent', 'routine'] as const

export function draftOf(contract: ContractView): ContractDraft {
  return {
    modalities: contract.modalities.join(', '),
    kinds: contract.kinds,
    urgencies: contract.urgencies,
    regions: (contract.regions ?? []).join(', '),
    preliminary: contract.preliminary ?? 'none',
    from: contract.from ?? '',
    until: contract.until ?? '',
    timeZone: contract.timeZone ?? '',
    hours: (contract.hours ?? []).map(({ days: on, from, to }, key) => ({
      key,
      days: [...(on ?? days)],
      from,
      to,
    })),
    holidays: (contract.holidays ?? []).join(', '),
    languages: contract.languages ?? [],
    competences: (contract.competences ?? [])
      .map(({ competence, modalities = [], regions = [] }) =>
        [competence, [...modalities, ...regions].join(', ')].filter(Boolean).join(': '),
      )
      .join('\n'),
    telephone: contract.lastRung?.telephone ?? '',
  }
}

const listIn = (text: string) =>
  text
    .split(/[,;\n]/)
    .map(each => each.trim())
    .filter(Boolean)

/** In capitals and short: a modality; anything else is a region. */
const isModality = (word: string) => /^[A-Z]{2}$/.test(word)

/** What is sent: the contract as it was, with what the form says; what is empty is not said at all. */
export function termsOf(draft: ContractDraft, before: ContractView) {
  const holidays = listIn(draft.holidays)
  const regions = listIn(draft.regions)
  const competences = draft.competences.split('\n').flatMap(line => {
    const [competence = '', where = ''] = line.split(/\s*:\s*/)
    if (competence.trim() === '') return []
    const words = listIn(where)
    const modalities = words.filter(isModality)
    const named = words.filter(word => !isModality(word))
    return [
      {
        competence: competence.trim(),
        ...(modalities.length > 0 ? { modalities } : {}),
        ...(named.length > 0 ? { regions: named } : {}),
      },
    ]
  })
  const { id: _id, requesting: _asks, reading: _reads, prepared: _prepared, ...kept } = before
  return {
    ...kept,
    modalities: listIn(draft.modalities).map(each => each.toUpperCase()),
    kinds: draft.kinds,
    urgencies: draft.urgencies,
    regions: regions.length > 0 ? regions : undefined,
    preliminary: draft.preliminary === 'none' ? undefined : draft.preliminary,
    from: draft.from || undefined,
    until: draft.until || undefined,
    timeZone: draft.timeZone.trim() || undefined,
    hours:
      draft.hours.length > 0
        ? draft.hours.map(({ days: on, from, to }) => ({
            ...(on.length === days.length ? {} : { days: days.filter(day => on.includes(day)) }),
            from,
            to,
          }))
        : undefined,
    holidays: holidays.length > 0 ? holidays : undefined,
    languages: draft.languages.length > 0 ? draft.languages : undefined,
    competences: competences.length > 0 ? competences : undefined,
    lastRung: draft.telephone.trim() === '' ? undefined : { telephone: draft.telephone.trim() },
  }
}
