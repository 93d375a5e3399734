import { dateAfter } from '../../node/zone.js'
import type { Case } from './matrix-calls.js'
import type { House, Persona, Thing } from './matrix-house.js'
import { CONTRACTS } from './node.js'

const COMMAND = { by: 'command', user: 'test' } as const
const { id: _, requesting: _asks, reading: _reads, ...TERMS } = CONTRACTS[0] as (typeof CONTRACTS)[number]
const SHIFT = { kind: 'on-site', from: '08:00', to: '12:00' }
const on = (count: number) => ({ date: dateAfter('2031-01-01', count) })
/** The reader of the matrix. */
const reads = ({ role, place }: Persona) => role === 'radiologist' && place === 'nord'

/** Calls of contracts, of rosters and of who is on duty. */
export const OFFSITE: Readonly<Record<string, Case>> = {
  'GET /api/groups': {},
  'POST /api/groups': {
    of: 'node',
    body: (_, __, count) => ({ id: `ght-essai-${count}`, name: 'Essai', sites: ['nulle-part'] }),
  },
  'PUT /api/groups/:id': {
    of: 'node',
    body: () => ({ name: 'Essai', sites: ['sud'] }),
    params: { id: 'ght' },
    missingInside: /no such group|groupement/,
  },
  'POST /api/sites': {
    of: 'node',
    body: (_, __, count) => ({ id: `essai-${count}`, name: 'Essai', kind: 'requesting' }),
  },
  'PUT /api/sites/:id': { of: 'site', body: (_, __, count) => ({ name: `Nord ${count}`, issuer: 'NORD' }) },
  'GET /api/sites/:id/closing': { of: 'site' },
  'POST /api/sites/:id/closing': { of: 'site', body: () => ({ closed: false, reason: 'Essai' }) },
  'POST /api/contracts': {
    of: 'place',
    body: ({ id }, __, count) => ({ ...TERMS, id: `essai-${count}`, requesting: id, reading: 'lecture' }),
  },
  'GET /api/contract-terms': {},
  'GET /api/contracts/:id': { of: 'contract' },
  'PUT /api/contracts/:id': { of: 'contract', body: () => TERMS },
  'POST /api/contracts/:id/start': { of: 'contract', body: () => ({ from: '2031-01-01' }) },
  'POST /api/contracts/:id/telephone': { of: 'contract', body: () => ({ answeredBy: 'Essai' }) },
  'GET /api/contracts/:id/coverage': { of: 'contract' },

  'GET /api/rosters': { of: 'roster', query: ({ id }) => `?site=${id}` },
  'GET /api/rosters/groups': {},
  'POST /api/rosters/shifts': {
    of: 'roster',
    body: ({ id, more }, __, count) => ({
      ...SHIFT,
      ...on(count),
      site: id,
      account: more?.['account'] ?? 'acc_0',
    }),
  },
  'PUT /api/rosters/shifts/:id': {
    of: 'shift',
    body: ({ more }, __, count) => ({
      ...SHIFT,
      ...on(10_000 + count),
      account: more?.['account'] ?? 'acc_0',
    }),
  },
  'DELETE /api/rosters/shifts/:id': { of: 'shift', fresh: true },
  'POST /api/rosters/absences': {
    needs: ['roster.change'],
    of: 'roster',
    mine: reads,
    body: ({ id, more }) => ({
      site: id,
      account: more?.['account'] ?? 'acc_0',
      from: '2029-01-01',
      to: '2029-01-02',
    }),
  },
  'DELETE /api/rosters/absences/:id': { needs: ['roster.change'], of: 'absence', fresh: true, mine: reads },
  'PUT /api/rosters/readers/:account': {
    of: 'roster',
    body: ({ id }) => ({ site: id, competences: ['essai'], languages: ['fr'] }),
  },
  'GET /api/rosters/duty': { of: 'place', query: ({ id }) => `?site=${id}&modality=CT` },
  'GET /api/rosters/mine': {},
  'POST /api/rosters/shifts/:id/duty': { of: 'shift' },
  'DELETE /api/rosters/shifts/:id/duty': { of: 'shift' },
  'PUT /api/rosters/presence': { body: () => ({ awayUntil: null }) },
  'POST /api/rosters/swaps': { of: 'shift', body: ({ id }) => ({ shift: id, to: 'acc_0' }) },
  'POST /api/rosters/swaps/:id/:answer': { of: 'swap', fresh: true, params: { answer: 'decline' } },
}

/** A shift of nord's reader, their absence, a swap they are asked for: each another one. */
export function openOffsiteThings({ node, who }: House) {
  const { rosters, swaps } = node.services.offsite
  const { account } = who('radiologist', 'nord')
  const more = { account }
  let days = 0
  let colleague: Promise<string> | undefined
  const add = async (reader: string): Promise<string> => {
    const date = dateAfter('2027-01-01', ++days)
    const given = { ...SHIFT, kind: 'on-site' as const, site: 'nord', account: reader, date }
    const [id = ''] = await rosters.add(given, COMMAND)
    return id
  }
  const another = async () => {
    colleague ??= node.services.accounts
      .create(
        null,
        {
          email: 'collegue@nord.example',
          name: 'Dr Essai Collègue',
          role: 'radiologist',
          site: 'nord',
          language: 'fr',
          password: 'un bon mot de passe',
        },
        COMMAND,
      )
      .then(made => made.id)
    return colleague
  }
  return {
    roster: async (): Promise<Thing> => ({ id: 'nord', more }),
    shift: async (): Promise<Thing> => ({ id: await add(account), more }),
    absence: async (): Promise<Thing> => {
      const from = dateAfter('2028-01-01', ++days)
      return { id: await rosters.absent({ site: 'nord', account, from, to: from }, COMMAND) }
    },
    swap: async (): Promise<Thing> => {
      const by = await another()
      return {
        id: await swaps.propose(
          { shift: await add(by), to: account },
          { account: by, language: 'fr' },
          COMMAND,
        ),
      }
    },
  }
}
