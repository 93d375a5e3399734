/**
 * ids: `inbox`. inbox-made: for whom, until when; a letter where `email` is one · inbox-filled: the form of whom it was made
 * for · inbox-handed-over: all bytes are here; ids: `import` · inbox-revoked: it takes nothing any more, at once.
 */
export type InboxFactType = 'inbox-made' | 'inbox-filled' | 'inbox-handed-over' | 'inbox-revoked'
