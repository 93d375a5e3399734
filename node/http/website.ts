import { readdirSync } from 'node:fs'
import { relative, sep } from 'node:path'
import type { Middleware } from 'koa'
import send from 'koa-send'

const YEAR_MS = 365 * 24 * 3600 * 1000
/** Vite's names carry a digest of the content: `assets/index-BqX3ha9_.js`. */
const HASHED = /^assets\/.+-[\w-]{8,}\.\w+$/

/** What a build holds. A page's address may have dots too: a StudyInstanceUID is part of the viewer's. */
const A_FILE = /\.(css|html|ico|js|json|map|mjs|png|svg|txt|wasm|webmanifest|woff2?)$/

const MISSING_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Relais</title>
<h1>Relais is running; its screens are not built yet</h1>
<p>Run <code>npm run setup</code>, then start it again. The programming interface works: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
<h1 lang="fr">Relais fonctionne ; ses écrans ne sont pas encore construits</h1>
<p lang="fr">Lancez <code>npm run setup</code>, puis redémarrez-le.</p>
</html>
`

/**
 * The web application. The names that may be asked are read from the folder once, so that no name from the wire ever
 * reaches the disk; any other address is a page of the application and gets index.html.
 */
export function website(staticDir: string | undefined): Middleware {
  const files = staticDir === undefined ? new Set<string>() : namesIn(staticDir)
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    const asked = ctx.path.slice(1)
    if (staticDir !== undefined && files.has(asked) && asked !== 'index.html') {
      ctx.set(
        'Cache-Control',
        HASHED.test(asked) ? `public, max-age=${YEAR_MS / 1000}, immutable` : 'no-cache',
      )
      await send(ctx, asked, { root: staticDir })
      return
    }
    // A file that is not there is an error, not a page: a missing script must not arrive as HTML.
    if (A_FILE.test(asked) && asked !== 'index.html') return next()
    ctx.set('Cache-Control', 'no-cache')
    if (staticDir !== undefined && files.has('index.html')) {
      await send(ctx, 'index.html', { root: staticDir })
      return
    }
    ctx.status = 503
    ctx.type = 'html'
    ctx.body = MISSING_PAGE
  }
}

function namesIn(folder: string): Set<string> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
    return new Set(
      entries
        .filter(entry => entry.isFile())
        .map(entry => relative(folder, `${entry.parentPath}${sep}${entry.name}`).split(sep).join('/')),
    )
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ENOENT') return new Set()
    throw thrown
  }
}
