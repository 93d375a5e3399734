/** What each key does in the viewer; the legend is written from the same table. */
import type { Hand } from './pane.js'

export type Command =
  | { do: 'step'; by: number }
  | { do: 'end'; last: boolean }
  | { do: 'series'; by: 1 | -1 }
  | { do: 'preset'; key: string }
  | { do: 'hold'; hand: Hand }
  | { do: 'zoom'; factor: number }
  | { do: 'invert' | 'reset' | 'clear' | 'star' | 'insert' | 'compare' | 'link' | 'other' }

export const handKeys: Record<Hand, string> = {
  window: 'w',
  scroll: 's',
  pan: 'p',
  zoom: 'z',
  length: 'l',
  ellipse: 'e',
}

const fixed: Record<string, Command> = {
  ArrowUp: { do: 'step', by: -1 },
  ArrowDown: { do: 'step', by: 1 },
  PageUp: { do: 'step', by: -10 },
  PageDown: { do: 'step', by: 10 },
  Home: { do: 'end', last: false },
  End: { do: 'end', last: true },
  ArrowLeft: { do: 'series', by: -1 },
  ArrowRight: { do: 'series', by: 1 },
  '+': { do: 'zoom', factor: 1.2 },
  '=': { do: 'zoom', factor: 1.2 },
  '-': { do: 'zoom', factor: 1 / 1.2 },
  i: { do: 'invert' },
  r: { do: 'reset' },
  Delete: { do: 'clear' },
  k: { do: 'star' },
  m: { do: 'insert' },
  c: { do: 'compare' },
  x: { do: 'link' },
  b: { do: 'other' },
}

interface Pressed {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

export function commandOf(pressed: Pressed): Command | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null
  // The row of digits writes "&é"'(" on a French keyboard: the key's place counts, not its letter.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(pressed.code)?.[1]
  if (digit) return { do: 'preset', key: digit }
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key
  for (const [hand, letter] of Object.entries(handKeys) as [Hand, string][])
    if (letter === key) return { do: 'hold', hand }
  return fixed[key] ?? null
}
