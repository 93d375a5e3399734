/** One piece of two texts laid over each other. */
export interface Piece {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** Above it words are compared line by line: nobody reads a table of ten million cells. */
const CELLS_MAX = 4_000_000

const wordsOf = (text: string) => text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
const linesOf = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** What became of a text, word by word: the longest common course stays, the rest is gone or new. */
export function differenceOf(before: string, after: string): Piece[] {
  const [a, b] = [wordsOf(before), wordsOf(after)]
  return a.length * b.length > CELLS_MAX ? compare(linesOf(before), linesOf(after)) : compare(a, b)
}

function compare(a: readonly string[], b: readonly string[]): Piece[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const width = right.length + 1
  const longest = new Uint32Array((left.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      longest[i * width + j] =
        left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pieces: Piece[] = []
  const add = (kind: Piece['kind'], text: string) => {
    const last = pieces.at(-1)
    if (text === '') return
    if (last?.kind === kind) last.text += text
    else pieces.push({ kind, text })
  }
  add('same', a.slice(0, start).join(''))
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      add('same', left[i++] ?? '')
      j++
    } else if (j >= right.length || (i < left.length && at(i + 1, j) >= at(i, j + 1)))
      add('gone', left[i++] ?? '')
    else add('new', right[j++] ?? '')
  }
  add('same', a.slice(a.length - end).join(''))
  return readable(pieces)
}

/** A space between two changed words belongs to the change: a run of words is struck and replaced as one. */
function readable(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = []
  let [gone, fresh] = ['', '']
  const flush = () => {
    if (gone !== '') result.push({ kind: 'gone', text: gone })
    if (fresh !== '') result.push({ kind: 'new', text: fresh })
    gone = ''
    fresh = ''
  }
  pieces.forEach((piece, index) => {
    if (piece.kind === 'gone') gone += piece.text
    else if (piece.kind === 'new') fresh += piece.text
    else if (gone !== '' && fresh !== '' && /^ +$/.test(piece.text) && pieces[index + 1] !== undefined) {
      gone += piece.text
      fresh += piece.text
    } else {
      flush()
      result.push(piece)
    }
  })
  flush()
  return result
}
