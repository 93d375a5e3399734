import { useId, useMemo, useState } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { partWords } from '../words/parts.js'
import { useWords } from '../words/words.js'
import type { Action } from './Actions.js'
import styles from './CommandPalette.module.css'
import { Kbd } from './Kbd.js'

/** Letters without accents or case: "envoye" finds "Envoyés". */
const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

export default function CommandPalette({ actions, onClose }: { actions: Action[]; onClose: () => void }) {
  const t = useWords(partWords)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()

  const found = useMemo(() => {
    const words = plain(text).split(/\s+/).filter(Boolean)
    return actions.filter(action => {
      const label = plain(`${action.group} ${action.label}`)
      return !action.keyOnly && words.every(word => label.includes(word))
    })
  }, [actions, text])
  const chosen = found[Math.min(at, found.length - 1)]

  const run = (action: Action | undefined) => {
    if (!action) return
    onClose()
    // After the dialog gave the focus back, so that the action may move it.
    setTimeout(action.run)
  }

  return (
    <ModalOverlay isOpen isDismissable onOpenChange={onClose} className={styles.overlay ?? ''} data-modal="">
      <Modal className={styles.modal ?? ''}>
        <Dialog aria-label={t('palette.title')} className={styles.dialog ?? ''}>
          <input
            autoFocus
            className={styles.input}
            role="combobox"
            aria-expanded="true"
            aria-controls={list}
            aria-label={t('palette.title')}
            {...(chosen ? { 'aria-activedescendant': `${list}-${chosen.id}` } : {})}
            placeholder={t('palette.placeholder')}
            value={text}
            onChange={event => {
              setText(event.target.value)
              setAt(0)
            }}
            onKeyDown={event => {
              if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1))
              else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0))
              else if (event.key === 'Enter') run(chosen)
              else return
              event.preventDefault()
            }}
          />
          <div id={list} role="listbox" aria-label={t('palette.title')} className={styles.list}>
            {found.map((action, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above holds the focus and the keys
              // biome-ignore lint/a11y/useFocusableInteractive: aria-activedescendant
              <div
                key={action.id}
                id={`${list}-${action.id}`}
                role="option"
                aria-selected={action === chosen}
                className={styles.option}
                ref={element => {
                  if (action === chosen) element?.scrollIntoView({ block: 'nearest' })
                }}
                onPointerMove={() => setAt(index)}
                onClick={() => run(action)}
              >
                <span className="third">{action.group}</span>
                <span className={styles.label}>{action.label}</span>
                {action.keys ? <Kbd keys={action.keys} /> : null}
              </div>
            ))}
          </div>
          {found.length === 0 ? (
            <p className={styles.nothing} role="status">
              {t('palette.nothing')}
            </p>
          ) : null}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
