/**
 * Says the last thing to the process that started this one, and lets go of it once that is written. Letting go right
 * after sending throws away whatever the other side, busy with something else, had no room for yet: this and all that was
 * said before it.
 */
export function sayLast(message: object): void {
  process.send?.(message, undefined, undefined, () => {
    if (process.connected) process.disconnect()
  })
}
