import { createInterface } from 'node:readline'
import { newAccount } from '../accounts/account.js'
import type { AccountView } from '../accounts/view.js'
import { Failure, fail } from '../errors.js'
import { misfitWords } from '../http/misfit-words.js'
import type { Command } from './command.js'

/** `relais account add`: an account with its first membership, by whoever has the machine. */
export const accountAdd: Command = {
  name: 'account add',
  usage: '--email E --name N --role R --site S',
  summary: 'Adds an account. Without a password the person is invited by a one-time link.',
  options: {
    email: { type: 'string', help: 'address they sign in with' },
    name: { type: 'string', help: 'name shown on screens and signatures' },
    role: {
      type: 'string',
      help: 'referrer technician radiologist coordinator administrator auditor operator',
    },
    site: { type: 'string', help: 'site of the first membership' },
    language: { type: 'string', help: 'fr or en' },
    phone: { type: 'string', help: 'where to reach them' },
    'password-stdin': { type: 'boolean', help: 'read the password from standard input' },
  },
  read: async ({ values }: { values: Record<string, unknown> }) => {
    const { 'password-stdin': stdin, help: _help, json: _json, config: _config, ...account } = values
    const parsed = newAccount.safeParse({
      ...account,
      ...(stdin === true ? { password: await passwordLine() } : {}),
    })
    if (parsed.success) return parsed.data
    throw new Failure(
      'invalid',
      'The account does not fit.',
      parsed.error.issues.map(issue => ({
        path: `--${issue.path.join('.')}`,
        message: misfitWords(issue, 'en'),
      })),
    )
  },
  run: (input: never, { services, user }) => services.accounts.create(null, input, { by: 'command', user }),
  print: (account: never) => {
    const { email, memberships, state } = account as AccountView
    const roles = memberships.map(each => `${each.role} at ${each.site}`).join(', ')
    return `${email} is ${roles}${state === 'invited' ? '; the invitation goes to them by letter' : ''}.`
  },
}

/** One line; never an argument, which others could read in the list of processes. */
async function passwordLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line
  return fail('invalid', 'No password came on standard input.')
}
