import type { Language } from '../accounts/view.js'
import { systemClock } from '../clock.js'
import type { Config } from '../config.js'
import { checks } from '../doctor/checks.js'
import { openDoctor } from '../doctor/doctor.js'
import { countsOf, type Examined, examine, rowOf } from '../doctor/examination.js'
import type { CheckRow, Outcome } from '../doctor/view.js'
import { fail, reasonOf } from '../errors.js'
import { openDataFolder } from '../program/folder.js'
import type { Services } from '../program/services.js'
import type { Command } from './command.js'

interface Asked {
  language?: Language
  strict: boolean
}

interface Answer {
  language: Language
  strict: boolean
  rows: CheckRow[]
  counts: Record<Outcome, number>
}

const SIGNS: Record<Outcome, string> = {
  good: '  ok ',
  attention: '  !  ',
  broken: '  ✗  ',
  'not-checked': '  –  ',
}
const WORDS = {
  fr: { good: 'bon', attention: 'à voir', broken: 'en panne', 'not-checked': 'non vérifié' },
  en: { good: 'good', attention: 'attention', broken: 'broken', 'not-checked': 'not checked' },
}

/** `relais doctor` */
export const doctor: Command = {
  name: 'doctor',
  usage: '[--language fr|en] [--strict]',
  summary:
    'Looks at everything the node stands on, and says what to do. Works while it runs and while it is stopped.\nExit code 1 when something is broken.',
  options: {
    language: { type: 'string', help: 'of the words: fr or en (node.language)' },
    strict: { type: 'boolean', help: 'what needs attention fails too' },
  },
  read: ({ values, positionals }): Asked => {
    if (positionals.length > 0) fail('invalid', 'It takes no arguments.')
    const { language } = values
    if (language !== undefined && language !== 'fr' && language !== 'en')
      fail('invalid', '--language is fr or en.')
    return { strict: values['strict'] === true, ...(language === undefined ? {} : { language }) }
  },
  run: async (input: never, { services, user, progress, serving }) => {
    const looking = openDoctor({ services, checks, serving, onMoved: () => {} })
    const { language = services.config.node.language } = input as Asked
    const say = ([row]: readonly Examined[]) => {
      if (row !== undefined) progress(rowOf(row, language).name)
    }
    const rows = await looking.examine({ by: 'command', user }, say)
    return answerOf(rows, input, services.config)
  },
  closed: (config, input: never, thrown) => examineClosed(config, input, thrown),
  print: (answer: never) => printed(answer),
  failed: (answer: never) => {
    const { counts, strict } = answer as Answer
    return counts.broken > 0 || (strict && counts.attention > 0)
  },
}

/** Where the data cannot be opened: what can be looked at from outside, and why not the rest. */
async function examineClosed(config: Config, input: Asked, thrown: unknown): Promise<Answer> {
  const clock = systemClock()
  const rows = await examine(
    {
      config,
      folder: openDataFolder(config.data.dir),
      clock,
      startedAt: clock.now() - clock.monotonic(),
      trouble: reasonOf(thrown),
      serving: false,
    },
    checks,
  )
  const answer = answerOf(rows, input, config)
  const fr = answer.language === 'fr'
  const row: CheckRow = {
    check: 'data-opens',
    group: 'files',
    name: fr ? 'Ouverture des données' : 'Opening the data',
    outcome: 'broken',
    found: reasonOf(thrown),
    remedy: fr
      ? 'Corrigez cela d’abord : le nœud ne démarrerait pas.'
      : 'Mend this first: the node would not start.',
    ms: 0,
  }
  return {
    ...answer,
    rows: [row, ...answer.rows],
    counts: { ...answer.counts, broken: answer.counts.broken + 1 },
  }
}

function answerOf(
  rows: readonly Examined[],
  { language: asked, strict }: Asked,
  config: Services['config'],
): Answer {
  const language = asked ?? config.node.language
  return { language, strict, rows: rows.map(row => rowOf(row, language)), counts: countsOf(rows) }
}

function printed({ rows, counts, language }: Answer): string {
  const lines = rows.flatMap(({ outcome, name, subject, found, remedy }, at) => [
    ...(at > 0 && rows[at - 1]?.group !== rows[at]?.group ? [''] : []),
    `${SIGNS[outcome]}${name}${subject === undefined ? '' : ` · ${subject}`}`,
    `       ${found}`,
    ...(remedy === undefined ? [] : [`       → ${remedy}`]),
  ])
  const words = WORDS[language]
  const sum = (Object.keys(counts) as Outcome[]).map(outcome => `${counts[outcome]} ${words[outcome]}`)
  return [...lines, '', sum.join(', ')].join('\n')
}
