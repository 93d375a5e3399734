import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'
import { root } from './sources.js'

const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const source = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8')

/**
 * What axe-core finds on the page against WCAG 2.2 A and AA, one line a fault, dark and light: only the contrast
 * depends on the scheme, so only it is looked at twice.
 */
export async function faultsOf(page: Page, screen: string): Promise<string[]> {
  await page.waitForLoadState('networkidle')
  await page.evaluate(source)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await run(page, { type: 'tag', values: WCAG_22_AA })
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await run(page, { type: 'rule', values: ['color-contrast'] })
  await page.emulateMedia({ colorScheme: 'dark' })
  return [...told(`${screen}, dark`, dark), ...told(`${screen}, light`, light)]
}

function run(page: Page, runOnly: axe.RunOnly): Promise<axe.Result[]> {
  return page.evaluate(async only => {
    const { axe: auditor } = window as unknown as { axe: typeof axe }
    const { violations } = await auditor.run(document, { runOnly: only, resultTypes: ['violations'] })
    return violations
  }, runOnly)
}

function told(where: string, violations: readonly axe.Result[]): string[] {
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => {
      const why = failureSummary.split('\n').slice(1).join(' ').trim()
      return `${where}: ${id} at ${target.join(' ')}: ${why}`
    }),
  )
}
