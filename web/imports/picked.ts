import { inDiscOrder, type Packable, packTar } from './tar.js'

/** What somebody brought, as it will be sent: an image as it is, a folder or several files as one stream. */
export interface Picked {
  /** What it is called: the folder's or the file's name. */
  name: string
  body: Blob
  files: number
  /** The same files chosen again have the same mark: their upload goes on where it stopped. */
  mark: string
}

const WHOLE = /\.(zip|iso|tar)$/i

/** Each ZIP, ISO or TAR by itself; all other files together as one disc. */
export function pickedOf(files: readonly Packable[], together: string): Picked[] {
  const folders = new Set(files.map(({ path }) => (path.includes('/') ? path.split('/')[0] : '')))
  const isWhole = ({ path }: Packable) => !path.includes('/') && WHOLE.test(path)
  const picked: Picked[] = files
    .filter(isWhole)
    .map(one => ({ name: one.path, body: one.file, files: 1, mark: markOf([one]) }))
  for (const folder of folders) {
    const own = files.filter(
      file => !isWhole(file) && (file.path.includes('/') ? file.path.split('/')[0] : '') === folder,
    )
    if (own.length === 0) continue
    // The folder itself is not on the disc: its own name would make two copies of one disc two discs.
    const inside = folder ? own.map(file => ({ ...file, path: file.path.slice(folder.length + 1) })) : own
    picked.push({
      name: folder || (own.length === 1 ? (own[0]?.path ?? together) : together),
      body: packTar(inside),
      files: inside.length,
      mark: markOf(inside),
    })
  }
  return picked
}

/** All of it as one disc; undefined where it is several images (ZIP, ISO) that cannot be one. */
export function oneDiscOf(files: readonly Packable[], together: string): Picked | undefined {
  const picked = pickedOf(files, together)
  if (picked.length < 2) return picked[0]
  if (files.some(({ path }) => !path.includes('/') && WHOLE.test(path))) return undefined
  return { name: together, body: packTar(files), files: files.length, mark: markOf(files) }
}

/** What an input for files or a folder was given. */
export function filesOf(list: FileList): Packable[] {
  return [...list].map(file => ({
    path: file.webkitRelativePath || file.name,
    file,
    modifiedMs: file.lastModified,
  }))
}

/** What was dropped, folders opened. The entries must be taken during the event: afterwards the browser forgets them. */
export async function droppedOf(data: DataTransfer): Promise<Packable[]> {
  const entries = [...data.items].flatMap(item => item.webkitGetAsEntry() ?? [])
  // What a program hands over has no entry, only its files.
  if (entries.length === 0) return filesOf(data.files)
  return (await Promise.all(entries.map(entry => below(entry)))).flat()
}

async function below(entry: FileSystemEntry): Promise<Packable[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    return [{ path: entry.fullPath.replace(/^\//, ''), file, modifiedMs: file.lastModified }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: Packable[] = []
  for (;;) {
    // A hundred at a time, until it gives none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return found
    for (const each of some) found.push(...(await below(each)))
  }
}

/** 53 bits over names, sizes and times, beside their number and sum (SubtleCrypto is not there under plain HTTP). */
function markOf(files: readonly Packable[]): string {
  let [one, two] = [0xdeadbeef, 0x41c6ce57]
  for (const { path, file, modifiedMs } of inDiscOrder(files))
    for (const letter of `${path}\n${file.size}\n${modifiedMs}\n`) {
      const code = letter.codePointAt(0) ?? 0
      one = Math.imul(one ^ code, 2654435761)
      two = Math.imul(two ^ code, 1597334677)
    }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0)
  return `${files.length}-${bytes}-${(4294967296 * (2097151 & two) + (one >>> 0)).toString(36)}`
}
