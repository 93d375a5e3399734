import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const node = 'http://127.0.0.1:8080'

/** React Aria brings its few spoken words in thirty-odd languages; the screens speak two of them. */
const twoLanguages: Plugin = {
  name: 'two-languages',
  enforce: 'pre',
  load: id =>
    /react-(?:aria|stately)\/.*\/(?!fr-FR|en-US)[a-z]{2}-[A-Z]{2}\.mjs$/.test(id)
      ? 'export default {}'
      : null,
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [twoLanguages, react()],
  // Cornerstone's event targets extend Node's EventEmitter; without the slash Vite puts an empty shim in its place.
  resolve: { alias: { events: 'events/' } },
  worker: { format: 'es' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // light-dark() is used as it is.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // The content security policy takes fonts and scripts from our own origin only, so nothing is inlined.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
  },
  server: {
    proxy: {
      '/api': node,
      '/dicomweb': node,
      '/ws': { target: node, ws: true },
    },
  },
})
