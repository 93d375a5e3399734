import { attention, broken, type Check, good, notChecked, withoutServices } from './check.js'

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
