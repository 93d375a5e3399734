import { parseArgs } from 'node:util'
import { permissionTable } from '../accounts/permissions.js'
import { permissionsText } from '../program/permissions-text.js'
import type { ExitCode } from './saying.js'

/** `relais permissions`: the permission table of this program; needs neither data nor configuration. */
export function permissions(args: string[]): ExitCode {
  const { values } = parseArgs({
    args,
    options: { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' }, config: { type: 'string' } },
  })
  if (values.help === true) {
    process.stdout.write(
      'relais permissions [--json]\n\nPrints who may what as Markdown: roles, programs, the live connection, DICOM peers. config/permissions.md is what it prints.\n',
    )
    return 0
  }
  process.stdout.write(
    values.json === true ? `${JSON.stringify({ items: permissionTable() })}\n` : permissionsText(),
  )
  return 0
}
