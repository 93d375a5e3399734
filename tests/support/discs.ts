import { cpSync, createWriteStream, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import yazl from 'yazl'
import { run } from './children.js'
import { found } from './programs.js'

export const discPrograms = {
  dcmmkdir: found('dcmmkdir'),
  xorriso: found('xorriso'),
  genisoimage: found('genisoimage'),
  tar: found('tar'),
}

/** The files of a folder and below it, `/` between the parts, in order. */
export function filesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter(name => statSync(join(folder, name)).isFile())
    .sort()
}

async function done(program: string | undefined, args: string[]): Promise<void> {
  const { code, output } = await run(program ?? '', args)
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output}`)
}

/** A disc as modalities burn it: IMAGES/IM000001 …, a DICOMDIR by DCMTK, a viewer and its papers beside it. */
export async function makeDisc(
  folder: string,
  files: readonly { file: string }[],
  options: { dicomdir?: boolean } = {},
): Promise<void> {
  const images = join(folder, 'IMAGES')
  mkdirSync(images, { recursive: true })
  const names = files.map((_, at) => `IMAGES/IM${String(at + 1).padStart(6, '0')}`)
  for (const [at, { file }] of files.entries()) cpSync(file, join(folder, names[at] ?? ''))
  if (options.dicomdir !== false)
    await done(discPrograms.dcmmkdir, ['+D', join(folder, 'DICOMDIR'), '+id', folder, '-Nxc', ...names])
  mkdirSync(join(folder, 'VIEWER'))
  writeFileSync(join(folder, 'VIEWER', 'viewer.exe'), Buffer.concat([Buffer.from('MZ'), Buffer.alloc(400)]))
  writeFileSync(join(folder, 'AUTORUN.INF'), '[autorun]\r\nopen=VIEWER\\viewer.exe\r\n')
  writeFileSync(join(folder, 'LISEZMOI.TXT'), 'Images d’une patiente qui n’existe pas.\n')
}

export function makeIso(folder: string, image: string, how: 'xorriso' | 'genisoimage', more: string[] = []) {
  return how === 'xorriso'
    ? done(discPrograms.xorriso, [
        '-as',
        'mkisofs',
        '-quiet',
        '-V',
        'RELAIS_TEST',
        ...more,
        '-o',
        image,
        folder,
      ])
    : done(discPrograms.genisoimage, ['-quiet', '-V', 'RELAIS_TEST', ...more, '-o', image, folder])
}

export async function makeZip(folder: string, archive: string, forceZip64Format = false): Promise<void> {
  const zip = new yazl.ZipFile()
  for (const name of filesBelow(folder)) zip.addFile(join(folder, name), name, { forceZip64Format })
  zip.end({ forceZip64Format, comment: '' })
  await pipeline(zip.outputStream, createWriteStream(archive))
}

export const makeTar = (folder: string, archive: string, format: 'ustar' | 'pax' | 'gnu') =>
  done(discPrograms.tar, [
    '-c',
    `--format=${format}`,
    '-f',
    archive,
    '-C',
    folder,
    ...readdirSync(folder).sort(),
  ])
