/** Keys as written beside a control (`A`, `Ctrl+Enter`, `g r` = one after the other) compared with what was pressed. */

export interface Pressed {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** `Ctrl` stands for Ctrl or ⌘. Shift counts only with named keys: `?` is what was typed, however it is typed. */
export function fits(chord: string, pressed: Pressed): boolean {
  const parts = chord.split('+')
  const key = parts.pop() ?? ''
  const control = pressed.ctrlKey || pressed.metaKey
  if (parts.includes('Ctrl') !== control || parts.includes('Alt') !== pressed.altKey) return false
  if ((key.length > 1 || parts.includes('Shift')) && parts.includes('Shift') !== pressed.shiftKey)
    return false
  return pressed.key.toLowerCase() === key.toLowerCase()
}

/** True for keys without Ctrl or Alt that also type something: people may switch these off (WCAG 2.1.4). */
export function isCharacter(keys: string): boolean {
  return keys
    .split(' ')
    .every(chord => !/Ctrl\+|Alt\+/.test(chord) && (chord.split('+').pop() ?? '').length === 1)
}
