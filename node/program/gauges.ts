import { Gauge, type Registry } from 'prom-client'
import type { Services } from './services.js'

/** What operators watch, read from the services at each scrape. */
export function gauge(
  registry: Registry,
  services: Pick<Services, 'studies' | 'outbox' | 'journal' | 'followers' | 'clock'>,
): void {
  const { studies, outbox, journal, followers, clock } = services
  const add = (name: string, help: string, read: () => Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read())
      },
    })
  add('relais_studies', 'Studies held.', async () => (await studies.totals()).studies)
  add('relais_instances', 'Instances held.', async () => (await studies.totals()).instances)
  add('relais_image_bytes', 'Bytes of the images held.', async () => (await studies.totals()).bytes)
  add('relais_journal_entries', 'Entries of the journal.', () => journal.head())
  add('relais_outbox_open', 'Jobs owed to others.', async () => (await outbox.open()).length)
  add(
    'relais_outbox_parked',
    'Jobs that wait for a person.',
    async () => (await outbox.open()).filter(job => job.state === 'parked').length,
  )
  add('relais_outbox_oldest_due_seconds', 'How late the oldest due job is.', async () =>
    Math.max(0, ...(await outbox.open()).map(job => (clock.now() - job.dueAt) / 1000)),
  )
  add(
    'relais_facts_parked',
    'Facts whose handling waits for a person.',
    async () => (await followers.parked()).length,
  )
}
