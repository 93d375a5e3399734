import type { AccountTables } from '../accounts/schema.js'
import { isLoopback } from '../addresses.js'
import { operator, people } from '../commands/demo/cast.js'
import { attention, broken, type Check, type Finding, good, notChecked, withoutServices } from './check.js'

const beyond = (host: string) => !isLoopback(host) && host !== 'localhost'

/** How people reach the screens. */
export const publicAddress: Check = {
  id: 'config-address',
  group: 'configuration',
  name: { fr: 'Adresse des écrans', en: 'Address of the screens' },
  look: ({ config: { http } }) => {
    if (!beyond(http.host) && http.trustedProxies.length === 0)
      return good('Cette machine seule les atteint.', 'Only this machine reaches them.')
    if (http.publicUrl === null)
      return attention(
        [
          `Servis sur ${http.host} sans http.publicUrl : les lettres ne mènent nulle part.`,
          'Mettez-y l’adresse que les gens tapent.',
        ],
        [
          `Served on ${http.host} without http.publicUrl: letters lead nowhere.`,
          'Put the address people type there.',
        ],
      )
    if (http.publicUrl.startsWith('http:') && beyond(new URL(http.publicUrl).hostname))
      return broken(
        [
          `${http.publicUrl} est en clair : mots de passe et données de santé se lisent en route.`,
          'Servez HTTPS (http.certificateFile), ou mettez un relais inverse devant (config/deploy).',
        ],
        [
          `${http.publicUrl} is in the clear: passwords and health data can be read on the way.`,
          'Serve HTTPS (http.certificateFile), or put a reverse proxy in front (config/deploy).',
        ],
      )
    return good(`${http.publicUrl}.`, `${http.publicUrl}.`)
  },
}

/** Whether anything goes over a network in the clear. */
export const inTheClear: Check = {
  id: 'config-clear',
  group: 'configuration',
  name: { fr: 'En clair hors de cette machine', en: 'In the clear beyond this machine' },
  look: ({ config: { http, dicom }, services }) => {
    const found: Finding[] = []
    if (beyond(http.host) && http.certificateFile === null)
      found.push(
        http.trustedProxies.length > 0
          ? attention(
              [
                'HTTP en clair jusqu’au relais inverse.',
                'Gardez-les sur la même machine (http.host: 127.0.0.1) ou sur un réseau à vous.',
              ],
              [
                'HTTP in the clear up to the reverse proxy.',
                'Keep both on one machine (http.host: 127.0.0.1), or on a network of yours.',
              ],
              'HTTP',
            )
          : broken(
              [
                `HTTP en clair sur ${http.host} : mots de passe et données de santé se lisent en route.`,
                'http.certificateFile et http.keyFile, ou un relais inverse.',
              ],
              [
                `HTTP in the clear on ${http.host}: passwords and health data can be read on the way.`,
                'http.certificateFile and http.keyFile, or a reverse proxy.',
              ],
              'HTTP',
            ),
      )
    const plain = services?.peers.list().filter(({ tls, host }) => tls === 'none' && beyond(host)) ?? []
    if (plain.length > 0 || beyond(dicom.host))
      found.push(
        attention(
          [
            plain.length > 0
              ? `DICOM sans TLS avec : ${plain.map(({ id }) => id).join(', ')}.`
              : `DICOM sans TLS écoute sur ${dicom.host}.`,
            'Seulement sur un réseau à vous, ou dans un VPN ; sinon tls: mutual.',
          ],
          [
            plain.length > 0
              ? `DICOM without TLS with: ${plain.map(({ id }) => id).join(', ')}.`
              : `DICOM without TLS listens on ${dicom.host}.`,
            'Only on a network of yours, or inside a VPN; else tls: mutual.',
          ],
          'DICOM',
        ),
      )
    return found.length > 0 ? found : good('Rien.', 'Nothing.')
  },
}

/** What belongs to demonstrations and tests only. */
export const leftovers: Check = {
  id: 'config-demo',
  group: 'configuration',
  name: { fr: 'Restes d’essai', en: 'Left over from trials' },
  look: async patient => {
    const { config, services } = patient
    const demo = config.node.demo
    const found: Finding[] = []
    if (config.peers.allowLoopback && !demo)
      found.push(
        attention(
          ['Des pairs peuvent avoir une adresse de cette machine.', 'peers.allowLoopback: false'],
          ['Peers may have addresses of this machine.', 'peers.allowLoopback: false'],
          'peers.allowLoopback',
        ),
      )
    if (config.mail.captured && !demo)
      found.push(
        attention(
          ['Aucune lettre ne part : elles sont gardées pour l’écran.', 'mail.captured: false'],
          ['No letter leaves: they are kept for the screen.', 'mail.captured: false'],
          'mail.captured',
        ),
      )
    if (config.admin.password !== null && !demo)
      found.push(
        attention(
          [
            'Le mot de passe du premier opérateur est encore dans la configuration.',
            'Retirez admin.email et admin.password : le compte existe.',
          ],
          [
            'The first operator’s password is still in the configuration.',
            'Remove admin.email and admin.password: the account exists.',
          ],
          'admin.password',
        ),
      )
    if (config.log.level === 'debug')
      found.push(
        attention(
          ['Journal technique au plus bavard.', 'log.level: info'],
          ['The log at its most talkative.', 'log.level: info'],
          'log.level',
        ),
      )
    if (services === undefined) return found.length > 0 ? found : withoutServices(patient)
    const accounts = await services.db
      .sql<AccountTables>()
      .selectFrom('accounts')
      .select('email')
      .where('email', 'in', [operator, ...people.map(({ email }) => email)])
      .where('state', '=', 'active')
      .execute()
    const known = accounts.map(({ email }) => email)
    if (known.length > 0 && !demo)
      found.push(
        broken(
          [
            `Comptes de démonstration : ${known.join(', ')}.`,
            'Désactivez-les dans Comptes : leur mot de passe a été affiché.',
          ],
          [
            `Accounts of a demonstration: ${known.join(', ')}.`,
            'Disable them under Accounts: their password was printed.',
          ],
          'comptes · accounts',
        ),
      )
    if (demo) return notChecked(['Ce nœud est une démonstration.'], ['This node is a demonstration.'])
    return found.length > 0 ? found : good('Aucun.', 'None.')
  },
}
