import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Text of a PDF as another program reads it; undefined where that program is not installed. */
export function textOf(pdf: Buffer): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'relais-pdf-'))
  try {
    writeFileSync(join(folder, 'report.pdf'), pdf)
    return execFileSync('pdftotext', ['-layout', join(folder, 'report.pdf'), '-'], { encoding: 'utf8' })
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return undefined
    throw thrown
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The fonts of a PDF as another program sees them; undefined where that program is not installed. */
export function fontsOf(pdf: Buffer): { name: string; embedded: boolean; unicode: boolean }[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'relais-pdf-'))
  try {
    writeFileSync(join(folder, 'report.pdf'), pdf)
    const text = execFileSync('pdffonts', [join(folder, 'report.pdf')], { encoding: 'utf8' })
    // name, type and encoding, then: embedded, subset, with its letters in Unicode.
    return [...text.matchAll(/^(\S+) .* (yes|no) +(yes|no) +(yes|no) +\d+ +\d+ *$/gm)].map(
      ([, name = '', embedded, , unicode]) => ({
        name,
        embedded: embedded === 'yes',
        unicode: unicode === 'yes',
      }),
    )
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return undefined
    throw thrown
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What a camera reads in the code on the last page of a PDF; undefined where the programs for it are not installed. */
export function readCode(pdf: Buffer): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'relais-pdf-'))
  try {
    writeFileSync(join(folder, 'report.pdf'), pdf)
    execFileSync('pdftoppm', ['-r', '150', '-gray', join(folder, 'report.pdf'), join(folder, 'page')])
    const pages = readdirSync(folder).filter(name => name.startsWith('page'))
    const last = join(folder, pages.sort().at(-1) ?? '')
    return execFileSync('zbarimg', ['--quiet', '--raw', last], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return undefined
    throw thrown
  } finally {
    rmSync(folder, { recursive: true })
  }
}
