import { Disc3, FilePlus2, FolderOpen } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { useToasts } from '../parts/Toast.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'
import { droppedOf, filesOf } from './picked.js'
import type { Packable } from './tar.js'

/** Takes a folder, files, a ZIP or an ISO: by dropping, or by two buttons. */
export function DropZone({ onFound }: { onFound: (found: Packable[]) => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const folder = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  // Entering a child leaves its parent: only when all are left is the pointer gone.
  const [over, setOver] = useState(0)

  const take = (found: Packable[]) => {
    if (found.length === 0) toasts.say({ text: t('drop.nothing') })
    else onFound(found)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(0)
    droppedOf(event.dataTransfer).then(take, (thrown: unknown) =>
      toasts.say({
        text: t('drop.unreadable'),
        tone: 'late',
        ...(thrown instanceof Error ? { detail: thrown.message } : {}),
      }),
    )
  }
  const chosen = (input: HTMLInputElement) => {
    if (input.files) take(filesOf(input.files))
    // The same folder again is a choice too.
    input.value = ''
  }
  useActions([
    {
      id: 'import-folder',
      group: t('group'),
      label: t('drop.folder'),
      keys: 'o',
      run: () => folder.current?.click(),
    },
    { id: 'import-files', group: t('group'), label: t('drop.files'), run: () => files.current?.click() },
  ])

  return (
    <section
      aria-label={t('drop.title')}
      className={`${styles.drop} ${over > 0 ? styles.over : ''}`}
      onDragEnter={event => {
        event.preventDefault()
        setOver(depth => depth + 1)
      }}
      onDragLeave={() => setOver(depth => depth - 1)}
      onDragOver={event => event.preventDefault()}
      onDrop={drop}
    >
      <Disc3 size={30} aria-hidden />
      <div className={styles.dropText}>
        <h2>{over > 0 ? t('drop.let-go') : t('drop.title')}</h2>
        <p className="second">{t('drop.text')}</p>
      </div>
      <div className="row">
        <Button look="go" keys="O" icon={<FolderOpen aria-hidden />} onPress={() => folder.current?.click()}>
          {t('drop.folder')}
        </Button>
        <Button icon={<FilePlus2 aria-hidden />} onPress={() => files.current?.click()}>
          {t('drop.files')}
        </Button>
      </div>
      <input
        ref={input => {
          folder.current = input
          // React knows no such attribute.
          input?.setAttribute('webkitdirectory', '')
        }}
        type="file"
        hidden
        multiple
        data-import="folder"
        onChange={event => chosen(event.target)}
      />
      <input
        ref={files}
        type="file"
        hidden
        multiple
        data-import="files"
        onChange={event => chosen(event.target)}
      />
    </section>
  )
}
