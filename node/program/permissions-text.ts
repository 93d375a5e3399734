import { permissionTable, roles } from '../accounts/permissions.js'
import type { Relation } from '../accounts/view.js'
import { performed } from '../peers/service-table.js'
import { liveFacts, liveMessages, silentFacts } from './live-table.js'

const LETTER: Readonly<Record<Relation, string>> = { own: 'O', party: 'P', former: 'F', foreign: '' }

/** The permission table as a document: people, the live connection, programs, DICOM peers. Made of the tables the program works by. */
export function permissionsText(): string {
  const table = permissionTable()
  const areas = [...new Set(table.map(({ action }) => areaOf(action)))]
  return `${[
    '# Who may what',
    'Written by `relais permissions` from the tables the program works by; a test compares them. What is not written here is refused, and what is foreign is answered as missing.',
    '## People and programs',
    '**O** what belongs to the site of the acting membership. **P** what that site is offered, holds or acts on. **F** what it took part in, as it stood then. For operators and auditors of the site that runs the node, every site counts as their own. *Program*: it can be a right of an access token, of which a program may what its maker’s role may and no more. *Second factor*: where the policy asks for one, it waits until the session has shown it.',
    grid(
      ['Action', ...roles, 'Program', 'Second factor'],
      areas.flatMap(area => [
        [`**${area}**`, ...roles.map(() => ''), '', ''],
        ...table
          .filter(({ action }) => areaOf(action) === area)
          .map(row => [
            `\`${row.action}\``,
            ...roles.map(role => (row.roles[role] ?? []).map(relation => LETTER[relation]).join(' ')),
            row.programs ? 'yes' : '',
            row.secondFactor ? 'yes' : '',
          ]),
      ]),
    ),
    'Which calls of the interface ask which row: `GET /api/permissions`, and `x-permissions` at each path of `/api/openapi.json`.',
    '## The live connection',
    'A browser hears kinds and ids of facts, if one of the actions is its person’s; *own account*: told to the account itself too, or to nobody else (*only*). What a browser sends is not read.',
    grid(
      ['Facts', 'Id', 'Actions', 'Own account'],
      liveFacts.map(({ prefix, id, actions, personal }) => [
        `\`${prefix}${prefix.endsWith('-') ? '…' : ''}\``,
        id,
        actions.map(action => `\`${action}\``).join(' or '),
        personal === undefined ? '' : personal === 'only' ? 'only' : 'too',
      ]),
    ),
    grid(
      ['Message without sequence', 'About', 'Action'],
      liveMessages.map(({ kind, of, action }) => [`\`${kind}\``, of, `\`${action}\``]),
    ),
    `Never told: ${silentFacts.map(prefix => `\`${prefix}${prefix.endsWith('-') ? '…' : ''}\``).join(', ')}.`,
    '## DICOM peers',
    'A caller is a peer when address, calling and called AE title, and where agreed its certificate, are those of one registration. Each right (`may`) opens what is written here; a context carries the operations of its SOP class and no others. C-MOVE goes to registered peers the caller may name.',
    grid(
      ['Right', 'Operation', 'Service', 'Who asks'],
      performed.map(({ right, operation, name, callerProvides }) => [
        `\`${right}\``,
        operation,
        name,
        callerProvides === true && operation === 'C-STORE' ? 'the node' : 'the peer',
      ]),
    ),
  ].join('\n\n')}\n`
}

function areaOf(action: string): string {
  return action.split('.')[0] ?? ''
}

function grid(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
