// The two packages of the kit that bring no types: what we use of them.
declare module 'koa-compress' {
  import type { Middleware } from 'koa'
  export default function compress(options: {
    threshold?: number
    filter?: (type: string) => boolean
  }): Middleware
}

declare module 'koa-send' {
  import type { Context } from 'koa'
  export default function send(
    ctx: Context,
    path: string,
    options: { root: string; maxage?: number; immutable?: boolean },
  ): Promise<string>
}
