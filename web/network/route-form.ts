import type { RouteInput, RouteView, Weekday } from '../../node/peers/view.js'

export const days: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
export const syntaxes: readonly RouteView['transferSyntax'][] = [
  'keep',
  'jpeg-ls-lossless',
  'jpeg-lossless',
  'rle-lossless',
  'explicit-little-endian',
]
export const refusals = ['uncompressed', 'decompress', 'nothing'] as const
export const turns = ['high', 'normal', 'low'] as const
export const urgencies = ['emergency', 'urgent', 'routine'] as const

/** What stands in the form, as it is typed. */
export interface RouteDraft {
  id: string
  kind: 'site' | 'peer'
  source: string
  modality: string[]
  bodyPart: string
  description: string
  urgency: NonNullable<RouteInput['when']['urgency']>
  /** `any`, `some`, `reading:<site>`, `contract:<id>` */
  request: string
  to: string[]
  transferSyntax: RouteView['transferSyntax']
  whenRefused: NonNullable<RouteInput['whenRefused']>
  priority: NonNullable<RouteInput['priority']>
  hours: { key: number; days: Weekday[]; from: string; to: string }[]
}

export function draftOf(route: RouteView | undefined): RouteDraft {
  const when = route?.when ?? {}
  const { request } = when
  return {
    id: route?.id ?? '',
    kind: when.peer ? 'peer' : 'site',
    source: when.peer ?? when.site ?? '',
    modality: when.modality ?? [],
    bodyPart: (when.bodyPart ?? []).join(', '),
    description: (when.description ?? []).join('\n'),
    urgency: when.urgency ?? [],
    request: request
      ? request.contract
        ? `contract:${request.contract}`
        : request.reading
          ? `reading:${request.reading}`
          : 'some'
      : 'any',
    to: route?.to ?? [],
    transferSyntax: route?.transferSyntax ?? 'keep',
    whenRefused: route?.whenRefused ?? 'uncompressed',
    priority: route?.priority ?? 'normal',
    hours: (route?.hours ?? []).map((each, key) => ({ ...each, key, days: each.days ?? [...days] })),
  }
}

const time = /^([01]?\d|2[0-3]):[0-5]\d$/

export function faultsOf(draft: RouteDraft): { id: boolean; source: boolean; to: boolean; hours: boolean } {
  return {
    id: !/^[a-z0-9][a-z0-9-]{0,63}$/.test(draft.id),
    source: draft.source === '',
    to: draft.to.length === 0,
    hours: draft.hours.some(
      ({ from, to, days: on }) => !time.test(from) || !time.test(to) || on.length === 0,
    ),
  }
}

export function inputOf(draft: RouteDraft, enabled: boolean): RouteInput {
  const bodyPart = listOf(draft.bodyPart, ',')
  const description = listOf(draft.description, '\n')
  return {
    id: draft.id,
    enabled,
    when: {
      [draft.kind]: draft.source,
      ...(draft.modality.length > 0 ? { modality: draft.modality } : {}),
      ...(bodyPart.length > 0 ? { bodyPart } : {}),
      ...(description.length > 0 ? { description } : {}),
      ...(draft.urgency.length > 0 ? { urgency: draft.urgency } : {}),
      ...(draft.request === 'any' ? {} : { request: requestOf(draft.request) }),
    },
    to: draft.to,
    transferSyntax: draft.transferSyntax,
    ...(draft.whenRefused === 'uncompressed' ? {} : { whenRefused: draft.whenRefused }),
    ...(draft.hours.length > 0
      ? {
          hours: draft.hours.map(({ days: on, from, to }) => ({
            ...(on.length === days.length ? {} : { days: days.filter(day => on.includes(day)) }),
            from: from.padStart(5, '0'),
            to: to.padStart(5, '0'),
          })),
        }
      : {}),
    ...(draft.priority === 'normal' ? {} : { priority: draft.priority }),
  }
}

function requestOf(chosen: string): NonNullable<RouteInput['when']['request']> {
  const [kind, id = ''] = chosen.split(':')
  if (kind === 'contract') return { contract: id }
  return kind === 'reading' ? { reading: id } : {}
}

export function listOf(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map(each => each.trim())
    .filter(Boolean)
}
