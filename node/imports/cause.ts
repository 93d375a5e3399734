/** What a disc brought, and what is sent because of it, are told by this. */
export const causeOf = (id: string) => `import:${id}`
