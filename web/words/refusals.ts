import { catalogue } from './catalogue.js'

/** A request that was refused: why, what instead, and who there knows. */
export const refusalWords = catalogue({
  fr: {
    title: 'Refusée',
    alternative: 'À la place',
    unread: 'Personne sur place n’a encore confirmé l’avoir lu.',
    read: 'Lu par {name}, {at}',
  },
  en: {
    title: 'Refused',
    alternative: 'Instead',
    unread: 'Nobody there has confirmed yet that they know.',
    read: 'Read by {name}, {at}',
  },
})
