import { parseArgs } from 'node:util'
import { isoAt } from '../clock.js'
import { type Config, loadConfig } from '../config.js'
import { type RunningNode, startNode } from '../main.js'
import { type ExitCode, sayFailure } from './saying.js'

/** `relais start`: runs until it is told to stop. */
export async function start(args: string[]): Promise<ExitCode> {
  const { values } = parseArgs({
    args,
    options: { help: { type: 'boolean', short: 'h' }, config: { type: 'string' }, json: { type: 'boolean' } },
  })
  if (values.help === true) {
    process.stdout.write(
      'relais start [--config FILE]\n\nRuns the node until SIGINT or SIGTERM; SIGHUP reads certificates again. One JSON line on stdout says where it listens.\n',
    )
    return 0
  }
  let config: Config
  let node: RunningNode
  try {
    config = loadConfig(values.config === undefined ? {} : { file: values.config })
    node = await startNode({ config })
  } catch (thrown) {
    sayFailure(thrown)
    return 1
  }
  sayListening(node)
  if (node.firstOperator !== null)
    process.stderr.write(
      `\nThere is no operator yet. This link makes the first one, once, until ${isoAt(node.firstOperator.expiresAt)}:\n${node.firstOperator.url}\n\n`,
    )
  reloadWhenAsked(node)
  await stopAsked()
  await node.close()
  return 0
}

/** The one line scripts wait for. */
export function sayListening(node: RunningNode): void {
  const { http, dicom, dicomTls } = node.addresses
  process.stdout.write(`${JSON.stringify({ event: 'listening', http, dicom, dicomTls })}\n`)
}

/** A terminal that closes says SIGHUP too, and means the end: only where none is there is it this request. */
function reloadWhenAsked(node: RunningNode): void {
  if (process.stdin.isTTY) return
  process.on('SIGHUP', () => {
    node.reload().catch(sayFailure)
  })
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the program at once. */
export function stopAsked(): Promise<void> {
  return new Promise(resolve => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        if (asked) process.exit(1)
        asked = true
        resolve()
      })
  })
}
