import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { reasonOf } from '../errors.js'
import type { Route } from './route.js'

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457, with a stable code.' })

/** The OpenAPI 3.1 document of these routes, made of the schemas that check them. Throws naming a route it cannot say. */
export function openApiDocument(
  routes: readonly Route[],
  options: { name: string; version: string },
): object {
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: 'relais' })
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  for (const route of routes) registry.registerPath(pathOf(route))
  const info = { title: options.name, version: options.version }
  try {
    return new OpenApiGeneratorV31(registry.definitions).generateDocument({ openapi: '3.1.0', info })
  } catch (thrown) {
    throw new Error(`${culprit(routes)} cannot be documented: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

function pathOf(route: Route): RouteConfig {
  const { answer, body, params, query } = route
  const produced = answer instanceof z.ZodType ? 'application/json' : answer.produces
  const schema = answer instanceof z.ZodType ? answer : z.string().meta({ format: 'binary' })
  return {
    method: route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete',
    path: route.path.replace(/:(\w+)/g, '{$1}'),
    summary: route.summary,
    // The rows of the permission table (GET /api/permissions) that it asks.
    'x-permissions': [route.action, ...(route.also ?? [])],
    tags: [route.path.split('/')[2] ?? 'node'],
    security:
      route.action === 'public'
        ? []
        : route.action === 'session'
          ? [{ session: [] }]
          : [{ session: [] }, { token: [] }],
    request: {
      ...(params instanceof z.ZodObject ? { params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(body === undefined ? {} : { body: { content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      ...(produced === ''
        ? { 204: { description: 'Done.' } }
        : { [route.status ?? 200]: { description: 'Done.', content: { [produced]: { schema } } } }),
      default: {
        description: 'A problem.',
        content: route.path.startsWith('/fhir')
          ? { 'application/fhir+json': { schema: z.object({ resourceType: z.literal('OperationOutcome') }) } }
          : { 'application/problem+json': { schema: problemSchema } },
      },
    },
    'x-action': route.action,
  }
}

function culprit(routes: readonly Route[]): string {
  const found = routes.find(route => {
    const registry = new OpenAPIRegistry()
    registry.registerPath(pathOf(route))
    try {
      new OpenApiGeneratorV31(registry.definitions).generateComponents()
      return false
    } catch {
      return true // this is the question
    }
  })
  return found === undefined ? 'A route' : `${found.method} ${found.path}`
}
