import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure, fail, reasonOf } from '../errors.js'
import type { Command } from './command.js'
import {
  type AppliedNetwork,
  applyNetwork,
  type NetworkFile,
  readNetwork,
  writeNetwork,
} from './network-file.js'

/** `relais network apply FILE` */
export const networkApply: Command = {
  name: 'network apply',
  usage: 'FILE',
  summary:
    'Makes sites, groups, peers, routes, presets and contracts what the file says. What it does not name stays, and so does what was changed on screen since it last said so.',
  options: { replace: { type: 'boolean', help: 'also over what was changed on screen' } },
  read: ({ values, positionals, cwd }) => {
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) fail('invalid', 'Say one network file.')
    let text: string
    try {
      text = readFileSync(resolve(cwd, file), 'utf8')
    } catch (thrown) {
      throw new Failure('invalid', `The network file cannot be read: ${reasonOf(thrown)}.`)
    }
    return { file: readNetwork(text), replace: values['replace'] === true }
  },
  run: (input: never, { services, user }) => {
    const { file, replace } = input as { file: NetworkFile; replace: boolean }
    return applyNetwork(services, file, { by: 'command', user }, replace)
  },
  print: (applied: never) => {
    const { kept, replaced, closed, ...counts } = applied as AppliedNetwork
    return [
      `${countsIn(counts)} as the file says${kept.length > 0 ? ', but' : '.'}`,
      ...kept.map(
        name =>
          `  ${name}: changed on screen since the file last said it, and left so (--replace takes the file's)`,
      ),
      ...replaced.map(name => `  ${name}: replaced`),
      ...closed.map(
        ({ site, ...rest }) =>
          `  sites ${site}: closed, and with it rest ${[...rest.peers, ...rest.routes].join(', ') || 'no peer and no route'}`,
      ),
    ].join('\n')
  },
}

/** "2 sites, 1 peer, 0 routes and 1 contract are"; presets and groups only where the file has some. */
function countsIn({
  sites,
  groups,
  peers,
  routes,
  presets,
  contracts,
}: Omit<AppliedNetwork, 'kept' | 'replaced' | 'closed'>): string {
  const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`
  const said = [
    count(sites, 'site'),
    ...(groups > 0 ? [count(groups, 'group')] : []),
    count(peers, 'peer'),
    count(routes, 'route'),
    ...(presets > 0 ? [count(presets, 'preset')] : []),
  ]
  return `${said.join(', ')} and ${count(contracts, 'contract')} are`
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
