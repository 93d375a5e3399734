/**
 * Facts of links that are handed to people by letter, by telephone or on paper; ids: `link` and what it is for (account,
 * inbox, notice); body: `purpose`. link-made · link-opened: a person's own act, with `address` and `userAgent`; no GET or
 * HEAD makes one · link-used: it opens nothing any more · link-closed: with `why`, revoked, guessed or replaced. The secret
 * is nowhere, nor is a code.
 */
export type LinkFactType = 'link-made' | 'link-opened' | 'link-used' | 'link-closed'
