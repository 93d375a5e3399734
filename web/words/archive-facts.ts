/** How the journal names facts of the archive and of its own proof. */
export const archived = {
  fr: {
    'fact.checkpoint-key-recorded': 'Clé des points de contrôle inscrite',
    'fact.clock-jumped': 'L’heure de la machine a sauté',
    'fact.clock-skewed': 'L’heure de la machine diffère de celle d’un témoin',
    'fact.clock-right': 'L’heure de la machine est de nouveau celle du témoin',
    'fact.witness-contradicted': 'Un autre nœud a montré un passé différent',
    'fact.witness-contradicts': 'Le dossier témoin dit autre chose que le journal',
    'fact.act-sealed': 'Dossier de l’acte scellé',
    'fact.volume-closed': 'Volume annuel de l’archive fermé',
    'fact.downtime-papers-made': 'Papiers de panne du jour faits',
    'subject.key': 'clé',
  },
  en: {
    'fact.checkpoint-key-recorded': 'Key of checkpoints recorded',
    'fact.clock-jumped': 'The machine’s time jumped',
    'fact.clock-skewed': 'The machine’s time differs from that of a witness',
    'fact.clock-right': 'The machine’s time is that of the witness again',
    'fact.witness-contradicted': 'Another node showed another past',
    'fact.witness-contradicts': 'The witness folder says otherwise than the journal',
    'fact.act-sealed': 'Record of the act sealed',
    'fact.volume-closed': 'Yearly volume of the archive closed',
    'fact.downtime-papers-made': 'Downtime papers of the day made',
    'subject.key': 'key',
  },
} as const
