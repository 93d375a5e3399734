import wasm from 'virtual:sqlite-engine'
import initSqlJs from 'sql.js/dist/sql-wasm-browser.js'
import { check, type Query, type Result } from './check.js'
import { type Language, WORDS } from './words.js'
import { filesInZip } from './zip.js'

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
let language: Language = navigator.language.startsWith('fr') ? 'fr' : 'en'
let result: Result | undefined

/** The engine of SQLite lies in this page as text. */
const engine = () =>
  initSqlJs({ wasmBinary: Uint8Array.from(atob(wasm), letter => letter.charCodeAt(0)).buffer })

const query: Query = async (bytes, sql) => {
  const { Database } = await engine()
  const db = new Database(bytes)
  try {
    const [answer] = db.exec(sql)
    return (answer?.values ?? []).map(row =>
      Object.fromEntries(row.map((value, at) => [answer?.columns[at], value])),
    )
  } finally {
    db.close()
  }
}

function show(): void {
  const t = WORDS[language]
  document.documentElement.lang = language
  const texts = {
    title: t.title,
    language: t.other,
    intro: t.intro,
    how: t.how,
    'folder-label': t.folder,
    'zip-label': t.zip,
    'facts-title': t.facts,
    limits: t.limits,
  }
  for (const [id, text] of Object.entries(texts)) element(id).textContent = text
  if (result === undefined) return
  const sound = result.checks.every(({ faults }) => faults.length === 0)
  verdict(sound ? t.good : t.bad, sound ? 'good' : 'bad')
  element('checks').replaceChildren(
    ...result.checks.map(({ name, faults }) => {
      const line = document.createElement('li')
      line.className = faults.length === 0 ? 'good' : 'bad'
      line.dataset['check'] = name
      const title = document.createElement('b')
      title.textContent = t[name]
      const list = document.createElement('ul')
      list.append(
        ...faults
          .slice(0, 50)
          .map(what => Object.assign(document.createElement('li'), { textContent: what })),
      )
      line.append(title, ...(faults.length === 0 ? [] : [list]))
      return line
    }),
  )
  const { reference, assembled, entries, size, log, key, manifest } = result.facts
  const facts = [
    [t.reference, reference],
    [t.assembled, assembled],
    [t.entries, entries],
    [t.size, size],
    [t.log, log],
    [t.key, key],
    [t.manifestDigest, manifest],
  ] as const
  element('facts-list').replaceChildren(
    ...facts.flatMap(([name, value]) => [
      Object.assign(document.createElement('dt'), { textContent: name }),
      Object.assign(document.createElement('dd'), { textContent: String(value) }),
    ]),
  )
  element('facts').hidden = false
}

function verdict(text: string, look: string): void {
  const box = element('verdict')
  box.hidden = false
  box.className = look
  box.textContent = text
}

/** Checks files by their paths; the folder they lie in is no part of them. */
async function verify(found: ReadonlyMap<string, Uint8Array>): Promise<void> {
  verdict(WORDS[language].working, '')
  const manifest = [...found.keys()].find(path => path.endsWith('MANIFEST.sha256')) ?? ''
  const folder = manifest.slice(0, manifest.lastIndexOf('/') + 1)
  const files = new Map(
    [...found].map(([path, bytes]) => [
      path.startsWith(folder) ? path.slice(folder.length) : `../${path}`,
      bytes,
    ]),
  )
  result = await check(files, query)
  show()
}

const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer())

async function picked(files: readonly (readonly [path: string, file: File])[]): Promise<void> {
  try {
    const [only] = files
    if (files.length === 1 && only?.[0].toLowerCase().endsWith('.zip'))
      return await verify(await filesInZip(await bytesOf(only[1])))
    const found = new Map<string, Uint8Array>()
    for (const [path, file] of files) found.set(path, await bytesOf(file))
    await verify(found)
  } catch (thrown) {
    verdict(`${WORDS[language].bad} ${thrown instanceof Error ? thrown.message : thrown}`, 'bad')
  }
}

/** All files below what was dropped. */
async function below(entry: FileSystemEntry): Promise<[string, File][]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    return [[entry.fullPath.replace(/^\//, ''), file]]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: [string, File][] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return found
    for (const each of some) found.push(...(await below(each)))
  }
}

for (const id of ['folder', 'zip'])
  element<HTMLInputElement>(id).addEventListener('change', event => {
    const { files } = event.target as HTMLInputElement
    void picked([...(files ?? [])].map(file => [file.webkitRelativePath || file.name, file] as const))
  })
const drop = element('drop')
document.addEventListener('dragover', event => {
  event.preventDefault()
  drop.className = 'over'
})
document.addEventListener('dragleave', () => {
  drop.className = ''
})
document.addEventListener('drop', event => {
  event.preventDefault()
  drop.className = ''
  const dropped = [...(event.dataTransfer?.items ?? [])].flatMap(item => item.webkitGetAsEntry() ?? [])
  void Promise.all(dropped.map(below)).then(all => picked(all.flat()))
})
element('language').addEventListener('click', () => {
  language = language === 'fr' ? 'en' : 'fr'
  show()
})
show()
