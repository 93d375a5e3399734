import { catalogue } from './catalogue.js'

/** What the check of the journal says on its screen. */
export const verifyWords = catalogue({
  fr: {
    'verify.run': 'Vérifier la chaîne',
    'verify.running': 'Recalcul de toute la chaîne…',
    'verify.ok':
      'Tout concorde : {entries, plural, one {# inscription recalculée} other {# inscriptions recalculées}} en {time}.',
    'verify.bad':
      '{faults, plural, one {# inscription ne concorde pas} other {# inscriptions ne concordent pas}}, sur {entries, number}.',
    'verify.progress': 'Recalcul de la chaîne : {entries, number} inscriptions sur {of, number}.',
    'verify.entry': 'Inscription {seq} :',
    'verify.more':
      'et {n, plural, one {# autre défaut} other {# autres défauts}} : `relais verify` les nomme.',
    'verify.checked': 'Ce qui a été vérifié',
    'verify.limits': 'Ce que cette vérification ne peut pas voir :',
    'verify.limits.text':
      'sans témoin hors de cette machine, des inscriptions coupées à la fin, ou une chaîne entièrement refaite par quelqu’un qui a tous les accès. Gardez ailleurs l’empreinte de la dernière inscription, et comparez-la.',
    'verify.limits.outside':
      'comparé aux têtes signées que garde un témoin ; ce qui fut coupé ou refait après la dernière d’entre elles ne peut pas se voir.',
  },
  en: {
    'verify.run': 'Verify the chain',
    'verify.running': 'Recomputing the whole chain…',
    'verify.ok': 'All fits: {entries, plural, one {# entry} other {# entries}} recomputed in {time}.',
    'verify.bad': '{faults, plural, one {# entry does} other {# entries do}} not fit, of {entries, number}.',
    'verify.progress': 'Recomputing the chain: {entries, number} entries of {of, number}.',
    'verify.entry': 'Entry {seq}:',
    'verify.more': 'and {n, plural, one {# more} other {# more}}: `relais verify` names them.',
    'verify.checked': 'What was checked',
    'verify.limits': 'What this check cannot see:',
    'verify.limits.text':
      'without a witness outside this machine, entries cut off at the end, or a chain rebuilt whole by somebody with full access. Keep the digest of the last entry elsewhere and compare it.',
    'verify.limits.outside':
      'compared with the signed heads a witness keeps; what was cut off or rebuilt after the last of them cannot be seen.',
  },
})
