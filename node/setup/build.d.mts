export function buildIsCurrent(): boolean
