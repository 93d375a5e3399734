import { Fragment, type Node, type Schema, Slice } from '@tiptap/pm/model'
import { OPEN_FIELD } from './draft.js'

/*
 * A section is plain text: what is signed, printed, filed as SR and given as FHIR are its very characters, so that no
 * version can look otherwise on another screen. The editor's document is one paragraph a line and knows nothing else;
 * a list is lines that begin with a dash or a number, and an open field is the characters between its brackets.
 */

/** The section's text as an editor's document. */
export const documentOf = (text: string) => ({
  type: 'doc',
  content: text
    .split('\n')
    .map(line => ({ type: 'paragraph', ...(line ? { content: [{ type: 'text', text: line }] } : {}) })),
})

export const textOf = (doc: Node): string => doc.textBetween(0, doc.content.size, '\n', '\n')

/** Lines that join what stands before and after them where they are put. */
export function sliceOf(schema: Schema, text: string): Slice {
  const lines = text
    .split('\n')
    .map(line => schema.node('paragraph', null, line ? schema.text(line) : undefined))
  return new Slice(Fragment.from(lines), 1, 1)
}

export interface FieldAt {
  from: number
  to: number
  text: string
}

/** Fields that are still open, where they stand in the document. */
export function fieldsIn(doc: Node): FieldAt[] {
  const fields: FieldAt[] = []
  doc.forEach((line, offset) => {
    for (const found of lineText(line).matchAll(OPEN_FIELD)) {
      const from = offset + 1 + found.index
      fields.push({ from, to: from + found[0].length, text: found[0] })
    }
  })
  return fields
}

/** A value known of the exam as a text writes it, and where it comes from in words. */
export interface KnownValue {
  value: string
  says: string
}

/** Where known values stand word for word: what a person changed is theirs and no longer the source's. */
export function knownIn(
  doc: Node,
  known: readonly KnownValue[],
): { from: number; to: number; says: string }[] {
  const found: { from: number; to: number; says: string }[] = []
  doc.forEach((line, offset) => {
    const text = lineText(line)
    for (const { value, says } of known)
      for (let at = text.indexOf(value); at >= 0 && value !== ''; at = text.indexOf(value, at + value.length))
        if (!WORD.test(text[at - 1] ?? '') && !WORD.test(text[at + value.length] ?? ''))
          found.push({ from: offset + 1 + at, to: offset + 1 + at + value.length, says })
  })
  return found
}

const WORD = /[\p{L}\p{N}]/u

/** A break inside a line counts one character, as it does in the document. */
export const lineText = (line: Node): string => line.textBetween(0, line.content.size, undefined, '\n')

const LIST_MARK = /^(\s*)(?:([-–•*])|(\d{1,3})([.)]))(\s+)/

/** How a line of a list begins, and how the next one would; undefined where it is none. */
export function listMark(line: string): { mark: string; next: string } | undefined {
  const found = LIST_MARK.exec(line)
  if (!found) return undefined
  const [mark, indent = '', dash, number, end = '', space = ' '] = found
  return { mark, next: `${indent}${dash ?? `${Number(number) + 1}${end}`}${space}` }
}

/** What was pasted or dropped, as clean text: no controls, no invisible marks, one kind of line end, no tabulators. */
export const cleanText = (text: string): string =>
  text
    .replace(/\r\n?|[\u2028\u2029\v\f]/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/[^\P{C}\n]/gu, '')
    .replace(/[^\S\n]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')

const BLOCKS = 'p,div,li,tr,h1,h2,h3,h4,h5,h6,blockquote,pre,dt,dd'

/** The words of what came without plain text, one line a block, lists with a dash; its markup is read and never shown. */
export function textOfMarkup(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html')
  for (const unread of page.querySelectorAll('script,style,template,noscript')) unread.remove()
  const words = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT)
  // How the source is broken into lines says nothing.
  while (words.nextNode())
    words.currentNode.nodeValue = (words.currentNode.nodeValue ?? '').replace(/\s+/g, ' ')
  for (const item of page.querySelectorAll('li')) item.prepend('- ')
  for (const cell of page.querySelectorAll('td,th')) cell.append(' ')
  for (const block of page.querySelectorAll(BLOCKS)) {
    block.before('\n')
    block.append('\n')
  }
  for (const line of page.querySelectorAll('br')) line.replaceWith('\n')
  return (page.body.textContent ?? '').replace(/[^\S\n]*\n\s*/g, '\n').trim()
}
