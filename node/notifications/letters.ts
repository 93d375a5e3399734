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
  /** How many waves came before this one. */
  wave?: number
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
  'token-expiring': ['Jeton d’accès bientôt échu', 'Access token ends soon'],
  'request-changed': ['Demande modifiée', 'Request changed'],
  'images-withdrawn': ['Images retirées', 'Images withdrawn'],
  'error-asked': ['Saisie par erreur ?', 'Entered in error?'],
  recalled: ['Ne pas utiliser : saisi par erreur', 'Do not use: entered in error'],
  'patient-named': ['Identité du patient précisée', 'The patient’s identity is known'],
  'request-unclaimed': ['Demande sans prise en charge', 'Nobody has claimed a request'],
  'request-refused': ['Urgence refusée', 'Emergency refused'],
  'handed-over': ['Une demande vous est transmise', 'A request is handed over to you'],
  'protocol-written': ['Protocole écrit : examen à faire', 'Protocol written: exam to be done'],
  'exam-done': ['Examen fait', 'Exam done'],
  'decision-due': ['Décision attendue', 'Decision due'],
  'question-unanswered': ['Question sans réponse', 'Question unanswered'],
  'report-unseen': ['Compte rendu non vu', 'Report not seen'],
  'report-differs': ['Compte rendu significativement modifié', 'Report significantly different'],
  'critical-finding': ['Résultat critique', 'Critical finding'],
  'shift-swap': ['Échange de vacation', 'Swap of a shift'],
  'disc-arrived': ['Images reçues par un lien', 'Images came by a link'],
  mentioned: ['On vous demande', 'You are asked for'],
  message: ['Nouveau message', 'New message'],
  'channel-down': ['Une voie d’alerte est coupée', 'A channel of alarms is down'],
  'clock-wrong': ['L’heure du nœud est fausse', 'The node’s time is wrong'],
  'backup-broken': ['La sauvegarde ne se restaure pas', 'The backup cannot be restored'],
  'webhook-stopped': ['Un webhook est arrêté', 'A webhook has stopped'],
  'escalation-stopped': ['Les alertes ne partent plus', 'Alarms do not go out any more'],
  'alarm-test': ['Essai de votre alarme', 'Trial of your alarm'],
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
  'token-expiring': [
    'Un jeton d’accès arrive à échéance. Sans nouveau secret, le programme qui s’en sert sera refusé.',
    'An access token is about to end. Unless it gets another secret, the program that uses it will be refused.',
  ],
  'transfer-failed': [
    'Un envoi d’images n’a pas abouti et attend une décision.',
    'A transfer of images did not go through and is waiting for a decision.',
  ],
  'disc-arrived': [
    'Un établissement extérieur a déposé des images par un lien. Elles attendent au bureau des disques.',
    'An outside clinic has handed over images by a link. They wait at the desk for discs.',
  ],
  'request-changed': [
    'Une demande qui vous concerne a changé d’état ou attend votre réponse.',
    'A request that concerns you has changed, or is waiting for your answer.',
  ],
  'patient-named': [
    'L’identité du patient d’une demande que vous avez en main a changé : voyez la demande avant de signer.',
    'The identity of the patient of a request in your hands has changed: look at the request before you sign.',
  ],
  'images-withdrawn': [
    'Des images liées à une demande qui vous concerne ont été retirées : ne vous y fiez plus, et voyez la demande.',
    'Images linked to a request that concerns you were withdrawn: do not rely on them any more, and look at the request.',
  ],
  'error-asked': [
    'Une demande est signalée comme saisie par erreur : une seconde personne doit le confirmer, ou dire que non.',
    'A request is said to be entered in error: a second person is to confirm it, or to say that it is not.',
  ],
  recalled: [
    'Vous avez reçu un compte rendu, ou un résultat par téléphone, d’une demande saisie par erreur. Ne l’utilisez plus, et confirmez que vous le savez.',
    'You were given a report, or a result by telephone, of a request entered in error. Do not use it any more, and confirm that you know.',
  ],
  'request-unclaimed': [
    'Personne n’a encore pris en charge cette demande. Merci de joindre un radiologue ou de la réorienter.',
    'Nobody has claimed this request yet. Please reach a radiologist, or have it read elsewhere.',
  ],
  'request-refused': [
    'Une urgence est refusée : personne ne la lit ici. Merci de lire la raison et l’alternative, et de le confirmer.',
    'An emergency is refused: nobody reads it here. Please read the reason and the alternative, and confirm it.',
  ],
  'protocol-written': [
    'Un radiologue a accepté une demande et écrit le protocole : l’examen peut se faire.',
    'A radiologist has accepted a request and written the protocol: the exam can be done.',
  ],
  'exam-done': [
    'L’examen d’une demande que vous avez en main est fait : elle attend votre lecture.',
    'The exam of a request in your hands is done: it waits for your reading.',
  ],
  'handed-over': [
    'Un collègue vous transmet une demande en cours. Merci de la reprendre, ou de lui répondre.',
    'A colleague hands a request under way over to you. Please take it over, or answer them.',
  ],
  'decision-due': [
    'Une demande prise en charge attend une décision : accepter, refuser ou rendre.',
    'A claimed request is waiting for a decision: accept, refuse or release it.',
  ],
  'question-unanswered': [
    'Un radiologue a posé une question qui n’a pas de réponse : la lecture est arrêtée.',
    'A radiologist has asked a question that has no answer: the reading has stopped.',
  ],
  'report-unseen': [
    'Un compte rendu est signé et personne n’en a confirmé la réception.',
    'A report has been signed and nobody has acknowledged it.',
  ],
  'report-differs': [
    'Un compte rendu diffère de façon significative d’une version déjà transmise. Merci de le lire maintenant et d’en accuser réception.',
    'A report differs significantly from a version given before. Please read it now and acknowledge it.',
  ],
  'critical-finding': [
    'Un radiologue signale un résultat critique. Merci de le lire maintenant, de rappeler et d’en accuser réception avec relecture.',
    'A radiologist raises a critical finding. Please read it now, call back, and acknowledge it with read-back.',
  ],
  mentioned: [
    'Quelqu’un vous a mentionné dans la conversation d’une demande.',
    'Somebody has mentioned you in the conversation of a request.',
  ],
  message: [
    'Il y a un nouveau message dans la conversation d’une demande.',
    'There is a new message in the conversation of a request.',
  ],
  'shift-swap': [
    'Un échange de vacation vous concerne : proposé, accepté ou refusé. Le planning dit lequel.',
    'A swap of shifts concerns you: proposed, accepted or declined. The roster says which.',
  ],
  'channel-down': [
    'Une des voies par lesquelles les alertes partent ne fonctionne plus. Les autres sont essayées à sa place.',
    'One of the channels by which alarms leave does not work any more. The others are tried in its place.',
  ],
  'clock-wrong': [
    'L’heure de la machine a sauté, ou diffère de celle d’un témoin extérieur. Mettez-la à l’heure : le journal date chaque acte avec elle.',
    'The machine’s time jumped, or differs from that of a witness outside. Set it right: the journal dates every act by it.',
  ],
  'backup-broken': [
    'La dernière sauvegarde, restaurée à l’essai cette nuit, n’est pas bonne ou n’est pas là. Le bilan du nœud dit pourquoi : faites-en une autre.',
    'The newest backup, restored for a trial this night, is not good or is not there. The node’s check-up says why: make another.',
  ],
  'webhook-stopped': [
    'Un webhook de votre site n’est plus servi : le programme qui le reçoit ne répond pas ou a demandé l’arrêt.',
    'A webhook of your site is not served any more: the program that receives it does not answer, or has asked to stop.',
  ],
  'escalation-stopped': [
    'L’escalade des alertes est arrêtée : des alertes auraient dû sonner et ne l’ont pas fait. Téléphoner, et redémarrer le nœud.',
    'The escalation of alarms has stopped: alarms should have rung and have not. Telephone, and start the node again.',
  ],
  'alarm-test': [
    'Ceci est un essai que vous avez demandé. Confirmez sur l’écran que vous l’avez reçu.',
    'This is a trial that you asked for. Confirm on the screen that it has reached you.',
  ],
}
/** Every kind of notice a letter can be about. */
export const NOTICE_KINDS = Object.keys(SUBJECT) as readonly NoticeView['kind'][]

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
  again: ['Rappel {n}', 'Reminder {n}'],
  sentBy: [
    'Message automatique de {node}. Il ne contient aucune donnée de santé : connectez-vous pour lire.',
    'Automatic message from {node}. It holds no health data: sign in to read.',
  ],
} as const satisfies Record<string, Pair>

