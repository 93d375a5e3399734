import type { AlertKind, CallOutcome, ChannelName, ChannelState } from '../notifications/view.js'
import type { ActIndex, ArchivedAlert } from './act.js'

const WAITED_FOR: Record<AlertKind, string> = {
  critical: 'the read-back of a critical finding',
  difference: 'a reader of a significantly different report',
  refusal: 'un refus d’urgence dont personne n’accuse réception',
  dispatch: 'une demande que personne ne propose à un groupe',
  claim: 'une demande que personne ne prend',
  decision: 'une demande prise sans décision',
  answer: 'une question sans réponse',
  seen: 'un compte rendu que personne ne lit',
}
const CHANNELS: Record<ChannelName, string> = {
  screen: 'écran',
  email: 'courriel',
  push: 'navigateur',
  telephone: 'téléphone',
}
const STATES: Record<ChannelState, string> = {
  queued: 'en attente',
  sent: 'envoyé',
  delivered: 'remis',
  opened: 'ouvert',
  acknowledged: 'confirmé',
  failed: 'échoué',
  cancelled: "n'était plus nécessaire",
}
const OUTCOMES: Record<CallOutcome, string> = {
  reached: 'joint',
  'no-answer': 'pas de réponse',
  busy: 'occupé',
  'wrong-number': 'mauvais numéro',
  other: 'autre',
}

/** Notes are what people typed: one line of the page each. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
const time = (iso: string) => iso.replace('T', ' ').replace(/\.\d+Z$|Z$/, '')

/** The alerts of an act as they are read aloud: each wave with its time, whom it told and how, each call, the end. */
export function ladderText(alerts: ActIndex['alerts']): string {
  return alerts.length === 0 ? "Aucune alerte : rien n'a attendu." : alerts.flatMap(linesOf).join('\n')
}

function linesOf(alert: ArchivedAlert): string[] {
  const lines = [`${time(alert.openedAt)}  ALERTE : ${WAITED_FOR[alert.kind]}`]
  for (const [number, rung] of alert.rungs.entries()) {
    const wave = `vague ${number + 1} (prévue à ${time(rung.dueAt)})`
    if (rung.firedAt === undefined) {
      lines.push(`  ${wave} : n'a pas été nécessaire`)
      continue
    }
    const early = rung.early === true ? ', avancée : la précédente n’a joint personne' : ''
    lines.push(`  ${time(rung.firedAt)}  ${wave}${early}${rung.call ? ', appel demandé' : ''}`)
    for (const { name, channels, readAt } of rung.people) {
      const how = channels.map(
        ({ channel, state, at, reason }) =>
          `${CHANNELS[channel]} ${STATES[state]}${at === undefined ? '' : ` à ${time(at)}`}${reason === undefined ? '' : ` (${oneLine(reason)})`}`,
      )
      lines.push(
        `    ${oneLine(name)} : ${how.join(' ; ')}${readAt === undefined ? '' : ` ; lu à ${time(readAt)}`}`,
      )
    }
  }
  for (const call of alert.calls) {
    lines.push(`  ${time(call.openedAt)}  appel à faire${call.settledAt === null ? ', sans issue' : ''}`)
    for (const { at, by, outcome, reached, note } of call.attempts)
      lines.push(
        `    ${time(at)}  ${oneLine(by)} : ${[OUTCOMES[outcome], reached, note].flatMap(part => (part === null ? [] : [oneLine(part)])).join(', ')}`,
      )
  }
  return [...lines, `  ${endOf(alert)}`]
}

function endOf({ state, endedAt, by, note }: ArchivedAlert): string {
  if (endedAt === undefined) return 'toujours ouverte quand ce dossier a été établi'
  const who = by === undefined ? '' : ` par ${oneLine(by.name)}${by.role === '' ? '' : ` (${by.role})`}`
  const how = state === 'acknowledged' ? 'prise en charge' : 'terminée'
  return `${time(endedAt)}  ${how}${who}${note === undefined ? '' : ` : ${oneLine(note)}`}`
}
