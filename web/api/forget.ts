const forgetters = new Set<() => void>()

/** For what keeps something in memory beyond its page (decoded images): called when another person comes, or none. */
export function onForget(forget: () => void): void {
  forgetters.add(forget)
}

export function forgetAll(): void {
  for (const forget of forgetters) forget()
}
