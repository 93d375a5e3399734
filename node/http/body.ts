import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import { Refusal } from './failures.js'

const parsers = new Map<number, Middleware>()

/**
 * The JSON body of a request; undefined when it has none. Only JSON, never compressed (a small body that inflates is
 * an attack, not a saving), at most `maxBytes`.
 */
export async function readJson(ctx: Context, maxBytes: number): Promise<unknown> {
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
  return ctx.request.body
}

function tooLarge(ctx: Context, maxBytes: number): Refusal {
  // The rest of the body is not worth reading.
  ctx.set('Connection', 'close')
  return new Refusal(413, 'too-large', `The body is larger than ${maxBytes} bytes.`)
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
