import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import { Refusal } from './failures.js'

const parsers = new Map<number, Middleware>()

/**
 * The JSON body of a request; undefined when it has none. Only JSON, never compressed (a small body that inflates is
 * an attack, not a saving), at most `maxBytes` and so deep.
 */
export async function readJson(ctx: Context, maxBytes: number, maxDepth: number): Promise<unknown> {
  const { headers } = ctx.req
  const declared = Number(headers['content-length'] ?? 0)
  if (declared === 0 && headers['transfer-encoding'] === undefined) return undefined
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw new Refusal(415, 'unsupported', 'Compressed request bodies are not accepted.')
  if (ctx.request.is('json', '+json') === false)
    throw new Refusal(415, 'unsupported', 'The body must be application/json.')
  if (declared > maxBytes) throw tooLarge(ctx, maxBytes)
  try {
    await parserFor(maxBytes)(ctx, async () => undefined)
  } catch (thrown) {
    const { status, type } = thrown as { status?: number; type?: string }
    if (status === 413 || type === 'entity.too.large') throw tooLarge(ctx, maxBytes)
    if (status !== undefined && status < 500)
      throw new Refusal(400, 'invalid', 'The body is not a whole JSON object.')
    throw thrown
  }
  demandPlain(ctx.request.body, maxDepth)
  return ctx.request.body
}

/**
 * What comes after (schemas, digests, canonical forms) goes down into a value by recursion, and copies its keys: so
 * no deeper than `maxDepth`, and no key that would be a prototype in the copy.
 */
function demandPlain(body: unknown, maxDepth: number): void {
  let level: unknown[] = [body]
  for (let depth = 0; level.length > 0; depth++) {
    const holders = level.filter(value => typeof value === 'object' && value !== null) as object[]
    if (holders.length > 0 && depth >= maxDepth)
      throw new Refusal(400, 'invalid', `The body is more than ${maxDepth} levels deep.`)
    if (holders.some(holder => Object.hasOwn(holder, '__proto__')))
      throw new Refusal(400, 'invalid', 'The body has a key named __proto__.')
    level = holders.flatMap(holder => Object.values(holder))
  }
}

function tooLarge(ctx: Context, maxBytes: number): Refusal {
  // The rest of the body is not worth reading.
  ctx.set('Connection', 'close')
  return new Refusal(413, 'too-large', {
    fr: `Plus de ${maxBytes} octets à la fois.`,
    en: `The body is larger than ${maxBytes} bytes.`,
  })
}

function parserFor(maxBytes: number): Middleware {
  let parser = parsers.get(maxBytes)
  if (parser === undefined) {
    parser = bodyParser({
      enableTypes: ['json'],
      // The lists are merged by position: the first place must say again what stands there.
      extendTypes: { json: ['application/json', 'application/*+json'] },
      jsonLimit: maxBytes,
      jsonStrict: true,
      encoding: 'utf-8',
      parsedMethods: ['POST', 'PUT', 'DELETE'],
    })
    parsers.set(maxBytes, parser)
  }
  return parser
}
