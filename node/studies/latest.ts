/** A bounded memory of the values last asked for; a failed promise is not kept. */
export interface Latest<Value> {
  get(key: string, make: () => Value): Value
}

export function openLatest<Value>(maxEntries: number): Latest<Value> {
  const kept = new Map<string, Value>()
  return {
    get: (key, make) => {
      const known = kept.get(key)
      if (known !== undefined) {
        kept.delete(key)
        kept.set(key, known)
        return known
      }
      const value = make()
      kept.set(key, value)
      if (kept.size > maxEntries) kept.delete(kept.keys().next().value as string)
      if (value instanceof Promise) value.catch(() => kept.delete(key))
      return value
    },
  }
}
