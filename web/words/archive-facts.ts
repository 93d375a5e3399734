/** How the journal names facts of the archive and of its own proof. */
export const archived = {
  fr: {
    'fact.checkpoint-key-recorded': 'Clé des points de contrôle inscrite',
    'subject.key': 'clé',
  },
  en: {
    'fact.checkpoint-key-recorded': 'Key of checkpoints recorded',
    'subject.key': 'key',
  },
} as const
