import type { AccountView } from '../../node/accounts/view.js'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import type { Services } from '../../node/program/services.js'
import type { EventInput } from '../../node/requests/form.js'
import type { RequestEvent } from '../../node/requests/lifecycle.js'
import type { Asker } from '../../node/requests/ports.js'
import type { NewRequest } from '../../node/requests/view.js'
import { CONTRACTS, SITES } from '../support/node.js'
import { CAST, PASSWORD } from '../support/people.js'
import { copyRequests } from './copies.js'
import { withServices } from './services.js'

export const READER = { email: CAST.first.email, password: PASSWORD }
export const ASKER = { email: CAST.referrer.email, password: PASSWORD }

const COMMAND = { by: 'command', user: 'bench' } as const
/** Made by the service, as people make them; the rest are copies of these rows. */
const MADE_BY_THE_SERVICE = 300
const MODALITIES = ['CT', 'MR', 'DX'] as const
const URGENCIES = ['emergency', 'urgent', 'routine', 'routine', 'routine'] as const

/** What became of a request, one in so many of each: half are over, a quarter is offered. */
const LIVES = [
  ...[
    'offered',
    'offered',
    'offered',
    'offered',
    'offered',
    'draft',
    'claimed',
    'accepted',
    'reading',
    'asked',
  ],
  ...[
    'preliminary',
    'reported',
    'closed',
    'closed',
    'closed',
    'closed',
    'closed',
    'closed',
    'refused',
    'cancelled',
  ],
] as const
type Life = (typeof LIVES)[number]

interface People {
  reader: Asker
  asker: Asker
}

/** The life of a request: all of one urgency, modality and site lead the same ones. */
const lifeOf = (number: number): Life => LIVES[Math.floor(number / 15) % LIVES.length] ?? 'offered'

/**
 * A data folder with three people and so many requests, offered to the reading group, or (`lives`) at every stage of
 * their lives; all of one `urgency` where it is told. Nothing listens and no follower runs, so that the node that starts on it later has no letters to write
 * about them.
 */
export async function fillFolder(
  folder: string,
  count: number,
  { lives = false, urgency }: { lives?: boolean; urgency?: NewRequest['urgency'] } = {},
): Promise<void> {
  await withServices(folder, async services => {
    await applyNetwork(
      services,
      networkFile.parse({ sites: SITES, contracts: CONTRACTS.map(contract => ({ ...contract })) }),
      COMMAND,
    )
    const account = async (who: (typeof CAST)[keyof typeof CAST]) =>
      askerOf(await services.accounts.create(null, { ...who, language: 'fr', password: PASSWORD }, COMMAND))
    const people = { reader: await account(CAST.first), asker: await account(CAST.referrer) }
    await account(CAST.dispatcher)
    const made = Math.min(count, MADE_BY_THE_SERVICE)
    for (let number = 0; number < made; number += 1) {
      const life = lives ? lifeOf(number) : 'offered'
      const form = {
        ...formOf(number),
        submit: life !== 'draft',
        ...(urgency === undefined ? {} : { urgency }),
      }
      const { id } = await services.requests.create(people.asker, form)
      await live(services, people, id, life)
    }
    await copyRequests(services.db, count - made)
  })
}

/** Leads a request that was just made, and sent unless it is a draft, to where its life has come. */
async function live({ requests, db }: Services, { reader, asker }: People, id: string, life: Life) {
  const send = (by: Asker, event: RequestEvent, input: EventInput = {}) => requests.send(by, id, event, input)
  if (life === 'draft' || life === 'offered') return
  if (life === 'cancelled') return send(asker, 'cancel')
  await send(reader, 'claim')
  if (life === 'claimed') return
  if (life === 'refused') return send(reader, 'refuse', { reason: 'essai', alternative: 'IRM (essai)' })
  await send(reader, 'accept', { text: 'Sans injection (essai).' })
  if (life === 'accepted') return
  if (life === 'asked') return send(reader, 'ask', { text: 'Antérieur ? (essai)' })
  const known = await requests.known(id)
  if (known === undefined) throw new Error(`${id} is not there`)
  return db.write(async tx => {
    await requests.openReading(tx, reader, known, [], `rep${id.slice(3)}`)
    if (life === 'reading') return
    await requests.signed(tx, reader, id, { kind: life === 'preliminary' ? 'preliminary' : 'final' })
    if (life === 'closed') await requests.acknowledged(tx, asker.origin, id)
  })
}

function askerOf({ id, name, email, language, memberships }: AccountView): Asker {
  const [membership] = memberships
  if (membership === undefined) throw new Error(`${email} belongs to no site`)
  const { id: member, site, role } = membership
  return {
    who: {
      account: { id, email, name, language },
      membership: { id: member, site, role },
      session: { id: 'bench', endsAt: Number.MAX_SAFE_INTEGER },
    },
    origin: { by: 'account', account: id, name, role, site, membership: member, address: '127.0.0.1' },
  }
}

export function formOf(number: number): NewRequest {
  return {
    kind: 'reading',
    urgency: URGENCIES[number % URGENCIES.length] ?? 'routine',
    site: CAST.referrer.site,
    to: CAST.first.site,
    modality: MODALITIES[number % MODALITIES.length] ?? 'CT',
    region: 'Crâne',
    risks: { pacemaker: false },
    question: 'Recherche de saignement (demande fictive).',
    requester: { name: CAST.referrer.name, phone: '+33 1 00 00 00 01' },
    patient: {
      id: String(20_000 + number),
      issuer: 'NORD',
      family: 'ESSAI',
      given: `Zoé ${number}`,
      birthDate: '1970-05-14',
      sex: 'F',
      identityStatus: 'qualified',
    },
    identityCheckedBy: 'Camille Fictif, manipulatrice',
    consent: { given: true },
    submit: true,
  }
}
