import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, fail } from '../errors.js'
import { openFolderSync } from '../objects/folder-sync.js'
import type { ZipFile } from './zip.js'

/**
 * Puts files into a new folder, all or none: written and synced in `<folder>.part`, then renamed.
 * `beforeRename` runs when everything is durable. Throws `conflict` when the folder holds something already.
 */
export async function writeFolder(
  folder: string,
  files: readonly ZipFile[],
  beforeRename: () => Promise<void>,
): Promise<void> {
  const standing = await readdir(folder).catch(thrown => absent(thrown, folder))
  if (standing !== undefined && standing.length > 0) fail('conflict', `The folder ${folder} is not empty.`)
  const part = `${folder}.part`
  try {
    await mkdir(part, { mode: 0o700 })
  } catch (thrown) {
    throw couldNot(thrown, part)
  }
  try {
    const folders = new Set([part])
    for (const { path, bytes } of files) {
      const target = join(part, path)
      if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      folders.add(dirname(target))
      const file = await open(target, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    }
    for (const made of folders) await openFolderSync(made)()
    await beforeRename()
    await rename(part, folder)
    await openFolderSync(dirname(folder))()
  } catch (thrown) {
    await rm(part, { recursive: true, force: true })
    throw thrown instanceof Failure ? thrown : couldNot(thrown, folder)
  }
}

const codeOf = (thrown: unknown) => (thrown as { code?: unknown }).code

function absent(thrown: unknown, folder: string): undefined {
  if (codeOf(thrown) !== 'ENOENT') throw couldNot(thrown, folder)
  return undefined
}

/** What the system said, as a sentence about the folder; what is not the system's passes unchanged. */
function couldNot(thrown: unknown, folder: string): unknown {
  switch (codeOf(thrown)) {
    case 'EEXIST':
      return new Failure('conflict', `${folder} was left by an export that was cut off: remove it first.`)
    case 'ENOENT':
      return new Failure('invalid', `The folder above ${folder} does not exist.`)
    case 'ENOTDIR':
      return new Failure('invalid', `${folder} is not a folder.`)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Failure('invalid', `${folder} cannot be written.`, [], thrown)
    case 'ENOSPC':
      return new Failure('storage-full', 'The disk is full: nothing was exported.', [], thrown)
    default:
      return thrown
  }
}
