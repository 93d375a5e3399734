import type { Locator } from 'playwright-core'

/** What is written in a section of the report's editor: one line a paragraph. */
export const writtenIn = (section: Locator): Promise<string> =>
  section.evaluate(text => [...text.children].map(line => line.textContent ?? '').join('\n'))

/**
 * Another text in place of a section's, by the keys a person has: an editor that keeps its own selection may put it
 * back where a script has focused and selected within the same moment.
 */
export async function rewrite(section: Locator, text: string): Promise<void> {
  await section.focus()
  await section.press('Control+a')
  await section.press('Delete')
  if (text) await section.page().keyboard.insertText(text)
}
