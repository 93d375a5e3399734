import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure, fail, reasonOf } from '../errors.js'
import type { Command } from './command.js'
import { applyNetwork, type NetworkFile, readNetwork, writeNetwork } from './network-file.js'

/** `relais network apply FILE` */
export const networkApply: Command = {
  name: 'network apply',
  usage: 'FILE',
  summary: 'Makes sites, peers, routes and contracts what the file says; what it does not name stays.',
  options: {},
  read: ({ positionals, cwd }) => {
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) fail('invalid', 'Say one network file.')
    let text: string
    try {
      text = readFileSync(resolve(cwd, file), 'utf8')
    } catch (thrown) {
      throw new Failure('invalid', `The network file cannot be read: ${reasonOf(thrown)}.`)
    }
    return readNetwork(text)
  },
  run: (input: never, { services, user }) =>
    applyNetwork(services, input as NetworkFile, { by: 'command', user }),
  print: (applied: never) => {
    const { sites, peers, routes, contracts } = applied as Awaited<ReturnType<typeof applyNetwork>>
    return `${sites} sites, ${peers} peers, ${routes} routes and ${contracts} contracts are as the file says.`
  },
}

/** `relais network export` */
export const networkExport: Command = {
  name: 'network export',
  usage: '',
  summary: 'Prints the network as a file that can be applied again.',
  options: {},
  read: () => ({}),
  run: async (_input: never, { services }) => ({ network: await writeNetwork(services) }),
  print: (answer: never) => (answer as { network: string }).network,
}
