import { sql } from 'kysely'
import type { AccountView } from '../../node/accounts/view.js'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import type { Services } from '../../node/program/services.js'
import type { Asker } from '../../node/requests/ports.js'
import type { RequestTables } from '../../node/requests/schema.js'
import type { NewRequest } from '../../node/requests/view.js'
import { CONTRACTS, SITES } from '../support/node.js'
import { CAST, PASSWORD } from '../support/people.js'
import { withServices } from './services.js'

export const READER = { email: CAST.first.email, password: PASSWORD }
export const ASKER = { email: CAST.referrer.email, password: PASSWORD }

const COMMAND = { by: 'command', user: 'bench' } as const
/** Made by the service, as people make them; the rest are copies of these rows. */
const MADE_BY_THE_SERVICE = 500
const COPIES_A_TRANSACTION = 5000
const URGENCIES = ['emergency', 'urgent', 'routine', 'routine', 'routine'] as const

/**
 * A data folder with two people and so many requests offered to the reading group. Nothing listens and no follower
 * runs, so that the node that starts on it later has no letters to write about them.
 */
export async function fillFolder(folder: string, count: number): Promise<void> {
  await withServices(folder, async services => {
    await applyNetwork(
      services,
      networkFile.parse({ sites: SITES, contracts: CONTRACTS.map(contract => ({ ...contract })) }),
      COMMAND,
    )
    const account = (who: (typeof CAST)[keyof typeof CAST]) =>
      services.accounts.create(null, { ...who, language: 'fr', password: PASSWORD }, COMMAND)
    await account(CAST.first)
    const asker = askerOf(await account(CAST.referrer))
    const made = Math.min(count, MADE_BY_THE_SERVICE)
    for (let number = 0; number < made; number += 1) await services.requests.create(asker, formOf(number))
    await copyRequests(services, count - made)
  })
}

/** The requests there are, once more and again, under ids and references of their own. */
async function copyRequests({ db, ids }: Services, count: number): Promise<void> {
  const reading = db.sql<RequestTables>()
  const originals = await reading.selectFrom('requests').selectAll().orderBy('id').execute()
  const [offer = {}] = await reading.selectFrom('request_offers').selectAll().limit(1).execute()
  const columnsOf = (row: object, ...without: string[]) =>
    Object.keys(row).filter(column => !without.includes(column))
  const list = (columns: readonly string[], of?: string) =>
    sql.join(columns.map(column => sql.ref(of === undefined ? column : `${of}.${column}`)))
  const kept = columnsOf(originals[0] ?? {}, 'id', 'reference')
  const offered = columnsOf(offer, 'request')
  for (let done = 0; done < count; done += COPIES_A_TRANSACTION) {
    const copies = JSON.stringify(
      Array.from({ length: Math.min(COPIES_A_TRANSACTION, count - done) }, (_, at) => ({
        id: ids.next('req'),
        number: done + at,
        of: originals[(done + at) % originals.length]?.id,
      })),
    )
    const copy = sql`json_each(${copies}) AS copy`
    await db.write(async tx => {
      await sql`INSERT INTO requests (id, reference, ${list(kept)})
        SELECT copy.value ->> 'id', original.reference || '-' || (copy.value ->> 'number'), ${list(kept, 'original')}
        FROM ${copy} JOIN requests AS original ON original.id = copy.value ->> 'of'`.execute(tx.sql())
      await sql`INSERT INTO request_parties (request, site, since, until, ended_by)
        SELECT copy.value ->> 'id', party.site, party.since, party.until, party.ended_by
        FROM ${copy} JOIN request_parties AS party ON party.request = copy.value ->> 'of'`.execute(tx.sql())
      await sql`INSERT INTO request_offers (request, ${list(offered)})
        SELECT copy.value ->> 'id', ${list(offered, 'offer')}
        FROM ${copy} JOIN request_offers AS offer ON offer.request = copy.value ->> 'of'`.execute(tx.sql())
    })
  }
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
    modality: 'CT',
    region: 'Crâne',
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
