import type { Language } from '../accounts/view.js'
import { BYTE_ORDER_MARK, csvLine } from '../csv.js'
import { timeOf, wallAt } from '../zone.js'
import { intervalMs } from './act.js'
import type { NamedAct } from './activity.js'
import { INTERVALS } from './tally.js'

/** Spreadsheets in French take a semicolon for what a comma is to the others. */
const SEPARATOR = { fr: ';', en: ',' } as const

const HEAD: Record<Language, readonly string[]> = {
  fr: [
    'référence',
    'demandée le',
    'site',
    'groupe',
    'radiologue',
    'modalité',
    'type',
    'urgence',
    'état',
    'rendue le',
    'prise en charge (min)',
    'protocole (min)',
    'images (min)',
    'compte rendu (min)',
    'vu (min)',
    'saisie après panne',
  ],
  en: [
    'reference',
    'requested at',
    'site',
    'group',
    'radiologist',
    'modality',
    'kind',
    'urgency',
    'state',
    'reported at',
    'claimed (min)',
    'protocol (min)',
    'images (min)',
    'reported (min)',
    'seen (min)',
    'entered later',
  ],
}

/** One line an act, names and delays, nothing of the patient. Times are of the node's zone. */
export async function* activityCsv(
  pages: AsyncIterable<readonly NamedAct[]>,
  language: Language,
  timeZone: string,
): AsyncGenerator<string> {
  const separator = SEPARATOR[language]
  yield BYTE_ORDER_MARK + csvLine([...HEAD[language], timeZone], separator)
  for await (const acts of pages) yield acts.map(act => csvLine(cellsOf(act, timeZone), separator)).join('')
}

function cellsOf(act: NamedAct, timeZone: string): (string | number | undefined)[] {
  const time = (ms: number | null) => {
    if (ms === null) return undefined
    const { date, minute } = wallAt(ms, timeZone)
    return `${date} ${timeOf(minute)}`
  }
  const minutes = INTERVALS.map(interval => {
    const ms = intervalMs(act, interval)
    return ms === undefined ? undefined : Math.floor(ms / 60_000)
  })
  return [
    act.reference,
    time(act.submitted_at),
    act.siteName,
    act.groupName,
    act.readerName,
    act.modality,
    act.kind,
    act.urgency,
    act.state,
    time(act.reported_at),
    ...minutes,
    act.entered_later,
  ]
}
