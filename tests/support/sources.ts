import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** One file of the project's own source. */
export interface Source {
  /** Relative to the checkout, with slashes: `node/journal/entry.ts`. */
  path: string
  text: string
  /** The text without comments; strings are kept, line numbers too. */
  code: string
  /** What it imports, types included, in the order written. */
  imports: string[]
  /** What of it is there when the program runs. */
  runs: string[]
}

// Strings first, so that `//` in an address is not taken for a comment.
const STRING_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![\\/])\/\/[^\n]*/g
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g
const TYPES_ONLY = /^\s*(?:import|export)\s+type\b/
const CODE = /\.(ts|tsx|mjs)$/

/** Every source file under a folder of the checkout; none when there is no such folder. */
export function sourcesUnder(folder: string): Source[] {
  if (!existsSync(join(root, folder))) return []
  const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return found
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter(path => CODE.test(path))
    .sort()
    .map(readSource)
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const code = text.replace(STRING_OR_COMMENT, found =>
    found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found,
  )
  const found = [...code.matchAll(IMPORT)]
  const named = (match: RegExpMatchArray) => match[1] ?? match[2] ?? ''
  const imports = found.map(named)
  const runs = found.filter(match => !TYPES_ONLY.test(match[0])).map(named)
  return { path, text, code, imports, runs }
}

/** A relative import as a path of the checkout (`node/clock.ts`), a package's import as it is written. */
export function importedPath(from: string, imported: string): string {
  if (!imported.startsWith('.')) return imported
  const path = join(dirname(from), imported).replaceAll('\\', '/')
  return path.replace(/\.js$/, existsSync(join(root, path.replace(/\.js$/, '.tsx'))) ? '.tsx' : '.ts')
}

/** `path:line` of every place where `pattern` occurs in the code. */
export function placesOf(source: Source, pattern: RegExp, inComments = false): string[] {
  const text = inComments ? source.text : source.code
  return [...text.matchAll(new RegExp(pattern, 'g'))].map(
    match => `${source.path}:${text.slice(0, match.index).split('\n').length}`,
  )
}

/** The files under version control, or none where the project was unpacked without its history. */
export function versionedFiles(): string[] {
  if (!existsSync(join(root, '.git'))) return []
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
}
