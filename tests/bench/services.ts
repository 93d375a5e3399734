import { systemClock } from '../../node/clock.js'
import { loadConfig } from '../../node/config.js'
import { silentLog } from '../../node/log.js'
import { openServices, type Services } from '../../node/program/services.js'
import { settingsFor } from '../support/node.js'

/** The services of a data folder without a listener or a follower, to fill it before a node starts on it. */
export async function withServices(
  folder: string,
  work: (services: Services) => Promise<void>,
): Promise<void> {
  const services = await openServices({
    onRead: () => {},
    onPresence: () => {},
    onTrouble: () => {},
    config: loadConfig({ env: settingsFor(folder) }),
    clock: systemClock(),
    log: silentLog,
    publicUrl: () => 'http://127.0.0.1',
    onProgress: () => undefined,
    onFlow: () => undefined,
    onArriving: () => undefined,
    isOnline: () => false,
    onJob: () => undefined,
  })
  try {
    await work(services)
  } finally {
    await services.close()
  }
}
