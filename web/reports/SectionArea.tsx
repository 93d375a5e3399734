import { type KeyboardEvent, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { FittingTemplatesView } from '../../node/reports/view.js'
import { TextArea } from '../parts/Field.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import { OPEN_FIELD, type SectionName } from './draft.js'
import styles from './Editor.module.css'

const SHOWN_MAX = 6
const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * One section. `/` and a few letters bring a text block; Tab goes to the next field that is still open, and leaves the
 * section where there is none. What is pasted or dictated comes in as plain text.
 */
export function SectionArea({
  name,
  text,
  onChange,
  blocks,
  readOnly,
  problem,
  areaRef,
  onReview,
}: {
  name: SectionName
  text: string
  onChange: (text: string) => void
  blocks: FittingTemplatesView['blocks']
  readOnly: boolean
  problem: string | undefined
  areaRef: (area: HTMLTextAreaElement | null) => void
  onReview: () => void
}) {
  const t = useWords(reportWords)
  const area = useRef<HTMLTextAreaElement | null>(null)
  const [asked, setAsked] = useState<{ from: number; to: number } | null>(null)
  const [chosen, setChosen] = useState(0)
  const query = asked ? folded(text.slice(asked.from + 1, asked.to)) : ''
  const found = asked
    ? blocks
        .filter(({ shortcut, title }) => folded(shortcut).startsWith(query) || folded(title).includes(query))
        .slice(0, SHOWN_MAX)
    : []
  const picked = found[Math.min(chosen, found.length - 1)]

  /** Where a `/` was typed at the beginning of a word before the caret. */
  const look = (value: string) => {
    const at = area.current?.selectionStart ?? 0
    const typed = /(?:^|\s)(\/[\p{L}\d-]*)$/u.exec(value.slice(0, at))?.[1]
    setAsked(typed === undefined ? null : { from: at - typed.length, to: at })
    setChosen(0)
  }
  const insert = (block: FittingTemplatesView['blocks'][number]) => {
    if (!asked) return
    const at = asked.from
    // Written and selected within the event: the next key, however soon, falls into the open field.
    flushSync(() => {
      onChange(text.slice(0, asked.from) + block.text + text.slice(asked.to))
      setAsked(null)
    })
    const open = [...block.text.matchAll(OPEN_FIELD)][0]
    area.current?.focus()
    if (open) area.current?.setSelectionRange(at + open.index, at + open.index + open[0].length)
    else area.current?.setSelectionRange(at + block.text.length, at + block.text.length)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      onReview()
      return
    }
    if (picked && asked) {
      if (event.key === 'Enter' || event.key === 'Tab') {
        event.preventDefault()
        insert(picked)
        return
      }
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault()
        const step = event.key === 'ArrowDown' ? 1 : -1
        setChosen(now => (now + step + found.length) % found.length)
        return
      }
      if (event.key === 'Escape') {
        event.preventDefault()
        setAsked(null)
        return
      }
    }
    if (event.key !== 'Tab' || event.ctrlKey || event.altKey || event.metaKey || !area.current) return
    const { selectionStart, selectionEnd } = area.current
    const fields = [...text.matchAll(OPEN_FIELD)].map(match => ({ at: match.index, length: match[0].length }))
    const next = event.shiftKey
      ? fields.findLast(field => field.at + field.length <= selectionStart && field.at !== selectionStart)
      : fields.find(field => field.at >= selectionEnd)
    if (!next) return
    event.preventDefault()
    area.current.setSelectionRange(next.at, next.at + next.length)
  }
  const listId = `blocks-${name}`
  return (
    <div className={styles.section}>
      <TextArea
        label={t(`section.${name}`)}
        placeholder={t(`section.${name}.placeholder`)}
        look="page"
        value={text}
        onChange={value => {
          onChange(value)
          look(value)
        }}
        onBlur={() => setAsked(null)}
        readOnly={readOnly}
        problem={problem}
        lines={name === 'results' ? 4 : 1}
        areaRef={element => {
          area.current = element
          areaRef(element)
        }}
        onKeyDown={onKeyDown}
      />
      {found.length > 0 ? (
        <div className={styles.blocks} id={listId} role="listbox" aria-label={t('blocks')} tabIndex={-1}>
          {found.map(block => (
            <button
              key={block.id}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={block === picked}
              // The caret stays where it is.
              onMouseDown={event => event.preventDefault()}
              onClick={() => insert(block)}
            >
              <b>/{block.shortcut}</b> <span>{block.text}</span>
            </button>
          ))}
        </div>
      ) : null}
      <span className="unseen" role="status">
        {picked ? t('blocks.chosen', { title: picked.title }) : ''}
      </span>
    </div>
  )
}
