import { once } from 'node:events'
import { connect } from 'node:net'
import { reasonOf } from '../errors.js'
import { wordsFor } from '../exchange/doctor-words.js'
import { isAny } from '../http/addresses.js'
import type { Peer } from '../peers/peer.js'
import { targetOf } from '../peers/target.js'
import {
  broken,
  type Check,
  type Finding,
  good,
  notChecked,
  type Patient,
  span,
  withoutServices,
} from './check.js'

const AT_ONCE = 4
const PROBE_TIMEOUT_MS = 8000
const KNOCK_MS = 3000

/** The same steps as the test of one peer, without the second opinion and without an object. */
export const peersAnswer: Check = {
  id: 'peer-answers',
  group: 'peers',
  name: { fr: 'Réponse des pairs', en: 'Peers answer' },
  timeoutMs: 90_000,
  look: async patient => {
    if (patient.services === undefined) return withoutServices(patient)
    const peers = patient.services.peers.list()
    if (peers.length === 0) return notChecked(['Aucun pair n’est enregistré.'], ['No peer is registered.'])
    const waiting = [...peers]
    const found: Finding[] = []
    const worker = async () => {
      for (let peer = waiting.shift(); peer !== undefined; peer = waiting.shift())
        found.push(await answerOf(patient, peer))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return found.sort((a, b) => (a.subject ?? '').localeCompare(b.subject ?? ''))
  },
}

async function answerOf({ services, clock }: Patient, peer: Peer): Promise<Finding> {
  const heard = services?.peers.lastSeenAt(peer.id)
  const since = heard === undefined ? undefined : span(clock.now() - heard)
  const last = {
    fr: since === undefined ? 'Jamais entendu.' : `Entendu il y a ${since.fr}.`,
    en: since === undefined ? 'Never heard.' : `Heard ${since.en} ago.`,
  }
  if (!peer.may.includes('echo'))
    return notChecked(
      [`Le droit echo ne lui est pas donné. ${last.fr}`],
      [`It has no right to echo. ${last.en}`],
      peer.id,
    )
  const began = clock.monotonic()
  const answer = await services?.exchange.link.call({
    method: 'probe',
    target: targetOf(peer),
    timeoutMs: PROBE_TIMEOUT_MS,
  })
  const ms = clock.monotonic() - began
  if (answer === undefined || !answer.ok || answer.method !== 'probe') {
    const reason = answer?.ok === false ? answer.failure.detail : ''
    return notChecked(
      [`Le test n’a pas pu se faire. ${reason}`],
      [`The test could not be made. ${reason}`],
      peer.id,
    )
  }
  const failed = answer.steps.find(({ outcome }) => outcome === 'failed')
  if (failed === undefined)
    return good(`Répond en ${ms} ms. ${last.fr}`, `Answers in ${ms} ms. ${last.en}`, peer.id)
  const [causeFr, remedyFr] = wordsFor(failed, peer, 'fr') ?? [failed.detail, '']
  const [causeEn, remedyEn] = wordsFor(failed, peer, 'en') ?? [failed.detail, '']
  return broken([`${causeFr} ${last.fr}`, remedyFr], [`${causeEn} ${last.en}`, remedyEn], peer.id)
}

/** The doors of this node, knocked at from this machine. */
export const doors: Check = {
  id: 'doors',
  group: 'peers',
  name: { fr: 'Portes de ce nœud', en: 'Doors of this node' },
  look: async patient => {
    const { services, config, serving } = patient
    if (services === undefined) return withoutServices(patient)
    if (!serving)
      return notChecked(
        ['Le nœud n’est pas en marche.', 'Démarrez-le, puis recommencez.'],
        ['The node is not running.', 'Start it, then try again.'],
      )
    const { port, tlsPort } = services.exchange.link.ports()
    return Promise.all([
      knock('HTTP', config.http.host, services.listening.httpPort),
      knock('DICOM', config.dicom.host, port),
      knock('DICOM TLS', config.dicom.tlsHost, tlsPort),
    ])
  },
}

async function knock(name: string, host: string, port: number): Promise<Finding> {
  const to = isAny(host) ? '127.0.0.1' : host
  const subject = `${name} ${host}:${port}`
  const socket = connect(port, to)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(KNOCK_MS) })
    return good('Ouverte.', 'Open.', subject)
  } catch (thrown) {
    const reason = reasonOf(thrown)
    return broken(
      [`Fermée : ${reason}`, 'Redémarrez le nœud et lisez son journal technique.'],
      [`Closed: ${reason}`, 'Restart the node and read its technical log.'],
      subject,
    )
  } finally {
    socket.destroy()
  }
}
