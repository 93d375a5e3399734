import styles from './Kbd.module.css'

const signs: Record<string, string> = {
  Enter: '⏎',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
}

const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** A key or a chord as it is printed on the keyboard: `A`, `Ctrl+Enter`, `g r` (one after the other). */
export function Kbd({ keys }: { keys: string }) {
  const shown = keys
    .split(' ')
    .map(chord =>
      chord
        .split('+')
        .map(part =>
          part === 'Ctrl' && mac ? '⌘' : (signs[part] ?? (part.length === 1 ? part.toUpperCase() : part)),
        )
        .join(' '),
    )
    .join(' ')
  // The words of the control say what it does; the key is a hint for the eye (aria-keyshortcuts is for the rest).
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a kbd takes no focus
    <kbd className={styles.kbd} aria-hidden="true">
      {shown}
    </kbd>
  )
}
