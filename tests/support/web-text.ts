import type { Locator } from 'playwright-core'

/** What is written in a section of the report's editor: one line a paragraph. */
export const writtenIn = (section: Locator): Promise<string> =>
  section.evaluate(text => [...text.children].map(line => line.textContent ?? '').join('\n'))
