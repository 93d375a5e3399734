import { parseArgs } from 'node:util'
import { loadConfig } from '../config.js'
import { conformanceOf } from '../peers/conformance.js'
import { conformanceText } from '../peers/conformance-text.js'
import { version } from '../program/version.js'
import type { ExitCode } from './saying.js'

/** `relais conformance`: the DICOM conformance statement of this program under its configuration; needs no data. */
export function conformance(args: string[]): ExitCode {
  const { values } = parseArgs({
    args,
    options: { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' }, config: { type: 'string' } },
  })
  if (values.help === true) {
    process.stdout.write(
      'relais conformance [--config FILE] [--json]\n\nPrints the DICOM conformance statement (PS3.2) as Markdown; also at /conformance.\n',
    )
    return 0
  }
  const statement = conformanceOf(
    loadConfig(values.config === undefined ? {} : { file: values.config }),
    version,
  )
  process.stdout.write(values.json === true ? `${JSON.stringify(statement)}\n` : conformanceText(statement))
  return 0
}