/** What a telephone says or shows: one line, and where to look. */
export function shortText(facts: LetterFacts): string {
  const pick = (pair: Pair) => pair[facts.language === 'fr' ? 0 : 1]
  const { title, body } = pushWords(facts)
  return oneLine(`${facts.nodeName}${pick([' :', ':'])} ${title}. ${body}. ${facts.link}`)
}

/** What a browser that is woken shows. */
export function pushWords(
  facts: Pick<LetterFacts, 'kind' | 'urgency' | 'siteName' | 'reference' | 'language'>,
): { title: string; body: string } {
  const pick = (pair: Pair) => pair[facts.language === 'fr' ? 0 : 1]
  const mark = facts.urgency === 'routine' ? '' : `${pick(URGENCY[facts.urgency])} · `
  return {
    title: oneLine(`${mark}${pick(SUBJECT[facts.kind])}`),
    body: oneLine([facts.siteName, facts.reference].filter(part => part !== '').join(' · ')),
  }
}

/** A letter about one notice, in the recipient's language, as plain text and as HTML that needs no style sheet. */
export function letterOf(facts: LetterFacts): Letter {
  const pick = (pair: Pair) => pair[facts.language === 'fr' ? 0 : 1]
  const site = oneLine(facts.siteName)
  const reference = oneLine(facts.reference)
  const urgency = pick(URGENCY[facts.urgency])
  const wave = facts.wave ?? 0
  const again = wave > 0 ? `${pick(LABELS.again).replace('{n}', String(wave))} · ` : ''
  const mark = facts.urgency === 'routine' ? '' : `[${urgency}] `
  return composed({
    language: facts.language,
    subject: `${mark}${again}${pick(SUBJECT[facts.kind])} · ${site} · ${reference}`,
    title: pick(SUBJECT[facts.kind]),
    sentences: [pick(SENTENCE[facts.kind])],
    rows: [
      [pick(LABELS.site), site],
      [pick(LABELS.urgency), urgency],
      [pick(LABELS.reference), reference],
    ],
    link: facts.link,
    open: pick(LABELS.open),
    footer: pick(LABELS.sentBy).replace('{node}', oneLine(facts.nodeName)),
  })
}

