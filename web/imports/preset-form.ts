import type { LeftOutKind, PresetInput, PresetView } from '../../node/imports/view.js'
import { listOf } from '../network/route-form.js'

export const leftOutKinds: readonly LeftOutKind[] = ['captures', 'presentations', 'icons']
export const accessions = ['decided', 'empty', 'keep'] as const
export const urgencies = ['emergency', 'urgent', 'routine'] as const

/** What stands in the form, as it is typed. */
export interface PresetDraft {
  id: string
  site: string
  name: string
  to: string[]
  identity: PresetInput['identity']
  issuer: boolean
  accession: PresetInput['write']['accession']
  label: string
  kinds: LeftOutKind[]
  /** Separated by commas. */
  modalities: string
  descriptions: string
  keep: string
  request: 'none' | 'opinion' | 'reading'
  urgency: (typeof urgencies)[number]
  /** Reading site; '' to be chosen in the request. */
  group: string
}

/** A new one leaves out what viewers add and keeps reconstructions: what nearly every desk wants. */
export function draftOf(preset: PresetView | undefined, fresh: { site: string; keep: string }): PresetDraft {
  if (!preset)
    return {
      id: '',
      site: fresh.site,
      name: '',
      to: [],
      identity: 'ask',
      issuer: true,
      accession: 'decided',
      label: '',
      kinds: [...leftOutKinds],
      modalities: '',
      descriptions: '',
      keep: fresh.keep,
      request: 'none',
      urgency: 'urgent',
      group: '',
    }
  const { leaveOut, request, write } = preset
  return {
    id: preset.id,
    site: preset.site,
    name: preset.name || preset.id,
    to: preset.to,
    identity: preset.identity,
    ...write,
    label: preset.label,
    kinds: leaveOut.kinds,
    modalities: leaveOut.modalities.join(', '),
    descriptions: leaveOut.descriptions.join(', '),
    keep: leaveOut.keep.join(', '),
    request: request?.kind ?? 'none',
    urgency: request?.urgency ?? 'urgent',
    group: request?.to ?? '',
  }
}

/** `Bureau des urgences` is `bureau-des-urgences`. */
export const shortName = (name: string) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)

export function faultsOf(draft: PresetDraft): { id: boolean; name: boolean; site: boolean } {
  return {
    id: !/^[a-z0-9][a-z0-9-]{0,63}$/i.test(draft.id),
    name: draft.name.trim() === '',
    site: draft.site === '',
  }
}

export function leaveOutOf(draft: PresetDraft): PresetInput['leaveOut'] {
  return {
    modalities: listOf(draft.modalities.toUpperCase(), ','),
    descriptions: listOf(draft.descriptions, ','),
    kinds: leftOutKinds.filter(kind => draft.kinds.includes(kind)),
    keep: listOf(draft.keep, ','),
  }
}

export function inputOf(draft: PresetDraft): PresetInput {
  return {
    id: draft.id,
    site: draft.site,
    name: draft.name.trim(),
    to: draft.to,
    identity: draft.identity,
    write: { issuer: draft.issuer, accession: draft.accession },
    leaveOut: leaveOutOf(draft),
    label: draft.label.trim(),
    request:
      draft.request === 'none'
        ? null
        : { kind: draft.request, urgency: draft.urgency, ...(draft.group === '' ? {} : { to: draft.group }) },
  }
}
