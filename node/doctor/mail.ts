import { Resolver } from 'node:dns/promises'
import { reasonOf } from '../errors.js'
import { type DkimRecord, zoneLine } from '../notifications/dkim.js'
import { attention, broken, type Check, type Finding, good, notChecked, withoutServices } from './check.js'

/** Connects, encrypts, signs in, and sends nothing. */
export const mailServer: Check = {
  id: 'mail-server',
  group: 'mail',
  name: { fr: 'Serveur de courriel', en: 'Mail server' },
  timeoutMs: 20_000,
  look: async (patient, signal) => {
    const { services, config } = patient
    if (config.mail.captured)
      return notChecked(
        ['Les lettres restent dans ce nœud (mail.captured).'],
        ['Letters stay in this node (mail.captured).'],
      )
    if (config.mail.smtpUrl === null)
      return attention(
        [
          'Aucun serveur n’est nommé : aucune lettre ne part.',
          'Nommez-le : mail.smtpUrl (ou RELAIS_SMTP_URL_FILE).',
        ],
        ['No server is named: no letter leaves.', 'Name one: mail.smtpUrl (or RELAIS_SMTP_URL_FILE).'],
      )
    if (services === undefined) return withoutServices(patient)
    const met = await services.notifications.letterbox.greet(signal)
    if (met.result === 'failed')
      return broken(
        [`Il ne nous sert pas : ${met.reason}`, 'Vérifiez l’adresse, le mot de passe et le pare-feu.'],
        [`It does not serve us: ${met.reason}`, 'Check the address, the password and the firewall.'],
      )
    const signedIn = {
      fr: met.signedIn ? 'compte accepté' : 'sans compte',
      en: met.signedIn ? 'account accepted' : 'no account',
    }
    if (!met.encrypted)
      return attention(
        [`Il répond (${signedIn.fr}), mais en clair.`, 'Prenez smtps://, ou un serveur qui offre STARTTLS.'],
        [
          `It answers (${signedIn.en}), but in the clear.`,
          'Take smtps://, or a server that offers STARTTLS.',
        ],
      )
    return good(`Il répond, chiffré, ${signedIn.fr}.`, `It answers, encrypted, ${signedIn.en}.`)
  },
}

const DNS_MS = 4000

/** Asks the DNS for what the domain should say of our key. */
export const letterSignature: Check = {
  id: 'mail-signature',
  group: 'mail',
  name: { fr: 'Signature des lettres (DKIM)', en: 'Signature of letters (DKIM)' },
  look: async (patient, signal) => {
    const { services, config } = patient
    if (config.mail.dkimDomain === null)
      return notChecked(
        [
          'Ce nœud ne signe pas ses lettres ; votre serveur de courriel le fait peut-être.',
          'mail.dkimDomain',
        ],
        ['This node does not sign its letters; your mail server may do it.', 'mail.dkimDomain'],
      )
    if (services === undefined) return withoutServices(patient)
    const record = services.notifications.letterbox.dkim
    if (record === undefined) return withoutServices(patient)
    const resolver = new Resolver({ timeout: DNS_MS, tries: 1 })
    signal.addEventListener('abort', () => resolver.cancel(), { once: true })
    try {
      return recordFinding(
        record,
        (await resolver.resolveTxt(record.name)).map(strings => strings.join('')),
      )
    } catch (thrown) {
      const { code } = thrown as { code?: string }
      if (code === 'ENOTFOUND' || code === 'ENODATA') return recordFinding(record, [])
      return notChecked(
        [`Le DNS ne répond pas : ${reasonOf(thrown)}`, `À publier : ${zoneLine(record)}`],
        [`The DNS does not answer: ${reasonOf(thrown)}`, `To be published: ${zoneLine(record)}`],
      )
    }
  },
}

/** Tags of a record (RFC 6376 §3.2): white space in them means nothing. */
const tagsOf = (value: string) =>
  new Map(
    value.split(';').map(tag => {
      const [name = '', ...rest] = tag.split('=')
      return [name.trim(), rest.join('=').replace(/\s/g, '')] as const
    }),
  )

/** `found`: the TXT records there are, each put together from its strings. */
export function recordFinding(record: DkimRecord, found: readonly string[]): Finding {
  const ours = tagsOf(record.value).get('p')
  const keys = found.map(value => tagsOf(value).get('p')).filter(key => key !== undefined)
  if (keys.length === 1 && keys[0] === ours)
    return good(`${record.name} dit notre clé.`, `${record.name} says our key.`)
  const [fr, en] = [`Publiez : ${zoneLine(record)}`, `Publish: ${zoneLine(record)}`]
  if (keys.length === 0)
    return attention(
      ['Le DNS ne dit pas encore notre clé : la signature ne compte pas.', fr],
      ['The DNS does not say our key yet: the signature does not count.', en],
    )
  return broken(
    [`${record.name} dit une autre clé : les lettres seront refusées ou écartées.`, fr],
    [`${record.name} says another key: letters will be refused or put aside.`, en],
  )
}
