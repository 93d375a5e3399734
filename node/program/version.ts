import { readFileSync } from 'node:fs'

/** Of the package: beside `node/` in the source, two folders up from the compiled program. */
function read(): string {
  for (const relative of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(relative, import.meta.url), 'utf8')) as {
        name: string
        version: string
      }
      if (name === 'relais') return version
    } catch {
      // not at this depth: the other one is tried
    }
  }
  return '0.0.0'
}

export const version = read()
