import { catalogue } from './catalogue.js'

/** The signed heads of the journal. */
export const proof = catalogue({
  fr: {
    title: 'Points de contrôle signés',
    newest: 'Dernier point de contrôle signé : {size, number} inscriptions, {at}.',
    none: 'Aucun point de contrôle n’est encore signé ; le premier vient au plus tard dix minutes après une inscription.',
    earlier: '{size, number} inscriptions, {at}',
    detail: 'Empreintes, signature et points précédents',
    root: 'Racine de l’arbre (RFC 9162)',
    last: 'Dernière inscription (SHA-256)',
    key: 'Clé (SHA-256)',
    signature: 'Signature (Ed25519)',
    sign: 'Signer maintenant',
    'witness.none':
      'Aucun témoin extérieur n’est réglé : personne ne verrait que la fin du journal a été coupée.',
    'witness.waiting': '{witness} : rien encore',
    'witness.has': '{witness} : {size, number} inscriptions, {at}',
    'witness.folder': 'Dossier témoin',
    'witness.letter': 'Lettre quotidienne',
    'witness.stamp': 'Autorité d’horodatage',
  },
  en: {
    title: 'Signed checkpoints',
    newest: 'Last signed checkpoint: {size, number} entries, {at}.',
    none: 'No checkpoint is signed yet; the first comes ten minutes after an entry at the latest.',
    earlier: '{size, number} entries, {at}',
    detail: 'Digests, signature and earlier checkpoints',
    root: 'Root of the tree (RFC 9162)',
    last: 'Last entry (SHA-256)',
    key: 'Key (SHA-256)',
    signature: 'Signature (Ed25519)',
    sign: 'Sign now',
    'witness.none': 'No witness outside is set: nobody could tell that the end of the journal was cut off.',
    'witness.waiting': '{witness}: nothing yet',
    'witness.has': '{witness}: {size, number} entries, {at}',
    'witness.folder': 'Witness folder',
    'witness.letter': 'Daily letter',
    'witness.stamp': 'Time-stamp authority',
  },
})
