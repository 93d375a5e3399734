import { FileText, Paperclip, SendHorizontal, X } from 'lucide-react'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import type { ConversationView, TalkerView } from '../../node/conversations/view.js'
import { Button } from '../parts/Button.js'
import { TextArea } from '../parts/TextArea.js'
import { ATTACHABLE } from '../parts/waiting.js'
import { conversationWords } from '../words/conversations.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Conversation.module.css'
import type { Outgoing } from './outgoing.js'

const SUGGESTED_MAX = 6

/** Where a name is being typed: `@` and what follows it, up to the caret. */
function namedAt(text: string, caret: number): { from: number; typed: string } | undefined {
  const found = /(?:^|\s)@([\p{L}\p{M}'’. -]{0,30})$/u.exec(text.slice(0, caret))
  return found ? { from: caret - (found[1] ?? '').length - 1, typed: found[1] ?? '' } : undefined
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Where a message is written: `@` names a person, Enter sends, Shift+Enter begins a line. */
export function Composer({
  outgoing,
  people,
  limits,
  me,
  onFiles,
  trouble,
}: {
  outgoing: Outgoing
  people: TalkerView[]
  limits: ConversationView['limits']
  me: string
  onFiles: (files: FileList) => void
  /** Why the last files were not taken. */
  trouble: string | undefined
}) {
  const t = useWords(conversationWords)
  const formats = useFormats()
  const area = useRef<HTMLTextAreaElement>(null)
  const picked = useRef<HTMLInputElement>(null)
  /** Where the caret goes once a name is in the text. */
  const behind = useRef<number>(undefined)
  const list = useId()
  const [caret, setCaret] = useState(0)
  const [closed, setClosed] = useState(-1)
  const [at, setAt] = useState(0)
  const { draft, setDraft, files, setFiles } = outgoing
  const named = namedAt(draft.text, caret)
  const suggested =
    named && named.from !== closed
      ? people
          .filter(({ account, name }) => account !== me && plain(name).includes(plain(named.typed)))
          .slice(0, SUGGESTED_MAX)
      : []
  const active = suggested[Math.min(at, suggested.length - 1)]

  useEffect(() => {
    const box = area.current
    if (!box) return
    box.setAttribute('aria-autocomplete', 'list')
    if (active) {
      box.setAttribute('aria-controls', list)
      box.setAttribute('aria-activedescendant', `${list}-${active.account}`)
    } else {
      box.removeAttribute('aria-controls')
      box.removeAttribute('aria-activedescendant')
    }
  }, [active, list])

  const mention = (person: TalkerView) => {
    if (!named) return
    const before = `${draft.text.slice(0, named.from)}@${person.name} `
    setDraft(now => ({
      text: before + now.text.slice(caret),
      mentions: [...now.mentions, { account: person.account, name: person.name }],
    }))
    area.current?.focus()
    setCaret(before.length)
    behind.current = before.length
  }
  // Before the next key is heard: who types on writes behind the name.
  useLayoutEffect(() => {
    if (behind.current === undefined) return
    area.current?.setSelectionRange(behind.current, behind.current)
    behind.current = undefined
  })

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (active && !event.nativeEvent.isComposing) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (step !== 0) {
        event.preventDefault()
        setAt((Math.min(at, suggested.length - 1) + step + suggested.length) % suggested.length)
        return
      }
      if (event.key === 'Enter' || event.key === 'Tab') {
        event.preventDefault()
        mention(active)
        return
      }
      if (event.key === 'Escape' && named) {
        event.preventDefault()
        event.stopPropagation()
        setClosed(named.from)
        return
      }
    }
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    // Ctrl+Enter is the screen's own key: here it sends, and nothing else happens.
    event.stopPropagation()
    outgoing.send()
  }

  return (
    <div className={styles.composer}>
      {suggested.length > 0 ? (
        <div id={list} role="listbox" aria-label={t('mention')} className={styles.suggested}>
          {suggested.map(person => (
            // biome-ignore lint/a11y/useFocusableInteractive: the text keeps the focus and names the active one.
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text's.
            <div
              key={person.account}
              id={`${list}-${person.account}`}
              role="option"
              aria-selected={person === active}
              onMouseDown={event => event.preventDefault()}
              onClick={() => mention(person)}
            >
              <strong>{person.name}</strong> <small>{person.siteName}</small>
            </div>
          ))}
        </div>
      ) : null}
      {files.length > 0 ? (
        <ul className={styles.waiting}>
          {files.map((file, index) => (
            <li key={`${index} ${file.name}`}>
              {file.type === 'image/png' || file.type === 'image/jpeg' ? (
                <img src={`data:${file.type};base64,${file.content}`} alt="" />
              ) : (
                <FileText aria-hidden="true" />
              )}
              <span className={styles.fileName}>{file.name}</span>
              <small>{formats.bytes(file.bytes)}</small>
              <button
                type="button"
                aria-label={t('remove', { name: file.name })}
                onClick={() => setFiles(now => now.filter((_, place) => place !== index))}
              >
                <X aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {trouble ? (
        <p className={styles.trouble} role="alert">
          {trouble}
        </p>
      ) : null}
      <div className={styles.write}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: hears where the caret of the text inside it is. */}
        <div className={styles.area} onKeyUp={() => setCaret(area.current?.selectionStart ?? 0)}>
          <TextArea
            label={t('write')}
            hideLabel
            lines={1}
            placeholder={t('placeholder')}
            maxLength={limits.textMaxChars}
            value={draft.text}
            areaRef={area}
            onChange={text => {
              setDraft(now => ({ ...now, text }))
              setCaret(area.current?.selectionStart ?? text.length)
              setAt(0)
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        <input
          ref={picked}
          type="file"
          multiple
          accept={ATTACHABLE}
          hidden
          onChange={event => {
            if (event.target.files) onFiles(event.target.files)
            event.target.value = ''
          }}
        />
        <Button
          look="quiet"
          aria-label={t('attach')}
          icon={<Paperclip aria-hidden="true" />}
          onPress={() => picked.current?.click()}
        />
        <Button
          look="go"
          aria-label={t('send')}
          isDisabled={draft.text.trim() === '' && files.length === 0}
          icon={<SendHorizontal aria-hidden="true" />}
          onPress={outgoing.send}
        />
      </div>
    </div>
  )
}
