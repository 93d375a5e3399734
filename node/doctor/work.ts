import { attention, type Check, good, span, withoutServices } from './check.js'

const LATE_MS = 3_600_000

/** What is owed to others and waits for a person, or is late. */
export const outboxWaiting: Check = {
  id: 'outbox',
  group: 'work',
  name: { fr: 'Ce qui est dû à d’autres', en: 'What is owed to others' },
  look: async patient => {
    const { services, clock } = patient
    if (services === undefined) return withoutServices(patient)
    const [jobs, facts] = await Promise.all([services.outbox.open(), services.followers.parked()])
    const parked = jobs.filter(({ state }) => state === 'parked').length + facts.length
    const late = Math.max(
      0,
      ...jobs.filter(({ state }) => state === 'waiting').map(({ dueAt }) => clock.now() - dueAt),
    )
    if (parked > 0)
      return attention(
        [
          `${parked} ${parked > 1 ? 'tâches attendent' : 'tâche attend'} une personne.`,
          'Décidez-en sous « À régler ».',
        ],
        [`${parked} ${parked > 1 ? 'tasks wait' : 'task waits'} for a person.`, 'Decide under “To settle”.'],
      )
    if (late > LATE_MS) {
      const since = span(late)
      return attention(
        [`La plus ancienne tâche a ${since.fr} de retard.`, 'Voyez sous « À régler » vers qui.'],
        [`The oldest task is ${since.en} late.`, 'See under “To settle” for whom.'],
      )
    }
    return good(
      `Rien n’attend une personne ; ${jobs.length} en cours.`,
      `Nothing waits for a person; ${jobs.length} under way.`,
    )
  },
}
