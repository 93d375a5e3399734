import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

/** The engine of SQLite as base64 text: a page that was opened from a disk may not fetch it. */
const engine: Plugin = {
  name: 'engine',
  resolveId: id => (id === 'virtual:sqlite-engine' ? id : undefined),
  load: id => {
    if (id !== 'virtual:sqlite-engine') return undefined
    const file = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm-browser.wasm')
    return `export default ${JSON.stringify(readFileSync(file).toString('base64'))}`
  },
}

/** The page with its script and everything that needs inside: one file that is opened by a double click. */
const onePage: Plugin = {
  name: 'one-page',
  generateBundle(_options, bundle) {
    const [script] = Object.values(bundle).filter(part => part.type === 'chunk')
    if (script?.type !== 'chunk') throw new Error('the verifier has no script')
    const page = readFileSync(join(import.meta.dirname, 'page.html'), 'utf8')
    // In a script element only the text that ends one has a meaning.
    const code = script.code.replaceAll('</script', '<\\/script')
    for (const name of Object.keys(bundle)) delete bundle[name]
    this.emitFile({
      type: 'asset',
      fileName: 'verifier.html',
      source: page.replace('<!--script-->', () => `<script>${code}</script>`),
    })
  },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [engine, onePage],
  build: {
    outDir: '../../dist/verifier',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 4000,
    lib: { entry: 'main.ts', formats: ['iife'], name: 'verifier', fileName: () => 'verifier.js' },
  },
})
