import { Placeholder } from '@tiptap/extension-placeholder'
import { closeHistory } from '@tiptap/pm/history'
import { TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { Editor as TextEditor } from '@tiptap/react'
import StarterKit from '@tiptap/starter-kit'
import {
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import type { FittingTemplatesView } from '../../node/reports/view.js'
import { useSession } from '../session.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import type { SectionName } from './draft.js'
import styles from './SectionEditor.module.css'
import { Section } from './section-extension.js'
import {
  cleanText,
  documentOf,
  fieldsIn,
  type KnownValue,
  lineText,
  sliceOf,
  textOf,
} from './section-text.js'

type Block = FittingTemplatesView['blocks'][number]
const SHOWN_MAX = 6
const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * The editor's selection follows the page's before each key: what dictates to the page selects and presses within the
 * same moment, before the editor has heard of it.
 */
function follow(view: EditorView): void {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = document.getSelection() ?? {}
  if (!anchorNode || !focusNode || !view.dom.contains(anchorNode) || !view.dom.contains(focusNode)) return
  const anchor = view.posAtDOM(anchorNode, anchorOffset ?? 0)
  const head = view.posAtDOM(focusNode, focusOffset ?? 0)
  const { doc, selection, tr } = view.state
  if (Math.min(anchor, head) === selection.from && Math.max(anchor, head) === selection.to) return
  view.dispatch(tr.setSelection(TextSelection.between(doc.resolve(anchor), doc.resolve(head))))
}

/** What the desk does with one section. */
export interface SectionHandle {
  focus(): void
  /** Selects the first field that is open, or the last; false where there is none. */
  toField(which: 'first' | 'last'): boolean
  /** A line of its own where the caret is, else at the end; the keyboard stays where it was. */
  insertLine(text: string): void
  /** A sentence after the last one; the keyboard goes on behind it. */
  append(sentence: string): void
}

/** Text blocks that fit the `/` typed before the caret. */
interface Menu {
  from: number
  to: number
  found: Block[]
  chosen: number
}

/**
 * One section. `/` and a few letters bring a text block; Tab goes to the next field that is still open, here or in a
 * section further on. Whatever types into the page (a keyboard, dictation, an input method) ends as the same plain text.
 */
export function SectionEditor(props: {
  name: SectionName
  text: string
  /** Counts the texts that came from elsewhere: only then is what stands here replaced. */
  replaced: number
  onChange: (text: string) => void
  blocks: FittingTemplatesView['blocks']
  /** What is known of the exam: seen in the text as what it is. */
  known: readonly KnownValue[]
  readOnly: boolean
  problem: string | undefined
  handle: Ref<SectionHandle>
  onReview: () => void
  /** Tab found no field here; true where the desk found one elsewhere. */
  onNextField: (back: boolean) => boolean
  /** Below the text. */
  children?: ReactNode
}) {
  const { name, replaced, readOnly, problem, handle, known } = props
  const t = useWords(reportWords)
  const { language } = useSession().session.account
  const id = useId()
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<TextEditor | null>(null)
  const now = useRef({ ...props, t })
  now.current = { ...props, t }
  // The keys look at what stands now, not at what was drawn last.
  const open = useRef<Menu | null>(null)
  const [menu, setMenu] = useState<Menu | null>(null)
  const show = (next: Menu | null) => {
    if (open.current === null && next === null) return
    open.current = next
    setMenu(next)
  }
  const picked = menu?.found[menu.chosen]

  useLayoutEffect(() => {
    const made = new TextEditor({
      element: host.current,
      content: documentOf(now.current.text),
      editable: !now.current.readOnly,
      injectCSS: false,
      extensions: [
        StarterKit.configure({
          blockquote: false,
          bold: false,
          bulletList: false,
          code: false,
          codeBlock: false,
          dropcursor: false,
          gapcursor: false,
          heading: false,
          horizontalRule: false,
          italic: false,
          link: false,
          listItem: false,
          listKeymap: false,
          orderedList: false,
          strike: false,
          trailingNode: false,
          underline: false,
        }),
        Placeholder.configure({
          showOnlyWhenEditable: false,
          placeholder: () => now.current.t(`section.${name}.placeholder`),
        }),
        Section.configure({
          fieldClass: styles.field ?? '',
          listClass: styles.item ?? '',
          knownClass: styles.known ?? '',
          known: () => now.current.known,
        }),
      ],
      editorProps: {
        attributes: {
          class: styles.text ?? '',
          role: 'textbox',
          'aria-multiline': 'true',
          spellcheck: 'true',
        },
        handleKeyDown: (view, event) => {
          if (event.isComposing) return false
          follow(view)
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            now.current.onReview()
            return true
          }
          const asked = open.current
          const block = asked?.found[asked.chosen]
          if (asked && block) {
            const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
            if (event.key === 'Enter' || event.key === 'Tab') insert(block)
            else if (event.key === 'Escape') show(null)
            else if (step !== 0)
              show({ ...asked, chosen: (asked.chosen + step + asked.found.length) % asked.found.length })
            else return false
            return true
          }
          if (event.key !== 'Tab' || event.ctrlKey || event.altKey || event.metaKey || !view.editable)
            return false
          const { from, to } = view.state.selection
          const fields = fieldsIn(view.state.doc)
          const next = event.shiftKey
            ? fields.findLast(field => field.to <= from)
            : fields.find(field => field.from >= to)
          if (!next) return now.current.onNextField(event.shiftKey)
          made.commands.setTextSelection(next)
          made.commands.scrollIntoView()
          return true
        },
      },
      onUpdate: () => {
        now.current.onChange(textOf(made.state.doc))
        look()
      },
      onSelectionUpdate: () => {
        const { selection } = made.state
        if (open.current && (!selection.empty || selection.from !== open.current.to)) look()
      },
      onBlur: () => show(null),
    })
    editor.current = made

    /** Where a `/` was typed at the beginning of a word before the caret. */
    const look = () => {
      const { $from, empty, from } = made.state.selection
      const before = lineText($from.parent).slice(0, $from.parentOffset)
      const typed = empty ? /(?:^|\s)(\/[\p{L}\d-]*)$/u.exec(before)?.[1] : undefined
      if (typed === undefined) return show(null)
      const query = folded(typed.slice(1))
      const found = now.current.blocks
        .filter(({ shortcut, title }) => folded(shortcut).startsWith(query) || folded(title).includes(query))
        .slice(0, SHOWN_MAX)
      show(found.length > 0 ? { from: from - typed.length, to: from, found, chosen: 0 } : null)
    }
    return () => {
      made.destroy()
      editor.current = null
    }
  }, [name])

  /** Written and selected in one step: the next key, however soon, falls into the block's first open field. */
  const insert = (block: Block) => {
    const made = editor.current
    const asked = open.current
    if (!made || !asked) return
    const { state, view } = made
    const tr = closeHistory(state.tr)
      .setSelection(TextSelection.create(state.doc, asked.from, asked.to))
      .replaceSelection(sliceOf(state.schema, block.text))
    const end = tr.selection.to
    const field = fieldsIn(tr.doc).find(({ from, to }) => from >= asked.from && to <= end)
    if (field) tr.setSelection(TextSelection.create(tr.doc, field.from, field.to))
    show(null)
    view.dispatch(tr.scrollIntoView())
    show(null)
    view.focus()
  }

  useLayoutEffect(() => {
    const made = editor.current
    if (!made || replaced === 0) return
    const fresh = now.current.text
    if (textOf(made.state.doc) === fresh) return
    const { tr, schema, doc } = made.state
    made.view.dispatch(
      closeHistory(tr).replaceWith(0, doc.content.size, schema.nodeFromJSON(documentOf(fresh)).content),
    )
  }, [replaced])

  // Nothing of the text changes: what is known came, and is looked for.
  useLayoutEffect(() => {
    const made = editor.current
    if (made && known.length > 0) made.view.dispatch(made.state.tr.setMeta('known', true))
  }, [known])

  useLayoutEffect(() => {
    const made = editor.current
    if (!made) return
    if (made.isEditable === readOnly) made.setEditable(!readOnly, false)
    const say = (attribute: string, value: string | undefined) => {
      if (value === undefined) made.view.dom.removeAttribute(attribute)
      else made.view.dom.setAttribute(attribute, value)
    }
    say('lang', language)
    say('tabindex', '0')
    say('aria-labelledby', `${id}label`)
    say('aria-readonly', readOnly ? 'true' : undefined)
    say('aria-invalid', problem ? 'true' : undefined)
    say('aria-describedby', problem ? `${id}problem` : undefined)
    say('aria-autocomplete', readOnly ? undefined : 'list')
    say('aria-controls', picked ? `${id}blocks` : undefined)
    say('aria-activedescendant', picked ? `${id}${picked.id}` : undefined)
  }, [id, language, readOnly, problem, picked])

  useImperativeHandle(handle, () => ({
    focus: () => editor.current?.view.focus(),
    toField: which => {
      const made = editor.current
      const field = made && fieldsIn(made.state.doc).at(which === 'first' ? 0 : -1)
      if (!made || !field) return false
      made.view.focus()
      made.commands.setTextSelection(field)
      made.commands.scrollIntoView()
      return true
    },
    insertLine: line => {
      const made = editor.current
      if (!made?.isEditable) return
      const { state, view } = made
      const { $to } = state.selection
      const isBlank = lineText($to.parent).trim() === ''
      const at = isBlank ? $to.start() : $to.end()
      const tr = closeHistory(state.tr).setSelection(
        TextSelection.create(state.doc, at, isBlank ? $to.end() : at),
      )
      tr.replaceSelection(
        sliceOf(state.schema, `${isBlank ? '' : '\n'}${cleanText(line).replaceAll('\n', ' ')}`),
      )
      view.dispatch(tr.scrollIntoView())
      show(null)
    },
    append: sentence => {
      const made = editor.current
      if (!made?.isEditable) return
      const { state, view } = made
      const end = TextSelection.atEnd(state.doc)
      const last = lineText(end.$to.parent)
      const space = last === '' || /\s$/.test(last) ? '' : ' '
      const tr = closeHistory(state.tr).insertText(
        `${space}${cleanText(sentence).replaceAll('\n', ' ')}`,
        end.to,
      )
      view.dispatch(tr.setSelection(TextSelection.atEnd(tr.doc)).scrollIntoView())
      view.focus()
    },
  }))

  return (
    <div className={styles.section} {...(problem ? { 'data-invalid': '' } : {})}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a mouse may take the label for the text it names */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the text itself is reached by Tab */}
      <span className={styles.label} id={`${id}label`} onClick={() => editor.current?.view.focus()}>
        {t(`section.${name}`)}
      </span>
      <div ref={host} className={styles.page} data-section={name} />
      {props.children}
      {problem ? (
        <span className={styles.problem} id={`${id}problem`}>
          {problem}
        </span>
      ) : null}
      {menu ? (
        <div
          className={styles.blocks}
          id={`${id}blocks`}
          role="listbox"
          aria-label={t('blocks')}
          tabIndex={-1}
        >
          {menu.found.map(block => (
            <button
              key={block.id}
              id={`${id}${block.id}`}
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
