/**
 * How hard the tests look: small counts where every change is judged, the counts of the promises with
 * `RELAIS_TEST_FULL=1` (give AVA time then: `RELAIS_TEST_FULL=1 npm test -- --timeout=2h tests/crash`).
 */
const full = process.env['RELAIS_TEST_FULL'] === '1'

export function scaled(small: number, promised: number): number {
  return full ? promised : small
}

/**
 * What chance begins with: the same for every change that is judged, another one each time with `RELAIS_TEST_FULL=1`. It is
 * printed by each test that throws dice, and `RELAIS_TEST_SEED` gives it back.
 */
export const seed = Number(
  process.env['RELAIS_TEST_SEED'] ??
    (full ? (process.pid * 7919 + Math.trunc(performance.timeOrigin)) % 2 ** 31 : 20_261_126),
)

/** A repeatable sequence of numbers from 0 to `below` − 1. */
export function dice(start: number): (below: number) => number {
  let state = start
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
