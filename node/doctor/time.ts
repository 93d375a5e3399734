import { reasonOf } from '../errors.js'
import { askTimeServer } from '../time-server.js'
import { attention, broken, type Check, good, notChecked, span, withoutServices } from './check.js'

const SKEW_ATTENTION_MS = 1000
const SKEW_BROKEN_MS = 60_000
/** A clock that is being slewed drifts a little; one that was set, jumps. */
const JUMP_MS = 2000

/** The clock against one that is known to be right. */
export const clockSkew: Check = {
  id: 'clock-skew',
  group: 'machine',
  name: { fr: 'Heure', en: 'Time' },
  look: async ({ config, clock }, signal) => {
    const { timeServer } = config.node
    if (timeServer === null)
      return notChecked(
        ['Aucune référence : rien ne dit que l’heure est juste.', 'Nommez un serveur NTP : node.timeServer.'],
        ['No reference: nothing says that the time is right.', 'Name an NTP server: node.timeServer.'],
      )
    let skewMs: number
    try {
      skewMs = (await askTimeServer(timeServer, clock, signal)).skewMs
    } catch (thrown) {
      const reason = reasonOf(thrown)
      return notChecked(
        [
          `${timeServer} n’a pas donné l’heure : ${reason}`,
          'Vérifiez le nom, et que le port UDP 123 est ouvert vers lui.',
        ],
        [
          `${timeServer} gave no time: ${reason}`,
          'Check the name, and that UDP port 123 is open towards it.',
        ],
      )
    }
    const ahead = skewMs > 0
    const shown =
      Math.abs(skewMs) < 10_000
        ? { fr: `${Math.abs(skewMs)} ms`, en: `${Math.abs(skewMs)} ms` }
        : span(Math.abs(skewMs))
    const fr = `${shown.fr} ${ahead ? 'd’avance' : 'de retard'} sur ${timeServer}.`
    const en = `${shown.en} ${ahead ? 'ahead of' : 'behind'} ${timeServer}.`
    const remedy = [
      'Mettez la machine à l’heure (chrony, systemd-timesyncd).',
      'Set the machine’s time (chrony, systemd-timesyncd).',
    ] as const
    if (Math.abs(skewMs) >= SKEW_BROKEN_MS) return broken([fr, remedy[0]], [en, remedy[1]])
    if (Math.abs(skewMs) >= SKEW_ATTENTION_MS) return attention([fr, remedy[0]], [en, remedy[1]])
    return good(fr, en)
  },
}

/** The wall clock against the one that only goes forward, since this run began, and against the journal. */
export const clockJump: Check = {
  id: 'clock-jump',
  group: 'machine',
  name: { fr: 'Sauts de l’heure', en: 'Jumps of the time' },
  look: async patient => {
    const { services, clock } = patient
    if (services === undefined) return withoutServices(patient)
    const [last] = await services.journal.read({ newestFirst: true, limit: 1 })
    const back = (last?.at ?? 0) - clock.now()
    if (back > JUMP_MS)
      return broken(
        [
          `L’heure est revenue en arrière : la dernière inscription du journal est en avance de ${span(back).fr}.`,
          'Mettez la machine à l’heure ; l’ordre du journal reste celui de ses numéros.',
        ],
        [
          `The time went back: the last entry of the journal is ahead by ${span(back).en}.`,
          'Set the machine’s time; the order of the journal stays that of its numbers.',
        ],
      )
    const jump = clock.now() - clock.monotonic() - patient.startedAt
    if (Math.abs(jump) < JUMP_MS) return good('Aucun depuis le démarrage.', 'None since the start.')
    const size = span(Math.abs(jump))
    return attention(
      [
        `L’heure a sauté de ${size.fr} ${jump > 0 ? 'en avant' : 'en arrière'} depuis le démarrage.`,
        'Voulu ? Sinon cherchez qui règle l’heure de cette machine.',
      ],
      [
        `The time jumped ${size.en} ${jump > 0 ? 'forward' : 'back'} since the start.`,
        'Meant? If not, find who sets this machine’s time.',
      ],
    )
  },
}
