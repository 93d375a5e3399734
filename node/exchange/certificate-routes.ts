import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import { type Clock, isoAt } from '../clock.js'
import { listOf } from '../http/answer.js'
import { type Route as HttpRoute, route } from '../http/route.js'
import { ALARM_DAYS, alarmDue } from '../peers/certificates/expiry.js'
import type { Certificates } from '../peers/certificates/keeper.js'
import type { Peers } from '../peers/peers.js'
import type { CertificateView } from '../peers/view.js'

const DAY_MS = 86_400_000

const certificate = z.object({
  holder: z.enum(['node', 'screens', 'authority', 'peer']),
  peer: z.string().optional(),
  subject: z.string(),
  fingerprint: z.string(),
  until: z.string(),
  days: z.int(),
  state: z.enum(['good', 'near', 'over']),
})

/** The certificates of the exchange. Everybody who sees peers sees this node's own, and those of the peers they see. */
export function certificateRoutes(options: {
  clock: Clock
  peers: Peers
  certificates: Certificates
}): HttpRoute[] {
  const { clock, peers, certificates } = options
  return [
    route({
      method: 'GET',
      path: '/api/certificates',
      summary: 'The certificates of this node, its authorities and its peers, with what is left of them.',
      action: 'peer.see',
      answer: listOf(certificate),
      run: async ({ who }) => ({
        items: (await certificates.known())
          .filter(
            ({ peer }) =>
              peer === undefined || allows(who, 'peer.see', { site: peers.find(peer)?.site ?? '' }),
          )
          .map(({ until, ...known }): CertificateView => {
            const due = alarmDue(until, clock.now())
            return {
              ...known,
              until: isoAt(until),
              days: Math.floor((until - clock.now()) / DAY_MS),
              state: due === undefined ? 'good' : due === ALARM_DAYS.at(-1) ? 'over' : 'near',
            }
          }),
      }),
    }),
  ]
}
