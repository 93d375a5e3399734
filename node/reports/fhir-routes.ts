import { z } from 'zod'
import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import { produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import {
  capabilityStatement,
  diagnosticReport,
  type Resource,
  reportIdOf,
  searchSet,
  tokenValue,
} from './fhir.js'
import type { Reports } from './reports.js'

const FHIR_JSON = 'application/fhir+json'
const SEARCH_MAX_CHARS = 200

const given = (resource: Resource) =>
  stream({ type: `${FHIR_JSON}; charset=utf-8`, body: JSON.stringify(resource) })

/** Signed reports as FHIR R4, for programs with the right to read them. */
export function fhirRoutes({
  reports,
  publicUrl,
  version,
  startedAt,
}: {
  reports: Reports
  publicUrl(): string
  version: string
  startedAt: number
}): Route[] {
  return [
    route({
      method: 'GET',
      path: '/fhir/metadata',
      summary: 'What is answered in FHIR R4 (CapabilityStatement).',
      action: 'public',
      answer: produces(FHIR_JSON),
      run: () => given(capabilityStatement(publicUrl(), version, isoAt(startedAt))),
    }),
    route({
      method: 'GET',
      path: '/fhir/DiagnosticReport',
      summary: 'Signed reports by identifier, or by the request they are based on, as a FHIR R4 Bundle.',
      action: 'report.read',
      query: z.object({
        identifier: z.string().max(SEARCH_MAX_CHARS).optional(),
        'based-on': z.string().max(SEARCH_MAX_CHARS).optional(),
      }),
      answer: produces(FHIR_JSON),
      run: async asked => {
        const { identifier, 'based-on': basedOn } = asked.query
        if (identifier === undefined && basedOn === undefined)
          fail(
            'invalid',
            {
              fr: 'Nommez un identifiant, ou ce sur quoi porte le compte rendu.',
              en: 'Name an identifier, or what the report is based on.',
            },
            [{ path: 'identifier', message: 'identifier or based-on', fr: 'identifier ou based-on' }],
          )
        const found = await reports.signedLike(asked, {
          ...(identifier === undefined ? {} : { identifier: tokenValue(identifier) }),
          ...(basedOn === undefined ? {} : { basedOn: tokenValue(basedOn) }),
        })
        const base = publicUrl()
        const query = new URLSearchParams(
          Object.entries(asked.query).filter((pair): pair is [string, string] => pair[1] !== undefined),
        )
        return given(
          searchSet(
            found.map(one => diagnosticReport(one, base)),
            base,
            `/fhir/DiagnosticReport?${query}`,
          ),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/fhir/DiagnosticReport/:id',
      summary: 'The newest signed version of a report as a FHIR R4 DiagnosticReport, its PDF within.',
      action: 'report.read',
      params: z.object({ id: z.string().max(64) }),
      answer: produces(FHIR_JSON),
      run: async asked => {
        const one = await reports.signedOne(asked, reportIdOf(asked.params.id) ?? asked.params.id)
        return given(diagnosticReport(one, publicUrl()))
      },
    }),
  ]
}
