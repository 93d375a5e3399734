import type { Language } from '../accounts/view.js'
import type { NoticeView } from './view.js'

/** Everything a letter may be made of: there is no room in it for anything about a patient. */
export interface LetterFacts {
  kind: NoticeView['kind']
  urgency: NoticeView['urgency']
  siteName: string
  reference: string
  /** Where the signed-in person finds it. */
  link: string
  language: Language
  nodeName: string
}

export interface Letter {
  subject: string
  text: string
  html: string
}

type Pair = readonly [fr: string, en: string]

const SUBJECT: Record<NoticeView['kind'], Pair> = {
  'request-offered': ['Nouvelle demande', 'New request'],
  'request-claimed': ['Demande prise en charge', 'Request claimed'],
  'report-signed': ['Compte rendu disponible', 'Report available'],
  'transfer-failed': ['Envoi en échec', 'Transfer failed'],
  'certificate-expiring': ['Certificat bientôt échu', 'Certificate ends soon'],
  'request-changed': ['Demande modifiée', 'Request changed'],
}
const SENTENCE: Record<NoticeView['kind'], Pair> = {
  'request-offered': [
    'Une demande attend une prise en charge par votre groupe.',
    'A request is waiting to be claimed by your group.',
  ],
  'request-claimed': ['Votre demande est prise en charge.', 'Your request has been claimed.'],
  'report-signed': [
    'Un compte rendu est signé et vous attend. Merci de confirmer sa réception après lecture.',
    'A report has been signed and is waiting for you. Please acknowledge it once read.',
  ],
  'certificate-expiring': [
    'Un certificat de cet échange arrive à échéance ou est échu. Sans renouvellement, les images ne passeront plus.',
    'A certificate of this exchange is about to end, or has ended. Unless it is renewed, images will stop.',
  ],
  'transfer-failed': [
    'Un envoi d’images n’a pas abouti et attend une décision.',
    'A transfer of images did not go through and is waiting for a decision.',
  ],
  'request-changed': [
    'Une demande qui vous concerne a changé d’état ou attend votre réponse.',
    'A request that concerns you has changed, or is waiting for your answer.',
  ],
}
const URGENCY: Record<NoticeView['urgency'], Pair> = {
  emergency: ['Urgence vitale', 'Emergency'],
  urgent: ['Urgent', 'Urgent'],
  routine: ['Programmé', 'Routine'],
}
const LABELS = {
  site: ['Site', 'Site'],
  urgency: ['Urgence', 'Urgency'],
  reference: ['Référence', 'Reference'],
  open: ['Ouvrir', 'Open'],
  sentBy: [
    'Message automatique de {node}. Il ne contient aucune donnée de santé : connectez-vous pour lire.',
    'Automatic message from {node}. It holds no health data: sign in to read.',
  ],
} as const satisfies Record<string, Pair>

/** A letter about one notice, in the recipient's language, as plain text and as HTML that needs no style sheet. */
export function letterOf(facts: LetterFacts): Letter {
  const pick = (pair: Pair) => pair[facts.language === 'fr' ? 0 : 1]
  const site = oneLine(facts.siteName)
  const reference = oneLine(facts.reference)
  const urgency = pick(URGENCY[facts.urgency])
  const title = pick(SUBJECT[facts.kind])
  const sentence = pick(SENTENCE[facts.kind])
  const footer = pick(LABELS.sentBy).replace('{node}', oneLine(facts.nodeName))
  const colon = facts.language === 'fr' ? ' :' : ':'
  const rows = [
    [pick(LABELS.site), site],
    [pick(LABELS.urgency), urgency],
    [pick(LABELS.reference), reference],
  ] as const
  const mark = facts.urgency === 'routine' ? '' : `[${urgency}] `
  return {
    subject: oneLine(`${mark}${title} · ${site} · ${reference}`),
    text: [
      sentence,
      '',
      ...rows.map(([name, value]) => `${name}${colon} ${value}`),
      '',
      facts.link,
      '',
      '-- ',
      footer,
      '',
    ].join('\n'),
    html: htmlOf({ ...facts, title, sentence, rows, footer, open: pick(LABELS.open) }),
  }
}

const BODY = 'margin:0;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;color:#1a1a1a'
const BUTTON =
  'display:inline-block;padding:10px 18px;background:#0b57a4;color:#ffffff;text-decoration:none;border-radius:6px'

function htmlOf(parts: {
  language: Language
  title: string
  sentence: string
  rows: readonly (readonly [string, string])[]
  link: string
  open: string
  footer: string
}): string {
  const cells = parts.rows
    .map(
      ([name, value]) =>
        `<tr><td style="padding:2px 16px 2px 0;color:#555555">${escaped(name)}</td><td style="padding:2px 0">${escaped(value)}</td></tr>`,
    )
    .join('')
  return `<!DOCTYPE html>
<html lang="${parts.language}"><head><meta charset="utf-8"><title>${escaped(parts.title)}</title></head>
<body style="${BODY}">
<p style="margin:0 0 16px">${escaped(parts.sentence)}</p>
<table role="presentation" style="border-collapse:collapse;margin:0 0 20px">${cells}</table>
<p style="margin:0 0 24px"><a href="${escaped(parts.link)}" style="${BUTTON}">${escaped(parts.open)}</a></p>
<p style="margin:0;font-size:13px;color:#555555">${escaped(parts.footer)}</p>
</body></html>
`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, sign => ENTITIES[sign] as string)

/** A name that holds a line break would otherwise begin a header of its own. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
