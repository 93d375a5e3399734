import type { Config } from '../config.js'

const HOUR_MS = 3_600_000

/** What the configuration says of the exchange of images, in the units its parts take. */
export function exchangeSettings(
  config: Config,
  storage: { objectsFolder: string; bucketFiles: number; freeBytesMin: number },
) {
  return {
    timeZone: config.node.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    receiver: {
      ...storage,
      host: config.dicom.host,
      port: config.dicom.port,
      tlsHost: config.dicom.tlsHost,
      tlsPort: config.dicom.tlsPort,
      associationsPerPeerMax: config.dicom.maxAssociationsPerPeer,
      privateStorageClasses: config.dicom.privateStorageClasses,
      allowPrivate: config.outgoing.privateAddresses.includes('peer'),
      limits: config.dicom,
      timers: config.calls,
    },
    commitment: {
      answerMs: config.commitment.answerHours * HOUR_MS,
      relayMs: config.commitment.relayHours * HOUR_MS,
      reportMs: config.commitment.reportHours * HOUR_MS,
      waitMs: config.commitment.waitMs,
    },
    retrieval: {
      silenceMs: config.retrieval.silenceMs,
      waitMs: config.retrieval.waitHours * HOUR_MS,
      atOncePerPeer: config.retrieval.atOncePerPeer,
    },
  }
}
