import type { RouteInput, RouteView } from '../../node/peers/view.js'
import { type HoursDraft, hoursDraft, hoursFault, hoursIn } from '../parts/hours.js'

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
  hours: HoursDraft[]
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
    hours: hoursDraft(route?.hours),
  }
}

export function faultsOf(draft: RouteDraft): { id: boolean; source: boolean; to: boolean; hours: boolean } {
  return {
    id: !/^[a-z0-9][a-z0-9-]{0,63}$/.test(draft.id),
    source: draft.source === '',
    to: draft.to.length === 0,
    hours: hoursFault(draft.hours),
  }
}

export function inputOf(draft: RouteDraft, enabled: boolean): RouteInput {
  const bodyPart = listOf(draft.bodyPart, ',')
  const description = listOf(draft.description, '\n')
  const hours = hoursIn(draft.hours)
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
    ...(hours ? { hours } : {}),
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
