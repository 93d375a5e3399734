import { closeHistory } from '@tiptap/pm/history'
import { Plugin, TextSelection } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { Extension } from '@tiptap/react'
import {
  cleanText,
  fieldsIn,
  type KnownValue,
  knownIn,
  lineText,
  listMark,
  sliceOf,
  textOfMarkup,
} from './section-text.js'

/**
 * What makes a text editor one of a report's sections: open fields and lists are seen in the plain text, Enter goes on
 * with a list, and whatever is pasted or dropped comes in as clean text, without looks and without pictures.
 */
export const Section = Extension.create<{
  fieldClass: string
  listClass: string
  knownClass: string
  /** What is known of the exam; asked at each look. */
  known: () => readonly KnownValue[]
}>({
  name: 'section',
  addOptions: () => ({ fieldClass: '', listClass: '', knownClass: '', known: () => [] }),

  addKeyboardShortcuts() {
    return {
      Enter: ({ editor }) => {
        const { state, view } = editor
        const { $from, empty } = state.selection
        const line = lineText($from.parent)
        const list = empty ? listMark(line) : undefined
        if (!list || $from.parentOffset < list.mark.length) return false
        // Enter on an item nobody wrote ends the list.
        const tr =
          line === list.mark
            ? state.tr.delete($from.start(), $from.end())
            : state.tr.split($from.pos).insertText(list.next)
        view.dispatch(tr.scrollIntoView())
        return true
      },
    }
  },

  addProseMirrorPlugins() {
    const { fieldClass, listClass, knownClass, known } = this.options
    const take = (data: DataTransfer | null) =>
      cleanText(data?.getData('text/plain') || textOfMarkup(data?.getData('text/html') ?? ''))
    return [
      new Plugin({
        props: {
          decorations: ({ doc }) => {
            const seen = fieldsIn(doc).map(({ from, to }) =>
              Decoration.inline(from, to, { nodeName: 'mark', class: fieldClass }),
            )
            for (const { from, to, says } of knownIn(doc, known()))
              seen.push(Decoration.inline(from, to, { class: knownClass, title: says }))
            doc.forEach((line, offset) => {
              if (listMark(lineText(line)))
                seen.push(Decoration.node(offset, offset + line.nodeSize, { class: listClass }))
            })
            return DecorationSet.create(doc, seen)
          },
          // A field is taken whole, so that what is typed next stands in its place.
          handleClick: (view, pos) => {
            const field = fieldsIn(view.state.doc).find(({ from, to }) => from < pos && pos < to)
            if (!field || !view.editable || !view.state.selection.empty) return false
            view.dispatch(
              view.state.tr.setSelection(TextSelection.create(view.state.doc, field.from, field.to)),
            )
            return true
          },
          handlePaste: (view, event) => {
            const text = take(event.clipboardData)
            if (text)
              view.dispatch(
                // By itself, so that one key takes it back.
                closeHistory(view.state.tr)
                  .replaceSelection(sliceOf(view.state.schema, text))
                  .scrollIntoView(),
              )
            // What is not text (a picture) stays outside.
            return true
          },
          handleDrop: (view, event, _slice, isMove) => {
            if (isMove) return false
            const text = take(event.dataTransfer)
            const at = view.posAtCoords({ left: event.clientX, top: event.clientY })
            if (text && at)
              view.dispatch(
                closeHistory(view.state.tr).replaceRange(at.pos, at.pos, sliceOf(view.state.schema, text)),
              )
            event.preventDefault()
            return true
          },
          clipboardTextSerializer: slice => slice.content.textBetween(0, slice.content.size, '\n', '\n'),
        },
      }),
    ]
  },
})