/** What any letter is made of; every text in it is one line. */
export interface Written {
  language: Language
  subject: string
  title: string
  sentences: readonly string[]
  rows: readonly (readonly [string, string])[]
  /** Absent: there is nothing to open. */
  link?: string
  open: string
  footer: string
}

export function composed(written: Written): Letter {
  const { language, sentences, rows, link, footer } = written
  const colon = language === 'fr' ? ' :' : ':'
  return {
    subject: oneLine(written.subject),
    text: [
      sentences.join('\n\n'),
      '',
      ...rows.map(([name, value]) => `${name}${colon} ${value}`),
      ...(rows.length === 0 ? [] : ['']),
      ...(link === undefined ? [] : [link, '']),
      '-- ',
      footer,
      '',
    ].join('\n'),
    html: htmlOf(written),
  }
}

/** A letter about nothing, for whoever wants to see one arrive. */
export function trialLetter(language: Language, nodeName: string): Letter {
  const name = oneLine(nodeName)
  const [subject, sentence] =
    language === 'fr'
      ? [`Lettre d’essai de ${name}`, 'Les lettres de ce nœud vous parviennent. Rien n’est à faire.']
      : [`Test letter of ${name}`, 'Letters of this node reach you. There is nothing to do.']
  return {
    subject,
    text: `${sentence}\n`,
    html: `<!DOCTYPE html>\n<html lang="${language}"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>\n<body style="${BODY}"><p>${escaped(sentence)}</p></body></html>\n`,
  }
}

const BODY = 'margin:0;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;color:#1a1a1a'
const BUTTON =
  'display:inline-block;padding:10px 18px;background:#0b57a4;color:#ffffff;text-decoration:none;border-radius:6px'

function htmlOf({ language, title, sentences, rows, link, open, footer }: Written): string {
  const cells = rows
    .map(
      ([name, value]) =>
        `<tr><td style="padding:2px 16px 2px 0;color:#555555">${escaped(name)}</td><td style="padding:2px 0">${escaped(value)}</td></tr>`,
    )
    .join('')
  const said = sentences.map(sentence => `<p style="margin:0 0 16px">${escaped(sentence)}</p>`).join('\n')
  const table =
    rows.length === 0
      ? ''
      : `<table role="presentation" style="border-collapse:collapse;margin:0 0 20px">${cells}</table>\n`
  const button =
    link === undefined
      ? ''
      : `<p style="margin:0 0 24px"><a href="${escaped(link)}" style="${BUTTON}">${escaped(open)}</a></p>\n`
  return `<!DOCTYPE html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escaped(title)}</title></head>
<body style="${BODY}">
${said}
${table}${button}<p style="margin:0;font-size:13px;color:#555555">${escaped(footer)}</p>
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
export const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
