// TypeScript to dist/node, the screens to dist/web: only when a source changed, and swapped in whole, so that
// a node that is running keeps its files until the new ones are complete.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { digest, readJson, root, Stop, say, writeWhole } from './place.mjs'
import { firstWords, run } from './run.mjs'

const buildTimeoutMs = 5 * 60_000
const dist = join(root, 'dist')

/** What vite is told to build one folder of screens. */
const viteBuild = folder => into => [
  'build',
  folder,
  '--config',
  `${folder}/vite.config.ts`,
  '--outDir',
  into,
  '--emptyOutDir',
  '--logLevel',
  'warn',
]

/** Each part: what it is made from (files and folders), and how. `into` is a folder at dist's own depth. */
const parts = [
  {
    name: 'node',
    sources: ['node', 'tsconfig.json', 'package-lock.json'],
    present: () => existsSync(join(root, 'node/cli.ts')),
    bin: ['typescript', 'tsc'],
    // Translation only: whether the types agree is judged by `npm run check`.
    args: into => ['-p', 'tsconfig.json', '--noCheck', '--outDir', into],
    made: into => join(into, 'node'),
  },
  {
    name: 'web',
    // The screens take their types, and nothing else, from node/: a change there is no new build.
    sources: ['web', 'package-lock.json'],
    present: () => existsSync(join(root, 'web/vite.config.ts')),
    bin: ['vite', 'vite'],
    args: viteBuild('web'),
    made: into => into,
  },
  {
    name: 'verifier',
    // One page that goes with every exported act.
    sources: ['web/verifier', 'package-lock.json'],
    present: () => existsSync(join(root, 'web/verifier/vite.config.ts')),
    bin: ['vite', 'vite'],
    args: viteBuild('web/verifier'),
    made: into => into,
  },
]

const stampOf = part => join(dist, `.relais-${part.name}.json`)

/** Whether dist/ was made from exactly the sources that are there. */
export function buildIsCurrent() {
  return parts.every(partIsCurrent)
}

/** Makes the parts of dist/ whose sources changed. One set-up at a time: what lies half done was left behind. */
export async function build() {
  for (const name of readdirSync(root)) {
    if (name.startsWith('.relais-build-')) rmSync(join(root, name), { recursive: true, force: true })
  }
  for (const part of parts) if (!partIsCurrent(part)) await buildPart(part)
}

function partIsCurrent(part) {
  if (!part.present()) return true
  return existsSync(join(dist, part.name)) && readJson(stampOf(part))?.sources === fingerprint(part)
}

async function buildPart(part) {
  const sources = fingerprint(part)
  // Beside dist/, at the same depth: source maps name their sources relative to it.
  const into = join(root, `.relais-build-${part.name}-${process.pid}`)
  try {
    const make = await run(process.execPath, [binaryOf(...part.bin), ...part.args(into)], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      timeoutMs: buildTimeoutMs,
      label: `building ${part.name}`,
    })
    if (!make.ok) throw new Stop(`${part.name}/ does not build:\n${firstWords(make, 20)}`)
    swapIn(part.made(into), join(dist, part.name))
    writeWhole(stampOf(part), JSON.stringify({ sources }))
    say(`${part.name}: built in ${make.took}`)
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

function swapIn(made, place) {
  mkdirSync(dirname(place), { recursive: true })
  const old = `${place}.${process.pid}.old`
  if (existsSync(place)) renameSync(place, old)
  renameSync(made, place)
  rmSync(old, { recursive: true, force: true })
}

/** A digest over names and contents: a checkout that only touched its files is no change. */
function fingerprint(part) {
  const lines = []
  const visit = path => {
    const file = join(root, path)
    for (const entry of readdirSync(file, { withFileTypes: true })) {
      const inside = `${path}/${entry.name}`
      if (entry.isDirectory()) visit(inside)
      else lines.push(`${inside} ${digest(readFileSync(join(root, inside)))}`)
    }
  }
  for (const source of part.sources) {
    if (source.includes('.')) lines.push(`${source} ${digest(readFileSync(join(root, source)))}`)
    else visit(source)
  }
  return digest(lines.sort().join('\n'))
}

function binaryOf(name, command) {
  const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)
  const { bin } = readJson(manifest)
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command])
}
